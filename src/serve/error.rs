//! Why a server does not start.
//!
//! Invariant: each message says what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::address::Address;
use crate::plain_text;

/// Why a server does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is not one.
    Address {
        /// As given.
        given: String,
        /// What is wrong.
        what: String,
    },
    /// Others can reach the address, and there is no token.
    NeedsToken(Address),
    /// The server goes by names that others may use, and there is no token.
    NamesNeedToken,
    /// Others can reach the address, and nobody said that it may be without encryption.
    NeedsConsent(Address),
    /// The token file cannot be read.
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other users can read the token file.
    OpenToken {
        /// The file.
        path: PathBuf,
    },
    /// The token is too short, too long or not printable.
    BadToken {
        /// The file.
        path: PathBuf,
    },
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: Address,
        /// Why.
        source: io::Error,
    },
    /// No thread or runtime can be had.
    Begin(io::Error),
}

fn how_to_make(f: &mut fmt::Formatter<'_>, path: &Path) -> fmt::Result {
    let path = plain_text::path(path);
    write!(f, "(umask 077; head -c 32 /dev/urandom | base64 > '{path}')")
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { given, what } => {
                write!(f, "cannot serve at {:?}: {what}", plain_text::name(given))
            }
            Self::NeedsToken(address) => {
                write!(
                    f,
                    "other machines can reach {address}: name a file with a token that clients must show, with \
                     --token-file or token_file in [http]; to make one: "
                )?;
                how_to_make(f, Path::new("FILE"))
            }
            Self::NamesNeedToken => {
                write!(
                    f,
                    "with names in hosts of [http] others may come through a proxy, which makes them look like you: name \
                     a file with a token that clients must show, with --token-file or token_file in [http]; to make one: "
                )?;
                how_to_make(f, Path::new("FILE"))
            }
            Self::NeedsConsent(address) => write!(
                f,
                "other machines can reach {address}, and nothing is encrypted: to serve it nevertheless, use \
                 --allow-plain-http; to encrypt, keep 127.0.0.1 and use ssh -L, or a proxy with TLS: then use \
                 --token-file, and name the proxy in hosts of [http], because only then everyone needs the token"
            ),
            Self::TokenFile { path, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "there is no token file {}; to make one: ", plain_text::path(path))?;
                how_to_make(f, path)
            }
            Self::TokenFile { path, .. } => {
                write!(f, "cannot read the token file {}", plain_text::path(path))
            }
            Self::OpenToken { path } => {
                let path = plain_text::path(path);
                write!(
                    f,
                    "other users can read the token in {path}: chmod 600 '{path}', and change the token"
                )
            }
            Self::BadToken { path } => {
                let path = plain_text::path(path);
                write!(f, "the token in {path} must be 16 to 256 printable characters; to make one: ")?;
                how_to_make(f, Path::new(&path))
            }
            Self::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "cannot serve at {address}, another program listens there: stop it, or choose another address, such \
                 as 127.0.0.1:3001"
            ),
            Self::Listen { address, .. } => write!(f, "cannot serve at {address}"),
            Self::Begin(_) => f.write_str("cannot start the server"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TokenFile { source, .. } | Self::Listen { source, .. } | Self::Begin(source) => {
                Some(source)
                    .filter(|source| {
                        !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::AddrInUse)
                    })
                    .map(|source| source as _)
            }
            _ => None,
        }
    }
}
