//! The part of the past that an address asks for.

use std::time::Duration;

use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::rows::clock;
use crate::domain::history::range::HistoryRange;
use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::minute;

const HOUR: u64 = 3_600;

/// The longest range: hours are kept for 90 days at most, and what a page reads is bounded by it.
const LONGEST_MS: u64 = 91 * 24 * HOUR * 1_000;

/// The named ranges: how long they are, in seconds, and their words.
const NAMED: [(&str, u64, &str); 4] = [
    ("1h", HOUR, "Last hour"),
    ("24h", 24 * HOUR, "Last 24 hours"),
    ("7d", 7 * 24 * HOUR, "Last 7 days"),
    ("30d", 30 * 24 * HOUR, "Last 30 days"),
];

/// The range as an address has it.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct RangeAt {
    #[serde(default)]
    range: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// The last hour, day, week or month, up to now.
    Named {
        name: &'static str,
        length: Duration,
        words: &'static str,
    },
    /// Between two times in Unix milliseconds.
    Between(u64, u64),
}

impl RangeAt {
    /// What is asked for, as of `now` in Unix milliseconds.
    pub(super) fn asked(&self, now: u64) -> Result<Asked, PageError> {
        let [range, from, to] = [&self.range, &self.from, &self.to].map(|text| text.trim());
        match (range, from, to) {
            ("", "", "") => named(NAMED[0].0),
            (name, "", "") => named(name),
            ("", from, to) => between(from, to, now),
            _ => Err(PageError::bad(
                "The address has a range and from or to; use one of both.",
            )),
        }
    }
}

fn named(wanted: &str) -> Result<Asked, PageError> {
    let found = NAMED.iter().find(|(name, ..)| *name == wanted);
    let found = found.ok_or_else(|| {
        PageError::bad(format!(
            "There is no range {wanted:?}; allowed are 1h, 24h, 7d and 30d, or from and to."
        ))
    })?;
    Ok(Asked::of(found))
}

fn between(from: &str, to: &str, now: u64) -> Result<Asked, PageError> {
    if from.is_empty() {
        return Err(PageError::bad(
            "The address has to without from; name both, or only from for all since then.",
        ));
    }
    let from = moment("from", from)?;
    // What is to come is not recorded: a range that ends later ends now.
    let to = match to {
        "" => now,
        to => moment("to", to)?.min(now),
    };
    match to.checked_sub(from) {
        None | Some(0) => Err(PageError::bad(
            "The range ends before it begins; from must be earlier than to and than now.",
        )),
        Some(length) if length > LONGEST_MS => Err(PageError::bad(
            "The range is too long; 91 days at most are allowed.",
        )),
        Some(_) => Ok(Asked::Between(from, to)),
    }
}

/// A time in Unix milliseconds or in RFC 3339, or as a browser's field for a date and time sends it, which is in UTC.
fn moment(name: &str, text: &str) -> Result<u64, PageError> {
    let field = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    if let Ok(millis) = text.parse::<u64>()
        && millis <= i64::MAX as u64
    {
        return Ok(millis);
    }
    let parsed = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| PrimitiveDateTime::parse(text, &field).map(PrimitiveDateTime::assume_utc));
    let millis = parsed
        .ok()
        .and_then(|at| u64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok());
    millis.ok_or_else(|| {
        PageError::bad(format!(
            "{name} is {text:?}, which is no time. Allowed are Unix milliseconds such as 1772373600000, and RFC 3339 such as \
             2026-03-01T14:00:00Z."
        ))
    })
}

impl Asked {
    fn of(&(name, seconds, words): &(&'static str, u64, &'static str)) -> Self {
        Self::Named {
            name,
            length: Duration::from_secs(seconds),
            words,
        }
    }

    /// The range to read.
    pub(super) fn range(&self) -> HistoryRange {
        match self {
            Self::Named { length, .. } => HistoryRange::Last(*length),
            Self::Between(from, to) => HistoryRange::Between(*from, *to),
        }
    }

    /// The named ranges.
    pub(super) fn choices() -> impl Iterator<Item = Self> {
        NAMED.iter().map(Self::of)
    }

