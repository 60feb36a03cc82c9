//! Integrations set up and undone by the programs themselves, in homes of their own.

mod asking;
mod completing;
mod doctor;
mod home;
mod odd_files;
mod shells;
#[path = "../skipped/mod.rs"]
mod skipped;
mod symlinks;
