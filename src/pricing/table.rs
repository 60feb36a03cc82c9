//! The price table: models by name, each with its prices now and before.
//!
//! Invariant: a name (an id or an alias) belongs to one model. A finished table never changes; a user's table on top of
//! the bundled one gives a third.

use std::collections::HashMap;

use super::{Multiplier, PriceError, model_id};
use crate::snapshot::Picodollars;

/// Prices of all models, and what all models share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTable {
    pub(super) collected: Option<Box<str>>,
    pub(super) batch_multiplier: Option<Multiplier>,
    pub(super) web_searches_per_1000: Option<Picodollars>,
    /// In no order that means anything; a model may have lost its last name to an overlaid table.
    models: Vec<ModelPrices>,
    /// Ids and aliases, and where each leads.
    names: HashMap<Box<str>, Target>,
}

/// Where a name leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The model's position.
    place: usize,
    /// Whether the way there stays in a region.
    is_regional: bool,
}

/// What a model costs by the id it was asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff<'t> {
    /// The model's prices.
    pub model: &'t ModelPrices,
    /// Whether the id names a route through Bedrock that stays in a region, on which
    /// [`Prices::regional_multiplier`] applies. The id decides it, not the model.
    pub is_regional: bool,
}

/// The prices of one model, now and before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrices {
    /// The id the table lists it under.
    pub id: Box<str>,
    /// Prices that apply when no former ones do.
    pub current: Prices,
    /// Former prices, by ascending end.
    pub history: Vec<FormerPrices>,
    /// Where the prices are from, in words.
    pub sources: Vec<Box<str>>,
}

/// Prices that held until some date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerPrices {
    /// End of the last UTC day they hold on, in milliseconds UTC, exclusive.
    pub end_ms: i64,
    /// What held: the current prices but for those that the table names.
    pub prices: Prices,
}

/// Everything that decides what a model's tokens cost at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Standard prices.
    pub rates: Rates,
    /// Prices of requests with long prompts, where they differ.
    pub long_context: Option<LongContext>,
    /// On all token prices of requests served at fast speed.
    pub fast_multiplier: Multiplier,
    /// On all token prices of requests inferred in the US.
    pub us_multiplier: Multiplier,
    /// On all token prices of requests that Bedrock kept in a region.
    pub regional_multiplier: Multiplier,
}

/// Prices of the whole of a request whose prompt is longer than a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongContext {
    /// They apply to prompts (input, cache writes and cache reads) strictly above it, in tokens.
    pub threshold_tokens: u64,
    /// The prices.
    pub rates: Rates,
}

/// Prices of the five kinds of token, per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Uncached input.
    pub input: Picodollars,
    /// Output.
    pub output: Picodollars,
    /// Writes to the five-minute cache.
    pub cache_write_5m: Picodollars,
    /// Writes to the one-hour cache.
    pub cache_write_1h: Picodollars,
    /// Cache reads.
    pub cache_read: Picodollars,
}

impl PriceTable {
    /// This table with `other` laid over it: what `other` says holds, the rest stays.
    ///
    /// A model of `other` replaces the one that bears its id here, be it as an alias, and answers to that
    /// one's other names too: whoever prices `claude-x` means `claude-x-20250101` as well if this table
    /// knows the two as one. Names that `other` gives lead where it says in any case.
    #[must_use]
    pub fn overlaid(&self, other: &Self) -> Self {
        let mut models = self.models.clone();
        let mut places = Vec::with_capacity(other.models.len());
        for model in &other.models {
            let known = self.names.get(&model.id).map(|target| target.place);
            let replaced = known.filter(|place| !places.contains(place));
            let place = replaced.unwrap_or(models.len());
            match models.get_mut(place) {
                Some(slot) => *slot = model.clone(),
                None => models.push(model.clone()),
            }
            places.push(place);
        }
        let mut names = self.names.clone();
        names.extend(
            (other.names.iter())
                .map(|(name, target)| (name.clone(), Target { place: places[target.place], ..*target })),
        );
        Self {
            collected: other.collected.clone().or_else(|| self.collected.clone()),
            batch_multiplier: other.batch_multiplier.or(self.batch_multiplier),
            web_searches_per_1000: other.web_searches_per_1000.or(self.web_searches_per_1000),
            models,
            names,
        }
    }

