//! Finds the changes between two documents, node by node. Only what changed becomes a `Value`, and only up to a limit: two
//! documents of some megabytes would take hundreds of megabytes as values.

use super::steps::{Patch, PatchStep};
use crate::domain::audit::redact::Redactor;
use crate::domain::json::{Document, NodeKind, join_pointer};
use crate::domain::policy::mask::Place;
use serde_json::Value;

/// The size at which a patch is given up.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// How many changes.
    pub changes: usize,
    /// About how many bytes of JSON.
    pub bytes: usize,
}

impl Limit {
    /// The limit of an audit entry.
    pub const ENTRY: Self = Self {
        changes: 2_000,
        bytes: 128 * 1024,
    };
}

/// About how many bytes of JSON an operation has beside its pointer and value.
const AROUND: usize = 40;

/// The patch reached its limit.
struct Full;

pub(crate) fn find(
    before: &Document<'_>,
    after: &Document<'_>,
    redactor: &Redactor,
    limit: Limit,
) -> Result<Patch, Patch> {
    let mut finder = Finder {
        before,
        after,
        redactor,
        left: limit,
        pointer: String::new(),
        place: redactor.root(),
        steps: Vec::new(),
    };
    let full = finder.compare(0, 0).is_err();
    let patch = Patch {
        steps: finder.steps,
    };
    match full {
        false => Ok(patch),
        true => Err(patch),
    }
}

struct Finder<'d> {
    before: &'d Document<'d>,
    after: &'d Document<'d>,
    redactor: &'d Redactor,
    /// What may still be added.
    left: Limit,
    /// The current place.
    pointer: String,
    /// The same, as far as the redactor's places are concerned.
    place: Place,
    steps: Vec<PatchStep>,
}

