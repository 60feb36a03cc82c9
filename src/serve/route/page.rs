//! `/`: the dashboard, and the files that it loads.
//!
//! Invariant: they are part of the program and need nothing from elsewhere, and the page's policy forbids it: no script but
//! these files, nothing inline but what the program was built with, and no text that becomes markup.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::serve::described::{Parameter, Route};
use crate::serve::inlined::put_in;
use crate::serve::problem::Problem;
use crate::serve::rendition::Rendition;
use crate::serve::served::Served;

/// The page reads its query itself, as filters; files have none.
const PARAMETERS: &[Parameter] = &[];
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
/// Where the dashboard is.
const PAGE: &str = "/";
/// In the page, because nothing is painted before all style sheets are there.
const STYLE: &str = concat!(
    include_str!("../assets/colours.css"),
    include_str!("../assets/page.css"),
    include_str!("../assets/parts.css"),
    include_str!("../assets/uplot/uPlot.min.css"),
);
/// In the page, because it says which colours the first picture has.
const FIRST_SCRIPT: &str =
    concat!(include_str!("../assets/theme.js"), include_str!("../assets/after_paint.js"));

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
    "/assets/uPlot.js" is SCRIPT from "uplot/uPlot.iife.min.js" then "\nexport default uPlot;\n",
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

/// What is given out.
struct Given {
    /// In the order of `FILES`.
    bodies: Vec<Rendition>,
    policy: HeaderValue,
}

static GIVEN: LazyLock<Given> = LazyLock::new(|| {
    let mut page = include_str!("../assets/index.html").to_owned();
    let style = put_in(&mut page, "style", STYLE);
    let script = put_in(&mut page, "script", FIRST_SCRIPT);
    let body = |file: &File| {
        let content = if file.path == PAGE { page.clone().into() } else { file.parts.concat() };
        Rendition::fixed(file.kind, content)
    };
    Given { bodies: FILES.iter().map(body).collect(), policy: policy(&style, &script) }
});

/// What the page may load and where it may connect: here, and what stands in it, named by its hash. Trusted types make the
/// browser refuse text as markup.
fn policy(style: &str, script: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self' {script}; style-src {style}; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
    );
    // Hashes have no character that a header cannot have. If they had, the page would be empty, and never less strict.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

async fn file(State(served): State<Arc<Served>>, uri: Uri, headers: HeaderMap) -> Response {
    let found = FILES.iter().position(|file| file.path == uri.path());
    let Some(body) = found.and_then(|index| GIVEN.bodies.get(index)) else {
        return Problem::not_found().into_response();
    };
    let mut response = body.answer(&headers, &served.counts);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, GIVEN.policy.clone());
    response
}
