//! What ingest counts, checked against hand-made rules, real transcripts, a naive reading and hostile files.

#[path = "../another_user/mod.rs"]
mod another_user;
mod generate;
mod hostile;
mod merging;
mod oracle;
mod rules;
mod seasoned;
mod shared;
#[path = "../shared_data/mod.rs"]
mod shared_data;
mod sums;
