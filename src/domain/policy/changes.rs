//! The changed places of a document, and what a policy says of them.
//!
//! A place is changed if only one of the two documents has it, or if both have another value there. Elements of arrays are
//! compared by position. The order of members, white space and escapes don't count; another way to write a number does
//! (`1.0` for `1`), since workers may tell them apart. Of an object in which a name stands more than once, each counts.
//!
//! A string that holds JSON counts where a pattern leads into it, as it is hidden as a whole there.
//!
//! A listed pointer ends where something sensitive begins: the names of members below may be as secret as their values.

use super::mask::holds_json;
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
pub(crate) struct ChangedPlaces {
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
    let sensitive = PatternWalk::new(&policy.sensitive);
    let place = Place {
        editable: policy.editable.as_deref().map(PatternWalk::new),
        veil: Veil::over(&sensitive, 0),
        sensitive,
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
            let veil = Veil::over(&place.sensitive, 0);
            within(
                after,
                0,
                (&place.sensitive, veil.clone()),
                &mut pointer,
                &mut found.sensitive,
            );
            within(
                after,
                0,
                (&place.critical, veil),
                &mut pointer,
                &mut found.critical,
            );
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
    veil: Veil<'p>,
}

impl Place<'_> {
    /// The place one step down, whose pointer is so long.
    fn down(&self, step: &str, length: usize) -> Self {
        let sensitive = self.sensitive.down(step);
        Self {
            editable: self.editable.as_ref().map(|walk| walk.down(step)),
            veil: self.veil.beside(&sensitive, length),
            sensitive,
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

/// Where the sensitive part of a pointer begins.
#[derive(Debug, Clone)]
struct Veil<'p> {
    sensitive: PatternWalk<'p>,
    /// How much of the pointer may be told.
    told: Option<usize>,
}

impl<'p> Veil<'p> {
    /// Over a place whose pointer is so long.
    fn over(sensitive: &PatternWalk<'p>, length: usize) -> Self {
        Self {
            told: sensitive.is_within().then_some(length),
            sensitive: sensitive.clone(),
        }
    }

    fn beside(&self, sensitive: &PatternWalk<'p>, length: usize) -> Self {
        Self {
            told: self.told.or(sensitive.is_within().then_some(length)),
            sensitive: sensitive.clone(),
        }
    }

    fn down(&self, step: &str, length: usize) -> Self {
        self.beside(&self.sensitive.down(step), length)
    }

    /// The part of a pointer that may be told.
    fn told<'t>(&self, pointer: &'t str) -> &'t str {
        &pointer[..self.told.unwrap_or(pointer.len())]
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
            self.at(&step, place, |this, place| match (old, new) {
                (Some(old), Some(new)) => this.compare(old, new, place),
                (old, new) => this.changed(old.as_slice(), new.as_slice(), place),
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
            self.at(&step, place, |this, place| {
                if !place.is_free() {
                    this.members(of_old, of_new, place);
                }
            });
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
        let editable = place.editable.as_ref();
        if editable.is_some_and(|walk| !walk.is_within()) {
            self.found.not_editable.add(place.veil.told(&self.pointer));
        }
        let (pointer, found) = (&mut self.pointer, &mut self.found);
        let both = [(self.before, olds), (self.after, news)];
        for (document, values) in both {
            for value in values {
                let (sensitive, veil) = (&place.sensitive, place.veil.clone());
                within(
                    document,
                    *value,
                    (sensitive, veil),
                    pointer,
                    &mut found.sensitive,
                );
                let (critical, veil) = (&place.critical, place.veil.clone());
                within(
                    document,
                    *value,
                    (critical, veil),
                    pointer,
                    &mut found.critical,
                );
            }
        }
    }

    /// Goes down a step from `place`, and comes back.
    fn at(&mut self, step: &str, place: &Place<'_>, go: impl FnOnce(&mut Self, &Place<'_>)) {
        let length = self.pointer.len();
        self.pointer.push_str(&join_pointer("", step));
        let place = place.down(step, self.pointer.len());
        go(self, &place);
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
    veil: Veil<'p>,
    /// How long its pointer is.
    pointer: usize,
}

/// Adds the places at and below a value that the patterns match; below such a place no further one. Does not recurse, since the
/// value may be nested as deep as it likes.
fn within<'p>(
    document: &Document<'_>,
    value: usize,
    (walk, veil): (&PatternWalk<'p>, Veil<'p>),
    pointer: &mut String,
    found: &mut Places,
) {
    if covers(document, value, walk) {
        found.add(veil.told(pointer));
        return;
    }
    let began = pointer.len();
    let mut open: Vec<Open<'p>> = Vec::new();
    open.extend(opened(document, value, walk.clone(), veil, pointer.len()));
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
        if below.is_dead() {
            continue;
        }
        pointer.push_str(&join_pointer("", &step));
        let veil = top.veil.down(&step, pointer.len());
        match covers(document, value, &below) {
            true => found.add(veil.told(pointer)),
            false => open.extend(opened(document, value, below, veil, pointer.len())),
        }
    }
    pointer.truncate(began);
}

/// Whether all of a value counts: the patterns match it, or lead into a string that holds JSON.
fn covers(document: &Document<'_>, value: usize, walk: &PatternWalk<'_>) -> bool {
    walk.is_within()
        || (!walk.is_dead()
            && document.token(value).starts_with('"')
            && holds_json(&document.decoded(value)))
}

/// A value to be looked through; `None` where it holds nothing.
fn opened<'p>(
    document: &Document<'_>,
    value: usize,
    walk: PatternWalk<'p>,
    veil: Veil<'p>,
    pointer: usize,
) -> Option<Open<'p>> {
    let index = match document.kind(value) {
        NodeKind::Scalar => return None,
        NodeKind::Array => Some(0),
        NodeKind::Object => None,
    };
    (!walk.is_dead()).then(|| Open {
        next: value + 1,
        end: document.next(value),
        index,
        walk,
        veil,
        pointer,
    })
}
