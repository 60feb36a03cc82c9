//! What no publisher would leave under a snapshot's path: every such thing is a typed error that says what to
//! do, from every way to open, and never a crash or a hang.

mod craft;
mod names;
#[path = "../skipped/mod.rs"]
mod skipped;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use cco::snapshot::layout::{
    ENDIAN_MARK, MAGIC, MAJOR, MINOR, PAGE_BYTES, Region, control, identity, session_row, slot,
};
use cco::snapshot::{
    Agent, DayRow, Frame, ModelRow, OpenError, PeekError, ProjectRow, ReadError, Reader, SessionRow,
    WriteError, Writer, WriterOptions, WriterState, peek,
};
use craft::{
    COMMITS, SESSIONS, counters, entry, good, newest_slot, put, region_start, save, seal, seal_slot,
};
use proptest::prelude::*;

/// The one error that all ways to open `path` give, after checking that they agree and that it helps.
fn refused(path: &Path) -> OpenError {
    let error = Reader::open(path).unwrap_err();
    let copying = Reader::open_copying(path).unwrap_err();
    let PeekError::Open(peeked) = peek(path).unwrap_err() else { panic!("peek opened {}", path.display()) };
    assert_eq!(error.to_string(), copying.to_string());
    assert_eq!(error.to_string(), peeked.to_string());
    let text = error.to_string();
    assert!(text.contains(": ") && text.contains(&path.display().to_string()), "no advice in: {text}");
    error
}

fn refused_bytes(bytes: &[u8]) -> OpenError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, bytes);
    refused(&path)
}

fn damage(bytes: &[u8]) -> &'static str {
    match refused_bytes(bytes) {
        OpenError::Damaged { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_no_regular_file_is_named_and_never_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let kind = |name: &str| match refused(&path(name)) {
        OpenError::NotAFile { kind, .. } => kind,
        other => panic!("{other}"),
    };
    assert!(matches!(refused(&path("missing")), OpenError::NotFound { .. }));
    assert!(matches!(refused(&path("missing/too")), OpenError::NotFound { .. }));
    save(&path("file"), &good());
    assert!(matches!(refused(&path("file/below")), OpenError::NotFound { .. }));
    std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
    assert_eq!(kind("link"), "a symbolic link");
    std::fs::create_dir(path("folder")).unwrap();
    assert_eq!(kind("folder"), "a folder");
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    assert_eq!(kind("pipe"), "a named pipe");
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    assert_eq!(kind("socket"), "a socket or device");
}

#[test]
fn a_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, &good());
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_err() {
        skipped::skipped("only root can give a file away");
        return;
    }
    assert!(matches!(refused(&path), OpenError::ForeignOwner { uid: 12_345, .. }));
}

/// Set for a process without rights: the file that it must not be able to read.
const UNREADABLE: &str = "CCO_TEST_UNREADABLE";

#[test]
#[ignore = "run by the next test, in a process of another user"]
fn unreadable_process() {
    let Some(path) = std::env::var_os(UNREADABLE) else { return };
    let OpenError::Io { action: "open", source, .. } = refused(Path::new(&path)) else {
        panic!("it was readable")
    };
    assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied);
}

#[test]
fn a_file_without_read_permission_is_an_error_of_the_system() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, &good());
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["unreadable_process", "--exact", "--ignored"]).env(UNREADABLE, &path);
    let is_root = std::fs::File::open(&path).is_ok();
    if is_root {
        child.uid(65_534).gid(65_534);
    }
    match child.output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => skipped::skipped(format_args!("another user cannot run this program: {error}")),
    }
}

#[test]
fn a_file_that_is_too_short_or_says_nothing_of_itself_is_no_snapshot() {
    let good = good();
    for length in [0, 1, 7, 8, 511, 512, 4095] {
        assert!(matches!(refused_bytes(&good[..length]), OpenError::NotASnapshot { .. }), "{length} bytes");
    }
    let noise: Vec<u8> =
        (0u32..4096).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    assert!(matches!(refused_bytes(&noise), OpenError::NotASnapshot { .. }));
    assert!(matches!(refused_bytes(&[0; PAGE_BYTES]), OpenError::NotASnapshot { .. }));
}

#[test]
fn another_byte_order_and_a_newer_major_version_are_told_apart_from_damage() {
    let mut swapped = good();
    put(&mut swapped, identity::MAGIC, MAGIC.swap_bytes());
    put(&mut swapped, identity::ENDIAN, ENDIAN_MARK.swap_bytes());
    assert!(matches!(refused_bytes(&swapped), OpenError::Endianness { .. }));
    // A newer major version may have put its checksum elsewhere.
    let mut newer = good();
    put(&mut newer, identity::VERSION, 2 << 32);
    assert!(matches!(refused_bytes(&newer), OpenError::Version { found: 2, supported: 1, .. }));
}

