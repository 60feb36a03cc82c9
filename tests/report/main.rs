//! Reports of usage over time, as users run them and from inside.

mod aliases;
mod asking;
mod blocks;
mod ccusage;
mod days;
mod dimensions;
#[path = "../expected/mod.rs"]
mod expected;
mod forms;
mod limits;
mod live;
#[path = "../midday/mod.rs"]
mod midday;
mod options;
#[path = "../ledger_cli/place.rs"]
#[allow(dead_code)] // other tests use more of it
mod place;
mod projects;
mod provisional;
mod real;
mod reconcile;
#[path = "../ledger/sample.rs"]
#[allow(dead_code)] // as above
mod sample;
#[path = "../shared_data/mod.rs"]
mod shared_data;
#[path = "../skipped/mod.rs"]
mod skipped;
mod statistics;
#[path = "../terminal/mod.rs"]
#[allow(dead_code)] // as above
mod terminal;
mod titles;
mod worktrees;
