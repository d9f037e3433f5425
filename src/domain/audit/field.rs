//! The values of an entry's fields: typed, and yet every text that was ever stored comes back as it was.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::action::{AuditAction, AuditOutcome};
use super::large_change::LargeChange;
use crate::domain::access::Role;
use crate::domain::job::{JobId, JobState};
use crate::domain::run::RunId;

/// A field of an entry: absent, a value, or a text of another release that is not such a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Field<T> {
    /// The entry has no such field.
    #[default]
    Absent,
    /// A value.
    Is(T),
    /// A text that is not a value of this release.
    Other(String),
}

/// What a field can hold: written as a text, and read from exactly that text.
pub trait FieldValue: Sized {
    /// The value as it is stored.
    fn to_text(&self) -> Cow<'_, str>;

    /// The value that a text is; `None` where it is none.
    fn of_text(text: &str) -> Option<Self>;
}

/// A part of an entry that is stored as one field.
pub(super) trait StoredField {
    /// As it is stored; empty where there is nothing to store.
    fn stored(&self) -> Cow<'_, str>;

    /// As it was stored.
    fn read(text: String) -> Self;
}

/// An entry that may not have been read in full.
pub trait EntryFields {
    /// The stored text of a field; empty where there is none.
    fn field(&self, name: &str) -> Cow<'_, str>;
}

impl<T: FieldValue> Field<T> {
    /// The stored text; empty where the entry has none.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Absent => Cow::Borrowed(""),
            Self::Is(value) => value.to_text(),
            Self::Other(text) => Cow::Borrowed(text),
        }
    }

    /// The value; `None` where there is none, or a text that is none.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the entry has no such field.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: PartialEq> PartialEq<T> for Field<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Is(value) if value == other)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Is)
    }
}

impl<T: FieldValue> StoredField for Field<T> {
    fn stored(&self) -> Cow<'_, str> {
        self.text()
    }

    fn read(text: String) -> Self {
        if text.is_empty() {
            return Self::Absent;
        }
        // A text that would be written in another way stays a text, so that an export says what is stored.
        match T::of_text(&text).filter(|value| value.to_text() == text) {
            Some(value) => Self::Is(value),
            None => Self::Other(text),
        }
    }
}

impl StoredField for String {
    fn stored(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn read(text: String) -> Self {
        text
    }
}

/// Values that have a name, and are found by it.
macro_rules! named {
    ($($value:ty),*) => {
        $(impl FieldValue for $value {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.name())
            }

            fn of_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        })*
    };
}

named!(AuditAction, AuditOutcome, Role, JobState);

impl FieldValue for JobId {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn of_text(text: &str) -> Option<Self> {
        Self::new(text)
    }
}

impl FieldValue for RunId {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FieldValue for u64 {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }

    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FieldValue for LargeChange {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// RFC 3339, which can say every time that a clock can show.
impl FieldValue for OffsetDateTime {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.format(&Rfc3339).unwrap_or_default())
    }

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text, &Rfc3339).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comes_back<T: FieldValue>(text: &str) {
        let field = Field::<T>::read(text.to_owned());
        assert_eq!(field.stored(), text);
        assert_eq!(field.is_absent(), text.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was_stored(text in ".{0,12}|0?[0-9]{1,4}|\\+[0-9]|[a-z.]{3,12}") {
            comes_back::<AuditAction>(&text);
            comes_back::<JobId>(&text);
            comes_back::<RunId>(&text);
            comes_back::<u64>(&text);
            comes_back::<LargeChange>(&text);
            comes_back::<OffsetDateTime>(&text);
        }
    }

    #[test]
    fn a_text_that_is_a_value_is_read_as_one() {
        let read = |text: &str| Field::<OffsetDateTime>::read(text.to_owned());
        assert!(read("2026-03-01T14:02:10.5Z").value().is_some());
        assert!(read("2026-03-01T14:02:10.50Z").value().is_none());
        assert!(Field::<u64>::read("007".to_owned()).value().is_none());
        assert!(Field::<AuditAction>::read("job.edit".to_owned()) == AuditAction::EditData);
        assert!(Field::<Role>::read("viewer".to_owned()) == Role::Viewer);
    }
}