#[test]
fn a_static_part_that_contradicts_itself_is_damage() {
    let with = |at: usize, value: u64| {
        let mut bytes = good();
        put(&mut bytes, at, value);
        seal(&mut bytes);
        bytes
    };
    let mut unsealed = good();
    put(&mut unsealed, identity::ZONE, 0x41);
    assert!(damage(&unsealed).contains("checksum"));
    assert!(damage(&with(identity::ENDIAN, 5)).contains("byte order"));
    assert!(damage(&with(identity::FILE_BYTES, 4096)).contains("length"));
    assert!(damage(&with(identity::SCHEMA, 1)).contains("schema"));
    assert!(damage(&with(identity::EPOCH, 0)).contains("epoch"));
    assert!(damage(&good()[..good().len() - 8]).contains("length"));
    assert!(damage(&[good(), vec![0; 8]].concat()).contains("length"));
}

#[test]
fn a_directory_that_points_anywhere_is_damage() {
    let with = |changes: &[(usize, u64)]| {
        let mut bytes = good();
        for (at, value) in changes {
            put(&mut bytes, *at, *value);
        }
        seal(&mut bytes);
        damage(&bytes)
    };
    let bytes = good();
    for region in Region::ALL {
        let at = entry(region);
        let first = craft::word(&bytes, at);
        let id = region as u64;
        for offset in [0, 64, 4096 + 8, 1 << 40, u64::MAX - 63, !63] {
            let what = with(&[(at + 1, offset)]);
            assert!(what.contains("offset") || what.contains("end"), "{region:?} at {offset}: {what}");
        }
        for row_bytes in [0, 4, 1 << 17, u64::from(u32::MAX)] {
            assert!(with(&[(at, row_bytes << 32 | id)]).contains("row size"), "{region:?} of {row_bytes}");
        }
        for capacity in [0, u64::MAX, 1 << 33, 1 << 32, 1 << 31] {
            let what = with(&[(at + 2, capacity)]);
            assert!(what.contains("capacity") || what.contains("end"), "{region:?} with {capacity}: {what}");
        }
        assert!(with(&[(at, 0)]).contains("missing"), "{region:?}");
        let twice = identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
        let copy = [
            (twice, first),
            (twice + 1, craft::word(&bytes, at + 1)),
            (twice + 2, craft::word(&bytes, at + 2)),
        ];
        assert!(with(&copy).contains("twice"), "{region:?}");
        if region != Region::Names {
            let onto = craft::word(&bytes, entry(Region::Names) + 1);
            assert!(with(&[(at + 1, onto)]).contains("overlap"), "{region:?}");
        }
    }
    assert!(with(&[(entry(Region::SessionIndex) + 2, 1000)]).contains("power of two"));
    assert!(with(&[(entry(Region::Banks) + 2, 1)]).contains("capacity"));
    assert!(with(&[(entry(Region::Health) + 2, 5)]).contains("capacity"));
}

#[test]
fn a_file_that_is_long_but_holds_nothing_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut bytes = good();
    let length = 1u64 << 40;
    put(&mut bytes, identity::FILE_BYTES, length);
    seal(&mut bytes);
    save(&path, &bytes);
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
    let OpenError::Damaged { what, .. } = refused(&path) else { panic!("it was opened") };
    assert!(what.contains("larger"));
}

/// What both readers say of a file's frame.
fn frames(bytes: &[u8]) -> [Result<Frame, ReadError>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, bytes);
    [Reader::open(&path).unwrap().frame(), Reader::open_copying(&path).unwrap().frame()]
}

#[test]
fn slots_that_point_outside_the_tables_are_damage() {
    let (number, newest) = newest_slot();
    let changes = (0..6)
        .map(|table| slot::LENGTHS + table)
        .chain([slot::BANK, slot::NAMES_BYTES])
        .flat_map(|word| [1 << 33, u64::MAX].map(|value| (word, value)));
    for (word, value) in changes {
        let mut bytes = good();
        put(&mut bytes, newest + word, value);
        seal_slot(&mut bytes, number);
        for frame in frames(&bytes) {
            let error = frame.unwrap_err();
            assert!(matches!(error, ReadError::Damaged { .. }), "word {word} := {value}: {error}");
            assert!(error.to_string().contains("cco publish --once"));
        }
    }
}

