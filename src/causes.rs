//! Prints an error with its causes, the same way everywhere.
//!
//! Invariant: the error, then each cause after a colon, down to the last. Used by everything that reports errors.

use std::error::Error;
use std::fmt;

/// An error to print with its causes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Causes<'a>(&'a dyn Error);

/// The error with its causes.
pub(crate) fn causes(error: &dyn Error) -> Causes<'_> {
    Causes(error)
}

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
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
    }
}
