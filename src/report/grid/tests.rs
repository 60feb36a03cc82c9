//! Every width, and names as ugly as they come.

use anstream::adapter::strip_str;
use proptest::prelude::*;

use super::*;
use crate::plain_text;
use crate::report::figures::{grouped, short_tokens};

const UGLY: [&str; 6] = [
    "claude-opus-4-6",
    "日本語のプロジェクト名がとても長い場合の例",
    "שלום־עולם/مشروع/طويل",
    "👩‍👩‍👧‍👦👩🏽‍🚀🏳️‍🌈 family/rocket",
    "e\u{301}\u{301}\u{301}\u{301}combining",
    "/home/ada/code/a/very/deep/folder/that/never/ends/and/goes/on/and/on/engine",
];

fn table(names: &[String], tokens: u64, cents: u128) -> Grid {
    let mut grid = Grid::new([
        Column::key("Project"),
        Column::text("Models", 6),
        Column::figures("Requests", 4),
        Column::figures("Cache read", 3),
        Column::figures("Total tokens", 2),
        Column::figures("Cost", 1),
    ]);
    for (row, name) in names.iter().enumerate() {
        grid.row([
            Cell::name(plain_text::plain(name)),
            Cell::words("opus-4-6, sonnet-4-5, haiku-4-5"),
            Cell::tokens(row as u64),
            Cell::tokens(tokens / 2),
            Cell::tokens(tokens),
            Cell::figure(crate::report::figures::dollars(crate::snapshot::Picodollars(
                cents * 10_000_000_000,
            )))
            .styled(Style::new().bold()),
        ]);
    }
    grid.across(Cell::words("costs are API-equivalent, from list prices; days in Europe/Berlin"));
    grid
}

fn lines(grid: &Grid, width: usize) -> Vec<String> {
    strip_str(&grid.render(Some(width))).to_string().lines().map(str::to_owned).collect()
}

#[test]
fn names_that_would_read_the_same_are_shown_whole() {
    let names = ["a", "b"].map(|letter| format!("{}{letter}{}", "x".repeat(40), "y".repeat(40)));
    let text = lines(&table(&names, 1, 1), 40).concat().replace(' ', "");
    assert!(text.contains("xa") || text.contains("ay"), "{text}");
    assert!(text.contains("xb") || text.contains("by"), "{text}");
}

#[test]
fn a_list_is_as_wide_as_there_is_room_and_keeps_each_row_on_one_line() {
    let names = ["a", "b"].map(|letter| format!("{}{letter}{}", "x".repeat(40), "y".repeat(40)));
    for width in [30, 80, 200] {
        let mut grid = Grid::list([Column::key(""), Column::key("Project"), Column::figures("Cost", 1)]);
        for name in &names {
            grid.row([Cell::figure(">"), Cell::name(name), Cell::figure("$1.00")]);
        }
        let lines = lines(&grid, width);
        assert_eq!(lines.len(), 4, "titles, a rule and two rows");
        assert!(lines.iter().all(|line| line.width() == width), "{lines:#?}");
    }
}

#[test]
fn columns_come_one_at_a_time_as_room_grows() {
    let names: Vec<String> = UGLY[..1].iter().map(ToString::to_string).collect();
    let grid = table(&names, 133_812_456, 123_456);
    let titles = |width| -> Vec<&str> {
        let head = lines(&grid, width).join(" ");
        ["Project", "Models", "Requests", "read", "tokens", "Cost"]
            .into_iter()
            .filter(|title| head.contains(title))
            .collect()
    };
    let mut before = 0;
    for width in 24..140 {
        let now = titles(width).len();
        assert!(now >= before && now <= before.max(2) + 1, "{width}: {:?}", titles(width));
        before = now;
    }
    assert_eq!(before, 6);
    assert!(lines(&grid, 140).concat().contains("133,812,456"));
    assert!(lines(&grid, 40).concat().contains("133.8M"), "{}", lines(&grid, 40).join("\n"));
}

proptest! {
    #[test]
    fn at_every_width_lines_fit_and_figures_are_whole(
        picked in prop::collection::vec(0..UGLY.len(), 1..4),
        repeat in 1_usize..30,
        tokens: u64,
        cents in 0_u128..100_000_000,
        width in 30_usize..220,
    ) {
        let names: Vec<String> = picked.iter().map(|index| UGLY[*index].repeat(repeat)).collect();
        let lines = lines(&table(&names, tokens, cents), width);
        for line in &lines {
            prop_assert!(line.width() <= width, "{} columns: {line:?}", line.width());
            prop_assert!(!line.ends_with(' '));
        }
        let all = lines.join("\n");
        let cost = crate::report::figures::dollars(crate::snapshot::Picodollars(cents * 10_000_000_000));
        prop_assert_eq!(all.matches(&cost).count() >= names.len(), true, "{}", all);
        prop_assert!(all.contains("Project"));
        if all.contains("tokens") && all.contains("Total") {
            prop_assert!(all.contains(&grouped(tokens)) || all.contains(&short_tokens(tokens)), "{}", all);
        }
    }

    #[test]
    fn no_width_is_too_small_to_show_something(width in 1_usize..30) {
        let lines = lines(&table(&["project".to_owned()], 12_345, 99), width);
        prop_assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
    }
}

#[test]
fn amounts_and_dates_in_words_stay_whole_while_there_is_room_for_them() {
    let mut grid = Grid::new([Column::key("Setting"), Column::text("From", 1), Column::key("Value")]);
    let words = Cell::words("warn at $1,000.0001 of it from 2026-11-27 on");
    grid.row([Cell::figure("week_start"), Cell::figure("CCO_TIMEZONE"), words]);
    for width in 22..60 {
        let shown = grid.render(Some(width));
        for word in ["$1,000.0001", "2026-11-27"] {
            assert!(shown.contains(word), "{width}:\n{shown}");
        }
    }
}
