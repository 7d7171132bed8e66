//! Where a request comes from: the client's address, and the site whose page made a browser send it.

use std::net::IpAddr;

use actix_web::http::header::{HOST, ORIGIN};
use actix_web::{HttpRequest, web};

use crate::WebSettings;

/// The client's address: the peer's, or the last that a trusted proxy noted (the one it saw itself).
pub(crate) fn client(request: &HttpRequest) -> Option<IpAddr> {
    let noted = || {
        let forwarded = header(request, "forwarded").and_then(|value| pair(value.rsplit(',').next()?, "for"));
        let address =
            forwarded.or_else(|| header(request, "x-forwarded-for")?.rsplit(',').next().map(str::to_owned))?;
        parse_address(address.trim())
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    if trusts_forwarded(request) { noted().or(peer) } else { peer }
}

/// Whether the client's side of the connection is encrypted, here or by a trusted proxy.
pub(crate) fn is_encrypted(request: &HttpRequest) -> bool {
    let proto = || {
        let forwarded = header(request, "forwarded").and_then(|value| pair(value.split(',').next()?, "proto"));
        forwarded.or_else(|| header(request, "x-forwarded-proto")?.split(',').next().map(str::to_owned))
    };
    request.app_config().secure() || trusts_forwarded(request) && proto().is_some_and(|proto| proto.trim() == "https")
}

/// Whether the request was made by another site's page. Browsers say so in `Sec-Fetch-Site` or `Origin`; what says
/// neither is no browser and was misled by nobody.
pub(crate) fn is_foreign(request: &HttpRequest) -> bool {
    if let Some(site) = header(request, "sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = header(request, ORIGIN.as_str()) else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let noted = || {
        let forwarded = header(request, "forwarded").and_then(|value| pair(value.split(',').next()?, "host"));
        forwarded.or_else(|| header(request, "x-forwarded-host")?.split(',').next().map(|host| host.trim().to_owned()))
    };
    let host = if trusts_forwarded(request) { noted() } else { None }
        .or_else(|| header(request, HOST.as_str()).map(str::to_owned))
        .or_else(|| request.uri().authority().map(|authority| authority.as_str().to_owned()));
    match (authority, host) {
        (Some(authority), Some(host)) => !authority.eq_ignore_ascii_case(&host),
        _ => true,
    }
}

fn trusts_forwarded(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<WebSettings>>().is_some_and(|settings| settings.trust_forwarded)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
}

/// One parameter of an element of `Forwarded` (RFC 7239 §4).
fn pair(element: &str, name: &str) -> Option<String> {
    let value = element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let plain = bracketed.unwrap_or(text);
    plain.parse().ok().or_else(|| plain.rsplit_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn foreign(headers: &[(&'static str, &'static str)]) -> bool {
        let request = headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        is_foreign(&request.append_header(("Host", "pacs.example:8080")).to_http_request())
    }

    #[test]
    fn tells_other_sites_from_this_one() {
        assert!(!foreign(&[]));
        assert!(!foreign(&[("Origin", "http://pacs.example:8080")]));
        assert!(!foreign(&[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")]));
        assert!(foreign(&[("Origin", "http://evil.example")]));
        assert!(foreign(&[("Origin", "http://pacs.example")]));
        assert!(foreign(&[("Origin", "null")]));
        assert!(foreign(&[("Sec-Fetch-Site", "cross-site"), ("Origin", "http://pacs.example:8080")]));
        assert!(foreign(&[("Sec-Fetch-Site", "same-site")]));
    }

    #[test]
    fn believes_no_header_about_the_address_unless_told_to() {
        let request = TestRequest::default().append_header(("X-Forwarded-For", "192.0.2.1"));
        let request = request.peer_addr("127.0.0.1:4711".parse().unwrap()).to_http_request();
        assert_eq!(client(&request), "127.0.0.1".parse().ok());
    }
}
