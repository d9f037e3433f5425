//! The changed places that are told, by what a policy says of them.

/// How many places of a kind are listed.
const LISTED: usize = 20;

/// Places of one kind: the first of them, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The first, as JSON Pointers.
    pub listed: Vec<String>,
    /// How many there are in all.
    pub all: usize,
}

impl Places {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }

    pub(super) fn add(&mut self, pointer: &str) {
        // A value that was replaced is looked through before and after.
        if self.listed.iter().any(|listed| listed == pointer) {
            return;
        }
        self.all += 1;
        if self.listed.len() < LISTED {
            self.listed.push(pointer.to_owned());
        }
    }
}

/// How a policy sees a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChangedPlaces {
    /// Changed, and not editable.
    pub not_editable: Places,
    /// Changed, and sensitive.
    pub sensitive: Places,
    /// Changed, and critical.
    pub critical: Places,
}
