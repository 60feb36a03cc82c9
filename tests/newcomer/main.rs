//! A newcomer's path in a fresh home, with the programs as they are installed: first look, setup of everything, undo,
//! uninstall. Nothing of cco is left at the end, and every error on the way names a next step that exists.

mod errors;
mod home;
mod next_step;
mod path;
