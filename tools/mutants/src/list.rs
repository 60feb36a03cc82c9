//! The mutants: each step of the protocol, and what the source looks like without it.
//!
//! Invariant: each text stands in its file exactly once (a test holds that), so the list follows the source.

use crate::proof::Proof::{self, Loom, Suite, Tests};

/// One way to break the protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mutant {
    /// What is wrong with it, in a few words.
    pub(crate) fault: &'static str,
    /// The file, from the package's folder.
    pub(crate) file: &'static str,
    /// The source.
    pub(crate) original: &'static str,
    /// The source with the fault.
    pub(crate) mutant: &'static str,
    /// The proofs that must notice.
    pub(crate) proofs: &'static [Proof],
}

const SEQLOCK: &str = "src/snapshot/seqlock/mod.rs";
const COMMIT: &str = "src/snapshot/commit.rs";
const MAPPED: &str = "src/snapshot/mapped.rs";
const COPIED: &str = "src/snapshot/copied.rs";
const SWAP: &str = "src/snapshot/swap.rs";
const LOSS: &str = "src/snapshot/loss.rs";
const FRESHNESS: &str = "src/snapshot/freshness.rs";
const WRITER: &str = "src/snapshot/writer.rs";

/// A step of the sequence lock, left out.
const fn step(fault: &'static str, original: &'static str, mutant: &'static str) -> Mutant {
    Mutant { fault, file: SEQLOCK, original, mutant, proofs: &[Loom("model::")] }
}

