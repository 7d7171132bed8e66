//! The layers of the configuration, laid over one another.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use archive::AeTitle;
use config::{Environment, File, FileFormat};

use super::{Config, Tls};

/// What the command line says over everything else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config FILE`; `pacs.toml` in the working directory when there is one and nothing is named.
    pub file: Option<PathBuf>,
    /// `key=value` of each flag and each `--set`, in order.
    pub set: Vec<(String, String)>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file, variable or flag is wrong; the text names the key.
    #[error("the configuration is wrong: {0}")]
    Layer(#[from] config::ConfigError),
    /// Values that contradict each other.
    #[error("the configuration is wrong: {0}")]
    Value(String),
}

const DEFAULT_FILE: &str = "pacs.toml";

/// The effective configuration of this process.
pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
    load_from(overrides, Environment::with_prefix("PACS"))
}

fn load_from(overrides: &Overrides, environment: Environment) -> Result<Config, ConfigError> {
    let mut layers = config::Config::builder();
    if let Some(file) = file(overrides) {
        layers = layers.add_source(File::from(file).format(FileFormat::Toml));
    }
    // Not parsed here: a text may look like a number. What is to be a number is read as one where it is wanted.
    layers = layers.add_source(environment.prefix_separator("__").separator("__"));
    for (key, value) in &overrides.set {
        layers = layers.set_override(key, value.as_str())?;
    }
    let config: Config = layers.build()?.try_deserialize()?;
    check(&config)?;
    Ok(config)
}

fn file(overrides: &Overrides) -> Option<PathBuf> {
    overrides.file.clone().or_else(|| Path::new(DEFAULT_FILE).exists().then(|| DEFAULT_FILE.into()))
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let wrong = |text: String| Err(ConfigError::Value(text));
    if let Err(reason) = AeTitle::new(&config.dimse.ae_title) {
        return wrong(format!("dimse.ae_title: {reason}"));
    }
    if config.database.index_url.is_empty() != config.database.identity_url.is_empty() {
        return wrong("database.index_url and database.identity_url go together: set both, or neither".into());
    }
    if !config.database.index_url.is_empty() && config.database.index_url == config.database.identity_url {
        return wrong(
            "database.index_url and database.identity_url must be two databases: personal data live apart".into(),
        );
    }
    if !(2..=1000).contains(&config.database.connections) {
        return wrong("database.connections must lie between 2 and 1000".into());
    }
    if !(4096..=16 << 20).contains(&config.dimse.max_pdu) {
        return wrong("dimse.max_pdu must lie between 4096 and 16777216".into());
    }
    if config.dimse.max_associations == 0 {
        return wrong("dimse.max_associations must be at least 1".into());
    }
    if config.dimse.require_certificate && config.dimse.tls.client_ca.as_os_str().is_empty() {
        return wrong(
            "dimse.require_certificate needs dimse.tls.client_ca: nobody is asked for a certificate without".into(),
        );
    }
    check_plain_listen(config)?;
    if let Some(wrong_one) = config.http.cors_origins.split_whitespace().find(|origin| !is_origin(origin)) {
        return wrong(format!(
            "http.cors_origins: '{wrong_one}' is no origin; one looks like https://viewer.example:8443, without a path"
        ));
    }
    if let Err(words) = config.similar() {
        return wrong(format!("similar.kinds: {words}"));
    }
    for (section, tls) in [("http", &config.http.tls), ("dimse", &config.dimse.tls)] {
        check_tls(section, tls)?;
    }
    Ok(())
}

fn check_plain_listen(config: &Config) -> Result<(), ConfigError> {
    let listen = &config.dimse.plain_listen;
    let wrong = |text: String| Err(ConfigError::Value(text));
    if listen.is_empty() {
        return Ok(());
    }
    if config.dimse.tls.certificate.as_os_str().is_empty() {
        return wrong(
            "dimse.plain_listen is for beside TLS: dimse.listen is plain without dimse.tls.certificate".into(),
        );
    }
    match listen.parse::<SocketAddr>() {
        Ok(address) if address != config.dimse.listen => Ok(()),
        Ok(_) => wrong("dimse.plain_listen and dimse.listen must be two addresses".into()),
        Err(error) => wrong(format!("dimse.plain_listen: {error}; it looks like 0.0.0.0:11112")),
    }
}

/// `*`, or a scheme with a host and maybe a port (RFC 6454).
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    text == "*" || host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain))
}

