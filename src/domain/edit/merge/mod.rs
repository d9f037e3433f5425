//! Merges two edits of one document if they do not touch the same places.
//!
//! While an operator edits, a worker or a colleague may have stored something else. The merge goes by structure, member by
//! member. Its result is built from tokens of the three texts, so that every digit and escape stays as it was written. If
//! both sides changed the same place, the merge reports that place and decides nothing.

use crate::domain::json::{Document, MAX_EDIT_DEPTH, NodeKind, join_pointer, pretty_or_raw};

/// The outcome of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Merge {
    /// Both edits in one document, pretty-printed.
    Clean(String),
    /// The JSON Pointers of the places that both sides changed, in the order of the text; never empty.
    Conflict(Vec<String>),
}

/// Merges `theirs` (what is stored now) and `mine` (what the operator wrote), both made from `base`.
///
/// Objects are merged by member: `theirs` gives the order, and members that only `mine` has come last. Arrays of equal
/// length are merged by position. Other arrays, objects with a duplicate name, and anything deeper than [`MAX_EDIT_DEPTH`]
/// are a conflict if both sides changed them.
pub(crate) fn merge(base: &Document<'_>, theirs: &Document<'_>, mine: &Document<'_>) -> Merge {
    let mut joining = Joining {
        base,
        theirs,
        mine,
        merged: String::new(),
        conflicts: Vec::new(),
    };
    joining.value(
        Three {
            base: 0,
            theirs: 0,
            mine: 0,
        },
        "",
        0,
    );
    if joining.conflicts.is_empty() {
        Merge::Clean(pretty_or_raw(&joining.merged))
    } else {
        Merge::Conflict(joining.conflicts)
    }
}

/// The nodes at the same place in the three documents.
#[derive(Clone, Copy)]
struct Three {
    base: usize,
    theirs: usize,
    mine: usize,
}

struct Joining<'d> {
    base: &'d Document<'d>,
    theirs: &'d Document<'d>,
    mine: &'d Document<'d>,
    /// The merged text so far; useless once there is a conflict.
    merged: String,
    conflicts: Vec<String>,
}

impl<'d> Joining<'d> {
    fn value(&mut self, at: Three, pointer: &str, depth: usize) {
        let Three { base, theirs, mine } = at;
        let mine_unchanged = self.base.same_at(base, self.mine, mine);
        if mine_unchanged || self.theirs.same_at(theirs, self.mine, mine) {
            return self.take(self.theirs, theirs);
        }
        if self.base.same_at(base, self.theirs, theirs) {
            return self.take(self.mine, mine);
        }
        let each = [(self.base, base), (self.theirs, theirs), (self.mine, mine)];
        let all = |kind| {
            each.iter()
                .all(|(document, node)| document.kind(*node) == kind)
        };
        if depth < MAX_EDIT_DEPTH && all(NodeKind::Array) {
            self.array(at, pointer, depth);
        } else if depth < MAX_EDIT_DEPTH
            && all(NodeKind::Object)
            && !each
                .iter()
                .any(|(document, node)| document.has_duplicates(*node))
        {
            self.object(at, pointer, depth);
        } else {
            self.conflicts.push(pointer.to_owned());
        }
    }

    fn array(&mut self, at: Three, pointer: &str, depth: usize) {
        let [base, theirs, mine] = [
            self.base.elements(at.base),
            self.theirs.elements(at.theirs),
            self.mine.elements(at.mine),
        ]
        .map(Iterator::collect::<Vec<_>>);
        let before = self.conflicts.len();
        self.merged.push('[');
        if base.len() == theirs.len() && base.len() == mine.len() {
            for index in 0..base.len() {
                self.comma('[');
                let at = Three {
                    base: base[index],
                    theirs: theirs[index],
                    mine: mine[index],
                };
                self.value(at, "", depth + 1);
            }
        } else {
            self.conflicts.push(String::new());
        }
        self.merged.push(']');
        // Positions say little about which elements belong together, so the whole array is the conflict.
        if self.conflicts.len() > before {
            self.conflicts.truncate(before);
            self.conflicts.push(pointer.to_owned());
        }
    }

    fn object(&mut self, at: Three, pointer: &str, depth: usize) {
        let in_base = self.base.by_name(at.base);
        let in_theirs = self.theirs.by_name(at.theirs);
        let in_mine = self.mine.by_name(at.mine);
        self.merged.push('{');
        for (key, theirs) in self.theirs.members(at.theirs) {
            let name = self.theirs.decoded_exactly(key);
            let place = join_pointer(pointer, &self.theirs.decoded(key));
            match (in_base.get(&name).copied(), in_mine.get(&name).copied()) {
                (Some(base), Some(mine)) => {
                    self.key(self.theirs, key);
                    self.value(Three { base, theirs, mine }, &place, depth + 1);
                }
                (Some(base), None) if self.base.same_at(base, self.theirs, theirs) => {}
                (None, Some(mine)) if !self.theirs.same_at(theirs, self.mine, mine) => {
                    self.conflicts.push(place)
                }
                (Some(_), None) => self.conflicts.push(place),
                (None, _) => {
                    self.key(self.theirs, key);
                    self.take(self.theirs, theirs);
                }
            }
        }
        for (key, mine) in self.mine.members(at.mine) {
            let name = self.mine.decoded_exactly(key);
            if in_theirs.contains_key(&name) {
                continue;
            }
            match in_base.get(&name) {
                Some(&base) if self.base.same_at(base, self.mine, mine) => {}
                Some(_) => self
                    .conflicts
                    .push(join_pointer(pointer, &self.mine.decoded(key))),
                None => {
                    self.key(self.mine, key);
                    self.take(self.mine, mine);
                }
            }
        }
        self.merged.push('}');
    }

    fn key(&mut self, document: &Document<'_>, key: usize) {
        self.comma('{');
        self.merged.push_str(document.token(key));
        self.merged.push(':');
    }

    /// Adds a comma, unless the next member is the first within the bracket.
    fn comma(&mut self, bracket: char) {
        if !self.merged.ends_with(bracket) {
            self.merged.push(',');
        }
    }

    fn take(&mut self, document: &Document<'_>, node: usize) {
        self.merged.push_str(&document.compact_at(node));
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
