//! What asks others: application entities for associations, and web servers. Their TLS is read again on demand.

use dimse_scp::Requestor;
use qido_wado_stow::WebClient;

use super::dimse;
use crate::cli::Failure;
use crate::config::Config;
use crate::tls;

/// Asks others.
pub struct Destinations<'a> {
    config: &'a Config,
    /// Application entities.
    pub entities: Requestor,
    /// Web servers.
    pub web: WebClient,
}

impl<'a> Destinations<'a> {
    /// With the files as they are now.
    pub fn of(config: &'a Config) -> Result<Self, Failure> {
        let web = WebClient::new(tls::outgoing(&config.http.tls, &config.http.destination_ca)?)?;
        Ok(Self { config, entities: dimse::requestor(config)?, web })
    }

    /// Reads all files again, for whoever is asked from now on. Where one cannot be used, everything stays what it is.
    pub fn reload(&self) {
        tls::tell("dimse.destination_ca", self.reload_entities());
        tls::tell("http.destination_ca", self.reload_web());
    }

    fn reload_entities(&self) -> Result<(), Failure> {
        let dimse = &self.config.dimse;
        self.entities.renew_tls(Some(tls::connector(&dimse.tls, &dimse.destination_ca)?));
        Ok(())
    }

    fn reload_web(&self) -> Result<(), Failure> {
        let http = &self.config.http;
        Ok(self.web.renew(tls::outgoing(&http.tls, &http.destination_ca)?)?)
    }
}
