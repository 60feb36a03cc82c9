//! The header against the code: every function, every struct and every number in `cco.h` is what the library has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const HEADER: &str = include_str!("../include/cco.h");

/// The header without its comments and without the bodies of its own functions.
fn declarations() -> String {
    let mut text = String::new();
    let mut rest = HEADER;
    while let Some((before, after)) = rest.split_once("/*") {
        text += before;
        rest = after.split_once("*/").expect("a comment ends").1;
    }
    text + rest
}

/// All of the library's code, without tests and line comments.
fn code() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Tests of a module stand in its folder.
            continue;
        }
        let file = std::fs::read_to_string(path).unwrap();
        let file = file.split("#[cfg(test)]").next().unwrap_or_default();
        for line in file.lines() {
            text += line.split("//").next().unwrap_or_default();
            text.push('\n');
        }
    }
    text
}

/// A text without white space: how a declaration is broken into lines says nothing.
fn tight(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" *", "*")
        .replace("* ", "*")
        .replace(", )", ")")
}

/// `LimitRow` as `limit_row`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// The C declaration of something of a Rust type.
fn declared(name: &str, kind: &str) -> String {
    let kind = kind.trim();
    if let Some(pointed) = kind.strip_prefix("*mut ") {
        return declared(&format!("*{name}"), pointed);
    }
    if let Some(pointed) = kind.strip_prefix("*const ") {
        return format!("const {}", declared(&format!("*{name}"), pointed));
    }
    if let Some((kind, count)) =
        kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')?.split_once("; "))
    {
        let kind = if kind == "u8" { "c_char" } else { kind };
        return declared(&format!("{name}[{count}]"), kind);
    }
    let kind = match kind {
        "c_char" => "char".into(),
        "c_int" => "int".into(),
        "f64" => "double".into(),
        "usize" => "size_t".into(),
        "u32" | "u64" => kind.replace('u', "uint") + "_t",
        "i64" => "int64_t".into(),
        "Reader" | "Frame" => format!("cco_{}", snake(kind)),
        _ => format!("struct cco_{}", snake(kind)),
    };
    tight(&format!("{kind} {name}"))
}

/// `name: type` pairs of a list.
fn pairs(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split(",\n").flat_map(|part| part.split(", ")).filter_map(|part| {
        let part = part.trim().trim_end_matches(',');
        let (name, kind) = part.split_once(": ")?;
        Some((name.trim_start_matches("pub "), kind))
    })
}

#[test]
fn functions_are_declared_as_they_are() {
    let code = code();
    let mut exported = BTreeMap::new();
    for function in code.split("(no_mangle)]").skip(1) {
        let (_, rest) = function.split_once("extern \"C\" fn ").expect("what is exported is a function of C");
        let (name, rest) = rest.split_once('(').unwrap();
        let (parameters, rest) = rest.split_once(')').unwrap();
        let (result, _) = rest.split_once('{').unwrap();
        let parameters: Vec<String> = pairs(parameters).map(|(name, kind)| declared(name, kind)).collect();
        let parameters = if parameters.is_empty() { "void".into() } else { parameters.join(", ") };
        let result = result.trim().strip_prefix("-> ");
        let whole = format!("{name}({parameters})");
        let whole = result.map_or_else(|| format!("void {whole}"), |result| declared(&whole, result));
        exported.insert(name.to_owned(), whole);
    }
    let text = declarations();
    let mut found = BTreeMap::new();
    for statement in text.split(';').filter(|statement| statement.contains("cco_") && statement.contains('('))
    {
        let statement = statement.rsplit(['}', '{']).next().unwrap_or_default();
        let statement = statement.lines().filter(|line| !line.starts_with('#'));
        let statement = tight(&statement.collect::<Vec<_>>().join("\n"));
        if let Some((before, _)) = statement.split_once('(').filter(|_| !statement.starts_with("return")) {
            let name = before.rsplit([' ', '*']).next().unwrap_or_default().to_owned();
            found.insert(name, statement);
        }
    }
    assert!(exported.len() > 25, "{exported:#?}");
    assert_eq!(found, exported);
}

