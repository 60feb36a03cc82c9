//! A body that is made once and shared: as it is, and compressed when the first client takes it so.
//!
//! Invariant: the bytes never change; all forms have the same content.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::Write as _;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use super::counts::Counts;
use super::negotiate::{Encoding, accepts, encoding, has_already};
use super::problem::Problem;

/// A smaller body is not worth compressing.
const COMPRESS_FROM: usize = 1024;
/// Quick, because bodies live for a moment.
const GZIP: flate2::Compression = flate2::Compression::fast();
const ZSTD: i32 = 1;

/// A client asks each time, and learns in a few bytes that nothing is new. Nothing between the two may keep it.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-cache");
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("Accept, Accept-Encoding, Authorization");

pub(super) const JSON: &str = "application/json";

/// A body, its type and its tag.
#[derive(Debug)]
pub(super) struct Rendition {
    kind: &'static str,
    etag: String,
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
}

impl Rendition {
    /// A body of a type. `version` changes whenever the content means something else.
    pub(super) fn new(kind: &'static str, version: &str, body: impl Into<Bytes>) -> Self {
        Self {
            kind,
            etag: format!("W/\"{version}\""),
            plain: body.into(),
            gzip: OnceLock::new(),
            zstd: OnceLock::new(),
        }
    }

    /// A body that is the same as long as the program is. A newer program may have another one under the same version, so
    /// its tag is made from the content.
    pub(super) fn fixed(kind: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let content = BuildHasherDefault::<DefaultHasher>::default().hash_one(&body);
        Self::new(kind, &format!("{}-{content:016x}", env!("CARGO_PKG_VERSION")), body)
    }

    /// JSON.
    pub(super) fn json(version: &str, body: String) -> Self {
        Self::new(JSON, version, body)
    }

    /// How long it is before it is compressed, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.plain.len()
    }

    /// Whether the client has it already.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        has_already(headers, &self.etag)
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(&self, headers: &HeaderMap, counts: &Counts) -> Response {
        if self.is_known(headers) {
            counts.unchanged.up();
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            self.describe(response.headers_mut());
            return response;
        }
        let kind = self.kind.split(';').next().unwrap_or_default();
        if !accepts(headers, kind) {
            return Problem::not_acceptable(kind).into_response();
        }
        let encoding = if self.plain.len() < COMPRESS_FROM { Encoding::Plain } else { encoding(headers) };
        let (body, name) = match encoding {
            Encoding::Plain => (&self.plain, None),
            Encoding::Gzip => (self.gzip.get_or_init(|| gzip(&self.plain)), Some("gzip")),
            Encoding::Zstd => (self.zstd.get_or_init(|| zstd(&self.plain)), Some("zstd")),
        };
        counts.shared.up();
        let mut response = Response::new(Body::from(body.clone()));
        let described = response.headers_mut();
        self.describe(described);
        described.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        described.insert(CONTENT_LENGTH, body.len().into());
        if let Some(name) = name {
            described.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        // A version has no characters that a header cannot have.
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(ETAG, etag);
        }
        headers.insert(CACHE_CONTROL, CACHING);
        headers.insert(VARY, DEPENDS_ON);
    }
}

/// Writing to memory does not fail; if it did, clients would report an empty body.
fn gzip(plain: &[u8]) -> Bytes {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), GZIP);
    packed.write_all(plain).and_then(|()| packed.finish()).unwrap_or_default().into()
}

fn zstd(plain: &[u8]) -> Bytes {
    ::zstd::bulk::compress(plain, ZSTD).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_fixed_body_changes_with_its_content() {
        let tag = |body: &'static str| Rendition::fixed(JSON, body).etag;
        assert_eq!(tag("{}"), tag("{}"));
        assert_ne!(tag("{}"), tag("[]"));
    }
}
