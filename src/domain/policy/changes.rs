//! The changed places of a document, and what a policy says of them.
//!
//! A place is changed if only one of the two documents has it, or if both have another value there. Elements of arrays are
//! compared by position. The order of members, white space and escapes don't count; another way to write a number does
//! (`1.0` for `1`), since workers may tell them apart. Of an object in which a name stands more than once, each counts.

use super::pointer_pattern::PatternWalk;
use super::repair_policy::RepairPolicy;
use crate::domain::json::{Document, MAX_EDIT_DEPTH, NodeKind, join_pointer};

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

    fn add(&mut self, pointer: &str) {
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
pub struct ChangedPlaces {
    /// Changed, and not editable.
    pub not_editable: Places,
    /// Changed, and sensitive.
    pub sensitive: Places,
    /// Changed, and critical.
    pub critical: Places,
}

/// What there was before a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before<'d> {
    /// A document.
    Document(&'d Document<'d>),
    /// Bytes that are no JSON, or nested too deep to be compared: everything is changed, whatever was there.
    Unreadable,
    /// Nothing: the job is new, so that nothing of it was read-only.
    Nothing,
}

/// Compares two documents as `policy` sees them.
pub(crate) fn changed_places(
    policy: &RepairPolicy,
    before: Before<'_>,
    after: &Document<'_>,
) -> ChangedPlaces {
    const EVERYTHING: &str = "";
    let mut found = ChangedPlaces::default();
    let place = Place {
        editable: policy.editable.as_deref().map(PatternWalk::new),
        sensitive: PatternWalk::new(&policy.sensitive),
        critical: PatternWalk::new(&policy.critical),
    };
    let before = match before {
        Before::Document(before)
            if before.depth() > MAX_EDIT_DEPTH || after.depth() > MAX_EDIT_DEPTH =>
        {
            Before::Unreadable
        }
        other => other,
    };
    let mut pointer = String::new();
    match before {
        Before::Document(before) => {
            let mut comparison = Comparison {
                before,
                after,
                pointer,
                found,
            };
            comparison.compare(0, 0, &place);
            return comparison.found;
        }
        Before::Unreadable => {
            if place
                .editable
                .as_ref()
                .is_some_and(|walk| !walk.is_within())
            {
                found.not_editable.add(EVERYTHING);
            }
            for pattern in &policy.sensitive {
                found.sensitive.add(pattern.as_str());
            }
            for pattern in &policy.critical {
                found.critical.add(pattern.as_str());
            }
        }
        Before::Nothing => {
            within(
                after,
                0,
                &place.sensitive,
                &mut pointer,
                &mut found.sensitive,
            );
            within(after, 0, &place.critical, &mut pointer, &mut found.critical);
        }
    }
    found
}

/// A place, as each list of patterns sees it.
struct Place<'p> {
    /// `None` where everything is editable.
    editable: Option<PatternWalk<'p>>,
    sensitive: PatternWalk<'p>,
    critical: PatternWalk<'p>,
}

impl Place<'_> {
    fn down(&self, step: &str) -> Self {
        Self {
            editable: self.editable.as_ref().map(|walk| walk.down(step)),
            sensitive: self.sensitive.down(step),
            critical: self.critical.down(step),
        }
    }

    /// Whether no change here or below can matter.
    fn is_free(&self) -> bool {
        let editable = self.editable.as_ref();
        editable.is_none_or(PatternWalk::is_within)
            && self.sensitive.is_dead()
            && self.critical.is_dead()
    }
}

struct Comparison<'d> {
    before: &'d Document<'d>,
    after: &'d Document<'d>,
    pointer: String,
    found: ChangedPlaces,
}

