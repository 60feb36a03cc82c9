//! Rows, names, indexes and health that lie, under sums that are right.
//!
//! Invariant: the check of the bank, the sum of the names and those of slot and report are made right after the change,
//! unless the change is that one of them is wrong.

use cco::snapshot::layout::{Region, Type, WORD_BYTES, health, index_entry, slot};

use super::{Base, Case, DAMAGED, Verdict, extremes};
use crate::patch::Image;

pub(super) fn cases(base: Base<'_>) -> Vec<Case> {
    let mut cases = row_counts(base);
    cases.extend(rows(base));
    cases.extend(names_outside(base));
    cases.extend(names_that_are_no_text(base));
    cases.extend(indexes(base));
    cases.extend(reports(base));
    cases
}

/// Row counts with a check that is right for them: fewer rows are fewer rows, and rows that nobody wrote are zeros.
fn row_counts(base: Base<'_>) -> Vec<Case> {
    let number = base.image.newest_slot();
    let mut cases = Vec::new();
    for (place, table) in Region::TABLES.into_iter().enumerate() {
        let at = Image::slot(number) + slot::LENGTHS + place;
        let (rows, capacity) = (base.image.word(at), base.image.place(table).capacity as u64);
        for (what, value) in
            [("none", 0), ("one-less", rows - 1), ("one-more", rows + 1), ("all-there-is-room-for", capacity)]
        {
            if value == rows || value == 0 && what == "one-less" {
                continue;
            }
            let name = format!("rows-of-{}-in-use-{what}", table.name());
            cases.push(base.case(name, Verdict::Reads, |image| {
                image.put(at, value);
                image.seal_slot(number);
                image.seal_bank();
            }));
        }
    }
    for bytes in [1, 1024] {
        // With one byte in use most names are outside; all that there is room for are zeros.
        let verdict = if bytes == 1 { DAMAGED } else { Verdict::Reads };
        cases.push(base.case(format!("names-in-use-{bytes}"), verdict, |image| {
            image.put(Image::slot(number) + slot::NAMES_BYTES, bytes);
            image.seal_names();
        }));
    }
    cases
}

/// Every word of the first row of each table, as large as it can be.
fn rows(base: Base<'_>) -> Vec<Case> {
    let bank = base.image.newest_bank();
    let mut cases = Vec::new();
    for table in Region::TABLES {
        let row = base.image.place(table).row(bank, 0);
        for field in table.fields() {
            // Names have cases of their own; numbers of agents and dates are small in every reader.
            let is_small = field.name == "agent" || field.name == "date";
            if field.kind == Type::Name {
                continue;
            }
            for word in field.word..field.word + field.words {
                let name = format!("{}-{}-{}-most", table.name(), field.name, word - field.word);
                let value = if is_small { u64::from(u32::MAX) } else { u64::MAX };
                cases.push(base.case(name, Verdict::Reads, |image| {
                    image.put(row + word, value);
                    image.seal_bank();
                }));
            }
        }
        let torn =
            base.case(format!("a-row-of-{}-does-not-match-the-check", table.name()), DAMAGED, |image| {
                let word = row + base.image.place(table).row_bytes / WORD_BYTES - 1;
                image.put(word, 99);
            });
        cases.push(torn.told_by_sums());
        cases.push(base.case(
            format!("a-row-of-{}-in-the-other-bank", table.name()),
            Verdict::Reads,
            |image| {
                let other = image.place(table).row(1 - bank, 0);
                image.put(other, u64::MAX);
            },
        ));
    }
    cases
}

fn names_outside(base: Base<'_>) -> Vec<Case> {
    let bank = base.image.newest_bank();
    let in_use = base.image.word(Image::slot(base.image.newest_slot()) + slot::NAMES_BYTES);
    let capacity = base.image.place(Region::Names).capacity as u64;
    let mut cases = Vec::new();
    for table in Region::TABLES {
        for field in table.fields().iter().filter(|field| field.kind == Type::Name) {
            let at = base.image.place(table).row(bank, 0) + field.word;
            for (what, bytes, offset, verdict) in [
                ("is-the-last-byte", 1, in_use - 1, Verdict::Reads),
                ("begins-at-the-end", 1, in_use, DAMAGED),
                ("ends-one-byte-behind-the-end", in_use + 1, 0, DAMAGED),
                ("lies-in-names-that-are-not-in-use", 4, capacity - 4, DAMAGED),
                ("lies-behind-the-region", 4, capacity, DAMAGED),
                ("is-as-long-as-can-be", u64::from(u32::MAX), 0, DAMAGED),
                ("begins-as-far-as-can-be", 1, u64::from(u32::MAX), DAMAGED),
                ("goes-round", u64::from(u32::MAX), u64::from(u32::MAX), DAMAGED),
                ("is-empty-and-far-away", 0, u64::from(u32::MAX), Verdict::Reads),
            ] {
                let name = format!("{}-{}-{what}", table.name(), field.name);
                cases.push(base.case(name, verdict, |image| {
                    image.put(at, bytes << 32 | offset);
                    image.seal_bank();
                }));
            }
        }
    }
    cases
}

