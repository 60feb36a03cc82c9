//! The dashboard as a server gives it out: what can be said of it without a browser. tools/dashboard/check says the rest.

use std::collections::BTreeSet;
use std::process::Command;

use crate::client::{Answer, Client, ask, get};
use crate::host::Host;
use crate::place::Place;

/// The most bytes of the page and all its files together.
const BYTES_MAX: usize = 150_000;

/// The targets that a page, style sheet or module names: `href="…"`, `src="…"`, `from "…"`, `import("…")`.
fn links(base: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for before in ["href=\"", "src=\"", "from \"", "import(\"", "import \""] {
        for (at, _) in text.match_indices(before) {
            let rest = &text[at + before.len()..];
            let target = rest.split('"').next().unwrap();
            if let Some(file) = target.strip_prefix("./").filter(|_| base != "/") {
                found.insert(format!("/assets/{file}"));
            } else if target.starts_with('/') {
                found.insert(target.to_owned());
            }
        }
    }
    found
}

/// The page and all files that can be reached from it.
fn files(port: u16) -> Vec<(String, Answer)> {
    let mut wanted = vec!["/".to_owned()];
    let mut files: Vec<(String, Answer)> = Vec::new();
    while let Some(target) = wanted.pop() {
        if files.iter().any(|(known, _)| *known == target) {
            continue;
        }
        let answer = get(port, &target);
        assert_eq!(answer.status, 200, "{target} is linked and not there");
        let is_own = target == "/" || target.starts_with("/assets/");
        if is_own && !target.contains("uPlot") {
            wanted.extend(links(&target, std::str::from_utf8(&answer.body).unwrap()));
        }
        if is_own {
            files.push((target, answer));
        }
    }
    files
}

#[test]
fn the_dashboard_is_whole_small_and_may_load_nothing_from_elsewhere() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let files = files(host.port);
    let total: usize = files.iter().map(|(_, answer)| answer.body.len()).sum();
    assert!(total < BYTES_MAX, "the dashboard has {total} bytes");
    let reached: BTreeSet<_> = files.iter().map(|(target, _)| target.as_str()).collect();
    let described = get(host.port, "/openapi.json").json();
    for path in described["paths"].as_object().unwrap().keys() {
        assert!(!path.starts_with("/assets/") || reached.contains(path.as_str()), "nothing loads {path}");
    }
    for (target, answer) in &files {
        let kind = match target.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(answer.header("content-type"), kind, "{target}");
        let policy = answer.header("content-security-policy");
        for needed in
            ["default-src 'none'", "script-src 'self'", "trusted-types 'none'", "form-action 'none'"]
        {
            assert!(policy.contains(needed), "{target}: {policy}");
        }
        assert!(!policy.contains("-inline") && !policy.contains("-eval"), "{target}: {policy}");
        let text = std::str::from_utf8(&answer.body).unwrap();
        if !target.contains("uPlot") {
            let begins = match target.rsplit('.').next().unwrap() {
                "js" => "// ",
                "css" => "/* ",
                _ => "<",
            };
            assert!(text.starts_with(begins), "{target} does not begin by saying what it is");
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for forbidden in ["http://", "https://", "innerHTML", "eval(", "style=\"", " onclick="] {
                assert!(!text.contains(forbidden), "{target} has {forbidden}");
            }
        }
    }
}

#[test]
fn the_first_picture_needs_the_page_alone() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let page = get(host.port, "/");
    let html = std::str::from_utf8(&page.body).unwrap();
    let (head, body) = html.split_once("</head>").unwrap();
    let (before_programs, _) = head.split_once("<template").unwrap();
    assert!(!before_programs.contains("rel=\"stylesheet\"") && !before_programs.contains("src="), "{head}");
    let policy = page.header("content-security-policy");
    for (element, source, within) in
        [("style", "style-src 'sha256-", ".uplot"), ("script", "script-src 'self' 'sha256-", "cco.theme")]
    {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        assert_eq!(before_programs.matches(&open).count(), 1, "{element}");
        assert_eq!(
            before_programs.matches(&close).count(),
            1,
            "nothing that is put in may end its {element}"
        );
        let (_, text) = before_programs.split_once(&open).unwrap();
        assert!(text.split_once(&close).unwrap().0.contains(within), "{element}");
        assert!(policy.contains(source) && !body.contains(&open), "{policy}");
    }
}

#[test]
fn files_of_the_dashboard_are_tagged_compressed_and_nothing_else_is_there() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let mut client = Client::connect(host.port);
    let mut tags = BTreeSet::new();
    for (target, plain) in files(host.port) {
        let tag = plain.header("etag").to_owned();
        let known = client.ask("GET", &target, &[("If-None-Match", &tag)]);
        assert_eq!(known.status, 304, "{target}");
        assert!(tags.insert(tag), "{target} has the tag of another file");
        let packed = client.ask("GET", &target, &[("Accept-Encoding", "gzip")]);
        if plain.body.len() >= 1024 {
            assert_eq!(packed.header("content-encoding"), "gzip", "{target}");
            assert!(packed.body.len() < plain.body.len(), "{target}");
        }
    }
    for target in ["/assets/", "/assets/nothing.js", "/assets/../Cargo.toml", "/assets/uplot/VERSION"] {
        ask(host.port, "GET", target, &[]).is_problem(404, "openapi");
    }
}

#[test]
fn the_vendored_chart_is_the_one_whose_hash_is_written_down() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/serve/assets/uplot");
    let version = std::fs::read_to_string(format!("{folder}/VERSION")).unwrap();
    let number = version.split([' ', ',']).nth(1).unwrap();
    let script = std::fs::read_to_string(format!("{folder}/uPlot.iife.min.js")).unwrap();
    assert!(script.contains(&format!("(v{number})")), "{version}");
    assert!(std::fs::read_to_string(format!("{folder}/LICENSE")).unwrap().contains("MIT"));
    let program = if cfg!(target_os = "macos") {
        ["shasum", "-a", "256", "-c"].as_slice()
    } else {
        &["sha256sum", "-c"]
    };
    let checked =
        Command::new(program[0]).args(&program[1..]).arg("SHA256SUMS").current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(said.lines().count(), 3, "{said}");
}
