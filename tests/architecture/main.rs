//! The rules of the house that a compiler does not check: who may use whom, where `unsafe` stands, what the bare
//! reader depends on, and how files look. ARCHITECTURE.md gives the reasons.
//!
//! Each rule is a function from a file's path and text to what is wrong with it, so that the rules themselves
//! are tested, on text that breaks them. Modules that are not there yet break nothing.

mod circles;

use std::path::{Path, PathBuf};
use std::process::Command;

use self::circles::{circles, uses};

/// What a module may use of `snapshot`.
#[derive(Clone, Copy)]
enum Contract {
    /// All that is public.
    Whole,
    /// These names: plain types and paths, nothing that reads or writes a file.
    Only(&'static [&'static str]),
}

/// A module and what it may use besides itself.
struct Floor {
    module: &'static str,
    may_use: &'static [&'static str],
    snapshot: Contract,
}

const PLAIN: Contract = Contract::Only(&["Counters", "ParseMoneyError", "Picodollars"]);
const PLACE: Contract =
    Contract::Only(&["FILE_NAME", "Picodollars", "default_path", "path_from", "state_folder_from"]);

/// The floor plan, in import order.
const PLAN: &[Floor] = &[
    Floor { module: "snapshot", may_use: &[], snapshot: Contract::Whole },
    Floor { module: "plain_text", may_use: &[], snapshot: Contract::Only(&[]) },
    Floor { module: "causes", may_use: &["plain_text"], snapshot: Contract::Only(&[]) },
    Floor { module: "own_folder", may_use: &["plain_text"], snapshot: Contract::Only(&[]) },
    Floor { module: "state_folder", may_use: &["own_folder"], snapshot: Contract::Only(&["FILE_NAME"]) },
    Floor {
        module: "limits",
        may_use: &["own_folder"],
        snapshot: Contract::Only(&["Limit", "LimitKind", "Picodollars"]),
    },
    Floor { module: "usage", may_use: &[], snapshot: PLAIN },
    Floor { module: "pricing", may_use: &["usage"], snapshot: PLAIN },
    Floor { module: "ingest", may_use: &["usage"], snapshot: PLAIN },
    Floor { module: "period", may_use: &[], snapshot: Contract::Only(&[]) },
    Floor { module: "ledger", may_use: &["plain_text", "usage", "pricing", "period"], snapshot: PLAIN },
    Floor {
        module: "publish",
        may_use: &[
            "causes",
            "state_folder",
            "own_folder",
            "limits",
            "usage",
            "pricing",
            "ingest",
            "period",
            "ledger",
        ],
        snapshot: Contract::Whole,
    },
    Floor { module: "config", may_use: &["state_folder", "own_folder", "usage", "pricing"], snapshot: PLACE },
    Floor {
        module: "report",
        may_use: &["plain_text", "limits", "usage", "pricing", "period", "ledger", "config"],
        snapshot: Contract::Whole,
    },
    Floor {
        module: "serve",
        may_use: &[
            "plain_text",
            "causes",
            "own_folder",
            "state_folder",
            "pricing",
            "period",
            "ledger",
            "config",
            "report",
        ],
        snapshot: Contract::Whole,
    },
    Floor {
        module: "monitor",
        may_use: &["plain_text", "causes", "config", "report"],
        snapshot: Contract::Whole,
    },
    Floor {
        module: "daemon",
        may_use: &[
            "plain_text",
            "causes",
            "state_folder",
            "own_folder",
            "ingest",
            "ledger",
            "config",
            "report",
            "publish",
            "serve",
        ],
        snapshot: Contract::Whole,
    },
    Floor {
        module: "setup",
        may_use: &["plain_text", "state_folder", "own_folder", "config", "report"],
        snapshot: Contract::Whole,
    },
];
/// The programs, which use everything.
const PROGRAMS: &[&str] = &["main", "lib", "cli", "bin", "peek"];

