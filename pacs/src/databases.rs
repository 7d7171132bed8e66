//! Where the two databases are: the private cluster in the data directory, or servers that somebody runs.

use cluster::{Cluster, ClusterError, Tuning};

use crate::config::Config;

const INDEX: &str = "index";
const IDENTITY: &str = "identity";

/// libpq URLs of both databases, and the private cluster while it is needed.
pub struct Databases {
    /// The index database.
    pub index_url: String,
    /// The identity database.
    pub identity_url: String,
    /// The private cluster, unless servers are configured.
    pub cluster: Option<Cluster>,
}

impl Databases {
    /// For the gateway itself: nobody else may have the data directory.
    pub fn own(config: &Config) -> Result<Self, ClusterError> {
        Self::from(config, Cluster::start)
    }

    /// For a command: beside a running gateway, or alone.
    pub fn join(config: &Config) -> Result<Self, ClusterError> {
        Self::from(config, Cluster::join)
    }

    fn from(
        config: &Config,
        open: impl FnOnce(&std::path::Path, Tuning) -> Result<Cluster, ClusterError>,
    ) -> Result<Self, ClusterError> {
        if !config.database.index_url.is_empty() {
            let (index_url, identity_url) = (config.database.index_url.clone(), config.database.identity_url.clone());
            return Ok(Self { index_url, identity_url, cluster: None });
        }
        let cluster = open(&config.data_dir.join("postgres"), Tuning::Archive)?;
        for database in [INDEX, IDENTITY] {
            cluster.ensure_database(database)?;
        }
        let (index_url, identity_url) = (cluster.url(INDEX), cluster.url(IDENTITY));
        Ok(Self { index_url, identity_url, cluster: Some(cluster) })
    }

    /// What the archive needs to open on these databases.
    pub fn settings(&self, config: &Config) -> archive::Settings {
        archive::Settings {
            index_url: self.index_url.clone(),
            identity_url: self.identity_url.clone(),
            connections: config.database.connections,
            node_folder: config.node_folder(),
            duplicates: config.storage.duplicates,
            largest_object: config.storage.largest_object,
            volume_cache: config.volume.cache_bytes,
            volume_device: config.volume.device,
            // Checked when it was loaded.
            similar: config.similar().unwrap_or_default(),
        }
    }
}
