//! A table with a user's own prices on top: single prices, models, aliases.
//!
//! Invariant: a price that the user gives applies at every date. Everything else stays as in the table, former prices
//! included. A model that the table does not know needs all five prices.

use std::fmt;

use super::{FormerPrices, LongContext, ModelPrices, Multiplier, PriceTable, Prices, Rates};
use crate::snapshot::Picodollars;

/// A user's changes, each valid by itself but not yet checked against a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Models by the name they were given under.
    pub models: Vec<(Box<str>, Revision)>,
    /// Names, and the names of the models or aliases they stand for.
    pub aliases: Vec<(Box<str>, Box<str>)>,
    /// On batch requests.
    pub batch_multiplier: Option<Multiplier>,
    /// Price of a thousand searches.
    pub web_searches_per_1000: Option<Picodollars>,
}

/// The changes to one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Its prices now.
    pub now: PriceChanges,
    /// Former prices in place of those the table has, each with the end of its last day in milliseconds UTC,
    /// exclusive; prices that are not named are those of now.
    pub history: Option<Vec<(i64, PriceChanges)>>,
}

/// The prices that a revision states; the others stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceChanges {
    /// Uncached input, per million tokens, as are the next four.
    pub input: Option<Picodollars>,
    /// Output.
    pub output: Option<Picodollars>,
    /// Writes to the five-minute cache.
    pub cache_write_5m: Option<Picodollars>,
    /// Writes to the one-hour cache.
    pub cache_write_1h: Option<Picodollars>,
    /// Cache reads.
    pub cache_read: Option<Picodollars>,
    /// Prices of long prompts; `Some(None)`: they cost what others do.
    pub long_context: Option<Option<LongContext>>,
    /// On requests served at fast speed.
    pub fast_multiplier: Option<Multiplier>,
    /// On requests inferred in the US.
    pub us_multiplier: Option<Multiplier>,
    /// On requests that Bedrock kept in a region.
    pub regional_multiplier: Option<Multiplier>,
}

/// Why changes do not fit a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevisionError {
    /// A model that the table does not know lacks a price.
    Missing {
        /// The model.
        model: Box<str>,
        /// The price.
        price: &'static str,
    },
    /// Two former prices of a model end with the same day.
    SameDate {
        /// The model.
        model: Box<str>,
    },
    /// A name has prices and is an alias.
    Both {
        /// The name.
        alias: Box<str>,
    },
    /// An alias leads to itself.
    Cycle {
        /// The names on the way, the first one again at the end.
        names: Vec<Box<str>>,
    },
    /// An alias leads to a model without a price.
    Unknown {
        /// The alias.
        alias: Box<str>,
        /// Where it leads.
        model: Box<str>,
    },
}

impl RevisionError {
    /// The model or alias to change.
    pub fn subject(&self) -> &str {
        match self {
            Self::Missing { model, .. } | Self::SameDate { model } => model,
            Self::Both { alias } | Self::Unknown { alias, .. } => alias,
            Self::Cycle { names } => names.first().map_or("", |name| name),
        }
    }
}

impl fmt::Display for RevisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { model, price } => write!(
                f,
                "{model:?} is not in the bundled table, so it needs all prices: {price} is missing (use 0 if it is \
                 free)"
            ),
            Self::SameDate { model } => {
                write!(f, "{model:?} has two former prices until the same date: keep one of them")
            }
            Self::Both { alias } => {
                write!(f, "{alias:?} is an alias and also has prices: remove one of them")
            }
            Self::Cycle { names } => {
                let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
                write!(f, "an alias leads to itself: {}", names.join(" is "))
            }
            Self::Unknown { alias, model } => write!(
                f,
                "{alias:?} is an alias of {model:?}, which has no price; to list models with prices: cco prices"
            ),
        }
    }
}

impl std::error::Error for RevisionError {}

