//! How much is learned from documents, whatever they are.

/// How many places of the documents are told apart. Members that are first seen after this are not listed.
pub(super) const MOST_PLACES: usize = 2_000;

/// Nothing is said of what is nested deeper than this.
pub(super) const DEEPEST: usize = 24;

/// Whether the values of a member with this name are kept out of the schema, by the setting `redact`.
pub(crate) type Hides<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// What the parts of a shape may still use.
pub(super) struct Budget<'a> {
    /// How many more places may be told apart.
    pub(super) places: usize,
    pub(super) hides: Hides<'a>,
}

impl Budget<'_> {
    /// Takes a place, if there is one left.
    pub(super) fn takes_place(&mut self) -> bool {
        let left = self.places.checked_sub(1);
        self.places = left.unwrap_or(0);
        left.is_some()
    }
}