impl Finder<'_> {
    fn compare(&mut self, old: usize, new: usize) -> Result<(), Full> {
        if self.is_hidden_here(Some(old), Some(new)) {
            return match same(self.before, old, self.after, new) {
                true => Ok(()),
                false => self.push(Some(old), Some(new), true),
            };
        }
        match (self.before.kind(old), self.after.kind(new)) {
            (NodeKind::Object, NodeKind::Object) => self.objects(old, new),
            (NodeKind::Array, NodeKind::Array) => self.arrays(old, new),
            _ if same(self.before, old, self.after, new) => Ok(()),
            _ => self.push(Some(old), Some(new), false),
        }
    }

    fn objects(&mut self, old: usize, new: usize) -> Result<(), Full> {
        let (before, after) = (self.before, self.after);
        let (olds, news) = (before.names(old), after.names(new));
        for (key, value) in before.members(old).filter(|(key, _)| olds.counts(*key)) {
            let name = before.decoded(key);
            let hidden = self.redactor.hides(&name);
            let shown = self.redactor.shown_name(&name);
            self.within(&name, &shown, |finder| match news.get(&name) {
                None => finder.push(Some(value), None, hidden),
                Some(changed) if !hidden => finder.compare(value, changed),
                Some(changed) if same(before, value, after, changed) => Ok(()),
                Some(changed) => finder.push(Some(value), Some(changed), true),
            })?;
        }
        for (key, value) in after.members(new).filter(|(key, _)| news.counts(*key)) {
            let name = after.decoded(key);
            if olds.get(&name).is_none() {
                let hidden = self.redactor.hides(&name);
                let shown = self.redactor.shown_name(&name);
                self.within(&name, &shown, |finder| {
                    finder.push(None, Some(value), hidden)
                })?;
            }
        }
        Ok(())
    }

    /// Compares arrays by position, after setting aside equal elements at the end if the lengths differ: so an element
    /// inserted at the front is a single addition. Surplus elements are removed from the back, so that no removal shifts an
    /// element that is still to be removed.
    fn arrays(&mut self, old: usize, new: usize) -> Result<(), Full> {
        let [mut olds, mut news] = [self.before.elements(old), self.after.elements(new)]
            .map(|elements| elements.map(|at| at as u32).collect::<Vec<u32>>());
        if olds.len() != news.len() {
            let ends = olds.iter().rev().zip(news.iter().rev());
            let equal =
                |(a, b): &(&u32, &u32)| same(self.before, **a as usize, self.after, **b as usize);
            let same_end = ends.take_while(equal).count();
            olds.truncate(olds.len() - same_end);
            news.truncate(news.len() - same_end);
        }
        for (index, (old, new)) in olds.iter().zip(&news).enumerate() {
            let name = index.to_string();
            self.within(&name, &name, |finder| {
                finder.compare(*old as usize, *new as usize)
            })?;
        }
        let both = olds.len().min(news.len());
        for (index, gone) in olds.iter().enumerate().skip(both).rev() {
            let gone = Some(*gone as usize);
            let name = index.to_string();
            self.within(&name, &name, |finder| finder.push(gone, None, false))?;
        }
        for (index, come) in news.iter().enumerate().skip(both) {
            let come = Some(*come as usize);
            let name = index.to_string();
            self.within(&name, &name, |finder| finder.push(None, come, false))?;
        }
        Ok(())
    }

    /// Whether a value here is hidden by its place.
    fn is_hidden_here(&self, old: Option<usize>, new: Option<usize>) -> bool {
        let hides = |document: &Document<'_>, at: Option<usize>| {
            at.is_some_and(|at| self.redactor.is_hidden_at(document, at, &self.place))
        };
        hides(self.before, old) || hides(self.after, new)
    }

    /// Goes down to `name`, which is shown as `shown`, runs the closure, and comes back.
    fn within(
        &mut self,
        name: &str,
        shown: &str,
        go: impl FnOnce(&mut Self) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let length = self.pointer.len();
        self.pointer.push_str(&join_pointer("", shown));
        let child = self.redactor.child(&self.place, name);
        let place = std::mem::replace(&mut self.place, child);
        let came = go(self);
        self.pointer.truncate(length);
        self.place = place;
        came
    }

    /// Adds a change; `hidden` if the redactor hides values of this name, and so where it hides those of this place.
    fn push(&mut self, old: Option<usize>, new: Option<usize>, hidden: bool) -> Result<(), Full> {
        let hidden = hidden || self.is_hidden_here(old, new);
        let size = |document: &Document<'_>, at: Option<usize>| {
            let value = |at| match hidden {
                true => AROUND,
                false => document.token(at).len(),
            };
            at.map_or(0, |at| AROUND + self.pointer.len() + value(at))
        };
        let bytes = size(self.before, old) + size(self.after, new);
        if self.left.changes == 0 || self.left.bytes < bytes {
            return Err(Full);
        }
        self.left.changes -= 1;
        self.left.bytes -= bytes;
        let value = |document: &Document<'_>, at: usize| -> Value {
            match hidden {
                true => self.redactor.hash_at(document, at),
                false => self.redactor.apply_at(&document.value_at(at), &self.place),
            }
        };
        self.steps.push(PatchStep {
            pointer: self.pointer.clone(),
            before: old.map(|at| value(self.before, at)),
            after: new.map(|at| value(self.after, at)),
        });
        Ok(())
    }
}

/// Whether two nodes are equal as values. The order of members and the escapes of strings do not count.
fn same(one: &Document<'_>, at: usize, other: &Document<'_>, there: usize) -> bool {
    if one.kind(at) != other.kind(there) {
        return false;
    }
    match one.kind(at) {
        NodeKind::Scalar => {
            let (a, b) = (one.token(at), other.token(there));
            let texts = a.starts_with('"') && b.starts_with('"');
            a == b || (texts && one.decoded(at) == other.decoded(there))
        }
        NodeKind::Array => {
            let (mut a, mut b) = (one.elements(at), other.elements(there));
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if same(one, a, other, b) => {}
                    _ => return false,
                }
            }
        }
        NodeKind::Object => {
            let (a, b) = (one.names(at), other.names(there));
            a.len() == b.len()
                && a.sorted().zip(b.sorted()).all(|(a, b)| {
                    one.decoded(a) == other.decoded(b) && same(one, a + 1, other, b + 1)
                })
        }
    }
}
