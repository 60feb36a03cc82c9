//! A walked object to a record: whether it counts, and as what.
//!
//! Invariant: only texts that count are decoded, strictly (UTF-8, no bare control bytes, whole escapes, no
//! lone surrogates); if one of them does not decode, the object counts nothing and is reported. A `cwd` only
//! names a folder for display and may be damaged, as may a dimension; a `uuid` counts only without a message id, a
//! `requestId` only with a gateway's.

use std::borrow::Cow;
use std::sync::Arc;

use super::cost_state::{self, CostState};
use super::intern::Known;
use super::iterations;
use super::object::{Envelope, Member, Object};
use super::timestamp;
use crate::ingest::json::{Scalar, Texts, Undecodable};
use crate::snapshot::Picodollars;
use crate::usage::{Dimensions, Iteration, Key, Rare, Record, Terms};

/// The model Claude Code writes for messages that no request stands behind.
const SYNTHETIC: &str = "<synthetic>";

/// The type of records of messages.
const ASSISTANT: &str = "assistant";

/// The type of records that may wrap one.
const PROGRESS: &str = "progress";

/// The kind of sessions that run in the background, with copies of what another session made.
const BACKGROUND: &str = "bg";

/// The type of lines that hold Claude Code's own figure.
const COST_STATE: &[u8] = b"cost-state";

/// What becomes of an object.
#[derive(Debug)]
pub(in crate::ingest) enum Verdict {
    /// It is a record that counts.
    Counts(Counted),
    /// It is Claude Code's own figure for a session.
    CostState(Box<CostState>),
    /// It is no record with usage.
    NoRecord,
    /// It is a record of a synthetic message.
    Synthetic,
    /// It is a record without a timestamp, or one that is not RFC 3339.
    BadTimestamp,
    /// A text that counts does not decode.
    Undecodable,
}

/// Turns objects into records, sharing what repeats and reusing its buffers.
#[derive(Default)]
pub(in crate::ingest) struct Decoder {
    known: Known,
    texts: Texts,
    model: Recent,
    session: Recent,
    terms: Repeated<Terms, 3>,
    dimensions: Repeated<Dimensions, { Dimensions::COUNT }>,
}

/// What an object counts as.
#[derive(Debug)]
pub(in crate::ingest) struct Counted {
    /// The record.
    pub(in crate::ingest) record: Record,
    /// The key that the first edition of the counting rule gave it, if that was another one.
    pub(in crate::ingest) earlier_key: Option<Key>,
}

impl Decoder {
    /// Judges an object. `bytes` are the object's own; `session` stands in where it names none.
    pub(in crate::ingest) fn judge(
        &mut self,
        object: &Object<'_>,
        bytes: &[u8],
        project: &Arc<str>,
        session: &Arc<str>,
    ) -> Verdict {
        // Only these bytes make a line without usage worth a look, so an escaped name is none.
        if matches!(object.outer[Member::Kind], Scalar::Text(kind) if kind.raw == COST_STATE) {
            return match cost_state::parse(bytes, session, &mut self.texts) {
                Ok(Some(state)) => Verdict::CostState(Box::new(state)),
                Ok(None) => Verdict::NoRecord,
                Err(Undecodable) => Verdict::Undecodable,
            };
        }
        self.record(object, bytes, project, session).unwrap_or(Verdict::Undecodable)
    }

