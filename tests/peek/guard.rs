//! `cco-peek guard` as Claude Code's hooks run it: what it warns of and what it stops, in the way of each event.

use cco::snapshot::ScanState;
use serde_json::{Value, json};

use crate::guard_place::{
    ALL, HOOKS, NOTHING, PROMPT, PROMPT_OLD, Place, SWITCH, Spent, TOOL, TOOL_OF_SUBAGENT, answer, message,
    stopped,
};
use crate::text;

#[test]
fn below_every_bound_nothing_is_said() {
    let place = Place::new(Spent { session: 418, day: 1999, block: 999, project: 799 }, ALL);
    for hook in HOOKS.map(|hook| hook.replace("0.81", "0")) {
        assert_eq!(place.hook(&hook), (0, Value::Null, String::new()), "{hook}");
    }
    assert!(
        !place.folder.path().join(".local/state/cco/usage.snapshot.guard").exists(),
        "nothing to remember"
    );
}

#[test]
fn each_stop_stops_each_event_and_says_what_when_it_ends_and_how_to_go_on() {
    for (spent, figure, end, raise) in [
        (
            Spent { session: 1500, ..NOTHING },
            "this session cost $15.00; the limit is $15.00.",
            "A new session (/clear) begins at $0.00.",
            "session.stop under [guard] in ",
        ),
        (
            Spent { day: 5010, ..NOTHING },
            "today cost $50.10; the limit is $50.00.",
            "The day ends in 3h 20m.",
            "day.stop under [guard] in ",
        ),
        (
            Spent { block: 2500, ..NOTHING },
            "this 5-hour block cost $25.00; the limit is $25.00.",
            "The block ends in 1h.",
            "block.stop under [guard] in ",
        ),
    ] {
        let place = Place::new(spent, ALL);
        for hook in [PROMPT, PROMPT_OLD, TOOL, TOOL_OF_SUBAGENT] {
            let reason = place.stops(hook);
            let config = place.config().display().to_string();
            for expected in [figure, end, raise, "cco guard pass", &config] {
                assert!(reason.contains(expected), "no {expected} in: {reason}");
            }
        }
        assert!(place.stops(SWITCH).contains("changing the model writes its cache again for about $0.81"));
    }
    let place = Place::new(Spent { project: 3000, ..NOTHING }, ALL);
    for hook in HOOKS {
        let reason = place.stops(hook);
        assert!(reason.contains(" cost $30.00 today") && reason.contains("project.stop"), "{reason}");
    }
    assert!(place.stops(PROMPT).contains("the project /h/api cost"), "as its working folder is called");
    assert!(
        place.stops(TOOL).contains("the project -h-api cost"),
        "after cd only the folder's name is known"
    );
}

#[test]
fn each_warning_is_given_once_by_whichever_event_meets_it_first() {
    for first in HOOKS {
        let place = Place::new(Spent { session: 510, day: 2000, block: 1000, project: 800 }, ALL);
        let said = place.lets_through(first);
        for expected in [
            "this session cost $5.10",
            "today cost $20.00",
            "this 5-hour block cost $10.00",
            " cost $8.00 today",
            "you asked to be warned at $20.00, and it stops at $50.00. The day ends in 3h 20m.",
        ] {
            assert!(said.contains(expected), "no {expected} in: {said}");
        }
        assert_eq!(said.lines().count(), 4, "{said}");
        // What a change of the model would make of it is another matter.
        for hook in HOOKS.into_iter().filter(|hook| (first == SWITCH) == (*hook == SWITCH)) {
            assert_eq!(place.lets_through(hook), "", "{first} then {hook}");
        }
    }
}

#[test]
fn another_session_and_another_bound_are_warned_of_again() {
    let place = Place::new(Spent { session: 510, day: 2000, ..NOTHING }, ALL);
    assert_eq!(place.lets_through(PROMPT).lines().count(), 2);
    let other = PROMPT.replace("sess-1", "sess-2");
    assert_eq!(place.lets_through(&other), "", "the day was warned of, and this session has no figure");
    std::fs::write(place.config(), "[guard]\nsession = { warn = 5.05 }\nday = { warn = 20 }\n").unwrap();
    assert!(place.lets_through(PROMPT).contains("you asked to be warned at $5.05. A new session"));
    assert_eq!(place.lets_through(PROMPT), "");
}

#[test]
fn a_pass_lets_one_prompt_through_with_what_claude_does_for_it() {
    let place = Place::new(Spent { session: 1532, ..NOTHING }, ALL);
    place.stops(PROMPT);
    let pass = place.run(b"", &["pass"]);
    assert_eq!(pass.status.code(), Some(0), "{}", text(&pass.stderr));
    assert!(text(&pass.stdout).contains("the next prompt within ten minutes is let through"));
    place.stops(TOOL);
    assert!(place.lets_through(PROMPT).contains("let through although a limit is reached"));
    for hook in [TOOL, TOOL_OF_SUBAGENT, SWITCH] {
        assert_eq!(place.lets_through(hook), "");
    }
    place.stops(PROMPT);
    place.stops(TOOL);
}

#[test]
fn a_pass_ends_with_the_next_prompt_also_if_that_needs_none() {
    let place = Place::new(Spent { session: 1532, ..NOTHING }, ALL);
    let limit = |stop: &str| {
        std::fs::write(place.config(), format!("[guard]\nsession = {{ stop = {stop} }}\n")).unwrap();
    };
    assert_eq!(place.run(b"", &["pass"]).status.code(), Some(0));
    place.lets_through(PROMPT);
    limit("20");
    assert_eq!(place.lets_through(PROMPT), "");
    limit("15");
    place.stops(TOOL);
}

