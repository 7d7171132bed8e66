//! The gateway's configuration: compiled-in defaults ← TOML file ← `PACS__…` environment ← flags.
//!
//! `docs/CONFIGURATION.md` explains every key; a test holds the two together.

mod load;
mod secrets;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;

use archive::DuplicatePolicy;
use archive::similar::SimilarSettings;
use archive::volume::DevicePolicy;
use serde::{Deserialize, Serialize};

pub use load::{Overrides, load};
pub use show::show;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the private database cluster and the default storage node.
    pub data_dir: PathBuf,
    /// The HTTP server.
    pub http: Http,
    /// The DIMSE server.
    pub dimse: Dimse,
    /// The two databases.
    pub database: Database,
    /// Storage.
    pub storage: Storage,
    /// The modality worklist.
    pub worklist: Worklist,
    /// Volumes that are sliced here.
    pub volume: Volume,
    /// Searches by likeness.
    pub similar: Similar,
    /// The viewer served at `/viewer/`.
    pub viewer: Viewer,
    /// Logs.
    pub log: Log,
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Certificate and key; empty for plain HTTP.
    pub tls: Tls,
    /// Worker threads; 0 for one a core.
    pub workers: usize,
    /// Whether `Forwarded` and `X-Forwarded-*` are believed (only behind a proxy that sets them).
    pub trust_forwarded: bool,
    /// Origins whose pages may use DICOMweb from a browser (CORS), with blanks between them; `*` for all.
    pub cors_origins: String,
    /// How long requests may take to end at shutdown, in seconds.
    pub drain_seconds: u64,
    /// PEM file with the authorities whose certificates web servers may show that are sent to; empty: the system's.
    pub destination_ca: PathBuf,
}

/// The DIMSE server.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dimse {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Another address to listen on, without TLS, beside one with it; empty: none.
    pub plain_listen: String,
    /// Our AE title.
    pub ae_title: String,
    /// Whether callers must call us by that title.
    pub check_called: bool,
    /// Whether AEs that are not registered may store and search.
    pub accept_unknown: bool,
    /// Whether only AEs may call that are registered with a certificate, and show it.
    pub require_certificate: bool,
    /// Whether AEs that are registered without a certificate may call from their registered host only.
    pub check_address: bool,
    /// Most associations at once.
    pub max_associations: usize,
    /// Most associations at once of one calling AE that is not registered with a number of its own; 0: no limit.
    pub max_associations_per_ae: u32,
    /// Largest P-DATA PDU we take, in bytes.
    pub max_pdu: u32,
    /// Preferred transfer syntaxes: `SOP_CLASS=TRANSFER_SYNTAX,…`, with blanks between.
    pub prefer: String,
    /// How long a peer may take to ask for an association, in seconds (ARTIM).
    pub artim_seconds: u64,
    /// How long an association may be silent, in seconds.
    pub idle_seconds: u64,
    /// Fewest bytes of a message that a peer sends, or takes, in a second; 0: any number.
    pub least_rate: u32,
    /// How long associations may take to end at shutdown, in seconds.
    pub drain_seconds: u64,
    /// Most associations at once that we have with one other AE, to send to it.
    pub destination_associations: usize,
    /// Most of these over which one C-MOVE sends at once.
    pub move_associations: usize,
    /// PEM file with the authorities whose certificates other AEs may show us; empty: the system's.
    pub destination_ca: PathBuf,
    /// How long results of storage commitment are tried to send to an AE that does not take them, in days.
    pub report_days: u64,
    /// Certificate and key; empty for plain DIMSE.
    pub tls: Tls,
}

/// Files of a TLS server.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file with the certificate chain; empty: no TLS.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
    /// PEM file with the authorities whose client certificates are asked for; empty: none are.
    pub client_ca: PathBuf,
    /// Whether who shows none is let in.
    pub client_certificates: ClientCertificates,
}

/// What becomes of clients without a certificate, where certificates are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    /// There is no connection.
    #[default]
    Required,
    /// There is one. A certificate that is shown must be good all the same.
    Optional,
}

/// The two databases.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// libpq URL of the index database; empty: the private cluster's.
    pub index_url: String,
    /// libpq URL of the identity database; empty: the private cluster's.
    pub identity_url: String,
    /// Most connections to each.
    pub connections: u32,
}

/// Storage.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Folder of the default storage node; empty: `objects` in the data directory.
    pub folder: PathBuf,
    /// What happens when a different object arrives under a known SOP Instance UID.
    pub duplicates: DuplicatePolicy,
    /// Largest object taken, in bytes.
    pub largest_object: u64,
}

