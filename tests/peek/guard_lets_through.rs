//! `cco-peek guard` without what it needs: it lets through and says so, and never ends by mistake with the code that stops.

use cco::snapshot::Period;
use serde_json::{Value, json};

use crate::guard_place::{ALL, HOOKS, NOTHING, PROMPT, Place, Spent, TOOL, answer, message, run, stopped};
use crate::published::{now, publish};
use crate::{peek, text};

#[test]
fn what_the_snapshot_does_not_have_has_no_figure_and_passes() {
    let place = Place::new(Spent { session: 99_00, project: 99_00, ..NOTHING }, ALL);
    let elsewhere = |hook: &str| {
        hook.replace("sess-1", "sess-new").replace("-h-api", "-h-new").replace("/h/api", "/h/new")
    };
    let without = r#"{"hook_event_name": "UserPromptSubmit"}"#;
    for hook in HOOKS.map(elsewhere).iter().map(|hook| &**hook).chain([without]) {
        assert_eq!(place.lets_through(hook), "");
    }
    let over = Place::with(Spent { day: 99_00, block: 99_00, project: 99_00, ..NOTHING }, ALL, |it| {
        it.today.end = now() - 1;
        it.block = it.block.map(|block| Period { end: now() - 1, ..block });
    });
    assert_eq!(over.lets_through(PROMPT), "", "a day and a block that are over");
}

#[test]
fn without_current_figures_everything_passes_and_a_prompt_says_so_once() {
    let over = Spent { session: 99_00, day: 99_00, block: 99_00, project: 99_00 };
    let mut dead = Place::new(over, ALL);
    dead.abandon();
    let damaged = Place::new(over, ALL);
    std::fs::write(damaged.snapshot(), "no snapshot").unwrap();
    let missing = Place::new(over, ALL);
    std::fs::remove_file(missing.snapshot()).unwrap();
    for (place, why) in
        [(&dead, "the publisher died"), (&damaged, "snapshot unreadable"), (&missing, "no snapshot")]
    {
        let said = place.lets_through(PROMPT);
        assert!(said.contains("no limit is applied now") && said.contains(why), "{said}");
        assert!(said.contains("cco daemon start"), "{said}");
        for hook in HOOKS {
            assert_eq!(place.lets_through(hook), "", "{why}");
        }
    }
    // Where nothing can be remembered, prompts say it and tool calls do not.
    let nowhere = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(nowhere.path().join(".config/cco")).unwrap();
    std::fs::write(nowhere.path().join(".config/cco/config.toml"), "[guard]\nday = { stop = 5 }\n").unwrap();
    let said = |hook: &str| message(answer(&run(nowhere.path(), hook.as_bytes(), &[])));
    assert!(said(PROMPT).contains("no snapshot") && said(PROMPT).contains("no snapshot"));
    assert_eq!(said(TOOL), "");
    assert!(!nowhere.path().join(".local").exists(), "a hook makes no state folder");
}

#[test]
fn a_strict_guard_stops_everything_without_current_figures() {
    let mut place = Place::new(NOTHING, "strict = true\nday = { stop = 5 }");
    for hook in HOOKS {
        assert_eq!(place.lets_through(hook), "");
    }
    place.abandon();
    for hook in HOOKS {
        let reason = place.stops(hook);
        assert!(reason.contains("strict is set") && reason.contains("cco daemon start"), "{reason}");
    }
    let lax = Place::new(NOTHING, "day = { stop = 5 }");
    std::fs::remove_file(lax.snapshot()).unwrap();
    stopped(PROMPT, answer(&lax.run(PROMPT.as_bytes(), &["--strict"])));
}

