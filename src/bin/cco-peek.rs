//! The `cco-peek` program; what it does is in `cco::peek`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cco::peek::run()
}
