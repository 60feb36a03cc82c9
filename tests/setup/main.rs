//! Integrations set up and undone by the programs themselves, in homes of their own.

mod advised;
mod asking;
mod completing;
mod doctor;
mod editors;
mod fixing;
mod guard;
mod home;
mod liking;
mod odd_files;
mod offering;
mod remedies;
mod shells;
#[path = "../skipped/mod.rs"]
mod skipped;
mod survival;
mod symlinks;
mod terminal;
mod vscode;
