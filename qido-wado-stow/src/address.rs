//! Where the client reaches us: the absolute base of every URL that an answer holds (PS3.18 §8.2).
//!
//! A browser refuses a URL of another host or scheme than its own, so the base follows what the client sees: the
//! `Host` of the request, or what a trusted proxy says in `Forwarded` (RFC 7239) or `X-Forwarded-*`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{FORWARDED, HOST};
use actix_web::{FromRequest, HttpRequest, web};

use crate::connection::Connection;
use crate::{PREFIX, Settings};

/// The origin server's address as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    origin: String,
    base: String,
}

impl Address {
    /// Reads the request. `trusted` says whether what a proxy adds is believed.
    pub fn of(request: &HttpRequest, trusted: bool) -> Self {
        let config = request.app_config();
        let local = request.conn_data::<Connection>().and_then(Connection::local_addr);
        let local = local.unwrap_or_else(|| config.local_addr());
        let said = |of: fn(&HttpRequest) -> Option<String>| if trusted { of(request) } else { None };
        let scheme = said(forwarded_proto).unwrap_or_else(|| if config.secure() { "https" } else { "http" }.to_owned());
        let asked = || {
            let authority = || request.uri().authority().map(|authority| authority.as_str().to_owned());
            let host = header(request, HOST.as_str()).or_else(authority).filter(|host| is_host(host))?;
            Some(with_port(host, &scheme, local.port()))
        };
        let host = said(forwarded_host).or_else(asked).unwrap_or_else(|| local.to_string());
        let prefix = said(forwarded_prefix).unwrap_or_default();
        let origin = format!("{scheme}://{host}");
        Self { base: format!("{origin}{prefix}{PREFIX}"), origin }
    }

    /// Scheme and authority (RFC 6454), as a browser sends it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The base URL of the service, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// URL of a Study.
    pub fn study(&self, study: &str) -> String {
        format!("{}/studies/{study}", self.base)
    }

    /// URL of a Series.
    pub fn series(&self, study: &str, series: &str) -> String {
        format!("{}/studies/{study}/series/{series}", self.base)
    }

    /// URL of an Instance.
    pub fn instance(&self, study: &str, series: &str, instance: &str) -> String {
        format!("{}/studies/{study}/series/{series}/instances/{instance}", self.base)
    }
}

impl FromRequest for Address {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request, trusts_forwarded(request))))
    }
}

/// Whether this server stands behind a proxy that it believes.
pub(crate) fn trusts_forwarded(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<Settings>>().is_some_and(|settings| settings.trust_forwarded)
}

/// Where the client is: the peer, or the last address that a trusted proxy noted (the one it saw itself).
pub(crate) fn client(request: &HttpRequest) -> Option<IpAddr> {
    let noted = || {
        let forwarded = header(request, "forwarded").and_then(|value| forwarded_pair(value.rsplit(',').next()?, "for"));
        let address =
            forwarded.or_else(|| header(request, "x-forwarded-for")?.rsplit(',').next().map(str::to_owned))?;
        parse_address(address.trim())
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    if trusts_forwarded(request) { noted().or(peer) } else { peer }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let plain = bracketed.unwrap_or(text);
    plain.parse().ok().or_else(|| plain.rsplit_once(':')?.0.parse().ok())
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The first element of a list is what the proxy nearest to the client said.
fn first_of(request: &HttpRequest, name: &str) -> Option<String> {
    header(request, name)?.split(',').next().map(|value| value.trim().to_owned())
}

fn forwarded(request: &HttpRequest, name: &str) -> Option<String> {
    forwarded_pair(&first_of(request, FORWARDED.as_str())?, name)
}

fn forwarded_pair(element: &str, name: &str) -> Option<String> {
    let value = element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn forwarded_proto(request: &HttpRequest) -> Option<String> {
    let proto = forwarded(request, "proto").or_else(|| first_of(request, "x-forwarded-proto"))?.to_ascii_lowercase();
    (proto == "http" || proto == "https").then_some(proto)
}

fn forwarded_host(request: &HttpRequest) -> Option<String> {
    forwarded(request, "host").or_else(|| first_of(request, "x-forwarded-host")).filter(|host| is_host(host))
}

fn forwarded_prefix(request: &HttpRequest) -> Option<String> {
    let prefix = first_of(request, "x-forwarded-prefix")?;
    let prefix = prefix.trim_end_matches('/');
    let plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte));
    (prefix.starts_with('/') && !prefix.starts_with("//") && plain).then(|| prefix.to_owned())
}

/// Some clients (dicomweb-client of Python) leave the port out of `Host`. Whoever calls us `localhost` is on this machine
/// and reaches our own port, so it is put back; of other names we cannot know who forwards which port to us.
fn with_port(host: String, scheme: &str, port: u16) -> String {
    let is_here = host == "localhost" || host == "[::1]" || (host.starts_with("127.") && !host.contains(':'));
    let is_usual = (scheme, port) == ("http", 80) || (scheme, port) == ("https", 443);
    if is_here && !is_usual { format!("{host}:{port}") } else { host }
}

/// Only characters of a name or address with an optional port: the host is written into answers.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn base(headers: &[(&'static str, &'static str)], trusted: bool) -> String {
        let request = headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        Address::of(&request.to_http_request(), trusted).base
    }

    #[test]
    fn follows_the_host_header() {
        assert_eq!(base(&[("Host", "pacs.example:8080")], false), "http://pacs.example:8080/dicom-web");
    }

    #[test]
    fn puts_back_a_port_that_a_client_on_this_machine_left_out() {
        assert_eq!(with_port("127.0.0.1".into(), "http", 8080), "127.0.0.1:8080");
        assert_eq!(with_port("localhost".into(), "https", 443), "localhost");
        assert_eq!(with_port("localhost:81".into(), "http", 8080), "localhost:81");
        assert_eq!(with_port("pacs.example".into(), "http", 8080), "pacs.example");
    }

    #[test]
    fn believes_a_proxy_only_when_told_to() {
        let headers = [
            ("Host", "10.0.0.1:8080"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "pacs.example, inner"),
            ("X-Forwarded-Prefix", "/imaging/"),
        ];
        assert_eq!(base(&headers, true), "https://pacs.example/imaging/dicom-web");
        assert_eq!(base(&headers, false), "http://10.0.0.1:8080/dicom-web");
    }

    #[test]
    fn prefers_the_standard_header() {
        let headers = [
            ("Host", "inner"),
            ("Forwarded", r#"for=192.0.2.60;proto=https;host="pacs.example:8443", for=10.0.0.1"#),
            ("X-Forwarded-Host", "other"),
        ];
        assert_eq!(base(&headers, true), "https://pacs.example:8443/dicom-web");
    }

    #[test]
    fn writes_no_foreign_characters_into_urls() {
        let headers = [
            ("Host", "inner"),
            ("X-Forwarded-Host", "a\"><b"),
            ("X-Forwarded-Prefix", "//evil"),
            ("X-Forwarded-Proto", "gopher"),
        ];
        assert_eq!(base(&headers, true), "http://inner/dicom-web");
    }

    #[test]
    fn reads_addresses_with_and_without_ports() {
        for (text, address) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
        ] {
            assert_eq!(parse_address(text), address.parse().ok(), "{text}");
        }
        assert_eq!(parse_address("unknown"), None);
    }
}
