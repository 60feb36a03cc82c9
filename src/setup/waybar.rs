//! waybar: a module in its config, which is JSON with comments and holds one bar or a list of bars.
//!
//! Invariant: a personal config is edited but never created, because waybar then ignores the system config.

use std::path::PathBuf;

use serde_json::Value;

use super::SetupError;
use super::change::JsonFile;
use super::jsonc::Step;
use super::places::{Programs, quoted};
use super::plan::{FileChange, Plan};

const MODULE: &str = "custom/cco";

/// Plans the setup of waybar.
pub(super) fn plan(path: PathBuf, programs: &Programs) -> Result<Plan, SetupError> {
    let file = FileChange::look(path)?;
    if file.before.is_none() {
        let advice = format!(
            "a personal config replaces the system one; copy it first: cp /etc/xdg/waybar/config.jsonc {}",
            quoted(&file.path.to_string_lossy())
        );
        return Err(SetupError::NoFile { path: file.path, advice });
    }
    let mut json = JsonFile::new(&file.target, file.before.as_deref())?;
    let value = json.value()?;
    let (bar, above): (&Value, Vec<Step>) = match &value {
        Value::Array(bars) if !bars.is_empty() => (&bars[0], vec![Step::Index(0)]),
        bar => (bar, Vec::new()),
    };
    let mut notes = Vec::new();
    if value.as_array().is_some_and(|bars| bars.len() > 1) {
        notes.push("the config has several bars: the module is added to the first".to_owned());
    }
    let within = |key: &str| [above.clone(), vec![key.into()]].concat();
    if bar[MODULE].is_null() {
        // waybar starts it once, so a publisher is started with the bar.
        let exec = Value::from(format!("{} --ensure --format waybar --follow", programs.peek));
        let module = format!(r#"{{"exec": {exec}, "return-type": "json", "restart-interval": 10}}"#);
        json.set(&within(MODULE), &module)?;
    }
    let lists = ["modules-left", "modules-center", "modules-right"];
    let is_listed = |list: &str| bar[list].as_array().is_some_and(|names| names.contains(&MODULE.into()));
    if lists.iter().any(|list| is_listed(list)) {
    } else if bar["modules-right"].is_null() && !bar["include"].is_null() {
        notes.push(format!(
            "modules-right is not in this file, perhaps in an included one: add \"{MODULE}\" to a module list there"
        ));
    } else {
        json.set_missing(&within("modules-right"), "[]")?;
        json.push(&within("modules-right"), &Value::from(MODULE).to_string())?;
    }
    let finished = json.finish();
    let mut plan = Plan::of(if finished.1.is_empty() { file } else { file.to(finished) });
    plan.notes = notes;
    plan.next.push("restart waybar: killall -SIGUSR2 waybar".to_owned());
    Ok(plan)
}
