//! Records that are made and taken back.

use proptest::prelude::*;

use super::*;
use crate::setup::change::Change;
use crate::setup::{ClaudeOptions, Existing, GuardOptions, Integration, Places, Programs};
use crate::state_folder::StateFolder;

/// A plan that a file of a package becomes this.
fn plan(path: &Path, after: &[u8]) -> Plan {
    let file = FileChange::look(path.to_owned()).unwrap();
    let package = path.parent().map(Path::to_owned);
    let file = FileChange { package, ..file.to((after.to_vec(), vec![Change::Whole])) };
    Plan { files: vec![file], ..Plan::default() }
}

#[test]
fn a_record_is_gone_before_its_copies_so_what_was_undone_is_never_undone_again() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
    let path = folder.path().join("file");
    let copy = records.folder().join("nvim.0.before");
    let undo = || {
        fs::write(&path, "mine").unwrap();
        records.apply("nvim", &plan(&path, b"ours")).unwrap();
        records.undo("nvim").unwrap().unwrap()
    };
    let planned = undo();
    fs::remove_file(&copy).unwrap();
    records.carry_out("nvim", &planned).unwrap();
    // Interrupted at the copy.
    let planned = undo();
    fs::remove_file(&copy).unwrap();
    fs::create_dir_all(copy.join("in the way")).unwrap();
    assert!(matches!(records.carry_out("nvim", &planned), Err(SetupError::Io { action: "remove", .. })));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert!(records.names().unwrap().is_empty() && records.undo("nvim").unwrap().is_none());
}

#[test]
fn a_file_is_ours_with_anything_that_was_ever_written_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
    let path = folder.path().join("package/file");
    records.apply("nvim", &plan(&path, b"one")).unwrap();
    // A write that fails once it is recorded: the file still holds what was written before.
    let second = plan(&path, b"two");
    fs::write(&path, "changed meanwhile").unwrap();
    assert!(matches!(records.apply("nvim", &second), Err(SetupError::Changed { .. })));
    fs::write(&path, "one").unwrap();
    let written = records.written("nvim").unwrap();
    assert_eq!(written.is_as_written(&path, b"one"), Some(true));
    assert_eq!(written.is_as_written(&path, b"two"), Some(true));
    assert_eq!(written.is_as_written(&path, b"mine"), Some(false));
    assert_eq!(written.is_as_written(&path.with_extension("other"), b"one"), None);
    let undo = records.undo("nvim").unwrap().unwrap();
    records.carry_out("nvim", &undo).unwrap();
    assert!(!path.exists());
}

/// What Claude Code's settings may hold before anything is set up; `None` for no file.
const SETTINGS: [Option<&str>; 10] = [
    None,
    Some(""),
    Some("null\n"),
    Some("{}"),
    Some("{ }\r\n"),
    Some("{\"hooks\": { }}"),
    Some("{ \"hooks\": { \"PreToolUse\": [ ], \"SessionStart\": [\n] } }"),
    Some("{\n  \"hooks\": {\"UserPromptSubmit\": [{\"hooks\": []}]},\n  \"cleanupPeriodDays\": 30\n}\n"),
    Some("{\"statusLine\": {\"type\": \"command\", \"command\": \"mine\"}, \"model\": \"opus\"}"),
    Some(
        "{\n\t// mine\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{\"hooks\": []}, // careful\n\t\t],\n\t},\n}",
    ),
];

/// Sets one of the two integrations up, maybe with more than before, or undoes it.
#[derive(Clone, Copy, Debug)]
enum Turn {
    SetUp(Integration),
    Undo(&'static str),
}

fn turns() -> Vec<Turn> {
    let claude = |keep_days, subagents| {
        let options = ClaudeOptions { existing: Existing::Above, keep_days, subagents, like: None };
        Turn::SetUp(Integration::Claude(options))
    };
    let guard = |knows_model_switch| {
        Turn::SetUp(Integration::Guard(GuardOptions { knows_model_switch, has_limits: true }))
    };
    vec![
        claude(None, false),
        claude(Some(100), false),
        claude(Some(200), true),
        guard(false),
        guard(true),
        Turn::Undo("claude"),
        Turn::Undo("guard"),
    ]
}

/// Claude Code's settings in a home of their own.
struct Settings {
    folder: tempfile::TempDir,
    records: Records,
    path: PathBuf,
}

impl Settings {
    fn new(before: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
        let path = folder.path().join("settings.json");
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
        Self { folder, records, path }
    }

    fn text(&self) -> Option<String> {
        self.path.exists().then(|| fs::read_to_string(&self.path).unwrap())
    }

    fn set_up(&self, integration: Integration) {
        let home = |name: &str| (name == "HOME").then(|| self.folder.path().into());
        let places = Places::from(home, None).unwrap();
        let programs = Programs::found(None, Path::new("/opt"));
        let plan = integration.plan(&places, &programs, &self.records, Some(self.path.clone())).unwrap();
        self.records.apply(integration.name(), &plan).unwrap();
    }

    fn undo(&self, name: &str) {
        if let Some(undo) = self.records.undo(name).unwrap() {
            assert_eq!(undo.plan.notes, Vec::<String>::new(), "nothing is left in the file");
            self.records.carry_out(name, &undo).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_order_of_setups_and_undos_the_original_comes_back(
        before in prop::sample::select(SETTINGS.to_vec()),
        taken in prop::collection::vec(prop::sample::select(turns()), 1..9),
        last in prop::sample::select(vec![["claude", "guard"], ["guard", "claude"]]),
    ) {
        let settings = Settings::new(before);
        for turn in taken {
            match turn {
                Turn::SetUp(integration) => settings.set_up(integration),
                Turn::Undo(name) => settings.undo(name),
            }
            let (text, names) = (settings.text().unwrap_or_default(), settings.records.names().unwrap());
            for (name, call) in [("claude", "cco-peek statusline"), ("guard", "cco-peek guard")] {
                let is_recorded = names.iter().any(|recorded| recorded == name);
                prop_assert_eq!(text.contains(call), is_recorded, "{} after {:?}: {}", name, turn, text);
            }
        }
        for name in last {
            settings.undo(name);
        }
        let after = settings.text();
        prop_assert_eq!(after.as_deref(), before);
        prop_assert!(!settings.records.folder().exists(), "no record and no copy is left");
    }
}
