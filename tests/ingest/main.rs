//! What ingest counts, checked against hand-made rules, real transcripts, a naive reading and hostile files.

mod generate;
mod hostile;
mod merging;
mod oracle;
mod rules;
mod shared;
mod sums;
