//! A publisher at work, as its readers see it: the real program, with a home of its own.

mod backlog;
mod disk;
mod facts;
mod file_limit;
mod kills;
mod limits;
mod mapped;
mod naive;
#[path = "../objects/mod.rs"]
mod objects;
mod permission;
mod place;
mod process;
mod random;
mod removal;
mod shortened;
#[path = "../skipped/mod.rs"]
mod skipped;
mod transcript;
mod unwatched;
mod world;
