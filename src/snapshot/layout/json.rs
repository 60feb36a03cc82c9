//! The layout as JSON: what every file carries in its `layout` region, so that a generic tool can decode it.
//!
//! Invariant: it says everything that the tables of `LAYOUT.md` say, from the same lists; the text depends on nothing
//! but the layout.

use std::sync::OnceLock;

use super::page::{control, identity, slot};
use super::part::{Field, Type};
use super::regions::{Kind, Region};
use super::rules::rules;
use super::schema::{FNV_OFFSET, FNV_PRIME, schema_hash};
use super::sizes::{ALIGN_BYTES, MAJOR, MINOR, PAGE_BYTES, WORD_BYTES};
use super::structs::{STRUCTS, Struct, UNITS};

/// The layout as JSON, without an end of line.
pub fn layout_json() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    if cfg!(miri) {
        return "{}"; // minutes of putting text together, in which Miri has nothing to check
    }
    TEXT.get_or_init(text)
}

fn text() -> String {
    let list = |items: Vec<String>| format!("[\n  {}\n ]", items.join(",\n  "));
    let members = [
        ("layout", quoted("cco snapshot")),
        ("version", object(&[("major", MAJOR.to_string()), ("minor", MINOR.to_string())])),
        ("schema_hash", hex(schema_hash())),
        ("byte_order", quoted("little")),
        ("word_bytes", WORD_BYTES.to_string()),
        ("page_bytes", PAGE_BYTES.to_string()),
        ("align_bytes", ALIGN_BYTES.to_string()),
        ("types", list(Type::ALL.into_iter().map(type_of).collect())),
        ("units", list(UNITS.iter().map(|(name, meaning)| named(name, meaning)).collect())),
        ("structs", list(STRUCTS.iter().map(struct_of).collect())),
        ("page", list(page())),
        ("directory", directory()),
        ("regions", list(Region::ALL.into_iter().map(region_of).collect())),
        ("rules", list(rules().iter().map(|rule| quoted(rule)).collect())),
    ];
    let members: Vec<_> = members.iter().map(|(name, value)| format!(" {}: {value}", quoted(name))).collect();
    format!("{{\n{}\n}}", members.join(",\n"))
}

fn named(name: &str, meaning: &str) -> String {
    object(&[("name", quoted(name)), ("meaning", quoted(meaning))])
}

fn type_of(kind: Type) -> String {
    let bytes = kind.words().map_or_else(|| "null".into(), |words| (words * WORD_BYTES).to_string());
    object(&[("name", quoted(kind.name())), ("bytes", bytes), ("meaning", quoted(kind.meaning()))])
}

fn struct_of(part: &Struct) -> String {
    let bytes = part.fields.iter().map(|field| field.words * WORD_BYTES).sum::<usize>();
    object(&[
        ("name", quoted(part.name)),
        ("bytes", bytes.to_string()),
        ("meaning", quoted(part.meaning)),
        ("fields", fields(part.fields)),
    ])
}

/// What page 0 consists of.
fn page() -> Vec<String> {
    [("static", identity::BASE, 1), ("control", control::BASE, 1), ("slot", slot::FIRST, slot::COUNT)]
        .map(|(name, word, count)| {
            object(&[
                ("struct", quoted(name)),
                ("offset", (word * WORD_BYTES).to_string()),
                ("count", count.to_string()),
            ])
        })
        .into()
}

fn directory() -> String {
    object(&[
        ("struct", quoted("directory_entry")),
        ("offset", (identity::DIRECTORY * WORD_BYTES).to_string()),
        ("count", identity::DIRECTORY_ENTRIES.to_string()),
    ])
}

fn region_of(region: Region) -> String {
    let mut members = vec![
        ("id", (region as u32).to_string()),
        ("name", quoted(region.name())),
        ("kind", quoted(region.kind().name())),
        ("copies", region.copies().to_string()),
        ("row_bytes", region.row_bytes().to_string()),
        ("meaning", quoted(region.meaning())),
    ];
    match region.kind() {
        Kind::Table => members.push(("rows_in_use", quoted(&format!("{}_rows", region.name())))),
        Kind::Index => members.push(("index", index_of(region))),
        Kind::Headers | Kind::Ring | Kind::Bytes => {}
    }
    members.push(("fields", fields(region.fields())));
    object(&members)
}

fn index_of(region: Region) -> String {
    let (table, key) =
        if region == Region::SessionIndex { ("sessions", "session") } else { ("projects", "project") };
    object(&[
        ("table", quoted(table)),
        ("key", format!("[{}, {}]", quoted("agent"), quoted(key))),
        ("hash", quoted("64-bit FNV-1a of the agent as 8 bytes, little-endian, then of the text's bytes")),
        ("offset_basis", hex(FNV_OFFSET)),
        ("prime", hex(FNV_PRIME)),
    ])
}

fn fields(fields: &[Field]) -> String {
    let base = fields.first().map_or(0, |field| field.word);
    let items: Vec<_> = fields.iter().map(|field| field_of(field, base)).collect();
    if items.is_empty() { "[]".into() } else { format!("[\n   {}\n  ]", items.join(",\n   ")) }
}

fn field_of(field: &Field, base: usize) -> String {
    let mut members = vec![
        ("name", quoted(field.name)),
        ("offset", ((field.word - base) * WORD_BYTES).to_string()),
        ("bytes", (field.words * WORD_BYTES).to_string()),
        ("type", quoted(field.kind.name())),
    ];
    if field.count() > 1 {
        members.push(("count", field.count().to_string()));
    }
    if !field.unit.is_empty() {
        members.push(("unit", quoted(field.unit)));
    }
    if !field.values.is_empty() {
        let values = field
            .values
            .iter()
            .map(|(value, name)| format!("{}: {}", quoted(&value.to_string()), quoted(name)));
        members.push(("values", format!("{{{}}}", values.collect::<Vec<_>>().join(", "))));
    }
    members.push(("meaning", quoted(field.meaning)));
    object(&members)
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{}: {value}", quoted(name))).collect();
    format!("{{{}}}", members.join(", "))
}

/// A number that JSON's own would not carry exactly.
fn hex(number: u64) -> String {
    quoted(&format!("0x{number:016x}"))
}

/// A JSON string; the texts of the layout have no control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every list of fields, by the name of its part.
    fn lists() -> Vec<(&'static str, &'static [Field])> {
        let structs = STRUCTS.iter().map(|part| (part.name, part.fields));
        structs.chain(Region::ALL.iter().map(|region| (region.name(), region.fields()))).collect()
    }

    #[test]
    fn every_field_says_what_it_means_in_a_known_unit() {
        for (part, fields) in lists() {
            let mut names: Vec<_> =
                fields.iter().map(|field| field.name).filter(|name| *name != "reserved").collect();
            for field in fields {
                assert!(!field.meaning.is_empty(), "{part}.{}", field.name);
                let is_known = field.unit.is_empty() || UNITS.iter().any(|(unit, _)| *unit == field.unit);
                assert!(is_known, "{part}.{}: {}", field.name, field.unit);
                assert_eq!(field.name == "reserved", field.kind == Type::Reserved, "{part}.{}", field.name);
            }
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{part} names a field twice");
        }
    }

    #[test]
    fn texts_need_no_escapes_but_those_that_are_made() {
        assert!(layout_json().chars().all(|c| c == '\n' || !c.is_control()));
    }
}
