//! A walked object to a record: whether it counts, and as what.
//!
//! Invariant: only texts that count are decoded, strictly (UTF-8, no bare control bytes, whole escapes, no
//! lone surrogates); if one of them does not decode, the object counts nothing and is reported. A `cwd` only
//! names a folder for display and may be damaged; a `uuid` counts only where there is no message id.

use std::borrow::Cow;
use std::sync::Arc;

use super::cost_state::{self, CostState};
use super::cursor::{Scalar, Text};
use super::intern::Known;
use super::timestamp;
use super::walk::{Envelope, Member, Object};
use crate::snapshot::Picodollars;
use crate::usage::{Iteration, Key, Rare, Record};

/// The model Claude Code writes for messages that no request stands behind.
const SYNTHETIC: &str = "<synthetic>";

/// The type of records of messages.
const ASSISTANT: &str = "assistant";

/// The type of records that may wrap one.
const PROGRESS: &str = "progress";

/// The type of lines that hold Claude Code's own figure.
const COST_STATE: &[u8] = b"cost-state";

/// What becomes of an object.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is a record that counts.
    Counts(Record),
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

/// A text that counts is no JSON string in UTF-8.
#[derive(Debug)]
pub(super) struct Undecodable;

/// Turns objects into records, sharing what repeats and reusing its buffers.
#[derive(Default)]
pub(super) struct Decoder {
    known: Known,
    texts: Texts,
    model: Recent,
    session: Recent,
    speed: Recent,
    tier: Recent,
    geo: Recent,
}

impl Decoder {
    /// Judges an object. `bytes` are the object's own; `session` stands in where it names none.
    pub(super) fn judge(
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
    pub(super) fn cwd<'a>(&mut self, object: &Object<'a>) -> Option<Cow<'a, str>> {
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

        let Self { texts, model, session, speed, tier, geo, .. } = &mut *self;
        model.refresh(record[Member::Model], texts)?;
        session.refresh(outer[Member::Session], texts)?;
        speed.refresh(record[Member::Speed], texts)?;
        tier.refresh(record[Member::Tier], texts)?;
        geo.refresh(record[Member::Geo], texts)?;
        let id = texts.present(record[Member::Id])?;
        let uuid = if id.is_none() { texts.present(record[Member::Uuid])? } else { None };
        let at_ms = texts.moment(record[Member::Timestamp])?;
        let rare = self.rare(record)?;

        let Self { known, model, session, speed, tier, geo, .. } = self;
        let session = if session.text.is_empty() { fallback_session } else { &session.text };
        if model.text == SYNTHETIC {
            return Ok(Verdict::Synthetic);
        }
        let Some(at_ms) = at_ms else { return Ok(Verdict::BadTimestamp) };
        let is_there = |member| !matches!(member, Scalar::Absent | Scalar::Null);
        let copied = is_there(outer[Member::ForkedFrom]) || is_there(record[Member::ForkedFrom]);
        let sidechain = matches!(record[Member::Sidechain], Scalar::True);
        Ok(Verdict::Counts(Record {
            key: Key::of(id.as_deref(), session, None, uuid.as_deref(), bytes),
            at_ms,
            home: known.home(copied, sidechain, session, project),
            model: known.text(&model.text),
            terms: known.terms(&speed.text, &tier.text, &geo.text),
            tokens: record.counts.tokens(),
            dimensions: Arc::default(),
            is_final: false,
            rare,
        }))
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
        for iteration in &record.iterations {
            match self.texts.present(iteration.kind)?.as_deref() {
                Some("advisor_message" | "compaction") => {}
                _ => continue,
            }
            let model = self.texts.present(iteration.model)?.map(|model| self.known.text(&model));
            let model = model.unwrap_or_else(|| self.known.text(&self.model.text));
            iterations.push(Iteration { model, tokens: iteration.counts.tokens() });
        }
        let recorded_cost = recorded_cost(record[Member::RecordedCost]);
        let is_empty = iterations.is_empty() && recorded_cost.is_none();
        Ok((!is_empty).then(|| Box::new(Rare { iterations, recorded_cost })))
    }
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
    /// Takes in a member that is a text, or empty.
    fn refresh(&mut self, member: Scalar<'_>, texts: &mut Texts) -> Result<(), Undecodable> {
        let Scalar::Text(text) = member else {
            self.text.clear();
            return Ok(());
        };
        let is_same = self.is_plain && !text.escaped && *text.raw == *self.text.as_bytes();
        if !is_same {
            let decoded = texts.decode(text)?;
            self.text.clear();
            self.text.push_str(&decoded);
            self.is_plain = !text.escaped;
        }
        Ok(())
    }
}

