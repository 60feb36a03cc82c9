//! Claude Code's own cost figure for a session, as it writes it to main transcripts now and then.
//!
//! The figure is cumulative and has no timestamp of its own; it includes requests that no record shows, so it
//! is kept beside what is counted and never added to it.
//!
//! Invariant: of one session the highest stands, whatever order the lines are met in, and nothing but names
//! of models and figures is kept of a line. Money never passes through floating point. Used by
//! `read`; the ledger keeps what comes out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::ingest::json::{Cursor, Fault, Nest, Scalar, Texts, Undecodable};
use crate::snapshot::Picodollars;
use crate::usage::Tokens;

/// What Claude Code says a session has cost so far. The derived order decides which of several stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostState {
    /// Session id.
    pub session: Arc<str>,
    /// Its cost so far.
    pub total_cost: Picodollars,
    /// How long it has lasted so far, in milliseconds; with the start it dates the figure.
    pub total_duration_ms: u64,
    /// When it started, in milliseconds UTC; 0 where the line does not say.
    pub start_ms: u64,
    /// How long requests took, in milliseconds.
    pub api_duration_ms: u64,
    /// Lines of code it added.
    pub lines_added: u64,
    /// Lines of code it removed.
    pub lines_removed: u64,
    /// Figures by model as compact JSON with sorted keys, `{"<model>":{"inputTokens":1,"costUSD":0.5}}`;
    /// numbers stand as they were written.
    pub model_usage: Box<str>,
    /// A model was used whose price Claude Code does not know.
    pub has_unknown_model_cost: bool,
}

impl CostState {
    /// Takes it to the end of a list, where neighbours of one session become the higher of them.
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

    /// Puts a list in the order of sessions, one figure each.
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

/// A model's name and its figures, as written; there are none in what is no object.
type Model<'a> = (&'a [u8], Option<Vec<Figure<'a>>>);

/// A figure's name and its number, if it is one.
type Figure<'a> = (&'a [u8], Option<&'a [u8]>);

/// Reads an object that says it is a cost state. `session` stands in where it names none; `None` without a
/// total that is an amount of money.
pub(super) fn parse(
    object: &[u8],
    session: &Arc<str>,
    texts: &mut Texts,
) -> Result<Option<CostState>, Undecodable> {
    // The object was walked before, so its structure holds.
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

/// Writes figures by model; of a name that is there twice the last stands.
fn compact(models: &[Model<'_>], texts: &mut Texts) -> Result<Box<str>, Undecodable> {
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

/// A count or a time: whole digits, a fraction cut off; anything else reads as 0.
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
        parse(object.as_bytes(), &"stem".into(), &mut Texts::default()).unwrap()
    }

    #[test]
    fn figures_are_kept_exactly_and_nothing_else_is() {
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
    fn of_names_that_are_there_twice_the_last_stands() {
        let state = read(
            r#"{"totalCostUSD": 9, "modelUsage": {"a": {"costUSD": 1}, "b": {"costUSD": 2, "x": 1, "x": "1"}, "a": null,
            "\u0062": {"y": 7, "x": 3, "x": null}, "c": 5, "c": {"x": null, "x": 4}}, "totalCostUSD": 8}"#,
        )
        .unwrap();
        assert_eq!(&*state.model_usage, r#"{"b":{"y":7},"c":{"x":4}}"#);
        assert_eq!(state.total_cost, Picodollars(8_000_000_000_000));
    }

    #[test]
    fn a_state_without_a_total_says_nothing_and_one_without_a_session_is_the_files() {
        assert_eq!(read(r#"{"totalDuration":5}"#), None);
        assert_eq!(read(r#"{"totalCostUSD":"5"}"#), None);
        assert_eq!(read(r#"{"totalCostUSD":-5}"#), None);
        assert_eq!(&*read(r#"{"totalCostUSD":5}"#).unwrap().session, "stem");
    }

    #[test]
    fn the_highest_figure_of_a_session_stands_in_any_order() {
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
