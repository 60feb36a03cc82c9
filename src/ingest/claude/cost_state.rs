//! The cost of a session as Claude Code reports it. Claude Code writes it to main transcripts now and then.
//!
//! The figure is cumulative and has no timestamp. It includes requests that no record shows, so it is kept
//! beside the counted usage and never added to it.
//!
//! Invariant: the highest figure of a session is kept, whatever order the lines are read in. Only model names
//! and figures are kept from a line. Money never passes through floating point. Used by [`super::decode`];
//! the ledger stores the result.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::ingest::json::{Cursor, Fault, Nest, Scalar, TextDecoder, Undecodable};
use crate::snapshot::Picodollars;
use crate::usage::Tokens;

/// What a session has cost so far according to Claude Code. The derived order decides which of several is
/// kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostState {
    /// Session id.
    pub session: Arc<str>,
    /// Its cost so far.
    pub total_cost: Picodollars,
    /// How long the session has lasted so far, in milliseconds. With the start it dates the figure.
    pub total_duration_ms: u64,
    /// When the session started, in milliseconds UTC; 0 if the line does not say.
    pub start_ms: u64,
    /// How long its requests took, in milliseconds.
    pub api_duration_ms: u64,
    /// Lines of code added.
    pub lines_added: u64,
    /// Lines of code removed.
    pub lines_removed: u64,
    /// Figures by model as compact JSON with sorted keys: `{"<model>":{"inputTokens":1,"costUSD":0.5}}`.
    /// Numbers are kept as written.
    pub model_usage: Box<str>,
    /// Whether the session used a model whose price Claude Code does not know.
    pub has_unknown_model_cost: bool,
}

impl CostState {
    /// Appends the figure to a list. If the last one is for the same session, the higher of the two is kept.
    pub(in crate::ingest) fn push(self, states: &mut Vec<Self>) {
        match states.last_mut() {
            Some(last) if last.session == self.session => {
                if *last < self {
                    *last = self;
                }
            }
            _ => states.push(self),
        }
    }

    /// Sorts a list by session and keeps the highest figure of each.
    pub(in crate::ingest) fn keep_highest(states: &mut Vec<Self>) {
        states.sort_unstable_by(|a, b| b.cmp(a));
        states.dedup_by(|lower, higher| lower.session == higher.session);
        states.reverse();
    }
}

/// The members of a line, as written.
#[derive(Default)]
struct Members<'a> {
    session: Scalar<'a>,
    total_cost: Scalar<'a>,
    total_duration: Scalar<'a>,
    start: Scalar<'a>,
    api_duration: Scalar<'a>,
    lines_added: Scalar<'a>,
    lines_removed: Scalar<'a>,
    has_unknown_model_cost: Scalar<'a>,
    models: Vec<Model<'a>>,
}

/// A model's name and its figures, as written. `None` if its value is not an object.
type Model<'a> = (&'a [u8], Option<Vec<Figure<'a>>>);

/// A figure's name and its value. `None` if the value is not a number.
type Figure<'a> = (&'a [u8], Option<&'a [u8]>);

/// Reads an object of type `cost-state`. `session` is used if the object names no session. `None` if its
/// total is not an amount of money.
pub(super) fn parse(
    object: &[u8],
    session: &Arc<str>,
    texts: &mut TextDecoder,
) -> Result<Option<CostState>, Undecodable> {
    // The object has been walked, so its structure is known to be valid.
    let Ok(members) = members(object) else { return Err(Undecodable) };
    let Scalar::Number(total) = members.total_cost else { return Ok(None) };
    let Some(total_cost) = std::str::from_utf8(total).ok().and_then(|total| total.parse().ok()) else {
        return Ok(None);
    };
    let named = texts.present(members.session)?;
    Ok(Some(CostState {
        session: named.map_or_else(|| Arc::clone(session), |named| named.as_ref().into()),
        total_cost,
        total_duration_ms: whole(members.total_duration),
        start_ms: whole(members.start),
        api_duration_ms: whole(members.api_duration),
        lines_added: whole(members.lines_added),
        lines_removed: whole(members.lines_removed),
        model_usage: compact(&members.models, texts)?,
        has_unknown_model_cost: matches!(members.has_unknown_model_cost, Scalar::True),
    }))
}

fn members(object: &[u8]) -> Result<Members<'_>, Fault> {
    let mut nest = Nest::default();
    let mut cursor = Cursor::new(object, &mut nest);
    let mut members = Members::default();
    cursor.object(|cursor, key| {
        let member = match key {
            b"sessionId" => &mut members.session,
            b"totalCostUSD" => &mut members.total_cost,
            b"totalDuration" => &mut members.total_duration,
            b"startTime" => &mut members.start,
            b"totalAPIDuration" => &mut members.api_duration,
            b"totalLinesAdded" => &mut members.lines_added,
            b"totalLinesRemoved" => &mut members.lines_removed,
            b"hasUnknownModelCost" => &mut members.has_unknown_model_cost,
            b"modelUsage" => {
                members.models = models(cursor)?;
                return Ok(());
            }
            _ => return cursor.skip(),
        };
        *member = cursor.scalar()?;
        Ok(())
    })?;
    Ok(members)
}

