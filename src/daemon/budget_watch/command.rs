//! The variables that the user's command gets for one crossing of a budget.
//!
//! Invariant: values are as they are, whatever they hold; they are variables, never a shell's words.

use crate::daemon::user_command::Variables;
use crate::report::budget::Status;
use crate::report::figures::rfc3339;

/// The variables for a budget.
pub(super) fn variables(status: &Status) -> Variables {
    vec![
        ("CCO_BUDGET", status.name()),
        ("CCO_BUDGET_EVENT", status.standing.name().to_owned()),
        ("CCO_BUDGET_PERIOD", status.length.name().to_owned()),
        ("CCO_BUDGET_PERIOD_START", rfc3339(status.start_ms).unwrap_or_default()),
        ("CCO_BUDGET_PROJECT", status.project.clone().unwrap_or_default()),
        ("CCO_BUDGET_SPENT_USD", status.spent.amount.to_string()),
        ("CCO_BUDGET_LIMIT_USD", status.limit.to_string()),
        ("CCO_BUDGET_PERCENT", status.percent().to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rustix::process::Pid;

    use super::*;
    use crate::config::Command;
    use crate::daemon::user_command::{CHECK_EVERY, CommandError, run};
    use crate::report::budget::{Length, Standing};
    use crate::snapshot::Picodollars;

    fn run_it(command: &Command, timeout: Duration) -> Result<(), CommandError> {
        run_for("api", command, timeout)
    }

    fn run_for(project: &str, command: &Command, timeout: Duration) -> Result<(), CommandError> {
        let status = Status {
            project: Some(project.into()),
            length: Length::Month,
            start_ms: 0,
            end_ms: 100,
            spent: Picodollars(20_000_000_000_001).into(),
            limit: Picodollars(20_000_000_000_000),
            standing: Standing::Over,
        };
        run(command, variables(&status), timeout, |time| {
            std::thread::sleep(time);
            true
        })
    }

    #[test]
    fn it_is_told_what_was_reached() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        let script = r#"printf '%s\n' "$CCO_BUDGET" "$CCO_BUDGET_EVENT" "$CCO_BUDGET_PERIOD" "$CCO_BUDGET_PERIOD_START" "$CCO_BUDGET_PROJECT" "$CCO_BUDGET_SPENT_USD" "$CCO_BUDGET_LIMIT_USD" "$CCO_BUDGET_PERCENT" > "$0""#;
        let words = ["/bin/sh", "-c", script, told.to_str().unwrap()].map(str::to_owned);
        run_it(&Command::Program(words.into()), Duration::from_secs(60)).unwrap();
        assert_eq!(
            std::fs::read_to_string(told).unwrap(),
            "monthly, api\nover\nmonth\n1970-01-01T00:00:00Z\napi\n20.000000000001\n20\n100\n"
        );
    }

    #[test]
    fn a_name_full_of_quotes_and_substitutions_is_a_value_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (told, owned) = (folder.path().join("told"), folder.path().join("owned"));
        let line = format!("printf %s \"$CCO_BUDGET_PROJECT\" > '{}'", told.display());
        let touch = format!("touch '{}'", owned.display());
        for name in [
            format!("$({touch})"),
            format!("`{touch}`"),
            format!("\"; {touch}; \""),
            format!("'; {touch}; '"),
            format!("' \" \\ $({touch}) ${{IFS}} && {touch} | x > y\n{touch}\n"),
            "\u{1b}]0;t\u{7}\u{202e}日本".to_owned(),
        ] {
            run_for(&name, &Command::Shell(line.clone()), Duration::from_secs(60)).unwrap();
            assert_eq!(std::fs::read_to_string(&told).unwrap(), name);
            assert!(!owned.exists(), "{name}");
        }
        run_for("a\0b", &Command::Shell(line), Duration::from_secs(60)).unwrap();
        assert_eq!(std::fs::read_to_string(&told).unwrap(), "a\u{fffd}b");
    }

    #[test]
    fn one_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pid");
        let line = format!("sleep 600 & echo $! > '{}'; wait", pids.display());
        let error = run_it(&Command::Shell(line), Duration::from_secs(2)).unwrap_err();
        assert!(matches!(error, CommandError::Late(_)), "{error}");
        let pid = std::fs::read_to_string(pids).unwrap().trim().parse().ok().and_then(Pid::from_raw).unwrap();
        let began = Instant::now();
        // Ended means gone, or waiting for whoever inherited it to notice.
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            state.map_or(true, |state| state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
        };
        while !is_gone() {
            assert!(began.elapsed() < Duration::from_secs(60), "it goes on");
            std::thread::sleep(CHECK_EVERY);
        }
    }

    #[test]
    fn one_that_fails_or_is_not_there_says_so() {
        let failed = run_it(&Command::Shell("exit 7".into()), Duration::from_secs(60)).unwrap_err();
        assert!(failed.to_string().contains('7'), "{failed}");
        let missing = run_it(&Command::Program(vec!["/never/there".into()]), Duration::from_secs(60));
        assert!(matches!(missing, Err(CommandError::Io(_))));
    }
}
