//! A user's whole price table from a file: in the form of the bundled one, or LiteLLM's list of models.
//!
//! Invariant: prices are taken as decimals, never through floating point. LiteLLM's list gives prices per token, which
//! become prices per million tokens, rounded half to even at a picodollar. It knows no former prices and no multipliers, so
//! those of a model that is known stay.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::parse::Entries;
use super::{LongContext, ModelPrices, Multiplier, PriceError, PriceTable, Prices, Rates, decimal, model_id};
use crate::snapshot::Picodollars;

/// LiteLLM's prices of long prompts begin above this many tokens.
const LONG_TOKENS: u64 = 200_000;

/// Tells our form from LiteLLM's, in which each member is a model.
#[derive(Deserialize)]
struct Probe {
    models: Option<IgnoredAny>,
    unit: Option<IgnoredAny>,
}

/// A model of LiteLLM's list; all its other members are about other things.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    input_cost_per_token: Option<&'a RawValue>,
    #[serde(borrow)]
    output_cost_per_token: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_token_cost: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_token_cost_above_1hr: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read_input_token_cost: Option<&'a RawValue>,
    #[serde(borrow)]
    input_cost_per_token_above_200k_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    output_cost_per_token_above_200k_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_token_cost_above_200k_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_token_cost_above_1hr_above_200k_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read_input_token_cost_above_200k_tokens: Option<&'a RawValue>,
}

impl PriceTable {
    /// This table with that of a file on top, and the ids that the file has prices for.
    pub fn with_file(&self, text: &str) -> Result<(Self, Vec<Box<str>>), PriceError> {
        let probe: Probe = serde_json::from_str(text).map_err(PriceError::Json)?;
        let table = match probe {
            Probe { models: None, unit: None } => self.of_litellm(text)?,
            _ => Self::from_json(text)?,
        };
        let ids = table.models().into_iter().map(|(model, _)| model.id.clone()).collect();
        Ok((self.overlaid(&table), ids))
    }

    /// The table of LiteLLM's list. What has no price per token, such as pictures, is left out.
    fn of_litellm(&self, text: &str) -> Result<Self, PriceError> {
        let models: Entries<&RawValue> = serde_json::from_str(text).map_err(PriceError::Json)?;
        let mut table = Self::without_models(None, None);
        // A description of the members, with words in place of prices.
        for (id, model) in models.0.into_iter().filter(|(id, _)| id != "sample_spec") {
            let listed: Listed<'_> = serde_json::from_str(model.get()).map_err(PriceError::Json)?;
            let (Some(input), Some(output)) = (listed.input_cost_per_token, listed.output_cost_per_token)
            else {
                continue;
            };
            let known = self.find(&id).map(|known| known.model);
            let current = listed.prices(&id, [input, output], known.map(|known| &known.current))?;
            let history = known.map(|known| known.history.clone()).unwrap_or_default();
            table.insert(ModelPrices { id: id.into(), current, history, sources: Vec::new() }, &[])?;
        }
        Ok(table)
    }
}

impl Listed<'_> {
    fn prices(
        &self,
        id: &str,
        [input, output]: [&RawValue; 2],
        known: Option<&Prices>,
    ) -> Result<Prices, PriceError> {
        let price = |number: &RawValue, member: &str| {
            per_million(number.get()).ok_or_else(|| PriceError::Price {
                at: format!("{id:?}.{member}"),
                found: number.get().into(),
            })
        };
        let or = |number: Option<&RawValue>, member, other| number.map_or(Ok(other), |it| price(it, member));
        let input = price(input, "input_cost_per_token")?;
        let write = or(self.cache_creation_input_token_cost, "cache_creation_input_token_cost", input)?;
        let rates = Rates {
            input,
            output: price(output, "output_cost_per_token")?,
            cache_write_5m: write,
            cache_write_1h: or(
                self.cache_creation_input_token_cost_above_1hr,
                "cache_creation_input_token_cost_above_1hr",
                write,
            )?,
            cache_read: or(self.cache_read_input_token_cost, "cache_read_input_token_cost", input)?,
        };
        let long = match self.input_cost_per_token_above_200k_tokens {
            None => known.and_then(|known| known.long_context),
            Some(input) => {
                let input = price(input, "input_cost_per_token_above_200k_tokens")?;
                let output = self.output_cost_per_token_above_200k_tokens;
                let write = self.cache_creation_input_token_cost_above_200k_tokens;
                let write_1h = self.cache_creation_input_token_cost_above_1hr_above_200k_tokens;
                let read = self.cache_read_input_token_cost_above_200k_tokens;
                let write =
                    or(write, "cache_creation_input_token_cost_above_200k_tokens", rates.cache_write_5m)?;
                let rates = Rates {
                    input,
                    output: or(output, "output_cost_per_token_above_200k_tokens", rates.output)?,
                    cache_write_5m: write,
                    cache_write_1h: or(
                        write_1h,
                        "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
                        rates.cache_write_1h.max(write),
                    )?,
                    cache_read: or(read, "cache_read_input_token_cost_above_200k_tokens", rates.cache_read)?,
                };
                Some(LongContext { threshold_tokens: LONG_TOKENS, rates })
            }
        };
        let of = |multiplier: fn(&Prices) -> Multiplier| known.map_or(Multiplier::ONE, multiplier);
        Ok(Prices {
            rates,
            long_context: long,
            fast_multiplier: of(|known| known.fast_multiplier),
            us_multiplier: of(|known| known.us_multiplier),
            // The price of an id that stays in a region includes the premium.
            regional_multiplier: match model_id::is_regional(id) {
                true => Multiplier::ONE,
                false => of(|known| known.regional_multiplier),
            },
        })
    }
}

