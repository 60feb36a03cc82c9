//! Checks what following finds when transcripts grow, shrink, move, disappear and come back.

mod catching_up;
mod facts;
mod folder;
mod random;
mod watching;