impl PriceTable {
    /// This table with a user's prices laid over it.
    pub fn revised(&self, revisions: &Revisions) -> Result<Self, RevisionError> {
        let mut own = Self::without_models(revisions.batch_multiplier, revisions.web_searches_per_1000);
        for (id, revision) in &revisions.models {
            own.put(revision.over(id, self.find(id).map(|known| known.model))?);
        }
        let mut table = self.overlaid(&own);
        let mut resolved = Vec::with_capacity(revisions.aliases.len());
        for (alias, _) in &revisions.aliases {
            if revisions.models.iter().any(|(id, _)| id == alias) {
                return Err(RevisionError::Both { alias: alias.clone() });
            }
            resolved.push((alias, revisions.target(alias)?));
        }
        // All are looked up before any is added: an alias may stand for a name that another one takes away.
        let targets: Result<Vec<_>, _> = (resolved.iter())
            .map(|(alias, model)| {
                let unknown = || RevisionError::Unknown { alias: (*alias).clone(), model: (*model).into() };
                table.target(model).ok_or_else(unknown)
            })
            .collect();
        for ((alias, _), target) in resolved.iter().zip(targets?) {
            table.name(alias, target);
        }
        Ok(table)
    }
}

impl Revisions {
    /// Where an alias leads in the end.
    fn target(&self, alias: &str) -> Result<&str, RevisionError> {
        let next = |name: &str| self.aliases.iter().find(|(alias, _)| **alias == *name);
        let mut names: Vec<Box<str>> = vec![alias.into()];
        let mut model = next(alias).map(|(_, model)| model).expect("an alias of this list");
        while let Some((_, further)) = next(model) {
            let is_known = names.contains(model);
            names.push(model.clone());
            if is_known {
                return Err(RevisionError::Cycle { names });
            }
            model = further;
        }
        Ok(model)
    }
}

impl Revision {
    /// The model's prices, over those that the table has for it.
    fn over(&self, id: &str, known: Option<&ModelPrices>) -> Result<ModelPrices, RevisionError> {
        let current = match known {
            Some(known) => self.now.over(&known.current),
            None => (self.now.alone()).map_err(|price| RevisionError::Missing { model: id.into(), price })?,
        };
        let mut history: Vec<FormerPrices> = match (&self.history, known) {
            (Some(history), _) => history
                .iter()
                .map(|(end_ms, named)| FormerPrices { end_ms: *end_ms, prices: named.over(&current) })
                .collect(),
            (None, Some(known)) => known
                .history
                .iter()
                .map(|former| FormerPrices { prices: self.now.over(&former.prices), ..former.clone() })
                .collect(),
            (None, None) => Vec::new(),
        };
        history.sort_by_key(|former| former.end_ms);
        if history.windows(2).any(|pair| pair[0].end_ms == pair[1].end_ms) {
            return Err(RevisionError::SameDate { model: id.into() });
        }
        Ok(ModelPrices { id: id.into(), current, history, sources: Vec::new() })
    }
}

impl PriceChanges {
    /// These in place of others.
    fn over(&self, others: &Prices) -> Prices {
        let rates = &others.rates;
        Prices {
            rates: Rates {
                input: self.input.unwrap_or(rates.input),
                output: self.output.unwrap_or(rates.output),
                cache_write_5m: self.cache_write_5m.unwrap_or(rates.cache_write_5m),
                cache_write_1h: self.cache_write_1h.unwrap_or(rates.cache_write_1h),
                cache_read: self.cache_read.unwrap_or(rates.cache_read),
            },
            long_context: self.long_context.unwrap_or(others.long_context),
            fast_multiplier: self.fast_multiplier.unwrap_or(others.fast_multiplier),
            us_multiplier: self.us_multiplier.unwrap_or(others.us_multiplier),
            regional_multiplier: self.regional_multiplier.unwrap_or(others.regional_multiplier),
        }
    }

