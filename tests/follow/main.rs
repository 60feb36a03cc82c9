//! What following finds of transcripts that grow, shrink, move, vanish and come back.

mod catching_up;
mod facts;
mod folder;
mod random;
mod watching;
