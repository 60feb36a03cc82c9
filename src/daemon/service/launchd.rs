//! launchd: an agent of the user's session.
//!
//! Invariant: every path and variable reaches the program unchanged: the property list is escaped XML.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use super::error::ServiceError;
use super::program::{MARK, Program, text};
use super::step::Step;

/// The agent's name.
pub(super) const LABEL: &str = "dev.cco.publisher";

/// The agent's file.
pub(super) fn plist(program: &Program) -> Result<String, ServiceError> {
    let mut words = String::new();
    for word in std::iter::once(program.path.as_os_str()).chain(program.arguments.iter().map(AsRef::as_ref)) {
        put(&mut words, format_args!("    <string>{}</string>\n", escaped(text(word)?)));
    }
    let mut variables = String::new();
    for (name, value) in &program.variables {
        let (name, value) = (escaped(text(name)?), escaped(text(value)?));
        put(&mut variables, format_args!("    <key>{name}</key><string>{value}</string>\n"));
    }
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- {MARK}; `cco service uninstall` removes it. -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \x20 <key>Label</key><string>{LABEL}</string>\n\
         \x20 <key>ProgramArguments</key>\n\
         \x20 <array>\n{words}  </array>\n\
         \x20 <key>EnvironmentVariables</key>\n\
         \x20 <dict>\n{variables}  </dict>\n\
         \x20 <key>RunAtLoad</key><true/>\n\
         \x20 <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>\n\
         \x20 <key>ThrottleInterval</key><integer>10</integer>\n\
         \x20 <key>ProcessType</key><string>Background</string>\n\
         \x20 <key>Umask</key><integer>63</integer>\n\
         </dict>\n\
         </plist>\n"
    ))
}

/// Makes launchd run the agent whose file is written.
pub(super) fn begin(file: &Path) -> Vec<Step> {
    let mut bootstrap = Step::new(&["bootstrap", &domain()]);
    bootstrap.arguments.push(file.into());
    vec![Step::new(&["bootout", &target()]).that_may_fail(), bootstrap]
}

/// Makes it forget the agent, before and after the file is removed.
pub(super) fn end() -> (Vec<Step>, Vec<Step>) {
    (vec![Step::new(&["bootout", &target()]).that_may_fail()], Vec::new())
}

/// Asks whether the user's manager answers.
pub(super) fn is_there() -> Vec<OsString> {
    Step::new(&["print", &domain()]).arguments
}

/// Asks whether it runs.
pub(super) fn is_active() -> Vec<OsString> {
    Step::new(&["print", &target()]).arguments
}

fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn target() -> String {
    format!("{}/{LABEL}", domain())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_path_or_variable_is_escaped() {
        let program = Program {
            path: "/Applications/a & b/cco".into(),
            arguments: vec!["publish".into()],
            variables: vec![("CCO_STATE".into(), "/<s>".into())],
        };
        let plist = plist(&program).unwrap();
        assert!(plist.contains("<string>/Applications/a &amp; b/cco</string>\n    <string>publish</string>"));
        assert!(plist.contains("<key>CCO_STATE</key><string>/&lt;s&gt;</string>"), "{plist}");
        assert!(plist.contains("<key>RunAtLoad</key><true/>"));
    }
}
