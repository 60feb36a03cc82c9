//! The sample that `cco` shows where there are no transcripts yet: a made-up week of two projects.
//!
//! Invariant: it is unpacked into a throwaway folder and never mixed with real transcripts. Each line of
//! `sample.txt` is a project, a session, an age in minutes and the transcript line, whose time is `@`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const LINES: &str = include_str!("sample.txt");

/// The last requests are no older than this.
const LAST_HOURS: i8 = 2;
/// As far ahead of UTC as that; POSIX counts the hours the other way round.
const AHEAD: &str = "Etc/GMT-2";

/// The zone of the sample's days: its last requests are of today, also soon after midnight.
pub(super) fn zone(now: Timestamp) -> &'static str {
    if TimeZone::UTC.to_datetime(now).hour() < LAST_HOURS { AHEAD } else { "UTC" }
}

/// Writes the sample's transcripts into `root`, dated back from `now`.
pub(super) fn unpack(root: &Path, now: Timestamp) -> io::Result<()> {
    for line in LINES.lines() {
        let mut parts = line.splitn(4, ' ');
        let (Some(project), Some(session), Some(age), Some(json)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(io::Error::other("the bundled sample is malformed"));
        };
        let minutes = age.parse().map_err(io::Error::other)?;
        let at = now.checked_sub(SignedDuration::from_mins(minutes)).map_err(io::Error::other)?;
        let folder = root.join("projects").join(project);
        fs::create_dir_all(&folder)?;
        let mut transcript = open_for_appending(&folder.join(format!("{session}.jsonl")))?;
        writeln!(transcript, "{}", json.replace("\"timestamp\":\"@\"", &format!("\"timestamp\":\"{at}\"")))?;
    }
    Ok(())
}

fn open_for_appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_of_today_at_every_hour() {
        let midnight: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
        let last_minutes = i64::from(LAST_HOURS) * 60;
        let ages = LINES.lines().map(|line| line.split(' ').nth(2).unwrap().parse::<i64>().unwrap());
        let ages: Vec<_> = ages.filter(|minutes| *minutes < last_minutes).collect();
        assert!(!ages.is_empty());
        for minutes in 0..24 * 60 {
            let now = midnight + SignedDuration::from_mins(minutes);
            let zone = TimeZone::get(zone(now)).unwrap();
            let day = |at: Timestamp| zone.to_datetime(at).date();
            for age in &ages {
                assert_eq!(
                    day(now - SignedDuration::from_mins(*age)),
                    day(now),
                    "{age} minutes before {now}"
                );
            }
        }
    }
}
