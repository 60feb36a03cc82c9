//! The identity of a request: a 128-bit hash over what names it.
//!
//! Each kind of name (message id, gateway id within a session and an API request, uuid, bare bytes) is hashed
//! with its own seed, so equal texts of different kinds get different keys. With XXH3's 128 bits, an
//! accidental collision among 10⁹ requests is less likely than 10⁻²⁰. The hash is stable: a ledger may keep
//! it.

use xxhash_rust::xxh3::{Xxh3, xxh3_128_with_seed};

/// Identifies one request across all transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

const MESSAGE: u64 = 1;
/// First edition of the counting rule: a gateway's id within its session, regardless of the API request.
const SESSION_MESSAGE: u64 = 2;
const UUID: u64 = 3;
const BYTES: u64 = 4;
const GATEWAY_MESSAGE: u64 = 5;

impl Key {
    /// The key of a record. `id` is its `message.id`, `request` its `requestId`, and `bytes` the whole object
    /// as written in the transcript.
    ///
    /// An id that starts with `msg_` is unique across all files. Any other id comes from a gateway and is
    /// unique only within its session and API request, because some gateways give every message the same id.
    /// Without an id, the record's `uuid` is used; without either, its bytes. An empty string counts as
    /// absent.
    pub fn of(
        id: Option<&str>,
        session: &str,
        request: Option<&str>,
        uuid: Option<&str>,
        bytes: &[u8],
    ) -> Self {
        let present = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        match (id, uuid) {
            (Some(id), _) if id.starts_with("msg_") => Self(xxh3_128_with_seed(id.as_bytes(), MESSAGE)),
            (Some(id), _) if present(Some(id)) => {
                Self::of_texts(GATEWAY_MESSAGE, &[id, session], request.unwrap_or_default())
            }
            (_, Some(uuid)) if present(Some(uuid)) => Self(xxh3_128_with_seed(uuid.as_bytes(), UUID)),
            _ => Self(xxh3_128_with_seed(bytes, BYTES)),
        }
    }

    /// The key that the first edition of the counting rule gave a record, if it differs. A ledger written by
    /// that edition keeps the request under this key.
    pub fn in_first_edition(id: Option<&str>, session: &str) -> Option<Self> {
        let id = id.filter(|id| !id.is_empty() && !id.starts_with("msg_"))?;
        Some(Self::of_texts(SESSION_MESSAGE, &[id], session))
    }

    /// Hashes the texts in order. Each but the last is preceded by its length, so its end is unambiguous.
    fn of_texts(kind: u64, texts: &[&str], last: &str) -> Self {
        let mut hash = Xxh3::with_seed(kind);
        for text in texts {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(last.as_bytes());
        Self(hash.digest128())
    }
}