/// The modality worklist.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worklist {
    /// A step whose objects came without a performed step is completed when none came for so long, in minutes; 0: steps do
    /// not follow what arrives.
    pub completed_after_minutes: u64,
}

/// Volumes that are sliced here.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Volume {
    /// Memory for volumes that are kept, in bytes.
    pub cache_bytes: u64,
    /// Where they are worked on.
    pub device: DevicePolicy,
}

/// Searches by likeness.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Similar {
    /// Kinds of images that are described beside radiograms, with blanks between: `tomogram`, `ultrasound`, `other`.
    pub kinds: String,
    /// Folder of the store of descriptors; empty: `descriptors` in the data directory.
    pub folder: PathBuf,
}

/// The viewer.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Viewer {
    /// Folder with OHIF's built files; when it does not exist, `/viewer/` says how to get them.
    pub folder: PathBuf,
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Lines for people, or JSON.
    pub format: LogFormat,
    /// What is logged, as `tracing` filters are written: `info`, `warn,dimse_scp=debug` …
    pub filter: String,
}

const LOOPBACK: [u8; 4] = [127, 0, 0, 1];

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./pacs-data"),
            http: Http::default(),
            dimse: Dimse::default(),
            database: Database::default(),
            storage: Storage::default(),
            worklist: Worklist::default(),
            volume: Volume::default(),
            similar: Similar::default(),
            viewer: Viewer { folder: PathBuf::from("./.viewer") },
            log: Log::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        let listen = SocketAddr::from((LOOPBACK, 8080));
        Self {
            listen,
            tls: Tls::default(),
            workers: 0,
            trust_forwarded: false,
            cors_origins: String::new(),
            drain_seconds: 30,
            destination_ca: PathBuf::new(),
        }
    }
}

impl Default for Dimse {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((LOOPBACK, 11112)),
            plain_listen: String::new(),
            ae_title: "PACS".into(),
            check_called: true,
            accept_unknown: false,
            require_certificate: false,
            check_address: false,
            max_associations: 100,
            max_associations_per_ae: 0,
            max_pdu: 256 << 10,
            prefer: String::new(),
            artim_seconds: 30,
            idle_seconds: 300,
            least_rate: 256,
            drain_seconds: 30,
            destination_associations: 4,
            move_associations: 1,
            destination_ca: PathBuf::new(),
            report_days: 7,
            tls: Tls::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { index_url: String::new(), identity_url: String::new(), connections: 16 }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self { folder: PathBuf::new(), duplicates: DuplicatePolicy::Refuse, largest_object: 64 << 30 }
    }
}

impl Default for Worklist {
    fn default() -> Self {
        Self { completed_after_minutes: 60 }
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self { cache_bytes: 1 << 30, device: DevicePolicy::Auto }
    }
}

impl Default for Similar {
    fn default() -> Self {
        Self { kinds: "tomogram".into(), folder: PathBuf::new() }
    }
}

impl Default for Viewer {
    fn default() -> Self {
        Config::default().viewer
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

impl Http {
    /// Scheme of our own URLs.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_used() { "https" } else { "http" }
    }
}

impl Tls {
    /// Whether the server speaks TLS.
    pub fn is_used(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

impl Config {
    /// Folder of the default storage node.
    pub fn node_folder(&self) -> PathBuf {
        match self.storage.folder.as_os_str().is_empty() {
            true => self.data_dir.join("objects"),
            false => self.storage.folder.clone(),
        }
    }

    /// What is described for searches by likeness.
    ///
    /// # Errors
    /// A kind that there is not.
    pub fn similar(&self) -> Result<SimilarSettings, String> {
        let folder = match self.similar.folder.as_os_str().is_empty() {
            true => self.data_dir.join("descriptors"),
            false => self.similar.folder.clone(),
        };
        let kinds = self.similar.kinds.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        Ok(SimilarSettings { kinds, folder: Some(folder), ..SimilarSettings::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(prefix: &str, table: &toml::Table, into: &mut BTreeSet<String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => keys(&format!("{prefix}{key}."), inner, into),
                _ => drop(into.insert(format!("{prefix}{key}"))),
            }
        }
    }

    #[test]
    fn the_reference_explains_every_key_and_no_other() {
        let table = toml::Table::try_from(Config::default()).expect("a table");
        let mut known = BTreeSet::new();
        keys("", &table, &mut known);
        let reference = include_str!("../../../docs/CONFIGURATION.md");
        let rows = reference.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let explained: BTreeSet<String> = rows.filter(|key| !key.starts_with("PACS_")).map(str::to_owned).collect();
        assert_eq!(known, explained);
    }
}
