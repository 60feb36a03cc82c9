//! The time zone for days, weeks and months, and the first day of the week.
//!
//! Invariant: a zone that cannot be had is an error if somebody named it, else UTC with a note; it is never silently
//! another one. Every zone's offsets are multiples of a quarter hour, which is what sums by quarter hour need.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;

use super::error::SettingsError;

/// The name of a zone without a name: that of a machine whose /etc/localtime is a file of its own.
const LOCAL: &str = "local time";
const QUARTER_SECONDS: i32 = 900;
const HALF_A_YEAR_SECONDS: i64 = 182 * 86_400;

/// A zone and the name that readers see.
pub(super) struct Zone {
    pub(super) zone: TimeZone,
    pub(super) name: String,
    pub(super) note: Option<&'static str>,
}

/// The zone with this IANA name, offset from UTC (`+08:00`) or POSIX rule (`CST-8`).
pub(super) fn named(name: &str) -> Result<Zone, SettingsError> {
    let unknown = || SettingsError::UnknownZone { name: name.into() };
    if name.trim() == LOCAL {
        return Ok(of_the_system(None));
    }
    // In a rule, UTC+8 is eight hours behind UTC, and nobody who writes it means that.
    let is_reversed = ["UTC", "GMT"].iter().any(|utc| {
        let sign = name.trim().get(utc.len()..).and_then(|rest| rest.chars().next());
        name.trim().get(..utc.len()).is_some_and(|start| start.eq_ignore_ascii_case(utc))
            && matches!(sign, Some('+' | '-'))
    });
    if is_reversed {
        return Err(unknown());
    }
    let zone = parse(name.trim()).ok_or_else(unknown)?;
    Ok(Zone { name: name_of(&zone, name.trim()), zone, note: None })
}

/// The system's zone, or UTC with a note if there is none. `variable` is the value of `TZ`.
pub(super) fn of_the_system(variable: Option<&str>) -> Zone {
    // A rule is its own name.
    let named = variable.map(|name| name.trim_start_matches(':')).and_then(|name| Some((parse(name)?, name)));
    if let Some((zone, name)) = named {
        return Zone { name: name_of(&zone, name), zone, note: None };
    }
    let Some(zone) = TimeZone::try_system().ok().filter(has_quarter_hours) else {
        let note = if variable.is_some() {
            "TZ is not a time zone, so days are in UTC: set it to a name such as Europe/Berlin, or use --timezone"
        } else {
            "the system's time zone is unknown, so days are in UTC; to choose another: --timezone"
        };
        return Zone { zone: TimeZone::UTC, name: "UTC".into(), note: Some(note) };
    };
    Zone { name: name_of(&zone, LOCAL), zone, note: None }
}

fn parse(name: &str) -> Option<TimeZone> {
    DateTimeParser::new().parse_time_zone(name).ok().filter(has_quarter_hours)
}

/// The name of a zone that may be called `given`: one zone has one name, however its offset is written.
fn name_of(zone: &TimeZone, given: &str) -> String {
    if let Some(name) = zone.iana_name() {
        return name.into();
    }
    let is_offset = given.starts_with(['+', '-']);
    match zone.to_fixed_offset() {
        Ok(offset) if is_offset => {
            let minutes = offset.seconds().unsigned_abs() / 60;
            let sign = if offset.seconds() < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
        _ => given.into(),
    }
}

/// Whether the offsets of this year, in summer and winter, are multiples of a quarter hour.
fn has_quarter_hours(zone: &TimeZone) -> bool {
    let now = Timestamp::now().as_second();
    [now, now.saturating_add(HALF_A_YEAR_SECONDS)].into_iter().all(|second| {
        Timestamp::from_second(second).is_ok_and(|at| zone.to_offset(at).seconds() % QUARTER_SECONDS == 0)
    })
}

/// The days of the week by their English names.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The day of the week with this English name or three-letter abbreviation.
pub(super) fn weekday(name: &str) -> Result<Weekday, SettingsError> {
    let wanted = name.trim().to_ascii_lowercase();
    let day = WEEKDAYS.iter().find(|(day, _)| *day == wanted || day[..3] == wanted);
    day.map(|(_, weekday)| *weekday).ok_or_else(|| SettingsError::UnknownWeekday { name: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_or_a_rule_is_a_zone() {
        let noon: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
        let of = |name: &str| {
            let zone = named(name).ok()?;
            let hour = zone.zone.to_datetime(noon).hour();
            Some((zone.name, hour))
        };
        for offset in ["+08:00", "+0800", "+08"] {
            assert_eq!(of(offset), Some(("+08:00".into(), 20)), "{offset}");
        }
        assert_eq!(of("-03:30"), Some(("-03:30".into(), 8)));
        assert_eq!(of("CST-8"), Some(("CST-8".into(), 20)));
        assert_eq!(of("CET-1CEST,M3.5.0,M10.5.0/3").unwrap().1, 13);
        assert_eq!(of("asia/tokyo"), Some(("Asia/Tokyo".into(), 21)));
        // These mean the opposite to people and to rules, and days that begin at odd minutes cannot be had.
        for refused in ["UTC+8", "gmt-8", "+08:07", "CST-8:07", "Nowhere", "", "8"] {
            assert_eq!(of(refused), None, "{refused}");
        }
    }
}
