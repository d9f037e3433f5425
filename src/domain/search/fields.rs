//! The fields that a query can name.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::job::field::JobField;

/// A field as a query names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString, VariantArray)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(super) enum Field {
    State,
    Name,
    Id,
    Added,
    Started,
    Finished,
    Attempts,
    Priority,
    Error,
    Stack,
    Group,
    Duration,
    Data,
    ReturnValue,
    Opts,
}

/// What a field holds, which decides what can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    State,
    /// A text that every job has.
    Text,
    /// A text that a job may lack.
    OptionalText,
    /// The stacks of failures.
    Texts,
    /// The error group that it failed in.
    Group,
    Time,
    Number,
    Duration,
    Json,
}

impl Field {
    /// Its name in a query.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// The field with a name, in whatever case.
    pub(super) fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::State => FieldKind::State,
            Self::Name | Self::Id => FieldKind::Text,
            Self::Error => FieldKind::OptionalText,
            Self::Stack => FieldKind::Texts,
            Self::Group => FieldKind::Group,
            Self::Added | Self::Started | Self::Finished => FieldKind::Time,
            Self::Attempts | Self::Priority => FieldKind::Number,
            Self::Duration => FieldKind::Duration,
            Self::Data | Self::ReturnValue | Self::Opts => FieldKind::Json,
        }
    }

    /// What has to be read of a job to know it.
    pub(super) fn stored(self) -> &'static [JobField] {
        match self {
            Self::State | Self::Id => &[],
            Self::Name => &[JobField::Name],
            Self::Added => &[JobField::Added],
            Self::Started => &[JobField::Started],
            Self::Finished => &[JobField::Finished],
            Self::Attempts => &[JobField::AttemptsMade],
            Self::Priority => &[JobField::Priority],
            Self::Error => &[JobField::FailedReason],
            Self::Stack => &[JobField::Stacktrace],
            Self::Group => &[JobField::FailedReason, JobField::Stacktrace],
            Self::Duration => &[JobField::Started, JobField::Finished],
            Self::Data => &[JobField::Data],
            Self::ReturnValue => &[JobField::ReturnValue],
            Self::Opts => &[JobField::Options],
        }
    }

    /// What can be asked of it, with an example.
    pub(super) fn allowed(self) -> String {
        let name = self.name();
        match self.kind() {
            FieldKind::State => format!("`{name} = failed` or `{name} in (failed, delayed)`"),
            FieldKind::Text => format!("`{name} = send*`, `{name} ~ part` or `{name} in (a, b)`"),
            FieldKind::OptionalText => {
                format!("`{name} ~ timeout`, `{name} = \"No such*\"` or `{name} exists`")
            }
            FieldKind::Texts => format!("`{name} ~ \"mail.js\"` or `{name} exists`"),
            FieldKind::Group => format!("`{name} = 0123456789ab`, an id from the page of failures"),
            FieldKind::Time => format!(
                "`{name} > 2h ago`, `{name} = today`, `{name} between 2026-01-30 and 2026-01-31` or `{name} missing`"
            ),
            FieldKind::Number => format!("`{name} > 2` or `{name} between 1 and 3`"),
            FieldKind::Duration => format!("`{name} > 30s` or `{name} missing`"),
            FieldKind::Json => format!(
                "`{name}.user.id = 42`, `{name}.email missing`, `{name}.amount is string` or `{name} ~ text`"
            ),
        }
    }
}