    /// The folder a record was made in, if it names one.
    pub(in crate::ingest) fn cwd<'a>(&mut self, object: &Object<'a>) -> Option<Cow<'a, str>> {
        self.texts.present(object.outer[Member::Cwd]).ok().flatten()
    }

    fn record(
        &mut self,
        object: &Object<'_>,
        bytes: &[u8],
        project: &Arc<str>,
        fallback_session: &str,
    ) -> Result<Verdict, Undecodable> {
        let outer = &object.outer;
        let Some(record) = self.counted_envelope(object)? else { return Ok(Verdict::NoRecord) };
        if !record.has_usage {
            return Ok(Verdict::NoRecord);
        }

        let Self { texts, model, session, terms, dimensions, .. } = &mut *self;
        model.refresh(record[Member::Model], texts)?;
        session.refresh(outer[Member::Session], texts)?;
        for (term, member) in [Member::Speed, Member::Tier, Member::Geo].into_iter().enumerate() {
            terms.refresh(term, record[member], texts)?;
        }
        for (dimension, member) in Member::DIMENSIONS.into_iter().enumerate() {
            let named = match record[member] {
                Scalar::Text(text) if !text.raw.is_empty() => record[member],
                _ => outer[member],
            };
            // It counts nothing, so it takes no request away: what does not decode is unknown.
            if dimensions.refresh(dimension, named, texts).is_err() {
                dimensions.clear(dimension);
            }
        }
        let id = texts.present(record[Member::Id])?;
        // An id of Anthropic's own needs neither; a gateway's is looked at with the API request it answers.
        let request = match &id {
            Some(id) if !id.starts_with("msg_") => texts.present(record[Member::RequestId])?,
            _ => None,
        };
        let uuid = if id.is_none() { texts.present(record[Member::Uuid])? } else { None };
        let at_ms = moment(texts, record[Member::Timestamp])?;
        // Both must decode, whatever the other says.
        let is_background = texts.is(outer[Member::SessionKind], BACKGROUND)?
            | texts.is(record[Member::SessionKind], BACKGROUND)?;
        let rare = self.rare(record)?;

        let Self { known, model, session, terms, dimensions, .. } = self;
        let session = if session.text.is_empty() { fallback_session } else { &session.text };
        if model.text == SYNTHETIC {
            return Ok(Verdict::Synthetic);
        }
        let Some(at_ms) = at_ms else { return Ok(Verdict::BadTimestamp) };
        let is_there = |member| !matches!(member, Scalar::Absent | Scalar::Null);
        let copied =
            is_background || is_there(outer[Member::ForkedFrom]) || is_there(record[Member::ForkedFrom]);
        let sidechain = matches!(record[Member::Sidechain], Scalar::True);
        let record = Record {
            key: Key::of(id.as_deref(), session, request.as_deref(), uuid.as_deref(), bytes),
            at_ms,
            home: known.home(copied, sidechain, session, project),
            model: known.text(&model.text),
            terms: terms.value(|[speed, tier, geo]| known.terms(speed, tier, geo)),
            tokens: record.counts.tokens(),
            dimensions: dimensions.value(|values| known.dimensions(values)),
            is_final: is_there(record[Member::StopReason]),
            rare,
        };
        let earlier_key = Key::in_first_edition(id.as_deref(), session);
        Ok(Verdict::Counts(Counted { record, earlier_key }))
    }

    /// The envelope of the message that may count: the object's own, or that of the record it reports on.
    fn counted_envelope<'o, 'a>(
        &mut self,
        object: &'o Object<'a>,
    ) -> Result<Option<&'o Envelope<'a>>, Undecodable> {
        let kind = object.outer[Member::Kind];
        if self.texts.is(kind, ASSISTANT)? {
            return Ok(Some(&object.outer));
        }
        match object.inner.as_deref() {
            Some(inner)
                if self.texts.is(kind, PROGRESS)? && self.texts.is(inner[Member::Kind], ASSISTANT)? =>
            {
                Ok(Some(inner))
            }
            _ => Ok(None),
        }
    }

    fn rare(&mut self, record: &Envelope<'_>) -> Result<Option<Box<Rare>>, Undecodable> {
        let mut iterations = Vec::new();
        let billed = self.billed(&record.iterations)?;
        for (iteration, _) in record.iterations.iter().zip(billed).filter(|&(_, is_billed)| is_billed) {
            let model = self.texts.present(iteration.model)?.map(|model| self.known.text(&model));
            let model = model.unwrap_or_else(|| self.known.text(&self.model.text));
            iterations.push(Iteration { model, tokens: iteration.counts.tokens() });
        }
        let recorded_cost = recorded_cost(record[Member::RecordedCost]);
        let is_empty = iterations.is_empty() && recorded_cost.is_none();
        Ok((!is_empty).then(|| Box::new(Rare { iterations, recorded_cost })))
    }

    /// Which entries of `iterations` are requests beside the top level: those apart and, if there is a fallback, every
    /// attempt that made output but the last fallback, which is what the top level repeats.
    fn billed(&mut self, iterations: &[iterations::Iteration<'_>]) -> Result<Vec<bool>, Undecodable> {
        let mut entries = Vec::with_capacity(iterations.len());
        for iteration in iterations {
            entries.push(match self.texts.present(iteration.kind)?.as_deref() {
                Some("advisor_message" | "compaction") => Entry::Apart,
                Some("message") => Entry::Attempt,
                Some("fallback_message") => Entry::Fallback,
                _ => Entry::Repetition,
            });
        }
        let last_fallback = entries.iter().rposition(|&entry| entry == Entry::Fallback);
        let is_billed = |at: usize| match entries[at] {
            Entry::Apart => true,
            Entry::Repetition => false,
            Entry::Attempt | Entry::Fallback => {
                last_fallback.is_some_and(|last| last != at) && iterations[at].counts.tokens().output > 0
            }
        };
        Ok((0..entries.len()).map(is_billed).collect())
    }
}

