//! The correct totals of the generated transcripts.
//!
//! Invariant: of the records that share a key, the highest usage counts, whatever their order. The totals are
//! computed from the values that were put into the lines, never from their text.

use std::collections::{BTreeMap, HashMap};

/// Token and search counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tokens {
    /// Uncached input tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Tokens written to the five-minute cache.
    pub cache_write_5m: u64,
    /// Tokens written to the one-hour cache.
    pub cache_write_1h: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Server-side web searches.
    pub web_searches: u64,
}

impl Tokens {
    /// The sum of the five kinds of tokens.
    pub fn total(&self) -> u64 {
        self.input + self.output + self.cache_write_5m + self.cache_write_1h + self.cache_read
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.cache_read += other.cache_read;
        self.web_searches += other.web_searches;
    }
}

impl std::ops::SubAssign for Tokens {
    fn sub_assign(&mut self, other: Self) {
        self.input -= other.input;
        self.output -= other.output;
        self.cache_write_5m -= other.cache_write_5m;
        self.cache_write_1h -= other.cache_write_1h;
        self.cache_read -= other.cache_read;
        self.web_searches -= other.web_searches;
    }
}

/// The correct totals of a corpus: each request once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Distinct API requests: merged records, and their advisor and compaction iterations.
    pub requests: u64,
    /// Distinct merged records.
    pub messages: u64,
    /// Tokens of all requests.
    pub tokens: Tokens,
    /// Requests and tokens by model, named as written.
    pub models: BTreeMap<&'static str, (u64, Tokens)>,
}

impl Truth {
    /// Adds the totals of other transcripts, which must share no request with these.
    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.messages += other.messages;
        self.tokens += other.tokens;
        for (model, (requests, tokens)) in &other.models {
            let sum = self.models.entry(model).or_default();
            sum.0 += requests;
            sum.1 += *tokens;
        }
    }

    fn request(&mut self, model: &'static str, tokens: Tokens) {
        self.requests += 1;
        self.tokens += tokens;
        let sum = self.models.entry(model).or_default();
        sum.0 += 1;
        sum.1 += tokens;
    }
}

/// What makes two records one request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A `msg_` id, unique across all files.
    Message(String),
    /// A gateway's id, unique within a session.
    Gateway { session: String, id: String },
    /// The record's uuid, if it has no id.
    Uuid(String),
}

/// The usage of a request as one line reports it.
#[derive(Clone, Debug)]
pub(crate) struct RequestUsage {
    pub(crate) key: Key,
    pub(crate) model: &'static str,
    pub(crate) tokens: Tokens,
    /// An iteration that is a separate request: its model and tokens.
    pub(crate) iteration: Option<(&'static str, Tokens)>,
}

impl RequestUsage {
    fn all_tokens(&self) -> Tokens {
        let mut tokens = self.tokens;
        tokens += self.iteration.map_or(Tokens::default(), |(_, tokens)| tokens);
        tokens
    }

    /// The usage on a copy of the line in another session, where a gateway's id is a different request.
    pub(crate) fn copied_to(mut self, to: &str) -> Self {
        if let Key::Gateway { session, .. } = &mut self.key {
            to.clone_into(session);
        }
        self
    }
}

/// The highest usage seen of each key.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    highest: HashMap<Key, RequestUsage>,
    /// The sum of `highest`.
    tokens: Tokens,
}

impl Tally {
    pub(crate) fn add(&mut self, counted: &RequestUsage) {
        let rank = |counted: &RequestUsage| (counted.tokens.output, counted.tokens.total(), counted.tokens);
        match self.highest.get(&counted.key) {
            Some(highest) if rank(highest) >= rank(counted) => return,
            Some(highest) => self.tokens -= highest.all_tokens(),
            None => {}
        }
        self.tokens += counted.all_tokens();
        self.highest.insert(counted.key.clone(), counted.clone());
    }

    /// Distinct messages.
    pub(crate) fn messages(&self) -> u64 {
        self.highest.len() as u64
    }

    /// Tokens of all requests.
    pub(crate) fn tokens(&self) -> Tokens {
        self.tokens
    }

    pub(crate) fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for counted in self.highest.values() {
            truth.messages += 1;
            truth.request(counted.model, counted.tokens);
            if let Some((model, tokens)) = counted.iteration {
                truth.request(model, tokens);
            }
        }
        truth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_usage_of_a_key_counts() {
        let line = |output| RequestUsage {
            key: Key::Message("msg_1".into()),
            model: "a-model",
            tokens: Tokens { input: 3, output, ..Tokens::default() },
            iteration: None,
        };
        let mut tally = Tally::default();
        for output in [1, 200, 40] {
            tally.add(&line(output));
        }
        let truth = tally.truth();
        assert_eq!((truth.requests, truth.messages, truth.tokens.total()), (1, 1, 203));
        assert_eq!((tally.messages(), tally.tokens()), (1, truth.tokens));
    }
}
