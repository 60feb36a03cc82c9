//! The status line as Claude Code runs it: whatever it gives and whatever there is, a line comes, and exit code 0.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use cco::snapshot::{Counters, Limit, LimitKind, LimitRow, Period, Picodollars, Publication};
use unicode_width::UnicodeWidthStr as _;

use crate::published::{Published, counters, now, publication, publish};
use crate::text;

const MINIMAL: &str = include_str!("claude/minimal.json");
const V1: &str = include_str!("claude/v1.json");
const V2: &str = include_str!("claude/v2.json");
const NULLS: &str = include_str!("claude/nulls.json");

fn program(snapshot: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("CCO_SNAPSHOT", snapshot).arg("statusline");
    command
}

fn give(child: &mut Child, input: &[u8]) {
    child.stdin.take().unwrap().write_all(input).expect("all of it is read");
}

/// What the program prints of an input; it must print a line and exit with 0.
fn run(command: &mut Command, input: &[u8]) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    give(&mut child, input);
    line_of(&child.wait_with_output().unwrap())
}

fn line_of(output: &Output) -> String {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let line = text(&output.stdout).strip_suffix('\n').expect("a whole line");
    assert!(!line.trim().is_empty());
    line.to_owned()
}

/// The same without colours.
fn plain(snapshot: &Path, input: &str) -> String {
    run(program(snapshot).env("NO_COLOR", "1"), input.as_bytes())
}

/// A live snapshot with a block that has two and a half hours left, and requests over two hours of it.
fn with_block() -> Published {
    let mut published = publish();
    let block =
        Period { start: now() - 150 * 60_000, end: now() + 150 * 60_000 + 30_000, counters: counters(100) };
    let block_span = (block.start + 15 * 60_000, block.start + 135 * 60_000);
    published.writer.commit(&Publication { block: Some(block), block_span, ..publication(4) }).unwrap();
    published
}

#[test]
fn a_full_input_and_a_live_snapshot_make_the_whole_line() {
    let published = with_block();
    assert_eq!(
        plain(&published.path(), V2),
        "Opus 4.5 · $4.94 session · $1.23 today · $123.46 block, 2h 30m left, $61.73/h · 67% context · \
         91% of 5h · 12% of 7d"
    );
}

#[test]
fn inputs_of_older_versions_leave_out_what_they_lack() {
    let published = with_block();
    let rest = "$4.94 session · $1.23 today · $123.46 block, 2h 30m left, $61.73/h";
    assert_eq!(plain(&published.path(), MINIMAL), format!("Opus 4.1 · {rest}"));
    assert_eq!(plain(&published.path(), V1), format!("Opus 4.1 · {rest}"));
    let nulls = rest.replace("$4.94 session · ", "");
    assert_eq!(plain(&published.path(), NULLS), format!("Sonnet 4.5 · {nulls}"));
}

#[test]
fn a_session_that_is_not_in_the_snapshot_has_claude_codes_own_cost_marked_as_such() {
    let published = publish();
    let other = V1.replace("\"sess-1\"", "\"sess-2\"");
    assert_eq!(plain(&published.path(), &other), "Opus 4.1 · $0.73* session · $1.23 today");
}

#[test]
fn a_session_without_requests_does_not_show_the_cost_of_the_one_before() {
    let published = publish();
    let folder = tempfile::tempdir().unwrap();
    let transcript = folder.path().join("sess-2.jsonl");
    let cleared = serde_json::json!({
        "session_id": "sess-2", "transcript_path": transcript, "model": {"display_name": "Opus"},
        "cost": {"total_cost_usd": 0.73},
    });
    let shown = || plain(&published.path(), &cleared.to_string());
    assert_eq!(shown(), "Opus · $1.23 today");
    std::fs::write(&transcript, "{\"type\":\"user\",\"message\":{\"content\":\"hi\"}}\n").unwrap();
    assert_eq!(shown(), "Opus · $1.23 today");
    std::fs::write(&transcript, "{\"type\":\"assistant\",\"message\":{\"usage\":{}}}\n").unwrap();
    assert_eq!(shown(), "Opus · $0.73* session · $1.23 today");
}

#[test]
fn one_time_left_is_shown_for_the_five_hours() {
    let published = with_block();
    let resets_at = now() / 1000 + 139 * 60 + 30;
    let known = V2.replace("4102444800", &resets_at.to_string());
    let line = plain(&published.path(), &known);
    assert!(line.contains("$123.46 block, $61.73/h") && line.contains("91% of 5h, 2h 19m left"), "{line}");
    assert_eq!(line.matches(" left").count(), 1, "{line}");
    let mut compact = program(&published.path());
    let compact = run(compact.args(["--theme", "compact"]).env("NO_COLOR", "1"), known.as_bytes());
    assert!(compact.contains("b $123.46 2h 19m"), "{compact}");
}

