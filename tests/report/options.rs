//! Options that commands written for ccusage have.

use crate::place::{Place, request};

/// A request whose transcript gives a cost.
fn with_cost(id: u32, at: &str, cost: &str) -> String {
    request(id, "s-3", at).replace("{\"type\"", &format!("{{\"costUSD\":{cost},\"type\""))
}

#[test]
fn options_of_ccusage_that_mean_nothing_here_are_accepted() {
    let place = Place::counted();
    let plain = place.cco(&["daily"]);
    for options in [&["--offline"][..], &["-O"], &["--single-thread"], &["--no-color"], &["--color", "never"]]
    {
        for report in ["daily", "weekly", "monthly", "yearly", "session", "project", "model", "blocks"] {
            let ran = place.cco(&[&[report], options].concat());
            assert_eq!((ran.code(), ran.told()), (0, ""), "{report} {options:?}");
        }
        assert_eq!(place.cco(&[&["daily"], options].concat()).printed(), plain.printed());
    }
    let ran = place.cco(&["daily", "--no-offline"]);
    assert_eq!((ran.code(), ran.printed()), (0, plain.printed()));
    assert!(ran.told().contains("cco never uses the network"), "{}", ran.told());
}

#[test]
fn colours_need_no_value_and_can_be_chosen_before_the_command() {
    let place = Place::counted();
    for arguments in
        [&["daily", "--color"][..], &["--color", "daily"], &["claude", "daily", "--color", "--compact"]]
    {
        assert!(place.cco(arguments).printed().contains("\u{1b}[1m"), "{arguments:?}");
    }
    for arguments in [&["daily", "--no-color"][..], &["daily"], &["--no-color", "daily", "--color=never"]] {
        assert!(!place.cco(arguments).printed().contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn a_verbose_report_says_what_was_scanned_and_what_was_damaged() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-2", "{\"usage\":{x");
    let ran = place.cco(&["daily", "-v"]);
    assert!(ran.told().starts_with("2 transcripts, "), "{}", ran.told());
    assert!(ran.told().contains("skipped 1 malformed line"), "{}", ran.told());
    assert_eq!(place.cco(&["daily"]).told(), "");
    let _publisher = place.start();
    let ran = place.cco(&["blocks", "--verbose", "--json"]);
    assert!(ran.told().contains("counted by the running publisher"), "{}", ran.told());
    assert_eq!(ran.json()["report"], "blocks");
}

#[test]
fn debugging_compares_costs_in_transcripts_with_list_prices() {
    let place = Place::counted();
    let told = |arguments: &[&str]| {
        let ran = place.cco(&[&["daily", "--no-update"], arguments].concat());
        assert_eq!(ran.code(), 0, "{}", ran.told());
        ran.told().to_owned()
    };
    let nothing =
        "no transcript gives a cost for this usage, so there is nothing to compare with list prices\n";
    assert_eq!(told(&["--debug"]), nothing);

    place.add("-home-ada-loom", "s-3", &with_cost(11, "2026-03-23T11:00:00Z", "5"));
    place.add("-home-ada-loom", "s-3", &with_cost(12, "2026-03-23T11:01:00Z", "4.9"));
    place.add("-home-ada-loom", "s-3", &with_cost(13, "2026-03-24T11:02:00Z", "1"));
    let unpriced = with_cost(14, "2026-03-24T11:03:00Z", "2").replace("claude-opus-5", "mystery-9");
    place.add("-home-ada-loom", "s-3", &unpriced);
    place.publish();
    let expected = "\
4 requests with a cost in the transcript; 2 differ from list prices by more than 0.1%
  claude-opus-5: 3 requests, $10.90 in the transcript, $15.00 by list prices, 2 differ
  mystery-9: 1 request, 1 has no list price
largest differences (1 of 2):
  2026-03-24 11:02  claude-opus-5: $1.00 in the transcript, $5.00 by list prices, session s-3
";
    assert_eq!(told(&["-d", "--debug-samples", "1"]), expected);
    let first_day = told(&["--debug", "--until", "2026-03-23"]);
    assert!(first_day.starts_with("2 requests with a cost in the transcript; 1 differs"), "{first_day}");
    assert_eq!(told(&["--debug", "--project=-home-ada-engine"]), nothing);
    assert_eq!(told(&["--debug", "--no-cost"]), "");
    let model = told(&["--debug", "--model", "mystery"]);
    assert!(model.contains("mystery-9") && !model.contains("opus"), "{model}");
    // What is printed is the same report.
    let json = place.cco(&["session", "--id", "s-3", "--json", "--debug"]);
    assert!(json.told().contains("largest differences (2 of 2)"), "{}", json.told());
    assert_eq!(json.json()["totals"]["requests"], 4);
    let text = place.cco(&["session", "--id", "s-3", "--debug"]);
    assert!(text.told().contains("largest differences (2 of 2)"), "{}", text.told());
}
