//! TLS for both servers and for associations that we ask for, by BCP 195 (PS3.15 §B.9): TLS 1.2 and 1.3 with forward secrecy.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use openssl::pkey::PKey;
use openssl::ssl::{
    AlpnError, SniError, SslAcceptor, SslAcceptorBuilder, SslConnector, SslConnectorBuilder, SslContext, SslFiletype,
    SslMethod, SslVerifyMode, SslVersion, select_next_proto,
};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;

use crate::config::{ClientCertificates, Config, Tls};

/// Cipher suites of TLS 1.2 (RFC 9325 §4.2): an ephemeral key on an elliptic curve, authenticated encryption. Those of TLS
/// 1.3 are all such.
const CIPHERS: &str = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// What HTTP is spoken in, the best first (RFC 7301).
const HTTP: &[u8] = b"\x02h2\x08http/1.1";

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or is not what it should be.
    #[error("the {what} {path} cannot be used: {source}")]
    File {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: String,
        /// What OpenSSL says.
        source: openssl::error::ErrorStack,
    },
    /// A file cannot be read.
    #[error("the {what} {path} cannot be read: {source}")]
    Unread {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file has no certificate.
    #[error("the {what} {path} has no certificate")]
    Empty {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: String,
    },
    /// OpenSSL itself failed.
    #[error("TLS cannot be set up: {0}")]
    OpenSsl(#[from] openssl::error::ErrorStack),
}

/// TLS of both servers, whose files are read again on demand.
pub struct Servers {
    /// HTTP's, if it has TLS.
    pub http: Option<Server>,
    /// DIMSE's, if it has TLS.
    pub dimse: Option<Server>,
}

impl Servers {
    /// Those that are configured.
    pub fn of(config: &Config) -> Result<Self, TlsError> {
        let http = Server::of(&config.http.tls, Some(HTTP))?;
        Ok(Self { http, dimse: Server::of(&config.dimse.tls, None)? })
    }

    /// Reads all files again. Where one cannot be used, its server keeps what it has.
    pub fn reload(&self) {
        for (name, server) in [("http.tls", &self.http), ("dimse.tls", &self.dimse)] {
            if let Some(server) = server {
                tell(name, server.reload());
            }
        }
    }
}

/// Logs what came of reading files again.
pub fn tell<E: Display>(name: &str, read: Result<(), E>) {
    match read {
        Ok(()) => tracing::info!(name, "certificates were read again"),
        Err(error) => tracing::error!(name, %error, "certificates stay what they were"),
    }
}

/// TLS of a server. Who is connected stays so when its files change.
pub struct Server {
    tls: Tls,
    protocols: Option<&'static [u8]>,
    current: Arc<RwLock<SslContext>>,
}

impl Server {
    /// None when no certificate is configured.
    fn of(tls: &Tls, protocols: Option<&'static [u8]>) -> Result<Option<Self>, TlsError> {
        if !tls.is_used() {
            return Ok(None);
        }
        let current = Arc::new(RwLock::new(context(tls, protocols)?));
        Ok(Some(Self { tls: tls.clone(), protocols, current }))
    }

    /// An acceptor whose handshakes use the files as they were read last.
    pub fn acceptor(&self) -> Result<SslAcceptorBuilder, TlsError> {
        let mut builder = builder(&self.tls)?;
        let current = Arc::clone(&self.current);
        // OpenSSL asks here in every handshake, whether the client names a server or not.
        builder.set_servername_callback(move |ssl, _| {
            let current = current.read().unwrap_or_else(PoisonError::into_inner);
            ssl.set_ssl_context(&current).map_err(|_| SniError::ALERT_FATAL)
        });
        Ok(builder)
    }

    fn reload(&self) -> Result<(), TlsError> {
        let read = context(&self.tls, self.protocols)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }
}

/// What a handshake uses. The protocol is chosen by this context too, in the place of whoever listens with the acceptor.
fn context(tls: &Tls, protocols: Option<&'static [u8]>) -> Result<SslContext, TlsError> {
    let mut builder = builder(tls)?;
    if let Some(protocols) = protocols {
        builder
            .set_alpn_select_callback(move |_, offered| select_next_proto(protocols, offered).ok_or(AlpnError::NOACK));
    }
    Ok(builder.build().into_context())
}

fn builder(tls: &Tls) -> Result<SslAcceptorBuilder, TlsError> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_cipher_list(CIPHERS)?;
    builder.set_certificate_chain_file(&tls.certificate).map_err(file("certificate", &tls.certificate))?;
    builder.set_private_key_file(&tls.key, SslFiletype::PEM).map_err(file("private key", &tls.key))?;
    builder.check_private_key().map_err(file("private key (it is not the certificate's)", &tls.key))?;
    if !tls.client_ca.as_os_str().is_empty() {
        builder.set_ca_file(&tls.client_ca).map_err(file("client authority", &tls.client_ca))?;
        builder.set_verify(match tls.client_certificates {
            ClientCertificates::Required => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
            ClientCertificates::Optional => SslVerifyMode::PEER,
        });
        // Without one, OpenSSL refuses a peer that takes up a session again.
        builder.set_session_id_context(b"pacs")?;
    }
    Ok(builder)
}

