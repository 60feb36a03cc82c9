//! Output of commands: results to stdout, everything else to stderr.
//!
//! Invariant: if the reader of stdout is gone, that is not an error; a closed stderr does not affect a result. Words
//! are screened, so nothing that a stranger named reaches a terminal raw; data for programs is printed byte by byte.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::failure::{Exit, Failure};
use crate::plain_text::{self, screened};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless a variable says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Decides for everything that is printed from here on.
pub(super) fn choose_color(color: Color) {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let choice = match color {
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
        Color::Auto if is_set("FORCE_COLOR") && !is_set("NO_COLOR") => anstream::ColorChoice::AlwaysAnsi,
        Color::Auto => anstream::ColorChoice::Auto,
    };
    choice.write_global();
}

/// Prints words to stdout, without styles if it is not a terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(&mut anstream::stdout().lock(), screened(text).as_bytes())
}

/// Prints a path for programs as it is, byte by byte; a terminal gets escapes.
pub(crate) fn print_path(path: &Path) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        return print(&format!("{}\n", plain_text::plain(&path.to_string_lossy())));
    }
    write(&mut io::stdout().lock(), &[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
}

/// Prints data for programs as it is: nothing is stripped from it.
pub(crate) fn print_data(text: &str) -> Result<(), Failure> {
    write(&mut io::stdout().lock(), text.as_bytes())
}

fn write(out: &mut impl io::Write, text: &[u8]) -> Result<(), Failure> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::output),
    }
}

/// Prints a result as JSON.
pub(crate) fn print_json(result: &impl Serialize) -> Result<(), Failure> {
    print_data(&(to_json(result)? + "\n"))
}

/// A result as JSON that is safe to show.
pub(crate) fn to_json(result: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(result).map_err(|error| Failure::new(Exit::Failed, error))?;
    Ok(plain_text::json(text))
}

/// Ends a program whose command line does not parse, or that was asked for help.
pub(super) fn refuse(error: clap::Error) -> ExitCode {
    let (code, is_error) = (error.exit_code(), error.use_stderr());
    let text = plain_text::usage_error(error);
    // If the output is closed, there is nobody to tell.
    if is_error {
        note(text.trim_end());
    } else {
        let _ = print(&text);
    }
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Prints a note to stderr.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", screened(text));
}

/// Prints an error with its causes and returns the exit code.
pub(super) fn report(failure: &Failure) -> ExitCode {
    note(&format!("cco: {failure}"));
    failure.exit().into()
}
