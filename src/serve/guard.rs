//! What is checked of every request before a route sees it, and what every answer carries.
//!
//! A page of any site can make a browser on this machine send requests here, and by DNS rebinding even read the answers:
//! so a request must call this machine by a name that is its own, and a page's origin must be this server's.
//!
//! Invariant: nothing changes by a request, bodies are refused, and a request takes a bounded time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, REFERRER_POLICY, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::peer::Peer;
use super::problem::Problem;
use super::served::Served;

/// The most time that a request takes until its answer begins.
pub(super) const REQUEST_TIME: Duration = Duration::from_secs(15);

const NO_CONTENT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Checks a request, and adds to its answer what browsers must know.
pub(super) async fn guard(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let mut response = match check(&request, &served) {
        Err(problem) => problem.into_response(),
        Ok(()) => match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::for_now("the answer takes too long: ask again, or for less", REQUEST_TIME)
                .into_response(),
        },
    };
    served.counts.answered(response.status().as_u16(), began.elapsed());
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NO_CONTENT);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    headers.insert(OPENER_POLICY, SAME_ORIGIN);
    response
}

fn check(request: &Request, served: &Served) -> Result<(), Problem> {
    let headers = request.headers();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::method());
    }
    let has_body = headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    if has_body {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "send no body: questions are in the URL"));
    }
    if request.extensions().get::<Arc<Peer>>().is_some_and(|peer| !peer.is_tcp()) {
        return Ok(());
    }
    check_host(request, served)?;
    check_origin(headers)
}

/// Refuses names that are not this machine's: whoever owns such a name may have pointed it here.
fn check_host(request: &Request, served: &Served) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => return Ok(()),
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return Err(Problem::new(StatusCode::BAD_REQUEST, "send one Host header")),
    };
    let is_known = |host: &str| is_own(host, served.address.is_local(), &served.settings.http.hosts);
    if is_known(host) && request.uri().authority().is_none_or(|authority| is_known(authority.as_str())) {
        return Ok(());
    }
    let detail = format!(
        "this server goes by localhost, its IP address and the names in hosts of [http]: use {}",
        served.address
    );
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
}

/// Whether a host, with or without port, is this machine.
fn is_own(host: &str, is_local: bool, hosts: &[String]) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    // Nobody can point an IP address elsewhere; one of another machine still has no business here.
    let is_ip = name.parse::<IpAddr>().is_ok_and(|ip| !is_local || ip.is_loopback());
    is_ip || name.eq_ignore_ascii_case("localhost") || hosts.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Refuses requests that pages of other sites make. A link to a page here is fine.
fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let refused = || {
        let detail =
            "pages of other sites may not read this: open the server's own page, or ask from a program";
        Problem::new(StatusCode::FORBIDDEN, detail)
    };
    if let Some(origin) = text(&ORIGIN) {
        let is_own = origin.strip_prefix("http://").is_some_and(|origin| {
            !origin.is_empty() && text(&HOST).is_some_and(|host| host.eq_ignore_ascii_case(origin))
        });
        if !is_own {
            return Err(refused());
        }
    }
    let is_foreign = text(&FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let is_link = text(&FETCH_MODE) == Some("navigate") && text(&FETCH_DEST) == Some("document");
    if is_foreign && !is_link { Err(refused()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        let hosts = ["desk.example.org".to_owned()];
        for good in
            ["localhost", "LOCALHOST:3000", "127.0.0.1", "127.0.0.1:80", "[::1]:3000", "Desk.Example.Org:1"]
        {
            assert!(is_own(good, true, &hosts), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3000",
            "10.0.0.1",
            "[::2]",
            ":3000",
            "localhost@evil.example",
            "evil.example:localhost",
        ] {
            assert!(!is_own(bad, true, &hosts), "{bad}");
        }
        assert!(is_own("10.0.0.1:3000", false, &[]) && !is_own("evil.example", false, &[]));
    }

    #[test]
    fn pages_of_other_sites_are_refused_and_links_are_not() {
        let check = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            let host = [(HOST, HeaderValue::from_static("127.0.0.1:3000"))];
            check_origin(&headers.chain(host).collect()).is_ok()
        };
        assert!(check(&[]) && check(&[("origin", "http://127.0.0.1:3000")]));
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        for bad in
            ["null", "http://evil.example", "https://127.0.0.1:3000", "http://127.0.0.1", "http://", ""]
        {
            assert!(!check(&[("origin", bad)]), "{bad}");
        }
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        let framed =
            [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
        assert!(!check(&framed));
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert!(check(&link));
    }
}