impl Comparison<'_> {
    /// Recurses no deeper than the flatter of the documents, whose depth was checked.
    fn compare(&mut self, old: usize, new: usize, place: &Place<'_>) {
        if place.is_free() {
            return;
        }
        match (self.before.kind(old), self.after.kind(new)) {
            (NodeKind::Object, NodeKind::Object) => self.objects(old, new, place),
            (NodeKind::Array, NodeKind::Array) => self.arrays(old, new, place),
            (NodeKind::Scalar, NodeKind::Scalar)
                if same_scalar(self.before, old, self.after, new) => {}
            _ => self.changed(&[old], &[new], place),
        }
    }

    fn arrays(&mut self, old: usize, new: usize, place: &Place<'_>) {
        let (before, after) = (self.before, self.after);
        let (mut olds, mut news) = (before.elements(old), after.elements(new));
        for index in 0_usize.. {
            let (old, new) = (olds.next(), news.next());
            if old.is_none() && new.is_none() {
                return;
            }
            let step = index.to_string();
            let place = place.down(&step);
            self.at(&step, |this| match (old, new) {
                (Some(old), Some(new)) => this.compare(old, new, &place),
                (old, new) => this.changed(old.as_slice(), new.as_slice(), &place),
            });
        }
    }

    fn objects(&mut self, old: usize, new: usize, place: &Place<'_>) {
        let (olds, news) = (sorted_keys(self.before, old), sorted_keys(self.after, new));
        let (mut olds, mut news) = (&olds[..], &news[..]);
        loop {
            let (old_name, new_name) = (name_of(self.before, olds), name_of(self.after, news));
            // The lesser name comes first; a name that only one of them has is not less than nothing.
            let name = match (&old_name, &new_name) {
                (None, None) => return,
                (Some(one), Some(other)) => one.min(other),
                (Some(one), None) | (None, Some(one)) => one,
            };
            let (of_old, rest_old) = split_named(self.before, olds, name);
            let (of_new, rest_new) = split_named(self.after, news, name);
            let step = match (of_old.first(), of_new.first()) {
                (Some(key), _) => self.before.decoded(*key as usize),
                (None, Some(key)) => self.after.decoded(*key as usize),
                (None, None) => return,
            };
            let place = place.down(&step);
            if !place.is_free() {
                self.at(&step, |this| this.members(of_old, of_new, &place));
            }
            (olds, news) = (rest_old, rest_new);
        }
    }

    /// Compares the members of one name.
    fn members(&mut self, olds: &[u32], news: &[u32], place: &Place<'_>) {
        if let ([old], [new]) = (olds, news) {
            return self.compare(*old as usize + 1, *new as usize + 1, place);
        }
        let values =
            |keys: &[u32]| -> Vec<usize> { keys.iter().map(|key| *key as usize + 1).collect() };
        let (olds, news) = (values(olds), values(news));
        let same = olds.len() == news.len()
            && olds
                .iter()
                .zip(&news)
                .all(|(old, new)| self.before.same_at(*old, self.after, *new));
        if !same {
            self.changed(&olds, &news, place);
        }
    }

    /// The value here was changed as a whole: added, removed, or replaced.
    fn changed(&mut self, olds: &[usize], news: &[usize], place: &Place<'_>) {
        if place
            .editable
            .as_ref()
            .is_some_and(|walk| !walk.is_within())
        {
            self.found.not_editable.add(&self.pointer);
        }
        let pointer = &mut self.pointer;
        let both = [(self.before, olds), (self.after, news)];
        for (document, values) in both {
            for value in values {
                within(
                    document,
                    *value,
                    &place.sensitive,
                    pointer,
                    &mut self.found.sensitive,
                );
                within(
                    document,
                    *value,
                    &place.critical,
                    pointer,
                    &mut self.found.critical,
                );
            }
        }
    }

    fn at(&mut self, step: &str, go: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push_str(&join_pointer("", step));
        go(self);
        self.pointer.truncate(length);
    }
}

/// The keys of an object by name, then by place.
fn sorted_keys(document: &Document<'_>, object: usize) -> Vec<u32> {
    // A document has fewer nodes than its text has bytes, and byte offsets fit in 32 bits.
    let mut keys: Vec<u32> = document
        .members(object)
        .map(|(key, _)| key as u32)
        .collect();
    let name = |key: u32| document.decoded_exactly(key as usize);
    keys.sort_by(|one, other| name(*one).cmp(&name(*other)).then(one.cmp(other)));
    keys
}

fn name_of<'t>(document: &Document<'t>, keys: &[u32]) -> Option<std::borrow::Cow<'t, [u8]>> {
    keys.first()
        .map(|key| document.decoded_exactly(*key as usize))
}

/// The leading keys with this name, and the rest.
fn split_named<'k>(
    document: &Document<'_>,
    keys: &'k [u32],
    name: &[u8],
) -> (&'k [u32], &'k [u32]) {
    let alike = |key: &&u32| *document.decoded_exactly(**key as usize) == *name;
    keys.split_at(keys.iter().take_while(alike).count())
}

fn same_scalar(one: &Document<'_>, at: usize, other: &Document<'_>, there: usize) -> bool {
    let (a, b) = (one.token(at), other.token(there));
    let strings = a.starts_with('"') && b.starts_with('"');
    a == b || (strings && one.decoded_exactly(at) == other.decoded_exactly(there))
}

/// An object or array whose content is looked through.
struct Open<'p> {
    /// The next node in it.
    next: usize,
    /// The first node after it.
    end: usize,
    /// The index of the next element; `None` in an object.
    index: Option<usize>,
    walk: PatternWalk<'p>,
    /// How long its pointer is.
    pointer: usize,
}

/// Adds the places at and below a value that the patterns match; below such a place no further one. Does not recurse, since the
/// value may be nested as deep as it likes.
fn within(
    document: &Document<'_>,
    value: usize,
    walk: &PatternWalk<'_>,
    pointer: &mut String,
    found: &mut Places,
) {
    if walk.is_within() {
        found.add(pointer);
        return;
    }
    let began = pointer.len();
    let mut open: Vec<Open<'_>> = Vec::new();
    enter(document, value, walk.clone(), pointer.len(), &mut open);
    while let Some(top) = open.last_mut() {
        pointer.truncate(top.pointer);
        if top.next >= top.end {
            open.pop();
            continue;
        }
        let (step, value) = match &mut top.index {
            Some(index) => {
                *index += 1;
                ((*index - 1).to_string().into(), top.next)
            }
            None => (document.decoded(top.next), top.next + 1),
        };
        top.next = document.next(value);
        let below = top.walk.down(&step);
        pointer.push_str(&join_pointer("", &step));
        match below.is_within() {
            true => found.add(pointer),
            false => enter(document, value, below, pointer.len(), &mut open),
        }
    }
    pointer.truncate(began);
}

fn enter<'p>(
    document: &Document<'_>,
    value: usize,
    walk: PatternWalk<'p>,
    pointer: usize,
    open: &mut Vec<Open<'p>>,
) {
    let index = match document.kind(value) {
        NodeKind::Scalar => return,
        NodeKind::Array => Some(0),
        NodeKind::Object => None,
    };
    if walk.is_dead() {
        return;
    }
    open.push(Open {
        next: value + 1,
        end: document.next(value),
        index,
        walk,
        pointer,
    });
}