#[test]
fn structs_have_the_same_members_in_the_same_order() {
    let code = code();
    let mut known = BTreeMap::new();
    for item in code.split("#[repr(C)]").skip(1) {
        let (_, rest) = item.split_once("pub struct ").unwrap();
        let (name, rest) = rest.split_once(" {").unwrap();
        let (members, _) = rest.split_once("\n}").unwrap();
        let members: Vec<String> = members
            .lines()
            .filter_map(|line| line.trim().trim_end_matches(',').strip_prefix("pub ")?.split_once(": "))
            .map(|(name, kind)| declared(name, kind))
            .collect();
        known.insert(format!("cco_{}", snake(name)), members);
    }
    let text = declarations();
    let mut found = BTreeMap::new();
    for item in text.split("\nstruct ").skip(1) {
        let Some((name, rest)) = item.split_once(" {") else { continue };
        let (members, _) = rest.split_once('}').unwrap();
        let members: Vec<String> =
            members.split(';').map(tight).filter(|member| !member.is_empty()).collect();
        found.insert(name.to_owned(), members);
    }
    assert!(known.len() > 12, "{known:#?}");
    assert_eq!(found, known);
}

/// Numbers of an enum: of the header, or of Rust with names as the header spells them.
fn numbers(text: &str, prefix: &str) -> BTreeMap<String, u64> {
    let numbered = text.split([',', '\n']).filter_map(|line| {
        let (name, number) = line.split_once(" = ")?;
        Some((format!("{prefix}{}", name.trim()), number.trim().parse().ok()?))
    });
    numbered.collect()
}

fn enum_of(name: &str) -> BTreeMap<String, u64> {
    let text = declarations();
    let (_, rest) = text.split_once(&format!("enum {name} {{")).unwrap();
    numbers(rest.split_once('}').unwrap().0, "")
}

/// Numbers of an enum in the source of `cco`.
fn enum_in(source: &str, name: &str, prefix: &str) -> BTreeMap<String, u64> {
    let (_, rest) = source.split_once(&format!("pub enum {name} {{")).unwrap();
    let found = numbers(rest.split_once("\n}").unwrap().0, "");
    found
        .into_iter()
        .map(|(name, number)| (format!("{prefix}{}", snake(&name).to_uppercase()), number))
        .collect()
}

#[test]
fn outcomes_have_the_numbers_of_the_one_list() {
    let list = enum_in(include_str!("../../../src/snapshot/code.rs"), "Code", "CCO_");
    assert_eq!(enum_of("cco_code"), list);
    for number in list.into_values() {
        let text = cco_capi::errors::cco_strerror(i32::try_from(number).unwrap());
        let unknown = cco_capi::errors::cco_strerror(i32::MAX);
        assert_ne!(text, unknown, "{number} has a meaning");
    }
}

#[test]
fn listed_values_have_the_numbers_of_the_layout() {
    let regions = enum_in(include_str!("../../../src/snapshot/layout/regions.rs"), "Region", "CCO_");
    let tables = enum_of("cco_table");
    assert_eq!(tables.len(), 8);
    for (name, number) in tables {
        assert_eq!(regions.get(&name), Some(&number), "{name}");
    }
    let kinds = enum_in(include_str!("../../../src/snapshot/rows.rs"), "LimitKind", "CCO_LIMIT_");
    assert_eq!(enum_of("cco_limit_kind"), kinds);
    let following = enum_of("cco_following");
    let known = enum_in(include_str!("../../../src/snapshot/health.rs"), "Following", "CCO_");
    let sorted = |numbers: BTreeMap<String, u64>| numbers.into_values().collect::<BTreeSet<_>>();
    assert_eq!(sorted(following), sorted(known));
}

#[test]
fn the_version_of_the_interface_is_one_number() {
    let line = format!("#define CCO_ABI_VERSION {}\n", cco_capi::ABI_VERSION);
    assert!(HEADER.contains(&line));
    let soname = format!("libcco.so.{}", cco_capi::ABI_VERSION);
    assert!(HEADER.contains(&soname) && include_str!("../build.rs").contains(&soname));
    let version = format!("version = \"{}.0.0\"", cco_capi::ABI_VERSION);
    assert!(include_str!("../Cargo.toml").contains(&version), "what cargo-c installs");
}