/// What an entry of `iterations` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// A request of its own: an advisor's answer or a compaction.
    Apart,
    /// An attempt to answer.
    Attempt,
    /// An attempt to answer that took over from one before it.
    Fallback,
    /// Anything else repeats the top level.
    Repetition,
}

/// `costUSD`: an amount of money as a number; anything else is absent.
fn recorded_cost(member: Scalar<'_>) -> Option<Picodollars> {
    let Scalar::Number(digits) = member else { return None };
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A text that mostly is the one it was in the record before.
#[derive(Default)]
struct Recent {
    /// Empty where there was none.
    text: String,
    /// It stood there without escapes, so that equal bytes are the same text.
    is_plain: bool,
}

impl Recent {
    /// Takes in a member that is a text, or empty. Says whether it is another text than before.
    fn refresh(&mut self, member: Scalar<'_>, texts: &mut Texts) -> Result<bool, Undecodable> {
        let Scalar::Text(text) = member else {
            let is_new = !self.text.is_empty();
            self.text.clear();
            return Ok(is_new);
        };
        // Lengths first: comparing no bytes still is a call, and of an address that is none.
        let is_same = self.is_plain
            && !text.escaped
            && text.raw.len() == self.text.len()
            && (text.raw.is_empty() || *text.raw == *self.text.as_bytes());
        if !is_same {
            let decoded = texts.decode(text)?;
            self.text.clear();
            self.text.push_str(&decoded);
            self.is_plain = !text.escaped;
        }
        Ok(!is_same)
    }
}

/// A shared value made of texts that mostly are those of the record before.
struct Repeated<T, const N: usize> {
    texts: [Recent; N],
    /// What the texts make, until one of them changes.
    value: Option<Arc<T>>,
}

impl<T, const N: usize> Default for Repeated<T, N> {
    fn default() -> Self {
        Self { texts: std::array::from_fn(|_| Recent::default()), value: None }
    }
}

impl<T, const N: usize> Repeated<T, N> {
    /// Takes in the text at a place.
    fn refresh(&mut self, at: usize, member: Scalar<'_>, texts: &mut Texts) -> Result<(), Undecodable> {
        if self.texts[at].refresh(member, texts)? {
            self.value = None;
        }
        Ok(())
    }

    /// Empties the text at a place.
    fn clear(&mut self, at: usize) {
        self.texts[at].text.clear();
        self.value = None;
    }

    /// What the texts make; `make` is asked only if one of them has changed.
    fn value(&mut self, make: impl FnOnce([&str; N]) -> Arc<T>) -> Arc<T> {
        let texts = &self.texts;
        let made = self.value.get_or_insert_with(|| make(std::array::from_fn(|at| &*texts[at].text)));
        Arc::clone(made)
    }
}

/// A member that is a timestamp, in milliseconds UTC.
fn moment(texts: &mut Texts, member: Scalar<'_>) -> Result<Option<i64>, Undecodable> {
    let plain = match member {
        Scalar::Text(text) if !text.escaped => timestamp::parse(text.raw),
        _ => None,
    };
    match plain {
        // A timestamp is plain text.
        Some(at_ms) => Ok(Some(at_ms)),
        None => Ok(texts.present(member)?.and_then(|text| timestamp::parse(text.as_bytes()))),
    }
}
