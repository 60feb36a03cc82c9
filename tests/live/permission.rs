//! Permissions that are taken away from under a running publisher and given back. They do not bind a superuser, so
//! that its publisher is run without the right to pass them over.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::naive::costless;
use crate::transcript::line;
use crate::world::{Publisher, World, await_health, await_totals};

/// A command whose process permissions bind, the superuser's too; `None`, said aloud, where that cannot be had.
fn bound(command: Command) -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return Some(command);
    }
    let under = |program: &Command| {
        let mut under = Command::new("setpriv");
        under.args(["--bounding-set=-dac_override,-dac_read_search", "--"]).arg(program.get_program());
        under.args(program.get_args()).env_clear();
        under.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        under.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        under
    };
    if !under(&Command::new("true")).status().is_ok_and(|status| status.success()) {
        crate::skipped::skipped("permissions do not bind this user, and setpriv does not help");
        return None;
    }
    Some(under(&command))
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_project_that_may_not_be_read_for_a_while_keeps_its_totals_and_goes_on() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let Some(mut command) = bound(world.command(&[])) else { return };
    let mut publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    let first = costless(reader.totals().unwrap().all_time());

    allow(&world.path("p"), 0);
    // Asked, it looks at everything.
    assert!(world.command(&["--once"]).stdout(Stdio::null()).status().unwrap().success());
    let health = await_health(&reader, "a skipped folder", |health| health.skipped_files > 0);
    assert_eq!(health.errors, 0, "{health:?}");
    assert_eq!(costless(reader.totals().unwrap().all_time()), first);

    allow(&world.path("p"), 0o755);
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut reader);
    assert!(world.command(&["--once"]).stdout(Stdio::null()).status().unwrap().success());
    await_health(&reader, "nothing skipped", |health| health.skipped_files == 0);
    world.check(&mut reader);
    assert!(publisher.is_running());
}

#[test]
fn a_state_folder_that_may_not_be_written_to_for_a_while_is_an_error_and_not_the_end() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let Some(mut command) = bound(world.command(&[])) else { return };
    let mut publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
    let mut reader = world.reader();
    world.await_naive(&mut reader);

    allow(&world.state(), 0o500);
    for request in 2..1500 {
        let project = format!("{request}-{}", "long".repeat(50));
        world.write(&format!("{project}/s.jsonl"), &line(request, 0, &project));
    }
    let health = await_health(&reader, "an error", |health| health.errors > 0);
    assert!(health.last_error_at > 0);
    await_health(&reader, "further attempts", |now| now.errors > health.errors + 1);
    assert!(reader.totals().unwrap().all_time().messages > 0, "the last totals stand");

    allow(&world.state(), 0o700);
    await_totals(&mut reader, world.naive().totals(), "all projects");
    assert!(publisher.is_running());
}
