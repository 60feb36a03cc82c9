//! Projects in git worktrees as their main repository's project.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cco::ledger::Repository;
use cco::pricing::CostMode;
use cco::report::usage::{Division, Grouping, Label, Query, Report};
use cco::snapshot::Counters;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::place::{Place, request};
use crate::sample::{MARCH_MS, apply, prices, records, temporary};

/// The folder of a project in `projects/`, as Claude Code names it.
fn key(folder: &str) -> String {
    folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// A main folder, a worktree of it and a folder in the worktree, as git leaves them.
struct Repo {
    main: PathBuf,
    fix: PathBuf,
}

impl Repo {
    fn new(place: &Place) -> Self {
        let at = |path: &str| place.path("").canonicalize().unwrap().join(path);
        let made = Self { main: at("code/engine"), fix: at("code/engine-fix") };
        let administration = made.main.join(".git/worktrees/engine-fix");
        fs::create_dir_all(&administration).unwrap();
        fs::create_dir_all(made.fix.join("src")).unwrap();
        fs::write(made.fix.join(".git"), format!("gitdir: {}\n", administration.display())).unwrap();
        fs::write(administration.join("commondir"), "../..\n").unwrap();
        fs::write(administration.join("gitdir"), format!("{}\n", made.fix.join(".git").display())).unwrap();
        made
    }

    /// One request in each of its folders.
    fn add(&self, place: &Place) {
        for (id, folder) in [(10, &self.main), (11, &self.fix), (12, &self.fix.join("src"))] {
            add(place, id, folder.to_str().unwrap());
        }
    }
}

fn add(place: &Place, id: u32, folder: &str) {
    let session = format!("s-{id}");
    let mut line: Value = serde_json::from_str(&request(id, &session, "2026-03-24T10:00:00Z")).unwrap();
    line["cwd"] = folder.into();
    place.add(&key(folder), &session, &line.to_string());
}

/// The projects of a report: path, repository and how many requests.
fn rows(place: &Place, arguments: &[&str]) -> Vec<(Value, Value, u64)> {
    let report = place.cco(&[arguments, &["--json"]].concat()).json();
    let row = |row: &Value| {
        let repository = row.get("repository").cloned().unwrap_or(Value::Null);
        (row["path"].clone(), repository, row["requests"].as_u64().unwrap())
    };
    let rows = report["rows"].as_array().unwrap();
    let sum: u64 = rows.iter().map(|row| row["requests"].as_u64().unwrap()).sum();
    assert_eq!(report["totals"]["requests"], sum);
    let mut rows: Vec<_> = rows
        .iter()
        .map(row)
        .filter(|(path, ..)| path.as_str().is_some_and(|path| path.contains("/code/")))
        .collect();
    rows.sort_by_key(|(path, ..)| path.to_string());
    rows
}

#[test]
fn a_worktree_is_a_part_of_its_repository_even_after_it_was_deleted() {
    let place = Place::new();
    let repo = Repo::new(&place);
    repo.add(&place);
    let [main, fix] = [&repo.main, &repo.fix].map(|folder| json!(folder));
    let [source, fix_source] = [repo.main.join("src"), repo.fix.join("src")].map(|folder| json!(folder));
    let plain = [(main.clone(), Value::Null, 1), (fix, main.clone(), 1), (fix_source, source.clone(), 1)];
    assert_eq!(rows(&place, &["project"]), plain, "each folder by itself, unless told otherwise");
    let folded = [(main.clone(), main, 2), (source.clone(), source, 1)];
    assert_eq!(rows(&place, &["project", "--group", "worktree"]), folded);

    fs::remove_dir_all(&repo.fix).unwrap();
    fs::remove_dir_all(repo.main.join(".git/worktrees")).unwrap();
    assert_eq!(rows(&place, &["project", "--group", "worktree"]), folded);
    let rebuilt = place.cco(&["ledger", "rebuild"]);
    assert_eq!(rebuilt.code(), 0, "{}", rebuilt.told());
    assert_eq!(rows(&place, &["project", "--group", "worktree"]), folded);
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
}

#[test]
fn every_report_with_projects_is_grouped_by_option_or_setting_and_a_repositorys_name_means_its_worktrees() {
    let place = Place::new();
    let repo = Repo::new(&place);
    repo.add(&place);
    let main = repo.main.to_str().unwrap();
    let grouped = ["--group", "worktree"];
    let days = place.cco(&[&["daily", "--instances", "--json"][..], &grouped].concat()).json();
    assert_eq!(days["group"], "worktree");
    let row = |row: &&Value| row["path"] == main;
    let found = days["rows"].as_array().unwrap().iter().find(row).expect("the repository's row");
    assert_eq!((&found["requests"], &found["worktrees"]), (&json!(2), &json!([repo.fix])));
    let sessions = rows(&place, &["session", "--group", "worktree"]);
    assert_eq!(sessions.iter().filter(|(path, ..)| path == main).count(), 2);

    let total = |arguments: &[&str]| {
        place.cco(&[&["daily", "--json"][..], arguments].concat()).json()["totals"]["requests"].clone()
    };
    assert_eq!(total(&["--project", main]), 1);
    assert_eq!(total(&["--project", main, "--group", "worktree"]), 2);
    let fix = repo.fix.to_str().unwrap();
    assert_eq!(total(&["--project", fix, "--group", "worktree"]), 1, "whoever names a worktree means it");

    let config = place.path("config.toml");
    fs::write(&config, "[report]\ngroup = 'worktree'\n").unwrap();
    let config = config.to_str().unwrap();
    assert_eq!(rows(&place, &["project", "--config", config]).len(), 2);
    assert_eq!(rows(&place, &["project", "--config", config, "--group", "project"]).len(), 3);
    let text = place.cco(&["project", "--config", config]).printed().to_owned();
    assert!(text.contains("code/engine") && !text.contains("engine-fix"), "{text}");
    let compared = place.cco(&["reconcile", "--group", "worktree", "--json"]);
    assert_eq!(compared.code(), 0, "{}", compared.told());
}

#[test]
fn a_publisher_that_runs_asks_about_projects_that_appear() {
    let place = Place::new();
    let publisher = place.start();
    let repo = Repo::new(&place);
    repo.add(&place);
    let until = Instant::now() + Duration::from_secs(60);
    let expected = [(json!(repo.main), 2), (json!(repo.main.join("src")), 1)];
    loop {
        let rows = rows(&place, &["project", "--group", "worktree"]);
        let found: Vec<_> = rows.into_iter().map(|(path, _, requests)| (path, requests)).collect();
        if found == expected {
            break;
        }
        assert!(Instant::now() < until, "{found:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(publisher);
}

#[test]
fn a_folder_that_is_not_there_is_asked_about_again() {
    let place = Place::new();
    let repo = Repo::new(&place);
    let away = place.path("away");
    fs::rename(&repo.fix, &away).unwrap();
    repo.add(&place);
    assert_eq!(rows(&place, &["project", "--group", "worktree"]).len(), 3);
    fs::rename(&away, &repo.fix).unwrap();
    assert_eq!(rows(&place, &["project", "--group", "worktree"]).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is a worktree of whatever.
    #[test]
    fn the_sums_of_groups_are_the_sums_of_their_parts(
        records in records(MARCH_MS..MARCH_MS + 3 * 86_400_000),
        repositories in prop::collection::vec(prop::option::of(0..4usize), 3),
    ) {
        let mut temporary = temporary();
        apply(&mut temporary.ledger, &records, &prices(15));
        let folder = |at: usize| format!("/w/{at}");
        let projects = ["-", "-p", "-q"];
        let paths = projects.iter().enumerate().map(|(at, project)| cco::ledger::ProjectPath {
            project: (*project).into(),
            at_ms: 1,
            path: folder(at).into(),
        });
        let intake = cco::ledger::Intake { project_paths: paths.collect(), ..Default::default() };
        temporary.ledger.apply(&intake, &prices(15)).unwrap();
        let known: Vec<_> = repositories.iter().enumerate().map(|(at, main)| Repository {
            folder: folder(at).into(),
            repository: main.filter(|main| *main != at).map(|main| folder(main).into()),
        }).collect();
        temporary.ledger.keep_repositories(&known).unwrap();

        let plain = Query { mode: CostMode::Auto, ..Query::everything(TimeZone::UTC, Weekday::Monday) };
        let folded = Query { folds_worktrees: true, ..plain.clone() };
        let read = |query: &Query| {
            Report::read(&temporary.ledger, query, Grouping::Projects, &Division::default()).unwrap()
        };
        let (plain, folded) = (read(&plain), read(&folded));
        prop_assert_eq!(plain.totals, folded.totals);
        prop_assert_eq!(&plain.models, &folded.models);
        let path = |row: &cco::report::usage::Row| {
            prop_assert_eq!(&row.label, &Label::Project);
            Ok(row.project.as_ref().and_then(|project| project.path.clone()))
        };
        for row in &folded.rows {
            let of = path(row)?;
            let mut parts = Counters::default();
            for part in &plain.rows {
                let own = path(part)?;
                let main = known.iter().find(|known| Some(&known.folder) == own.as_ref());
                let main = main.and_then(|known| known.repository.clone()).or(own);
                if main == of {
                    parts += part.counters;
                }
            }
            prop_assert_eq!(row.counters, parts);
        }
    }
}
