//! `[prices]`: the user's prices, which override the bundled ones.
//!
//! Invariant: everything is priced with the resulting table, and its prices are exactly those in the file. Invalid
//! settings are refused with their line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::FileError;
use super::section::{Section, Value};
use crate::own_folder;
use crate::pricing::{
    LongContext, Multiplier, PriceChanges, PriceTable, Rates, Revision, Revisions, end_of_day_ms, parse_price,
};
use crate::snapshot::Picodollars;

/// The keys of `[prices]` besides models.
pub(super) const GENERAL: [&str; 4] = ["aliases", "batch_multiplier", "file", "web_search_per_1000_requests"];
pub(super) const RATES: [&str; 5] = ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"];
/// The keys of a model's table.
pub(super) const MODEL: [&str; 10] = [
    "input",
    "output",
    "cache_write_5m",
    "cache_write_1h",
    "cache_read",
    "long_context",
    "fast_multiplier",
    "us_multiplier",
    "regional_multiplier",
    "history",
];
const PRICE: &str = "USD per million tokens: a plain decimal from 0 to 1000000 with at most 12 decimals";
const MULTIPLIER: &str = "a plain decimal from 0 to 100 with at most 4 decimals";

/// The effective prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// `None`: the bundled ones, which are read only when needed.
    table: Option<PriceTable>,
    /// The price table on disk that is used on top of the bundled one, and the models it has.
    pub file: Option<(PathBuf, BTreeSet<String>)>,
    /// Models in the file.
    pub own: BTreeSet<String>,
    /// Aliases in the file, and the models they stand for.
    pub aliases: BTreeMap<String, String>,
    /// The factor on requests of the batch tier in the file.
    pub batch_multiplier: Option<Multiplier>,
    /// The price of a thousand searches in the file.
    pub web_searches_per_1000: Option<Picodollars>,
}

impl Prices {
    /// The prices of all models.
    pub fn table(&self) -> &PriceTable {
        self.table.as_ref().unwrap_or_else(|| PriceTable::bundled())
    }
}

/// Gives the place that a path in the file means.
type Expand<'a> = &'a dyn Fn(&Path) -> PathBuf;

/// Reads the section, and the price table on disk that it may name. Without `expand` that one is not read: prices are not
/// needed then, and stay the bundled ones.
pub(super) fn read(section: Section<'_>, expand: Option<Expand<'_>>) -> Result<Prices, FileError> {
    let file = section.values().find(|value| value.key == "file");
    let (base, file) = match (file, expand) {
        (Some(_), None) => return Ok(Prices::default()),
        (Some(value), Some(expand)) => {
            let (table, file) = table_on_disk(&value, expand)?;
            (Cow::Owned(table), Some(file))
        }
        (None, _) => (Cow::Borrowed(PriceTable::bundled()), None),
    };
    let mut revisions = Revisions::default();
    // The place of each name, for errors that show only once all are known.
    let mut places: BTreeMap<&str, Value<'_>> = BTreeMap::new();
    for value in section.values() {
        match value.key {
            "aliases" => {
                let aliases = value.section().ok_or_else(|| {
                    value.refuse("expected a table such as { \"gateway/opus\" = \"claude-opus-5\" }")
                })?;
                for alias in aliases.values() {
                    revisions.aliases.push((alias.key.into(), alias.text()?.into()));
                    places.entry(alias.key).or_insert(alias);
                }
            }
            "file" => {}
            "batch_multiplier" => revisions.batch_multiplier = Some(multiplier(&value)?),
            "web_search_per_1000_requests" => {
                revisions.web_searches_per_1000 = Some(price(&value)?);
            }
            model => {
                let table = value.section().ok_or_else(|| value.unknown(&GENERAL))?;
                revisions.models.push((model.into(), revision(table)?));
                places.insert(model, value);
            }
        }
    }
    let table = base.revised(&revisions).map_err(|error| {
        let place = places.get(error.subject()).map(|value| value.key_span.clone());
        section.origin.refuse(place.unwrap_or_default(), error.to_string())
    })?;
    Ok(Prices {
        table: Some(table),
        file,
        own: revisions.models.iter().map(|(id, _)| id.to_string()).collect(),
        aliases: revisions.aliases.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(),
        batch_multiplier: revisions.batch_multiplier,
        web_searches_per_1000: revisions.web_searches_per_1000,
    })
}

