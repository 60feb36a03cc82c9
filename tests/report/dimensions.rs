//! Reports by what requests were for: branch, subagent, skill and the like.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, request};

/// A request with some members more.
fn request_for(number: u32, session: &str, at: &str, members: &Value) -> String {
    let mut line: Value = serde_json::from_str(&request(number, session, at)).unwrap();
    for (name, value) in members.as_object().unwrap() {
        line[name] = value.clone();
    }
    line.to_string()
}

/// Two requests that name nothing, and more of the session s-1 that do, in one quarter hour.
fn place() -> Place {
    let place = Place::new();
    for (number, members) in [
        (3, json!({"gitBranch": "main", "effort": "high"})),
        (4, json!({"gitBranch": "main", "effort": "low", "attributionSkill": "review"})),
        (
            5,
            json!({"gitBranch": "topic/one", "effort": "high", "attributionAgent": "Explore", "agentId": "a1"}),
        ),
        (6, json!({"gitBranch": "topic/two", "attributionMcpServer": "files", "attributionMcpTool": "read"})),
        (
            7,
            json!({"gitBranch": "topic/two", "attributionMcpServer": "files", "attributionMcpTool": "write"}),
        ),
    ] {
        place.add("-home-ada-engine", "s-1", &request_for(number, "s-1", "2026-03-20T10:01:00Z", &members));
    }
    place
}