#[test]
fn the_summary_shows_the_time_until_the_accounts_limit_resets() {
    let mut published = with_block();
    let block = Period { start: now() - 60_000, end: now() + 150 * 60_000 + 30_000, counters: counters(100) };
    let shown = |published: &Published| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        text(&command.env_clear().env("CCO_SNAPSHOT", published.path()).output().unwrap().stdout).to_owned()
    };
    assert!(shown(&published).contains("ends in 2h 30m"), "{}", shown(&published));
    let limit = Limit { used_millionths: 1, resets_at: now() + 139 * 60_000 + 30_000, seen_at: now() };
    let publication = Publication { block: Some(block), five_hour_limit: Some(limit), ..publication(5) };
    published.writer.commit(&publication).unwrap();
    let text = shown(&published);
    assert!(text.contains("the account's limit resets in 2h 19m") && !text.contains("ends in"), "{text}");
}

#[test]
fn without_a_snapshot_the_line_says_so_and_shows_what_claude_code_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    assert_eq!(plain(&path, V1), "Opus 4.1 · $0.73* session · cco: no snapshot");
    assert_eq!(plain(&path, ""), "cco: no snapshot");
    std::fs::write(&path, "no snapshot at all").unwrap();
    assert_eq!(plain(&path, MINIMAL), "Opus 4.1 · cco: snapshot unreadable");
}

#[test]
fn figures_that_nobody_keeps_current_are_marked() {
    let folder = with_block().abandon();
    let line = plain(&folder.path().join("usage.snapshot"), MINIMAL);
    let (figures, mark) = line.rsplit_once(" · ").unwrap();
    assert_eq!(figures, "Opus 4.1 · $4.94? session · $1.23? today · $123.46? block, 2h 30m left, $61.73/h?");
    assert!(mark.starts_with("stale "), "{mark}");
}

/// The figures of a line, without the mark of a stale one and what says so in words.
fn figures(line: &str) -> String {
    let sections: Vec<_> = line.split(" · ").filter(|section| !section.starts_with("stale ")).collect();
    sections.join(" · ").replace('?', "")
}

#[test]
fn a_stopped_publisher_pushes_no_figure_out_at_any_width() {
    let mut live = with_block();
    let stopped = with_block().abandon();
    let stopped = stopped.path().join("usage.snapshot");
    let line = |snapshot: &std::path::Path, columns: usize| {
        let mut command = program(snapshot);
        run(command.env("NO_COLOR", "1").env("COLUMNS", columns.to_string()), V2.as_bytes())
    };
    for columns in 10..=170 {
        live.writer.heartbeat();
        let (now, before) = (line(&stopped, columns), line(&live.path(), columns));
        assert!(now.width() <= columns, "{columns}: {now}");
        // A mark takes a column of its own, so the line may be that of a narrower terminal, and no narrower one.
        let marks = now.matches('?').count() + 1;
        let narrower = figures(&line(&live.path(), columns.saturating_sub(marks)));
        assert!(
            figures(&now) == figures(&before)
                || figures(&now) == narrower
                || figures(&now).len() > narrower.len(),
            "{columns}:\n{now}\n{before}\n{narrower}"
        );
    }
    let whole = line(&stopped, 200);
    let said = whole.rsplit(" · ").next().unwrap();
    assert!(said.starts_with("stale ") && said.len() <= "stale 23h 59m".len(), "{said}");
}

#[test]
fn a_day_that_is_over_is_neither_shown_as_today_nor_as_zero() {
    let mut published = publish();
    let mut publication = publication(4);
    publication.today.end = now() - 1;
    published.writer.commit(&publication).unwrap();
    let folder = published.abandon();
    let line = plain(&folder.path().join("usage.snapshot"), MINIMAL);
    assert!(line.starts_with("Opus 4.1 · $4.94? session · stale "), "{line}");
}

#[test]
fn a_limit_that_has_started_anew_is_not_shown_as_used() {
    let published = publish();
    let over = V2.replace("4102444800", "1700000000");
    let line = plain(&published.path(), &over);
    assert!(line.contains("reset of 5h") && !line.contains("91%"), "{line}");
}

