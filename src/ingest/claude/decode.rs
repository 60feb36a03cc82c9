//! Turns a walked object into a record, if it counts.
//!
//! Invariant: only texts that count are decoded, and strictly (valid UTF-8, no bare control bytes, complete
//! escapes, no lone surrogates). If one of them does not decode, the object is not counted and is reported as
//! damage. A `cwd` or a dimension may be damaged: it affects no count. A `uuid` counts only without a message
//! id, and a `requestId` only with a gateway's id.

use std::borrow::Cow;
use std::sync::Arc;

use super::cost_state::{self, CostState};
use super::intern::Interner;
use super::iterations;
use super::object::{Envelope, Member, Object};
use super::repeated::{RepeatedText, RepeatedValue};
use super::timestamp;
use super::title::{Title, TitleKind};
use crate::ingest::json::{Scalar, TextDecoder, Undecodable};
use crate::snapshot::Picodollars;
use crate::usage::{Dimensions, Iteration, Key, Rare, Record, Terms};

/// The model of messages that Claude Code wrote without a request.
const SYNTHETIC: &str = "<synthetic>";

/// The type of message records.
const ASSISTANT: &str = "assistant";

/// The type of records that may wrap a message record.
const PROGRESS: &str = "progress";

/// The kind of a background session, which has copies of another session's records.
const BACKGROUND: &str = "bg";

/// The type of lines with the cost that Claude Code reports.
const COST_STATE: &[u8] = b"cost-state";

/// What an object counts as.
#[derive(Debug)]
pub(in crate::ingest) enum Verdict {
    /// A record that counts.
    Record(KeyedRecord),
    /// The cost of a session as Claude Code reports it.
    CostState(Box<CostState>),
    /// The title of a session.
    Title(Box<Title>),
    /// Not a record with usage.
    NoRecord,
    /// A record of a synthetic message.
    Synthetic,
    /// A record without a timestamp, or with one that is not RFC 3339.
    BadTimestamp,
    /// An object in which a text that counts does not decode.
    Undecodable,
}

/// Turns objects into records. Shares values that repeat and reuses its buffers.
#[derive(Default)]
pub(in crate::ingest) struct Decoder {
    interner: Interner,
    texts: TextDecoder,
    model: RepeatedText,
    session: RepeatedText,
    terms: RepeatedValue<Terms, 3>,
    dimensions: RepeatedValue<Dimensions, { Dimensions::COUNT }>,
    /// Whether titles are kept.
    keeps_titles: bool,
}

/// A record, and the key that an older ledger may keep it under.
#[derive(Debug)]
pub(in crate::ingest) struct KeyedRecord {
    /// The record.
    pub(in crate::ingest) record: Record,
    /// The key that the first edition of the counting rule gave the record, if it differs.
    pub(in crate::ingest) earlier_key: Option<Key>,
}

impl Decoder {
    /// A decoder that keeps titles of sessions, or ignores them.
    pub(in crate::ingest) fn with_titles(are_wanted: bool) -> Self {
        Self { keeps_titles: are_wanted, ..Self::default() }
    }

    /// Decides what an object counts as. `bytes` are the object's bytes; `session` is used if it names no
    /// session.
    pub(in crate::ingest) fn judge(
        &mut self,
        object: &Object<'_>,
        bytes: &[u8],
        project: &Arc<str>,
        session: &Arc<str>,
    ) -> Verdict {
        // A line without usage is a candidate only if it contains these bytes, so an escaped name need not
        // match.
        if matches!(object.outer[Member::Kind], Scalar::Text(kind) if kind.raw == COST_STATE) {
            return match cost_state::parse(bytes, session, &mut self.texts) {
                Ok(Some(state)) => Verdict::CostState(Box::new(state)),
                Ok(None) => Verdict::NoRecord,
                Err(Undecodable) => Verdict::Undecodable,
            };
        }
        if self.keeps_titles
            && let Scalar::Text(kind) = object.outer[Member::Kind]
            && let Some(kind) = TitleKind::of(kind.raw)
        {
            let title = Title::parse(bytes, kind, session, &mut self.texts);
            return title.map_or(Verdict::NoRecord, |title| Verdict::Title(Box::new(title)));
        }
        self.record(object, bytes, project, session).unwrap_or(Verdict::Undecodable)
    }

