//! A time zone in which it is now far from midnight, for tests of what happened today.
//!
//! A test that makes a request now and asks for today's a moment later would fail if a day, or a month, began in between.

use std::sync::LazyLock;

/// Chosen once, so all of a test is in one zone.
static ZONE: LazyLock<&str> = LazyLock::new(|| {
    let hour = jiff::Timestamp::now().in_tz("UTC").unwrap().hour();
    // These names have POSIX's sign: Etc/GMT-6 is six hours ahead of UTC.
    if hour < 12 { "Etc/GMT-6" } else { "Etc/GMT+6" }
});

/// Its name: it was between 6 and 18 o'clock there when the tests began.
pub(crate) fn zone() -> &'static str {
    &ZONE
}
