//! A share as a bar, `██████░░░░`. Used by status lines, `cco limits`, `cco blocks` and the monitor.
//!
//! Invariant: a bar is full only at 100% or more, and empty only at zero. A single cell cannot show both: it is full only at
//! 100%.

/// The bar of `part` in `whole`, so many cells wide.
pub fn share_bar(part: u64, whole: u64, cells: usize) -> String {
    let full = match part {
        0 => 0,
        _ if part >= whole => cells,
        _ => {
            let (part, whole) = (u128::from(part), u128::from(whole));
            let nearest = (part * cells as u128 + whole / 2) / whole;
            usize::try_from(nearest).unwrap_or(cells).max(1).min(cells.saturating_sub(1))
        }
    };
    "█".repeat(full) + &"░".repeat(cells - full)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bar_shows_the_nearest_cell() {
        assert_eq!(share_bar(4_100, 10_000, 10), "████░░░░░░");
        assert_eq!(share_bar(4_500, 10_000, 10), "█████░░░░░");
        assert_eq!([share_bar(1, 1, 4), share_bar(0, 1, 3)], ["████", "░░░"]);
        assert_eq!([share_bar(9_999, 10_000, 1), share_bar(10_000, 10_000, 1)], ["░", "█"]);
        assert_eq!([share_bar(1, 2, 0), share_bar(0, 0, 2), share_bar(1, 0, 2)], ["", "░░", "██"]);
    }

    proptest! {
        #[test]
        fn a_bar_is_full_only_at_all_of_it_and_empty_only_at_nothing(
            part in prop_oneof![0..12_000_u64, any::<u64>()],
            whole in prop_oneof![1..10_001_u64, 1..=u64::MAX],
            cells in 2..70_usize,
        ) {
            let bar = share_bar(part, whole, cells);
            prop_assert_eq!(bar.chars().count(), cells);
            prop_assert_eq!(bar.contains('░'), part < whole);
            prop_assert_eq!(bar.contains('█'), part > 0);
        }
    }
}