#[test]
fn what_is_heard_of_limits_is_left_for_the_publisher_and_other_terminals() {
    let mut published = publish();
    let resets_at = now() / 1000 + 3600;
    plain(&published.path(), &V2.replace("4102444800", &resets_at.to_string()));
    let spool = cco::limits::folder_of(&published.path());
    let heard = cco::limits::gather(&spool, &cco::limits::Limits::default(), now()).unwrap();
    let five_hour = heard.five_hour().unwrap();
    assert_eq!((five_hour.used_millionths, five_hour.resets_at), (915_000, resets_at * 1000));
    let commit = Publication { five_hour_limit: Some(five_hour), ..publication(4) };
    published.writer.commit(&commit).unwrap();
    let line = plain(&published.path(), MINIMAL);
    assert!(line.contains("91% of 5h, "), "another terminal that heard nothing: {line}");
}

#[test]
fn limits_of_models_and_spend_are_fields_from_the_input_and_the_snapshot() {
    let mut published = publish();
    let scope = published.writer.draft().intern("Fable 5");
    let row =
        LimitRow { kind: LimitKind::SevenDayModel, scope, used_millionths: 120_000, ..LimitRow::default() };
    let (resets_at, seen_at) = (now() + 25 * 3_600_000 + 30_000, now() - 90_000);
    published.writer.draft().push(&LimitRow { resets_at, seen_at, ..row });
    published.writer.commit(&publication(4)).unwrap();
    let limits = format!(
        r#"{{"model_scoped": [{{"display_name": "Opus", "utilization": 97, "resets_at": {}}}],
            "spend_limit": {{"used_percentage": 42, "used_usd": 630.4, "limit_usd": 1500}}}}"#,
        now() / 1000 + 3600
    );
    let input = format!(r#"{{"session_id": "s", "rate_limits": {limits}}}"#);
    let template = "[{limits.models}][{limits.fable} {limits.fable.left} {limits.fable.age}][{limits.opus}]\
                    [{limits.spend} {limits.spend.amount}][{limits.haiku}][{limits.spend.left}]";
    let shown = |template: &str, input: &str| {
        let mut program = program(&published.path());
        run(program.env("NO_COLOR", "1").args(["--template", template]), input.as_bytes())
    };
    assert_eq!(
        shown(template, &input),
        "Fable 5 12%, Opus 97% · 12% 1d 1h 1m · 97% · 42% $630.40 of $1,500.00"
    );
}

