//! Why a text is not changed.

/// Why a text can't be changed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotChanged {
    /// It is not JSON.
    NotJson,
    /// Two members of an object have the same name, so it is not clear which of them is meant.
    Doubled,
    /// It would be too large.
    TooLarge,
    /// The change does not fit it, in words.
    Unfitting(String),
    /// The schema offers no fix, or several, for what is wrong.
    NoFix,
}

impl From<String> for NotChanged {
    fn from(why: String) -> Self {
        Self::Unfitting(why)
    }
}

impl NotChanged {
    /// The change would read a text more often than we read one of its size.
    pub(super) fn too_much() -> Self {
        Self::Unfitting(
            "the data is too large for so many changes at once: make them one after the other"
                .to_owned(),
        )
    }
}
