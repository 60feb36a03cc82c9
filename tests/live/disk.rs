//! A disk that is full or may not be written to. Each gets a disk of its own, which only root may mount.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use cco::ledger::Ledger;
use cco::pricing::PriceTable;
use cco::snapshot::Reader;

use crate::naive::costless;
use crate::transcript::line;
use crate::world::{PATIENCE, Publisher, World, await_health, await_totals};

/// Mounts a small disk on the folder $1 for itself alone and becomes the rest of the command.
const ON_A_SMALL_DISK: &str = r#"mount -t tmpfs -o size=24m,mode=0700 tmpfs "$1" && shift && exec "$@""#;

/// A command that sees a small disk in place of a folder; `None`, said aloud, where that may not be.
fn on_a_small_disk(folder: &Path, command: &Command) -> Option<Command> {
    fs::create_dir_all(folder).unwrap();
    let under = |program: &Command| {
        let mut under = Command::new("unshare");
        under.args(["--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"]).arg(folder).arg(program.get_program());
        under.args(program.get_args());
        under.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        under
    };
    let can =
        under(&Command::new("true")).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !can {
        crate::skipped::skipped("a disk can be mounted by root alone, and not everywhere");
        return None;
    }
    Some(under(command))
}

/// A folder as a process with mounts of its own sees it.
fn seen_by(publisher: &Publisher, folder: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", publisher.0.id()));
    root.join(folder.strip_prefix("/").unwrap())
}

fn reader_of(snapshot: &Path) -> Reader {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Reader::open(snapshot) {
            Ok(reader) => return reader,
            Err(error) => assert!(Instant::now() < deadline, "nothing was published: {error}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Takes all the space there is; gives back the file that holds it.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("ballast");
    let mut ballast = File::create(&path).unwrap();
    let mut bytes = vec![1; 1 << 20];
    while !bytes.is_empty() {
        if ballast.write_all(&bytes).is_err() {
            bytes.truncate(bytes.len() / 2);
        }
    }
    path
}

#[test]
fn a_full_disk_keeps_the_last_totals_and_space_brings_the_next_without_a_restart() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let Some(mut command) = on_a_small_disk(&world.state(), &world.command(&[])) else { return };
    let mut publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
    let state = seen_by(&publisher, &world.state());
    let mut reader = reader_of(&state.join("usage.snapshot"));
    world.await_naive(&mut reader);
    assert_eq!(reader.health().unwrap().unwrap().last_error_at, 0);

    let ballast = fill(&state);
    let lines = (2..4000).flat_map(|request| line(request, 0, "s"));
    world.write("p/t.jsonl", &lines.collect::<Vec<u8>>());
    let health = await_health(&reader, "an error", |health| health.errors > 0);
    assert!(health.last_error_at > 1_700_000_000_000, "{health:?}");
    let first = costless(reader.totals().unwrap().all_time());
    assert_eq!(first.messages, 1, "the last totals stand");
    assert_eq!(costless(reader.frame().unwrap().totals().all_time()), first);
    let mut copying = Reader::open_copying(state.join("usage.snapshot")).unwrap();
    assert_eq!(costless(copying.totals().unwrap().all_time()), first);
    await_health(&reader, "further attempts", |now| now.errors > health.errors + 1);
    assert!(publisher.is_running());

    fs::remove_file(ballast).unwrap();
    world.await_naive(&mut reader);
    assert!(publisher.is_running());
}

#[test]
fn a_first_count_that_cannot_be_stored_is_shown_and_stored_once_there_is_room() {
    let world = World::new();
    for session in 0..40 {
        let name = format!("s{session}");
        let lines = (0..500).flat_map(|request| line(500 * session + request, 0, &name));
        world.write(&format!("p/{name}.jsonl"), &lines.collect::<Vec<u8>>());
    }
    // There is room for an empty ledger in the state folder, and none for the requests.
    let script = r#"ballast=$1; shift; head -c 23m /dev/zero > "$ballast"; exec "$@""#;
    let snapshot = world.home().join("elsewhere/usage.snapshot");
    let cco = world.command(&["--snapshot", snapshot.to_str().unwrap()]);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(world.state().join("ballast"));
    command.arg(cco.get_program()).args(cco.get_args()).env("HOME", world.home());
    let Some(mut command) = on_a_small_disk(&world.state(), &command) else { return };
    let mut publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
    let mut reader = reader_of(&snapshot);
    world.await_naive(&mut reader);
    let health = await_health(&reader, "an error", |health| health.errors > 0);
    await_health(&reader, "further attempts", |now| now.errors > health.errors + 1);
    world.await_naive(&mut reader);

    let state = seen_by(&publisher, &world.state());
    fs::remove_file(state.join("ballast")).unwrap();
    // Nothing else is counted before what was counted first is stored.
    world.append("p/s7.jsonl", &line(20_000, 0, "s7"));
    world.await_naive(&mut reader);
    assert!(publisher.is_running());
    let kept = world.home().join("kept.db");
    for ending in ["", "-wal"] {
        let from = state.join(format!("ledger.db{ending}"));
        fs::copy(from, world.home().join(format!("kept.db{ending}"))).unwrap();
    }
    let verification = Ledger::open(&kept).unwrap().verify(PriceTable::bundled()).unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    assert_eq!(verification.messages, 20_001);
}

#[test]
fn a_snapshot_that_finds_no_room_to_grow_grows_when_there_is_room() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let disk = world.home().join("disk");
    let snapshot = disk.join("usage.snapshot");
    let command = world.command(&["--snapshot", snapshot.to_str().unwrap()]);
    let Some(mut command) = on_a_small_disk(&disk, &command) else { return };
    let mut publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
    let mut reader = reader_of(&seen_by(&publisher, &snapshot));
    world.await_naive(&mut reader);

    let ballast = fill(&seen_by(&publisher, &disk));
    for request in 2..1500 {
        let project = format!("{request}-{}", "long".repeat(50));
        world.write(&format!("{project}/s.jsonl"), &line(request, 0, &project));
    }
    // From here on nothing happens any more that could ask for a commit.
    let requests = world.naive().totals().requests;
    let counted = await_health(&reader, "all to be counted", |now| now.requests == requests);
    await_health(&reader, "further attempts", |now| now.errors > counted.errors + 1);
    assert!(reader.totals().unwrap().all_time().requests < requests, "the last that had room stands");

    fs::remove_file(ballast).unwrap();
    await_totals(&mut reader, world.naive().totals(), "all projects");
    assert_eq!(reader.frame().unwrap().rows::<cco::snapshot::ProjectRow>().count(), 1499);
    assert!(publisher.is_running());
}

