//! Checks what ingest counts against hand-made rules, real transcripts, a naive reader and hostile files.

#[path = "../another_user/mod.rs"]
mod another_user;
mod generate;
mod grown;
mod hostile;
mod merging;
mod oracle;
mod reuse;
mod rules;
mod shared;
#[path = "../shared_data/mod.rs"]
mod shared_data;
#[path = "../skipped/mod.rs"]
mod skipped;
mod sums;
