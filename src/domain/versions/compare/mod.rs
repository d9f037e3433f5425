//! Compares two versions that do the same work: pairs their jobs, and gives a verdict on each pair. Versions run side by
//! side ("shadow runs") to see whether the new one behaves as the old one.

pub(crate) mod pair;
mod verdict;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::domain::job::JobId;
use crate::domain::json::{BadPointer, Document, check_pointer};

pub(crate) use pair::{Pair, PairKey, Ran};
pub(crate) use verdict::{Only, PairVerdict, Summary, same_value, summary};

/// The longest key on pages, in characters. Keys are compared whole.
const LONGEST_LABEL: usize = 100;

/// How the jobs of two versions are paired.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PairBy {
    /// By the same id, which the application chose.
    Id,
    /// By the same value at this JSON Pointer (RFC 6901) in the data.
    Pointer(String),
}

impl PairBy {
    /// Pairs by the value at `pointer`.
    pub fn pointer(pointer: &str) -> Result<Self, BadPointer> {
        check_pointer(pointer).map(|()| Self::Pointer(pointer.to_owned()))
    }
}

/// Why a job has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// BullMQ counted its id up, which means nothing in another queue.
    CountedId,
    /// Its data has no value at the pointer.
    Missing,
    /// Its data is not JSON, or nested too deep.
    NotJson,
    /// Its data is too large to be read.
    TooLarge,
}

/// The key of a job by its id. One that was counted up is not a key.
pub(crate) fn key_of_id(id: &JobId) -> Result<PairKey, NoKey> {
    let text = id.as_str();
    match id.is_counted() {
        true => Err(NoKey::CountedId),
        false => Ok(PairKey {
            value: text.as_bytes().to_vec(),
            label: cut(text),
        }),
    }
}

/// The key of a job by the value at `pointer` in its data.
pub(crate) fn key_in_data(data: &[u8], pointer: &str) -> Result<PairKey, NoKey> {
    let text = std::str::from_utf8(data).map_err(|_| NoKey::NotJson)?;
    let document = Document::parse(text).map_err(|_| NoKey::NotJson)?;
    match document.canonical_at(pointer) {
        Ok(Some((value, label))) => Ok(PairKey {
            value,
            label: cut(&label),
        }),
        Ok(None) => Err(NoKey::Missing),
        Err(_) => Err(NoKey::NotJson),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LABEL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// All pairs, and how many jobs were left out because a newer job of their own version has the same key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Paired {
    /// The pairs; what finished last comes first.
    pub pairs: Vec<Pair>,
    /// Jobs of the first version that were left out for a newer one.
    pub doubled_a: usize,
    /// Jobs of the second version that were left out for a newer one.
    pub doubled_b: usize,
}

/// Pairs jobs by their keys. Of several jobs of one version with the same key, the one that finished last counts.
pub(crate) fn pair(a: Vec<(PairKey, Ran)>, b: Vec<(PairKey, Ran)>) -> Paired {
    let (a, doubled_a) = newest_of_each(a);
    let (mut b, doubled_b) = newest_of_each(b);
    let mut pairs: Vec<Pair> = a
        .into_iter()
        .map(|(value, (label, ran))| Pair {
            label,
            a: Some(ran),
            b: b.remove(&value).map(|(_, ran)| ran),
        })
        .collect();
    pairs.extend(b.into_values().map(|(label, ran)| Pair {
        label,
        a: None,
        b: Some(ran),
    }));
    let finished = |pair: &Pair| {
        let of = |ran: &Option<Ran>| ran.as_ref().and_then(|ran| ran.times.finished);
        of(&pair.a).max(of(&pair.b))
    };
    pairs.sort_by(|x, y| {
        finished(y)
            .cmp(&finished(x))
            .then_with(|| x.label.cmp(&y.label))
    });
    Paired {
        pairs,
        doubled_a,
        doubled_b,
    }
}

type ByKey = HashMap<Vec<u8>, (String, Ran)>;

fn newest_of_each(jobs: Vec<(PairKey, Ran)>) -> (ByKey, usize) {
    let all = jobs.len();
    let mut newest = ByKey::with_capacity(all);
    for (key, ran) in jobs {
        match newest.entry(key.value) {
            Entry::Vacant(place) => {
                place.insert((key.label, ran));
            }
            Entry::Occupied(mut place) => {
                if ran.times.finished > place.get().1.times.finished {
                    place.insert((key.label, ran));
                }
            }
        }
    }
    let doubled = all - newest.len();
    (newest, doubled)
}

#[cfg(test)]
mod tests;
