//! `LAYOUT.md`: the layout for those who read snapshots in other languages, made from the same lists as the JSON.
//!
//! Invariant: every number in its tables comes from [`super`]; the prose (`reading.md`, `medium.md`) has no numbers
//! but those of the protocol.

use super::rules::rules;
use super::structs::{STRUCTS, Struct, UNITS};
use super::{
    ALIGN_BYTES, BANKS, Field, MAJOR, MINOR, PAGE_BYTES, Region, Type, WORD_BYTES, control, identity,
    schema_hash, slot,
};

/// The document, in Markdown.
pub fn document() -> String {
    let mut text = format!(
        "<!-- Made by `cco layout`; do not edit. -->\n\n\
         # Layout of a snapshot, version {MAJOR}.{MINOR}\n\n\
         A snapshot is one file: page 0 of {PAGE_BYTES} bytes, then the regions that its directory lists. Words have \
         {WORD_BYTES} bytes, are little-endian and aligned. Offsets and sizes are in bytes. The schema hash of this \
         version is `0x{:016x}`.\n\n\
         Each file carries this layout as JSON in its `layout` region, and `cco layout --json` prints the same text. To \
         find it you need only the directory: {} entries of {} bytes from offset {}, of which the layout's has id {} \
         (the low half of its first word); its offset and its length in bytes are the second and third word.\n\n",
        schema_hash(),
        identity::DIRECTORY_ENTRIES,
        identity::ENTRY_WORDS * WORD_BYTES,
        identity::DIRECTORY * WORD_BYTES,
        Region::Layout as u32,
    );
    text.push_str("## Types\n\n| Type | Bytes | Meaning |\n|------|------:|---------|\n");
    for kind in Type::ALL {
        let bytes =
            kind.words().map_or_else(|| "its field's".into(), |words| (words * WORD_BYTES).to_string());
        text.push_str(&format!("| `{}` | {bytes} | {} |\n", kind.name(), kind.meaning()));
    }
    text.push_str(
        "\nA field longer than its type holds several values in a row.\n\n## Units\n\n| Unit | Meaning |\n|------|---------|\n",
    );
    for (unit, meaning) in UNITS {
        text.push_str(&format!("| {unit} | {meaning} |\n"));
    }
    text.push_str("\n## Page 0\n");
    STRUCTS.iter().for_each(|part| structure(&mut text, part));
    regions(&mut text);
    text.push_str(&format!(
        "\n## What a reader must check\n\nA file that fails one of these is not a snapshot, or a damaged one.\n\n{}\n",
        rules().iter().map(|rule| format!("* {rule}\n")).collect::<String>()
    ));
    text.push_str(&prose(include_str!("reading.md")));
    text.push('\n');
    text.push_str(&prose(include_str!("medium.md")));
    text
}

fn structure(text: &mut String, part: &Struct) {
    let (title, place) = match part.name {
        "static" => ("Static part", Some((identity::BASE, 1))),
        "control" => ("Control words", Some((control::BASE, 1))),
        "slot" => ("Slots", Some((slot::FIRST, slot::COUNT))),
        "directory_entry" => ("Directory entry", None),
        "counters" => ("Counters", None),
        "period" => ("Period", None),
        _ => ("Limit", None),
    };
    if part.name == "directory_entry" {
        text.push_str("\n## Parts of these\n");
    }
    let place = place.map_or_else(String::new, |(word, count)| match count {
        1 => format!(" It is at offset {} of the file; offsets here count from there.", word * WORD_BYTES),
        _ => format!(" There are {count} of them, from offset {} of the file.", word * WORD_BYTES),
    });
    text.push_str(&format!("\n### {title}\n\n{}{place}\n\n", part.meaning));
    fields(text, part.fields);
}

fn regions(text: &mut String) {
    text.push_str(&format!(
        "\n## Regions\n\nA region that both banks hold has its {BANKS} copies one after the other, each rounded up to \
         {ALIGN_BYTES} bytes: copy b starts at `offset` + b × (row bytes × capacity, rounded up). Rows may be longer than \
         here: step by the row size in the directory.\n\n\
         | Id | Region | Kind | Copies | Row bytes |\n|---:|--------|------|-------:|----------:|\n"
    ));
    for region in Region::ALL {
        let (id, name, kind) = (region as u32, region.name(), region.kind().name());
        text.push_str(&format!(
            "| {id} | `{name}` | {kind} | {} | {} |\n",
            region.copies(),
            region.row_bytes()
        ));
    }
    for region in Region::ALL {
        text.push_str(&format!("\n### `{}`\n\n{}\n", region.name(), region.meaning()));
        if !region.fields().is_empty() {
            text.push('\n');
            fields(text, region.fields());
        }
    }
}

fn fields(text: &mut String, fields: &[Field]) {
    text.push_str("| Offset | Size | Field | Type | Unit | Meaning |\n|-------:|-----:|-------|------|------|---------|\n");
    let base = fields.first().map_or(0, |field| field.word);
    for field in fields {
        let kind = match field.count() {
            1 => field.kind.name().into(),
            count => format!("{count} × {}", field.kind.name()),
        };
        let values: Vec<_> = field.values.iter().map(|(value, name)| format!("{value} {name}")).collect();
        let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        text.push_str(&format!(
            "| {} | {} | `{}` | {kind} | {} | {}{values} |\n",
            (field.word - base) * WORD_BYTES,
            field.words * WORD_BYTES,
            field.name,
            field.unit,
            field.meaning,
        ));
    }
}

fn prose(text: &str) -> String {
    let tables: Vec<_> = Region::TABLES.iter().map(|table| format!("`{}`", table.name())).collect();
    text.replace("{SLOTS}", &slot::COUNT.to_string())
        .replace("{BANKS}", &BANKS.to_string())
        .replace("{TABLES}", &tables.join(", "))
}
