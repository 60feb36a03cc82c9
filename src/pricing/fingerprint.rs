//! A hash of everything that decides the cost of a model's requests, to notice changed prices.
//!
//! Invariant: no price parameter is left out, and different parameters never give the same bytes: an optional value is
//! preceded by whether it is present, a list by its length. Structs are destructured, so a new field does not compile
//! until it is included here. Used by everyone who stores costs.

use xxhash_rust::xxh3::xxh3_64;

use super::{FormerPrices, LongContext, ModelPrices, Multiplier, PriceTable, Prices, Rates, Tariff};
use crate::snapshot::Picodollars;

/// Which computation the parameters go into. It rises when the same parameters come to another cost.
const EDITION: u8 = 1;

impl PriceTable {
    /// A hash of all that decides what requests of a model cost, by the id a transcript gives. Models without a
    /// price have one in common. It is stable: ledgers keep it.
    pub fn fingerprint(&self, model: &str) -> u64 {
        xxh3_64(&self.parameters(model))
    }

    /// The parameters as bytes.
    fn parameters(&self, model: &str) -> Vec<u8> {
        let mut bytes = vec![EDITION];
        let tariff = self.find(model);
        bytes.push(tariff.is_some().into());
        let Some(Tariff { model, is_regional }) = tariff else { return bytes };
        bytes.push(is_regional.into());
        put_multiplier(&mut bytes, self.batch_multiplier.unwrap_or(Multiplier::ONE));
        put_price(&mut bytes, self.web_searches_per_1000.unwrap_or_default());
        let ModelPrices { current, history, id: _, sources: _ } = model;
        put_prices(&mut bytes, current);
        bytes.extend((history.len() as u64).to_le_bytes());
        for FormerPrices { end_ms, prices } in history {
            bytes.extend(end_ms.to_le_bytes());
            put_prices(&mut bytes, prices);
        }
        bytes
    }
}

fn put_prices(bytes: &mut Vec<u8>, prices: &Prices) {
    let Prices { rates, long_context, fast_multiplier, us_multiplier, regional_multiplier } = prices;
    put_rates(bytes, rates);
    bytes.push(long_context.is_some().into());
    if let Some(LongContext { threshold_tokens, rates }) = long_context {
        bytes.extend(threshold_tokens.to_le_bytes());
        put_rates(bytes, rates);
    }
    for multiplier in [fast_multiplier, us_multiplier, regional_multiplier] {
        put_multiplier(bytes, *multiplier);
    }
}

fn put_rates(bytes: &mut Vec<u8>, rates: &Rates) {
    let Rates { input, output, cache_write_5m, cache_write_1h, cache_read } = rates;
    for rate in [input, output, cache_write_5m, cache_write_1h, cache_read] {
        put_price(bytes, *rate);
    }
}

fn put_price(bytes: &mut Vec<u8>, price: Picodollars) {
    bytes.extend(price.0.to_le_bytes());
}

fn put_multiplier(bytes: &mut Vec<u8>, multiplier: Multiplier) {
    bytes.extend(multiplier.ten_thousandths().to_le_bytes());
}

#[cfg(test)]
mod tests;
