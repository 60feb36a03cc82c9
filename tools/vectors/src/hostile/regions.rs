//! Directories that lie: regions that overlap, that never end, that begin nowhere, are missing or there twice.
//!
//! Invariant: the checksum of the static part is right, so only the directory itself can be what is wrong.

use cco::snapshot::Code;
use cco::snapshot::layout::directory_entry::{CAPACITY, OFFSET, REGION};
use cco::snapshot::layout::{Kind as RegionKind, MAX_CAPACITY, MAX_ROW_BYTES, PAGE_BYTES, Region, identity};

use super::{Base, Case, DAMAGED, Verdict};
use crate::patch::Image;

/// A sparse file of this length has few bytes in use.
const SPARSE_BYTES: u64 = 256 << 20;

pub(super) fn cases(base: Base<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for region in Region::ALL {
        cases.extend(one_region(base, region));
    }
    cases.extend(pairs(base));
    cases.extend(sparse(base));
    cases
}

fn with(base: Base<'_>, name: String, verdict: Verdict, words: &[(usize, u64)]) -> Case {
    base.case(name, verdict, |image| {
        words.iter().for_each(|(word, value)| image.put(*word, *value));
        image.seal();
    })
}

fn one_region(base: Base<'_>, region: Region) -> Vec<Case> {
    let at = Image::entry(region);
    let name = region.name();
    let length = base.image.0.len() as u64;
    let now = base.image.word(at + OFFSET);
    let mut cases = Vec::new();
    for (what, value) in [
        ("begins-in-page-0", 0),
        ("begins-in-the-slots", PAGE_BYTES as u64 - 64),
        ("is-not-aligned", now + 8),
        ("begins-at-the-end-of-the-file", length),
        ("begins-behind-the-file", 1 << 40),
        ("goes-round", !63),
        ("goes-round-to-page-0", 0u64.wrapping_sub(8192)),
    ] {
        cases.push(with(base, format!("{name}-{what}"), DAMAGED, &[(at + OFFSET, value)]));
    }
    for (what, value) in [
        ("has-no-room", 0),
        ("is-endless", MAX_CAPACITY),
        ("has-one-row-more-than-there-may-be", MAX_CAPACITY + 1),
        ("is-as-long-as-a-number", u64::MAX),
        // Its bytes, counted in 64 bits, are few.
        ("goes-round-in-size", 1 << 61),
    ] {
        cases.push(with(base, format!("{name}-{what}"), DAMAGED, &[(at + CAPACITY, value)]));
    }
    let row = region.row_bytes() as u64;
    let known = if region.kind() == RegionKind::Bytes { 2 } else { row - 8 };
    for (what, value) in [
        ("no-bytes", 0),
        ("too-few-bytes", known),
        ("half-a-word-more", row + 4),
        ("too-many-bytes", MAX_ROW_BYTES + 8),
        ("as-many-bytes-as-can-be", u64::from(u32::MAX)),
    ] {
        let word = value << 32 | region as u64;
        cases.push(with(base, format!("rows-of-{name}-have-{what}"), DAMAGED, &[(at + REGION, word)]));
    }
    // Its entry names a region that nobody knows.
    cases.push(with(base, format!("{name}-is-missing"), DAMAGED, &[(at + REGION, row << 32 | 77)]));
    let unused = identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
    let same: Vec<_> = (0..3).map(|word| (unused + word, base.image.word(at + word))).collect();
    cases.push(with(base, format!("{name}-is-there-twice"), DAMAGED, &same));
    let capacity = base.image.word(at + CAPACITY);
    match region {
        Region::Banks | Region::Health => {
            for (what, value) in [("less", capacity - 1), ("more", capacity + 1)] {
                cases.push(with(
                    base,
                    format!("{name}-has-one-row-{what}"),
                    DAMAGED,
                    &[(at + CAPACITY, value)],
                ));
            }
        }
        _ if region.kind() == RegionKind::Index => {
            let name = format!("{name}-is-not-a-power-of-two");
            cases.push(with(base, name, DAMAGED, &[(at + CAPACITY, capacity - 1)]));
        }
        _ => {}
    }
    cases
}

/// Regions that lie over each other, or only touch.
fn pairs(base: Base<'_>) -> Vec<Case> {
    let offset = |region| base.image.word(Image::entry(region) + OFFSET);
    let mut cases = Vec::new();
    for (over, under) in [
        (Region::Names, Region::Sessions),
        (Region::Banks, Region::Health),
        (Region::Health, Region::Models),
        (Region::Layout, Region::Names),
        (Region::SessionIndex, Region::History),
    ] {
        let name = format!("{}-lies-over-{}", over.name(), under.name());
        cases.push(with(base, name, DAMAGED, &[(Image::entry(over) + OFFSET, offset(under))]));
        let last = base.image.place(under);
        let end = last.copy(under.copies()) as u64;
        let name = format!("{}-lies-over-the-end-of-{}", over.name(), under.name());
        cases.push(with(base, name, DAMAGED, &[(Image::entry(over) + OFFSET, end - 64)]));
    }
    // The same entries in another order are the same directory.
    cases.push(base.case("entries-in-another-order", Verdict::Reads, |image| {
        let words = identity::DIRECTORY..identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
        let entries: Vec<u64> = words.clone().map(|word| image.word(word)).collect();
        let entries = entries.chunks_exact(identity::ENTRY_WORDS).rev().flatten();
        words.zip(entries).for_each(|(word, value)| image.put(word, *value));
        image.seal();
    }));
    cases
}

/// Files that are long and hold little.
fn sparse(base: Base<'_>) -> Vec<Case> {
    let length = |bytes: u64, case: Case| Case { length: Some(bytes), ..case };
    let ends = |bytes: u64| {
        move |image: &mut Image| {
            image.put(identity::FILE_BYTES, bytes);
            image.seal();
        }
    };
    let over = 1 << 40;
    let mut cases = vec![
        length(over, base.case("longer-than-a-snapshot-can-be", DAMAGED, ends(over))),
        length(SPARSE_BYTES, base.case("long-but-almost-empty", Verdict::Reads, ends(SPARSE_BYTES))),
    ];
    // The names have moved behind the rest and have room for many more.
    let from = base.image.place(Region::Names);
    let to = base.image.0.len();
    let names = base.image.0[from.offset..from.offset + from.capacity].to_vec();
    let mut case = base.case("room-for-many-names-but-few-in-use", Verdict::Reads, |image| {
        let entry = Image::entry(Region::Names);
        image.put(entry + OFFSET, to as u64);
        image.put(entry + CAPACITY, SPARSE_BYTES - to as u64 - PAGE_BYTES as u64);
        image.put(identity::FILE_BYTES, SPARSE_BYTES);
        image.seal();
    });
    case.edits.push((to, names));
    cases.push(length(SPARSE_BYTES, case));
    cases.push(Case {
        name: "nothing-but-zeros".into(),
        base: None,
        length: Some(4 * PAGE_BYTES as u64),
        verdict: Verdict::Error(Code::NotASnapshot),
        ..base.case("", DAMAGED, |_| ())
    });
    cases
}