    /// Its name, if it has one.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Named { name, .. } => Some(name),
            Self::Between(..) => None,
        }
    }

    /// What it is called, as of `now` in Unix milliseconds: `Last hour`, `14:00 – 15:30 UTC`.
    pub(super) fn words(&self, now: u64) -> String {
        match self {
            Self::Named { words, .. } => (*words).to_owned(),
            Self::Between(from, to) => format!("{} – {}", clock(*from, now), minute(*to, now)),
        }
    }

    /// The address of the page of these queues for this range; of its file with `.csv` as `ending`.
    pub(super) fn href(&self, app: &App, set: &QueueSet, ending: &str) -> String {
        let (range, from, to) = match self {
            Self::Named { name, .. } if *name == NAMED[0].0 => Default::default(),
            Self::Named { name, .. } => ((*name).to_owned(), String::new(), String::new()),
            Self::Between(from, to) => (String::new(), from.to_string(), to.to_string()),
        };
        let links = app.links();
        let (path, name, prefix) = place(set);
        let query = [
            ("name", name),
            ("prefix", links.prefix(prefix)),
            ("range", &range),
            ("from", &from),
            ("to", &to),
        ];
        links.to(&format!("{path}{ending}"), &query)
    }
}

/// The path of the history of these queues, and the name and the prefix that its address has.
pub(super) fn place(set: &QueueSet) -> (&'static str, &str, &str) {
    match set {
        QueueSet::All => ("/history", "", ""),
        QueueSet::Family { prefix, name } => ("/family/history", name, prefix),
        QueueSet::Queue(queue) => ("/queue/history", queue.name(), queue.prefix()),
    }
}

/// The address of the history of a family.
pub(crate) fn href_of_family(app: &App, prefix: &str, family: &str) -> String {
    let set = QueueSet::Family {
        prefix: prefix.to_owned(),
        name: family.to_owned(),
    };
    Asked::of(&NAMED[0]).href(app, &set, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_772_373_600_000;

    fn asked(range: &str, from: &str, to: &str) -> Result<Asked, PageError> {
        let [range, from, to] = [range, from, to].map(str::to_owned);
        RangeAt { range, from, to }.asked(NOW)
    }

    fn span(range: &str, from: &str, to: &str) -> (u64, u64) {
        asked(range, from, to).unwrap().range().span(NOW)
    }

    #[test]
    fn a_range_has_a_name_or_two_times_in_any_of_the_usual_forms() {
        assert_eq!(span("", "", ""), (NOW - 3_600_000, NOW));
        assert_eq!(span("30d", "", ""), (NOW - 30 * 86_400_000, NOW));
        let hour = (NOW - 7_200_000, NOW - 3_600_000);
        assert_eq!(span("", "1772366400000", "1772370000000"), hour);
        let rfc = span("", "2026-03-01T12:00:00Z", "2026-03-01T14:00:00+01:00");
        assert_eq!(rfc, hour);
        assert_eq!(span("", "2026-03-01T12:00", "2026-03-01T13:00"), hour);
        assert_eq!(span("", "1772366400000", ""), (NOW - 7_200_000, NOW));
        assert_eq!(span("", "1772366400000", "9999999999999").1, NOW);
    }

    #[test]
    fn a_bad_range_is_refused_with_what_is_allowed() {
        for (bad, told) in [
            (("2h", "", ""), "1h, 24h, 7d and 30d"),
            (("1h", "1", "2"), "use one of both"),
            (("", "", "2"), "to without from"),
            (("", "yesterday", "2"), "RFC 3339"),
            (("", "-5", "2"), "Unix milliseconds"),
            (("", "99999999999999999999", "2"), "Unix milliseconds"),
            (("", "1969-12-31T23:59:59Z", "2"), "Unix milliseconds"),
            (("", "5", "5"), "from must be earlier"),
            (("", "9999999999999", ""), "from must be earlier"),
            (("", "0", "9999999999"), "91 days"),
        ] {
            let (range, from, to) = bad;
            let error = asked(range, from, to).unwrap_err();
            assert!(error.text.contains(told), "{bad:?}: {}", error.text);
        }
    }
}
