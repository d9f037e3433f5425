//! What texts at one place have in common: a format, a small set of values, their lengths.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::formats::Formats;

/// How many texts there must be before a format is more than chance.
const FEWEST_OF_FORMAT: u64 = 10;

/// How many texts there must be before their values are taken for all there are.
const FEWEST_OF_ENUM: u64 = 20;

/// How often each value must be there on average.
const EACH: u64 = 5;

/// How many values an `enum` may have.
const MOST_VALUES: usize = 10;

/// Longer texts are no values of an `enum`, in bytes.
const LONGEST_VALUE: usize = 40;

/// The texts seen at one place.
#[derive(Debug)]
pub(super) struct Strings {
    count: u64,
    formats: Formats,
    /// How often each value is there; `None` where there are too many.
    values: Option<BTreeMap<String, u64>>,
    /// The shortest and the longest length, in characters.
    lengths: Option<(usize, usize)>,
}

impl Default for Strings {
    fn default() -> Self {
        Self {
            count: 0,
            formats: Formats::default(),
            values: Some(BTreeMap::new()),
            lengths: None,
        }
    }
}

impl Strings {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(&mut self, text: &str) {
        self.count += 1;
        self.formats.narrow(text);
        self.count_value(text, 1);
        let length = text.chars().count();
        self.widen(length, length);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.formats.and(other.formats);
        match other.values {
            Some(values) => values
                .iter()
                .for_each(|(text, count)| self.count_value(text, *count)),
            None => self.values = None,
        }
        if let Some((shortest, longest)) = other.lengths {
            self.widen(shortest, longest);
        }
    }

    fn count_value(&mut self, text: &str, count: u64) {
        let Some(values) = &mut self.values else {
            return;
        };
        let is_full = text.len() > LONGEST_VALUE || values.len() == MOST_VALUES;
        match values.get_mut(text) {
            Some(seen) => *seen += count,
            None if is_full => self.values = None,
            None => {
                values.insert(text.to_owned(), count);
            }
        }
    }

    fn widen(&mut self, shortest: usize, longest: usize) {
        let (from, to) = self.lengths.unwrap_or((shortest, longest));
        self.lengths = Some((from.min(shortest), to.max(longest)));
    }

    /// Writes the format or the set of values, and the lengths. A set of values is only told where all values are texts, or
    /// null, and have no format that tells of many: a few dates or e-mail addresses are a sample of more.
    pub(super) fn write(
        &self,
        ranges: bool,
        is_text: bool,
        nullable: bool,
        schema: &mut Map<String, Value>,
    ) {
        if self.count == 0 {
            return;
        }
        let format = self.formats.name();
        let format = format.filter(|_| self.count >= FEWEST_OF_FORMAT);
        let is_open = format.is_some() && self.formats.is_open_ended();
        let is_set = is_text && !is_open && self.are_few();
        if let Some(values) = self.values.as_ref().filter(|_| is_set) {
            let mut options: Vec<Value> = values.keys().map(|text| Value::from(&**text)).collect();
            options.extend(nullable.then_some(Value::Null));
            schema.insert("enum".to_owned(), Value::Array(options));
            return;
        }
        if let Some(name) = format {
            schema.insert("format".to_owned(), Value::from(name));
        }
        if let Some((shortest, longest)) = self.lengths.filter(|_| ranges) {
            schema.insert("minLength".to_owned(), Value::from(shortest));
            schema.insert("maxLength".to_owned(), Value::from(longest));
        }
    }

    /// Whether a few values are there again and again.
    fn are_few(&self) -> bool {
        self.values.as_ref().is_some_and(|values| {
            let distinct = values.len() as u64;
            self.count >= FEWEST_OF_ENUM
                && self.count >= EACH * distinct
                && values.values().all(|count| *count > 1)
        })
    }
}
