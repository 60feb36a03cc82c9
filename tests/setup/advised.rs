//! What the doctor advises, as its JSON has it: each command is run as it is there.

use serde_json::Value;

use crate::home::{Home, text};

/// What the doctor found.
pub(crate) struct Diagnosis {
    pub(crate) code: i32,
    pub(crate) verdict: String,
    pub(crate) findings: Vec<Value>,
}

/// Asks the doctor, with these options.
pub(crate) fn ask(home: &Home, options: &[&str]) -> Diagnosis {
    let output = home.cco(&[&["doctor", "--json"], options].concat());
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    assert_eq!(document["schema"], 1);
    Diagnosis {
        code: output.status.code().unwrap(),
        verdict: document["verdict"].as_str().unwrap().to_owned(),
        findings: document["findings"].as_array().unwrap().clone(),
    }
}

impl Diagnosis {
    /// The findings of a check that are not as they should be, and say this.
    pub(crate) fn problems(&self, check: &str, says: &str) -> Vec<Value> {
        let is_it = |found: &&Value| {
            found["check"] == check
                && found["verdict"] != "ok"
                && found["says"].as_str().unwrap().contains(says)
        };
        self.findings.iter().filter(is_it).cloned().collect()
    }

    /// The only one of them.
    pub(crate) fn problem(&self, check: &str, says: &str) -> Value {
        let problems = self.problems(check, says);
        assert_eq!(problems.len(), 1, "{check}, {says}: {:#?}", self.findings);
        problems[0].clone()
    }

    /// All findings that are not as they should be.
    pub(crate) fn is_green(&self) -> bool {
        self.findings.iter().all(|found| found["verdict"] == "ok")
    }
}

/// A command of an advice as it is run where nobody can be asked.
fn words(command: &Value) -> Vec<String> {
    let words = command["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
    words.chain((command["asks"] == true).then(|| "--yes".to_owned())).collect()
}

/// Runs a command and gives its exit code and what it printed.
fn run(home: &Home, command: &Value) -> (i32, String) {
    assert_eq!(command["is_for_root"], false, "{command}");
    let words = words(command);
    let output =
        home.command(&words[0]).args(&words[1..]).stdin(std::process::Stdio::null()).output().unwrap();
    (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
}

/// Runs the commands of the first advice that promises to mend a finding.
pub(crate) fn follow(home: &Home, finding: &Value) {
    let advice = finding["advice"].as_array().unwrap().iter().find(|advice| advice["mends"] == true);
    let advice = advice.unwrap_or_else(|| panic!("nothing mends {finding:#}"));
    for command in advice["commands"].as_array().unwrap() {
        let (code, said) = run(home, command);
        assert_eq!(code, 0, "{command}: {said}");
    }
}

/// Runs the commands that are advised besides, each of which must work by itself.
pub(crate) fn try_others(home: &Home, finding: &Value) {
    for advice in finding["advice"].as_array().unwrap().iter().filter(|advice| advice["mends"] == false) {
        for command in advice["commands"].as_array().unwrap() {
            let (code, said) = run(home, command);
            assert_eq!(code, 0, "{command}: {said}");
        }
    }
}

/// The finding is there; its advice is followed; it is gone.
pub(crate) fn is_mended(home: &Home, options: &[&str], check: &str, says: &str) {
    let finding = ask(home, options).problem(check, says);
    follow(home, &finding);
    let after = ask(home, options);
    assert_eq!(after.problems(check, says), <Vec<Value>>::new(), "after {finding:#}");
}