/// The bundled table with one on disk on top, the latter's path and its models.
fn table_on_disk(
    value: &Value<'_>,
    expand: Expand<'_>,
) -> Result<(PriceTable, (PathBuf, BTreeSet<String>)), FileError> {
    let path = expand(Path::new(value.text()?));
    if !path.is_absolute() {
        return Err(value.refuse("write an absolute path, or one that begins with ~/"));
    }
    let refused = |words: String| value.refuse(format!("{}: {words}", path.display()));
    let missing = || refused("no such file; it would be a price table, ours or LiteLLM's".into());
    let mut opened =
        own_folder::open_regular(&path).map_err(|error| refused(error.to_string()))?.ok_or_else(missing)?;
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(|error| refused(error.to_string()))?;
    let (table, ids) = PriceTable::bundled().with_file(&text).map_err(|error| {
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        refused(format!("{error}{cause}"))
    })?;
    Ok((table, (path.clone(), ids.iter().map(ToString::to_string).collect())))
}

fn revision(section: Section<'_>) -> Result<Revision, FileError> {
    let mut revision = Revision::default();
    for value in section.values() {
        if value.key == "history" {
            let former = value.sections()?.into_iter().map(|section| former(section, &value));
            revision.history = Some(former.collect::<Result<_, _>>()?);
        } else {
            take(&mut revision.now, &value, &MODEL)?;
        }
    }
    Ok(revision)
}

fn former(section: Section<'_>, whole: &Value<'_>) -> Result<(i64, PriceChanges), FileError> {
    let mut known = MODEL;
    known[9] = "until";
    let (mut end_ms, mut named) = (None, PriceChanges::default());
    for value in section.values() {
        if value.key == "until" {
            let end = end_of_day_ms(value.text()?);
            end_ms = Some(end.ok_or_else(|| value.refuse("write the date as \"YYYY-MM-DD\""))?);
        } else {
            take(&mut named, &value, &known)?;
        }
    }
    let end_ms = end_ms
        .ok_or_else(|| whole.refuse("a former price needs its last day (UTC): until = \"YYYY-MM-DD\""))?;
    Ok((end_ms, named))
}

fn take(named: &mut PriceChanges, value: &Value<'_>, known: &[&str]) -> Result<(), FileError> {
    match value.key {
        "input" => named.input = Some(price(value)?),
        "output" => named.output = Some(price(value)?),
        "cache_write_5m" => named.cache_write_5m = Some(price(value)?),
        "cache_write_1h" => named.cache_write_1h = Some(price(value)?),
        "cache_read" => named.cache_read = Some(price(value)?),
        "long_context" if value.is_false() => named.long_context = Some(None),
        "long_context" => named.long_context = Some(Some(long_context(value)?)),
        "fast_multiplier" => named.fast_multiplier = Some(multiplier(value)?),
        "us_multiplier" => named.us_multiplier = Some(multiplier(value)?),
        "regional_multiplier" => named.regional_multiplier = Some(multiplier(value)?),
        _ => return Err(value.unknown(known)),
    }
    Ok(())
}

fn long_context(whole: &Value<'_>) -> Result<LongContext, FileError> {
    let section = whole.section().ok_or_else(|| whole.refuse("expected a table of prices, or false"))?;
    let (mut threshold, mut named) = (None, PriceChanges::default());
    for value in section.values() {
        match value.key {
            "threshold_prompt_tokens" => threshold = Some(value.whole(u64::MAX)?),
            key if RATES.contains(&key) => take(&mut named, &value, &RATES)?,
            _ => {
                let known: Vec<&str> = RATES.into_iter().chain(["threshold_prompt_tokens"]).collect();
                return Err(value.unknown(&known));
            }
        }
    }
    let missing = |name: &str| whole.refuse(format!("{name} is missing"));
    Ok(LongContext {
        threshold_tokens: threshold.ok_or_else(|| missing("threshold_prompt_tokens"))?,
        rates: Rates {
            input: named.input.ok_or_else(|| missing("input"))?,
            output: named.output.ok_or_else(|| missing("output"))?,
            cache_write_5m: named.cache_write_5m.ok_or_else(|| missing("cache_write_5m"))?,
            cache_write_1h: named.cache_write_1h.ok_or_else(|| missing("cache_write_1h"))?,
            cache_read: named.cache_read.ok_or_else(|| missing("cache_read"))?,
        },
    })
}

fn price(value: &Value<'_>) -> Result<crate::snapshot::Picodollars, FileError> {
    value.decimal(parse_price, PRICE)
}

fn multiplier(value: &Value<'_>) -> Result<Multiplier, FileError> {
    value.decimal(Multiplier::parse, MULTIPLIER)
}

#[cfg(test)]
mod tests;
