//! One value of the JSON document by its path: `totals.cost_usd`, `models.0.model`, `block.end`.
//!
//! Invariant: the value is exactly the text in the document, digit for digit.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::document::{Document, Head, Tables, example};
use super::view::{View, Want};
use crate::plain_text::{self, plain};

/// The members that need no tables, of a document's [`Head`].
const HEAD: [&str; 9] = [
    "schema",
    "snapshot",
    "totals",
    "today",
    "this_week",
    "this_month",
    "block",
    "limits",
    "sessions_left_out",
];
/// The other members of a [`Document`].
const TABLES: [&str; 10] = [
    "agents",
    "models",
    "projects",
    "unpriced",
    "account_limits",
    "health",
    "sessions",
    "days",
    "hours",
    "history",
];
/// The members that are values.
const VALUES: [&str; 2] = ["schema", "sessions_left_out"];

/// A path into the document: names of members, positions in lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    path: String,
}

/// The document has no such field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    field: String,
    known: Vec<String>,
    is_beyond_list: bool,
}

impl UnknownField {
    /// Whether it is a position that a list is too short for now.
    pub fn is_beyond_list(&self) -> bool {
        self.is_beyond_list
    }
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown field `{}`", plain_text::name(&self.field))?;
        match self.known.as_slice() {
            [] => f.write_str("; to see all: cco-peek --json"),
            known => write!(f, "; use one of {}", known.join(", ")),
        }
    }
}

impl std::error::Error for UnknownField {}

impl std::str::FromStr for Field {
    type Err = std::convert::Infallible;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Ok(Self { path: path.into() })
    }
}

impl Field {
    /// The part of the snapshot that the field needs.
    pub fn want(&self) -> Want {
        if HEAD.contains(&self.first()) { Want::Totals } else { Want::Tables }
    }

    /// The value as a line of text: strings bare, null empty, the rest as JSON.
    pub fn of(&self, view: &View) -> Result<String, UnknownField> {
        if let Some(value) = self.counter(view) {
            return Ok(value);
        }
        self.in_document(view).map(|json| line(&json))
    }

    /// The value as JSON, exactly as in the document.
    pub fn json_of(&self, view: &View) -> Result<String, UnknownField> {
        self.counter(view).map_or_else(|| self.in_document(view), Ok)
    }

    /// The value from the document, as JSON. Not inlined, so that reading a counter needs no stack for it.
    #[inline(never)]
    fn in_document(&self, view: &View) -> Result<String, UnknownField> {
        let json = self.document(view);
        let steps = self.steps();
        let mut value: &str = &json;
        for (depth, step) in steps.iter().enumerate() {
            // A member that is missing now still has known fields.
            if value == "null" && is_known(&steps) {
                return Ok(value.into());
            }
            let is_beyond_list = value.starts_with('[') && step.parse::<usize>().is_ok();
            let field = || steps[..=depth].join(".");
            value = member(value, step).map_err(|known| UnknownField {
                field: field(),
                known,
                is_beyond_list,
            })?;
        }
        Ok(value.into())
    }

    /// The part of the document that has it.
    fn document(&self, view: &View) -> String {
        match self.want() {
            Want::Totals => json(&Head::of(view)),
            Want::Tables => json(&Document::of(view, self.tables())),
        }
    }

    /// The paths that the text of one can become by one more name. Those that lead further end in a dot.
    pub fn continued(typed: &str, view: Option<&View>) -> Vec<String> {
        let Some((before, last)) = typed.rsplit_once('.') else {
            let names = HEAD.iter().chain(&TABLES).filter(|name| name.starts_with(typed));
            return names
                .map(|name| format!("{name}{}", if VALUES.contains(name) { "" } else { "." }))
                .collect();
        };
        let field = Self { path: before.into() };
        let steps = field.steps();
        let now = view.map(|view| field.document(view));
        let now = now.as_deref().and_then(|json| at(json, &steps)).filter(|value| *value != "null");
        // A member that is missing now still has known fields.
        let sample = example(field.first());
        let value = now.or_else(|| at(sample.as_deref()?, &steps[1..])).unwrap_or_default();
        let names = members(value).into_iter().filter(|(name, _)| name.starts_with(last));
        let path = |(name, inner): (String, &str)| {
            let dot = if inner.starts_with(['{', '[']) { "." } else { "" };
            format!("{before}.{name}{dot}")
        };
        names.map(path).collect()
    }

    /// Whether it leads to a value, not to a whole member of values.
    pub(super) fn is_value(&self) -> bool {
        VALUES.contains(&&*self.path) || self.path.split_once('.').is_some_and(|(_, rest)| !rest.is_empty())
    }

    /// Whether a document can have it, as far as that is known without one.
    pub(super) fn may_be(&self) -> bool {
        let first = self.first();
        if !(HEAD.contains(&first) || TABLES.contains(&first)) {
            return false;
        }
        match first {
            "totals" | "today" | "this_week" | "this_month" | "block" | "limits" | "health" => {
                is_known(&self.steps())
            }
            _ => true,
        }
    }

