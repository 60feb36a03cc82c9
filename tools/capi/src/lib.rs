//! libcco: the snapshot reader of `cco`, for C and whatever calls C. `include/cco.h` is its manual.
//!
//! Invariant: no panic leaves a function, nothing is written to a caller's memory on an error (but the handle that `cco_open`
//! sets to NULL), and every value comes from [`cco::snapshot`]. Its values are taken as they are but for totals, whose words
//! `values` picks by the offsets of `layout::slot`, straight into C's struct: moving them twice would cost as much as the read.
//! A test holds that to what the accessors of totals give. `pointers` turns what C passes into Rust; functions are thin and say
//! only which value goes where.

pub mod errors;
pub mod frame;
pub mod health;
pub mod money;
pub mod outcome;
pub mod pointers;
pub mod reader;
pub mod rows;
pub mod values;

/// The version of the interface: 1.
pub const ABI_VERSION: u32 = 1;