    /// The working folder that a record names.
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
        model.update(record[Member::Model], texts)?;
        session.update(outer[Member::Session], texts)?;
        for (term, member) in [Member::Speed, Member::Tier, Member::Geo].into_iter().enumerate() {
            terms.update(term, record[member], texts)?;
        }
        for (dimension, member) in Member::DIMENSIONS.into_iter().enumerate() {
            let named = match record[member] {
                Scalar::Text(text) if !text.raw.is_empty() => record[member],
                _ => outer[member],
            };
            // A dimension affects no count, so one that does not decode is left empty and the record counts.
            if dimensions.update(dimension, named, texts).is_err() {
                dimensions.clear(dimension);
            }
        }
        let id = texts.present(record[Member::Id])?;
        // An id from Anthropic needs no more to be unique; a gateway's id is unique only with its API
        // request.
        let request = match &id {
            Some(id) if !id.starts_with("msg_") => texts.present(record[Member::RequestId])?,
            _ => None,
        };
        let uuid = if id.is_none() { texts.present(record[Member::Uuid])? } else { None };
        let at_ms = timestamp_ms(texts, record[Member::Timestamp])?;
        // `|` on purpose: both must decode, whatever the first one is.
        let is_background = texts.is(outer[Member::SessionKind], BACKGROUND)?
            | texts.is(record[Member::SessionKind], BACKGROUND)?;
        let rare = self.rare(record)?;

        let Self { interner, model, session, terms, dimensions, .. } = self;
        let session = Some(session.get()).filter(|session| !session.is_empty()).unwrap_or(fallback_session);
        if model.get() == SYNTHETIC {
            return Ok(Verdict::Synthetic);
        }
        let Some(at_ms) = at_ms else { return Ok(Verdict::BadTimestamp) };
        let is_present = |member| !matches!(member, Scalar::Absent | Scalar::Null);
        let copied =
            is_background || is_present(outer[Member::ForkedFrom]) || is_present(record[Member::ForkedFrom]);
        let sidechain = matches!(record[Member::Sidechain], Scalar::True);
        let record = Record {
            key: Key::of(id.as_deref(), session, request.as_deref(), uuid.as_deref(), bytes),
            at_ms,
            home: interner.home(copied, sidechain, session, project),
            model: interner.text(model.get()),
            terms: terms.value(|[speed, tier, geo]| interner.terms(speed, tier, geo)),
            tokens: record.counts.tokens(),
            dimensions: dimensions.value(|values| interner.dimensions(values)),
            is_final: is_present(record[Member::StopReason]),
            rare,
        };
        let earlier_key = Key::in_first_edition(id.as_deref(), session);
        Ok(Verdict::Record(KeyedRecord { record, earlier_key }))
    }

    /// The envelope of the message that may count: the object's, or the wrapped record's.
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
            let model = self.texts.present(iteration.model)?.map(|model| self.interner.text(&model));
            let model = model.unwrap_or_else(|| self.interner.text(self.model.get()));
            iterations.push(Iteration { model, tokens: iteration.counts.tokens() });
        }
        let recorded_cost = recorded_cost(record[Member::RecordedCost]);
        let is_empty = iterations.is_empty() && recorded_cost.is_none();
        Ok((!is_empty).then(|| Box::new(Rare { iterations, recorded_cost })))
    }

    /// Which iterations are billed beside the top level: every separate request and, if there is a fallback,
    /// every attempt with output except the last fallback, because the top level repeats that one.
    fn billed(&mut self, iterations: &[iterations::RawIteration<'_>]) -> Result<Vec<bool>, Undecodable> {
        let mut kinds = Vec::with_capacity(iterations.len());
        for iteration in iterations {
            kinds.push(match self.texts.present(iteration.kind)?.as_deref() {
                Some("advisor_message" | "compaction") => IterationKind::Separate,
                Some("message") => IterationKind::Attempt,
                Some("fallback_message") => IterationKind::Fallback,
                _ => IterationKind::Repetition,
            });
        }
        let last_fallback = kinds.iter().rposition(|&kind| kind == IterationKind::Fallback);
        let is_billed = |index: usize| match kinds[index] {
            IterationKind::Separate => true,
            IterationKind::Repetition => false,
            IterationKind::Attempt | IterationKind::Fallback => {
                last_fallback.is_some_and(|last| last != index)
                    && iterations[index].counts.tokens().output > 0
            }
        };
        Ok((0..kinds.len()).map(is_billed).collect())
    }
}

/// The kind of an entry of `iterations`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IterationKind {
    /// A separate request: an advisor's answer or a compaction.
    Separate,
    /// An attempt to answer.
    Attempt,
    /// An attempt to answer that replaced an earlier one.
    Fallback,
    /// Anything else; it repeats the top level.
    Repetition,
}

/// `costUSD`, if it is a number and an amount of money.
fn recorded_cost(member: Scalar<'_>) -> Option<Picodollars> {
    let Scalar::Number(digits) = member else { return None };
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A timestamp, in milliseconds UTC.
fn timestamp_ms(texts: &mut TextDecoder, member: Scalar<'_>) -> Result<Option<i64>, Undecodable> {
    let plain = match member {
        Scalar::Text(text) if !text.escaped => timestamp::parse(text.raw),
        _ => None,
    };
    match plain {
        // The bytes of a valid timestamp need no decoding.
        Some(at_ms) => Ok(Some(at_ms)),
        None => Ok(texts.present(member)?.and_then(|text| timestamp::parse(text.as_bytes()))),
    }
}
