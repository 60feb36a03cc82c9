//! The vectors in `tests/vectors` are those that the writer makes, and the Rust reader gives their answers in each of
//! its ways to read.
//!
//! After a change of the layout or of the vectors: `cargo run -p cco-vectors -- tests/vectors`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cco::snapshot::layout::identity;
use cco::snapshot::{Agent, Reader, peek};
use cco_vectors::answer::{error, of};
use cco_vectors::golden::EVERYTHING;
use cco_vectors::hostile::{Case, Kind};
use cco_vectors::json::{Json, differences};
use cco_vectors::patch::Image;
use cco_vectors::placed::place;
use cco_vectors::vectors::{Vectors, snapshot};

fn made() -> &'static Vectors {
    static MADE: OnceLock<Vectors> = OnceLock::new();
    MADE.get_or_init(|| Vectors::make(tempfile::tempdir().unwrap().path()).unwrap())
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// What a packed file holds: another version of the packer may pack it otherwise.
fn content(path: &Path, bytes: &[u8]) -> Vec<u8> {
    if path.extension().is_none_or(|end| end != "gz") {
        return bytes.to_vec();
    }
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

#[test]
fn the_vectors_are_what_the_writer_makes_byte_for_byte() {
    let made = made().files().unwrap();
    let remake = "make them again: cargo run -p cco-vectors -- tests/vectors";
    for (path, bytes) in &made {
        let kept = std::fs::read(kept().join(path)).unwrap_or_default();
        assert!(!kept.is_empty(), "{} is missing; {remake}", path.display());
        assert!(content(path, &kept) == content(path, bytes), "{} is another; {remake}", path.display());
    }
    let golden = std::fs::read_dir(kept().join("golden")).unwrap().count();
    assert_eq!(golden + 1, made.len(), "there are more files than are made; {remake}");
}

#[test]
fn the_vectors_are_small_and_packed_without_a_time() {
    let files = made().files().unwrap();
    assert!(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 1_500_000);
    let packed = files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "gz"));
    packed.for_each(|(path, bytes)| assert_eq!(bytes[4..8], [0; 4], "{}", path.display()));
}

/// The file of a case at the path that this returns, and its folder.
fn file_of(case: &Case) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let base = case.base.map_or(&[][..], |_| &made().golden(EVERYTHING).unwrap().image.0);
    place(&path, case, base).unwrap();
    (folder, path)
}

/// Makes the file one of no boot, so that it is mapped. False if its static part is not one to make a sum of.
fn of_no_boot(path: &Path) -> bool {
    let mut image = Image(std::fs::read(path).unwrap());
    let mut sealed = image.clone();
    if image.0.len() < 8192 {
        return false;
    }
    sealed.seal();
    if sealed != image {
        return false;
    }
    image.put(identity::BOOT_ID, 0);
    image.put(identity::BOOT_ID + 1, 0);
    image.seal();
    std::fs::write(path, image.0).unwrap();
    true
}

/// The places in which two answers differ, but for the boot.
fn other_places(wanted: &Json, given: &Json) -> Vec<String> {
    let differences =
        differences(wanted, given).unwrap_or_else(|| vec![("everything".into(), given.clone())]);
    let places = differences.into_iter().map(|(place, value)| format!("{place}: {value}"));
    places.filter(|place| !place.starts_with("/page/boot_id")).collect()
}

#[test]
fn a_reader_through_a_mapping_gives_the_same_answers() {
    let mut mapped = 0;
    for (golden, answer) in &made().goldens {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        std::fs::write(&path, &golden.image.0).unwrap();
        assert!(of_no_boot(&path), "{}", golden.name);
        let given = of(&mut Reader::open(&path).unwrap(), golden.now, golden.is_held).unwrap();
        let other = other_places(snapshot(answer).unwrap(), &given);
        assert_eq!(other, Vec::<String>::new(), "{}", golden.name);
    }
    for (case, answer) in &made().cases {
        // A sparse file would have to be copied to get another boot.
        if case.kind != Kind::File || case.length.is_some() || case.name.starts_with("static-boot_id") {
            continue;
        }
        let (_folder, path) = file_of(case);
        if !of_no_boot(&path) {
            continue;
        }
        mapped += 1;
        let read = Reader::open(&path).map_err(|error| error.code());
        let given = read.and_then(|mut reader| of(&mut reader, Case::NOW, true));
        match (snapshot(answer), given) {
            // Whatever it says, it says something.
            _ if case.only_sums_tell => {}
            (Some(wanted), Ok(given)) => {
                assert_eq!(other_places(wanted, &given), Vec::<String>::new(), "{}", case.name);
            }
            (None, Err(code)) => assert_eq!(*answer, error(code), "{}", case.name),
            (_, given) => panic!("{} through a mapping: {:?}", case.name, given.map(|_| "a snapshot")),
        }
        if let Ok(mut reader) = Reader::open(&path) {
            // Indexes may have no end: whatever this finds, it ends.
            let _ = reader.session(Agent::CLAUDE_CODE, "0189a1f0-5d3e-7c4a-8b21-000000000001");
            let _ = reader.project(Agent::CLAUDE_CODE, "nowhere");
        }
    }
    assert!(mapped > 1_000, "{mapped}");
}

#[test]
fn one_look_gives_the_same_totals_and_errors() {
    for (case, answer) in &made().cases {
        let (_folder, path) = file_of(case);
        let seen = peek(&path).map_err(|error| error.code());
        match (snapshot(answer), seen) {
            (Some(Json::Object(members)), Ok(seen)) => {
                let slot = members.iter().find(|(name, _)| *name == "slot").map(|(_, slot)| slot.to_string());
                let generation = format!("{{\"generation\":{},", seen.totals.generation());
                let requests = format!("\"totals\":{{\"requests\":{},", seen.totals.all_time().requests);
                let slot = slot.unwrap();
                assert!(slot.starts_with(&generation) && slot.contains(&requests), "{}", case.name);
            }
            // What is wrong with the tables, it does not see.
            (None, Ok(_)) => assert_ne!(case.group, "cut", "{}", case.name),
            (None, Err(code)) => assert_eq!(*answer, error(code), "{}", case.name),
            (_, Err(code)) => panic!("{} is {code:?} to one look", case.name),
            (Some(_), Ok(_)) => panic!("an answer is an object"),
        }
    }
}
