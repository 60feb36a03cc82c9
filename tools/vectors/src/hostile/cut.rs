//! Files that are cut, at each boundary and beside it, files that are longer than they say, and what is no file.
//!
//! Invariant: the bytes that are left are good ones.

use std::collections::BTreeSet;

use cco::snapshot::Code;
use cco::snapshot::layout::{PAGE_BYTES, Region, WORD_BYTES, control, identity, slot};

use super::{Base, Case, DAMAGED, Kind, Verdict};

pub(super) fn cases(base: Base<'_>) -> Vec<Case> {
    let all = base.image.0.len();
    let mut boundaries: Vec<usize> = vec![0, identity::DIRECTORY, identity::CHECKSUM, identity::WORDS];
    boundaries.extend([control::HEARTBEAT_MONOTONIC, control::NOTIFY]);
    boundaries.extend((0..=slot::COUNT).map(|number| slot::FIRST + number * slot::WORDS));
    let mut boundaries: Vec<usize> = boundaries.into_iter().map(|word| word * WORD_BYTES).collect();
    for region in Region::ALL {
        let place = base.image.place(region);
        for copy in 0..region.copies() {
            let start = place.copy(copy);
            boundaries.extend([start, start + place.row_bytes * place.capacity]);
        }
    }
    boundaries.push(all);
    let around = |at: usize| [at.checked_sub(1), Some(at), Some(at + 1)].into_iter().flatten();
    let lengths: BTreeSet<usize> =
        boundaries.into_iter().flat_map(around).filter(|length| *length != all).collect();
    let mut cases: Vec<Case> = lengths
        .into_iter()
        .chain([2 * all])
        .map(|length| {
            let verdict = if length < PAGE_BYTES { Verdict::Error(Code::NotASnapshot) } else { DAMAGED };
            let case = base.case(format!("of-{length}-bytes"), verdict, |_| ());
            Case { length: Some(length as u64), ..case }
        })
        .collect();
    for (kind, code) in [
        (Kind::Missing, Code::Missing),
        (Kind::Folder, Code::NotAFile),
        (Kind::Fifo, Code::NotAFile),
        (Kind::Symlink, Code::NotAFile),
        (Kind::Dangling, Code::NotAFile),
    ] {
        let name = format!("no-file-but-{}", kind.word());
        cases.push(Case { kind, ..base.case(name, Verdict::Error(code), |_| ()) });
    }
    cases
}
