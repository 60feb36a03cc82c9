//! The cost of one request: exact, rounded half-even once to a whole picodollar.

use super::{Multiplier, PriceTable, Rates, Tariff};
use crate::snapshot::{Counters, Picodollars};
use crate::usage::{Request, Terms, Tokens};

/// Which cost of a request to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CostMode {
    /// The cost recorded in the transcript if there is one, otherwise the computed cost.
    #[default]
    Auto,
    /// Always computed from tokens.
    Calculate,
    /// The recorded cost only; zero if there is none.
    Display,
}

impl PriceTable {
    /// All counters of one request made at `at_ms` (milliseconds UTC) under `terms`.
    pub fn price(&self, request: &Request<'_>, terms: &Terms, at_ms: i64, mode: CostMode) -> Counters {
        self.price_as(self.find(request.model), request, terms, at_ms, mode)
    }

    /// The same for callers who keep the result of [`PriceTable::find`] for the request's model.
    pub fn price_as(
        &self,
        tariff: Option<Tariff<'_>>,
        request: &Request<'_>,
        terms: &Terms,
        at_ms: i64,
        mode: CostMode,
    ) -> Counters {
        let tokens = &request.tokens;
        let computed = || tariff.map(|tariff| self.computed(tariff, tokens, terms, at_ms));
        let cost = match (mode, request.recorded_cost) {
            (CostMode::Auto | CostMode::Display, Some(recorded)) => Some(recorded),
            (CostMode::Display, None) => Some(Picodollars::ZERO),
            (CostMode::Auto, None) | (CostMode::Calculate, _) => computed(),
        };
        Counters {
            requests: 1,
            messages: u64::from(request.is_message),
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cache_write_5m_tokens: tokens.cache_write_5m,
            cache_write_1h_tokens: tokens.cache_write_1h,
            cache_read_tokens: tokens.cache_read,
            web_search_requests: tokens.web_searches,
            unpriced_tokens: if cost.is_none() { tokens.total() } else { 0 },
            thinking_tokens: tokens.thinking,
            web_fetch_requests: tokens.web_fetches,
            provisional_messages: u64::from(request.is_provisional),
            provisional_output_tokens: if request.is_provisional { tokens.output } else { 0 },
            cost: cost.unwrap_or_default(),
        }
    }

    fn computed(&self, tariff: Tariff<'_>, tokens: &Tokens, terms: &Terms, at_ms: i64) -> Picodollars {
        let prices = tariff.model.at(at_ms);
        let rates = match &prices.long_context {
            Some(long) if tokens.prompt() > long.threshold_tokens => &long.rates,
            _ => &prices.rates,
        };
        let when = |applies, multiplier| if applies { multiplier } else { Multiplier::ONE };
        let multipliers = [
            when(&*terms.speed == "fast", prices.fast_multiplier),
            when(&*terms.geo == "us", prices.us_multiplier),
            when(&*terms.tier == "batch", self.batch_multiplier.unwrap_or(Multiplier::ONE)),
            when(tariff.is_regional, prices.regional_multiplier),
        ];
        let searches = self.web_searches_per_1000.unwrap_or_default();
        exact_cost(tokens, rates, multipliers, searches)
    }
}

/// Denominator of tokens × price: a million tokens.
const MILLION: u128 = 1_000_000;

/// Denominator of tokens × price × four multipliers: 10⁴ for each of them besides.
const PARTS: u128 = MILLION * (Multiplier::UNIT as u128).pow(4);

/// (Σ tokens × price) × multipliers / [`PARTS`] + searches × price / 1000, rounded half-even once.
///
/// Why 128 bits are enough. Counters are below 2⁵³ ([`Tokens::MAX`]), prices at most 10¹⁸, each multiplier
/// at most 10⁶ ten-thousandths; so the product of two of them is at most 10¹². `PARTS` is 10²², and 10³⁸ < 2¹²⁷.
///
/// - `price`: five products below 2⁵³ × 10¹⁸ < 2¹¹³, together below 2¹¹⁶.
/// - `searches` < 2⁵³ × 10¹⁸ < 2¹¹³; so `price` + `searches` × 1000 < 2¹²⁴.
/// - `price` × four multipliers would not fit. So `price` is split by `PARTS` into a quotient and a rest. The rest
///   takes two multipliers, is split once more, and takes the other two. No division loses anything, for every
///   rest is kept.
/// - Quotient × all multipliers ≤ 2¹¹⁶ / 10²² × 10²⁴ < 2¹²³.
/// - `scaled` < 10²² × 10¹² = 10³⁴: its quotient by `PARTS` is below 10¹², its rest below 10²²; these times `second`
///   are below 10²⁴ and 10³⁴.
/// - The rest of `searches`, below 1000, on the common denominator is below `PARTS`.
/// - So `parts` < 10³⁴ + 10²², and `whole` < 2¹²³ + 10²⁴ + 2¹¹³ + 10¹³.
fn exact_cost(
    tokens: &Tokens,
    rates: &Rates,
    multipliers: [Multiplier; 4],
    searches: Picodollars,
) -> Picodollars {
    let times = |count: u64, price: Picodollars| u128::from(count) * price.0;
    let price = times(tokens.input, rates.input)
        + times(tokens.output, rates.output)
        + times(tokens.cache_write_5m, rates.cache_write_5m)
        + times(tokens.cache_write_1h, rates.cache_write_1h)
        + times(tokens.cache_read, rates.cache_read);
    let searches = times(tokens.web_searches, searches);

    // Nearly all requests: one division of 128 bits instead of several.
    if multipliers == [Multiplier::ONE; 4] {
        return rounded(0, price + searches * (MILLION / 1000), MILLION);
    }
    let [a, b, c, d] = multipliers.map(|by| u128::from(by.ten_thousandths()));
    let (first, second) = (a * b, c * d);
    let scaled = price % PARTS * first;
    let whole = price / PARTS * first * second + scaled / PARTS * second + searches / 1000;
    let parts = scaled % PARTS * second + searches % 1000 * (PARTS / 1000);
    rounded(whole, parts, PARTS)
}

/// `whole` + `parts` / `unit`, rounded half-even; `unit` is even.
fn rounded(whole: u128, parts: u128, unit: u128) -> Picodollars {
    let (whole, rest) = (whole + parts / unit, parts % unit);
    let up = rest > unit / 2 || (rest == unit / 2 && whole % 2 == 1);
    Picodollars(whole + u128::from(up))
}

#[cfg(test)]
mod tests;
