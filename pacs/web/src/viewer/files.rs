//! Files of a folder over HTTP: found without leaving the folder, typed, cached, streamed.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::isolated;

/// Bytes read at a time.
const PIECE: usize = 256 << 10;

/// A file that was found.
pub(super) struct Found {
    path: PathBuf,
    length: u64,
    /// Length and time of the last change: they differ when the content does.
    tag: String,
}

/// The file at `path` below `folder`; nothing for folders, hidden files, and paths that lead out of the folder.
pub(super) async fn find(folder: &Path, path: &str) -> Option<Found> {
    let inside = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    if !path.split('/').all(inside) {
        return None;
    }
    look(folder.join(path)).await
}

async fn look(path: PathBuf) -> Option<Found> {
    let metadata = tokio::fs::metadata(&path).await.ok().filter(|metadata| metadata.is_file())?;
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", metadata.len(), changed.as_nanos());
    Some(Found { path, length: metadata.len(), tag })
}

impl Found {
    /// The answer: the file, compressed when there is such a copy and the client takes it, or 304.
    pub(super) async fn serve(self, request: &HttpRequest) -> HttpResponse {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let mut answer = HttpResponse::Ok();
        isolated(&mut answer)
            .insert_header((CONTENT_TYPE, content_type(&name)))
            .insert_header((VARY, "Accept-Encoding"))
            .insert_header((CACHE_CONTROL, lifetime(&name)));
        let compressed =
            if takes_gzip(request) { look(self.path.with_file_name(format!("{name}.gz"))).await } else { None };
        if compressed.is_some() {
            answer.insert_header((CONTENT_ENCODING, "gzip"));
        }
        let file = compressed.unwrap_or(self);
        answer.insert_header((ETAG, file.tag.as_str()));
        let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.tag)) {
            return answer.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
        }
        match File::open(&file.path).await {
            Ok(content) => answer.body(SizedStream::new(file.length, ReaderStream::with_capacity(content, PIECE))),
            Err(error) => {
                tracing::error!(%error, "a file of the viewer cannot be read");
                HttpResponse::InternalServerError().finish()
            }
        }
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" | "jsonc" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webapp" | "webmanifest" => "application/manifest+json",
        "xml" => "text/xml; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// How long a browser may keep a file: for ever when its name has a hash of its content in it, else it asks each time.
fn lifetime(name: &str) -> &'static str {
    let is_hash = |part: &str| part.len() >= 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if name.split('.').any(is_hash) { "private, max-age=31536000, immutable" } else { "private, no-cache" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_files_for_ever_only_when_their_names_change_with_them() {
        assert!(lifetime("app.bundle.0f6159c501addfe9.js").contains("immutable"));
        assert!(lifetime("5130ccb17e3f3f5b.wasm").contains("immutable"));
        for name in ["index.html", "app.bundle.css", "1602.css"] {
            assert_eq!(lifetime(name), "private, no-cache");
        }
    }

    #[tokio::test]
    async fn never_leaves_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("dist/.fetched"), "x").unwrap();
        std::fs::write(folder.path().join("dist/index.html"), "x").unwrap();
        let dist = folder.path().join("dist");
        for path in ["../secret", "..\\secret", "/etc/passwd", "a/../../secret", "./index.html", ".fetched", "", "a\0b"]
        {
            assert!(find(&dist, path).await.is_none(), "{path:?}");
        }
        assert!(find(&dist, "index.html").await.is_some());
    }
}