/// The rows of a report as the values of some members, and how many requests each has, sorted.
fn rows(place: &Place, arguments: &[&str], members: &[&str]) -> Vec<(Vec<Option<String>>, u64)> {
    let report = place.cco(&[arguments, &["--json"]].concat()).json();
    let row = |row: &Value| {
        let value = |member: &&str| row.get(*member).expect("a member").as_str().map(str::to_owned);
        (members.iter().map(value).collect(), row["requests"].as_u64().unwrap())
    };
    let mut rows: Vec<_> = report["rows"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    let sum: u64 = rows.iter().map(|(_, requests)| requests).sum();
    assert_eq!(report["totals"]["requests"], sum, "rows add up to the totals");
    rows
}

fn row(values: &[&str], requests: u64) -> (Vec<Option<String>>, u64) {
    let value = |value: &&str| Some((*value).to_owned()).filter(|value| !value.is_empty());
    (values.iter().map(value).collect(), requests)
}

#[test]
fn usage_is_shown_by_what_it_was_for_and_what_is_not_recorded_is_a_row() {
    let place = place();
    assert_eq!(
        rows(&place, &["branch"], &["branch"]),
        [row(&[""], 2), row(&["main"], 2), row(&["topic/one"], 1), row(&["topic/two"], 2)]
    );
    assert_eq!(rows(&place, &["subagent"], &["subagent"]), [row(&[""], 6), row(&["Explore"], 1)]);
    assert_eq!(rows(&place, &["skill"], &["skill"]), [row(&[""], 6), row(&["review"], 1)]);
    assert_eq!(
        rows(&place, &["mcp"], &["mcp_server", "mcp_tool"]),
        [row(&["", ""], 5), row(&["files", "read"], 1), row(&["files", "write"], 1)]
    );
    assert_eq!(rows(&place, &["effort"], &["effort"]), [row(&[""], 4), row(&["high"], 2), row(&["low"], 1)]);
    let text = place.cco(&["branch"]).printed().to_owned();
    assert!(text.starts_with("Branch") && text.contains("\nnot recorded "), "{text}");
    let csv = place.cco(&["mcp", "--csv"]).printed().to_owned();
    assert!(csv.starts_with("mcp_server,mcp_tool,first,last,requests,"), "{csv}");
    assert!(csv.contains("\nfiles,read,2026-03-20T10:01:00Z,"), "{csv}");
}

#[test]
fn subagents_of_one_type_in_one_quarter_hour_are_told_apart_by_their_ids() {
    let place = place();
    for (number, id) in [(8, "a1"), (9, "a2"), (10, "a2")] {
        let members =
            json!({"attributionAgent": "Explore", "agentId": id, "gitBranch": "topic/one", "effort": "high"});
        place.add("-home-ada-engine", "s-1", &request_for(number, "s-1", "2026-03-20T10:01:00Z", &members));
    }
    assert_eq!(
        rows(&place, &["subagent", "--by", "agent-id"], &["subagent", "agent_id"]),
        [row(&["", ""], 6), row(&["Explore", "a1"], 2), row(&["Explore", "a2"], 2)]
    );
    assert_eq!(
        rows(&place, &["daily", "--agent-id", "a2", "--by", "subagent"], &["subagent"]),
        [row(&["Explore"], 2)]
    );
    place.cco(&["daily", "--agent-id", "qqqqqqqq"]).fails(4, &["cco subagent --by agent-id"]);
}

#[test]
fn every_report_is_divided_by_dimensions() {
    let place = place();
    assert_eq!(
        rows(&place, &["daily", "--by", "branch,effort"], &["date", "branch", "effort"]),
        [
            row(&["2026-03-20", "", ""], 1),
            row(&["2026-03-20", "main", "high"], 1),
            row(&["2026-03-20", "main", "low"], 1),
            row(&["2026-03-20", "topic/one", "high"], 1),
            row(&["2026-03-20", "topic/two", ""], 2),
            row(&["2026-03-22", "", ""], 1),
        ]
    );
    assert_eq!(
        rows(&place, &["session", "--by", "skill"], &["session", "skill"]),
        [row(&["s-1", ""], 5), row(&["s-1", "review"], 1), row(&["s-2", ""], 1)]
    );
    assert_eq!(
        rows(&place, &["effort", "--by", "effort,subagent"], &["effort", "subagent"]),
        [row(&["", ""], 4), row(&["high", ""], 1), row(&["high", "Explore"], 1), row(&["low", ""], 1)]
    );
    let refused = place.cco(&["blocks", "--by", "branch"]);
    assert!(refused.code() == 2 && refused.told().contains("cco daily --by"), "{}", refused.told());
}

#[test]
fn usage_is_selected_by_what_it_was_for() {
    let place = place();
    let total = |arguments: &[&str]| -> u64 {
        place.cco(&[arguments, &["--json"]].concat()).json()["totals"]["requests"].as_u64().unwrap()
    };
    assert_eq!(total(&["daily", "--branch", "topic/one"]), 1);
    assert_eq!(total(&["daily", "--branch", "topic"]), 3, "a part of a name");
    assert_eq!(total(&["daily", "--branch", "main", "--branch", "topic"]), 5, "any of them");
    assert_eq!(total(&["daily", "--branch", "main", "--effort", "high"]), 1, "both of them");
    assert_eq!(total(&["daily", "--branch", ""]), 2, "what is not recorded");
    assert_eq!(total(&["session", "--mcp", "files", "--mcp-tool", "read"]), 1);
    assert_eq!(total(&["model", "--subagent", "Explore"]), 1);
    let blocks = place.cco(&["blocks", "--branch", "main", "--json"]).json();
    assert_eq!(blocks["rows"][0]["requests"], 2);

    let refused = place.cco(&["daily", "--branch", "mian"]);
    assert_eq!(refused.code(), 4);
    assert!(refused.told().contains("no branch matches \"mian\": did you mean main?"), "{}", refused.told());
    let refused = place.cco(&["daily", "--skill", "qqqqqqqq"]);
    assert!(refused.told().contains("to list all: cco skill"), "{}", refused.told());
}

#[test]
fn a_subagent_whose_records_name_no_type_has_the_one_that_stands_beside_its_transcript() {
    let place = Place::new();
    let add = |session: &str, number: u32| {
        let members = json!({"agentId": "b7", "isSidechain": true});
        let line = request_for(number, session, "2026-03-20T10:01:00Z", &members);
        place.add("-home-ada-engine", &format!("{session}/subagents/agent-b7"), &line);
        place.transcript("-home-ada-engine", &format!("{session}/subagents/agent-b7"))
    };
    let transcript = add("s-1", 3);
    let described = transcript.with_extension("meta.json");
    assert_eq!(rows(&place, &["subagent"], &["subagent"]), [row(&[""], 3)]);

    // It is found with the next thing that is read.
    fs::write(&described, r#"{"agentType":"Plan","spawnDepth":1}"#).unwrap();
    add("s-1", 4);
    // An id is its session's own.
    add("s-9", 5);
    let expected = [row(&[""], 3), row(&["Plan"], 2)];
    assert_eq!(rows(&place, &["subagent"], &["subagent"]), expected);
    assert_eq!(rows(&place, &["daily", "--subagent", "Plan"], &["date"]), [row(&["2026-03-20"], 2)]);

    fs::remove_file(&described).unwrap();
    fs::remove_file(&transcript).unwrap();
    assert_eq!(rows(&place, &["subagent"], &["subagent"]), expected, "what was counted keeps its type");
    assert!(place.cco(&["ledger", "verify"]).code() == 0);
}
