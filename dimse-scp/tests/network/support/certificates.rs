//! An authority with a server's and a client's certificate, made for one test.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509Builder, X509Name};

pub type Identity = (X509, PKey<Private>);

/// What both sides of mutual TLS need.
pub struct Certificates {
    pub authority: X509,
    pub server: Identity,
    pub client: Identity,
}

impl Certificates {
    pub fn new() -> Self {
        let key = key();
        let authority = certificate("authority", &key, None);
        let issued = |name| {
            let own = self::key();
            (certificate(name, &own, Some((&authority, &key))), own)
        };
        let (server, client) = (issued("server"), issued("client"));
        Self { authority, server, client }
    }

    /// TLS for the server; clients have to show a certificate of the authority.
    pub fn acceptor(&self) -> SslAcceptor {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("TLS");
        builder.set_certificate(&self.server.0).expect("a certificate");
        builder.set_private_key(&self.server.1).expect("its key");
        let mut store = X509StoreBuilder::new().expect("a store");
        store.add_cert(self.authority.clone()).expect("an authority");
        builder.set_verify_cert_store(store.build()).expect("a store");
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        builder.build()
    }

    /// TLS for a client, with or without its certificate.
    pub fn connector(&self, with_certificate: bool) -> SslConnector {
        self.connector_as(with_certificate.then_some(&self.client))
    }

    /// TLS for a client that shows this certificate, or none.
    pub fn connector_as(&self, identity: Option<&Identity>) -> SslConnector {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).expect("TLS");
        builder.cert_store_mut().add_cert(self.authority.clone()).expect("an authority");
        if let Some((certificate, key)) = identity {
            builder.set_certificate(certificate).expect("a certificate");
            builder.set_private_key(key).expect("its key");
        }
        builder.build()
    }
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn certificate(name: &str, key: &PKey<Private>, issuer: Option<(&X509, &PKey<Private>)>) -> X509 {
    let build = || -> Result<X509, openssl::error::ErrorStack> {
        let mut subject = X509Name::builder()?;
        subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
        let subject = subject.build();
        let mut builder = X509Builder::new()?;
        builder.set_version(2)?;
        let serial = BigNum::from_u32(u32::from(name.as_bytes()[0]))?.to_asn1_integer()?;
        builder.set_serial_number(&serial)?;
        builder.set_subject_name(&subject)?;
        builder.set_issuer_name(issuer.map_or(&subject, |(authority, _)| authority.subject_name()))?;
        builder.set_pubkey(key)?;
        let (from, to) = (Asn1Time::days_from_now(0)?, Asn1Time::days_from_now(2)?);
        builder.set_not_before(&from)?;
        builder.set_not_after(&to)?;
        match issuer {
            None => builder.append_extension(BasicConstraints::new().critical().ca().build()?)?,
            Some((authority, _)) => {
                let context = builder.x509v3_context(Some(authority), None);
                let names = SubjectAlternativeName::new().dns("localhost").ip("127.0.0.1").build(&context)?;
                builder.append_extension(names)?;
            }
        }
        builder.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256())?;
        Ok(builder.build())
    };
    build().expect("a certificate")
}
