//! The same load made by others: `ab`, as the acceptance run of earlier daemons has it, and `wrk`.

use std::process::Command;

use super::{CONNECTIONS, EACH};
use crate::measure::table::Table;

/// Runs those that are on the `PATH`.
pub(crate) fn measure(port: u16, table: &mut Table) {
    let url = format!("http://127.0.0.1:{port}/api/stats");
    let connections = CONNECTIONS.to_string();
    // Ages in a body are not always of one length.
    let ab = ["-q", "-l", "-n", "1000", "-c", &connections, &url];
    match output("ab", &ab) {
        Some(said) => {
            let after = |begin: &str| value(&said, begin);
            let failed = format!(
                "{} failed, {} not 2xx",
                after("Failed requests:"),
                said_or(&said, "Non-2xx responses:", "0")
            );
            row(table, "ab -l -n 1000 -c 10", &after("Requests per second:"), &failed);
            let times = format!("{} ms, {} ms, {} ms", after("50%"), after("99%"), after("100%"));
            table.row(["ab -l -n 1000 -c 10: median, p99, longest, in whole milliseconds", &times]);
        }
        None => table.row(["ab -l -n 1000 -c 10", "ab is not installed (Debian: apache2-utils)"]),
    }
    let seconds = format!("-d{}s", EACH.as_secs());
    let wrk = ["-t1", &format!("-c{connections}"), &seconds, "--latency", &url];
    match output("wrk", &wrk) {
        Some(said) => {
            let failed = format!(
                "{} not 2xx or 3xx, socket errors: {}",
                said_or(&said, "Non-2xx or 3xx responses:", "0"),
                said.lines().find_map(|line| line.trim().strip_prefix("Socket errors: ")).unwrap_or("none"),
            );
            let what = format!("wrk -t1 -c{connections} {seconds}");
            row(table, &what, &value(&said, "Requests/sec:"), &failed);
            let times = format!("{}, {}", value(&said, "50%"), value(&said, "99%"));
            table.row([&format!("{what}: median, p99"), &times]);
        }
        None => table.row(["wrk", "wrk is not installed (Debian: wrk)"]),
    }
}

fn row(table: &mut Table, what: &str, rate: &str, failed: &str) {
    table.row([what, &format!("{rate} a second, {failed}")]);
}

/// What a program says; `None` if there is no such program.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        output => output.expect("a program"),
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The word after the start of a line.
fn value(said: &str, begin: &str) -> String {
    let found = said.lines().find_map(|line| line.trim().strip_prefix(begin)?.split_whitespace().next());
    found.unwrap_or_else(|| panic!("{begin} is missing in {said}")).to_owned()
}

/// The same of a line that is there only if it is not 0.
fn said_or(said: &str, begin: &str, otherwise: &str) -> String {
    if said.contains(begin) { value(said, begin) } else { otherwise.to_owned() }
}