/// A price per million tokens from one per token; `None` unless it is a number from 0 to the highest price.
fn per_million(number: &str) -> Option<Picodollars> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.parse::<i32>().ok()?.checked_add(6)?;
    let price: Picodollars = format!("{mantissa}e{exponent}").parse().ok()?;
    (price.0 <= decimal::MAX_PRICE.into()).then_some(price)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_per_token_becomes_one_per_million_without_floating_point() {
        let usd = |text: &str| per_million(text).map(|price| price.to_string());
        assert_eq!(usd("3e-06").unwrap(), "3");
        assert_eq!(usd("0.0000003").unwrap(), "0.3");
        assert_eq!(usd("1.25E-6").unwrap(), "1.25");
        assert_eq!(usd("3.0000000000000004e-07").unwrap(), "0.3");
        assert_eq!(usd("0").unwrap(), "0");
        for bad in ["-1e-6", "\"1\"", "2", "1e-", "null", ""] {
            assert_eq!(usd(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_list_of_litellm_gives_new_models_prices_and_keeps_what_it_does_not_know() {
        let text = r#"{
            "sample_spec": {"input_cost_per_token": "words"},
            "picture-1": {"input_cost_per_image": 0.04},
            "claude-new-9": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
                "cache_creation_input_token_cost": 3.75e-06, "cache_read_input_token_cost": 3e-07,
                "input_cost_per_token_above_200k_tokens": 6e-06, "mode": "chat"},
            "claude-opus-5": {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
        }"#;
        let bundled = PriceTable::bundled();
        let (table, ids) = bundled.with_file(text).unwrap();
        assert_eq!(ids.len(), 2);
        let new = &table.find("claude-new-9").unwrap().model.current;
        assert_eq!(new.rates.cache_write_1h.to_string(), "3.75");
        assert_eq!(new.rates.cache_read.to_string(), "0.3");
        let long = new.long_context.unwrap();
        assert_eq!((long.threshold_tokens, long.rates.input.to_string()), (200_000, "6".into()));
        let (old, opus) = (bundled.find("claude-opus-5").unwrap(), table.find("claude-opus-5").unwrap());
        assert_eq!(opus.model.current.rates.input.to_string(), "1");
        assert_eq!(opus.model.history, old.model.history);
        assert_eq!(opus.model.current.fast_multiplier, old.model.current.fast_multiplier);
        assert_eq!(table.find("claude-haiku-4-5").is_some(), bundled.find("claude-haiku-4-5").is_some());
    }

    #[test]
    fn a_price_that_is_none_is_refused_with_its_member() {
        let text = r#"{"m": {"input_cost_per_token": 1e-6, "output_cost_per_token": "2"}}"#;
        let error = PriceTable::bundled().with_file(text).unwrap_err().to_string();
        assert!(error.starts_with("\"m\".output_cost_per_token is \"2\""), "{error}");
        let ours = r#"{"models": {"m": {"input": 1, "output": 2, "cache_write_5m": 1, "cache_write_1h": 1, "cache_read": 1}}}"#;
        assert!(PriceTable::bundled().with_file(ours).unwrap().0.find("m").is_some());
    }
}
