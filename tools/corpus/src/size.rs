//! Sizes in bytes as people write them: `1.2GB`, `20 MB`, `64KiB`, `4096`.
//!
//! Invariant: decimal units are powers of 1,000 and binary ones of 1,024; printing uses decimal units.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

const UNITS: [(&str, u64); 9] = [
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("TIB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// A text is not a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseSizeError;

impl fmt::Display for ParseSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a size: write a number and a unit, such as 1.2GB, 20MB or 64KiB")
    }
}

impl std::error::Error for ParseSizeError {}

impl FromStr for Size {
    type Err = ParseSizeError;

    fn from_str(text: &str) -> Result<Self, ParseSizeError> {
        let text = text.trim().to_ascii_uppercase();
        let unit = UNITS.iter().find(|(name, _)| text.ends_with(name));
        let (number, unit) = match unit {
            Some((name, unit)) => (&text[..text.len() - name.len()], *unit),
            None => (&text[..], 1),
        };
        let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return Err(ParseSizeError);
        }
        let whole: u64 = whole.parse().map_err(|_| ParseSizeError)?;
        let billionths: u64 = format!("{fraction:0<9}").parse().map_err(|_| ParseSizeError)?;
        let bytes =
            u128::from(whole) * u128::from(unit) + u128::from(billionths) * u128::from(unit) / 1_000_000_000;
        u64::try_from(bytes).map(Self).map_err(|_| ParseSizeError)
    }
}

/// About three significant digits: `1.20 GB`, `14.6 KB`, `812 B`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS[4..8].iter().rev().find(|(_, unit)| self.0 >= *unit);
        let Some(&(name, unit)) = unit else { return write!(f, "{} B", self.0) };
        let hundredths = (u128::from(self.0) * 100 + u128::from(unit) / 2) / u128::from(unit);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match whole {
            0..10 => write!(f, "{whole}.{rest:02} {name}"),
            10..100 => write!(f, "{whole}.{} {name}", rest / 10),
            _ => write!(f, "{whole} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        let bytes = |text: &str| text.parse::<Size>().map(|size| size.0);
        assert_eq!(bytes("1.2GB"), Ok(1_200_000_000));
        assert_eq!(bytes("20 mb"), Ok(20_000_000));
        assert_eq!(bytes("64KiB"), Ok(65_536));
        assert_eq!(bytes("4096"), Ok(4096));
        for bad in ["", "GB", "-1MB", "1e3", "1.2.3GB", "99999999999TB"] {
            assert_eq!(bytes(bad), Err(ParseSizeError), "{bad:?}");
        }
    }

    #[test]
    fn sizes_print_short() {
        assert_eq!(Size(1_200_345_678).to_string(), "1.20 GB");
        assert_eq!(Size(1_218_124_601).to_string(), "1.22 GB");
        assert_eq!(Size(14_600).to_string(), "14.6 KB");
        assert_eq!(Size(812).to_string(), "812 B");
    }
}
