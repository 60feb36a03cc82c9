//! What a client accepts: types, encodings, and what it has already.
//!
//! Invariant: pure. A header that makes no sense counts as absent, as RFC 9110 allows.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH};

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Gzip,
    Zstd,
}

/// Whether the client takes a body of this type, such as `application/json`.
pub(super) fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    preference(headers, wanted).is_some_and(|(weight, _)| weight > 0.0)
}

/// Whether the client names this type, and wants it at least as much as `usual`.
pub(super) fn prefers(headers: &HeaderMap, wanted: &str, usual: &str) -> bool {
    let (Some((weight, precision)), other) = (preference(headers, wanted), preference(headers, usual)) else {
        return false;
    };
    precision == EXACT && weight > 0.0 && other.is_none_or(|(other, _)| weight >= other)
}

/// How precise a range is that names a type.
const EXACT: u8 = 3;

/// How much a client wants a type, and how precisely it says so; `None` if it does not take it.
fn preference(headers: &HeaderMap, wanted: &str) -> Option<(f32, u8)> {
    let Some(weights) = weights(headers, &ACCEPT) else { return Some((1.0, 0)) };
    let kind = wanted.split('/').next().unwrap_or_default();
    let mut best: Option<(f32, u8)> = None;
    for (range, weight) in weights {
        let precision = match range.as_str() {
            "*/*" => 1,
            range if range == wanted => EXACT,
            range if range.strip_suffix("/*") == Some(kind) => 2,
            _ => continue,
        };
        // A type may be named in several versions.
        let is_better = |(known, by): (f32, u8)| precision > by || precision == by && weight > known;
        if best.is_none_or(is_better) {
            best = Some((weight, precision));
        }
    }
    best
}

/// The best encoding that the client takes.
pub(super) fn encoding(headers: &HeaderMap) -> Encoding {
    let Some(weights) = weights(headers, &ACCEPT_ENCODING) else { return Encoding::Plain };
    let weight = |name: &str| {
        let named = weights.iter().find(|(token, _)| token == name);
        named.or_else(|| weights.iter().find(|(token, _)| token == "*")).map_or(0.0, |(_, weight)| *weight)
    };
    let (zstd, gzip) = (weight("zstd"), weight("gzip"));
    match () {
        () if zstd > 0.0 && zstd >= gzip => Encoding::Zstd,
        () if gzip > 0.0 => Encoding::Gzip,
        () => Encoding::Plain,
    }
}

/// Whether the client has the body with this tag. Tags are compared weakly, as RFC 9110 has it for this header.
pub(super) fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(etag);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == wanted))
}

/// The elements of a list with their weights; `None` without the header.
fn weights(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<(String, f32)>> {
    let mut all = Vec::new();
    for list in headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
        for element in list.split(',') {
            let mut parts = element.split(';').map(str::trim);
            let token = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(Some(1.0), |weight| weight.parse().ok());
            all.extend(weight.filter(|_| !token.is_empty()).map(|weight| (token, weight)));
        }
    }
    Some(all).filter(|all| !all.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        [(name, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn the_most_precise_range_decides() {
        let accepts = |value: &str| accepts(&with(ACCEPT, value), "application/json");
        for good in
            ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.1", "", "nonsense,*/*"]
        {
            assert!(accepts(good), "{good}");
        }
        for bad in ["text/html", "application/json;q=0, */*", "application/*;q=0,*/*;q=1"] {
            assert!(!accepts(bad), "{bad}");
        }
        assert!(super::accepts(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn a_type_is_preferred_only_by_name() {
        let prefers =
            |value: &str| prefers(&with(ACCEPT, value), "application/openmetrics-text", "text/plain");
        for good in [
            "application/openmetrics-text",
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "text/plain, application/openmetrics-text",
        ] {
            assert!(prefers(good), "{good}");
        }
        for bad in ["*/*", "", "text/plain", "text/plain,application/openmetrics-text;q=0.9", "application/*"]
        {
            assert!(!prefers(bad), "{bad}");
        }
    }

    #[test]
    fn a_client_gets_the_best_encoding_that_it_takes() {
        let encoding = |value: &str| encoding(&with(ACCEPT_ENCODING, value));
        for (value, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Zstd),
            ("gzip", Encoding::Gzip),
            ("gzip;q=1, zstd;q=0.5", Encoding::Gzip),
            ("*", Encoding::Zstd),
            ("zstd;q=0, *", Encoding::Gzip),
            ("identity", Encoding::Plain),
            ("gzip;q=0", Encoding::Plain),
            ("gzip;q=x", Encoding::Plain),
        ] {
            assert_eq!(encoding(value), expected, "{value}");
        }
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        let has = |value: &str| has_already(&with(IF_NONE_MATCH, value), "W/\"a-1\"");
        assert!(["W/\"a-1\"", "\"a-1\"", "\"x\", W/\"a-1\"", "*"].into_iter().all(has));
        assert!(!["\"a-2\"", "", "a-1"].into_iter().any(has));
    }
}
