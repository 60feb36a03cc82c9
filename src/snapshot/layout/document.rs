//! `LAYOUT.md`: the layout for those who read snapshots in other languages, made from the constants.
//!
//! Invariant: every number in its tables comes from [`super`]; prose (`reading.md`) has none of its own but
//! those of the protocol.

use super::fields::{CONTROL, Field, IDENTITY, SLOT};
use super::{BANKS, MAJOR, MINOR, PAGE_BYTES, Region, WORD_BYTES, counters, identity, schema_hash, slot};

/// The document, in Markdown.
pub fn document() -> String {
    let mut text = format!(
        "<!-- Made by `cco layout`; do not edit. -->\n\n\
         # Layout of a snapshot, version {MAJOR}.{MINOR}\n\n\
         A snapshot is one file: page 0 of {PAGE_BYTES} bytes and, behind it, the regions that its directory \
         names. Words have {WORD_BYTES} bytes, are little-endian and aligned. Offsets are in bytes. Times are \
         signed milliseconds since 1970 UTC. The schema hash of this version is `0x{:016x}`.\n\n",
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
    text.push_str("\n### Counters\n\nWherever a set of counters stands it has these words:\n\n");
    head(text);
    for (word, name) in counters::NAMES.iter().enumerate() {
        let unit = if name.ends_with("tokens") { "tokens" } else { "" };
        row(text, word * WORD_BYTES, WORD_BYTES, name, unit, counter(name));
    }
    text.push_str("\n### Period\n\n");
    head(text);
    row(text, 0, WORD_BYTES, "start", "ms UTC", "first millisecond");
    row(text, WORD_BYTES, WORD_BYTES, "end", "ms UTC", "first millisecond behind it");
    let bytes = counters::WORDS * WORD_BYTES;
    row(text, 2 * WORD_BYTES, bytes, "counters", "counters", "what was used in it");
    text.push_str("\nA reader whose clock is past `end` says that the period is over; its figures stand.\n");
    text.push_str("\n### Limit\n\n");
    head(text);
    row(text, 0, WORD_BYTES, "used", "millionths", "used part of the limit");
    row(text, WORD_BYTES, WORD_BYTES, "resets_at", "ms UTC", "when it starts anew; 0 unknown");
    row(text, 2 * WORD_BYTES, WORD_BYTES, "seen_at", "ms UTC", "when it was reported; 0 never");
}

fn counter(name: &str) -> &'static str {
    match name {
        "requests" => "API requests",
        "messages" => "merged transcript records",
        "input_tokens" => "uncached input",
        "output_tokens" => "output, thinking included",
        "cache_write_5m_tokens" => "written to the five-minute cache",
        "cache_write_1h_tokens" => "written to the one-hour cache",
        "cache_read_tokens" => "read from the cache",
        "web_search_requests" => "server-side web searches",
        "unpriced_tokens" => "of models without a price: in the counts above, not in the cost",
        "cost_picodollars_low" => "low half of the cost, in 10⁻¹² USD",
        _ => "high half of the cost",
    }
}

fn regions(text: &mut String) {
    text.push_str(&format!(
        "\n## Regions\n\nThe directory has {} entries of {} words: row size in bytes (high 32 bits) and id (low \
         32 bits); offset; capacity in rows. Unused entries are zero. A region starts on a cache line of 64 \
         bytes; one that stands in {BANKS} banks has its copies one behind the other, each rounded up to 64 \
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
         the region (low 32 bits).\n",
    );
    for region in Region::ALL {
        text.push_str(&format!("\n### `{}`\n\n{}\n\n", region.name(), about(region)));
        if region.fields().is_empty() {
            continue;
        }
        head(text);
        for (word, (name, unit)) in region.fields().iter().enumerate() {
            row(text, word * WORD_BYTES, WORD_BYTES, name, unit, "");
        }
        let named = region.fields().len() * WORD_BYTES;
        if region.row_bytes() == named + counters::WORDS * WORD_BYTES {
            row(text, named, counters::WORDS * WORD_BYTES, "counters", "counters", "");
        } else if region.row_bytes() > named {
            row(text, named, region.row_bytes() - named, "reserved", "", "zero");
        }
    }
    text.push('\n');
}

fn about(region: Region) -> &'static str {
    match region {
        Region::Banks => {
            "The header of each bank: odd sequence while the bank is written, then that of its commit."
        }
        Region::Health => {
            "The publisher's health: a ring of four sections of its own, each led by a sequence as slots are; \
             the CRC-32 is of these 512 bytes with zero in the place of `crc`."
        }
        Region::Names => "Text that rows point into: UTF-8 bytes, only ever added to.",
        Region::Models => "All models, under the ids that transcripts give them.",
        Region::Projects => {
            "All projects: the folder's name below `projects/`, and the working directory if known."
        }
        Region::Sessions => "The newest sessions by activity, in no order.",
        Region::Days => "All days with requests, in the file's zone, in no order.",
        Region::Hours => "Hours with requests of the last 31 days, in no order.",
        Region::History => {
            "Past totals, at most one a second: a ring whose oldest row is `history_oldest` of the slot."
        }
        Region::SessionIndex => "Hash table from session id to row of `sessions`.",
        Region::ProjectIndex => "Hash table from project key to row of `projects`.",
    }
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
