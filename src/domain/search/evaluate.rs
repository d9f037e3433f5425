//! Decides whether a job is wanted, from what was read of it.

use std::borrow::Cow;

use super::contains::Needle;
use super::json_check::is_in_strings;
use super::json_values::{decoded, is_json};
use super::plan::{Document, Plan, Prepared, TextCheck};
use crate::domain::access::glob::glob;
use crate::domain::failures::{Fingerprint, GroupId, LONGEST_REASON, LONGEST_STACK};
use crate::domain::job::field::{FieldValue, JobField, JobFields};

/// Whether a query wants a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on something that can't be read: a field is larger than was read, or is not JSON.
    Unreadable,
}

impl Match {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unreadable => Self::Unreadable,
        }
    }
}

impl Prepared {
    /// Whether a job is wanted of which these fields were read.
    pub(super) fn matches(&self, job: &JobFields<'_>) -> Match {
        let mut evaluation = Evaluation {
            prepared: self,
            job,
            holding: [None; 3],
        };
        evaluation.decide(&self.plan)
    }
}

/// One job while it is decided.
struct Evaluation<'p, 'j> {
    prepared: &'p Prepared,
    job: &'p JobFields<'j>,
    /// The checks that hold in each document that was looked at, as bits; `Err` if it can't be read.
    holding: [Option<Result<u64, ()>>; 3],
}

impl<'j> Evaluation<'_, 'j> {
    fn decide(&mut self, plan: &Plan) -> Match {
        match plan {
            Plan::All(parts) => self.combine(parts, Match::No, Match::Yes),
            Plan::Any(parts) => self.combine(parts, Match::Yes, Match::No),
            Plan::Not(inner) => self.decide(inner).not(),
            Plan::State(states) => Match::of(states.contains(&self.job.state)),
            Plan::Group(groups) => self.group(groups),
            Plan::Id(check) => Match::of(check.holds(self.job.id)),
            Plan::Text(field, check) => self.text(*field, |text| check.holds(text)),
            Plan::Exists(field) => Match::of(self.job.get(*field) != FieldValue::Absent),
            Plan::TextsExist(field) => self.text(*field, |text| text.trim() != "[]"),
            Plan::Number(field, check) => self.number(*field, |number| check.holds(number)),
            Plan::Time(field, range) => {
                self.decide_millis(self.millis(*field), |at| range.contains(&at))
            }
            Plan::HasDuration => self.decide_millis(self.duration(), |_| true),
            Plan::Duration(range) => {
                self.decide_millis(self.duration(), |took| range.contains(&took))
            }
            Plan::Document(field, needle) => self.text(*field, |text| is_in_document(text, needle)),
            Plan::Path(document, number) => match self.holding(*document) {
                Ok(holding) => Match::of(holding & (1 << number) != 0),
                Err(()) => Match::Unreadable,
            },
        }
    }

    /// `deciding` if a part decides so; otherwise `Unreadable` if one can't be read, and `rest` if none decides.
    fn combine(&mut self, parts: &[Plan], deciding: Match, rest: Match) -> Match {
        let mut result = rest;
        for part in parts {
            match self.decide(part) {
                decided if decided == deciding => return deciding,
                Match::Unreadable => result = Match::Unreadable,
                _ => {}
            }
        }
        result
    }

    /// Whether the job failed in one of the groups. What is larger than a fingerprint reads is known to be so.
    fn group(&self, groups: &[GroupId]) -> Match {
        let (reason, stacks) = (
            self.job.get(JobField::FailedReason),
            self.job.get(JobField::Stacktrace),
        );
        let is_unread = |value, most| matches!(value, FieldValue::TooLarge(size) if size <= most);
        match reason {
            FieldValue::Absent => Match::No,
            _ if is_unread(reason, LONGEST_REASON) || is_unread(stacks, LONGEST_STACK) => {
                Match::Unreadable
            }
            _ => Match::of(groups.contains(&Fingerprint::of(reason, stacks).id())),
        }
    }

    fn text(&self, field: JobField, holds: impl FnOnce(&str) -> bool) -> Match {
        match self.job.get(field) {
            FieldValue::Absent => Match::No,
            FieldValue::TooLarge(_) => Match::Unreadable,
            FieldValue::Bytes(bytes) => Match::of(holds(&lossy(bytes))),
        }
    }

    /// A number that is 0 where there is none.
    fn number(&self, field: JobField, holds: impl FnOnce(&str) -> bool) -> Match {
        match self.job.get(field) {
            FieldValue::Absent => Match::of(holds("0")),
            _ => self.text(field, |text| {
                text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                    && holds(text)
            }),
        }
    }

    /// A number of milliseconds; `None` if there is none, `Err` if it can't be read.
    fn millis(&self, field: JobField) -> Result<Option<u64>, ()> {
        match self.job.get(field) {
            FieldValue::Absent => Ok(None),
            FieldValue::TooLarge(_) => Err(()),
            FieldValue::Bytes(bytes) => {
                let text = std::str::from_utf8(bytes).ok();
                Ok(text.and_then(|text| text.parse().ok()))
            }
        }
    }

    /// How long the job was processed.
    fn duration(&self) -> Result<Option<u64>, ()> {
        let (from, to) = (
            self.millis(JobField::Started)?,
            self.millis(JobField::Finished)?,
        );
        Ok(from.zip(to).and_then(|(from, to)| to.checked_sub(from)))
    }

    fn decide_millis(
        &self,
        millis: Result<Option<u64>, ()>,
        holds: impl FnOnce(u64) -> bool,
    ) -> Match {
        match millis {
            Ok(millis) => Match::of(millis.is_some_and(holds)),
            Err(()) => Match::Unreadable,
        }
    }

    /// The checks that hold in a document. Those of one that is not there hold for none.
    fn holding(&mut self, document: Document) -> Result<u64, ()> {
        if let Some(known) = self.holding[document as usize] {
            return known;
        }
        let holding = match self.job.get(document.field()) {
            FieldValue::Absent => Ok(0),
            FieldValue::TooLarge(_) => Err(()),
            FieldValue::Bytes(bytes) => self.look_into(document, bytes),
        };
        self.holding[document as usize] = Some(holding);
        holding
    }

    fn look_into(&self, document: Document, bytes: &'j [u8]) -> Result<u64, ()> {
        let asked = &self.prepared.documents[document as usize];
        let text = std::str::from_utf8(bytes).map_err(|_| ())?;
        let mut holding = 0_u64;
        let walked = asked.paths.walk(text, &mut |number, value| {
            let bit = 1 << number;
            if holding & bit == 0 && asked.checks[number].holds(value) {
                holding |= bit;
            }
        });
        walked.map(|()| holding).map_err(|_| ())
    }
}

impl TextCheck {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Contains(needle) => needle.is_in(text),
            Self::Fits(patterns) => patterns.iter().any(|pattern| glob(pattern, text)),
        }
    }
}

/// Whether a text is anywhere in a document: as it is written, or in one of its strings and names. A document that is not
/// JSON is looked through as it is written; one that is a string, as what it says.
fn is_in_document(text: &str, needle: &Needle) -> bool {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    if trimmed.starts_with('"') && is_json(text) {
        return needle.is_in(&decoded(trimmed));
    }
    needle.is_in(text) || (text.contains('\\') && is_json(text) && is_in_strings(text, needle))
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