#[test]
fn a_slot_that_names_the_other_bank_is_damage() {
    let (number, newest) = newest_slot();
    let mut bytes = good();
    put(&mut bytes, newest + slot::BANK, 1 - COMMITS % 2);
    seal_slot(&mut bytes, number);
    for frame in frames(&bytes) {
        assert!(matches!(frame.unwrap_err(), ReadError::Damaged { .. }));
    }
}

#[test]
fn rows_that_do_not_match_their_checksum_are_damage_to_the_copying_reader() {
    let mut bytes = good();
    let bank = usize::try_from(COMMITS).unwrap() % 2;
    let row = region_start(&bytes, Region::Sessions, bank);
    put(&mut bytes, row + session_row::COUNTERS, 99);
    let [mapped, copying] = frames(&bytes);
    mapped.unwrap();
    assert!(matches!(copying.unwrap_err(), ReadError::Damaged { what } if what.contains("checksum")));
}

#[test]
fn a_history_that_begins_outside_its_rows_is_damage() {
    let (number, newest) = newest_slot();
    for oldest in [3, u64::MAX] {
        let mut bytes = good();
        put(&mut bytes, newest + slot::HISTORY_OLDEST, oldest);
        seal_slot(&mut bytes, number);
        for frame in frames(&bytes) {
            assert!(matches!(frame.unwrap_err(), ReadError::Damaged { what } if what.contains("history")));
        }
    }
}

#[test]
fn an_index_that_points_anywhere_finds_nothing_and_ends() {
    for entry_value in [u64::MAX, 1, u64::from(u32::MAX), 0xdead_beef_0000_0000] {
        let mut bytes = good();
        for copy in 0..2 {
            let start = region_start(&bytes, Region::SessionIndex, copy);
            let entries = usize::try_from(craft::word(&bytes, entry(Region::SessionIndex) + 2)).unwrap();
            for at in start..start + entries {
                put(&mut bytes, at, entry_value);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        save(&path, &bytes);
        assert_eq!(Reader::open(&path).unwrap().session(Agent::CLAUDE_CODE, "session-0").unwrap(), None);
    }
}

#[test]
fn a_snapshot_without_a_complete_publish_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    for sequence in [0, 7] {
        let mut bytes = good();
        for number in 0..slot::COUNT {
            put(&mut bytes, slot::FIRST + number * slot::WORDS, sequence);
        }
        save(&path, &bytes);
        for mut reader in [Reader::open(&path).unwrap(), Reader::open_copying(&path).unwrap()] {
            assert!(matches!(reader.totals(), Err(ReadError::NothingPublished)));
            assert!(matches!(reader.frame(), Err(ReadError::NothingPublished)));
        }
        assert!(matches!(peek(&path), Err(PeekError::Read(ReadError::NothingPublished))));
    }
}

#[test]
fn a_newest_slot_with_a_wrong_checksum_is_damage_to_the_copying_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut bytes = good();
    let (_, newest) = newest_slot();
    put(&mut bytes, newest + slot::TOTALS, 99);
    save(&path, &bytes);
    assert!(matches!(Reader::open_copying(&path).unwrap().totals(), Err(ReadError::Damaged { .. })));
    assert!(matches!(peek(&path), Err(PeekError::Read(ReadError::Damaged { .. }))));
}

#[test]
fn a_file_that_is_shortened_while_open_is_an_error_of_copying_readers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, &good());
    let mut reader = Reader::open_copying(&path).unwrap();
    let shorten =
        |bytes| std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    shorten(PAGE_BYTES as u64);
    reader.totals().unwrap();
    assert!(matches!(reader.frame(), Err(ReadError::Shrunk)));
    assert!(matches!(reader.health(), Err(ReadError::Shrunk)));
    shorten(100);
    assert!(matches!(reader.totals(), Err(ReadError::Shrunk)));
    assert!(matches!(reader.freshness(), Err(ReadError::Shrunk)));
    assert!(matches!(refused(&path), OpenError::NotASnapshot { .. }));
}

