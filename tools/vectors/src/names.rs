//! Golden vectors for names: as long as they get, and of every script, with every character that makes somebody's text
//! go wrong.
//!
//! Invariant: names are what strangers may call their folders and models; a reader gives each back byte for byte, and
//! leaves it to those who show them to make them safe.

use std::path::Path;

use cco::snapshot::{Agent, AgentRow, LimitRow, ModelRow, ProjectRow, SessionRow};

use crate::made::{Recipe, counters, publication};
use crate::patch::Image;

/// Longer texts are cut by the writer.
const LONGEST: usize = 1 << 16;

/// Names of scripts that run to the left, need several bytes, combine, or mean something to a program that shows them.
const NAMES: [&str; 24] = [
    "Ελληνικά",
    "Кириллица",
    "עברית",
    "العربية",
    "हिन्दी",
    "ไทย",
    "日本語のモデル",
    "한국어",
    "𝕏 and 𒀀, beyond the first plane",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇳🇱",
    "e\u{301}o\u{308}\u{323}\u{489}\u{489}\u{489} combined",
    "\u{301}begins with a combining one",
    "\u{202e}evil\u{202c} \u{2066}isolated\u{2069} \u{200f}\u{200e}",
    "zero\u{200b}width\u{2060}joined\u{200d} soft\u{ad}hyphen",
    "\u{feff}begins with a mark of byte order",
    "\0begins and ends with zero\0",
    "\u{1}\u{7}\u{8}\u{1b}[31mred\u{1b}[0m\u{7f}\u{80}\u{9b}31m",
    "line\nfeed\r\nreturn\ttab\u{b}\u{c}\u{85}\u{2028}\u{2029}",
    "\u{fffd}\u{fffe}\u{ffff}\u{10ffff}\u{e000}",
    "quotes \" ' ` and \\ back \\u0041 \\x41",
    "%{%x%} %s %d #{x} #[fg=red] $(x) ${x} `x`",
    "<b>&amp;</b> [a](command:x) *bold* | $(icon) {{x}}",
    "  spaces around\u{a0}\u{3000} ",
    "-",
];

/// Every name in every place that holds one.
pub(crate) fn scripts(folder: &Path) -> Result<Image, String> {
    let recipe = Recipe { room: ([32, 32, 32, 1, 1, 4, 32, 32], 4096), commits: 1, ..Recipe::default() };
    recipe.make(
        folder,
        |draft, commit| {
            for (number, text) in (0..).zip(NAMES) {
                let (name, agent) = (draft.intern(text), Agent(number));
                let path = draft.intern(&format!("/home/{text}"));
                let seed = u64::from(number) * 20;
                let figures = counters(seed);
                draft.push(&ModelRow { name, agent, counters: figures });
                let project =
                    ProjectRow { project: name, path, agent, counters: figures, ..ProjectRow::default() };
                draft.push(&project);
                let session = SessionRow {
                    session: path,
                    project: name,
                    agent,
                    counters: figures,
                    ..SessionRow::default()
                };
                draft.push(&session);
                draft.push(&AgentRow { agent, name, counters: figures });
                draft.push(&LimitRow { agent, scope: name, ..LimitRow::default() });
            }
            publication(commit)
        },
        None,
    )
}

/// Names of 4 KB, of one character repeated or many, one that the writer cuts, and the empty one.
pub(crate) fn long(folder: &Path) -> Result<Image, String> {
    let recipe = Recipe { room: ([8, 2, 2, 1, 1, 4, 2, 2], 1 << 17), commits: 1, ..Recipe::default() };
    recipe.make(
        folder,
        |draft, commit| {
            // Four bytes each, so that the cut falls inside one.
            let too_long = format!("x{}", "🜁".repeat(LONGEST / 4));
            let texts = [
                "a".repeat(4096),
                "é".repeat(2048),
                "日".repeat(1365),
                "🜁".repeat(1024),
                too_long,
                String::new(),
            ];
            for (number, text) in (0..).zip(&texts) {
                let name = draft.intern(text);
                draft.push(&ModelRow { name, agent: Agent::CLAUDE_CODE, counters: counters(number) });
            }
            let (project, path) =
                (draft.intern(&texts[0]), draft.intern(&format!("/{}", "deep/".repeat(819))));
            draft.push(&ProjectRow { project, path, counters: counters(20), ..ProjectRow::default() });
            publication(commit)
        },
        None,
    )
}