/// A connector for associations that we ask for: our own certificate is shown to whoever wants one, and the other side's
/// must be of an authority in `ca`, or of one that the system trusts when that is empty.
pub fn connector(tls: &Tls, ca: &Path) -> Result<SslConnector, TlsError> {
    let mut builder = client(tls)?;
    if !ca.as_os_str().is_empty() {
        builder.set_cert_store(X509StoreBuilder::new()?.build());
        builder.set_ca_file(ca).map_err(file("authority of destinations", ca))?;
    }
    Ok(builder.build())
}

/// A connector to the server that has these files, for commands beside it: it is known by its certificate, whoever signed
/// that and whatever names are in it. `None` when no certificate is configured.
pub fn to_ourselves(tls: &Tls) -> Result<Option<SslConnector>, TlsError> {
    if !tls.is_used() {
        return Ok(None);
    }
    let what = "certificate";
    let chain = X509::stack_from_pem(&read(what, &tls.certificate)?).map_err(file(what, &tls.certificate))?;
    let empty = || TlsError::Empty { what, path: tls.certificate.display().to_string() };
    let own = chain.first().ok_or_else(empty)?.to_der()?;
    let mut builder = client(tls)?;
    builder.set_verify_callback(SslVerifyMode::PEER, move |_, context| {
        let shown = context.chain().and_then(|chain| chain.get(0)).and_then(|shown| shown.to_der().ok());
        shown.is_some_and(|shown| shown == own)
    });
    Ok(Some(builder.build()))
}

/// What all connectors have in common; our own certificate is shown to whoever wants one.
fn client(tls: &Tls) -> Result<SslConnectorBuilder, TlsError> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cipher_list(CIPHERS)?;
    if tls.is_used() {
        builder.set_certificate_chain_file(&tls.certificate).map_err(file("certificate", &tls.certificate))?;
        builder.set_private_key_file(&tls.key, SslFiletype::PEM).map_err(file("private key", &tls.key))?;
    }
    Ok(builder)
}

/// What web servers are shown that we send to, and whom we trust there: as with [`connector`].
pub fn outgoing(tls: &Tls, ca: &Path) -> Result<qido_wado_stow::Outgoing, TlsError> {
    let mut outgoing = qido_wado_stow::Outgoing::default();
    if tls.is_used() {
        let key = PKey::private_key_from_pem(&read("private key", &tls.key)?).map_err(file("private key", &tls.key))?;
        outgoing.identity = Some((read("certificate", &tls.certificate)?, key.private_key_to_pem_pkcs8()?));
    }
    if !ca.as_os_str().is_empty() {
        let what = "authority of web servers";
        let authorities = X509::stack_from_pem(&read(what, ca)?).map_err(file(what, ca))?;
        outgoing.authorities = authorities.iter().map(|authority| authority.to_der()).collect::<Result<_, _>>()?;
        if outgoing.authorities.is_empty() {
            return Err(TlsError::Empty { what, path: ca.display().to_string() });
        }
    }
    Ok(outgoing)
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unread { what, path: path.display().to_string(), source })
}

fn file(what: &'static str, path: &Path) -> impl FnOnce(openssl::error::ErrorStack) -> TlsError {
    let path = path.display().to_string();
    move |source| TlsError::File { what, path, source }
}
