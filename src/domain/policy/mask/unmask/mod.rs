//! The way back: the stored values are put in place of their masks, byte for byte. A mask that is missing, new, changed or
//! moved is refused, since nobody can say what was meant by it.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::hiding::{Hiding, parsed};
use super::places::HiddenPlaces;
use super::sign::MASK;
use crate::domain::json::{Document, MAX_EDIT_DEPTH, NodeKind, join_pointer};

/// How many pointers a refusal names.
const NAMED: usize = 10;

/// Hidden values that a text does not leave as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct HiddenChanged {
    /// The first of the places, as JSON Pointers; an empty one is the whole document.
    pub pointers: Vec<String>,
    /// Whether elements were moved past hidden values, and nothing else.
    pub moved: bool,
}

impl HiddenChanged {
    fn words(&self) -> String {
        let places: Vec<String> = self.pointers.iter().map(|one| named(one)).collect();
        let places = places.join(", ");
        match self.moved {
            true => format!(
                "Elements with hidden values were moved: {places}. Leave each element at its place, or ask someone who may see the values."
            ),
            false => format!(
                "Values that are hidden from you were changed: {places}. Leave {MASK:?} at each of these places."
            ),
        }
    }
}

fn named(pointer: &str) -> String {
    match pointer {
        "" => "the whole document".to_owned(),
        pointer => pointer.to_owned(),
    }
}

impl Hiding {
    /// The text that a person typed, with the stored values in place of their masks. A text that is not JSON stays as it is.
    ///
    /// # Errors
    /// The places where a mask is missing, new, changed or moved.
    pub(crate) fn unmask(&self, stored: &[u8], typed: &str) -> Result<String, HiddenChanged> {
        let places = match self {
            Self::Nothing => return Ok(typed.to_owned()),
            Self::Everything => return whole(stored, typed),
            Self::Places(places) => places,
        };
        let Some(old) = parsed(stored) else {
            return whole(stored, typed);
        };
        let Ok(new) = Document::parse(typed) else {
            return Ok(typed.to_owned());
        };
        if old.depth().max(new.depth()) > MAX_EDIT_DEPTH {
            // Such data can only stay as it is.
            let shown = self.mask(stored);
            let shown = std::str::from_utf8(&shown).ok().map(Document::parse);
            return match shown {
                Some(Ok(shown)) if shown.same_tokens(&new) => Ok(old.text().to_owned()),
                _ => Err(changed(vec![String::new()], false)),
            };
        }
        let put_back = put_back(places, &old, &new)?;
        let moved = moved_elements(places, &old, &new);
        if !moved.is_empty() {
            return Err(changed(moved, true));
        }
        Ok(put_back)
    }

    /// The places of a new document that are hidden from the one who wrote it and hold only a mask: there is no stored value
    /// that it could stand for.
    pub(crate) fn masks_in(&self, typed: &str) -> Vec<String> {
        let (Self::Places(places), Ok(document)) = (self, Document::parse(typed)) else {
            return Vec::new();
        };
        if document.depth() > MAX_EDIT_DEPTH {
            // It is refused for that.
            return Vec::new();
        }
        let hidden = places.hidden_pointers(&document).into_iter();
        let masks = hidden.filter(|(_, node)| holds_mask(&document, *node));
        masks.map(|(pointer, _)| pointer).take(NAMED).collect()
    }
}

/// A document that is hidden as a whole has to come back as it was shown.
fn whole(stored: &[u8], typed: &str) -> Result<String, HiddenChanged> {
    match Document::parse(typed) {
        Ok(document) if is_mask(&document, 0) => {
            Ok(String::from_utf8_lossy(stored).replace('\0', "\u{fffd}"))
        }
        _ => Err(changed(vec![String::new()], false)),
    }
}

fn changed(mut pointers: Vec<String>, moved: bool) -> HiddenChanged {
    pointers.sort();
    pointers.dedup();
    pointers.truncate(NAMED);
    HiddenChanged { pointers, moved }
}

fn is_mask(document: &Document<'_>, node: usize) -> bool {
    document.kind(node) == NodeKind::Scalar
        && document.token(node).starts_with('"')
        && document.decoded(node) == MASK
}

/// Whether a mask stands at a node or below it.
fn holds_mask(document: &Document<'_>, node: usize) -> bool {
    (node..document.next(node)).any(|at| is_mask(document, at))
}

