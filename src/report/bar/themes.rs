//! The ready-made looks, as templates.
//!
//! Invariant: that of [`super::theme`], which checks them. ccusage's and ccstatusline's are like the default lines of those
//! programs, with marks where our figures are not current.

/// A ready-made look, one section per line.
#[derive(Debug)]
pub(super) struct Theme {
    pub(super) name: &'static str,
    /// The status line.
    pub(super) line: &'static [&'static str],
    /// Bars, which have no session.
    pub(super) bar: &'static [&'static str],
    pub(super) separator: &'static str,
}

pub(super) const THEMES: [Theme; 7] = [
    Theme {
        name: "default",
        line: &[
            "[1|{cyan}{model}{reset}]",
            "[3|{session.cost} {dim}session{reset}]",
            "[4|{today.cost} {dim}today{reset}]",
            "[5|{block.cost} {dim}block{reset}[8|, {block.ends} {dim}left{reset}][9|, {block.burn}]]",
            "[6|{context.used} {dim}context{reset}]",
            "[7|{limits.five_hour} {dim}of 5h{reset}[8|, {limits.five_hour.left} {dim}left{reset}]]",
            "[9|{limits.seven_day} {dim}of 7d{reset}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        bar: &[
            "[1|{today.cost} {dim}today{reset}]",
            "[2|{block.cost} {dim}block{reset}[5|, {block.left} {dim}left{reset}]]",
            "[3|{limits.five_hour} {dim}of 5h{reset}]",
            "[4|{limits.seven_day} {dim}of 7d{reset}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        separator: " · ",
    },
    Theme {
        name: "compact",
        line: &[
            "[1|{cyan}{model}{reset}]",
            "[3|{session.cost}]",
            "[4|{dim}d{reset} {today.cost}]",
            "[5|{dim}b{reset} {block.cost}[8| {block.left}][9| {block.burn}]]",
            "[6|{dim}ctx{reset} {context.used}]",
            "[7|{dim}5h{reset} {limits.five_hour}]",
            "[9|{dim}7d{reset} {limits.seven_day}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        bar: &[
            "[1|{today.cost}]",
            "[2|{block.cost}[5| {block.left}]]",
            "[3|{dim}5h{reset} {limits.five_hour}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        separator: " ",
    },
    Theme {
        name: "icons",
        line: &[
            "[1|🤖 {cyan}{model}{reset}]",
            "[3|💬 {session.cost}]",
            "[4|📅 {today.cost}]",
            "[5|⏳ {block.cost}[8| ({block.left} left)]]",
            "[8|🔥 {block.burn}]",
            "[6|🧠 {context.used}]",
            "[7|🚦 {limits.five_hour}[9| / {limits.seven_day}]]",
            "[2|💰 {budget}]",
            "[11|💤 {stale}]",
            "[0|🔧 {config.broken}]",
        ],
        bar: &[
            "[1|📅 {today.cost}]",
            "[2|⏳ {block.cost}[5| ({block.left} left)]]",
            "[3|🚦 {limits.five_hour}]",
            "[2|💰 {budget}]",
            "[11|💤 {stale}]",
            "[0|🔧 {config.broken}]",
        ],
        separator: " ",
    },
    Theme {
        name: "ascii",
        line: &[
            "[1|{model}]",
            "[3|{session.cost} session]",
            "[4|{today.cost} today]",
            "[5|{block.cost} block[8|, {block.left} left][9|, {block.burn}]]",
            "[6|{context.used} context]",
            "[7|{limits.five_hour} of 5h]",
            "[9|{limits.seven_day} of 7d]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        bar: &[
            "[1|{today.cost} today]",
            "[2|{block.cost} block[5|, {block.left} left]]",
            "[3|{limits.five_hour} of 5h]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        separator: " | ",
    },
    Theme {
        name: "powerline",
        line: &[
            "[1|{bg:#1d4e89}{#ffffff} {model} ]",
            "[3|{bg:#2e3440}{#ffffff} {session.cost} session ]",
            "[4|{bg:#434c5e}{#ffffff} {today.cost} today ]",
            "[5|{bg:#2e3440}{#ffffff} {block.cost} block[8|, {block.ends} left][9|, {block.burn}] ]",
            "[6|{bg:#434c5e}{#ffffff} {context.used} context ]",
            "[7|{bg:#2e3440}{#ffffff} {limits.five_hour} of 5h[8|, {limits.five_hour.left} left] ]",
            "[9|{bg:#434c5e}{#ffffff} {limits.seven_day} of 7d ]",
            "[2|{bg:#2e3440} {budget} ]",
            "[11|{bg:#2e3440} {stale} ]",
            "[0|{bg:#2e3440} {config.broken} ]",
        ],
        bar: &[
            "[1|{bg:#1d4e89}{#ffffff} {today.cost} today ]",
            "[2|{bg:#2e3440}{#ffffff} {block.cost} block[5|, {block.left} left] ]",
            "[3|{bg:#434c5e}{#ffffff} {limits.five_hour} of 5h ]",
            "[2|{bg:#2e3440} {budget} ]",
            "[11|{bg:#2e3440} {stale} ]",
            "[0|{bg:#2e3440} {config.broken} ]",
        ],
        separator: "\u{e0b0}",
    },
    Theme {
        name: "ccusage",
        line: &[
            "[1|🤖 {model}]",
            "[2|💰 [3|{session.cost} session / ]{today.cost} today[4| / {block.cost} block[8| ({block.left} left)]]]",
            "[6|🔥 {block.burn}]",
            "[5|🧠 {context.tokens} ({context.used})]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        bar: &[
            "[1|💰 {today.cost} today[2| / {block.cost} block[5| ({block.left} left)]]]",
            "[3|🚦 {limits.five_hour}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        separator: " | ",
    },
    Theme {
        name: "ccstatusline",
        line: &[
            "[1|{cyan}Model: {model}]",
            "[2|{dim}Ctx: {context.tokens}]",
            "[3|{magenta}⎇ {git.branch}]",
            "[4|{yellow}(+{git.added},-{git.removed})]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        bar: &[
            "[1|{today.cost} {dim}today{reset}]",
            "[2|{block.cost} {dim}block{reset}[5|, {block.left} {dim}left{reset}]]",
            "[3|{limits.five_hour} {dim}of 5h{reset}]",
            "[2|{budget}]",
            "[11|{stale}]",
            "[0|{config.broken}]",
        ],
        separator: " | ",
    },
];
