//! A publisher that may not watch folders follows them all the same.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::transcript::line;
use crate::world::{Publisher, World};

/// Well below the minute that passes between scans if all is watched.
const SOON: Duration = Duration::from_secs(20);

/// `cco publish` in a user namespace of its own, with one of the kernel's limits set. `None`, and said so, if this
/// system makes none.
fn limited(world: &World, limit: &str, value: u32) -> Option<Publisher> {
    let set = format!("echo {value} > /proc/sys/user/{limit}");
    let namespace = ["--user", "--map-root-user", "sh", "-c"];
    let can = Command::new("unshare").args(namespace).arg(&set).stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        crate::skipped::skipped(format_args!("this system gives no user namespace whose {limit} can be set"));
        return None;
    }
    let publish = world.command(&[]);
    let mut command = Command::new("unshare");
    command.env_clear().envs(publish.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", std::env::var_os("PATH")?);
    command.args(namespace).arg(format!("{set} && exec \"$0\" \"$@\""));
    command.arg(publish.get_program()).args(publish.get_args());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Some(Publisher(command.spawn().unwrap()))
}

/// Appends show within seconds, in files, folders and sessions old and new, and so do the totals that another process
/// asks for.
fn appends_show_soon(limit: &str, value: u32) {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let Some(_publisher) = limited(&world, limit, value) else { return };
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    let started = Instant::now();
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut reader);
    world.write("q/t.jsonl", &line(3, 0, "t"));
    world.await_naive(&mut reader);
    world.write("q/t/subagents/agent-1.jsonl", &line(4, 0, "t"));
    world.await_naive(&mut reader);
    assert!(world.command(&["--once"]).status().unwrap().success(), "a publisher that is asked answers");
    let took = started.elapsed();
    for command in [&["daemon", "status"][..], &["doctor"]] {
        let mut cco = Command::new(env!("CARGO_BIN_EXE_cco"));
        cco.env_clear().env("HOME", world.home()).args(command);
        let output = cco.arg("--state").arg(world.state()).arg("--root").arg(world.root()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
        assert!(
            text.contains("polling") && text.contains("fs.inotify.max_user_watches"),
            "{command:?}: {text}"
        );
    }
    assert!(took < SOON, "three appends took {took:?}: they waited for scans that are far between");
}

#[test]
fn without_any_watch_appends_show_within_seconds() {
    appends_show_soon("max_inotify_instances", 0);
}

#[test]
fn with_fewer_watches_than_folders_appends_show_within_seconds() {
    appends_show_soon("max_inotify_watches", 2);
}
