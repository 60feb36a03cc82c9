//! How the publisher notices changes, in words: it watches folders, or polls those that it cannot watch.
//!
//! Invariant: figures that can be seconds late because folders are polled say so wherever the publisher's state is shown.

use super::figures::{counted, span};
use crate::snapshot::{Following, Health};

/// What to do about folders that cannot be watched.
pub const ADVICE: &str = "raise the sysctl fs.inotify.max_user_watches, and fs.inotify.max_user_instances; folders on a \
                          network file system can only be polled";

/// `polling 3 folders every 1s`; `None` if all are watched, or if the publisher does not say.
pub fn polling(health: &Health) -> Option<String> {
    if health.following != Following::Polling {
        return None;
    }
    let what = match health.folders_unwatched {
        0 => String::new(),
        folders => format!(" {}", counted(folders, "folder")),
    };
    let every = match health.poll_interval_ms {
        0 => String::new(),
        ms => format!(" every {}", span(ms)),
    };
    Some(format!("polling{what}{every}"))
}

/// The name of the way in JSON.
pub fn name(following: Following) -> &'static str {
    match following {
        Following::Unknown => "unknown",
        Following::Watching => "watching",
        Following::Polling => "polling",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_publisher_that_polls_says_how_often_and_how_much() {
        let mut health = Health { following: Following::Watching, ..Health::default() };
        assert_eq!(polling(&health), None);
        health.following = Following::Polling;
        assert_eq!(polling(&health).unwrap(), "polling");
        (health.poll_interval_ms, health.folders_unwatched) = (1_000, 12);
        assert_eq!(polling(&health).unwrap(), "polling 12 folders every 1s");
    }
}
