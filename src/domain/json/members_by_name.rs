//! An object's members by name, in four bytes a member: an object may have a million of them.

use super::Document;

/// The members of one object by decoded name. Of several with one name, the last counts.
#[derive(Debug)]
pub(crate) struct Names<'d, 't> {
    document: &'d Document<'t>,
    /// The key nodes, sorted by name, each name once.
    keys: Vec<u32>,
    has_duplicates: bool,
}

impl<'t> Document<'t> {
    /// The members of the object at a node, sorted for lookup by name.
    pub(crate) fn names<'d>(&'d self, object: usize) -> Names<'d, 't> {
        // A document has fewer nodes than its text has bytes, and byte offsets fit in 32 bits.
        let mut keys: Vec<u32> = self.members(object).map(|(key, _)| key as u32).collect();
        let name = |key: u32| self.decoded(key as usize);
        keys.sort_by(|one, other| name(*one).cmp(&name(*other)).then(other.cmp(one)));
        let all = keys.len();
        keys.dedup_by(|later, kept| name(*later) == name(*kept));
        Names {
            document: self,
            has_duplicates: keys.len() < all,
            keys,
        }
    }
}

impl Names<'_, '_> {
    /// How many different names there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The node of the value with this name.
    pub(crate) fn get(&self, name: &str) -> Option<usize> {
        self.key(name).map(|key| key + 1)
    }

    /// Whether the member with this key counts: no later member has the same name.
    pub(crate) fn counts(&self, key: usize) -> bool {
        !self.has_duplicates || self.key(&self.document.decoded(key)) == Some(key)
    }

    /// The keys in the order of their names.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = usize> + '_ {
        self.keys.iter().map(|key| *key as usize)
    }

    fn key(&self, name: &str) -> Option<usize> {
        let by_name = |key: &u32| (*self.document.decoded(*key as usize)).cmp(name);
        let at = self.keys.binary_search_by(by_name).ok()?;
        Some(self.keys[at] as usize)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn members_are_found_by_what_their_names_stand_for_and_the_last_of_one_name_counts() {
        let document = Document::parse(r#"{"b":1,"\u0061":2,"c":3,"a":4}"#).unwrap();
        let names = document.names(0);
        let token = |name| names.get(name).map(|at| document.token(at));
        assert_eq!(
            (token("a"), token("b"), token("d")),
            (Some("4"), Some("1"), None)
        );
        assert_eq!(names.len(), 3);
        let counts: Vec<bool> = document
            .members(0)
            .map(|(key, _)| names.counts(key))
            .collect();
        assert_eq!(counts, [true, false, true, true]);
        let sorted: Vec<&str> = names.sorted().map(|key| document.token(key)).collect();
        assert_eq!(sorted, [r#""a""#, r#""b""#, r#""c""#]);
    }
}