#[test]
fn a_later_minor_version_is_read_with_what_is_known_of_it() {
    for frame in frames(&craft::later_minor(&good())) {
        let frame = frame.unwrap();
        assert_eq!(frame.totals().all_time(), counters(COMMITS));
        let sessions: Vec<_> =
            frame.rows::<SessionRow>().map(|row| (frame.name(row.session), row.counters)).collect();
        assert_eq!(sessions.len(), SESSIONS);
        assert_eq!(sessions[1], ("session-1", counters(1)));
        let models: Vec<_> = frame.rows::<ModelRow>().map(|row| frame.name(row.name)).collect();
        assert_eq!(models, ["claude-a"]);
        let days: Vec<_> = frame.rows::<DayRow>().map(|row| row.date).collect();
        assert_eq!(days, [20_260_102]);
        assert_eq!(frame.history().map(|row| row.counters.requests).collect::<Vec<_>>(), [1, 2, 3]);
        let project = frame.rows::<ProjectRow>().next().unwrap();
        assert_eq!(frame.name(project.path), "/home/me/project");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    save(&path, &craft::later_minor(&good()));
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.identity().layout, (MAJOR, MINOR + 1));
    assert_eq!(reader.session(Agent::CLAUDE_CODE, "session-4").unwrap().unwrap().counters, counters(1));
    assert_eq!(reader.health().unwrap().unwrap().files, 7);
    assert_eq!(peek(&path).unwrap().freshness.writer, WriterState::Stopped);
}

#[test]
fn a_writer_starts_anew_over_damage_and_over_sequences_that_nobody_counted() {
    let options = || WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut unsealed = good();
    put(&mut unsealed, identity::ZONE, 0x41);
    let mut absurd = good();
    let (number, newest) = newest_slot();
    put(&mut absurd, newest + slot::SEQUENCE, u64::MAX - 1);
    seal_slot(&mut absurd, number);
    let mut odd = absurd.clone();
    put(&mut odd, newest + slot::SEQUENCE, u64::MAX);
    for bytes in [unsealed, absurd, odd] {
        save(&path, &bytes);
        let mut writer = Writer::open(&path, options()).unwrap();
        assert_eq!(writer.commit(&Default::default()).unwrap(), 1);
        assert_ne!(Reader::open(&path).unwrap().identity().epoch, craft::word(&bytes, identity::EPOCH));
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(Writer::open(&path, options()), Err(WriteError::Occupied { .. })));
}

#[test]
fn what_another_boot_left_is_read_by_checksums_and_a_lineage_that_may_have_lost_commits_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut torn = good();
    put(&mut torn, identity::BOOT_ID, 1);
    seal(&mut torn);
    let epoch = craft::word(&torn, identity::EPOCH);
    save(&path, &torn);
    assert_eq!(Reader::open(&path).unwrap().frame().unwrap().totals().generation(), COMMITS);
    let bank = usize::try_from(COMMITS).unwrap() % 2;
    let row = region_start(&torn, Region::Sessions, bank);
    put(&mut torn, row + session_row::COUNTERS, 99);
    save(&path, &torn);
    assert!(matches!(Reader::open(&path).unwrap().frame(), Err(ReadError::Damaged { .. })));

    for (state, carries_on) in [(control::STOPPED, true), (control::RUNNING, false)] {
        put(&mut torn, control::STATE, state);
        save(&path, &torn);
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
        let mut reader = Reader::open(&path).unwrap();
        let mut writer = Writer::open(&path, options).unwrap();
        assert_eq!(writer.commit(&Default::default()).unwrap(), if carries_on { COMMITS + 1 } else { 1 });
        assert!(reader.refresh().unwrap());
        assert_eq!(reader.identity().epoch == epoch, carries_on);
        reader.frame().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_give_typed_results_and_never_other_totals(
        flips in proptest::collection::vec((0usize..(1 << 13), 1u8..), 1..6),
        anywhere in proptest::collection::vec((any::<proptest::sample::Index>(), 1u8..), 0..6),
    ) {
        let mut bytes = good();
        for (at, flip) in flips {
            bytes[at] ^= flip;
        }
        for (at, flip) in anywhere {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        save(&path, &bytes);
        for copies in [false, true] {
            let opened = if copies { Reader::open_copying(&path) } else { Reader::open(&path) };
            let Ok(mut reader) = opened else { continue };
            let totals = reader.totals();
            if let (Ok(totals), true) = (&totals, copies) {
                prop_assert!((1..=COMMITS).any(|number| totals.all_time() == counters(number)));
            }
            if let Ok(frame) = reader.frame() {
                let names: usize = frame.rows::<SessionRow>().map(|row| frame.name(row.session).len()).sum();
                prop_assert!(names <= 1 << 20);
                frame.history().for_each(drop);
            }
            for outcome in [reader.session(Agent::CLAUDE_CODE, "session-1").map(drop), reader.project(Agent::CLAUDE_CODE, "x").map(drop),
                reader.health().map(drop), reader.freshness().map(drop)]
            {
                prop_assert!(outcome.is_ok() || !outcome.unwrap_err().to_string().is_empty());
            }
        }
        if let Ok(look) = peek(&path) {
            prop_assert!((1..=COMMITS).any(|number| look.totals.all_time() == counters(number)));
        }
    }
}