/// The first name, of a model, is overwritten with what is not UTF-8.
fn names_that_are_no_text(base: Base<'_>) -> Vec<Case> {
    let start = base.image.place(Region::Names).offset;
    let mut cases: Vec<Case> = [
        ("never-a-byte-of-text", &b"\xff"[..]),
        ("a-byte-that-nothing-begins-with", b"\x80"),
        ("an-overlong-zero", b"\xc0\x80"),
        ("an-overlong-slash", b"\xe0\x80\xaf"),
        ("an-overlong-character-of-four", b"\xf0\x8f\xbf\xbf"),
        ("half-a-surrogate-pair", b"\xed\xa0\x80"),
        ("a-surrogate-pair", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("beyond-the-last-character", b"\xf4\x90\x80\x80"),
        ("five-bytes", b"\xf8\x88\x80\x80\x80"),
        ("a-character-that-ends-early", b"\xe2\x82x"),
        ("letters-of-one-byte", b"gr\xf6\xdfe"),
    ]
    .into_iter()
    .map(|(what, bytes)| {
        base.case(format!("a-name-with-{what}"), DAMAGED, |image| {
            image.0[start + 2..start + 2 + bytes.len()].copy_from_slice(bytes);
            image.seal_names();
        })
    })
    .collect();
    // `ö` has two bytes; the name ends, or begins, between them.
    let bank = base.image.newest_bank();
    let row = base.image.place(Region::Projects).row(bank, 0);
    let name = base.image.word(row);
    let (bytes, offset) = (name >> 32, name & u64::from(u32::MAX));
    let text = &base.image.0[start + usize::try_from(offset).unwrap_or(0)..];
    let half = text.iter().position(|byte| *byte >= 0x80).unwrap_or(0) as u64 + 1;
    for (what, word) in [("ends", half << 32 | offset), ("begins", (bytes - half) << 32 | (offset + half))] {
        cases.push(base.case(format!("a-name-{what}-inside-a-character"), DAMAGED, |image| {
            image.put(row, word);
            image.seal_bank();
        }));
    }
    let lost = base.case("names-that-do-not-match-their-sum", DAMAGED, |image| image.0[start] ^= 1);
    cases.push(lost.told_by_sums());
    cases
}

/// Indexes without an end and with entries that point anywhere. No sum covers them, and a whole read needs none.
fn indexes(base: Base<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for index in [Region::SessionIndex, Region::ProjectIndex] {
        let place = base.image.place(index);
        for (what, value) in [
            ("never-ends", 0xdead_beef_0000_0001),
            ("points-as-far-as-can-be", u64::MAX),
            ("points-at-no-row", 0xdead_beef_0000_0000),
            ("finds-nothing", 0),
        ] {
            cases.push(base.case(format!("{}-{what}", index.name()), Verdict::Reads, |image| {
                for copy in 0..index.copies() {
                    for entry in 0..place.capacity {
                        image.put(place.row(copy, entry) + index_entry::ENTRY, value);
                    }
                }
            }));
        }
        // With the right half of the hash in every entry, each has to be looked at.
        let entries = (0..2).flat_map(|copy| (0..place.capacity).map(move |entry| place.row(copy, entry)));
        let right = entries.map(|at| base.image.word(at)).find(|entry| *entry != 0).unwrap_or(0);
        let name = format!("{}-points-behind-the-rows-everywhere", index.name());
        cases.push(base.case(name, Verdict::Reads, |image| {
            for copy in 0..index.copies() {
                for entry in 0..place.capacity {
                    image.put(place.row(copy, entry), right | u64::from(u32::MAX));
                }
            }
        }));
    }
    cases
}

fn reports(base: Base<'_>) -> Vec<Case> {
    let at = base.image.newest_health();
    let place = base.image.place(Region::Health);
    let mut cases = Vec::new();
    for field in health::FIELDS.iter().filter(|field| field.kind != Type::Reserved) {
        let word = at + field.word;
        for (extreme, value) in extremes(base.image.word(word)) {
            // The whole range is shown by a few fields.
            let is_number = field.word > health::UPDATED_AT && field.name != "following";
            if is_number && extreme != "most" {
                continue;
            }
            let verdict = if field.word == health::CRC { DAMAGED } else { Verdict::Reads };
            let case = base.case(format!("health-{}-{extreme}", field.name), verdict, |image| {
                image.put(word, value);
                if field.word != health::CRC {
                    image.seal_health();
                }
            });
            cases.push(if field.word == health::CRC { case.told_by_sums() } else { case });
        }
    }
    let torn =
        base.case("the-health-does-not-match-its-sum", DAMAGED, |image| image.put(at + health::FILES, 99));
    cases.push(torn.told_by_sums());
    for (what, value) in [("odd", 3), ("never-written", 0)] {
        cases.push(base.case(format!("all-health-is-{what}"), Verdict::Reads, |image| {
            (0..place.capacity).for_each(|row| image.put(place.row(0, row), value));
        }));
    }
    // The words that nobody uses are covered by the sum, too.
    let unused = base.case("a-reserved-word-of-the-health-does-not-match-its-sum", DAMAGED, |image| {
        image.put(at + health::WORDS - 1, 1);
    });
    cases.push(unused.told_by_sums());
    cases
}
