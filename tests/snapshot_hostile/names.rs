//! Names that are no text or not there: damage to whoever reads all names, and never another name.

use cco::snapshot::layout::{Region, identity};
use cco::snapshot::{Agent, ReadError, Reader};

use crate::craft::{COMMITS, good, put, region_start, save, seal};
use crate::{damage, frames};

#[test]
fn names_that_a_power_cut_lost_are_damage_to_the_copying_reader() {
    let mut bytes = good();
    let names = region_start(&bytes, Region::Names, 0);
    put(&mut bytes, names, 0);
    let [mapped, copying] = frames(&bytes);
    mapped.unwrap(); // zeros are text
    assert!(matches!(copying.unwrap_err(), ReadError::Damaged { what } if what.contains("names")));
}

#[test]
fn a_name_that_is_not_among_the_names_is_damage_to_a_frame_and_found_by_nobody() {
    let bank = usize::try_from(COMMITS).unwrap() % 2;
    let outside = [u64::MAX, 1 << 32 | u64::from(u32::MAX), 1 << 32 | 4096, 1 << 63];
    for name in outside {
        let mut bytes = good();
        let row = region_start(&bytes, Region::Sessions, bank);
        put(&mut bytes, row, name);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        save(&path, &bytes);
        let mut reader = Reader::open(&path).unwrap();
        let error = reader.frame().unwrap_err();
        assert!(matches!(error, ReadError::Damaged { what } if what.contains("name")), "{name:x}");
        assert_eq!(reader.session(Agent::CLAUDE_CODE, "session-0").unwrap(), None);
        assert!(reader.session(Agent::CLAUDE_CODE, "session-1").unwrap().is_some());
    }
}

#[test]
fn names_that_are_not_utf_8_are_damage_to_a_frame() {
    let mut bytes = good();
    let names = region_start(&bytes, Region::Names, 0);
    put(&mut bytes, names, u64::from_le_bytes(*b"-home-\xedm"));
    let [mapped, _] = frames(&bytes);
    assert!(matches!(mapped.unwrap_err(), ReadError::Damaged { what } if what.contains("UTF-8")));
}

#[test]
fn a_static_part_whose_texts_are_not_utf_8_is_damage() {
    for word in [identity::ZONE, identity::PROGRAM] {
        let mut bytes = good();
        put(&mut bytes, word, u64::from_le_bytes(*b"UTC\xff\0\0\0\0"));
        seal(&mut bytes);
        assert!(damage(&bytes).contains("UTF-8"));
    }
}
