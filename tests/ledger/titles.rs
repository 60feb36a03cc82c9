//! Titles that are no longer kept: nothing of their text is left.

use std::fs;
use std::path::Path;

use cco::ledger::{Forget, Intake, Ledger, TitleRow};
use cco::usage::Record;
use rusqlite::Connection;

use crate::sample::{MARCH_MS, Temporary, batch, prices, record, temporary};

const TITLE: &str = "the secret plan of the engine";

/// Counts a request of each session and gives it this title.
fn give(temporary: &mut Temporary, sessions: &[String], at_ms: i64, title: &str) {
    let request = |(at, session): (i64, &String)| {
        let at_ms = at_ms + at;
        record(at_ms.cast_unsigned().into(), at_ms, session, "-a")
    };
    let requests: Vec<Record> = (0..).zip(sessions).map(request).collect();
    let title =
        |session: &String| TitleRow { session: session.as_str().into(), rank: 2, title: title.into() };
    let intake = Intake { titles: sessions.iter().map(title).collect(), ..batch(&requests) };
    temporary.ledger.apply(&intake, &prices(15)).unwrap();
}

/// A ledger with a title.
fn titled() -> Temporary {
    let mut temporary = temporary();
    assert_eq!(keep_titles(&mut temporary.ledger, true), "Begun");
    give(&mut temporary, &["s".into()], MARCH_MS, TITLE);
    temporary
}

/// Whether a file of the folder has the title's text.
fn is_stored(folder: &Path) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| memchr::memmem::find(&bytes, TITLE.as_bytes()).is_some())
}

/// What a change of the setting did.
fn keep_titles(ledger: &mut Ledger, are_wanted: bool) -> String {
    format!("{:?}", ledger.keep_titles(are_wanted).unwrap())
}

fn titles(ledger: &Ledger) -> usize {
    ledger.titles().unwrap().len()
}

#[test]
fn removed_titles_are_in_no_file_although_others_have_the_ledger_open() {
    let mut temporary = titled();
    let reader = Ledger::open_read_only(temporary.ledger.path()).unwrap();
    assert_eq!(titles(&reader), 1);
    assert!(is_stored(temporary.folder.path()));
    assert_eq!(keep_titles(&mut temporary.ledger, false), "Ended");
    assert!(!is_stored(temporary.folder.path()), "neither in the ledger nor in its log");
    assert_eq!(titles(&reader), 0);
    assert_eq!(keep_titles(&mut temporary.ledger, false), "None");
}

#[test]
fn titles_that_were_replaced_or_forgotten_before_are_in_no_file_either() {
    let mut temporary = titled();
    let long = format!("{TITLE} {}", "and more ".repeat(60));
    let forgotten: Vec<String> = (0..200).map(|number| format!("forgotten {number}")).collect();
    give(&mut temporary, &forgotten, MARCH_MS - 1_000, &long);
    let before = Forget { project: None, before_ms: MARCH_MS };
    assert_eq!(temporary.ledger.forget(&before, &prices(15)).unwrap().sessions, 200);
    let replaced: Vec<String> = (0..200).map(|number| format!("replaced {number}")).collect();
    give(&mut temporary, &replaced, MARCH_MS + 1_000, &long);
    give(&mut temporary, &replaced, MARCH_MS + 1_000, "harmless");
    assert!(is_stored(temporary.folder.path()));
    assert_eq!(keep_titles(&mut temporary.ledger, false), "Ended");
    assert!(!is_stored(temporary.folder.path()));
    assert!(temporary.ledger.verify(&prices(15)).unwrap().is_sound());
}

#[test]
fn a_removal_that_a_reader_prevents_is_repeated() {
    let mut temporary = titled();
    let reader = Connection::open(temporary.ledger.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM titles").unwrap();
    assert_eq!(keep_titles(&mut temporary.ledger, false), "Ending(None)");
    assert_eq!(titles(&temporary.ledger), 0, "they are gone for whoever looks now");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(keep_titles(&mut temporary.ledger, false), "Ended");
    assert!(!is_stored(temporary.folder.path()));
}

#[test]
fn titles_that_are_wanted_again_before_a_removal_ends_are_all_read_again() {
    let mut temporary = titled();
    let reader = Connection::open(temporary.ledger.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM titles").unwrap();
    assert_eq!(keep_titles(&mut temporary.ledger, false), "Ending(None)");
    assert_eq!(keep_titles(&mut temporary.ledger, true), "Begun");
    assert_eq!(keep_titles(&mut temporary.ledger, true), "None");
}

#[test]
fn the_highest_title_of_a_session_is_its_title() {
    let mut temporary = titled();
    for (rank, title) in [(1, "Claude Code's"), (0, "a summary")] {
        let title = TitleRow { session: "s".into(), rank, title: title.into() };
        temporary.ledger.apply(&Intake { titles: vec![title], ..Intake::default() }, &prices(15)).unwrap();
    }
    let all = temporary.ledger.titles().unwrap();
    let (session, title) = all.into_iter().next().unwrap();
    assert_eq!((&*title, temporary.ledger.title(session).unwrap().as_deref()), (TITLE, Some(TITLE)));
    assert_eq!(temporary.ledger.title(session + 1).unwrap(), None);
}
