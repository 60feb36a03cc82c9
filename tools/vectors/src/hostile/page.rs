//! Every word of page 0 at its extremes: the static part, the control words, the slots.
//!
//! Invariant: a sum that covers the word is made right, so that only the word itself can be what is wrong.

use cco::snapshot::Code;
use cco::snapshot::layout::{BANKS, Field, Region, WORD_BYTES, bank, control, identity, limit, period, slot};

use super::{Base, Case, DAMAGED, Verdict, extremes};
use crate::patch::Image;

pub(super) fn cases(base: Base<'_>) -> Vec<Case> {
    let mut cases = static_part(base);
    cases.extend(control_words(base));
    cases.extend(newest_slot(base));
    cases.extend(other_slots(base));
    cases.extend(banks(base));
    cases
}

/// A name for a word of a part: its field, and its number there if the field has several.
fn word_name(fields: &[Field], word: usize) -> String {
    let field = fields.iter().find(|field| (field.word..field.word + field.words).contains(&word));
    match field {
        Some(field) if field.words == 1 && field.name != "reserved" => field.name.to_owned(),
        Some(field) => format!("{}-{}", field.name, word - field.word),
        None => format!("word-{word}"),
    }
}

fn static_part(base: Base<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for word in 0..identity::WORDS {
        for (extreme, value) in extremes(base.image.word(word)) {
            let name = format!("static-{}-{extreme}", word_name(identity::FIELDS, word));
            let verdict = static_verdict(base.image, word, value);
            let case = base.case(name, verdict, |image| {
                image.put(word, value);
                if word != identity::CHECKSUM {
                    image.seal();
                }
            });
            // A place or a size that is possible, but not the right one, shows in the sums of what is there.
            cases.push(if verdict == Verdict::ReadsOrDamaged { case.told_by_sums() } else { case });
        }
    }
    for (name, word) in [("magic", identity::MAGIC), ("endian_mark", identity::ENDIAN)] {
        let swapped = base.image.word(word).swap_bytes();
        cases.push(base.case(format!("static-{name}-swapped"), Verdict::Error(Code::ByteOrder), |image| {
            image.put(word, swapped);
            image.seal();
        }));
    }
    // A newer major version may have its checksum elsewhere.
    cases.push(base.case(
        "another-major-version-with-another-checksum",
        Verdict::Error(Code::Version),
        |image| {
            image.put(identity::VERSION, 2 << 32);
        },
    ));
    cases.push(base.case("the-checksum-has-a-high-half", DAMAGED, |image| {
        let sum = image.word(identity::CHECKSUM);
        image.put(identity::CHECKSUM, sum | 1 << 32);
    }));
    cases
}

/// What `LAYOUT.md` says of a word of the static part.
fn static_verdict(image: &Image, word: usize, value: u64) -> Verdict {
    match word {
        identity::MAGIC => Verdict::Error(Code::NotASnapshot),
        identity::ENDIAN | identity::SCHEMA | identity::FILE_BYTES | identity::CHECKSUM => DAMAGED,
        identity::VERSION if value >> 32 != 1 => Verdict::Error(Code::Version),
        identity::EPOCH if value == 0 => DAMAGED,
        // The extremes of places and sizes are told one by one in `regions.rs`.
        _ if (identity::DIRECTORY..identity::RESERVED).contains(&word) => Verdict::ReadsOrDamaged,
        _ => {
            let texts =
                [(identity::PROGRAM, identity::PROGRAM_WORDS), (identity::ZONE, identity::ZONE_WORDS)];
            let text = texts.into_iter().find(|(first, words)| (*first..first + words).contains(&word));
            text.map_or(Verdict::Reads, |(first, words)| text_verdict(image, first, words, word, value))
        }
    }
}

fn text_verdict(image: &Image, first: usize, words: usize, word: usize, value: u64) -> Verdict {
    let mut image = image.clone();
    image.put(word, value);
    let bytes = &image.0[first * WORD_BYTES..(first + words) * WORD_BYTES];
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    if std::str::from_utf8(&bytes[..end]).is_ok() { Verdict::Reads } else { DAMAGED }
}

fn control_words(base: Base<'_>) -> Vec<Case> {
    let words = control::BASE..control::BASE + control::WORDS;
    words
        .flat_map(|word| {
            let name = word_name(control::FIELDS, word);
            extremes(base.image.word(word)).into_iter().map(move |(extreme, value)| {
                let name = format!("control-{name}-at-{word}-{extreme}");
                base.case(name, Verdict::Reads, |image| image.put(word, value))
            })
        })
        .collect()
}

