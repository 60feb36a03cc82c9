//! A process that may not write large files says so and lives.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::transcript::line;
use crate::world::{Publisher, World, await_health};

/// The command, which may write no file larger than so many bytes.
fn limited(command: &Command, bytes: u64) -> Command {
    let mut limited = Command::new("/bin/sh");
    // Blocks of 512 bytes, as POSIX has them.
    limited.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.args(["-c", r#"ulimit -f "$1" && shift && exec "$@""#, "sh", &(bytes / 512).to_string()]);
    limited.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    limited
}

#[test]
fn what_needs_larger_files_than_allowed_fails_with_a_word_on_the_limit() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let output = limited(&world.command(&["--once"]), 16 << 10).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("ulimit -f"), "{words}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_publisher_whose_files_may_not_grow_says_so_keeps_its_totals_and_goes_on_when_they_may() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let mut command = world.command(&[]);
    command.env("CCO_LOG", "error").stderr(Stdio::piped());
    let mut publisher = Publisher(command.spawn().unwrap());
    let mut told = BufReader::new(publisher.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    await_health(&reader, "all watches", |health| health.passes >= 2);
    let pid = Pid::from_raw(publisher.0.id().try_into().unwrap());
    let limit = |current| prlimit(pid, Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    limit(Some(4096));
    world.append("p/s.jsonl", &line(2, 0, "s"));
    await_health(&reader, "an error", |health| health.errors > 0);
    assert!(told.any(|line| line.contains("ulimit -f")));
    assert!(publisher.is_running());
    assert_eq!(reader.totals().unwrap().all_time().messages, 1);
    limit(None);
    world.await_naive(&mut reader);
}

#[test]
fn a_file_that_a_killed_publisher_was_about_to_put_in_place_is_removed() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let new = world.state().join("usage.snapshot.new");
    std::fs::create_dir_all(world.state()).unwrap();
    assert!(world.command(&["--once"]).status().unwrap().success());
    std::fs::write(&new, "half").unwrap();
    assert!(world.command(&["--once"]).status().unwrap().success());
    assert!(!new.exists());
}
