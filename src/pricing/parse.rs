//! Reads a price table from JSON, strictly: anything unknown is an error.
//!
//! Invariant: the wire types are here and nowhere else. Numbers stay text until [`decimal`] reads them, because a JSON
//! library would convert them to binary floating point.

use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    FormerPrices, LongContext, ModelPrices, Multiplier, PriceError, PriceTable, Prices, Rates, decimal,
};
use crate::snapshot::Picodollars;

const UNIT: &str = "USD per 1,000,000 tokens";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText<'a> {
    unit: Option<String>,
    #[serde(borrow)]
    web_search_per_1000_requests: Option<&'a RawValue>,
    #[serde(borrow)]
    batch_multiplier: Option<&'a RawValue>,
    #[serde(borrow, default)]
    models: Entries<ModelText<'a>>,
    /// When the prices were looked up.
    collected: Option<Box<str>>,
    // For people who read the table.
    #[serde(rename = "notes")]
    _notes: Option<IgnoredAny>,
    #[serde(rename = "model_id_normalisation")]
    _model_id_normalisation: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelText<'a> {
    #[serde(borrow)]
    input: &'a RawValue,
    #[serde(borrow)]
    output: &'a RawValue,
    #[serde(borrow)]
    cache_write_5m: &'a RawValue,
    #[serde(borrow)]
    cache_write_1h: &'a RawValue,
    #[serde(borrow)]
    cache_read: &'a RawValue,
    #[serde(borrow)]
    long_context: Option<LongContextText<'a>>,
    #[serde(borrow)]
    fast_multiplier: Option<&'a RawValue>,
    #[serde(borrow)]
    us_multiplier: Option<&'a RawValue>,
    #[serde(borrow)]
    regional_multiplier: Option<&'a RawValue>,
    #[serde(borrow, default)]
    history: Vec<FormerText<'a>>,
    #[serde(default)]
    aliases: Vec<Box<str>>,
    #[serde(default, rename = "source")]
    sources: Vec<Box<str>>,
    // For people who read the table.
    #[serde(rename = "released")]
    _released: Option<IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<IgnoredAny>,
    #[serde(rename = "notes")]
    _notes: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongContextText<'a> {
    threshold_prompt_tokens: u64,
    #[serde(borrow)]
    input: &'a RawValue,
    #[serde(borrow)]
    output: &'a RawValue,
    #[serde(borrow)]
    cache_write_5m: &'a RawValue,
    #[serde(borrow)]
    cache_write_1h: &'a RawValue,
    #[serde(borrow)]
    cache_read: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerText<'a> {
    until: String,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_write_5m: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_write_1h: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read: Option<&'a RawValue>,
    #[serde(borrow)]
    long_context: Option<LongContextText<'a>>,
    #[serde(borrow)]
    fast_multiplier: Option<&'a RawValue>,
    #[serde(borrow)]
    us_multiplier: Option<&'a RawValue>,
    #[serde(borrow)]
    regional_multiplier: Option<&'a RawValue>,
}

impl PriceTable {
    /// The table this version was built with.
    pub fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<PriceTable> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            Self::from_json(include_str!("prices.json"))
                .expect("the bundled price table is checked by a test")
        })
    }

    /// Reads a table from JSON in the form of the bundled one. Everything is optional except the five token prices of
    /// each model. Unknown fields are errors, so a mistyped price does not go unnoticed.
    pub fn from_json(text: &str) -> Result<Self, PriceError> {
        table(text)
    }
}

fn table(text: &str) -> Result<PriceTable, PriceError> {
    let text: TableText<'_> = serde_json::from_str(text).map_err(PriceError::Json)?;
    if let Some(found) = text.unit.filter(|unit| unit != UNIT) {
        return Err(PriceError::Unit { found });
    }
    let top = JsonPath(String::new());
    let batch = top.optional(text.batch_multiplier, "batch_multiplier", JsonPath::multiplier)?;
    let searches =
        top.optional(text.web_search_per_1000_requests, "web_search_per_1000_requests", JsonPath::price)?;
    let mut table = PriceTable::without_models(batch, searches);
    table.collected = text.collected;
    for (id, model) in text.models.0 {
        table.insert(model_prices(id, &model)?, &model.aliases)?;
    }
    Ok(table)
}

