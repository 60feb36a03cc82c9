//! Checks what following finds when transcripts grow, shrink, move, disappear and come back.

mod catching_up;
mod facts;
mod folder;
#[path = "../objects/mod.rs"]
mod objects;
mod random;
#[path = "../skipped/mod.rs"]
mod skipped;
mod watching;
