//! The ledger, from outside: what it counts, what it survives, what it refuses, what it forgets.

#[path = "ledger/archive.rs"]
mod archive;
#[path = "ledger/counting.rs"]
mod counting;
#[path = "ledger/crash.rs"]
mod crash;
#[path = "ledger/editions.rs"]
mod editions;
#[path = "ledger/forgetting.rs"]
mod forgetting;
#[path = "ledger/keeping.rs"]
mod keeping;
#[path = "ledger/migrating.rs"]
mod migrating;
#[path = "ledger/opening.rs"]
mod opening;
#[path = "ledger/oracle.rs"]
mod oracle;
#[path = "ledger/prices.rs"]
mod prices;
#[path = "ledger/recounting.rs"]
mod recounting;
#[path = "ledger/sample.rs"]
mod sample;
#[path = "ledger/speed.rs"]
mod speed;
#[path = "ledger/titles.rs"]
mod titles;
