//! A file as a later minor version might write it, which says so of itself: longer rows and slots, regions in another
//! order and behind one that nobody knows, and a layout that describes all of them.
//!
//! Invariant: the layout in the file is true of the file, so a generic reader reads the new fields too; every sum is right.

use std::fmt::Write as _;

use cco::snapshot::layout::directory_entry::{CAPACITY, OFFSET, REGION};
use cco::snapshot::layout::{
    ALIGN_BYTES, FNV_OFFSET, Kind, MAJOR, MINOR, PAGE_BYTES, Region, WORD_BYTES, fnv1a, identity,
    layout_json, slot,
};
use serde_json::{Value, json};

use crate::patch::Image;

/// Words that each row has more.
const MORE_WORDS: usize = 2;
/// The id of the region that nobody knows.
const NOVELTY: u64 = 99;
const NOVELTY_BYTES: usize = 64;

/// The same snapshot, of the next minor version.
pub(crate) fn version(base: &Image) -> Result<Image, String> {
    let (layout, schema) = layout()?;
    let mut later = Image(base.0[..PAGE_BYTES].to_vec());
    later.put(identity::VERSION, u64::from(MAJOR) << 32 | u64::from(MINOR + 1));
    later.put(identity::SCHEMA, schema);
    let unknown = identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
    later.put(unknown + REGION, (NOVELTY_BYTES as u64) << 32 | NOVELTY);
    later.put(unknown + OFFSET, PAGE_BYTES as u64);
    later.put(unknown + CAPACITY, 1);
    later.0.resize(PAGE_BYTES + NOVELTY_BYTES, 0xaa);
    for region in Region::ALL.into_iter().rev() {
        move_region(base, &mut later, region, &layout);
    }
    let number = later.newest_slot();
    later.put(Image::slot(number) + slot::USED, 0xcccc);
    later.put(Image::slot(number) + slot::LENGTH, slot::USED as u64 + 1);
    later.seal_slot(number);
    later.seal_bank();
    later.seal_health();
    let length = later.0.len().next_multiple_of(PAGE_BYTES);
    later.0.resize(length, 0);
    later.put(identity::FILE_BYTES, length as u64);
    later.seal_layout();
    Ok(later)
}

/// Appends a region, its rows longer, and enters it into the directory.
fn move_region(base: &Image, later: &mut Image, region: Region, layout: &str) {
    let from = base.place(region);
    let is_bytes = region.kind() == Kind::Bytes;
    let row_bytes = from.row_bytes + if is_bytes { 0 } else { MORE_WORDS * WORD_BYTES };
    let capacity = if region == Region::Layout { layout.len() } else { from.capacity };
    let entry = Image::entry(region);
    later.put(entry + REGION, (row_bytes as u64) << 32 | region as u64);
    later.put(entry + OFFSET, later.0.len() as u64);
    later.put(entry + CAPACITY, capacity as u64);
    for copy in 0..region.copies() {
        let start = from.copy(copy);
        if region == Region::Layout {
            later.0.extend(layout.as_bytes());
        } else {
            for row in base.0[start..start + from.row_bytes * from.capacity].chunks_exact(from.row_bytes) {
                later.0.extend(row);
                later.0.extend(std::iter::repeat_n(0xbb, row_bytes - from.row_bytes));
            }
        }
        later.0.resize(later.0.len().next_multiple_of(ALIGN_BYTES), 0);
    }
}

/// The layout of such a file, and its schema hash.
fn layout() -> Result<(String, u64), String> {
    let mut layout: Value = serde_json::from_str(layout_json()).map_err(|error| error.to_string())?;
    layout["version"]["minor"] = json!(MINOR + 1);
    let field = |name: &str, offset: u64, bytes: u64, kind: &str| json!({"name": name, "offset": offset, "bytes": bytes, "type": kind, "meaning": "what a later version adds"});
    for part in list(&mut layout["structs"])? {
        if part["name"] != "slot" {
            continue;
        }
        let fields = list(&mut part["fields"])?;
        let mut rest = fields.pop().ok_or("a slot has fields")?;
        let offset = rest["offset"].as_u64().ok_or("a field has an offset")?;
        rest["offset"] = json!(offset + 8);
        rest["bytes"] = json!(rest["bytes"].as_u64().ok_or("a field has a length")? - 8);
        fields.extend([field("novelty", offset, 8, "u64"), rest]);
    }
    for region in list(&mut layout["regions"])? {
        let bytes = region["row_bytes"].as_u64().ok_or("a region has a row size")?;
        if bytes == 1 {
            continue;
        }
        region["row_bytes"] = json!(bytes + (MORE_WORDS * WORD_BYTES) as u64);
        let fields = list(&mut region["fields"])?;
        fields.extend([field("novelty", bytes, 8, "u64"), field("reserved", bytes + 8, 8, "reserved")]);
    }
    let mut novelty = field("novelty", 0, NOVELTY_BYTES as u64, "u64");
    novelty["count"] = json!(NOVELTY_BYTES / WORD_BYTES);
    list(&mut layout["regions"])?.push(json!({
        "id": NOVELTY, "name": "novelties", "kind": "headers", "copies": 1, "row_bytes": NOVELTY_BYTES,
        "meaning": "What a later version adds.", "fields": [novelty],
    }));
    let schema = schema_hash(&layout)?;
    layout["schema_hash"] = json!(format!("0x{schema:016x}"));
    Ok((sorted(&layout), schema))
}

fn list(value: &mut Value) -> Result<&mut Vec<Value>, &'static str> {
    value.as_array_mut().ok_or("the layout has another shape")
}

/// As *Schema hash* in `LAYOUT.md` says.
fn schema_hash(layout: &Value) -> Result<u64, &'static str> {
    let mut hash = FNV_OFFSET;
    let parts = ["structs", "regions"].map(|list| layout[list].as_array());
    for part in parts.into_iter().flatten().flatten() {
        let name = |of: &Value| of["name"].as_str().map(|name| [name.as_bytes(), &[0]].concat());
        hash = fnv1a(hash, &name(part).ok_or("a part has a name")?);
        for field in part["fields"].as_array().into_iter().flatten() {
            hash = fnv1a(hash, &name(field).ok_or("a field has a name")?);
            for number in ["offset", "bytes"] {
                hash = fnv1a(hash, &field[number].as_u64().ok_or("a field has a place")?.to_le_bytes());
            }
        }
    }
    Ok(hash)
}

/// JSON with members in the order of their names, whatever serde_json was built with.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort();
            let mut text = String::from("{");
            for (at, name) in names.into_iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma}{}:{}", Value::from(name.as_str()), sorted(&members[name]));
            }
            text + "}"
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