/// Files with `unsafe` in them, or folders of such.
const UNSAFE: &[&str] = &[
    "src/snapshot/map.rs",
    "src/snapshot/os/",
    "tools/capi/src/",
    // No part of the product: they measure what reading costs against a plain mapping and against mmap-sync.
    "benches/measure/limit.rs",
    "tools/peers/src/guarded.rs",
];

/// Uses that close a circle of files and are right nevertheless, each with its reason.
const CIRCLES: &[(&str, &str, &str)] = &[(
    "snapshot/layout/part.rs",
    "snapshot/layout/mod.rs",
    "the glob is inside the macro, so it means the file that declares a part",
)];

/// Longer tests stand in a file of their own, `name/tests.rs`.
const INLINE_TESTS_LINES_MAX: usize = 125;

const LINES_MAX: usize = 500;
const VAGUE: &[&str] = &["utils", "util", "common", "types", "helpers", "helper", "misc"];
/// What embedding the snapshot reader may bring along.
const BARE_READER: &[&str] = &["cco", "memmap2", "libc", "crc32fast", "cfg-if"];

/// The text without line comments: code and strings. (A string with `//` in it loses its end, which is no loss
/// here.)
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The module under `src/` that a path belongs to.
fn module_of(path: &str) -> Option<&str> {
    let below = path.strip_prefix("src/")?;
    Some(below.split('/').next().unwrap_or(below).trim_end_matches(".rs"))
}

