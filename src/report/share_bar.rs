//! A share as a bar, `██████░░░░`. Used by status lines, `cco limits`, `cco blocks` and the monitor.
//!
//! Invariant: a bar is full only at 100% or more, and empty only at zero. A single cell cannot show both: it is full only at
//! 100%.

/// All of it, in millionths.
const WHOLE: u64 = 1_000_000;

/// The bar of a share in millionths, so many cells wide.
pub fn share_bar(millionths: u64, cells: usize) -> String {
    let full = match millionths {
        0 => 0,
        WHOLE.. => cells,
        _ => {
            let nearest = (millionths * cells as u64 + WHOLE / 2) / WHOLE;
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
        assert_eq!(share_bar(410_000, 10), "████░░░░░░");
        assert_eq!(share_bar(450_000, 10), "█████░░░░░");
        assert_eq!([share_bar(WHOLE, 4), share_bar(u64::MAX, 2), share_bar(0, 3)], ["████", "██", "░░░"]);
        assert_eq!([share_bar(999_999, 1), share_bar(WHOLE, 1), share_bar(5, 0)], ["░", "█", ""]);
    }

    proptest! {
        #[test]
        fn a_bar_is_full_only_at_all_of_it_and_empty_only_at_nothing(
            share in prop_oneof![0..20_u64, 0..1_200_000_u64, WHOLE - 20..WHOLE + 20, any::<u64>()],
            cells in 2..70_usize,
        ) {
            let bar = share_bar(share, cells);
            prop_assert_eq!(bar.chars().count(), cells);
            prop_assert_eq!(bar.contains('░'), share < WHOLE);
            prop_assert_eq!(bar.contains('█'), share > 0);
        }
    }
}