fn model_prices(id: String, text: &ModelText<'_>) -> Result<ModelPrices, PriceError> {
    let place = JsonPath(format!("models.{id:?}."));
    let multiplier =
        |number, name| Ok(place.optional(number, name, JsonPath::multiplier)?.unwrap_or(Multiplier::ONE));
    let current = Prices {
        rates: Rates {
            input: place.price(text.input, "input")?,
            output: place.price(text.output, "output")?,
            cache_write_5m: place.price(text.cache_write_5m, "cache_write_5m")?,
            cache_write_1h: place.price(text.cache_write_1h, "cache_write_1h")?,
            cache_read: place.price(text.cache_read, "cache_read")?,
        },
        long_context: text.long_context.as_ref().map(|text| place.long_context(text)).transpose()?,
        fast_multiplier: multiplier(text.fast_multiplier, "fast_multiplier")?,
        us_multiplier: multiplier(text.us_multiplier, "us_multiplier")?,
        regional_multiplier: multiplier(text.regional_multiplier, "regional_multiplier")?,
    };
    let mut history = Vec::with_capacity(text.history.len());
    for (index, former) in text.history.iter().enumerate() {
        let former = former_prices(&JsonPath(format!("{}history[{index}].", place.0)), former, &current)?;
        history.push(former);
    }
    history.sort_by_key(|former| former.end_ms);
    if let Some(same) = history.windows(2).find(|pair| pair[0].end_ms == pair[1].end_ms) {
        let twice = text.history.iter().find(|text| end_of_day_ms(&text.until) == Some(same[0].end_ms));
        let until = twice.map_or_else(String::new, |text| text.until.clone());
        return Err(PriceError::SameDate { model: id, until });
    }
    Ok(ModelPrices { id: id.into(), current, history, sources: text.sources.clone() })
}

/// The current prices with what the former ones name in their place.
fn former_prices(
    place: &JsonPath,
    text: &FormerText<'_>,
    current: &Prices,
) -> Result<FormerPrices, PriceError> {
    let end_ms = end_of_day_ms(&text.until)
        .ok_or_else(|| PriceError::Date { at: place.field("until"), found: text.until.clone() })?;
    let rates = &current.rates;
    let price = |number, name, now| Ok(place.optional(number, name, JsonPath::price)?.unwrap_or(now));
    let multiplier =
        |number, name, now| Ok(place.optional(number, name, JsonPath::multiplier)?.unwrap_or(now));
    let prices = Prices {
        rates: Rates {
            input: price(text.input, "input", rates.input)?,
            output: price(text.output, "output", rates.output)?,
            cache_write_5m: price(text.cache_write_5m, "cache_write_5m", rates.cache_write_5m)?,
            cache_write_1h: price(text.cache_write_1h, "cache_write_1h", rates.cache_write_1h)?,
            cache_read: price(text.cache_read, "cache_read", rates.cache_read)?,
        },
        long_context: match &text.long_context {
            Some(text) => Some(place.long_context(text)?),
            None => current.long_context,
        },
        fast_multiplier: multiplier(text.fast_multiplier, "fast_multiplier", current.fast_multiplier)?,
        us_multiplier: multiplier(text.us_multiplier, "us_multiplier", current.us_multiplier)?,
        regional_multiplier: multiplier(
            text.regional_multiplier,
            "regional_multiplier",
            current.regional_multiplier,
        )?,
    };
    Ok(FormerPrices { end_ms, prices })
}

/// A day in milliseconds.
const DAY_MS: i128 = 86_400_000;

/// The end of a UTC day given as `YYYY-MM-DD`, in milliseconds UTC, exclusive.
pub fn end_of_day_ms(date: &str) -> Option<i64> {
    if date.len() != "YYYY-MM-DD".len() {
        return None;
    }
    let date = Date::strptime("%Y-%m-%d", date).ok()?;
    // Not by way of a timestamp: those end before the last date does.
    let begins_ms = date.duration_since(Date::constant(1970, 1, 1)).as_millis();
    i64::try_from(begins_ms + DAY_MS).ok()
}

/// Where in the table a number stands, for errors: the path up to its field.
struct JsonPath(String);

impl JsonPath {
    fn field(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }

    fn price(&self, number: &RawValue, name: &str) -> Result<Picodollars, PriceError> {
        decimal::parse_price(number.get())
            .ok_or_else(|| PriceError::Price { at: self.field(name), found: number.get().into() })
    }

    fn multiplier(&self, number: &RawValue, name: &str) -> Result<Multiplier, PriceError> {
        Multiplier::parse(number.get())
            .ok_or_else(|| PriceError::Multiplier { at: self.field(name), found: number.get().into() })
    }

    fn optional<T>(
        &self,
        number: Option<&RawValue>,
        name: &str,
        read: impl Fn(&Self, &RawValue, &str) -> Result<T, PriceError>,
    ) -> Result<Option<T>, PriceError> {
        number.map(|number| read(self, number, name)).transpose()
    }

    fn long_context(&self, text: &LongContextText<'_>) -> Result<LongContext, PriceError> {
        let place = Self(self.field("long_context."));
        Ok(LongContext {
            threshold_tokens: text.threshold_prompt_tokens,
            rates: Rates {
                input: place.price(text.input, "input")?,
                output: place.price(text.output, "output")?,
                cache_write_5m: place.price(text.cache_write_5m, "cache_write_5m")?,
                cache_write_1h: place.price(text.cache_write_1h, "cache_write_1h")?,
                cache_read: place.price(text.cache_read, "cache_read")?,
            },
        })
    }
}

/// The members of a JSON object in order, repeated ones included: a map would keep the last in silence.
pub(super) struct Entries<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of models by id")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = members.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}
