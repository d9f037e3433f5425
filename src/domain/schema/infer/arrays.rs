//! What arrays at one place have in common: the shape of all their elements, and how many they have.

use serde_json::{Map, Value};

use super::Budget;
use super::shape::Shape;

/// The arrays seen at one place.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    count: u64,
    /// All their elements together; `None` if there are none.
    elements: Option<Box<Shape>>,
    /// There was no place left for the elements: nothing is said of them.
    any_elements: bool,
    sizes: Option<(usize, usize)>,
}

impl Arrays {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(
        &mut self,
        elements: &[Value],
        secret: bool,
        depth: usize,
        budget: &mut Budget<'_>,
    ) {
        self.count += 1;
        self.widen(elements.len(), elements.len());
        if elements.is_empty() || self.any_elements {
            return;
        }
        if self.elements.is_none() && !budget.takes_place() {
            self.any_elements = true;
            return;
        }
        let shape = self
            .elements
            .get_or_insert_with(|| Box::new(Shape::new(secret)));
        for element in elements {
            shape.add(element, depth + 1, budget);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.any_elements |= other.any_elements;
        if let Some((fewest, most)) = other.sizes {
            self.widen(fewest, most);
        }
        match (&mut self.elements, other.elements) {
            (Some(shape), Some(other)) => shape.merge(*other),
            (elements @ None, Some(other)) => *elements = Some(other),
            (_, None) => {}
        }
    }

    fn widen(&mut self, fewest: usize, most: usize) {
        let (from, to) = self.sizes.unwrap_or((fewest, most));
        self.sizes = Some((from.min(fewest), to.max(most)));
    }

    pub(super) fn write(self, ranges: bool, schema: &mut Map<String, Value>) {
        if let Some(shape) = self.elements.filter(|_| !self.any_elements) {
            schema.insert("items".to_owned(), shape.schema(ranges));
        }
        if let Some((fewest, most)) = self.sizes.filter(|_| ranges) {
            schema.insert("minItems".to_owned(), Value::from(fewest));
            schema.insert("maxItems".to_owned(), Value::from(most));
        }
    }
}