fn newest_slot(base: Base<'_>) -> Vec<Case> {
    let number = base.image.newest_slot();
    let at = Image::slot(number);
    let mut cases = Vec::new();
    // The words that are reserved are covered by the first and the last of them.
    for word in (0..=slot::USED).chain([slot::WORDS - 1]) {
        let now = base.image.word(at + word);
        for (extreme, value) in extremes(now) {
            if says_none(word, value) {
                continue;
            }
            let name = format!("slot-{}-{extreme}", word_name(slot::FIELDS, word));
            let case = base.case(name, slot_verdict(base.image, word, value), |image| {
                image.put(at + word, value);
                if word != slot::CRC {
                    image.seal_slot(number);
                }
            });
            cases.push(if only_sums_tell(word) { case.told_by_sums() } else { case });
        }
    }
    let sum = base.image.word(at + slot::CRC);
    let high = base
        .case("the-slot-s-sum-has-a-high-half", DAMAGED, |image| image.put(at + slot::CRC, sum | 1 << 32));
    cases.push(high.told_by_sums());
    let names = base.image.word(at + slot::NAMES_CRC);
    let high = base.case("the-sum-of-the-names-has-a-high-half", DAMAGED, |image| {
        image.put(at + slot::NAMES_CRC, names | 1 << 32);
        image.seal_slot(number);
    });
    cases.push(high.told_by_sums());
    let torn =
        base.case("a-slot-that-does-not-match-its-sum", DAMAGED, |image| image.put(at + slot::TOTALS, 99));
    cases.push(torn.told_by_sums());
    for (name, value) in [("just-below-the-largest", u64::MAX - 1), ("even-half", u64::MAX / 2 - 1)] {
        // The bank is older than the slot that names it.
        cases.push(base.case(format!("slot-sequence-{name}"), DAMAGED, |image| {
            image.put(at + slot::SEQUENCE, value);
            image.seal_slot(number);
        }));
    }
    for (oldest, verdict) in [(2, Verdict::Reads), (3, DAMAGED)] {
        cases.push(base.case(format!("the-history-begins-at-{oldest}"), verdict, |image| {
            image.put(at + slot::HISTORY_OLDEST, oldest);
            image.seal_slot(number);
        }));
    }
    cases
}

/// Whether it says that there is no block or no limit, which readers say in their own way.
fn says_none(word: usize, value: u64) -> bool {
    let ends = [
        slot::BLOCK + period::END,
        slot::FIVE_HOUR_LIMIT + limit::SEEN_AT,
        slot::SEVEN_DAY_LIMIT + limit::SEEN_AT,
    ];
    value == 0 && ends.contains(&word)
}

/// Words that a reader through a mapping does not compare with anything.
fn only_sums_tell(word: usize) -> bool {
    let lengths = slot::LENGTHS..slot::SESSIONS_LEFT_OUT;
    word == slot::CRC || word == slot::NAMES_CRC || word == slot::NAMES_BYTES || lengths.contains(&word)
}

/// What `LAYOUT.md` says of a word of the newest slot whose sum is right.
fn slot_verdict(image: &Image, word: usize, value: u64) -> Verdict {
    let newest = image.word(Image::slot(image.newest_slot()) + slot::SEQUENCE);
    match word {
        // Another slot is the newest, or no bank is as new as this one.
        slot::SEQUENCE if value.is_multiple_of(2) && value > newest => DAMAGED,
        slot::SEQUENCE => Verdict::Reads,
        slot::CRC | slot::BANK | slot::NAMES_BYTES | slot::NAMES_CRC => DAMAGED,
        // Out of bounds, or other rows than those that the check is of.
        _ if (slot::LENGTHS..slot::SESSIONS_LEFT_OUT).contains(&word) => DAMAGED,
        slot::HISTORY_OLDEST => {
            let rows = image.word(Image::slot(image.newest_slot()) + slot::HISTORY_ROWS);
            if value < rows { Verdict::Reads } else { DAMAGED }
        }
        _ => Verdict::Reads,
    }
}

/// Slots that are not the newest: their words do not matter, unless a sequence says that they are.
fn other_slots(base: Base<'_>) -> Vec<Case> {
    let newest = base.image.newest_slot();
    let mut cases = Vec::new();
    for number in (0..slot::COUNT).filter(|number| *number != newest) {
        let at = Image::slot(number);
        for (extreme, value) in extremes(base.image.word(at + slot::SEQUENCE)) {
            let is_newest = value.is_multiple_of(2) && value > base.image.word(Image::slot(newest));
            let verdict = if is_newest { DAMAGED } else { Verdict::Reads };
            cases.push(base.case(format!("slot-{number}-sequence-{extreme}"), verdict, |image| {
                image.put(at + slot::SEQUENCE, value);
            }));
        }
        cases.push(base.case(format!("slot-{number}-says-it-is-the-newest"), DAMAGED, |image| {
            image.put(at + slot::SEQUENCE, u64::MAX - 1);
            image.seal_slot(number);
        }));
        cases.push(base.case(format!("slot-{number}-does-not-match-its-sum"), Verdict::Reads, |image| {
            image.put(at + slot::CRC, u64::MAX);
            image.put(at + slot::BANK, u64::MAX);
        }));
    }
    let sequences = |value: u64| {
        move |image: &mut Image| (0..slot::COUNT).for_each(|number| image.put(Image::slot(number), value))
    };
    let nothing = Verdict::Error(Code::NothingPublished);
    for (name, value) in [("odd", 7), ("never-written", 0), ("odd-and-as-large-as-can-be", u64::MAX)] {
        cases.push(base.case(format!("all-slots-are-{name}"), nothing, sequences(value)));
    }
    // The one before it stands, with its bank.
    cases
        .push(base.case("the-newest-slot-is-odd", Verdict::Reads, |image| image.put(Image::slot(newest), 5)));
    cases
}

fn banks(base: Base<'_>) -> Vec<Case> {
    let newest = base.image.newest_bank();
    let place = base.image.place(Region::Banks);
    let mut cases = Vec::new();
    for number in 0..BANKS {
        let at = place.row(0, number);
        for word in 0..bank::WORDS {
            let now = base.image.word(at + word);
            for (extreme, value) in extremes(now) {
                let verdict = match word {
                    _ if number != newest => Verdict::Reads,
                    bank::SEQUENCE if value > now => Verdict::Error(Code::Busy),
                    bank::SEQUENCE | bank::CHECK => DAMAGED,
                    _ => Verdict::Reads,
                };
                let name = format!("bank-{number}-{}-{extreme}", word_name(bank::FIELDS, word));
                let case = base.case(name, verdict, |image| image.put(at + word, value));
                cases.push(if word == bank::CHECK { case.told_by_sums() } else { case });
            }
        }
    }
    cases
}