fn check_tls(section: &str, tls: &Tls) -> Result<(), ConfigError> {
    let given = |path: &Path| !path.as_os_str().is_empty();
    if given(&tls.certificate) != given(&tls.key) {
        return Err(ConfigError::Value(format!("{section}.tls.certificate and {section}.tls.key go together")));
    }
    if given(&tls.client_ca) && !given(&tls.certificate) {
        return Err(ConfigError::Value(format!("{section}.tls.client_ca needs {section}.tls.certificate and key")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &[(&str, &str)], set: &[(&str, &str)], file: Option<PathBuf>) -> Result<Config, ConfigError> {
        let map = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        load_from(&Overrides { file, set }, Environment::with_prefix("PACS").source(Some(map)))
    }

    #[test]
    fn without_anything_it_is_the_default() {
        assert_eq!(with(&[], &[], None).expect("default"), Config::default());
    }

    #[test]
    fn a_plain_address_stands_beside_one_with_tls() {
        let tls = [("dimse.tls.certificate", "server.crt"), ("dimse.tls.key", "server.key")];
        let and = |listen: &'static str| [&tls[..], &[("dimse.plain_listen", listen)]].concat();
        assert!(with(&[], &and("127.0.0.1:104"), None).is_ok());
        for (set, words) in [
            (vec![("dimse.plain_listen", "127.0.0.1:104")], "beside TLS"),
            (and("127.0.0.1:11112"), "two addresses"),
            (and("nowhere"), "dimse.plain_listen"),
        ] {
            let error = with(&[], &set, None).expect_err("a refusal").to_string();
            assert!(error.contains(words), "{error}");
        }
        let optional = with(&[], &[("dimse.tls.client_certificates", "optional")], None).expect("a configuration");
        assert_eq!(optional.dimse.tls.client_certificates, super::super::ClientCertificates::Optional);
        assert!(with(&[], &[("http.tls.client_certificates", "maybe")], None).is_err());
    }

    #[test]
    fn flags_win_over_environment_and_environment_over_file() {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("file");
        std::io::Write::write_all(&mut file, b"[dimse]\nae_title = \"FILE\"\nmax_pdu = 65536\nidle_seconds = 7\n")
            .expect("write");
        let environment = [("PACS__DIMSE__AE_TITLE", "ENV"), ("PACS__DIMSE__MAX_PDU", "131072")];
        let config = with(&environment, &[("dimse.ae_title", "FLAG")], Some(file.path().into())).expect("layers");
        assert_eq!(config.dimse.ae_title, "FLAG");
        assert_eq!(config.dimse.max_pdu, 131_072);
        assert_eq!(config.dimse.idle_seconds, 7);
    }

    #[test]
    fn a_text_of_the_environment_stays_as_it_is() {
        for text in ["0042", "INFINITY", "1E5", "NAN", "TRUE", "-0", "+1"] {
            let config = with(&[("PACS__DIMSE__AE_TITLE", text)], &[], None).expect(text);
            assert_eq!(config.dimse.ae_title, text);
            assert_eq!(with(&[], &[("dimse.ae_title", text)], None).expect(text).dimse.ae_title, text);
        }
        let others = [
            ("PACS__DIMSE__ACCEPT_UNKNOWN", "true"),
            ("PACS__STORAGE__LARGEST_OBJECT", "68719476737"),
            ("PACS__STORAGE__DUPLICATES", "keep"),
            ("PACS__HTTP__LISTEN", "127.0.0.1:0"),
        ];
        let config = with(&others, &[], None).expect("values of other kinds");
        assert!(config.dimse.accept_unknown);
        assert_eq!((config.storage.largest_object, config.http.listen.port()), (68_719_476_737, 0));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = with(&[("PACS__HTTP__LISTENN", "x")], &[], None).expect_err("unknown");
        assert!(error.to_string().contains("listenn"), "{error}");
    }

    #[test]
    fn an_ae_title_of_seventeen_characters_is_refused() {
        let error = with(&[], &[("dimse.ae_title", "ABCDEFGHIJKLMNOPQ")], None).expect_err("too long");
        assert!(error.to_string().contains("dimse.ae_title"), "{error}");
    }

    #[test]
    fn knows_an_origin_from_an_address() {
        assert!(with(&[], &[("http.cors_origins", "https://viewer.example http://localhost:3000")], None).is_ok());
        for wrong in ["viewer.example", "https://viewer.example/", "https://", "null"] {
            let error = with(&[], &[("http.cors_origins", wrong)], None).expect_err(wrong);
            assert!(error.to_string().contains("http.cors_origins"), "{error}");
        }
    }

    #[test]
    fn certificates_are_required_only_where_they_are_asked_for() {
        let error = with(&[], &[("dimse.require_certificate", "true")], None).expect_err("no TLS");
        assert!(error.to_string().contains("dimse.tls.client_ca"), "{error}");
    }

    #[test]
    fn one_database_alone_is_refused() {
        let error = with(&[], &[("database.index_url", "postgresql:///x")], None).expect_err("one alone");
        assert!(error.to_string().contains("go together"), "{error}");
    }
}
