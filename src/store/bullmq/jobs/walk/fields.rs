//! What a walk reads of the jobs it meets, and what it read of one.

use std::borrow::Cow;

use strum::{EnumCount, VariantArray};

use crate::domain::job::field::{FieldValue, JobField, JobFields};
use crate::domain::job::{JobId, JobState};
use crate::domain::policy::mask::Hiding;

/// What is read of each job: these fields, each up to so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkFields {
    most: [Option<u64>; JobField::COUNT],
}

impl WalkFields {
    /// The name alone.
    pub fn name() -> Self {
        Self::default().with(JobField::Name, u64::MAX)
    }

    /// These fields, each up to `most` bytes.
    pub fn of(fields: impl IntoIterator<Item = JobField>, most: u64) -> Self {
        let fields = fields.into_iter();
        fields.fold(Self::default(), |all, field| all.with(field, most))
    }

    /// With this field, up to `most` bytes, or more where more was asked for. Fields that are small in every BullMQ version are
    /// read whatever they have.
    pub fn with(mut self, field: JobField, most: u64) -> Self {
        let kept = &mut self.most[field as usize];
        *kept = (*kept).max(Some(most));
        self
    }

    /// Whether this field is read.
    pub(crate) fn has(&self, field: JobField) -> bool {
        self.most[field as usize].is_some()
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = (JobField, u64)> {
        let all = JobField::VARIANTS.iter().zip(self.most);
        all.filter_map(|(field, most)| Some((*field, most?)))
    }

    /// The fields that are measured before they are fetched.
    pub(super) fn measured(&self) -> impl Iterator<Item = (JobField, u64)> {
        self.wanted().filter(|(field, _)| may_be_large(*field))
    }
}

/// Whether a field is measured before it is fetched.
pub(super) fn may_be_large(field: JobField) -> bool {
    matches!(
        field,
        JobField::Data
            | JobField::Options
            | JobField::ReturnValue
            | JobField::FailedReason
            | JobField::Stacktrace
    )
}

/// A job that is listed in a state.
#[derive(Debug, Clone)]
pub struct WalkedJob {
    /// Its id.
    pub id: JobId,
    /// The state that lists it.
    pub state: JobState,
    /// What its hash has of the fields that were asked for.
    pub(super) values: Vec<(JobField, StoredValue)>,
}

/// What is kept of a field.
#[derive(Debug, Clone)]
pub(super) enum StoredValue {
    TooLarge(u64),
    Bytes(Vec<u8>),
}

impl WalkedJob {
    /// What was read of it.
    pub fn fields(&self) -> JobFields<'_> {
        let none = JobFields::new(self.id.as_str(), self.state);
        self.values.iter().fold(none, |fields, (field, value)| {
            fields.with(*field, value.as_field())
        })
    }

    /// What was read of one field.
    pub fn get(&self, field: JobField) -> FieldValue<'_> {
        let value = self.values.iter().find(|(of, _)| *of == field);
        value.map_or(FieldValue::Absent, |(_, value)| value.as_field())
    }

    /// The text of a field; empty where it was not read. Bytes that are not UTF-8 show as U+FFFD.
    pub fn text(&self, field: JobField) -> Cow<'_, str> {
        match self.get(field) {
            FieldValue::Bytes(bytes) => String::from_utf8_lossy(bytes),
            FieldValue::Absent | FieldValue::TooLarge(_) => Cow::Borrowed(""),
        }
    }

    /// The job as it is shown to someone from whom this is hidden in its data. Texts that were made from its data are hidden as
    /// a whole where that was not read.
    pub(crate) fn masked(&self, hiding: &Hiding) -> Self {
        let data = match self.get(JobField::Data) {
            FieldValue::Bytes(data) => Some(data),
            FieldValue::TooLarge(_) | FieldValue::Absent => None,
        };
        let hidden = hiding.values(data);
        let shown = |(field, value): &(JobField, StoredValue)| {
            let StoredValue::Bytes(stored) = value else {
                return (*field, value.clone());
            };
            let shown = match field {
                JobField::Data => hiding.mask(stored).into_owned(),
                JobField::FailedReason => {
                    let text = String::from_utf8_lossy(stored);
                    hidden.in_text(&text).into_owned().into_bytes()
                }
                JobField::Stacktrace | JobField::ReturnValue | JobField::Options => {
                    hidden.in_bytes(stored.clone())
                }
                _ => stored.clone(),
            };
            (*field, StoredValue::Bytes(shown))
        };
        Self {
            id: self.id.clone(),
            state: self.state,
            values: self.values.iter().map(shown).collect(),
        }
    }

    /// Its name; empty where its hash is gone.
    pub fn name(&self) -> Cow<'_, str> {
        self.text(JobField::Name)
    }

    /// The bytes of its data; none where they were not read.
    pub fn data(&self) -> &[u8] {
        match self.get(JobField::Data) {
            FieldValue::Bytes(bytes) => bytes,
            FieldValue::Absent | FieldValue::TooLarge(_) => &[],
        }
    }

    /// How many bytes its data has, where data was asked for.
    pub fn data_size(&self) -> u64 {
        match self.get(JobField::Data) {
            FieldValue::Bytes(bytes) => bytes.len() as u64,
            FieldValue::TooLarge(size) => size,
            FieldValue::Absent => 0,
        }
    }

    /// Takes its data, whose size it no longer knows then; `None` where its hash has none, empty where it was not read.
    pub fn take_data(&mut self) -> Option<Vec<u8>> {
        let at = self
            .values
            .iter()
            .position(|(field, _)| *field == JobField::Data)?;
        match self.values.swap_remove(at).1 {
            StoredValue::Bytes(bytes) => Some(bytes),
            StoredValue::TooLarge(_) => Some(Vec::new()),
        }
    }
}

impl StoredValue {
    fn as_field(&self) -> FieldValue<'_> {
        match self {
            Self::TooLarge(size) => FieldValue::TooLarge(*size),
            Self::Bytes(bytes) => FieldValue::Bytes(bytes),
        }
    }
}
