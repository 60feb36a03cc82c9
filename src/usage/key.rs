//! The identity of a request: 128 bits of hash over what names it.
//!
//! The kinds of name (message id, gateway id within a session and an API request, uuid, bare bytes) are hashed under different
//! seeds, so that equal text of different kinds stays apart. XXH3's 128 bits make an accidental collision
//! among 10⁹ requests less likely than 10⁻²⁰. The hash is stable: a ledger may keep it.

use xxhash_rust::xxh3::{Xxh3, xxh3_128_with_seed};

/// Identifies one request over all transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

const MESSAGE: u64 = 1;
/// Of the first edition of the counting rule: a gateway's id within its session, whatever the API request.
const SESSION_MESSAGE: u64 = 2;
const UUID: u64 = 3;
const BYTES: u64 = 4;
const GATEWAY_MESSAGE: u64 = 5;

impl Key {
    /// The key of a record: `id` is `message.id`, `request` its `requestId`, `bytes` the whole object as it stands
    /// in the transcript.
    ///
    /// An id that starts with `msg_` is unique over all files; another one (a gateway's) within its session and API
    /// request, because some gateways name every message alike; without an id the record's `uuid` stands in, and
    /// without both its bytes. Empty strings are absent.
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

    /// The key that the first edition of the counting rule gave a record, if it was another one: a ledger of that
    /// edition keeps the request under it.
    pub fn in_first_edition(id: Option<&str>, session: &str) -> Option<Self> {
        let id = id.filter(|id| !id.is_empty() && !id.starts_with("msg_"))?;
        Some(Self::of_texts(SESSION_MESSAGE, &[id], session))
    }

    /// Texts one after another, all but the last with their length, so that none runs into the next.
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
