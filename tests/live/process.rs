//! One publisher a state folder, and an end that readers are told of.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use cco::snapshot::{Wait, WriterState};
use rustix::process::Signal;

use crate::transcript::line;
use crate::world::World;

#[test]
fn a_second_publisher_ends_with_the_code_of_a_lock_and_names_the_first() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let mut publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    let second = world.command(&[]).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(second.status.code(), Some(6), "{second:?}");
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains(&format!("process {}", publisher.0.id())), "{told}");
    // One that only wants the totals asks the first for them.
    assert!(world.command(&["--once"]).status().unwrap().success());
    assert!(publisher.is_running());
    assert_eq!(reader.freshness().unwrap().writer, WriterState::Live);
}

#[test]
fn interrupt_and_terminate_end_it_cleanly_and_wake_readers() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    for signal in ["-INT", "-TERM"] {
        let mut publisher = world.publisher();
        let mut reader = world.reader();
        world.await_naive(&mut reader);
        // Only then is it known to hear signals.
        while reader.identity().writer_pid != u64::from(publisher.0.id())
            || reader.freshness().unwrap().writer != WriterState::Live
        {
            reader.wait(Duration::from_millis(10)).unwrap();
            reader.refresh().unwrap();
        }
        publisher.signal(signal);
        // What it still had to say comes first.
        let woken = loop {
            match reader.wait(Duration::from_secs(60)).unwrap() {
                Wait::Changed => drop(reader.totals().unwrap()),
                other => break other,
            }
        };
        assert_eq!(publisher.0.wait().unwrap().code(), Some(0), "{signal}");
        assert_eq!(woken, Wait::WriterGone, "{signal}");
        assert_eq!(reader.freshness().unwrap().writer, WriterState::Stopped, "{signal}");
    }
}

#[test]
fn a_signal_at_any_moment_of_the_start_ends_it_cleanly() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    for pause_ms in (0..40).step_by(2) {
        let mut publisher = world.publisher();
        std::thread::sleep(Duration::from_millis(20 + pause_ms));
        publisher.signal("-TERM");
        let status = publisher.0.wait().unwrap();
        // Before the handler is set, the signal itself ends it.
        let is_by_signal = status.signal() == Some(Signal::TERM.as_raw());
        assert!(status.code() == Some(0) || is_by_signal, "{status:?}");
    }
}
