//! What the DIMSE shell needs to know to listen.

use std::sync::Arc;
use std::time::Duration;

use archive::AeTitle;
use openssl::ssl::SslAcceptor;

use crate::pace::LEAST_RATE;
use crate::preferences::Preferences;
use crate::requestor::{Outgoing, Requestor};
use crate::threads::Threads;

/// Settings of [`crate::serve`]. The defaults are for AE title `PACS`; change what you need.
#[derive(Clone)]
pub struct Settings {
    /// Our AE title.
    pub ae_title: AeTitle,
    /// Refuse associations that call another AE title than ours. Default true.
    pub check_called: bool,
    /// Let calling AE titles in that are not registered. Default false.
    pub accept_unknown: bool,
    /// Let nobody in whose AE title has no certificate registered. Default false.
    pub require_certificate: bool,
    /// Let AE titles that are registered without a certificate in from their registered host only. Default false.
    pub check_address: bool,
    /// Most associations at once; one more is rejected (transient, local limit exceeded). The last quarter of them is for
    /// AE titles that have none. Default 256.
    pub max_associations: usize,
    /// Most associations at once of one calling AE title that has no limit of its own; one more is rejected likewise.
    /// Default none.
    pub max_associations_per_ae: Option<u32>,
    /// Most connections that have not negotiated yet; one more displaces the oldest of them. Default 256.
    pub max_negotiating: usize,
    /// Largest P-DATA-TF PDU that we receive, in bytes, as told to the requestor; never announced below 4 KiB.
    /// Default 256 KiB.
    pub max_pdu: u32,
    /// Transfer syntaxes that are preferred to the requestor's first one, for objects. Default none.
    pub prefer: Preferences,
    /// Time for the TLS handshake and the negotiation together: the ARTIM timer (PS3.8 §9.1.5). Default 30 s.
    pub artim: Duration,
    /// Longest silence between two messages. Default 5 min.
    pub idle: Duration,
    /// Longest silence within a message, and longest wait for the peer to take what we send. Default 60 s.
    pub silence: Duration,
    /// Fewest bytes of a message that come in a second, on average of as long as a silence may last; 0 for any number.
    /// Default 256.
    pub least_rate: u32,
    /// Time that running messages get to finish when the server stops. Default 10 s.
    pub drain: Duration,
    /// Asks other application entities for associations, for C-MOVE and reports of storage commitment. Default: as `PACS`,
    /// without TLS.
    pub requestor: Requestor,
    /// How long reports of storage commitment are tried to send to an application entity that does not take them.
    /// Default 7 days.
    pub report_patience: Duration,
    /// TLS (PS3.15 §B); plain TCP when `None`. Client certificates are asked for as this acceptor says.
    pub tls: Option<SslAcceptor>,
    /// Threads that associations live on; those of the listener when `None`.
    pub threads: Option<Arc<Threads>>,
}

impl Default for Settings {
    fn default() -> Self {
        let title = AeTitle::new("PACS").expect("four letters are an AE title");
        Self {
            ae_title: title.clone(),
            check_called: true,
            accept_unknown: false,
            require_certificate: false,
            check_address: false,
            max_associations: 256,
            max_associations_per_ae: None,
            max_negotiating: 256,
            max_pdu: 256 * 1024,
            prefer: Preferences::default(),
            artim: Duration::from_secs(30),
            idle: Duration::from_secs(300),
            silence: Duration::from_secs(60),
            least_rate: LEAST_RATE,
            drain: Duration::from_secs(10),
            requestor: Requestor::new(title, Outgoing::default()),
            report_patience: Duration::from_secs(7 * 86_400),
            tls: None,
            threads: None,
        }
    }
}
