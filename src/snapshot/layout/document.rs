//! `LAYOUT.md`: the layout for those who read snapshots in other languages, made from the constants.
//!
//! Invariant: every number in its tables comes from [`super`]; prose (`reading.md`) has none of its own but
//! those of the protocol.

use super::fields::{CONTROL, COUNTERS, Field, IDENTITY, LIMIT, PERIOD, SLOT, row_fields};
use super::{
    BANKS, HISTOGRAM_BUCKETS, MAJOR, MINOR, PAGE_BYTES, Region, WORD_BYTES, identity, schema_hash, slot,
};

/// The document, in Markdown.
pub fn document() -> String {
    let mut text = format!(
        "<!-- Made by `cco layout`; do not edit. -->\n\n\
         # Layout of a snapshot, version {MAJOR}.{MINOR}\n\n\
         A snapshot is one file: page 0 of {PAGE_BYTES} bytes and, after it, the regions that its directory \
         names. Words have {WORD_BYTES} bytes, are little-endian and aligned. Offsets are in bytes. Times are \
         signed milliseconds since 1970 UTC, all other numbers unsigned. A CRC-32 is that of zlib; it stands in the \
         low half of its word, the high half is zero. The file carries this layout as JSON in the region `layout`; \
         `cco layout --json` prints the same. The schema hash of this version is `0x{:016x}`.\n\n",
        schema_hash()
    );
    page(&mut text);
    parts(&mut text);
    regions(&mut text);
    text.push_str(&reading());
    text
}

fn page(text: &mut String) {
    text.push_str("## Page 0\n\n### Static part: written at creation, then never\n\n");
    fields(text, IDENTITY);
    text.push_str("\n### Control words\n\n");
    fields(text, CONTROL);
    let (first, bytes) = (slot::FIRST * WORD_BYTES, slot::WORDS * WORD_BYTES);
    text.push_str(&format!(
        "\n### Slots\n\n{} slots of {bytes} bytes from offset {first}; commit N writes slot N mod {}. In a slot:\n\n",
        slot::COUNT,
        slot::COUNT
    ));
    fields(text, SLOT);
}

fn parts(text: &mut String) {
    for (name, about, part) in [
        ("Counters", "Wherever a set of counters stands it has these words:", COUNTERS),
        (
            "Period",
            "A reader whose clock is past `end` says that the period is over; its figures stand.",
            PERIOD,
        ),
        ("Limit", "The two limits of a slot:", LIMIT),
    ] {
        text.push_str(&format!("\n### {name}\n\n{about}\n\n"));
        fields(text, part);
    }
    text.push_str(&format!(
        "\n### Histogram\n\n{HISTOGRAM_BUCKETS} counts of durations: the count at position N is of those below 2^N times \
         64 microseconds and not below the bound before it, the last of all others.\n"
    ));
}

fn regions(text: &mut String) {
    text.push_str(&format!(
        "\n## Regions\n\nThe directory has {} entries of {} words: row size in bytes (high 32 bits) and id (low \
         32 bits); offset; capacity in rows. Unused entries are zero. A region starts on a cache line of 64 \
         bytes; one that stands in {BANKS} banks has its copies one after the other, each rounded up to 64 \
         bytes. A row may be longer than below: step by the row size of the directory.\n\n\
         | Id | Region | Copies | Row bytes |\n|---:|--------|-------:|----------:|\n",
        identity::DIRECTORY_ENTRIES,
        identity::ENTRY_WORDS
    ));
    for region in Region::ALL {
        let (id, name) = (region as u32, region.name());
        text.push_str(&format!("| {id} | `{name}` | {} | {} |\n", region.copies(), region.row_bytes()));
    }
    text.push_str(
        "\nThe unit `name` is a text in the names region: its length in bytes (high 32 bits) and its offset in \
         the region (low 32 bits). Length 0 is the empty text, whatever the offset.\n",
    );
    for region in Region::ALL {
        text.push_str(&format!("\n### `{}`\n\n{}\n\n", region.name(), region.meaning()));
        if !row_fields(region).is_empty() {
            fields(text, row_fields(region));
        }
    }
    text.push('\n');
}

fn head(text: &mut String) {
    text.push_str("| Offset | Size | Field | Unit | Meaning |\n|-------:|-----:|-------|------|---------|\n");
}

fn row(text: &mut String, offset: usize, bytes: usize, name: &str, unit: &str, meaning: &str) {
    text.push_str(&format!("| {offset} | {bytes} | `{name}` | {unit} | {meaning} |\n"));
}

fn fields(text: &mut String, fields: &[Field]) {
    head(text);
    for field in fields {
        let (offset, bytes) = (field.word * WORD_BYTES, field.words * WORD_BYTES);
        row(text, offset, bytes, field.name, field.unit, field.meaning);
    }
}

fn reading() -> String {
    let tables: Vec<_> = Region::TABLES.iter().map(|table| format!("`{}`", table.name())).collect();
    include_str!("reading.md")
        .replace("{SLOTS}", &slot::COUNT.to_string())
        .replace("{BANKS}", &BANKS.to_string())
        .replace("{TABLES}", &tables.join(", "))
}