    /// The prices of a model by the id a transcript gives: the id as it is, then the plain id (see
    /// `model_id`), then that without its date. `None`: it has no price.
    ///
    /// The unchanged name comes first, so a user can give a provider's variant its own
    /// price. One hash look-up for a plain id, up to three for others.
    pub fn find(&self, model: &str) -> Option<Tariff<'_>> {
        let Target { place, is_regional } = self.target(model)?;
        Some(Tariff { model: &self.models[place], is_regional })
    }

    /// The same as a position.
    pub(super) fn target(&self, model: &str) -> Option<Target> {
        let by_name = |name: &str| self.names.get(name).copied();
        by_name(model).or_else(|| {
            let plain = model_id::plain(model);
            let found = by_name(&plain).or_else(|| by_name(model_id::undated(&plain)?))?;
            Some(Target { is_regional: found.is_regional || model_id::is_regional(model), ..found })
        })
    }

    /// When its prices were looked up, as a date, if it says so.
    pub fn collected(&self) -> Option<&str> {
        self.collected.as_deref()
    }

    /// On the token prices of batch requests.
    pub fn batch_multiplier(&self) -> Option<Multiplier> {
        self.batch_multiplier
    }

    /// Price of a thousand searches.
    pub fn web_searches_per_1000(&self) -> Option<Picodollars> {
        self.web_searches_per_1000
    }

    /// All models that some name leads to, by id, each with its names but the id.
    pub fn models(&self) -> Vec<(&ModelPrices, Vec<&str>)> {
        let mut listed: Vec<_> = self.models.iter().map(|model| (model, Vec::new(), false)).collect();
        for (name, &Target { place, .. }) in &self.names {
            let (model, names, is_named) = &mut listed[place];
            *is_named = true;
            if *name != model.id {
                names.push(&**name);
            }
        }
        listed.retain(|(_, _, is_named)| *is_named);
        let mut listed: Vec<_> = listed.into_iter().map(|(model, names, _)| (model, names)).collect();
        listed.iter_mut().for_each(|(_, names)| names.sort_unstable());
        listed.sort_unstable_by_key(|(model, _)| &*model.id);
        listed
    }

    /// Has a name lead where another one does, whatever it led to before. An alias for a regional id is as
    /// regional as that id: it is how an application profile gets a price.
    pub(super) fn name(&mut self, name: &str, target: Target) {
        let is_regional = target.is_regional || model_id::is_regional(name);
        self.names.insert(name.into(), Target { is_regional, ..target });
    }

    /// Adds a model under its id, which leads to it from now on.
    pub(super) fn put(&mut self, model: ModelPrices) {
        self.names.insert(model.id.clone(), self.next(&model.id));
        self.models.push(model);
    }

    /// A table without models. What is not given does not apply: batches are not cheaper, searches are free.
    pub(super) fn without_models(
        batch_multiplier: Option<Multiplier>,
        web_searches_per_1000: Option<Picodollars>,
    ) -> Self {
        Self {
            collected: None,
            batch_multiplier,
            web_searches_per_1000,
            models: Vec::new(),
            names: HashMap::new(),
        }
    }

    /// Adds a model under its id and aliases, all of them new to the table.
    pub(super) fn insert(&mut self, model: ModelPrices, aliases: &[Box<str>]) -> Result<(), PriceError> {
        for name in std::iter::once(&model.id).chain(aliases) {
            if let Some(taken) = self.names.insert(name.clone(), self.next(name)) {
                let first = self.models.get(taken.place).unwrap_or(&model).id.to_string();
                return Err(PriceError::SameName {
                    name: name.to_string(),
                    first,
                    second: model.id.to_string(),
                });
            }
        }
        self.models.push(model);
        Ok(())
    }

    /// Where a name of the model to be added next leads.
    fn next(&self, name: &str) -> Target {
        Target { place: self.models.len(), is_regional: model_id::is_regional(name) }
    }
}

impl ModelPrices {
    /// Prices of a request made at `at_ms`, in milliseconds UTC: of the former prices that still held, those
    /// that ended first, else the current ones.
    pub fn at(&self, at_ms: i64) -> &Prices {
        (self.history.iter().find(|former| at_ms < former.end_ms))
            .map_or(&self.current, |former| &former.prices)
    }
}

#[cfg(test)]
mod tests;
