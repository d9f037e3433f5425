//! What is noted of the data of jobs: for each field, the values that each job has there. Everything is bounded.

use std::collections::BTreeMap;

use super::paths::{FieldPath, PathStep};
use crate::domain::json::{Document, NodeKind};

/// The deepest nesting of fields that are looked at.
const DEEPEST: usize = 12;

/// How many elements of an array are looked at.
const ELEMENTS: usize = 30;

/// How many values of one job are looked at.
const OF_JOB: usize = 500;

/// How many fields a sample has; further ones are left out.
const FIELDS: usize = 1_000;

/// How many values a sample has in all.
const VALUES: usize = 150_000;

/// The longest text of which the value is kept, in bytes; of a longer one only the type and what it begins with.
const LONGEST: usize = 200;

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JsonType {
    /// A text.
    String,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An object.
    Object,
    /// An array.
    Array,
    /// Null.
    Null,
}

/// A value of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: JsonType,
    /// As it is written, if that is short and no object or array.
    pub(super) token: Option<String>,
    /// The text of a string, if that is short.
    pub(super) text: Option<String>,
}

/// Jobs of one sample, and the values that they have, by field. Jobs are numbered in the order in which they were added.
#[derive(Debug, Default)]
pub struct Sample {
    pub(super) jobs: usize,
    pub(super) fields: BTreeMap<FieldPath, Vec<(usize, Value)>>,
    values: usize,
    unreadable: usize,
}

impl Sample {
    /// Adds a job with its data, unless the data is no JSON or the sample is full.
    pub fn add(&mut self, data: &[u8]) {
        let text = std::str::from_utf8(data).ok();
        let Some(document) = text.and_then(|text| Document::parse(text).ok()) else {
            self.unreadable += 1;
            return;
        };
        if self.values >= VALUES {
            return;
        }
        let mut noting = Noting {
            sample: self,
            room: OF_JOB,
        };
        noting.note(&document, 0, &FieldPath::default());
        self.jobs += 1;
    }

    /// Notes a job whose data was not read, because it is too large or not there.
    pub fn add_unread(&mut self) {
        self.unreadable += 1;
    }

    /// How many jobs it has.
    pub fn jobs(&self) -> usize {
        self.jobs
    }

    /// How many jobs were left out because their data can't be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The values at a field.
    pub(super) fn at(&self, path: &FieldPath) -> &[(usize, Value)] {
        self.fields.get(path).map_or(&[], Vec::as_slice)
    }

    /// How many jobs have a value at a field that `fits`.
    pub(super) fn count(&self, path: &FieldPath, fits: impl Fn(&Value) -> bool) -> usize {
        let mut last = None;
        let fitting = self.at(path).iter().filter(|(_, value)| fits(value));
        fitting
            .filter(|(job, _)| last.replace(*job) != Some(*job))
            .count()
    }
}

/// The values of one job that are being noted.
struct Noting<'a> {
    sample: &'a mut Sample,
    room: usize,
}

impl Noting<'_> {
    fn note(&mut self, document: &Document<'_>, node: usize, path: &FieldPath) {
        if self.room == 0 {
            return;
        }
        self.room -= 1;
        let value = value(document, node);
        self.keep(path, value);
        if path.0.len() >= DEEPEST {
            return;
        }
        match document.kind(node) {
            NodeKind::Scalar => {}
            NodeKind::Array => {
                let path = path.then(PathStep::Element);
                for element in document.elements(node).take(ELEMENTS) {
                    self.note(document, element, &path);
                }
            }
            NodeKind::Object => {
                for (key, member) in document.members(node).take(OF_JOB) {
                    let name = document.decoded(key);
                    if name.len() <= LONGEST {
                        self.note(
                            document,
                            member,
                            &path.then(PathStep::Member(name.into_owned())),
                        );
                    }
                }
            }
        }
    }

    fn keep(&mut self, path: &FieldPath, value: Value) {
        let job = self.sample.jobs;
        let has_room = self.sample.fields.len() < FIELDS;
        match self.sample.fields.get_mut(path) {
            Some(values) => values.push((job, value)),
            None if has_room => {
                self.sample.fields.insert(path.clone(), vec![(job, value)]);
            }
            None => return,
        }
        self.sample.values += 1;
    }
}

fn value(document: &Document<'_>, node: usize) -> Value {
    let token = document.token(node);
    let kind = match token.as_bytes().first() {
        Some(b'{') => JsonType::Object,
        Some(b'[') => JsonType::Array,
        Some(b'"') => JsonType::String,
        Some(b't' | b'f') => JsonType::Boolean,
        Some(b'n') => JsonType::Null,
        _ => JsonType::Number,
    };
    let is_scalar = !matches!(kind, JsonType::Object | JsonType::Array);
    let is_short = is_scalar && token.len() <= LONGEST;
    Value {
        kind,
        token: is_short.then(|| token.to_owned()),
        text: (is_short && kind == JsonType::String).then(|| document.decoded(node).into_owned()),
    }
}
