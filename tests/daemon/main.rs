//! The publisher in the background, as users run it: `cco daemon`, `cco service`, `cco uninstall`, signals, and
//! `cco-peek --ensure`. Every test has a home of its own and ends only processes that it started.

mod home;
#[path = "../midday/mod.rs"]
mod midday;
mod money;
mod running;
mod service;
mod signals;
mod uninstall;
