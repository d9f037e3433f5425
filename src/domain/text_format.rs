//! The formats of texts that people know by name, such as that of an e-mail address.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use regex::Regex;
use strum::VariantArray;

/// The format of a text. Narrower ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, VariantArray)]
pub enum TextFormat {
    /// A UUID.
    Uuid,
    /// An e-mail address.
    Email,
    /// A date and time, RFC 3339.
    DateTime,
    /// A date such as 2031-12-31.
    Date,
    /// An address with a scheme.
    Url,
    /// A whole number.
    WholeNumber,
    /// A number.
    Number,
    /// Any text but the empty one.
    NotEmpty,
}

macro_rules! regex {
    ($pattern:literal) => {{
        static PATTERN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("the pattern is valid"));
        &*PATTERN
    }};
}

impl TextFormat {
    /// Whether a text has it.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Uuid => regex!(
                r"^(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
            )
            .is_match(text),
            Self::Email => regex!(r"^[^\s@,<>]+@[^\s@,<>.]+(?:\.[^\s@,<>.]+)+$").is_match(text),
            Self::DateTime => regex!(
                r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
            )
            .is_match(text)
                && DateTime::parse_from_rfc3339(text).is_ok(),
            Self::Date => {
                regex!(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$").is_match(text)
                    && text.parse::<NaiveDate>().is_ok()
            }
            Self::Url => regex!(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s]+$").is_match(text),
            Self::WholeNumber => regex!(r"^[+-]?[0-9]+$").is_match(text),
            Self::Number => regex!(r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$").is_match(text),
            Self::NotEmpty => !text.trim().is_empty(),
        }
    }

    /// The format that a query calls so: `uuid`, `email`, `date-time`, `date` or `url`.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::all_named();
        all.find_map(|(called, format)| (called == name).then_some(format))
    }

    /// What a query calls it, as JSON Schema does where it knows it; `None` for what a query has no word for.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Uuid => Some("uuid"),
            Self::Email => Some("email"),
            Self::DateTime => Some("date-time"),
            Self::Date => Some("date"),
            Self::Url => Some("url"),
            Self::WholeNumber | Self::Number | Self::NotEmpty => None,
        }
    }

    /// The formats that a query has a word for, each with it.
    pub(crate) fn all_named() -> impl Iterator<Item = (&'static str, Self)> {
        let named = |format: &Self| Some((format.name()?, *format));
        Self::VARIANTS.iter().filter_map(named)
    }

    /// `an e-mail address`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Uuid => "a UUID",
            Self::Email => "an e-mail address",
            Self::DateTime => "a date and time",
            Self::Date => "a date such as 2031-12-31",
            Self::Url => "a URL",
            Self::WholeNumber => "a whole number",
            Self::Number => "a number",
            Self::NotEmpty => "a text that is not empty",
        }
    }

    /// The narrowest format that all of some texts have.
    pub(crate) fn of_all<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Option<Self> {
        let fits_all = |format: &&Self| texts.clone().all(|text| format.fits(text));
        Self::VARIANTS.iter().find(fits_all).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_one_of_the_calendar() {
        for (text, is_date) in [
            ("2028-02-29", true),
            ("2026-02-29", false),
            ("2026-99-99", false),
            ("2026-1-1", false),
        ] {
            assert_eq!(TextFormat::Date.fits(text), is_date, "{text}");
            let time = format!("{text}T12:00:00Z");
            assert_eq!(TextFormat::DateTime.fits(&time), is_date, "{time}");
        }
        assert!(!TextFormat::DateTime.fits("2026-01-01T99:00:00Z"));
    }
}
