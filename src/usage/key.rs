//! The identity of a request: 128 bits of hash over what names it.
//!
//! The kinds of name (message id, gateway id within a session, uuid, bare bytes) are hashed under different
//! seeds, so that equal text of different kinds stays apart. XXH3's 128 bits make an accidental collision
//! among 10⁹ requests less likely than 10⁻²⁰. The hash is stable: a ledger may keep it.

use xxhash_rust::xxh3::{Xxh3, xxh3_128_with_seed};

/// Identifies one request over all transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

const MESSAGE: u64 = 1;
const SESSION_MESSAGE: u64 = 2;
const UUID: u64 = 3;
const BYTES: u64 = 4;

impl Key {
    /// The key of a record: `id` is `message.id`, `bytes` the whole object as it stands in the transcript.
    ///
    /// An id that starts with `msg_` is unique over all files; another one (a gateway's) within its session;
    /// without an id the record's `uuid` stands in, and without both its bytes. Empty strings are absent.
    pub fn of(id: Option<&str>, session: &str, uuid: Option<&str>, bytes: &[u8]) -> Self {
        let present = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        match (id, uuid) {
            (Some(id), _) if id.starts_with("msg_") => Self(xxh3_128_with_seed(id.as_bytes(), MESSAGE)),
            (Some(id), _) if present(Some(id)) => {
                let mut hash = Xxh3::with_seed(SESSION_MESSAGE);
                hash.update(&(id.len() as u64).to_le_bytes());
                hash.update(id.as_bytes());
                hash.update(session.as_bytes());
                Self(hash.digest128())
            }
            (_, Some(uuid)) if present(Some(uuid)) => Self(xxh3_128_with_seed(uuid.as_bytes(), UUID)),
            _ => Self(xxh3_128_with_seed(bytes, BYTES)),
        }
    }
}
