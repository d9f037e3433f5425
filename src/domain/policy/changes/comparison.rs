//! Two documents compared place by place.

use super::places::ChangedPlaces;
use super::veil::Veil;
use super::within::within;
use crate::domain::json::{Document, NodeKind, join_pointer};
use crate::domain::policy::pointer_pattern::PatternWalk;

/// A place, as each list of patterns sees it.
pub(super) struct Place<'p> {
    /// `None` where everything is editable.
    pub(super) editable: Option<PatternWalk<'p>>,
    pub(super) sensitive: PatternWalk<'p>,
    pub(super) critical: PatternWalk<'p>,
    pub(super) veil: Veil<'p>,
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

pub(super) struct Comparison<'d> {
    pub(super) before: &'d Document<'d>,
    pub(super) after: &'d Document<'d>,
    pub(super) pointer: String,
    pub(super) found: ChangedPlaces,
}

impl Comparison<'_> {
    /// Recurses no deeper than the flatter of the documents, whose depth was checked.
    pub(super) fn compare(&mut self, old: usize, new: usize, place: &Place<'_>) {
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