#[test]
fn what_is_no_hooks_input_or_a_wrong_command_line_never_ends_with_the_code_that_stops() {
    let place = Place::new(Spent { session: 99_00, ..NOTHING }, ALL);
    let not_utf8 = b"{\"hook_event_name\": \"UserPromptSubmit\xff\"}";
    for input in [&b""[..], b"\n", b"{", b"nonsense", b"[1]", b"{}", b"null", not_utf8] {
        let (code, json, errors) = answer(&place.run(input, &[]));
        assert_eq!((code, &json), (1, &Value::Null), "{input:?}: {errors}");
        assert!(errors.starts_with("cco guard: ") && errors.contains("let through"), "{errors}");
    }
    let stop_hook = PROMPT.replace("UserPromptSubmit", "Stop");
    let (code, _, errors) = answer(&place.run(stop_hook.as_bytes(), &[]));
    assert!(code == 1 && errors.contains("not for Stop"), "{errors}");
    for wrong in [
        &["--session-stop", "much"][..],
        &["--session-stop", "0"],
        &["--nonsense"],
        &["nonsense"],
        &["pass", "nonsense"],
        &["--snapshot", ""],
    ] {
        let output = place.run(PROMPT.as_bytes(), wrong);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_wrong_command_line_is_a_commands_only_if_it_names_that_command() {
    let published = publish();
    let code = |words: &[&str]| {
        let output = peek(&published.path(), words);
        (output.status.code().unwrap(), text(&output.stdout).starts_with("cco: "))
    };
    for wrong in [
        &["--if", "statusline"][..],
        &["--if", "guard"],
        &["--if=guard"],
        &["--template", "guard"],
        &["--field", "statusline", "--json"],
        &["--config", "guard", "--nonsense"],
    ] {
        assert_eq!(code(wrong), (2, false), "{wrong:?}");
    }
    // Whatever else is wrong, a hook is not stopped and a status line has a line.
    for wrong in [
        &["--nonsense", "guard"][..],
        &["--nonsense", "more", "guard"],
        &["--json", "guard", "statusline", "--nonsense"],
        &["--if", "guard", "guard"],
        &["guard", "--session-stop", "statusline"],
    ] {
        assert_eq!(code(wrong), (1, false), "{wrong:?}");
    }
    for wrong in [&["--nonsense", "statusline"][..], &["statusline", "--template", "{guard", "guard"]] {
        assert_eq!(code(wrong), (0, true), "{wrong:?}");
    }
}

#[test]
fn a_broken_config_file_lets_through_and_says_so_once() {
    let place = Place::new(Spent { session: 99_00, ..NOTHING }, "sesion = { stop = 5 }");
    let said = place.lets_through(PROMPT);
    assert!(said.contains("config broken (config.toml:2)") && said.contains("cco config show"), "{said}");
    assert_eq!(place.lets_through(PROMPT), "");
    // Options hold whatever the file is.
    let reason = stopped(PROMPT, answer(&place.run(PROMPT.as_bytes(), &["--session-stop", "10"])));
    assert!(reason.contains("--session-stop in the guard's hooks"), "{reason}");
}

#[test]
fn a_guard_without_limits_says_so_once_a_session() {
    let place = Place::new(Spent { session: 99_00, ..NOTHING }, "");
    let said = place.lets_through(PROMPT);
    assert!(
        said.contains("nothing is limited yet: add [guard] to") && said.contains("config init"),
        "{said}"
    );
    assert_eq!(place.lets_through(PROMPT), "");
}

#[test]
fn names_of_strangers_do_nothing_to_who_reads_the_answer() {
    let hostile = "\u{1b}[31m\u{202e}\u{9b}\ncco guard: all is well\u{2028}";
    let place = Place::new(Spent { project: 99_00, session: 99_00, ..NOTHING }, ALL);
    let mut hook: Value = serde_json::from_str(PROMPT).unwrap();
    hook["cwd"] = json!(format!("/h/api{hostile}"));
    hook["session_id"] = json!(hostile);
    let key: String = hook["cwd"]
        .as_str()
        .unwrap()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    hook["transcript_path"] = json!(format!("/h/projects/{key}/s.jsonl"));
    hook["hook_event_name"] = json!("UserPromptSubmit");
    for output in [
        place.run(hook.to_string().as_bytes(), &[]),
        place.run(hostile.as_bytes(), &[]),
        place.run(b"", &[hostile]),
        place.run(PROMPT.replace("UserPromptSubmit", "\\u001b[31m\\u202e").as_bytes(), &[]),
    ] {
        for raw in ["\u{1b}", "\u{202e}", "\u{9b}", "\u{2028}", "\ncco guard: all is well"] {
            assert!(!text(&output.stdout).contains(raw) && !text(&output.stderr).contains(raw), "{output:?}");
        }
        assert_ne!(output.status.code(), Some(2));
    }
}

#[test]
fn an_input_of_tens_of_megabytes_is_read_to_its_end_and_judged() {
    let place = Place::new(Spent { session: 1500, ..NOTHING }, ALL);
    let hook = TOOL.replace("cargo test", &"x".repeat(20 << 20));
    place.stops(&hook);
}
