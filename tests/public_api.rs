//! What others build on: every public item of `cco::snapshot`, as a list under version control.
//!
//! After an intended change write it again by `CCO_WRITE_API=1 cargo test --test public_api`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const LIST: &str = "tests/golden/public-api.txt";

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            sources(&entry, into);
        } else if entry.extension().is_some_and(|end| end == "rs") && !entry.ends_with("tests.rs") {
            into.push(entry);
        }
    }
}

/// The public items of a file: each declaration up to its body, on one line.
fn items(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut items = Vec::new();
    let mut in_enum = false;
    for (at, line) in lines.iter().enumerate() {
        in_enum = line.starts_with("pub enum ") || in_enum && *line != "}";
        let is_variant = in_enum && line.trim_start().starts_with(char::is_uppercase);
        if let Some(field) = field(line) {
            items.push(field.to_owned());
            continue;
        }
        let is_item = line.trim_start().starts_with("pub ") && !line.contains('$');
        if !is_item && !is_variant {
            continue;
        }
        let mut item = String::new();
        for line in &lines[at..] {
            item.push_str(line.trim());
            item.push(' ');
            if line.trim_end().ends_with(['{', ';', ','])
                && item.matches('(').count() == item.matches(')').count()
            {
                break;
            }
        }
        items.push(item.trim_end().trim_end_matches(['{', ';', ',']).trim_end().to_owned());
    }
    items
}

/// A field of a part of the layout, `NAME "name": Type * words`, which is a constant.
fn field(line: &str) -> Option<&str> {
    let (name, rest) = line.trim_start().split_once(" \"")?;
    let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let (field, _) = rest.split_once(", ").filter(|(field, _)| is_constant && field.contains("\": "))?;
    Some(&line.trim_start()[..name.len() + 2 + field.len()])
}

#[test]
fn the_public_api_is_what_the_list_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src/snapshot"), &mut files);
    let mut list = String::new();
    for file in files {
        let items = items(&std::fs::read_to_string(&file).unwrap());
        let public: Vec<&String> = items.iter().filter(|item| item.starts_with("pub ")).collect();
        if !public.is_empty() {
            let name = file.strip_prefix(root).unwrap().display().to_string();
            writeln!(list, "{name}").unwrap();
            items.iter().for_each(|item| writeln!(list, "    {item}").unwrap());
        }
    }
    let path = root.join(LIST);
    if std::env::var_os("CCO_WRITE_API").is_some() {
        std::fs::write(&path, &list).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (now, known)) in list.lines().zip(known.lines()).enumerate() {
        assert_eq!(now, known, "line {} of {LIST}", line + 1);
    }
    assert_eq!(list.lines().count(), known.lines().count(), "{LIST} lists more or less");
}

#[test]
fn only_the_snapshot_is_documented() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let lines: Vec<&str> = lib.lines().collect();
    let modules = lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub mod "));
    let shown: Vec<&str> =
        modules.filter(|(at, _)| lines[at - 1] != "#[doc(hidden)]").map(|(_, line)| *line).collect();
    assert_eq!(shown, ["pub mod snapshot;"]);
}
