//! The time zone for days, weeks and months, and the first day of the week.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::error::SettingsError;

/// A zone and the name that readers see.
pub(super) struct Zone {
    pub(super) zone: TimeZone,
    pub(super) name: String,
    pub(super) note: Option<&'static str>,
}

/// The zone with this IANA name.
pub(super) fn named(name: &str) -> Result<Zone, SettingsError> {
    let zone = TimeZone::get(name).map_err(|_| SettingsError::UnknownZone { name: name.into() })?;
    Ok(Zone { name: zone.iana_name().unwrap_or(name).into(), zone, note: None })
}

/// The system's zone, or UTC with a note if the system's zone has no name.
pub(super) fn of_the_system() -> Zone {
    let zone = TimeZone::try_system().ok();
    match zone.as_ref().and_then(|zone| zone.iana_name()) {
        Some(name) => Zone { name: name.into(), zone: zone.unwrap_or(TimeZone::UTC), note: None },
        None => Zone {
            zone: TimeZone::UTC,
            name: "UTC".into(),
            note: Some(
                "the system's time zone has no name, so days are in UTC; to choose another: --timezone",
            ),
        },
    }
}

/// The day of the week with this English name or three-letter abbreviation.
pub(super) fn weekday(name: &str) -> Result<Weekday, SettingsError> {
    let days = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let wanted = name.trim().to_ascii_lowercase();
    let day = days.iter().find(|(day, _)| *day == wanted || day[..3] == wanted);
    day.map(|(_, weekday)| *weekday).ok_or_else(|| SettingsError::UnknownWeekday { name: name.into() })
}