#[test]
fn every_field_of_spend_is_from_the_same_report_and_a_missing_amount_is_not_zero() {
    let mut published = publish();
    let template = "[{limits.spend}][{limits.spend.amount}][{limits.spend.used}][{limits.spend.limit}]";
    let shown = |path: &Path, spend: &str| {
        let input = format!(r#"{{"session_id": "s", "rate_limits": {{"spend_limit": {spend}}}}}"#);
        let mut program = program(path);
        run(program.env("NO_COLOR", "1").args(["--template", template]), input.as_bytes())
    };
    for half in [r#""used_usd": 80"#, r#""limit_usd": 200"#] {
        assert_eq!(shown(&published.path(), &format!(r#"{{"used_percentage": 40, {half}}}"#)), "40%");
    }
    // Nothing from the terminal: the publisher's report has them all.
    let money = |dollars: u128| Picodollars(dollars * 1_000_000_000_000);
    let row = LimitRow { kind: LimitKind::Spend, used_millionths: 250_000, ..LimitRow::default() };
    let (resets_at, seen_at) = (now() + 3_600_000, now());
    let row = LimitRow { spent: money(50), allowed: money(200), resets_at, seen_at, ..row };
    published.writer.draft().push(&row);
    published.writer.commit(&publication(4)).unwrap();
    assert_eq!(shown(&published.path(), "null"), "25% · $50.00 of $200.00 · $50.00 · $200.00");
}

#[test]
fn forty_columns_hold_what_matters_most() {
    let published = with_block();
    for (columns, expected) in
        [("40", "Opus 4.5 · $4.94 session · $1.23 today"), ("10", "Opus 4.5"), ("4", "Opu…")]
    {
        let line =
            run(program(&published.path()).env("NO_COLOR", "1").env("COLUMNS", columns), V2.as_bytes());
        assert_eq!(line, expected);
    }
    let wide = V2.replace("Opus 4.5", "大きなモデルの名前は長い");
    let line = run(program(&published.path()).env("NO_COLOR", "1").env("COLUMNS", "20"), wide.as_bytes());
    assert_eq!((line.as_str(), line.width()), ("大きなモデルの名前…", 19));
}

#[test]
fn colours_are_there_although_stdout_is_no_terminal_unless_no_color_says_so() {
    let published = publish();
    let coloured = run(&mut program(&published.path()), V2.as_bytes());
    for expected in ["\x1b[36mOpus 4.5\x1b[0m", "\x1b[33m67%\x1b[0m", "\x1b[31m91%\x1b[0m"] {
        assert!(coloured.contains(expected), "{expected:?} is missing in {coloured:?}");
    }
    assert!(!plain(&published.path(), V2).contains('\x1b'));
    assert!(run(program(&published.path()).env("NO_COLOR", ""), V2.as_bytes()).contains('\x1b'));
}

#[test]
fn an_input_that_says_nothing_still_makes_a_line() {
    let published = publish();
    for input in ["", " \n", "null", "[1]", "{\"model\":", "\u{0}\u{1b}[2J", "{}"] {
        assert_eq!(plain(&published.path(), input), "$1.23 today", "{input:?}");
    }
    let output = program(&published.path()).env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap();
    assert_eq!(line_of(&output), "$1.23 today");
}

#[test]
fn a_closed_stdin_makes_a_line() {
    let published = publish();
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().env("CCO_SNAPSHOT", published.path()).env("NO_COLOR", "1");
    let output =
        shell.args(["-c", "exec \"$0\" statusline <&-", env!("CARGO_BIN_EXE_cco-peek")]).output().unwrap();
    assert_eq!(line_of(&output), "$1.23 today");
}

#[test]
fn an_input_of_tens_of_megabytes_is_read_to_its_end() {
    let published = publish();
    let mut huge = V1.trim_end().strip_suffix('}').unwrap().to_owned();
    huge += ",\"unknown\":[";
    huge += &"{\"a\":\"some text of no interest\",\"b\":[1,2,3]},".repeat(800_000);
    huge += "null]}";
    assert!(huge.len() > 30_000_000);
    let expected = "Opus 4.1 · $4.94 session · $1.23 today";
    assert_eq!(plain(&published.path(), &huge), expected);
    // What is beyond all measure is drained, too: nobody is left with a broken pipe. The first may have taken longer than
    // a snapshot stays current without its publisher.
    let published = publish();
    assert_eq!(plain(&published.path(), &" ".repeat(80_000_000)), "$1.23 today");
}

#[test]
fn no_name_can_move_the_cursor_or_break_the_line() {
    let published = publish();
    let input = MINIMAL.replace("Opus 4.1", "O\\u001b[2J\\npus");
    assert!(plain(&published.path(), &input).starts_with("O\\u{1b}[2J\\npus · "), "no control characters");
}

#[test]
fn templates_themes_and_thresholds_come_from_the_configuration() {
    let published = publish();
    let config = published.folder.path().join("config.toml");
    let with = |text: &str| {
        std::fs::write(&config, text).unwrap();
        run(program(&published.path()).env("CCO_CONFIG", &config), V2.as_bytes())
    };
    assert_eq!(
        with("[statusline]\ntemplate = '[{model}][{session.tokens} tokens]'\nseparator = ' / '"),
        "Opus 4.5\x1b[2m / \x1b[0m600 tokens"
    );
    assert!(with("[statusline]\ntheme = 'icons'").contains("🤖"));
    let line = with("[statusline]\ntemplate = '{today.cost}'\nthresholds = { today_cost = [1, 5] }");
    assert_eq!(line, "\x1b[33m$1.23\x1b[0m");
    let template =
        "{folder}, {session.duration}, +{session.added} -{session.removed}, {totals.requests}, {version}";
    assert_eq!(with(&format!("[statusline]\ntemplate = '{template}'")), "p, 2h 1m, +1,200 -340, 4, 2.1.6");
}

#[test]
fn a_broken_configuration_costs_a_mark_and_not_the_line() {
    let published = publish();
    let config = published.folder.path().join("config.toml");
    for (content, mark) in [
        ("[statusline]\ntheme = 'icon'", "config broken (theme)"),
        ("[statusline]\ntemplate = '{modle}'", "config broken (template)"),
        ("[statusline]\n\nthemes = 'icons'", "config broken (config.toml:3)"),
        ("what is this", "config broken (config.toml:1)"),
    ] {
        std::fs::write(&config, content).unwrap();
        let mut command = program(&published.path());
        let line = run(command.env("NO_COLOR", "1").env("CCO_CONFIG", &config), MINIMAL.as_bytes());
        assert_eq!(line, format!("Opus 4.1 · $4.94 session · $1.23 today · {mark}"));
        let line = run(command.args(["--template", "{model}"]), MINIMAL.as_bytes());
        assert_eq!(line, format!("Opus 4.1 {mark}"));
    }
    std::fs::remove_file(&config).unwrap();
    let line = run(program(&published.path()).env("NO_COLOR", "1").env("CCO_CONFIG", &config), b"");
    assert_eq!(line, "$1.23 today · config missing");
}

#[test]
fn wrong_usage_is_said_in_the_line() {
    let published = publish();
    for (arguments, expected) in
        [(&["--nonsense"][..], "--nonsense"), (&["--template", "{modle}"], "{model}")]
    {
        let line = run(program(&published.path()).args(arguments), V2.as_bytes());
        assert!(line.starts_with("cco: ") && line.contains(expected), "{line}");
    }
}

#[test]
fn a_line_that_nobody_reads_is_no_failure() {
    let published = publish();
    let mut child = program(&published.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    give(&mut child, V2.as_bytes());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_budget_that_is_near_or_over_is_marked_and_others_are_not() {
    let published = publish();
    let config = published.path().with_file_name("config.toml");
    let with = |budgets: &str| {
        std::fs::write(&config, format!("[budgets]\n{budgets}\n")).unwrap();
        run(program(&published.path()).env("NO_COLOR", "1").env("CCO_CONFIG", &config), MINIMAL.as_bytes())
    };
    // Spent are $1.23 today and $2.47 this week.
    let line = with("daily = \"100\"\nweekly = \"100\"");
    assert!(!line.contains("budget"), "{line}");
    let line = with("daily = \"100\"\nweekly = \"3\"");
    assert!(line.contains("82% of weekly budget"), "{line}");
    let line = with("daily = \"1\"\nweekly = \"3\"");
    assert!(line.contains("123% of daily budget"), "{line}");
}

/// A live snapshot in which all periods and the block have tokens without a price, beside what costs this.
fn with_unpriced(cost: Picodollars) -> Published {
    let mut published = publish();
    let counters = Counters { cost, unpriced_tokens: 5, ..counters(4) };
    let period = Period { start: now() - 3_600_000, end: now() + 3_600_000, counters };
    let publication = Publication {
        totals: counters,
        today: period,
        this_week: period,
        this_month: period,
        block: Some(period),
        block_span: (now() - 3_600_000, now()),
        ..publication(4)
    };
    published.writer.commit(&publication).unwrap();
    published
}

#[test]
fn tokens_without_a_price_are_never_a_bare_amount_on_any_face() {
    let faces: &[&[&str]] = &[
        &["statusline"],
        &["--format", "waybar"],
        &["--format", "i3bar"],
        &["--format", "i3blocks"],
        &["--format", "polybar"],
        &["--format", "tmux"],
        &["--format", "starship"],
        &["--format", "xbar"],
    ];
    for (cost, expected) in [(0, "no price"), (1_200_000_000_000, "$1.20+")] {
        let published = with_unpriced(Picodollars(cost));
        let said = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
            command.env_clear().env("NO_COLOR", "1").env("CCO_SNAPSHOT", published.path()).args(arguments);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            // A face that reads no input may have ended.
            let _ = child.stdin.take().unwrap().write_all(MINIMAL.as_bytes());
            text(&child.wait_with_output().unwrap().stdout).to_owned()
        };
        // The bare program's models have prices of their own.
        let summary = said(&[]).split("\n\n").next().unwrap().to_owned();
        let shown = faces.iter().map(|arguments| said(arguments)).chain([summary]);
        for (index, shown) in shown.enumerate() {
            assert!(shown.contains(expected), "{index}: {shown}");
            // The session's models have prices; every other amount has its mark.
            let shown = shown.replace("$4.94", "");
            for amount in shown.split('$').skip(1) {
                let rest = amount.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
                assert!(rest.starts_with('+'), "{index}: {shown}");
            }
        }
    }
}

#[test]
fn a_budget_of_models_without_a_price_has_a_mark() {
    let published = with_unpriced(Picodollars(0));
    let config = published.path().with_file_name("config.toml");
    std::fs::write(&config, "[budgets]\ndaily = \"100\"\n").unwrap();
    let mut command = program(&published.path());
    let line = run(command.env("NO_COLOR", "1").env("CCO_CONFIG", &config), MINIMAL.as_bytes());
    assert!(line.contains("0%+ of daily budget"), "{line}");
}
