//! Requests of Store (PS3.18 §10.5.1).

use crate::client::Request;
use crate::multipart;
use crate::suite::JSON;

/// Boundary of request bodies.
pub const BOUNDARY: &str = "conformance-suite-7d3f9a";

/// POST of PS3.10 files as multipart/related.
pub fn stow(path: &str, files: &[Vec<u8>]) -> Request {
    let parts = files.iter().map(|file| ("Content-Type: application/dicom", file.as_slice()));
    let content_type = format!("multipart/related; type=\"application/dicom\"; boundary={BOUNDARY}");
    Request::post(path, &content_type, multipart::write(parts, BOUNDARY)).accept(JSON)
}

/// POST of metadata and bulk data, with the media type of the metadata (PS3.18 §10.5.2).
pub fn metadata_and_bulk(path: &str, media_type: &str, metadata: &[u8], bulk: &[(&str, &str, &[u8])]) -> Request {
    let head = format!("Content-Type: {media_type}");
    let heads: Vec<String> = bulk
        .iter()
        .map(|(kind, location, _)| format!("Content-Type: {kind}\r\nContent-Location: {location}"))
        .collect();
    let bulk = heads.iter().zip(bulk).map(|(head, (.., content))| (head.as_str(), *content));
    let body = multipart::write([(head.as_str(), metadata)].into_iter().chain(bulk), BOUNDARY);
    let content_type = format!("multipart/related; type=\"{media_type}\"; boundary={BOUNDARY}");
    Request::post(path, &content_type, body).accept(JSON)
}
