//! A snapshot between processes: readers here, the publisher in a process of its own, which is this program
//! run again. Every figure and name of a commit derives from its number, so that readers can check each value.

#[path = "skipped/mod.rs"]
mod skipped;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{
    Counters, Frame, ModelRow, Picodollars, ProjectRow, Publication, ReadError, Reader, SessionRow, Totals,
    Wait, Writer, WriterOptions, WriterState, peek,
};

/// Set for the publisher: where its snapshot stands.
const PUBLISH_TO: &str = "CCO_TEST_PUBLISH_TO";
/// Longer than anything here takes on a busy machine, short enough for a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Sessions of every commit.
const SESSIONS: u64 = 3;

fn counters(commit: u64) -> Counters {
    Counters {
        requests: commit,
        messages: commit ^ 0x5555,
        input_tokens: commit.wrapping_mul(3),
        cache_read_tokens: commit.rotate_left(32),
        cost: Picodollars(u128::from(commit) << 64 | u128::from(!commit)),
        ..Counters::default()
    }
}

/// Commits the next number: sessions of new names each time, so that the names outgrow the file now and then.
fn commit(writer: &mut Writer) -> u64 {
    let number = writer.sequence() / 2 + 1;
    let draft = writer.draft();
    let model = ModelRow {
        name: draft.intern(&format!("model-{number}")),
        counters: counters(number),
        ..ModelRow::default()
    };
    if draft.is_empty::<ModelRow>() {
        draft.push(&model);
    } else {
        draft.set(0, &model);
    }
    for session in 0..SESSIONS {
        let row = SessionRow {
            session: draft.intern(&format!("session-{number}-{session}")),
            last_at: number.cast_signed(),
            counters: counters(number),
            ..SessionRow::default()
        };
        let at = usize::try_from(session).unwrap();
        if draft.len::<SessionRow>() <= at {
            draft.push(&row);
        } else {
            draft.set(at, &row);
        }
    }
    // A project that comes and goes, so that tables change their length.
    if number.is_multiple_of(2) {
        let project = draft.intern("project");
        draft.push(&ProjectRow { project, counters: counters(number), ..ProjectRow::default() });
    } else if !draft.is_empty::<ProjectRow>() {
        draft.swap_remove::<ProjectRow>(0);
    }
    let publication = Publication { published_at: 1, totals: counters(number), ..Publication::default() };
    assert_eq!(writer.commit(&publication).unwrap(), number);
    number
}

/// The publisher's process. It obeys its standard input: `commit`, `run` (commit at full speed until killed)
/// and `stop`; it answers each commit that it was asked for with its number.
#[test]
#[ignore = "the publisher of the other tests, which run it in a process of its own"]
fn publisher_process() {
    let Some(path) = std::env::var_os(PUBLISH_TO) else { return };
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let mut writer = Writer::open(PathBuf::from(path), options).unwrap();
    for line in std::io::stdin().lines() {
        match line.unwrap().as_str() {
            "commit" => println!("committed {}", commit(&mut writer)),
            "run" => loop {
                commit(&mut writer);
            },
            "stop" => return writer.stop(),
            other => panic!("no such order: {other}"),
        }
    }
}

/// Set for a reader in a process of its own: the snapshot to look at.
const LOOK_AT: &str = "CCO_TEST_LOOK_AT";

#[test]
#[ignore = "the reader of another test, which runs it in a process of its own"]
fn reader_process() {
    let Some(path) = std::env::var_os(LOOK_AT) else { return };
    let freshness = peek(PathBuf::from(path)).unwrap().freshness;
    println!("seen {:?} {}", freshness.writer, freshness.heartbeat_age.as_millis());
}

/// This program as one of its processes, with a clock that is `offset` seconds ahead of the machine's. `None` where that
/// cannot be had.
fn with_other_clock(offset: Option<i64>, process: &str) -> Option<Command> {
    let arguments = [process, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    let program = std::env::current_exe().unwrap();
    let Some(offset) = offset.map(|offset| offset.to_string()) else {
        let mut command = Command::new(program);
        command.args(arguments);
        return Some(command);
    };
    let unshare = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--time", "--monotonic", &offset, "--boottime", &offset]);
        command.arg(program).args(arguments);
        command
    };
    let mut can = unshare(Path::new("true"), &[]);
    let can = can.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    can.then(|| unshare(&program, &arguments))
}

/// A publisher that runs in another process, killed at the end.
struct Publisher {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Publisher {
    fn start(path: &Path) -> Self {
        Self::run(with_other_clock(None, "publisher_process").unwrap(), path)
    }

