//! Several changes of one text, written at once: a step may mean as many places as the text has values.

use super::not_changed::NotChanged;
use crate::domain::json::{Document, NodeKind};

/// Some bytes, and what is written in their place.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) with: String,
}

/// Splices of a text, from its end to its beginning; none overlaps another.
#[derive(Debug)]
pub(super) struct Splices {
    all: Vec<Splice>,
    /// How long the text will be.
    length: usize,
    /// How long it may be.
    most: usize,
}

impl Splices {
    pub(super) fn of(text: &str, most: usize) -> Self {
        Self {
            all: Vec::new(),
            length: text.len(),
            most,
        }
    }

    /// Adds one in front of those that are there. What they write stays as small as the text may be.
    pub(super) fn push(&mut self, splice: Splice) -> Result<(), NotChanged> {
        let length = self.length - (splice.to - splice.from) + splice.with.len();
        if length > self.most {
            return Err(NotChanged::TooLarge);
        }
        self.length = length;
        self.all.push(splice);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The text with all of them.
    pub(super) fn write(&self, text: &str) -> String {
        let (mut written, mut done) = (String::with_capacity(self.length), 0);
        for splice in self.all.iter().rev() {
            written.push_str(&text[done..splice.from]);
            written.push_str(&splice.with);
            done = splice.to;
        }
        written.push_str(&text[done..]);
        written
    }

    /// Takes values of one object or array away, in the order of the text, each with its name and a comma.
    pub(super) fn remove(
        &mut self,
        document: &Document<'_>,
        parent: usize,
        gone: &[usize],
    ) -> Result<(), NotChanged> {
        let parts: Vec<(usize, usize)> = match document.kind(parent) {
            NodeKind::Object => document.members(parent).collect(),
            NodeKind::Array => document.elements(parent).map(|one| (one, one)).collect(),
            NodeKind::Scalar => Vec::new(),
        };
        let start = |at: usize| document.range(parts[at].0).start;
        let end = |at: usize| document.range(parts[at].1).end;
        let mut stays_behind = false;
        for at in (0..parts.len()).rev() {
            if gone.binary_search(&parts[at].1).is_err() {
                stays_behind = true;
                continue;
            }
            // The comma behind it goes, or the one in front of it where nothing behind it stays.
            let (from, to) = match at.checked_sub(1) {
                _ if stays_behind => (start(at), start(at + 1)),
                Some(before) => (end(before), end(at)),
                None => (start(at), end(at)),
            };
            let with = String::new();
            self.push(Splice { from, to, with })?;
        }
        Ok(())
    }
}