/// All of them, in the order of a commit and its reading.
pub(crate) const MUTANTS: &[Mutant] = &[
    step("W1: no odd mark", "const MARK_ODD: bool = true;", "const MARK_ODD: bool = false;"),
    step(
        "W2: no fence after the odd mark",
        "const FENCE_AFTER_ODD: bool = true;",
        "const FENCE_AFTER_ODD: bool = false;",
    ),
    step(
        "W4: the even mark is not a release",
        "const RELEASE_EVEN: bool = true;",
        "const RELEASE_EVEN: bool = false;",
    ),
    step(
        "W5: the notify word is not a release",
        "const RELEASE_NOTIFY: bool = true;",
        "const RELEASE_NOTIFY: bool = false;",
    ),
    step(
        "R0: no fence after the notify word",
        "const FENCE_AFTER_NOTIFY: bool = true;",
        "const FENCE_AFTER_NOTIFY: bool = false;",
    ),
    step(
        "R2: no fence before the copy",
        "const FENCE_BEFORE_COPY: bool = true;",
        "const FENCE_BEFORE_COPY: bool = false;",
    ),
    step(
        "R4: no fence after the copy",
        "const FENCE_AFTER_COPY: bool = true;",
        "const FENCE_AFTER_COPY: bool = false;",
    ),
    step("R5: no re-check", "const RE_CHECK: bool = true;", "const RE_CHECK: bool = false;"),
    Mutant {
        fault: "rows are stored before the bank's odd mark",
        file: COMMIT,
        original: "    bank_header(words, geometry, bank).write::<Sound>(sequence, |header| {
        for region in Region::BANKED {
            let area = geometry.of(region);
            let table = draft.table(region);
            for row in table.stale() {
                store_words(&words[area.row(bank, row)], table.row(row));
            }
        }
        put",
        mutant: "    for region in Region::BANKED {
        let area = geometry.of(region);
        let table = draft.table(region);
        for row in table.stale() {
            store_words(&words[area.row(bank, row)], table.row(row));
        }
    }
    bank_header(words, geometry, bank).write::<Sound>(sequence, |header| {
        put",
        proofs: &[Loom("model::tables"), Loom("model::a_lookup_finds")],
    },
    Mutant {
        fault: "the slot is written before its bank",
        file: COMMIT,
        original: "    let check = check(draft);
    bank_header(words, geometry, bank).write::<Sound>(sequence, |header| {
        for",
        mutant: "    let check = check(draft);
    write_slot(words, sequence, bank, publication, &lengths(draft));
    bank_header(words, geometry, bank).write::<Sound>(sequence, |header| {
        for",
        proofs: &[Loom("model::tables"), Tests("writer::tests::a_writer_killed")],
    },
    Mutant {
        fault: "a commit writes the bank that readers use",
        file: COMMIT,
        original: "    let bank = slot_of(sequence, BANKS);
    let check = check(draft);
    bank_header",
        mutant: "    let bank = slot_of(sequence + 2, BANKS);
    let check = check(draft);
    bank_header",
        proofs: &[Tests("writer::tests::a_writer_killed")],
    },
    Mutant {
        fault: "a bank lacks the rows of the commit before",
        file: "src/snapshot/image.rs",
        original: "self.previous.iter().chain(&self.touched)",
        mutant: "self.touched.iter().chain(&[])",
        proofs: &[Tests("writer::tests::after_any_edits")],
    },
    Mutant {
        fault: "health is written without its section",
        file: COMMIT,
        original: "    sections::health(words, geometry).of_commit(sequence).store::<Sound>(sequence, &image);",
        mutant: "    let reports = geometry.of(Region::Health);
    store_words(&words[reports.row(0, slot_of(sequence, 4))], &image);",
        proofs: &[Loom("model::health")],
    },
    Mutant {
        fault: "a bank is only checked after the copy, without a fence",
        file: MAPPED,
        original: "    Ok(header.read::<Sound, _>(totals.sequence(), |_| copy()))",
        mutant: "    let copied = copy();
    Ok((header.sequence() == totals.sequence()).then_some(copied))",
        proofs: &[Loom("model::tables")],
    },
    Mutant {
        fault: "a bank is only checked before the copy",
        file: MAPPED,
        original: "    Ok(header.read::<Sound, _>(totals.sequence(), |_| copy()))",
        mutant: "    Ok((header.sequence() == totals.sequence()).then(copy))",
        proofs: &[Loom("model::tables")],
    },
    Mutant {
        fault: "a lookup follows names that are missing",
        file: MAPPED,
        original: "agent == key.agent && is_as_long && end <= extent.names_bytes && {",
        mutant: "agent == key.agent && is_as_long && {",
        proofs: &[Loom("model::a_lookup_passes")],
    },
    Mutant {
        fault: "a wait looks at the sequence before the notify word",
        file: MAPPED,
        original: "    let seen = noticed::<Sound>(&words[control::NOTIFY]);
    (sequence(words) <= floor).then_some(seen)",
        mutant: "    let is_newer = sequence(words) > floor;
    let seen = noticed::<Sound>(&words[control::NOTIFY]);
    (!is_newer).then_some(seen)",
        proofs: &[Loom("model::a_reader_that_waits")],
    },
    Mutant {
        fault: "a reader's floor does not hold",
        file: MAPPED,
        original: "newest.filter(|(_, sequence)| *sequence >= floor)",
        mutant: "newest.filter(|_| floor < u64::MAX)",
        proofs: &[Loom("model::a_reader_does_not_go_back")],
    },
    Mutant {
        fault: "the floor is lost at a refresh",
        file: "src/snapshot/floor.rs",
        original: "if epoch == self.epoch { self } else { Self::new(epoch) }",
        mutant: "Self::new(epoch)",
        proofs: &[
            Loom("model::a_reader_does_not_go_back"),
            Tests("reader::tests::an_older_copy"),
        ],
    },
    Mutant {
        fault: "refresh does not ask for the floor",
        file: "src/snapshot/reader.rs",
        original: "        newer.floor = self.floor.in_file_of(newer.identity.epoch);\n",
        mutant: "",
        proofs: &[Tests("reader::tests::an_older_copy")],
    },
    Mutant {
        fault: "a copied slot is not checked",
        file: COPIED,
        original: "    if !is_whole(newest, slot::CRC) {
        return Newest::Torn;
    }
",
        mutant: "",
        proofs: &[Suite("snapshot_hostile", "a_newest_slot_with_a_wrong")],
    },
    Mutant {
        fault: "a copied bank is trusted for its sequence",
        file: COPIED,
        original: "if sequence == newest.sequence() && header[bank::CHECK] == check {",
        mutant: "if sequence == newest.sequence() {",
        proofs: &[Suite("snapshot_hostile", "rows_that_do_not_match")],
    },
    Mutant {
        fault: "copied names are not checked",
        file: COPIED,
        original: "if u64::from(crc32fast::hash(names)) != newest.lengths().names_crc {",
        mutant: "if names.len() != extent.names_bytes {",
        proofs: &[Suite("snapshot_hostile", "names_that_a_power_cut_lost")],
    },
    Mutant {
        fault: "a new file is not synced before it has the path",
        file: WRITER,
        original: "            swap::sync(&file).map_err(|source| io(\"sync\", source))?;
            swap::rename(&beside, &self.path).map_err(|source| io(\"rename\", source))?;
",
        mutant: "            swap::rename(&beside, &self.path).map_err(|source| io(\"rename\", source))?;
            swap::sync(&file).map_err(|source| io(\"sync\", source))?;
",
        proofs: &[Tests("writer::tests::a_new_file_is_on_the_disk")],
    },
    Mutant {
        fault: "the old file is superseded before the new one has the path",
        file: WRITER,
        original: "            swap::rename(&beside, &self.path).map_err(|source| io(\"rename\", source))?;
",
        mutant: "            if let Some(old) = self.current.as_ref().map(|old| &old.map).or(self.predecessor.as_ref()) {
                swap::supersede(old.words());
            }
            swap::rename(&beside, &self.path).map_err(|source| io(\"rename\", source))?;
",
        proofs: &[Tests("writer::tests::a_new_file_is_on_the_disk")],
    },
    Mutant {
        fault: "the old file's readers are not woken",
        file: SWAP,
        original: "    commit::notify(old);\n",
        mutant: "    let _ = commit::notify;\n",
        proofs: &[Tests("reader::tests::readers_of_a_file")],
    },
    Mutant {
        fault: "a shortened file is not noticed",
        file: LOSS,
        original: "if metadata.len() != bytes {",
        mutant: "if metadata.len() > bytes {",
        proofs: &[Tests("writer::tests::a_writer_whose_file")],
    },
    Mutant {
        fault: "a linked file is not noticed",
        file: LOSS,
        original: "nlink(&metadata) > 1 {",
        mutant: "nlink(&metadata) > 9 {",
        proofs: &[Tests("writer::tests::a_writer_whose_file")],
    },
    Mutant {
        fault: "a file that took the snapshot's place is replaced, whatever it is",
        file: WRITER,
        original: "        if loss == Some(Loss::Replaced) {
            self.refuse_stranger()?;
        }
",
        mutant: "",
        proofs: &[Tests("writer::tests::a_stranger")],
    },
    Mutant {
        fault: "zeros in place of lost words are taken for what was there",
        file: "src/snapshot/reader.rs",
        original: "if map.is_lost() { Err(ReadError::Shrunk) } else { read }",
        mutant: "let _ = map;
    read",
        proofs: &[Tests("writer::tests::reading_a_file_that_was_shortened")],
    },
    Mutant {
        fault: "a file that is cut inside a page is not noticed where that page is read",
        file: "src/snapshot/map.rs",
        original: "std::hint::black_box(self.words()[self.words - 1].load(Ordering::Relaxed));",
        mutant: "std::hint::black_box(Ordering::Relaxed);",
        proofs: &[Tests("writer::tests::reading_a_file_that_was_shortened")],
    },
    Mutant {
        fault: "a heartbeat from the future is new",
        file: FRESHNESS,
        original: "same_boot().unwrap_or(by_wall_clock).unsigned_abs()",
        mutant: "same_boot().unwrap_or(by_wall_clock).max(0).unsigned_abs()",
        proofs: &[Tests("freshness::tests")],
    },
    Mutant {
        fault: "the wall clock decides, which anyone may set",
        file: FRESHNESS,
        original: "same_boot().unwrap_or(by_wall_clock).unsigned_abs()",
        mutant: "same_boot().map_or(by_wall_clock, |_| by_wall_clock).unsigned_abs()",
        proofs: &[Tests("freshness::tests")],
    },
    Mutant {
        fault: "a time namespace moves a reader's clock",
        file: FRESHNESS,
        original: "by_awake_clock.saturating_sub(os::awake_clock_offset_ms())",
        mutant: "by_awake_clock",
        proofs: &[Suite("snapshot_processes", "time_namespaces")],
    },
    Mutant {
        fault: "a time namespace moves a publisher's clock",
        file: "src/snapshot/os/mod.rs",
        original: "now.saturating_add_signed(awake_clock_offset_ms().saturating_neg())",
        mutant: "now",
        proofs: &[Suite("snapshot_processes", "time_namespaces")],
    },
];
