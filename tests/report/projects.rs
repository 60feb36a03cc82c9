//! Which project a path means: long ones, drives, and several that Claude Code names one folder after.

use serde_json::Value;

use crate::midday;
use crate::place::{Place, request};

/// A request in this working folder; `None` for one that names none.
fn request_in(cwd: Option<&str>, id: u32) -> String {
    let mut line: Value =
        serde_json::from_str(&request(id, &format!("s-{id}"), "2026-03-24T10:00:00Z")).unwrap();
    match cwd {
        Some(cwd) => line["cwd"] = cwd.into(),
        None => drop(line.as_object_mut().unwrap().remove("cwd")),
    }
    line.to_string()
}

/// The keys of the projects that a name selects.
fn selected(place: &Place, name: &str) -> Vec<String> {
    let report = place.cco(&["project", "--json", "--project", name]).json();
    let mut keys: Vec<_> = (report["rows"].as_array().unwrap().iter())
        .map(|row| row["project"].as_str().unwrap().to_owned())
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn a_path_whose_encoded_name_was_cut_is_found_with_and_without_a_record_that_names_it() {
    let place = Place::new();
    let (deep, deeper) = (format!("/{}", "d".repeat(250)), format!("/{}", "e".repeat(300)));
    let (known, unknown) = (format!("-{}-1a2b3c", "d".repeat(199)), format!("-{}-4d5e6f", "e".repeat(199)));
    place.add(&known, "s-10", &request_in(Some(&deep), 10));
    place.add(&unknown, "s-11", &request_in(None, 11));
    assert_eq!(selected(&place, &deep), [known]);
    assert_eq!(selected(&place, &deeper), [unknown]);
}

#[test]
fn a_drive_is_one_drive_however_its_letter_is_written() {
    let place = Place::new();
    place.add("c--Users-ada", "s-10", &request_in(Some("c:\\Users\\ada"), 10));
    place.add("C--Users-ada", "s-11", &request_in(Some("C:\\Users\\ada"), 11));
    for path in ["c:\\Users\\ada", "C:\\Users\\ada", "C--Users-ada", "c--Users-ada"] {
        assert_eq!(selected(&place, path), ["C--Users-ada"], "{path}");
    }
    let report = place.cco(&["project", "--json", "--project", "C:\\Users\\ada"]).json();
    assert_eq!(report["totals"]["requests"], 2);
}

#[test]
fn a_publisher_makes_projects_of_one_drive_one_in_a_ledger_from_before() {
    let place = Place::new();
    place.add("c--Users-ada", "s-10", &request_in(Some("c:\\Users\\ada"), 10));
    place.publish();
    // As a version wrote it that took each spelling for a project of its own.
    place.tamper("UPDATE projects SET name = 'c--Users-ada' WHERE name = 'C--Users-ada'");
    let epoch = place.epoch();
    place.add("C--Users-ada", "s-11", &request_in(Some("C:\\Users\\ada"), 11));
    let totals = place.publish();
    assert_eq!(totals["totals"]["requests"], 4);
    let drives = |row: &&Value| row["project"].as_str().unwrap().contains("--Users-ada");
    let rows = totals["projects"].as_array().unwrap();
    let rows: Vec<_> = rows.iter().filter(drives).map(|row| (&row["project"], &row["requests"])).collect();
    assert_eq!(rows, [(&"C--Users-ada".into(), &2.into())]);
    assert_ne!(place.epoch(), epoch, "the project of the old name has no sums any more");
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
}

#[test]
fn an_unknown_name_suggests_the_last_part_of_a_path_on_a_drive() {
    let place = Place::new();
    place.add("C--code-turbine", "s-10", &request_in(Some("C:\\code\\turbine"), 10));
    place.cco(&["daily", "--project", "trubine"]).fails(4, &["did you mean turbine?"]);
}

#[test]
fn each_path_that_encodes_to_a_projects_folder_finds_it() {
    let place = Place::new();
    place.add("-w---", "s-10", &request_in(Some("/w/新聞"), 10));
    place.add("-w---", "s-11", &request_in(Some("/w/暫存"), 11));
    for path in ["/w/新聞", "/w/暫存"] {
        assert_eq!(selected(&place, path), ["-w---"], "{path}");
    }
}

#[test]
fn a_budget_by_path_counts_the_project_although_its_name_was_cut() {
    let place = Place::in_zone(midday::zone());
    let deep = format!("/{}", "d".repeat(250));
    let now = jiff::Timestamp::now().to_string();
    let line = request_in(None, 10).replace("2026-03-24T10:00:00Z", &now);
    place.add(&format!("-{}-1a2b3c", "d".repeat(199)), "s-10", &line);
    std::fs::write(place.path("config.toml"), format!("[budgets.projects.\"{deep}\"]\nmonthly = \"1\"\n"))
        .unwrap();
    let config = place.path("config.toml");
    let budgets = place.cco(&["budget", "--json", "--config", config.to_str().unwrap()]).json();
    assert_eq!(budgets["budgets"][0]["spent_usd"].to_string(), "5", "{budgets}");
}
