//! Which places of a document are hidden, found while the document is walked: no pointer is written before it is needed.

#[cfg(test)]
pub(crate) mod tests;

use super::super::pointer_pattern::{PointerPattern, Step};
use crate::domain::json::{Document, NodeKind, join_pointer};

/// A step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PlaceStep {
    /// The member, or the element, with this name.
    Named(String),
    /// One member or element, whatever its name: `*`.
    One,
    /// Any number of steps, none included: `**`.
    Any,
}

/// The patterns whose places are hidden, with everything below them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct HiddenPlaces {
    patterns: Vec<Vec<PlaceStep>>,
}

/// How much of a pattern is behind a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    pattern: u32,
    step: u32,
}

/// A place in a document, as far as the patterns are concerned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    progress: Vec<Progress>,
    is_hidden: bool,
}

impl Place {
    /// Whether the value here is hidden.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// Whether nothing at this place or below it is hidden.
    pub(crate) fn is_open(&self) -> bool {
        self.progress.is_empty() && !self.is_hidden
    }
}

impl HiddenPlaces {
    /// The places of these patterns.
    pub(crate) fn new(patterns: impl IntoIterator<Item = Vec<PlaceStep>>) -> Self {
        Self {
            patterns: patterns.into_iter().collect(),
        }
    }

    /// The places that these patterns of a policy match.
    pub(crate) fn of_patterns(patterns: &[PointerPattern]) -> Self {
        Self::new(patterns.iter().map(|pattern| {
            let steps = pattern.steps().iter().map(|step| match step {
                Step::Name(name) => PlaceStep::Named(name.clone()),
                Step::One => PlaceStep::One,
                Step::Any => PlaceStep::Any,
            });
            steps.collect()
        }))
    }

    /// The whole document.
    pub(crate) fn everything() -> Self {
        Self::new([Vec::new()])
    }

    /// Whether there is no pattern.
    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The places of both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut patterns = self.patterns.clone();
        for pattern in &other.patterns {
            if !patterns.contains(pattern) {
                patterns.push(pattern.clone());
            }
        }
        Self { patterns }
    }

    /// The same places in a document that holds the data at this member.
    pub(crate) fn under(&self, member: &str) -> Self {
        let first = PlaceStep::Named(member.to_owned());
        Self::new(self.patterns.iter().map(|pattern| {
            let steps = std::iter::once(first.clone()).chain(pattern.iter().cloned());
            steps.collect()
        }))
    }

    /// The whole document.
    pub(crate) fn root(&self) -> Place {
        let mut place = Place::default();
        for pattern in 0..self.patterns.len() as u32 {
            self.arrive(&mut place, Progress { pattern, step: 0 });
        }
        place
    }

    /// The place of the member or element `name` of what is at `place`; it is hidden if that is.
    pub(crate) fn child(&self, place: &Place, name: &str) -> Place {
        let mut child = Place {
            is_hidden: place.is_hidden,
            progress: Vec::new(),
        };
        if place.is_hidden {
            return child;
        }
        for one in &place.progress {
            let next = Progress {
                step: one.step + 1,
                ..*one
            };
            match self.patterns[one.pattern as usize].get(one.step as usize) {
                Some(PlaceStep::Named(wanted)) if wanted == name => self.arrive(&mut child, next),
                Some(PlaceStep::One) => self.arrive(&mut child, next),
                Some(PlaceStep::Any) => self.arrive(&mut child, *one),
                Some(PlaceStep::Named(_)) | None => {}
            }
        }
        child
    }

    /// Notes that a pattern came so far, and where it may go from there without a step.
    fn arrive(&self, place: &mut Place, mut progress: Progress) {
        loop {
            let step = self.patterns[progress.pattern as usize].get(progress.step as usize);
            if step.is_none() {
                place.is_hidden = true;
                return;
            }
            if !place.progress.contains(&progress) {
                place.progress.push(progress);
            }
            if step != Some(&PlaceStep::Any) {
                return;
            }
            progress.step += 1;
        }
    }

    /// The place that a pointer names, whether or not a document has it.
    pub(crate) fn at(&self, pointer: &str) -> Place {
        let steps = pointer.split('/').skip(1);
        steps.fold(self.root(), |place, step| {
            self.child(&place, &crate::domain::json::unescape_step(step))
        })
    }

    /// The hidden nodes of a document, in order; none is below another. A string that holds JSON is hidden as a whole if a
    /// pattern might lead into it.
    pub(crate) fn hidden_nodes(&self, document: &Document<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        self.walk(document, |node, _| found.push(node));
        found
    }

    /// The hidden nodes with their pointers.
    pub(crate) fn hidden_pointers(&self, document: &Document<'_>) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        self.walk(document, |node, path| {
            let mut pointer = String::new();
            for step in path {
                pointer = join_pointer(&pointer, &step.name(document));
            }
            found.push((pointer, node));
        });
        found
    }

    /// Tells of each hidden node with the way to it. Does not recurse: documents may be deep.
    fn walk(&self, document: &Document<'_>, mut found: impl FnMut(usize, &[Way])) {
        let mut open: Vec<Level> = Vec::new();
        let mut path: Vec<Way> = Vec::new();
        let mut at = Some((0, self.root()));
        loop {
            if let Some((node, place)) = at.take() {
                if self.hides(document, node, &place) {
                    found(node, &path);
                } else if document.kind(node) != NodeKind::Scalar && !place.progress.is_empty() {
                    open.push(Level {
                        end: document.next(node),
                        next: node + 1,
                        index: 0,
                        is_object: document.kind(node) == NodeKind::Object,
                        place,
                    });
                    path.push(Way::Index(0));
                }
            }
            let Some(level) = open.last_mut() else {
                return;
            };
            if level.next >= level.end {
                open.pop();
                path.pop();
                continue;
            }
            let (value, way) = match level.is_object {
                true => (level.next + 1, Way::Key(level.next)),
                false => (level.next, Way::Index(level.index)),
            };
            level.next = document.next(value);
            level.index += 1;
            let child = self.child(&level.place, &way.name(document));
            if let Some(last) = path.last_mut() {
                *last = way;
            }
            at = Some((value, child));
        }
    }

    /// Whether the value of a node is hidden as a whole.
    fn hides(&self, document: &Document<'_>, node: usize, place: &Place) -> bool {
        place.is_hidden
            || (!place.progress.is_empty()
                && document.kind(node) == NodeKind::Scalar
                && document.token(node).starts_with('"')
                && holds_json(&document.decoded(node)))
    }
}

/// Whether a text is JSON that has places of its own.
pub(crate) fn holds_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// An object or array while its content is walked.
struct Level {
    place: Place,
    end: usize,
    next: usize,
    index: usize,
    is_object: bool,
}

/// One step on the way to a node.
#[derive(Clone, Copy)]
enum Way {
    Key(usize),
    Index(usize),
}

impl Way {
    fn name<'d>(self, document: &Document<'d>) -> std::borrow::Cow<'d, str> {
        match self {
            Self::Key(key) => document.decoded(key),
            Self::Index(index) => index.to_string().into(),
        }
    }
}
