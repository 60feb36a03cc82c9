//! Prints an error with its causes, the same way everywhere.
//!
//! Invariant: the error, then each cause after a colon, down to the last, on one line and without hostile characters,
//! whatever an error quotes. Used by everything that reports errors.

use std::error::Error;
use std::fmt::{self, Write as _};

use crate::plain_text::{MESSAGE_COLUMNS, fitted};

/// An error to print with its causes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Causes<'a>(&'a dyn Error);

/// The error with its causes.
pub(crate) fn causes(error: &dyn Error) -> Causes<'_> {
    Causes(error)
}

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(text, ": {error}")?;
            cause = error.source();
        }
        f.write_str(&fitted(&text, MESSAGE_COLUMNS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Link(&'static str, Option<Box<Link>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|link| link as _)
        }
    }

    #[test]
    fn every_cause_is_printed_in_order() {
        let link = |what, cause: Option<Link>| Link(what, cause.map(Box::new));
        let error = link("cannot save", Some(link("cannot write", Some(link("disk full", None)))));
        assert_eq!(causes(&error).to_string(), "cannot save: cannot write: disk full");
        assert_eq!(causes(&link("alone", None)).to_string(), "alone");
        assert_eq!(causes(&link("no\ncco: yes\u{9b}", None)).to_string(), "no\\ncco: yes\\u{9b}");
    }
}