    fn run(mut command: Command, path: &Path) -> Self {
        let mut child =
            command.env(PUBLISH_TO, path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut publisher = Self { child, orders, answers };
        publisher.commit();
        publisher
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    fn committed(&mut self) -> u64 {
        loop {
            let mut line = String::new();
            assert_ne!(self.answers.read_line(&mut line).unwrap(), 0, "the publisher is gone");
            // The harness of the other process talks on the same line.
            if let Some((_, number)) = line.trim().split_once("committed ") {
                return number.parse().unwrap();
            }
        }
    }

    fn commit(&mut self) -> u64 {
        self.order("commit");
        self.committed()
    }

    /// Ends it by SIGKILL, and returns when it is gone.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn check_totals(totals: &Totals) {
    assert_eq!(totals.all_time(), counters(totals.generation()), "totals are torn");
}

fn check_frame(frame: &Frame) {
    let commit = frame.totals().generation();
    check_totals(frame.totals());
    let sessions: Vec<_> =
        frame.rows::<SessionRow>().map(|row| (frame.name(row.session).to_owned(), row.counters)).collect();
    let expected: Vec<_> =
        (0..SESSIONS).map(|session| (format!("session-{commit}-{session}"), counters(commit))).collect();
    assert_eq!(sessions, expected, "sessions of {commit} are torn");
    let models: Vec<_> = frame.rows::<ModelRow>().map(|row| frame.name(row.name)).collect();
    assert_eq!(models, [format!("model-{commit}")]);
    let projects: Vec<_> = frame.rows::<ProjectRow>().map(|row| row.counters).collect();
    let expected = if commit.is_multiple_of(2) { vec![counters(commit)] } else { vec![] };
    assert_eq!(projects, expected);
}

/// What a reader met.
#[derive(Debug, Default)]
struct Met {
    whole: u64,
    busy: u64,
    replaced: u64,
}

/// Takes `reads` reads, follows replacements, and checks that no value is torn or goes back.
fn read_on(mut reader: Reader, reads: u64, read: fn(&mut Reader) -> Result<Totals, ReadError>) -> Met {
    let mut met = Met::default();
    let mut newest = 0;
    while met.whole + met.busy < reads {
        match read(&mut reader) {
            Ok(totals) => {
                assert!(totals.sequence() >= newest, "{} after {newest}", totals.sequence());
                newest = totals.sequence();
                met.whole += 1;
                if totals.control().superseded {
                    met.replaced += u64::from(reader.refresh().unwrap());
                }
            }
            Err(ReadError::Busy) => {
                met.busy += 1;
                met.replaced += u64::from(reader.refresh().unwrap());
            }
            Err(error) => panic!("{error}"),
        }
    }
    met
}

fn read_totals(reader: &mut Reader) -> Result<Totals, ReadError> {
    reader.totals().inspect(check_totals)
}

fn read_frame(reader: &mut Reader) -> Result<Totals, ReadError> {
    reader.frame().map(|frame| {
        check_frame(&frame);
        *frame.totals()
    })
}

#[test]
fn readers_of_a_publisher_at_full_speed_see_whole_commits_in_order_and_survive_its_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut publisher = Publisher::start(&path);
    publisher.order("run");
    let mut mapped = Reader::open(&path).unwrap();
    let mut copying = Reader::open_copying(&path).unwrap();

    let met = std::thread::scope(|scope| {
        let start = |copies: bool, reads, read| {
            let path = &path;
            scope.spawn(move || {
                let reader = if copies { Reader::open_copying(path) } else { Reader::open(path) };
                read_on(reader.unwrap(), reads, read)
            })
        };
        [
            ("mapped totals", start(false, 300_000, read_totals)),
            ("mapped frames", start(false, 3_000, read_frame)),
            ("copied totals", start(true, 20_000, read_totals)),
            ("copied frames", start(true, 1_000, read_frame)),
        ]
        .map(|(name, thread)| (name, thread.join().unwrap()))
    });
    for (name, met) in &met {
        eprintln!("{name}: {met:?}");
        assert!(met.whole > 0, "{name}: {met:?}");
    }
    // The names of some 15,000 commits fill a file.
    let replaced = |reader: &mut Reader| reader.refresh().unwrap();
    let began = Instant::now();
    while !replaced(&mut mapped) {
        assert!(began.elapsed() < PATIENCE, "the publisher never outgrew its file");
        std::thread::yield_now();
    }

    publisher.kill();
    let mut last = Vec::new();
    for reader in [&mut mapped, &mut copying] {
        reader.refresh().unwrap();
        let frame = reader.frame().unwrap();
        check_frame(&frame);
        assert_eq!(reader.totals().unwrap(), *frame.totals());
        assert_eq!(reader.freshness().unwrap().writer, WriterState::Dead);
        last.push(frame.totals().generation());
    }
    assert_eq!(last[0], last[1]);
    let look = peek(&path).unwrap();
    assert_eq!((look.totals.generation(), look.freshness.writer), (last[0], WriterState::Dead));
}

#[test]
fn a_publisher_after_a_killed_one_carries_on_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut publisher = Publisher::start(&path);
    let mut reader = Reader::open(&path).unwrap();
    publisher.order("run");
    while reader.totals().unwrap().generation() < 1_000 {
        std::thread::yield_now();
    }
    publisher.kill();
    reader.refresh().unwrap();
    let last = reader.totals().unwrap();

