//! `/`: the dashboard, and the files that it loads.
//!
//! Invariant: they are part of the program and need nothing from elsewhere, and the page's policy forbids it: no script but
//! these files, nothing inline, and no text that becomes markup.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::serve::described::{Parameter, Route};
use crate::serve::problem::Problem;
use crate::serve::rendition::Rendition;
use crate::serve::served::Served;

/// The page reads its query itself, as filters; files have none.
const PARAMETERS: &[Parameter] = &[];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
/// What the page may load and where it may connect: here. Trusted types make the browser refuse text as markup.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// A file as the program contains it.
struct File {
    path: &'static str,
    kind: &'static str,
    /// What it is made of, in this order.
    parts: &'static [&'static [u8]],
}

/// Files in `assets`, as routes and with their bytes; what follows `then` makes a module of a classic script.
macro_rules! files {
    ($($path:literal is $kind:ident from $($file:literal)+ $(then $tail:literal)?,)*) => {
        pub(in crate::serve) const ROUTES: &[Route] = &[$(Route {
            path: $path,
            summary: if $path.len() == 1 { "The dashboard" } else { "A file of the dashboard" },
            parameters: PARAMETERS,
            kind: media_type($kind),
            is_open: true,
            methods: || get(file),
        },)*];
        const FILES: &[File] = &[$(File {
            path: $path,
            kind: $kind,
            parts: &[
                $(include_bytes!(concat!("../assets/", $file)),)+
                $($tail.as_bytes(),)?
            ],
        },)*];
    };
}

files! {
    "/" is HTML from "index.html",
    "/assets/icon.svg" is SVG from "icon.svg",
    // One file, because nothing is painted before all style sheets are there.
    "/assets/page.css" is CSS from "colours.css" "page.css" "parts.css" "uplot/uPlot.min.css",
    "/assets/uPlot.js" is SCRIPT from "uplot/uPlot.iife.min.js" then "\nexport default uPlot;\n",
    "/assets/theme.js" is SCRIPT from "theme.js" "after_paint.js",
    "/assets/dashboard.js" is SCRIPT from "dashboard.js",
    "/assets/alerts.js" is SCRIPT from "alerts.js",
    "/assets/api.js" is SCRIPT from "api.js",
    "/assets/chart.js" is SCRIPT from "chart.js",
    "/assets/events.js" is SCRIPT from "events.js",
    "/assets/heat.js" is SCRIPT from "heat.js",
    "/assets/limits.js" is SCRIPT from "limits.js",
    "/assets/link.js" is SCRIPT from "link.js",
    "/assets/names.js" is SCRIPT from "names.js",
    "/assets/now.js" is SCRIPT from "now.js",
    "/assets/page.js" is SCRIPT from "page.js",
    "/assets/publisher.js" is SCRIPT from "publisher.js",
    "/assets/table.js" is SCRIPT from "table.js",
    "/assets/token.js" is SCRIPT from "token.js",
    "/assets/tops.js" is SCRIPT from "tops.js",
    "/assets/usage.js" is SCRIPT from "usage.js",
    "/assets/words.js" is SCRIPT from "words.js",
}

/// The type without the set of characters.
const fn media_type(kind: &'static str) -> &'static str {
    let bytes = kind.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b';' {
        end += 1;
    }
    kind.split_at(end).0
}

/// Bodies, in the order of `FILES`.
static BODIES: LazyLock<Vec<Rendition>> = LazyLock::new(|| {
    let body = |file: &File| Rendition::fixed(file.kind, file.parts.concat());
    FILES.iter().map(body).collect()
});

async fn file(State(served): State<Arc<Served>>, uri: Uri, headers: HeaderMap) -> Response {
    let found = FILES.iter().position(|file| file.path == uri.path());
    let Some(body) = found.and_then(|index| BODIES.get(index)) else {
        return Problem::not_found().into_response();
    };
    let mut response = body.answer(&headers, &served.counts);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}
