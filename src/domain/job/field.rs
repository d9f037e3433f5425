//! The fields of a job's hash that searches read, and what was read of them.

use strum::{EnumCount, VariantArray};

use super::JobState;

/// A field of a job's hash. BullMQ 4 to 6 name them alike, but for the attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumCount, VariantArray)]
pub enum JobField {
    /// The job's name.
    Name,
    /// Its data, JSON.
    Data,
    /// Its options, JSON.
    Options,
    /// What its worker returned, JSON.
    ReturnValue,
    /// Why it failed, a text.
    FailedReason,
    /// The stacks of its failures, a JSON array of texts; the newest is last.
    Stacktrace,
    /// When it was added, Unix milliseconds.
    Added,
    /// When a worker last took it, Unix milliseconds.
    Started,
    /// When it finished, Unix milliseconds.
    Finished,
    /// How many attempts were made.
    AttemptsMade,
    /// Its priority; 0 is none, 1 the highest.
    Priority,
}

impl JobField {
    /// The names that the hash may have it under; the first that is there counts. BullMQ 4 has `attemptsMade`.
    pub fn stored_names(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["name"],
            Self::Data => &["data"],
            Self::Options => &["opts"],
            Self::ReturnValue => &["returnvalue"],
            Self::FailedReason => &["failedReason"],
            Self::Stacktrace => &["stacktrace"],
            Self::Added => &["timestamp"],
            Self::Started => &["processedOn"],
            Self::Finished => &["finishedOn"],
            Self::AttemptsMade => &["atm", "attemptsMade"],
            Self::Priority => &["priority"],
        }
    }
}

/// What was read of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldValue<'a> {
    /// The hash lacks the field, or it was not asked for.
    #[default]
    Absent,
    /// The field has so many bytes, more than were asked for.
    TooLarge(u64),
    /// Its exact bytes.
    Bytes(&'a [u8]),
}

/// What was read of a job, from which is decided whether a query wants it.
#[derive(Debug, Clone, Copy)]
pub struct JobFields<'a> {
    /// Its id.
    pub id: &'a str,
    /// The state that lists it.
    pub state: JobState,
    values: [FieldValue<'a>; JobField::COUNT],
}

impl<'a> JobFields<'a> {
    /// A job of which nothing is read yet.
    pub fn new(id: &'a str, state: JobState) -> Self {
        Self {
            id,
            state,
            values: [FieldValue::Absent; JobField::COUNT],
        }
    }

    /// With the value of a field.
    pub fn with(mut self, field: JobField, value: FieldValue<'a>) -> Self {
        self.values[field as usize] = value;
        self
    }

    /// What was read of a field.
    pub fn get(&self, field: JobField) -> FieldValue<'a> {
        self.values[field as usize]
    }
}