    /// These alone; the error is what is missing.
    fn alone(&self) -> Result<Prices, &'static str> {
        Ok(Prices {
            rates: Rates {
                input: self.input.ok_or("input")?,
                output: self.output.ok_or("output")?,
                cache_write_5m: self.cache_write_5m.ok_or("cache_write_5m")?,
                cache_write_1h: self.cache_write_1h.ok_or("cache_write_1h")?,
                cache_read: self.cache_read.ok_or("cache_read")?,
            },
            long_context: self.long_context.flatten(),
            fast_multiplier: self.fast_multiplier.unwrap_or(Multiplier::ONE),
            us_multiplier: self.us_multiplier.unwrap_or(Multiplier::ONE),
            regional_multiplier: self.regional_multiplier.unwrap_or(Multiplier::ONE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(usd: u128) -> PriceChanges {
        PriceChanges { input: Some(Picodollars(usd * 1_000_000_000_000)), ..PriceChanges::default() }
    }

    fn model(id: &str, now: PriceChanges) -> Revisions {
        Revisions { models: vec![(id.into(), Revision { now, history: None })], ..Revisions::default() }
    }

    fn aliases(list: &[(&str, &str)]) -> Result<PriceTable, RevisionError> {
        let aliases = list.iter().map(|(alias, model)| ((*alias).into(), (*model).into())).collect();
        PriceTable::bundled().revised(&Revisions { aliases, ..Revisions::default() })
    }

    #[test]
    fn what_is_named_holds_at_all_dates_and_the_rest_stays() {
        let bundled = PriceTable::bundled();
        let before = bundled.find("claude-sonnet-5-5").expect("a model with history").model;
        let table = bundled.revised(&model("claude-sonnet-5-5", input(7))).unwrap();
        let after = table.find("claude-sonnet-5-5").expect("the same").model;
        assert_eq!(after.history.len(), before.history.len());
        for at_ms in [0, i64::MAX] {
            let (after, before) = (after.at(at_ms), before.at(at_ms));
            assert_eq!(after.rates.input, Picodollars(7_000_000_000_000));
            assert_eq!(after.rates.cache_read, before.rates.cache_read);
        }
        assert_eq!(table.find("claude-opus-5"), bundled.find("claude-opus-5"));
    }

    #[test]
    fn a_model_nobody_knows_needs_all_its_prices() {
        let error = PriceTable::bundled().revised(&model("mine", input(1))).unwrap_err();
        assert_eq!(error, RevisionError::Missing { model: "mine".into(), price: "output" });
    }

    #[test]
    fn an_alias_leads_through_others_to_a_model() {
        let table = aliases(&[("a", "b"), ("b", "claude-opus-5"), ("gateway/opus", "a")]).unwrap();
        for name in ["a", "b", "gateway/opus"] {
            assert_eq!(table.find(name).map(|found| &*found.model.id), Some("claude-opus-5"));
        }
    }

    #[test]
    fn an_alias_of_a_regional_id_is_regional() {
        let profile = "arn:aws:bedrock:eu-west-1:1:application-inference-profile/x";
        let table = aliases(&[(profile, "a"), ("a", "eu.anthropic.claude-opus-5"), ("b", "claude-opus-5")]);
        let table = table.unwrap();
        let is_regional = |name: &str| table.find(name).map(|found| found.is_regional);
        assert_eq!(is_regional(profile), Some(true));
        assert_eq!(is_regional("a[1m]"), Some(true));
        assert_eq!(is_regional("b"), Some(false));
        assert_eq!(is_regional("claude-opus-5"), Some(false));
    }

    #[test]
    fn aliases_that_lead_in_a_circle_or_nowhere_are_refused() {
        for circle in [&[("a", "a")][..], &[("a", "b"), ("b", "c"), ("c", "b")]] {
            let error = aliases(circle).unwrap_err();
            assert!(matches!(error, RevisionError::Cycle { .. }), "{error}");
        }
        let error = aliases(&[("a", "claude-oops-5")]).unwrap_err();
        assert_eq!(error, RevisionError::Unknown { alias: "a".into(), model: "claude-oops-5".into() });
        let mut both = model("claude-opus-5", input(1));
        both.aliases.push(("claude-opus-5".into(), "claude-opus-4-6".into()));
        let error = PriceTable::bundled().revised(&both).unwrap_err();
        assert_eq!(error, RevisionError::Both { alias: "claude-opus-5".into() });
    }
}