/// How many modules lie between a file's own and the crate's root, its own included.
fn depth_of(path: &str) -> usize {
    path.trim_end_matches("/mod.rs").split('/').count() - 1
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The items of a list that opens before `text`, without those of lists inside it being taken apart.
fn items(text: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth > 0 => {}
            ',' | '}' => {
                items.push(text[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// Modules of the crate that `code` names, each with the text behind the name.
fn references<'a>(path: &str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        for item in rest.strip_prefix('{').map_or(vec![rest], items) {
            let name = leading_name(item);
            found.push((name, &item[name.len()..]));
        }
    }
    let root = "super::".repeat(depth_of(path));
    for (at, _) in code.match_indices(&root) {
        let rest = code[at + root.len()..].trim_start_matches("super::");
        let name = leading_name(rest);
        if PLAN.iter().any(|floor| floor.module == name) {
            found.push((name, &rest[name.len()..]));
        }
    }
    found
}

/// The names in `::Name`, `::{A, b::C, self}` or nothing, which stands for the whole module.
fn named(rest: &str) -> Vec<&str> {
    let Some(rest) = rest.strip_prefix("::") else { return vec!["*"] };
    rest.strip_prefix('{').map_or(vec![rest], items).into_iter().map(leading_name).collect()
}

fn imports(path: &str, text: &str) -> Vec<String> {
    let Some(module) = module_of(path) else { return Vec::new() };
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    if PROGRAMS.contains(&module) || is_test {
        return Vec::new();
    }
    let Some(floor) = PLAN.iter().find(|floor| floor.module == module) else {
        return vec![format!("{path}: the floor plan has no module {module}")];
    };
    let code = code(text);
    let mut wrong = Vec::new();
    for (used, rest) in references(path, &code) {
        let known = PLAN.iter().any(|floor| floor.module == used) || PROGRAMS.contains(&used);
        if !known || used == module {
            continue;
        }
        let allowed = match (used, floor.snapshot) {
            ("snapshot", Contract::Whole) => true,
            ("snapshot", Contract::Only(names)) => named(rest).iter().all(|name| names.contains(name)),
            _ => floor.may_use.contains(&used),
        };
        if !allowed {
            wrong.push(format!("{path}: {module} may not use {used}{}", rest.lines().next().unwrap_or("")));
        }
    }
    wrong
}

fn unsafe_code(path: &str, text: &str) -> Vec<String> {
    let allowed =
        UNSAFE.iter().any(|allowed| path == *allowed || allowed.ends_with('/') && path.starts_with(allowed));
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let code = code(text);
    let says = code.split(|c| !is_name(c)).any(|word| word == "unsafe" || word == "unsafe_code");
    // The rules are spelled out here.
    if says && !allowed && !path.starts_with("tests/architecture/") {
        return vec![format!("{path}: unsafe code stands only in {UNSAFE:?}")];
    }
    Vec::new()
}

fn looks(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if (path.starts_with("src/") || path.starts_with("tools/")) && !text.starts_with("//!") {
        wrong.push(format!("{path}: does not begin by saying what it is (`//!`)"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        wrong.push(format!("{path}: {lines} lines are more than one idea; split it"));
    }
    for part in path.trim_end_matches(".rs").split('/') {
        if VAGUE.contains(&part) || part.ends_with("manager") || part.ends_with("managers") {
            wrong.push(format!("{path}: {part} says nothing; name it after what it does"));
        }
    }
    wrong
}

/// Where modules and their tests stand: a module with others in it is `name/mod.rs`; tests of a module are in it,
/// or, where they are long, in `name/tests.rs`, beside `name.rs` or `name/mod.rs`.
fn places(path: &str, text: &str, paths: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    if !path.starts_with("src/") {
        return wrong;
    }
    if text.lines().any(|line| line.trim_start().starts_with("#[path")) {
        wrong.push(format!("{path}: files stand where their modules say; no #[path]"));
    }
    if path.ends_with("_tests.rs") {
        wrong.push(format!("{path}: tests of a module stand in it or in name/tests.rs"));
    }
    let folder = path.trim_end_matches(".rs").to_owned() + "/";
    let is_inside = |other: &&&str| other.starts_with(&folder) && !other[folder.len()..].starts_with("tests");
    if let Some(inside) = paths.iter().find(is_inside) {
        wrong.push(format!("{path}: beside {inside} it is called {folder}mod.rs"));
    }
    let inline = text.lines().skip_while(|line| *line != "mod tests {").count();
    if inline > INLINE_TESTS_LINES_MAX {
        wrong.push(format!("{path}: {inline} lines of tests stand in {folder}tests.rs"));
    }
    wrong
}

/// Paths that only mean something on the machine where a file was written.
fn machine(path: &str, text: &str) -> Vec<String> {
    // Put together here, so that the rule does not break itself.
    let places = ["work", "root", "tmp/wt"].map(|place| format!("/{place}/"));
    let starts = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "~._-/}".contains(c));
    let found = |place: &String| text.match_indices(place.as_str()).any(|(at, _)| starts(at));
    let found = places.iter().filter(|place| found(place));
    found.map(|place| format!("{path}: {place} is a place on one machine")).collect()
}

/// Files below the package's folder that we wrote, as (path, text).
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                if !["target", "node_modules", "fuzz"].contains(&name.as_str()) && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = std::fs::read_to_string(root.join(&path)).unwrap();
                found.push((path.to_str().unwrap().to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn check(endings: &[&str], rule: fn(&str, &str) -> Vec<String>) {
    let wrong: Vec<_> = files(endings).iter().flat_map(|(path, text)| rule(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_use_only_what_the_floor_plan_says() {
    check(&[".rs"], imports);
}

#[test]
fn no_files_of_a_module_use_each_other_in_a_circle() {
    let files = files(&[".rs"]);
    let files: Vec<_> =
        (files.iter()).filter_map(|(path, text)| Some((path.strip_prefix("src/")?, text.as_str()))).collect();
    let allowed: Vec<_> = CIRCLES.iter().map(|(from, to, _)| (*from, *to)).collect();
    let found: Vec<_> = circles(&files, &allowed).iter().map(|circle| circle.join(", ")).collect();
    assert!(found.is_empty(), "circles:\n{}", found.join("\n"));
    let uses = uses(&files);
    let gone = allowed.iter().filter(|(from, to)| !uses.contains(&((*from).to_owned(), (*to).to_owned())));
    assert_eq!(gone.collect::<Vec<_>>(), <Vec<&(&str, &str)>>::new(), "exceptions that nothing needs");
}

#[test]
fn unsafe_code_stands_where_the_design_says() {
    check(&[".rs"], unsafe_code);
}

#[test]
fn files_say_what_they_are_and_hold_one_idea() {
    check(&[".rs"], looks);
}

#[test]
fn modules_and_tests_stand_where_one_looks_for_them() {
    let files = files(&[".rs"]);
    let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    let wrong: Vec<_> = files.iter().flat_map(|(path, text)| places(path, text, &paths)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_speaks_of_one_machine() {
    let endings =
        [".rs", ".md", ".toml", ".sh", ".yml", ".yaml", ".json", ".c", ".h", ".lua", ".py", ".ts", ".js"];
    check(&endings, machine);
}

#[test]
fn the_bare_reader_brings_along_only_what_it_claims() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "cco", "--no-default-features", "-e", "normal", "--prefix", "none", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"memmap2"), "{tree}");
    let strangers: Vec<_> = names.iter().filter(|name| !BARE_READER.contains(name)).collect();
    assert!(strangers.is_empty(), "{strangers:?} in\n{tree}");
}

#[test]
fn imports_against_the_plan_are_caught() {
    let wrong = |path, text| !imports(path, text).is_empty();
    assert!(wrong("src/pricing/cost.rs", "use crate::ingest::Scan;"));
    assert!(wrong("src/snapshot/reader.rs", "let x = crate::usage::Key::default();"));
    assert!(wrong("src/usage/key.rs", "use crate::{snapshot::Counters, ledger::Row};"));
    assert!(wrong("src/usage/key.rs", "use super::super::pricing::Table;"));
    assert!(wrong("src/usage.rs", "use super::pricing::Table;"));
    assert!(wrong("src/ingest/scan.rs", "use crate::snapshot::Reader;"));
    assert!(wrong("src/ingest/scan.rs", "use crate::snapshot::{\n    Counters,\n    Writer,\n};"));
    assert!(wrong("src/ledger/mod.rs", "use crate::snapshot;"));
    assert!(wrong("src/ledger/mod.rs", "use crate::{usage::{Key, Record}, ingest::Scan};"));
    assert!(wrong("src/ledger/mod.rs", "use crate::{snapshot::{Counters, Writer}, usage::Key};"));
    assert!(wrong("src/serve/mod.rs", "use crate::publish::Pass;"));
    assert!(wrong("src/report/mod.rs", "use crate::cli::run;"));
    assert!(wrong("src/novelty/mod.rs", ""));

    assert!(!wrong("src/pricing/cost.rs", "use crate::usage::Tokens;\nuse crate::snapshot::{Counters};"));
    assert!(!wrong("src/pricing/cost.rs", "// see crate::ingest"));
    assert!(!wrong("src/publish/once.rs", "use crate::{ingest::Scan, ledger::Ledger, snapshot::Writer};"));
    assert!(!wrong("src/usage/key.rs", "use super::super::usage::Key; use super::record::Record;"));
    assert!(!wrong("src/cli/mod.rs", "use crate::serve::run; use crate::monitor::run;"));
    assert!(!wrong("tests/any.rs", "use cco::ingest::Scan;"));
}

#[test]
fn circles_of_files_are_caught() {
    let found = |files: &[(&str, &str)]| circles(files, &[]).len();
    let (a, b) = (("m/a.rs", "use super::b::B;"), ("m/b.rs", "fn b() { super::a::a() }"));
    assert_eq!(found(&[a, b]), 1);
    assert_eq!(found(&[a, ("m/b.rs", "use crate::m::{a::A, c::C};")]), 1);
    assert_eq!(circles(&[a, b], &[("m/a.rs", "m/b.rs")]), Vec::<Vec<String>>::new());
    // By what the module's own file has, and by what it passes on.
    let child = ("m/a.rs", "use super::shared;");
    assert_eq!(found(&[("m/mod.rs", "mod a;\nfn shared() { a::run() }"), child]), 1);
    assert_eq!(found(&[("m/mod.rs", "mod a; mod b;\npub use self::b::shared;"), child, ("m/b.rs", "")]), 0);
    assert_eq!(found(&[("m/mod.rs", "pub use self::b::shared;"), child, ("m/b.rs", "use super::a;")]), 1);
    let nested = ("m/n/mod.rs", "use super::super::m::a;");
    assert_eq!(found(&[("m/a.rs", "use super::n::{self, N};"), nested]), 1);

    assert_eq!(
        found(&[("m/mod.rs", "mod a;\nfn b() { a::a() }"), ("m/a.rs", "pub(in crate::m) fn a() {}")]),
        0
    );
    assert_eq!(found(&[a, ("m/b.rs", "// see super::a\nuse super::c::a;"), ("m/c.rs", "")]), 0);
    assert_eq!(found(&[a, ("m/b.rs", "#[cfg(test)]\nmod tests {\n    use super::super::a::A;\n}")]), 0);
    assert_eq!(found(&[a, b].map(|(path, text)| (path.trim_start_matches("m/"), text))), 0);
}

#[test]
fn unsafe_code_elsewhere_is_caught() {
    let wrong = |path, text| !unsafe_code(path, text).is_empty();
    let (block, allow) = ("let x = unsafe { f() };", "#![allow(unsafe_code)]");
    assert!(wrong("src/snapshot/reader.rs", block) && wrong("src/serve/mod.rs", allow));
    assert!(wrong("tools/corpus/src/main.rs", block) && wrong("src/snapshot/os.rs", block));
    assert!(!wrong("src/snapshot/os/mod.rs", block) && !wrong("tools/capi/src/lib.rs", allow));
    assert!(!wrong("src/serve/mod.rs", "// unsafe to assume\nlet unsafely = 1;"));
}

#[test]
fn files_without_a_header_too_long_or_vaguely_named_are_caught() {
    let count = |path: &str, text: &str| looks(path, text).len();
    assert_eq!(count("src/a/b.rs", "use x;"), 1);
    assert_eq!(count("tools/corpus/src/main.rs", "fn main() {}"), 1);
    assert_eq!(count("src/a/b.rs", &"//! x\n".repeat(501)), 1);
    for name in ["utils.rs", "common/mod.rs", "types.rs", "helpers.rs", "misc.rs", "session_manager.rs"] {
        assert_eq!(count(&format!("src/a/{name}"), "//! x"), 1, "{name}");
    }
    assert_eq!(count("src/a/b.rs", &"//! x\n".repeat(500)), 0);
    assert_eq!(count("tests/a.rs", "use x;"), 0);
}

#[test]
fn modules_and_tests_elsewhere_are_caught() {
    let count = |path: &str, text: &str, others: &[&str]| places(path, text, others).len();
    assert_eq!(count("src/a/b.rs", "#[cfg(test)]\n#[path = \"b_tests.rs\"]\nmod tests;", &[]), 1);
    assert_eq!(count("src/a/b_tests.rs", "", &[]), 1);
    assert_eq!(count("src/a/b.rs", "", &["src/a/b/c.rs"]), 1);
    assert_eq!(count("src/a/b.rs", &format!("mod tests {{\n{}}}", "x\n".repeat(124)), &[]), 1);

    assert_eq!(count("src/a/b.rs", &format!("mod tests {{\n{}}}", "x\n".repeat(123)), &[]), 0);
    assert_eq!(count("src/a/b.rs", "mod tests;", &["src/a/b/tests.rs", "src/a/b2/c.rs"]), 0);
    assert_eq!(count("src/a/b/mod.rs", "", &["src/a/b/c.rs", "src/a/b/tests.rs"]), 0);
    assert_eq!(count("tests/a/main.rs", "#[path = \"../b.rs\"]\nmod b;", &[]), 0);
}

#[test]
fn places_on_one_machine_are_caught() {
    let wrong = |text: String| !machine("a.md", &text).is_empty();
    for place in ["work", "root", "tmp/wt"] {
        assert!(wrong(format!("see `/{place}/x`")) && wrong(format!("/{place}/")));
        assert!(!wrong(format!("see `~/{place}/x`, /home/me/{place}/x and x/{place}/y")));
    }
}
