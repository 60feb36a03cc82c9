//! What a publisher does about money: new prices on SIGHUP, and a command once a budget is reached.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cco::snapshot::{Picodollars, Reader};
use rustix::process::Signal;

use crate::home::{DEADLINE, Home, signal, until};
use crate::midday;

/// A home whose only request was made now: a million tokens of input.
fn home(config: &str) -> Home {
    let home = Home::in_zone(midday::zone());
    let project = home.path().join(".claude/projects/-h-p");
    fs::create_dir_all(&project).unwrap();
    let now = jiff::Timestamp::now();
    let line = format!(
        r#"{{"type":"assistant","timestamp":"{now}","sessionId":"s","cwd":"/h/p","requestId":"r","message":{{"id":"m","model":"claude-opus-5","role":"assistant","usage":{{"input_tokens":1000000,"output_tokens":0}}}}}}"#
    );
    fs::write(project.join("s.jsonl"), format!("{line}\n")).unwrap();
    configure(&home, config);
    home
}

fn configure(home: &Home, config: &str) {
    let folder = home.path().join(".config/cco");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    fs::write(&file, config).unwrap();
    // Whatever files are made with here.
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Like [`until`], for whoever has a thread to end first.
fn has_come(is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() && began.elapsed() < DEADLINE {
        std::thread::sleep(Duration::from_millis(5));
    }
    is_so()
}

#[test]
fn sighup_prices_old_requests_anew_while_readers_read() {
    let home = home("");
    home.start();
    let pid = home.pid();
    let before = Reader::open_copying(home.snapshot()).unwrap().totals().unwrap().all_time();
    assert_eq!(before.cost, Picodollars(5_000_000_000_000));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut reader = Reader::open(home.snapshot()).unwrap();
            let mut costs = vec![];
            while !is_over.load(Ordering::Acquire) {
                let totals = reader.totals().unwrap().all_time();
                if costs.last() != Some(&totals.cost) {
                    costs.push(totals.cost);
                }
                let mut counts = totals;
                counts.cost = before.cost;
                assert_eq!(counts, before, "nothing but costs changes");
            }
            costs
        });
        configure(&home, "[prices.\"claude-opus-5\"]\ninput = \"7.000000000001\"\n");
        signal(pid, Signal::HUP);
        let new = Picodollars(7_000_000_000_001);
        let cost =
            || Reader::open_copying(home.snapshot()).ok()?.totals().ok().map(|totals| totals.all_time().cost);
        let is_priced = has_come(|| cost() == Some(new));
        is_over.store(true, Ordering::Release);
        assert!(is_priced, "costs are still {:?}", cost());
        let costs = reading.join().unwrap();
        assert!(costs.len() <= 2, "{costs:?}");
    });
    let verified = home.cco(&["ledger", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn sighup_reads_the_price_table_on_disk_again() {
    let home = home("[prices]\nfile = \"~/prices.json\"\n");
    let table = |input: &str| {
        let model = format!(r#"{{"input_cost_per_token": {input}, "output_cost_per_token": 1e-5}}"#);
        fs::write(home.path().join("prices.json"), format!(r#"{{"claude-opus-5": {model}}}"#)).unwrap();
    };
    let cost =
        || Reader::open_copying(home.snapshot()).ok()?.totals().ok().map(|totals| totals.all_time().cost);
    table("3e-6");
    home.start();
    let pid = home.pid();
    assert_eq!(cost(), Some(Picodollars(3_000_000_000_000)));
    // The config file stays as it is: only the table that it names is another one.
    table("8e-6");
    signal(pid, Signal::HUP);
    until("the new price shows", || cost() == Some(Picodollars(8_000_000_000_000)));
    // A table that is broken changes nothing, and the publisher goes on.
    fs::write(home.path().join("prices.json"), "{").unwrap();
    signal(pid, Signal::HUP);
    let log = || fs::read_to_string(home.state().join("cco.log")).unwrap();
    until("it is logged", || log().contains("keeping the previous settings"));
    assert_eq!(cost(), Some(Picodollars(8_000_000_000_000)));
    table("2e-6");
    signal(pid, Signal::HUP);
    until("the next price shows", || cost() == Some(Picodollars(2_000_000_000_000)));
}

#[test]
fn a_budget_that_is_reached_is_told_once_also_after_restarts() {
    let config = |daily: &str| {
        format!(
            "[budgets]\ndaily = \"{daily}\"\ncommand = 'echo \"$CCO_BUDGET $CCO_BUDGET_EVENT $CCO_BUDGET_SPENT_USD\" >> \
             \"$HOME/told\"'\n[budgets.projects.\"/h/*\"]\nmonthly = 6\n"
        )
    };
    let home = home(&config("5"));
    let told = || {
        let mut lines: Vec<_> = fs::read_to_string(home.path().join("told"))
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    home.start();
    until("both are told", || told().len() == 2);
    assert_eq!(told(), ["daily over 5", "monthly, /h/* near 5"]);
    for _ in 0..2 {
        assert_eq!(home.cco(&["daemon", "restart"]).status.code(), Some(0));
    }
    // Another limit is another crossing; had the old ones been told again, then before it.
    configure(&home, &config("4.999999999999"));
    signal(home.pid(), Signal::HUP);
    until("the new one is told", || told().len() > 2);
    assert_eq!(told(), ["daily over 5", "daily over 5", "monthly, /h/* near 5"]);
    let check = home.cco(&["budget", "check"]);
    assert_eq!(check.status.code(), Some(8), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn a_command_that_fails_is_logged_and_the_publisher_goes_on() {
    let home = home("[budgets]\ndaily = 1\ncommand = [\"/never/there\"]\n");
    home.start();
    let log = || String::from_utf8(home.cco(&["daemon", "logs"]).stdout).unwrap();
    until("a word on it", || log().contains("the budget command failed (daily, over)"));
    assert_eq!(home.cco(&["daemon", "status"]).status.code(), Some(0));
}

#[test]
fn a_command_in_a_file_that_others_can_write_is_not_run_and_that_is_said() {
    for mode in [0o620, 0o602, 0o666] {
        let home = home("[budgets]\ndaily = 1\ncommand = 'touch \"$HOME/told\"'\n");
        let file = home.path().join(".config/cco/config.toml");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let check = home.cco(&["budget", "check"]);
        let said = String::from_utf8(check.stderr).unwrap();
        assert!(said.contains("budget command is not run: chmod go-w"), "{mode:o}: {said}");
        assert_eq!(check.status.code(), Some(8), "budgets are checked all the same");
        if mode != 0o666 {
            continue;
        }
        home.start();
        let log = || String::from_utf8(home.cco(&["daemon", "logs"]).stdout).unwrap();
        until("it is logged", || log().contains("budget command is not run"));
        // Had it been run, then before the next command, which is.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&file, "[budgets]\ndaily = 1\ncommand = 'touch \"$HOME/next\"'\n").unwrap();
        signal(home.pid(), Signal::HUP);
        until("a file of one's own is trusted", || home.path().join("next").exists());
        assert!(!home.path().join("told").exists());
    }
}

#[test]
fn budgets_are_checked_by_exit_code() {
    let check = |config: &str| {
        let home = home(config);
        home.cco(&["budget", "check"]).status.code()
    };
    assert_eq!(check(""), Some(4));
    assert_eq!(check("[budgets]\ndaily = \"6.250000000001\"\n"), Some(0));
    assert_eq!(check("[budgets]\ndaily = \"6.25\"\n"), Some(7));
    assert_eq!(check("[budgets]\ndaily = \"5.000000000001\"\n"), Some(7));
    assert_eq!(check("[budgets]\ndaily = \"5\"\n"), Some(8));
    assert_eq!(check("[budgets]\ndaily = \"1e1\"\n"), Some(2));
}

#[test]
fn a_budget_is_not_called_kept_if_used_models_have_no_price() {
    let unpriced = |share: &str| {
        let home = home("[budgets]\ndaily = \"20\"\n");
        let file = home.path().join(".claude/projects/-h-p/s.jsonl");
        let line = fs::read_to_string(&file).unwrap();
        let other = line.replace("claude-opus-5", "mystery-9").replace("\"r\"", "\"r2\"");
        let other = other.replace("\"id\":\"m\"", "\"id\":\"m2\"");
        fs::write(&file, format!("{}{other}", if share == "part" { &line } else { "" })).unwrap();
        home
    };
    for (share, spent) in [("part", "$5.00+ of $20.00"), ("all", "no price, limit $20.00")] {
        let home = unpriced(share);
        let check = home.cco(&["budget", "check"]);
        let said = String::from_utf8(check.stdout).unwrap();
        assert_eq!(check.status.code(), Some(22), "{said}");
        assert!(said.starts_with(&format!("daily: {spent}: cannot be judged")), "{said}");
        let table = String::from_utf8(home.cco(&["budget"]).stdout).unwrap();
        assert!(table.contains("unpriced") && !table.contains("$0.00"), "{table}");
        let json: serde_json::Value =
            serde_json::from_slice(&home.cco(&["budget", "--json"]).stdout).unwrap();
        assert_eq!(
            (&json["standing"], &json["budgets"][0]["unpriced_tokens"]),
            (&"unpriced".into(), &1_000_000.into())
        );
        let prices = home.cco(&["prices", "check"]);
        let said = String::from_utf8(prices.stdout).unwrap();
        assert_eq!(prices.status.code(), Some(22), "{said}");
        assert!(
            said.contains("no price for mystery-9: 1 request, 1,000,000 tokens") && said.contains("day"),
            "{said}"
        );
        let doctor = String::from_utf8(home.cco(&["doctor"]).stdout).unwrap();
        assert!(doctor.contains("no price for mystery-9"), "{doctor}");
        let mark = if share == "part" { "$5.00+" } else { "no price" };
        for block in [&["blocks"][..], &["blocks", "--active"], &["live"], &["daily"]] {
            let shown = String::from_utf8(home.cco(block).stdout).unwrap();
            assert!(shown.contains(mark) && !shown.contains("$0.00"), "{block:?}: {shown}");
        }
        // What is over its limit is over, whatever else may be missing.
        configure(&home, "[budgets]\ndaily = \"5\"\n");
        let expected = if share == "part" { 8 } else { 22 };
        assert_eq!(home.cco(&["budget", "check"]).status.code(), Some(expected));
    }
}

#[test]
fn a_price_table_on_disk_prices_a_new_model_and_config_show_lists_it() {
    let home = home("");
    let file = home.path().join(".claude/projects/-h-p/s.jsonl");
    let line = fs::read_to_string(&file).unwrap();
    fs::write(&file, line.replace("claude-opus-5", "new-9")).unwrap();
    let list = home.path().join("list.json");
    fs::write(&list, r#"{"new-9": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1e-05}}"#)
        .unwrap();
    let stdout = |arguments: &[&str]| String::from_utf8(home.cco(arguments).stdout).unwrap();
    assert!(stdout(&["daily"]).contains("no price"));
    configure(&home, "[prices]\nfile = \"~/list.json\"\n");
    let daily = stdout(&["daily"]);
    assert!(daily.contains("$3.00") && !daily.contains("no price"), "{daily}");
    let shown = stdout(&["config", "show"]);
    assert!(shown.contains("1 model from") && shown.contains("list.json"), "{shown}");
    assert_eq!(home.cco(&["prices", "check"]).status.code(), Some(0));
}