fn models<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Vec<Model<'a>>, Fault> {
    let mut models = Vec::new();
    if cursor.peek()? != b'{' {
        cursor.skip()?;
        return Ok(models);
    }
    cursor.object(|cursor, name| {
        if cursor.peek()? != b'{' {
            models.push((name, None));
            return cursor.skip();
        }
        let mut figures = Vec::new();
        cursor.object(|cursor, key| {
            let number = match cursor.scalar()? {
                Scalar::Number(number) => Some(number),
                _ => None,
            };
            if !key.is_empty() && key.iter().all(u8::is_ascii_alphanumeric) {
                figures.push((key, number));
            }
            Ok(())
        })?;
        models.push((name, Some(figures)));
        Ok(())
    })?;
    Ok(models)
}

/// Writes the figures by model as JSON. Of duplicate names the last is kept.
fn compact(models: &[Model<'_>], texts: &mut TextDecoder) -> Result<Box<str>, Undecodable> {
    let mut sorted = BTreeMap::new();
    for (name, figures) in models {
        let figures = figures.as_ref().map(|figures| figures.iter().copied().collect::<BTreeMap<_, _>>());
        sorted.insert(texts.key(name)?.into_owned(), figures);
    }
    let mut json = String::from("{");
    for (name, figures) in sorted.into_iter().filter_map(|(name, figures)| Some((name, figures?))) {
        separate(&mut json);
        json.push_str(&serde_json::Value::from(name).to_string());
        json.push_str(":{");
        for (key, number) in figures.into_iter().filter_map(|(key, number)| Some((key, number?))) {
            separate(&mut json);
            let (key, number) = (String::from_utf8_lossy(key), String::from_utf8_lossy(number));
            write!(json, "\"{key}\":{number}").expect("a String takes whatever is written");
        }
        json.push('}');
    }
    json.push('}');
    Ok(json.into())
}

fn separate(json: &mut String) {
    if !json.ends_with('{') {
        json.push(',');
    }
}

/// A count or a time: a whole number, with any fraction cut off. Anything else reads as 0.
fn whole(member: Scalar<'_>) -> u64 {
    let Scalar::Number(number) = member else { return 0 };
    let Ok(number) = std::str::from_utf8(number) else { return 0 };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    whole.parse().ok().filter(|&whole| whole <= Tokens::MAX).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(object: &str) -> Option<CostState> {
        parse(object.as_bytes(), &"stem".into(), &mut TextDecoder::default()).unwrap()
    }

    #[test]
    fn only_figures_are_kept_and_exactly_as_written() {
        let state = read(
            r#"{ "hasUnknownModelCost" : true, "modelUsage" : { "m\"2" : {}, "m1" : {"inputTokens": 5, "note": "x",
            "costUSD": 0.10000000000000001, "a b": 1, "nested": [1]} }, "secret": "s", "totalCostUSD" : 0.30000000000001,
            "totalAPIDuration": 12.9, "totalDuration": 1e3, "startTime": 1794304800123, "totalLinesAdded": 7,
            "totalLinesRemoved": -1, "sessionId": "s\u0031" }"#,
        );
        let expected = CostState {
            session: "s1".into(),
            total_cost: Picodollars(300_000_000_000),
            total_duration_ms: 0,
            start_ms: 1_794_304_800_123,
            api_duration_ms: 12,
            lines_added: 7,
            lines_removed: 0,
            model_usage: r#"{"m\"2":{},"m1":{"costUSD":0.10000000000000001,"inputTokens":5}}"#.into(),
            has_unknown_model_cost: true,
        };
        assert_eq!(state, Some(expected));
    }

    #[test]
    fn the_last_of_duplicate_names_is_kept() {
        let state = read(
            r#"{"totalCostUSD": 9, "modelUsage": {"a": {"costUSD": 1}, "b": {"costUSD": 2, "x": 1, "x": "1"}, "a": null,
            "\u0062": {"y": 7, "x": 3, "x": null}, "c": 5, "c": {"x": null, "x": 4}}, "totalCostUSD": 8}"#,
        )
        .unwrap();
        assert_eq!(&*state.model_usage, r#"{"b":{"y":7},"c":{"x":4}}"#);
        assert_eq!(state.total_cost, Picodollars(8_000_000_000_000));
    }

    #[test]
    fn a_state_without_a_total_is_ignored_and_one_without_a_session_belongs_to_the_file() {
        assert_eq!(read(r#"{"totalDuration":5}"#), None);
        assert_eq!(read(r#"{"totalCostUSD":"5"}"#), None);
        assert_eq!(read(r#"{"totalCostUSD":-5}"#), None);
        assert_eq!(&*read(r#"{"totalCostUSD":5}"#).unwrap().session, "stem");
    }

    #[test]
    fn the_highest_figure_of_a_session_is_kept_in_any_order() {
        let state = |session: &str, usd: u32, added: u32| {
            read(&format!(r#"{{"sessionId":"{session}","totalCostUSD":{usd},"totalLinesAdded":{added}}}"#))
                .unwrap()
        };
        let all = [state("a", 2, 0), state("b", 1, 5), state("a", 3, 1), state("a", 3, 0), state("b", 1, 4)];
        for turn in 0..all.len() {
            let mut states = Vec::new();
            for at in 0..all.len() {
                all[(at + turn) % all.len()].clone().push(&mut states);
            }
            CostState::keep_highest(&mut states);
            assert_eq!(states, [state("a", 3, 1), state("b", 1, 5)]);
        }
    }
}