/// The new text with the stored values in place of their masks.
fn put_back(
    places: &HiddenPlaces,
    old: &Document<'_>,
    new: &Document<'_>,
) -> Result<String, HiddenChanged> {
    let mut stored: HashMap<String, Vec<usize>> = HashMap::new();
    for (pointer, node) in places.hidden_pointers(old).into_iter().rev() {
        stored.entry(pointer).or_default().push(node);
    }
    let (text, mut full, mut from) = (new.text(), String::new(), 0);
    let mut wrong = Vec::new();
    for (pointer, node) in places.hidden_pointers(new) {
        let value = stored.get_mut(&pointer).and_then(Vec::pop);
        let Some(value) = value.filter(|_| is_mask(new, node)) else {
            wrong.push(pointer);
            continue;
        };
        let range = new.range(node);
        full.push_str(&text[from..range.start]);
        full.push_str(old.token(value));
        from = range.end;
    }
    full.push_str(&text[from..]);
    let missing = stored.into_iter().filter(|(_, left)| !left.is_empty());
    wrong.extend(missing.map(|(pointer, _)| pointer));
    match wrong.is_empty() {
        true => Ok(full),
        false => Err(changed(wrong, false)),
    }
}

/// The elements that hold hidden values and stand where another stood before, while that is gone from its place.
fn moved_elements(places: &HiddenPlaces, old: &Document<'_>, new: &Document<'_>) -> Vec<String> {
    let sides = [old, new].map(|document| Side {
        document,
        hidden: places.hidden_nodes(document),
    });
    let mut found = Vec::new();
    compare(&sides, [0, 0], &mut String::new(), &mut found);
    found
}

/// A document with its hidden nodes.
struct Side<'d> {
    document: &'d Document<'d>,
    hidden: Vec<usize>,
}

impl Side<'_> {
    /// Whether there are hidden values below a node.
    fn hides_below(&self, node: usize) -> bool {
        let first = self.hidden.partition_point(|hidden| *hidden <= node);
        self.hidden
            .get(first)
            .is_some_and(|hidden| *hidden < self.document.next(node))
    }

    /// A hash of what is shown of a node.
    fn shown(&self, node: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        let (mut at, end) = (node, self.document.next(node));
        while at < end {
            if self.hidden.binary_search(&at).is_ok() {
                MASK.hash(&mut hasher);
                at = self.document.next(at);
                continue;
            }
            match self.document.kind(at) {
                NodeKind::Scalar => self.document.token(at).hash(&mut hasher),
                kind => (kind == NodeKind::Array, self.document.next(at) - at).hash(&mut hasher),
            }
            at += 1;
        }
        hasher.finish()
    }
}

fn compare(sides: &[Side<'_>; 2], at: [usize; 2], pointer: &mut String, found: &mut Vec<String>) {
    let [old, new] = sides;
    if !old.hides_below(at[0]) {
        return;
    }
    let mut within = |name: &str, at: [usize; 2], found: &mut Vec<String>| {
        let length = pointer.len();
        pointer.push_str(&join_pointer("", name));
        compare(sides, at, pointer, found);
        pointer.truncate(length);
    };
    match (old.document.kind(at[0]), new.document.kind(at[1])) {
        (NodeKind::Object, NodeKind::Object) => {
            let values = new.document.by_name(at[1]);
            for (key, value) in old.document.members(at[0]) {
                let name = old.document.decoded(key);
                if let Some(there) = values.get(old.document.decoded_exactly(key).as_ref()) {
                    within(&name, [value, *there], found);
                }
            }
        }
        (NodeKind::Array, NodeKind::Array) => {
            let olds: Vec<usize> = old.document.elements(at[0]).collect();
            let news: Vec<usize> = new.document.elements(at[1]).collect();
            for (index, (value, there)) in olds.iter().zip(&news).enumerate() {
                within(&index.to_string(), [*value, *there], found);
            }
            let olds: Vec<(u64, bool)> = olds
                .iter()
                .map(|node| (old.shown(*node), old.hides_below(*node)))
                .collect();
            let news: Vec<u64> = news.iter().map(|node| new.shown(*node)).collect();
            let stays = |index: usize| {
                let old = olds.get(index).map(|(shown, _)| *shown);
                old.is_some() && old == news.get(index).copied()
            };
            // Those with hidden values that are not where they were.
            let left = olds.iter().enumerate();
            let left = left.filter(|(index, (_, hides))| *hides && !stays(*index));
            let left: std::collections::HashSet<u64> = left.map(|(_, (shown, _))| *shown).collect();
            for (index, shown) in news.iter().enumerate() {
                if !stays(index) && left.contains(shown) {
                    found.push(join_pointer(pointer, &index.to_string()));
                }
            }
        }
        _ => {}
    }
}
