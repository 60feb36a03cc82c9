//! `cco reconcile` and `cco session --id`: Claude Code's own figures beside those from transcripts.

use serde_json::{Value, json};

use crate::place::{Place, request};

/// A figure that Claude Code wrote a second after the session's start.
fn state(session: &str, cost: f64, start_ms: u64, models: &Value) -> String {
    json!({
        "type": "cost-state", "sessionId": session, "totalCostUSD": cost, "totalAPIDuration": 1, "totalDuration": 1000,
        "startTime": start_ms, "totalLinesAdded": 0, "totalLinesRemoved": 0, "modelUsage": models,
        "hasUnknownModelCost": false,
    })
    .to_string()
}

/// Three sessions of $5 each: one with a figure that is too high, one whose figure is far too low, one without.
fn place() -> Place {
    let place = Place::counted();
    // The one figure is from after its session's request (2026-03-20T10:00), the other is from long before.
    let models = json!({
        "claude-opus-5[1m]": { "costUSD": 5.0, "outputTokens": 1_234 }, "claude-haiku-4-5": { "costUSD": 0.2 },
    });
    place.add("-home-ada-engine", "s-1", &state("s-1", 5.25, 1_774_010_000_000, &models));
    place.add("-home-ada-loom", "s-2", &state("s-2", 1.5, 1_700_000_000_000, &json!({})));
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-22T10:00:00Z"));
    place
}

fn costs(row: &Value) -> [f64; 3] {
    ["transcripts_usd", "claude_code_usd", "difference_usd"].map(|name| row[name].as_f64().unwrap())
}

#[test]
fn claude_codes_own_figures_are_compared_and_never_added() {
    let place = place();
    let report = place.cco(&["reconcile", "--json"]).json();
    assert_eq!(place.publish()["totals"]["cost_usd"], 15, "of transcripts alone");
    let rows = report["rows"].as_array().unwrap();
    let sessions: Vec<_> = rows.iter().map(|row| row["session"].as_str().unwrap()).collect();
    assert_eq!(sessions, ["s-2", "s-1"], "the largest difference first");
    assert_eq!((costs(&rows[0]), costs(&rows[1])), ([5.0, 1.5, -3.5], [5.0, 5.25, 0.25]));
    assert_eq!([&rows[0]["is_behind"], &rows[1]["is_behind"]], [true, false]);
    assert_eq!([&rows[0]["ratio"], &rows[1]["ratio"]], [0.3, 1.05]);
    assert_eq!(
        (&rows[1]["project"], &rows[1]["path"]),
        (&"-home-ada-engine".into(), &"/home/ada/engine".into())
    );
    assert_eq!(costs(&report["totals"]), [10.0, 6.75, -3.25]);
    let without = &report["without_figure"];
    assert_eq!((&without["sessions"], &without["transcripts_usd"]), (&1.into(), &5.into()));
    let ran = place.cco(&["reconcile"]);
    for words in
        ["$0.25", "-$3.50", "1.05", "s-2 *", "1 session continued", "1 session ($5.00) without a figure"]
    {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
}

#[test]
fn sessions_are_selected_by_their_last_day_and_by_their_difference() {
    let place = place();
    let sessions = |arguments: &[&str]| -> (Vec<String>, Value) {
        let report = place.cco(&[&["reconcile", "--json"], arguments].concat()).json();
        let rows = report["rows"].as_array().unwrap();
        let names = rows.iter().map(|row| row["session"].as_str().unwrap().to_owned()).collect();
        (names, report)
    };
    assert_eq!(sessions(&["--since", "2026-03-21"]).0, ["s-2"]);
    let (names, report) = sessions(&["--until", "2026-03-20"]);
    assert_eq!((names, &report["without_figure"]["sessions"]), (vec!["s-1".to_owned()], &0.into()));
    let (names, report) = sessions(&["--limit", "1"]);
    assert_eq!((names, &report["left_out"]), (vec!["s-2".to_owned()], &1.into()));
    assert_eq!(costs(&report["totals"]), [5.0, 1.5, -3.5], "of the rows");
    let limited = place.cco(&["reconcile", "--limit", "1"]);
    assert!(limited.printed().contains("1 session with smaller differences not shown\n"));
    let none = place.cco(&["reconcile", "--since", "2030-01-01"]);
    assert_eq!(none.printed(), "no session was last used on these days\ndays in UTC\n");
    place.cco(&["reconcile", "--since", "20260323", "--until", "20260322"]).fails(2, &["swap them"]);
}

#[test]
fn one_session_is_compared_by_model() {
    let place = place();
    let report = place.cco(&["session", "--id", "s-1", "--json"]).json();
    let own = &report["claude_code"];
    assert_eq!((costs(own), &own["is_behind"]), ([5.0, 5.25, 0.25], &false.into()));
    let models: Vec<_> =
        own["models"].as_array().unwrap().iter().map(|row| (&row["model"], costs(row))).collect();
    let (haiku, opus) = ("claude-haiku-4-5".into(), "claude-opus-5".into());
    let expected = [
        (&haiku, [0.0, 0.2, 0.2]),
        (&Value::Null, [0.0, 0.05, 0.05]), // in the session's figure and not in those of its models
        (&opus, [5.0, 5.0, 0.0]),
    ];
    assert_eq!(models, expected);
    assert_eq!(own["models"][2]["claude_code_output_tokens"], 1_234);
    let ran = place.cco(&["session", "--id", "s-1"]);
    for words in [
        "own figures for the whole session, as of 2026-03-20 12:33",
        "claude-haiku-4-5",
        "not by model",
        "1,234",
    ] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
    let hidden = place.cco(&["session", "--id", "s-1", "--no-cost"]);
    assert!(hidden.code() == 0 && !hidden.printed().contains('$'), "{}", hidden.printed());
    let other = place.cco(&["session", "--id", "s-2"]);
    assert!(other.printed().contains("the session continued after that"), "{}", other.printed());
}

#[test]
fn a_figure_of_a_session_that_no_request_shows_is_compared_too() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-9", &state("s-9", 0.5, 1_774_010_000_000, &json!({})));
    let row = &place.cco(&["reconcile", "--json"]).json()["rows"][0];
    assert_eq!((&row["session"], costs(row), &row["ratio"]), (&"s-9".into(), [0.0, 0.5, 0.5], &Value::Null));
}

#[test]
fn a_figure_that_does_not_say_when_its_session_started_has_no_date() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-2", r#"{"type":"cost-state","sessionId":"s-2","totalCostUSD":1}"#);
    let row = &place.cco(&["reconcile", "--json"]).json()["rows"][0];
    assert_eq!((&row["as_of"], &row["is_behind"]), (&Value::Null, &false.into()));
    let session = place.cco(&["session", "--id", "s-2"]);
    assert!(session.printed().contains("own figures for the whole session\n"), "{}", session.printed());
}

#[test]
fn without_a_ledger_it_says_how_to_make_one() {
    Place::new().cco(&["reconcile", "--no-update"]).fails(4, &["no ledger", "cco publish --once"]);
}
