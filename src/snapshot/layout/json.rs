//! The layout as JSON: what each file carries in its `layout` region, and what `cco layout --json` prints.
//!
//! A program that has never heard of a field finds it here: where it stands, what it is called, in which unit it counts
//! and what it means. Invariant: the text is the same for every file of a version, so its hash is the schema hash.

use std::fmt::Write as _;
use std::sync::OnceLock;

use super::fields::{COUNTERS, Field, LIMIT, PERIOD, row_fields};
use super::{
    BANKS, CONTROL, HISTOGRAM_BUCKETS, IDENTITY, MAJOR, MINOR, PAGE_BYTES, Region, SLOT, WORD_BYTES,
    identity, slot,
};

/// The layout as one line of JSON. Offsets and sizes are in bytes.
pub fn layout_json() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(text)
}

fn text() -> String {
    let mut json = format!(
        "{{\"format\":\"cco snapshot\",\"major\":{MAJOR},\"minor\":{MINOR},\"byte_order\":\"little\",\
         \"word_bytes\":{WORD_BYTES},\"page_bytes\":{PAGE_BYTES},\"banks\":{BANKS},\
         \"histogram\":{{\"buckets\":{HISTOGRAM_BUCKETS},\"first_bound_us\":64}},"
    );
    let _ = write!(
        json,
        "\"directory\":{{\"offset\":{},\"entries\":{},\"entry_bytes\":{}}},",
        identity::DIRECTORY * WORD_BYTES,
        identity::DIRECTORY_ENTRIES,
        identity::ENTRY_WORDS * WORD_BYTES
    );
    list(&mut json, "identity", IDENTITY);
    list(&mut json, "control", CONTROL);
    let _ = write!(
        json,
        "\"slots\":{{\"offset\":{},\"count\":{},\"bytes\":{},",
        slot::FIRST * WORD_BYTES,
        slot::COUNT,
        slot::WORDS * WORD_BYTES
    );
    list(&mut json, "fields", SLOT);
    json.pop();
    json.push_str("},\"parts\":{");
    list(&mut json, "counters", COUNTERS);
    list(&mut json, "period", PERIOD);
    list(&mut json, "limit", LIMIT);
    json.pop();
    json.push_str("},\"regions\":[");
    for region in Region::ALL {
        let rows = Region::TABLES.iter().position(|table| *table == region);
        let _ = write!(
            json,
            "{{\"id\":{},\"name\":\"{}\",\"copies\":{},\"row_bytes\":{},\"meaning\":\"{}\",",
            region as u32,
            region.name(),
            region.copies(),
            region.row_bytes(),
            region.meaning()
        );
        if rows.is_some() {
            let _ = write!(json, "\"rows\":\"{}_rows\",", region.name());
        }
        list(&mut json, "fields", row_fields(region));
        json.pop();
        json.push_str("},");
    }
    json.pop();
    json.push_str("]}");
    json
}

/// Adds a member that lists fields, and a comma. Names and meanings need no escapes, which a test holds.
fn list(json: &mut String, name: &str, fields: &[Field]) {
    let _ = write!(json, "\"{name}\":[");
    for Field { word, words, name, unit, meaning } in fields {
        let (offset, bytes) = (word * WORD_BYTES, words * WORD_BYTES);
        let _ = write!(
            json,
            "{{\"name\":\"{name}\",\"offset\":{offset},\"bytes\":{bytes},\"unit\":\"{unit}\",\"meaning\":\"{meaning}\"}},"
        );
    }
    if !fields.is_empty() {
        json.pop();
    }
    json.push_str("],");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_layout_needs_an_escape() {
        let parts = [IDENTITY, CONTROL, SLOT, COUNTERS, PERIOD, LIMIT];
        let rows = Region::ALL.map(row_fields);
        let regions = Region::ALL.map(Region::meaning);
        let texts = parts.into_iter().chain(rows).flatten().flat_map(|field| [field.name, field.meaning]);
        for text in texts.chain(regions) {
            assert!(!text.contains(['"', '\\']) && text.is_ascii() && !text.is_empty(), "{text}");
        }
    }
}