#[test]
fn a_state_folder_that_may_not_be_written_to_is_named_and_its_snapshot_stays() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let kept = world.home().join("kept.snapshot");
    // Publishes, forbids writing, publishes again; what is there then is copied to where a test sees it.
    let script = r#"kept=$1 state=$2; shift 2; "$@" --once && mount -o remount,ro "$state" && "$@"
                    code=$?; cp "$state/usage.snapshot" "$kept"; exit $code"#;
    let cco = world.command(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(&kept).arg(world.state());
    command.arg(cco.get_program()).args(cco.get_args()).env("HOME", world.home());
    let Some(mut command) = on_a_small_disk(&world.state(), &command) else { return };
    let Output { status, stderr, .. } = command.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains(world.state().to_str().unwrap()) && told.contains("ead-only"), "{told}");
    let mut reader = Reader::open(kept).unwrap();
    assert_eq!(reader.totals().unwrap().all_time().messages, 1);
}

#[test]
fn reports_show_what_was_counted_on_a_disk_that_may_only_be_read() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    // Publishes, forbids writing, and reports.
    let script = r#"state=$1 root=$2; shift 2; "$@" --once || exit 9
                    mount -o remount,ro "$state" || exit 9
                    "$1" monthly --json --root "$root" --state "$state" && "$1" ledger export --state "$state""#;
    let cco = world.command(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(world.state()).arg(world.root());
    command.arg(cco.get_program()).args(cco.get_args()).env("HOME", world.home());
    let Some(mut command) = on_a_small_disk(&world.state(), &command) else { return };
    let Output { status, stdout, stderr } =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let (shown, said) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(shown.contains("\"messages\": 1") && shown.contains("\"key\":"), "{shown}");
    assert!(said.contains("ead-only") && said.contains("showing what was counted before"), "{said}");
}
