//! Whether something is true, false or unknown, and what makes it unknown.
//!
//! Invariant: what is unknown never becomes false (or true) by being combined: `and`, `or` and `not` are Kleene's.

/// The answer to a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::peek) enum Truth {
    True,
    False,
    Unknown(Reason),
}

/// Why an answer is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::peek) enum Reason {
    /// The field at this path has no value now.
    NoValue(String),
    /// The amount at this path leaves out tokens of models without a price, so it may be more.
    Unpriced(String),
}

impl From<bool> for Truth {
    fn from(is: bool) -> Self {
        if is { Self::True } else { Self::False }
    }
}

impl Truth {
    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown => unknown,
        }
    }

    /// False if one of them is; else unknown if one of them is.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::True;
        for part in parts {
            match (&whole, &part) {
                (_, Self::False) => return Self::False,
                (Self::True, Self::Unknown(_)) => whole = part,
                _ => {}
            }
        }
        whole
    }

    /// True if one of them is; else unknown if one of them is.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::not)).not()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_stays_unknown_unless_the_rest_decides() {
        let (yes, no) = (Truth::True, Truth::False);
        let unknown = Truth::Unknown(Reason::NoValue("x".into()));
        for (parts, all, any) in [
            ([&yes, &yes], &yes, &yes),
            ([&yes, &no], &no, &yes),
            ([&no, &no], &no, &no),
            ([&unknown, &yes], &unknown, &yes),
            ([&yes, &unknown], &unknown, &yes),
            ([&unknown, &no], &no, &unknown),
            ([&no, &unknown], &no, &unknown),
            ([&unknown, &unknown], &unknown, &unknown),
        ] {
            assert_eq!(Truth::all(parts.map(Clone::clone)), *all, "{parts:?}");
            assert_eq!(Truth::any(parts.map(Clone::clone)), *any, "{parts:?}");
        }
        assert_eq!(unknown.clone().not(), unknown);
    }
}