/// Decodes texts.
#[derive(Default)]
pub(super) struct Texts {
    /// A copy of an escaped text that simd-json may write to.
    scratch: Vec<u8>,
    buffers: simd_json::Buffers,
}

impl Texts {
    /// A member's text, if it is a string and not empty.
    pub(super) fn present<'a>(&mut self, member: Scalar<'a>) -> Result<Option<Cow<'a, str>>, Undecodable> {
        let Scalar::Text(text) = member else { return Ok(None) };
        Ok(Some(self.decode(text)?).filter(|text| !text.is_empty()))
    }

    /// Whether a member is this text.
    fn is(&mut self, member: Scalar<'_>, expected: &str) -> Result<bool, Undecodable> {
        match member {
            Scalar::Text(text) if !text.escaped && *text.raw == *expected.as_bytes() => Ok(true),
            member => Ok(self.present(member)?.as_deref() == Some(expected)),
        }
    }

    /// A member that is a timestamp, in milliseconds UTC.
    fn moment(&mut self, member: Scalar<'_>) -> Result<Option<i64>, Undecodable> {
        let plain = match member {
            Scalar::Text(text) if !text.escaped => timestamp::parse(text.raw),
            _ => None,
        };
        match plain {
            // A timestamp is plain text.
            Some(at_ms) => Ok(Some(at_ms)),
            None => Ok(self.present(member)?.and_then(|text| timestamp::parse(text.as_bytes()))),
        }
    }

    /// A member's name as written between its quotes.
    pub(super) fn key<'a>(&mut self, raw: &'a [u8]) -> Result<Cow<'a, str>, Undecodable> {
        self.decode(Text { raw, escaped: raw.contains(&b'\\') })
    }

    fn decode<'a>(&mut self, text: Text<'a>) -> Result<Cow<'a, str>, Undecodable> {
        // Looked at without stopping at the first, which goes many bytes at a time.
        if text.raw.iter().fold(false, |found, &byte| found | (byte < b' ')) {
            return Err(Undecodable);
        }
        if !text.escaped {
            return std::str::from_utf8(text.raw).map(Cow::Borrowed).map_err(|_| Undecodable);
        }
        self.scratch.clear();
        self.scratch.push(b'"');
        self.scratch.extend_from_slice(text.raw);
        self.scratch.push(b'"');
        simd_json::serde::from_slice_with_buffers::<String>(&mut self.scratch, &mut self.buffers)
            .map(Cow::Owned)
            .map_err(|_| Undecodable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(raw: &[u8]) -> Option<String> {
        let text = Text { raw, escaped: raw.contains(&b'\\') };
        Texts::default().decode(text).ok().map(Cow::into_owned)
    }

    /// The strict reading by another decoder; `raw` must not end the string early.
    fn naive(raw: &[u8]) -> Option<String> {
        serde_json::from_slice(&[b"\"", raw, b"\""].concat()).ok()
    }

    #[test]
    fn surrogates_must_come_in_pairs() {
        assert_eq!(decode(br"a\ud83d\ude00b").as_deref(), Some("a\u{1f600}b"));
        for bad in [
            &br"\ud83d"[..],
            br"\ude00",
            br"\ud83d\ud83d",
            br"\ud83dx",
            br"\u12",
            br"\q",
            b"\\n\x01",
            b"\\n\xff",
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
            assert_eq!(naive(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_decode_as_json_says(pieces in proptest::collection::vec(prop_oneof![
            "[ -~&&[^\"\\\\]]{0,40}".prop_map(String::into_bytes),
            "\\\\[\"\\\\/bfnrt]".prop_map(String::into_bytes),
            "\\\\u[0-9a-fA-F]{4}".prop_map(String::into_bytes),
            "\\\\u[dD][89a-fA-F][0-9a-f]{2}".prop_map(String::into_bytes),
            "\\\\ud83d\\\\ude0[0-9]".prop_map(String::into_bytes),
            "\\\\[a-z]".prop_map(String::into_bytes),
            "[é日\u{1f600}]".prop_map(String::into_bytes),
            any::<u8>().prop_filter("ends the string", |byte| !b"\"\\".contains(byte)).prop_map(|byte| vec![byte]),
        ], 0..12)) {
            let raw = pieces.concat();
            prop_assert_eq!(decode(&raw), naive(&raw));
        }
    }
}
