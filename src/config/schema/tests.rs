//! The schema against the code that reads the config file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::super::file::{TEMPLATE, examples, parse};
use super::super::{alerts, aliases, budgets, file, guard, http, keep, monitor, prices, report, statusline};
use super::{FILE_NAME, SCHEMA, is_ours};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The properties of the object at a place in the schema, also those it refers to.
fn properties(schema: &Value, place: &str) -> BTreeSet<String> {
    let object = schema.pointer(place).unwrap_or_else(|| panic!("{place} is missing"));
    let own = object["properties"].as_object().into_iter().flat_map(|own| own.keys().cloned());
    let mut all: BTreeSet<String> = own.collect();
    if let Some(other) = object["$ref"].as_str() {
        all.extend(properties(schema, other.trim_start_matches('#')));
    }
    all
}

/// The keys of thresholds, which serde reads: its error lists them.
fn thresholds() -> BTreeSet<String> {
    let error =
        parse("[statusline.thresholds]\nnope = 1", Path::new("/c.toml"), None).unwrap_err().to_string();
    let list = error.split("expected one of").nth(1).unwrap_or_else(|| panic!("{error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_has_exactly_the_keys_that_are_read() {
    let schema = schema();
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<String>>();
    let former: Vec<&str> =
        prices::MODEL.iter().copied().filter(|key| *key != "history").chain(["until"]).collect();
    let long: Vec<&str> = prices::RATES.into_iter().chain(["threshold_prompt_tokens"]).collect();
    for (place, expected) in [
        ("", keys(&file::KEYS)),
        ("/properties/statusline", keys(&statusline::KEYS)),
        ("/properties/statusline/properties/thresholds", thresholds()),
        ("/properties/http", keys(&http::KEYS)),
        ("/properties/report", keys(&report::KEYS)),
        ("/properties/keep", keys(&keep::KEYS)),
        ("/properties/budgets", keys(&budgets::KEYS)),
        ("/properties/budgets/properties/projects/additionalProperties", keys(&budgets::LIMITS)),
        ("/properties/alerts", keys(&alerts::KEYS)),
        ("/properties/guard", keys(&guard::KEYS)),
        ("/$defs/bounds", keys(&guard::BOUNDS)),
        ("/properties/aliases", keys(&aliases::KEYS)),
        ("/properties/monitor", keys(&monitor::KEYS)),
        ("/properties/monitor/properties/keys", keys(&monitor::keys::names())),
        ("/properties/prices", keys(&prices::GENERAL)),
        ("/$defs/model", keys(&prices::MODEL)),
        ("/$defs/model/properties/history/items", keys(&former)),
        ("/$defs/changes/properties/long_context/oneOf/1", keys(&long)),
    ] {
        assert_eq!(properties(&schema, place), expected, "{place}");
        // Anything else is refused, as it is when the file is read.
        let object = schema.pointer(place).unwrap();
        let is_closed = object["additionalProperties"] == false || object["unevaluatedProperties"] == false;
        assert!(is_closed || place == "/properties/prices", "{place} takes any key");
    }
}

#[test]
fn what_the_schema_refuses_is_refused_and_what_it_takes_is_read() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema()));
    let by_schema = |text: &str| {
        let value: Value = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        validator.is_valid(&value)
    };
    let by_code = |text: &str| parse(text, Path::new("/c.toml"), Some(Path::new("/h"))).is_ok();
    // The price table in the examples is on nobody's disk.
    let examples = examples().replace("file = \"~/model_prices.json\"", "");
    for good in [
        "",
        TEMPLATE,
        &examples,
        "roots = []\nexclude = ['a', '~/b', '/c']\nstate = '~'",
        "week_start = 'Sunday'\nlog = 'debug'",
        "week_start = ' mon '",
        "[budgets]\ncommand = ['notify-send', '']\nmonthly = '.5'\ndaily = 0.5\nweekly = '0.000000000001'",
        "[prices.m]\ninput = '1'\noutput = 2\ncache_write_5m = 0\ncache_write_1h = 1000000\ncache_read = 0.1\nlong_context = false",
        "[prices]\nbatch_multiplier = 0.25\nweb_search_per_1000_requests = '8'",
        "[aliases]\nmodels = {}\nprojects = { a = 'b' }",
        "[alerts]",
        "[alerts]\nlimit_percent = 0\nlimit_pace = false\nmalformed_lines = 5\nstale = false\ndesktop = true\ncommand = 'x'",
        "[guard]",
        "[guard]\nsession = { warn = '5', stop = 15 }\nday = { stop = 0.5 }\nblock = {}\nproject.warn = '1'\nstrict = true",
        "[http]\nmetrics_names = 'claude-code'",
        "[report]\ngroup = 'project'\n[keep]\ntitles = false",
        "[report]\n[keep]",
        "[monitor]\ntheme = 'mono'\nsymbols = 'ascii'\nrate = 20\nmouse = true\nkeys = { quit = ['x', 'ctrl-q'], sort = 'space' }",
        "[http]\naddress = '3000'\ntoken_file = '~/t'\nhosts = []\nredact = true",
    ] {
        assert_eq!((by_code(good), by_schema(good)), (true, true), "{good}");
    }
    for bad in [
        "rots = []",
        "roots = '/a'",
        "roots = ['a']",
        "state = './a'",
        "log = 1",
        "statusline = { colour = 'x' }",
        "statusline = { theme = 1 }",
        "statusline = { thresholds = { context = [1] } }",
        "statusline = { thresholds = { context = [-1, 2] } }",
        "statusline = { thresholds = { tokens = [1, 2] } }",
        "[budgets]\ndaily = 0",
        "[budgets]\ndaily = '0.0'",
        "[budgets]\ndaily = '1e3'",
        "[budgets]\ndaily = '1 USD'",
        "[budgets]\nyearly = 1",
        "[budgets]\nwarn_percent = 101",
        "[budgets]\nwarn_percent = 80.5",
        "[budgets]\ncommand = ''",
        "[budgets]\ncommand = []",
        "[budgets]\ncommand_timeout_seconds = 3601",
        "[alerts]\nlimit = 80",
        "[alerts]\nlimit_percent = 101",
        "[alerts]\ndesktop = 'yes'",
        "[alerts]\ncommand = []",
        "[guard]\nsession = 5",
        "[guard]\nsession = { limit = 5 }",
        "[guard]\nday = { stop = 0 }",
        "[guard]\nstrict = 1",
        "[http]\nmetrics_names = 'other'",
        "[budgets.projects.x]\nyearly = 1",
        "[prices.claude-opus-5]\ninput = -1",
        "[prices.claude-opus-5]\ninput = '1e3'",
        "[prices.claude-opus-5]\ninptu = 1",
        "[prices.claude-opus-5]\nlong_context = true",
        "[prices.claude-opus-5]\nlong_context = { input = 1 }",
        "[prices.claude-opus-5]\nhistory = [{ input = 1 }]",
        "[prices.claude-opus-5]\nhistory = [{ until = 'yesterday' }]",
        "[prices.claude-opus-5]\nus_multiplier = 101",
        "[prices]\nbatch = 1",
        "[prices.aliases]\nx = 1",
        "[aliases]\nnames = {}",
        "[report]\ngroup = 'worktrees'",
        "[keep]\ntitle = true",
        "[keep]\ntitles = 'yes'",
        "[monitor]\ntheme = 'dark'",
        "[monitor]\nrate = 0",
        "[monitor]\nrate = 21",
        "[monitor]\nmouse = 1",
        "[monitor.keys]\nqiut = 'q'",
        "[monitor.keys]\nquit = []",
        "[http]\nport = 1",
        "[http]\naddress = 3000",
        "[http]\ntoken_file = 't'",
        "[http]\nredact = 'yes'",
        "[http]\nhosts = 'desk'",
        "[aliases.models]\nx = ' '",
    ] {
        assert_eq!((by_code(bad), by_schema(bad)), (false, false), "{bad}");
    }
}

#[test]
fn the_schema_says_what_it_is_and_the_template_refers_to_it() {
    assert_eq!(schema()["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
    assert!(is_ours(SCHEMA) && !is_ours("{}"));
    assert!(TEMPLATE.starts_with(&format!("#:schema ./{FILE_NAME}\n")));
}