    let mut successor = Publisher::start(&path);
    assert!(reader.refresh().unwrap());
    let carried_on = reader.frame().unwrap();
    check_frame(&carried_on);
    let next = carried_on.totals().generation();
    assert!(next == last.generation() + 1 || next == last.generation() + 2, "{next} after {last:?}");
    assert_eq!(successor.commit(), next + 1);
}

#[test]
fn a_wait_is_woken_by_a_commit_of_another_process() {
    const ROUNDS: u32 = 300;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut publisher = Publisher::start(&path);
    let mut reader = Reader::open(&path).unwrap();
    reader.totals().unwrap();
    let began = Instant::now();
    for _ in 0..ROUNDS {
        publisher.order("commit");
        assert_eq!(reader.wait(Duration::MAX).unwrap(), Wait::Changed);
        let seen = reader.totals().unwrap();
        check_totals(&seen);
        assert_eq!(publisher.committed(), seen.generation());
    }
    // Without wake-ups each round would last until the next look at the publisher, a second later.
    assert!(began.elapsed() < Duration::from_secs(u64::from(ROUNDS) / 5), "waits were not woken");
}

#[test]
fn a_wait_ends_in_a_file_that_was_replaced_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut publisher = Publisher::start(&path);
    for copies in [false, true] {
        let mut reader = if copies { Reader::open_copying(&path) } else { Reader::open(&path) }.unwrap();
        let before = reader.totals().unwrap().generation();
        publisher.kill();
        publisher = Publisher::start(&path);
        assert_eq!(reader.wait(PATIENCE).unwrap(), Wait::Changed);
        assert_eq!(reader.totals().unwrap().generation(), before + 1);
    }
}

#[test]
fn a_wait_notices_a_publisher_that_was_killed_or_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    for (end, state) in [("kill", WriterState::Dead), ("stop", WriterState::Stopped)] {
        for copies in [false, true] {
            let mut publisher = Publisher::start(&path);
            let mut reader = if copies { Reader::open_copying(&path) } else { Reader::open(&path) }.unwrap();
            reader.totals().unwrap();
            let waiting = std::thread::spawn(move || (reader.wait(PATIENCE).unwrap(), reader));
            if end == "kill" {
                publisher.kill();
            } else {
                publisher.order(end);
            }
            let (outcome, reader) = waiting.join().unwrap();
            assert_eq!(outcome, Wait::WriterGone);
            assert_eq!(reader.freshness().unwrap().writer, state);
        }
    }
}

#[test]
fn a_publisher_and_a_reader_in_different_time_namespaces_agree_on_the_age_of_its_heartbeat() {
    /// Seconds, far more than a heartbeat may be old. A clock cannot be moved to before the machine's start.
    const OFFSET: i64 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    for (publisher_at, reader_at) in [
        (None, Some(OFFSET)),
        (Some(OFFSET), None),
        (Some(OFFSET), Some(2 * OFFSET)),
        (Some(OFFSET), Some(OFFSET)),
    ] {
        let path = folder.path().join(format!("{publisher_at:?}-{reader_at:?}.snapshot"));
        let publisher = with_other_clock(publisher_at, "publisher_process");
        let Some((publisher, mut reader)) = publisher.zip(with_other_clock(reader_at, "reader_process"))
        else {
            skipped::skipped("this machine allows no time namespaces");
            return;
        };
        let mut publisher = Publisher::run(publisher, &path);
        publisher.commit();
        let committed = Instant::now();
        // It does not beat, so that the age is not 0.
        while committed.elapsed() < Duration::from_millis(1200) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let output = reader.env(LOOK_AT, &path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let seen = text.lines().find_map(|line| Some(line.split_once("seen ")?.1)).expect("it looked");
        let (writer, age) = seen.split_once(' ').unwrap();
        let age = Duration::from_millis(age.parse().unwrap());
        assert_eq!(writer, "Live", "{publisher_at:?} seen from {reader_at:?}, {age:?} old");
        assert!(age >= Duration::from_millis(1150), "{publisher_at:?} seen from {reader_at:?}: {age:?}");
        assert!(age <= committed.elapsed() + Duration::from_secs(1), "{age:?}");
    }
}
