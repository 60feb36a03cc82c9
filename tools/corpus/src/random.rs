//! Random names and numbers: ids, and sizes that follow a measured distribution.
//!
//! Invariant: everything is derived from a seed through `fastrand`, whose version is fixed by the lock file.

use fastrand::Rng;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A version 4 UUID.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        rng.u32(..),
        rng.u16(..),
        rng.u16(..0x1000),
        rng.u16(0x8000..0xc000),
        rng.u64(..1 << 48)
    )
}

/// An API id: `prefix`, `01`, then 22 characters that are unique.
pub(crate) fn id(prefix: &str, rng: &mut Rng) -> String {
    let mut id = String::with_capacity(prefix.len() + 24);
    id.push_str(prefix);
    id.push_str("01");
    id.extend((0..22).map(|_| char::from(BASE58[rng.usize(..BASE58.len())])));
    id
}

/// True in `parts` out of 1,000 cases.
pub(crate) fn permille(rng: &mut Rng, parts: u32) -> bool {
    rng.u32(..1000) < parts
}

/// One of `choices`, chosen by weight.
pub(crate) fn weighted<T: Copy>(rng: &mut Rng, choices: &[(u32, T)]) -> T {
    at_share(rng.f64(), choices)
}

/// The choice at a share (0 to 1) of the total weight.
pub(crate) fn at_share<T: Copy>(share: f64, choices: &[(u32, T)]) -> T {
    let mut at = share * f64::from(choices.iter().map(|(weight, _)| weight).sum::<u32>());
    for (weight, choice) in choices {
        if at < f64::from(*weight) {
            return *choice;
        }
        at -= f64::from(*weight);
    }
    choices[choices.len() - 1].1
}

/// The `k`th share (0 to 1) of a sequence that fills the range evenly, however long it is.
pub(crate) fn even_share(k: u64) -> f64 {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    (k.wrapping_mul(GOLDEN) >> 11) as f64 / (1u64 << 53) as f64
}

/// A number between `low` and `high`, equally likely in each power of two.
pub(crate) fn log_uniform(rng: &mut Rng, low: f64, high: f64) -> u64 {
    whole(low * (high / low).powf(rng.f64()))
}

/// A distribution given by points (share of values below, value), log-linear between them.
pub(crate) struct Distribution(pub(crate) &'static [(f64, f64)]);

impl Distribution {
    /// The `k`th value of a sequence that fills the distribution evenly, so a small corpus has the right
    /// number of rare, large values.
    pub(crate) fn nth(&self, k: u64) -> usize {
        let share = even_share(k);
        let above = self.0.iter().position(|(below, _)| share < *below).unwrap_or(self.0.len() - 1).max(1);
        let ((from, low), (to, high)) = (self.0[above - 1], self.0[above]);
        let value = low * (high / low).powf((share - from) / (to - from));
        usize::try_from(whole(value)).unwrap_or(usize::MAX)
    }

    /// The mean of the values.
    pub(crate) fn mean(&self) -> f64 {
        (self.0.windows(2))
            .map(|pair| {
                let ((from, low), (to, high)) = (pair[0], pair[1]);
                (to - from) * (high - low) / (high / low).ln()
            })
            .sum()
    }
}

/// The whole part of a float. Floats here are positive and far below 2⁵³.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(crate) fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_fills_the_distribution() {
        let sizes = Distribution(&[(0.0, 100.0), (0.5, 700.0), (0.99, 9_000.0), (1.0, 80_000.0)]);
        let mut values: Vec<usize> = (0..10_000).map(|k| sizes.nth(k)).collect();
        let mean = values.iter().sum::<usize>() as f64 / 10_000.0;
        values.sort_unstable();
        assert!((690..710).contains(&values[5_000]), "{}", values[5_000]);
        assert!((8_800..9_200).contains(&values[9_900]), "{}", values[9_900]);
        assert!((mean / sizes.mean() - 1.0).abs() < 0.01, "{mean} {}", sizes.mean());
    }

    #[test]
    fn uuids_have_the_format_of_version_4() {
        let mut rng = Rng::with_seed(7);
        let uuid = uuid(&mut rng);
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(&uuid[14..15], "4");
    }
}
