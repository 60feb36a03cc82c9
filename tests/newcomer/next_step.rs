//! What an error names as the next step: a command of ours, an option, a program of the system (each of them exists), or an
//! example of a value.

use crate::home::{Newcomer, text};

/// Programs of the system that messages name.
const SYSTEM: &[&str] = &["chmod", "chown", "cp", "kill", "mkdir", "mv", "rm", "sysctl"];

/// A next step.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// One of our programs with words and options.
    Own(Vec<String>),
    /// An option of the command that failed.
    Option(String),
    /// Another program.
    System(String),
    /// A value that would do.
    Example,
}

fn bare(word: &str) -> &str {
    word.trim_start_matches(['`', '\'', '"', '(']).trim_end_matches(['`', '\'', '"', ')', ':', ';', ',', '.'])
}

/// Whether a word ends what is quoted or the clause that it is in.
fn ends(word: &str) -> bool {
    word.ends_with(['`', '\'', '"', ')', ':', ';', ',', '.'])
}

/// The steps that a message names.
fn steps(message: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in message.lines() {
        // The name of the program that speaks is no step.
        let line = ["cco: ", "cco-peek: "].iter().find_map(|own| line.strip_prefix(own)).unwrap_or(line);
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let name = bare(word);
            if name == "cco" || name == "cco-peek" {
                let mut command = vec![name.to_owned()];
                let mut is_over = ends(word);
                while !is_over && words.peek().is_some_and(|word| is_of_command(bare(word))) {
                    let word = words.next().unwrap();
                    command.push(bare(word).to_owned());
                    is_over = ends(word);
                }
                steps.push(Step::Own(command));
            } else if name.starts_with("--") {
                steps.push(Step::Option(name.split('=').next().unwrap().to_owned()));
            } else if SYSTEM.contains(&name) {
                steps.push(Step::System(name.to_owned()));
            } else if name == "such" && words.peek() == Some(&"as") {
                steps.push(Step::Example);
            }
        }
    }
    steps
}

fn is_of_command(word: &str) -> bool {
    let option = word.trim_start_matches("--");
    !option.is_empty() && option.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

fn help(newcomer: &Newcomer, program: &str, command: &[&str]) -> String {
    text(&newcomer.command(program).args(command).arg("--help").output().unwrap().stdout)
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<&str> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

fn has_option(help: &str, option: &str) -> bool {
    help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word == option)
}

/// What is wrong with one of our commands as it is named.
fn check(newcomer: &Newcomer, named: &[String]) -> Result<(), String> {
    let (program, words) = named.split_first().unwrap();
    let mut command: Vec<&str> = Vec::new();
    for word in words {
        let help = help(newcomer, program, &command);
        if word.starts_with("--") {
            if !has_option(&help, word) {
                return Err(format!("{program} {command:?} has no option {word}"));
            }
        } else if commands(&help).contains(&&**word) {
            command.push(word);
        } else if command.is_empty() {
            return Err(format!("{program} has no command {word}"));
        }
    }
    Ok(())
}

/// Checks that a message names a next step, and that every step it names exists. `failed` is the command that printed it.
pub(crate) fn next_step(newcomer: &Newcomer, failed: &[&str], message: &str) -> Result<(), String> {
    let (program, typed) = match failed {
        ["cco-peek", typed @ ..] => ("cco-peek", typed),
        typed => ("cco", typed),
    };
    let mut steps = steps(message);
    // What was typed is quoted, and no step.
    steps.retain(|step| !matches!(step, Step::Option(option) if typed.contains(&&**option)));
    if steps.is_empty() {
        return Err(format!("{failed:?} names no next step: {message}"));
    }
    let checked = steps.iter().try_for_each(|step| match step {
        Step::Own(named) => check(newcomer, named),
        Step::Example => Ok(()),
        Step::Option(option) => {
            let mut command = Vec::new();
            for word in typed {
                if !commands(&help(newcomer, program, &command)).contains(word) {
                    break;
                }
                command.push(word);
            }
            let is_there = has_option(&help(newcomer, program, &command), option);
            if is_there { Ok(()) } else { Err(format!("{program} {command:?} has no option {option}")) }
        }
        Step::System(name) => {
            let found = newcomer.command("sh").args(["-c", "command -v \"$0\"", name]).output();
            let is_there = found.is_ok_and(|found| found.status.success());
            if is_there { Ok(()) } else { Err(format!("there is no program {name}")) }
        }
    });
    checked.map_err(|wrong| format!("{failed:?}: {wrong}: {message}"))
}

/// Asserts that.
#[track_caller]
pub(crate) fn assert_names_a_next_step(newcomer: &Newcomer, failed: &[&str], message: &str) {
    assert_eq!(next_step(newcomer, failed, message), Ok(()));
}

#[test]
fn steps_are_found_in_messages_and_checked() {
    let own = |words: &[&str]| Step::Own(words.iter().map(|word| (*word).to_owned()).collect());
    assert_eq!(
        steps("cco: no ledger at x; to create it: cco publish --once"),
        [own(&["cco", "publish", "--once"])]
    );
    assert_eq!(steps("cco-peek: run `cco publish --once` to make one"), [own(&["cco", "publish", "--once"])]);
    assert_eq!(
        steps("cco: x: use --wrap to show both, --replace to replace it"),
        [Step::Option("--wrap".into()), Step::Option("--replace".into())]
    );
    assert_eq!(steps("copy it first: cp /a /b"), [Step::System("cp".into())]);
    assert_eq!(steps("cco: it failed"), []);

    let newcomer = Newcomer::new();
    let is_there = |words: &[&str]| {
        check(&newcomer, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).is_ok()
    };
    assert!(
        is_there(&["cco", "ledger", "verify"])
            && is_there(&["cco", "publish", "--once"])
            && is_there(&["cco"])
    );
    assert!(!is_there(&["cco", "mend"]) && !is_there(&["cco", "publish", "--twice"]));
}
