//! Shares values that repeat from record to record, one copy per reader.
//!
//! Invariant: a known value costs no allocation, and the value asked for last costs only a comparison,
//! because most records of a transcript agree. Values are looked up by a 64-bit hash and then compared, so a
//! collision only loses sharing, never correctness. Used by [`super::decode`].

use std::sync::Arc;

use foldhash::HashMap;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::usage::{Dimensions, Home, Terms};

/// Shared models, sessions, homes, terms and dimensions.
#[derive(Debug, Default)]
pub(super) struct Interner {
    texts: Pool<str>,
    homes: Pool<Home>,
    terms: Pool<Terms>,
    dimensions: Pool<Dimensions>,
}

impl Interner {
    /// A shared copy of a text.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        self.texts.get(|| xxh3_64(text.as_bytes()), |known| known == text, || Arc::from(text))
    }

    /// A shared home.
    pub(super) fn home(
        &mut self,
        copied: bool,
        sidechain: bool,
        session: &str,
        project: &Arc<str>,
    ) -> Arc<Home> {
        let hash = || hash(&[session, project], u8::from(copied) << 1 | u8::from(sidechain));
        let same = |known: &Home| {
            (known.copied, known.sidechain) == (copied, sidechain)
                && *known.session == *session
                && known.project == *project
        };
        let texts = &mut self.texts;
        self.homes.get(hash, same, || {
            let session =
                texts.get(|| xxh3_64(session.as_bytes()), |known| known == session, || session.into());
            Arc::new(Home { copied, sidechain, session, project: Arc::clone(project) })
        })
    }

    /// Shared terms.
    pub(super) fn terms(&mut self, speed: &str, tier: &str, geo: &str) -> Arc<Terms> {
        let same = |known: &Terms| {
            is_same(&known.speed, speed) && is_same(&known.tier, tier) && is_same(&known.geo, geo)
        };
        self.terms.get(
            || hash(&[speed, tier, geo], 0),
            same,
            || Arc::new(Terms { speed: speed.into(), tier: tier.into(), geo: geo.into() }),
        )
    }

    /// Shared dimensions. Give the values in the order of [`Dimensions::values`].
    pub(super) fn dimensions(&mut self, values: [&str; Dimensions::COUNT]) -> Arc<Dimensions> {
        let make = || Arc::new(Dimensions::of(values));
        let same =
            |known: &Dimensions| known.values().iter().zip(values).all(|(known, text)| is_same(known, text));
        self.dimensions.get(|| hash(&values, 0), same, make)
    }
}

/// Whether two texts are the same. Most members are empty, and even comparing no bytes costs a call: with an empty box,
/// whose address is no memory, glibc's `memcmp` takes longer than for a long text.
fn is_same(known: &str, text: &str) -> bool {
    known.len() == text.len() && (text.is_empty() || known == text)
}

fn hash(texts: &[&str], flags: u8) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(&[flags]);
    for text in texts {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.digest()
}

/// Shared values by hash.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashMap<u64, Arc<T>>,
    /// The value asked for last.
    last: Option<Arc<T>>,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { known: HashMap::default(), last: None }
    }
}

impl<T: ?Sized> Pool<T> {
    fn get(
        &mut self,
        hash: impl FnOnce() -> u64,
        same: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Arc<T>,
    ) -> Arc<T> {
        if let Some(last) = self.last.as_ref().filter(|last| same(last)) {
            return Arc::clone(last);
        }
        let hash = hash();
        let found = match self.known.get(&hash) {
            Some(known) if same(known) => Arc::clone(known),
            Some(_) => make(),
            None => Arc::clone(self.known.entry(hash).or_insert_with(make)),
        };
        self.last = Some(Arc::clone(&found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value_is_shared() {
        let mut interner = Interner::default();
        let project: Arc<str> = "p".into();
        let first = interner.home(false, true, "s", &project);
        assert!(Arc::ptr_eq(&first, &interner.home(false, true, "s", &project)));
        assert!(Arc::ptr_eq(&first.session, &interner.text("s")));
        assert_ne!(first, interner.home(true, false, "s", &project));
        assert!(Arc::ptr_eq(&interner.terms("a", "", "b"), &interner.terms("a", "", "b")));
        assert_ne!(interner.terms("a", "", "b"), interner.terms("", "a", "b"));
    }

    #[test]
    fn values_with_the_same_hash_stay_different() {
        let mut pool = Pool::<str>::default();
        let one = pool.get(|| 7, |known| known == "one", || "one".into());
        let two = pool.get(|| 7, |known| known == "two", || "two".into());
        assert_eq!((&*one, &*two), ("one", "two"));
    }
}