    /// Whether it is a position in a list. Lists vary in length.
    pub(super) fn is_in_list(&self) -> bool {
        self.path.split('.').any(|step| step.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The value of a counter, without building the document. Status lines ask for these.
    fn counter(&self, view: &View) -> Option<String> {
        let (first, name) = self.path.split_once('.')?;
        let counters = match first {
            "totals" => view.totals.all_time(),
            "today" => view.totals.today().counters,
            "this_week" => view.totals.this_week().counters,
            "this_month" => view.totals.this_month().counters,
            "block" => view.block()?.counters,
            _ => return None,
        };
        let number = match name {
            "cost_usd" => return Some(counters.cost.to_string()),
            "requests" => counters.requests,
            "messages" => counters.messages,
            "input_tokens" => counters.input_tokens,
            "output_tokens" => counters.output_tokens,
            "cache_write_5m_tokens" => counters.cache_write_5m_tokens,
            "cache_write_1h_tokens" => counters.cache_write_1h_tokens,
            "cache_read_tokens" => counters.cache_read_tokens,
            "total_tokens" => counters.total_tokens(),
            "web_search_requests" => counters.web_search_requests,
            "unpriced_tokens" => counters.unpriced_tokens,
            "thinking_tokens" => counters.thinking_tokens,
            "web_fetch_requests" => counters.web_fetch_requests,
            "provisional_messages" => counters.provisional_messages,
            "provisional_output_tokens" => counters.provisional_output_tokens,
            _ => return None,
        };
        Some(number.to_string())
    }

    fn first(&self) -> &str {
        self.path.split('.').next().unwrap_or_default()
    }

    fn steps(&self) -> Vec<&str> {
        self.path.split('.').collect()
    }

    fn tables(&self) -> Tables {
        let first = self.first();
        Tables {
            sessions: first == "sessions",
            days: first == "days",
            hours: first == "hours",
            history: first == "history",
        }
    }
}

/// A value as a line of text.
fn line(json: &str) -> String {
    match json {
        "null" => String::new(),
        text if text.starts_with('"') => {
            plain(&serde_json::from_str::<String>(text).unwrap_or_default()).into_owned()
        }
        text => plain_text::json(text.into()),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys of the document are texts, so this cannot fail")
}

/// Whether a document can have a value at these steps, even if it is missing now.
fn is_known(steps: &[&str]) -> bool {
    let Some(example) = steps.first().and_then(|first| example(first)) else { return false };
    let mut value: &str = &example;
    for step in &steps[1..] {
        let Ok(next) = member(value, step) else { return false };
        value = next;
    }
    true
}

/// The text of the value at these steps.
fn at<'a>(json: &'a str, steps: &[&str]) -> Option<&'a str> {
    steps.iter().try_fold(json, |value, step| member(value, step).ok())
}

/// The names of a JSON object's members, or the positions in a list, with their texts.
fn members(value: &str) -> Vec<(String, &str)> {
    // Text that is neither has none.
    if value.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
        return items.iter().enumerate().map(|(position, item)| (position.to_string(), item.get())).collect();
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(value).unwrap_or_default();
    members.into_iter().map(|(name, value)| (name, value.get())).collect()
}

/// Whether an item of a list is the limit of this scope, or of this kind without one.
fn is_limit(item: &str, name: &str) -> bool {
    /// The members that say which limit it is; no item of another list has the first.
    #[derive(serde::Deserialize)]
    struct Which<'a> {
        kind: &'a str,
        scope: Option<std::borrow::Cow<'a, str>>,
    }
    serde_json::from_str(item).is_ok_and(|Which { kind, scope }| match scope {
        Some(scope) => scope.eq_ignore_ascii_case(name),
        None => kind == name,
    })
}

/// The text of one member of a JSON object or list; if there is no such member, the names of all.
fn member<'a>(value: &'a str, step: &str) -> Result<&'a str, Vec<String>> {
    if value.starts_with('{') {
        let members: BTreeMap<&str, &'a RawValue> = serde_json::from_str(value).map_err(|_| Vec::new())?;
        let found = members.get(step).map(|value| value.get());
        return found.ok_or_else(|| members.keys().map(|key| (*key).to_owned()).collect());
    }
    if value.starts_with('[') {
        let items: Vec<&'a RawValue> = serde_json::from_str(value).map_err(|_| Vec::new())?;
        let found = step.parse().ok().and_then(|position: usize| items.get(position).map(|item| item.get()));
        let found = found.or_else(|| items.iter().map(|item| item.get()).find(|item| is_limit(item, step)));
        return found.ok_or_else(|| match items.len() {
            0 => Vec::new(),
            length => vec![format!("0 to {}", length - 1)],
        });
    }
    Err(Vec::new())
}