#[test]
fn options_replace_their_bounds_and_no_others() {
    let place = Place::new(Spent { session: 1000, day: 6000, ..NOTHING }, ALL);
    let reason = stopped(TOOL, answer(&place.run(TOOL.as_bytes(), &["--session-stop", "10"])));
    assert!(reason.contains("this session cost $10.00; the limit is $10.00"), "{reason}");
    assert!(reason.contains("today cost $60.00; the limit is $50.00"), "{reason}");
    let raised = ["--day-stop", "100", "--day-warn", "90", "--session-warn", "11"];
    assert_eq!(message(answer(&place.run(PROMPT.as_bytes(), &raised))), "");
}

#[test]
fn a_change_of_the_model_counts_with_what_it_writes() {
    let place = Place::new(Spent { session: 1450, ..NOTHING }, ALL);
    let reason = place.stops(SWITCH);
    let expected = "this session cost $14.50, and changing the model writes its cache again for about $0.81; the limit is \
                    $15.00.";
    assert!(reason.contains(expected), "{reason}");
    let cheaper = SWITCH.replace("0.81", "0.05");
    assert!(place.lets_through(&cheaper).contains("again for about $0.05; you asked to be warned at $5.00"));
    let unknown = SWITCH.replace("0.81", "\"much\"");
    assert!(place.lets_through(&unknown).contains("this session cost $14.50; you asked"));
}

#[test]
fn what_is_missing_in_a_figure_is_said() {
    let place = Place::with(Spent { day: 5010, ..NOTHING }, "day = { stop = 50 }", |it| {
        it.today.counters.unpriced_tokens = 9;
        it.today.counters.provisional_output_tokens = it.today.counters.output_tokens;
    });
    let reason = place.stops(PROMPT);
    assert!(reason.contains("today cost ~$50.10+ (~ at least"), "{reason}");
    assert!(reason.contains("models without a price are left out"), "{reason}");

    let place = Place::with(Spent { day: 100, ..NOTHING }, "day = { stop = 50 }", |it| {
        it.today.counters.unpriced_tokens = 9;
        it.scan_state = ScanState::CatchingUp;
    });
    let said = place.lets_through(PROMPT);
    assert!(
        said.contains("models without a price and does not count") && said.contains("still counting"),
        "{said}"
    );
    assert_eq!(place.lets_through(PROMPT), "");
}

#[test]
fn the_status_shows_every_bound_beside_its_figure() {
    let place = Place::new(Spent { session: 510, day: 5010, block: 100, ..NOTHING }, ALL);
    let output = place.run(b"", &["status"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for expected in ["session", "$5.10", "$15.00", "warns", "sess-1", "$50.10", "3h 20m", "stops", "$25.00"] {
        assert!(shown.contains(expected), "no {expected} in:\n{shown}");
    }
    assert!(shown.contains("no usage"), "this folder is no project:\n{shown}");

    let output = place.run(b"", &["status", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["strict"], &json["is_current"]),
        (&json!(1), &json!(false), &json!(true))
    );
    assert_eq!(json["bounds"][0], json!({"scope": "session", "warn_usd": 5, "stop_usd": 15}));
    let standings: Vec<_> = json["figures"].as_array().unwrap().iter().map(|it| &it["standing"]).collect();
    assert_eq!(standings, [&json!("near"), &json!("over"), &json!("within")]);
    let unknown = place.run(b"", &["status", "--json", "--session", "nobody"]);
    let json: Value = serde_json::from_slice(&unknown.stdout).unwrap();
    assert_eq!(json["figures"][0]["scope"], "day", "a session without a figure is left out");
}

#[test]
fn the_status_of_a_stale_or_missing_snapshot_says_so() {
    let mut place = Place::new(Spent { session: 510, ..NOTHING }, ALL);
    place.abandon();
    let output = place.run(b"", &["status"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("may be stale"));
    let json: Value = serde_json::from_slice(&place.run(b"", &["status", "--json"]).stdout).unwrap();
    assert_eq!(json["is_current"], false);
    std::fs::remove_file(place.snapshot()).unwrap();
    assert_eq!(place.run(b"", &["status"]).status.code(), Some(4));
    let empty = Place::new(NOTHING, "");
    assert!(text(&empty.run(b"", &["status"]).stdout).contains("nothing is guarded: add [guard]"));
}

#[test]
fn the_status_fits_every_width_with_what_was_spent_and_where_it_stops() {
    let nothing = Place::new(NOTHING, "strict = true").status(40);
    assert!(nothing.lines().all(|line| line.len() <= 40) && nothing.contains("strict:"), "{nothing}");
    let strict = format!("{ALL}\nstrict = true");
    let place = Place::new(Spent { session: 510, day: 123_456_789, block: 100, project: 0 }, &strict);
    for columns in 34..=130 {
        let shown = place.status(columns);
        let widest = shown.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(columns), "{columns}:\n{shown}");
        for amount in ["$5.10", "$1,234,567.89", "$15.00", "$50.00"] {
            assert!(columns < 40 || shown.contains(amount), "no {amount} in {columns} columns:\n{shown}");
        }
    }
}
