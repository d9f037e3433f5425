//! Where a pointer stops being told.

use crate::domain::policy::pointer_pattern::PatternWalk;

/// Where the sensitive part of a pointer begins.
#[derive(Debug, Clone)]
pub(super) struct Veil<'p> {
    sensitive: PatternWalk<'p>,
    /// How much of the pointer may be told.
    told: Option<usize>,
}

impl<'p> Veil<'p> {
    /// Over a place whose pointer is so long.
    pub(super) fn over(sensitive: &PatternWalk<'p>, length: usize) -> Self {
        Self {
            told: sensitive.is_within().then_some(length),
            sensitive: sensitive.clone(),
        }
    }

    pub(super) fn beside(&self, sensitive: &PatternWalk<'p>, length: usize) -> Self {
        Self {
            told: self.told.or(sensitive.is_within().then_some(length)),
            sensitive: sensitive.clone(),
        }
    }

    pub(super) fn down(&self, step: &str, length: usize) -> Self {
        self.beside(&self.sensitive.down(step), length)
    }

    /// The part of a pointer that may be told.
    pub(super) fn told<'t>(&self, pointer: &'t str) -> &'t str {
        &pointer[..self.told.unwrap_or(pointer.len())]
    }
}
