//! The token that clients show, from a file that only its user can read.
//!
//! Invariant: how long a comparison takes says nothing about the token, not even its length.

use std::fmt;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use subtle::{Choice, ConstantTimeEq as _};

use super::error::ServeError;
use crate::own_folder;

/// The fewest and the most bytes of a token.
const LEAST: usize = 16;
const MOST: usize = 256;

/// A token. It is never printed.
#[derive(Clone)]
pub(super) struct Token {
    bytes: [u8; MOST],
    length: u64,
}

impl Token {
    /// Reads the file at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, ServeError> {
        let failed = |source| ServeError::TokenFile { path: path.into(), source };
        let missing = || failed(io::ErrorKind::NotFound.into());
        let file = own_folder::read(path).map_err(failed)?.ok_or_else(missing)?;
        if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(ServeError::OpenToken { path: path.into() });
        }
        let mut text = String::new();
        file.take(4096).read_to_string(&mut text).map_err(failed)?;
        Self::of(text.trim()).ok_or_else(|| ServeError::BadToken { path: path.into() })
    }

    fn of(text: &str) -> Option<Self> {
        let is_fit = (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_fit.then(|| Self::padded(text.as_bytes()))
    }

    /// A text of at most [`MOST`] bytes.
    fn padded(text: &[u8]) -> Self {
        let mut bytes = [0; MOST];
        bytes[..text.len()].copy_from_slice(text);
        Self { bytes, length: text.len() as u64 }
    }

    /// Whether a client showed this token.
    pub(super) fn is(&self, shown: &[u8]) -> bool {
        // What is cut off here has the wrong length.
        let other = Self::padded(&shown[..shown.len().min(MOST)]);
        let same_length: Choice = self.length.ct_eq(&(shown.len() as u64));
        (self.bytes.ct_eq(&other.bytes) & same_length).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    const TEXT: &str = "0123456789abcdef-token";

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::of(TEXT).unwrap();
        assert!(token.is(TEXT.as_bytes()));
        let longer = format!("{TEXT}\0");
        let endless = TEXT.repeat(100);
        for wrong in ["", "0123456789abcdef", &longer, &endless, "0123456789abcdef-Token"] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token");
    }

    #[test]
    fn a_token_is_long_and_printable() {
        for bad in ["", "short", "0123456789abcde f", "0123456789abcdeé"] {
            assert!(Token::of(bad).is_none(), "{bad}");
        }
        assert!(Token::of(&"x".repeat(MOST)).is_some() && Token::of(&"x".repeat(MOST + 1)).is_none());
    }

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let why = || Token::read(&path).unwrap_err().to_string();
        assert!(why().contains("/dev/urandom"), "{}", why());
        std::fs::write(&path, format!("{TEXT}\n")).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(why().contains("chmod 600"), "{}", why());
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(Token::read(&path).unwrap().is(TEXT.as_bytes()));
    }
}
