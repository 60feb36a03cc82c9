//! What following finds of transcripts that grow, shrink, move, vanish and come back.

mod catching_up;
mod facts;
mod folder;
#[path = "../objects/mod.rs"]
mod objects;
mod random;
mod watching;
