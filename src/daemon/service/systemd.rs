//! systemd: a unit of the user's manager that reports when it is ready and that it is alive.
//!
//! Invariant: every path and variable reaches the program unchanged: quotes, `%` and `$` are escaped as
//! systemd.syntax(7) and systemd.service(5) describe.

use std::ffi::OsString;
use std::fmt::Write as _;

use super::error::ServiceError;
use super::program::{MARK, Program, text};
use super::step::Step;

/// The unit.
pub(super) const NAME: &str = "cco.service";

/// The unit's file.
pub(super) fn unit(program: &Program) -> Result<String, ServiceError> {
    let mut command = quoted(text(program.path.as_os_str())?);
    for argument in &program.arguments {
        command.push(' ');
        // Only arguments are looked through for variables, the program's path is not.
        command += &quoted(&text(argument)?.replace('$', "$$"));
    }
    let mut environment = String::new();
    for (name, value) in &program.variables {
        let assignment = format!("{}={}", text(name)?, text(value)?);
        writeln!(environment, "Environment={}", quoted(&assignment))
            .expect("writing to a String cannot fail");
    }
    Ok(format!(
        "# {MARK}; `cco service uninstall` removes it.\n\
         [Unit]\n\
         Description=Claude Code usage publisher (cco)\n\
         \n\
         [Service]\n\
         Type=notify\n\
         NotifyAccess=main\n\
         ExecStart={command}\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         {environment}\
         # The first scan can take long. The service is ready after the first publish.\n\
         TimeoutStartSec=infinity\n\
         WatchdogSec=60\n\
         Restart=on-failure\n\
         RestartSec=5\n\
         # Wrong usage, or another publisher is running: a restart would not help.\n\
         RestartPreventExitStatus=2 6\n\
         Nice=10\n\
         UMask=0077\n\
         NoNewPrivileges=yes\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    ))
}

/// Makes the manager run the unit whose file is written.
pub(super) fn begin() -> Vec<Step> {
    vec![
        Step::new(&["--user", "daemon-reload"]),
        Step::new(&["--user", "enable", NAME]),
        // Also where an older one runs.
        Step::new(&["--user", "--no-block", "restart", NAME]),
    ]
}

/// Makes it forget the unit, before and after the file is removed.
pub(super) fn end() -> (Vec<Step>, Vec<Step>) {
    let before = Step::new(&["--user", "disable", "--now", NAME]).that_may_fail();
    (vec![before], vec![Step::new(&["--user", "daemon-reload"]).that_may_fail()])
}

/// Asks whether the user's manager answers.
pub(super) fn is_there() -> Vec<OsString> {
    Step::new(&["--user", "show-environment"]).arguments
}

/// Asks whether it runs.
pub(super) fn is_active() -> Vec<OsString> {
    Step::new(&["--user", "is-active", "--quiet", NAME]).arguments
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_path_or_variable_is_kept() {
        let program = Program {
            path: "/opt/my tools/cco".into(),
            arguments: vec!["publish".into(), "--root".into(), "/a \"b\" 100% $HOME\\x".into()],
            variables: vec![("CCO_STATE".into(), "/s t/50%".into())],
        };
        let unit = unit(&program).unwrap();
        for line in [
            r#"ExecStart="/opt/my tools/cco" "publish" "--root" "/a \"b\" 100%% $$HOME\\x""#,
            r#"Environment="CCO_STATE=/s t/50%%""#,
            "Type=notify",
            "WatchdogSec=60",
        ] {
            assert!(unit.lines().any(|found| found == line), "{line} is missing in\n{unit}");
        }
    }

    #[test]
    fn what_a_unit_cannot_express_is_refused() {
        let program = Program { path: "/cco".into(), arguments: vec!["a\nb".into()], variables: Vec::new() };
        assert!(matches!(unit(&program), Err(ServiceError::Unwritable { .. })));
    }
}
