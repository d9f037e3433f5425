//! What the values at one place have in common. Arrays and objects hold the shapes of what is in them, so that the three are one.

use serde_json::{Map, Value};

use super::budget::{Budget, DEEPEST};
use super::names::is_id;
use super::numbers::Numbers;
use super::strings::Strings;

/// Objects with more different names than this are maps: their names are data.
const MOST_MEMBERS: usize = 100;

/// Objects whose names all look like ids are maps, from this many names on.
const FEWEST_IDS: usize = 3;

/// The values seen at one place, by their types.
#[derive(Debug, Default)]
pub(super) struct Shape {
    nulls: u64,
    booleans: u64,
    numbers: Numbers,
    strings: Strings,
    arrays: Arrays,
    objects: Objects,
    /// Values were too deep to be looked at, so that nothing is said of any.
    anything: bool,
    /// The values are secrets, of which only the types are told.
    secret: bool,
}

impl Shape {
    /// Nothing seen yet.
    pub(super) fn new(secret: bool) -> Self {
        Self {
            secret,
            ..Self::default()
        }
    }

    /// Keeps its values out of the schema if `secret`.
    pub(super) fn hide_if(&mut self, secret: bool) {
        self.secret |= secret;
    }

    /// Learns from one more value at this place, so deep in its document.
    pub(super) fn add(&mut self, value: &Value, depth: usize, budget: &mut Budget<'_>) {
        let secret = self.secret;
        match value {
            _ if depth > DEEPEST => self.anything = true,
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) => self.numbers.add(&number.to_string()),
            Value::String(text) => self.strings.add(text),
            Value::Array(elements) => self.arrays.add(elements, secret, depth, budget),
            Value::Object(members) => self.objects.add(members, secret, depth, budget),
        }
    }

    /// Takes over what another shape has learned.
    pub(super) fn merge(&mut self, other: Shape) {
        self.nulls += other.nulls;
        self.booleans += other.booleans;
        self.numbers.merge(other.numbers);
        self.strings.merge(other.strings);
        self.arrays.merge(other.arrays);
        self.objects.merge(other.objects);
        self.anything |= other.anything;
        self.secret |= other.secret;
    }

    /// Its schema.
    pub(super) fn schema(self, ranges: bool) -> Value {
        let mut schema = Map::new();
        self.write(ranges, &mut schema);
        Value::Object(schema)
    }

    /// Writes the rules of its schema.
    pub(super) fn write(self, ranges: bool, schema: &mut Map<String, Value>) {
        if self.anything {
            return;
        }
        let types = self.types();
        let is_text = types.iter().all(|one| matches!(*one, "string" | "null"));
        match &types[..] {
            [] => return,
            [only] => schema.insert("type".to_owned(), Value::from(*only)),
            several => schema.insert("type".to_owned(), Value::from(several.to_vec())),
        };
        let ranges = ranges && !self.secret;
        if !self.secret {
            self.strings.write(ranges, is_text, self.nulls > 0, schema);
        }
        if ranges {
            self.numbers.write(schema);
        }
        self.arrays.write(ranges, schema);
        self.objects.write(ranges, schema);
    }

    fn types(&self) -> Vec<&'static str> {
        let seen = [
            ("object", self.objects.count()),
            ("array", self.arrays.count()),
            ("string", self.strings.count()),
            (self.numbers.kind(), self.numbers.count()),
            ("boolean", self.booleans),
            ("null", self.nulls),
        ];
        let seen = seen.into_iter().filter(|(_, count)| *count > 0);
        seen.map(|(name, _)| name).collect()
    }
}

/// The arrays seen at one place.
#[derive(Debug, Default)]
struct Arrays {
    count: u64,
    /// All their elements together; `None` if there are none.
    elements: Option<Box<Shape>>,
    /// There was no place left for the elements: nothing is said of them.
    any_elements: bool,
    sizes: Option<(usize, usize)>,
}

impl Arrays {
    fn count(&self) -> u64 {
        self.count
    }

    fn add(&mut self, elements: &[Value], secret: bool, depth: usize, budget: &mut Budget<'_>) {
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

    fn merge(&mut self, other: Self) {
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

    fn write(self, ranges: bool, schema: &mut Map<String, Value>) {
        if let Some(shape) = self.elements.filter(|_| !self.any_elements) {
            schema.insert("items".to_owned(), shape.schema(ranges));
        }
        if let Some((fewest, most)) = self.sizes.filter(|_| ranges) {
            schema.insert("minItems".to_owned(), Value::from(fewest));
            schema.insert("maxItems".to_owned(), Value::from(most));
        }
    }
}

/// The objects seen at one place.
#[derive(Debug, Default)]
struct Objects {
    count: u64,
    /// The members by their names, in the order in which they were seen first; none for maps.
    members: Vec<Member>,
    /// For maps, the shape of all values.
    values: Option<Box<Shape>>,
}

#[derive(Debug)]
struct Member {
    name: String,
    /// How many of the objects have it.
    count: u64,
    shape: Shape,
}

impl Objects {
    fn count(&self) -> u64 {
        self.count
    }

    fn add(
        &mut self,
        members: &Map<String, Value>,
        secret: bool,
        depth: usize,
        budget: &mut Budget<'_>,
    ) {
        self.count += 1;
        for (name, value) in members {
            if let Some(values) = &mut self.values {
                values.hide_if((budget.hides)(name));
                values.add(value, depth + 1, budget);
                continue;
            }
            let at = self.members.iter().position(|member| member.name == *name);
            let member = match at {
                Some(at) => &mut self.members[at],
                None if !budget.takes_place() => continue,
                None => {
                    let shape = Shape::new(secret || (budget.hides)(name));
                    self.members.push(Member {
                        name: name.clone(),
                        count: 0,
                        shape,
                    });
                    let last = self.members.len() - 1;
                    &mut self.members[last]
                }
            };
            member.count += 1;
            member.shape.add(value, depth + 1, budget);
            if self.members.len() > MOST_MEMBERS {
                self.become_map();
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        if other.values.is_some() {
            self.become_map();
        }
        if let (Some(values), Some(others)) = (&mut self.values, other.values) {
            values.merge(*others);
        }
        for member in other.members {
            if let Some(values) = &mut self.values {
                values.merge(member.shape);
                continue;
            }
            match self.members.iter_mut().find(|one| one.name == member.name) {
                Some(one) => {
                    one.count += member.count;
                    one.shape.merge(member.shape);
                }
                None => self.members.push(member),
            }
            if self.members.len() > MOST_MEMBERS {
                self.become_map();
            }
        }
    }

    fn become_map(&mut self) {
        let mut values = self.values.take().unwrap_or_default();
        for member in self.members.drain(..) {
            values.merge(member.shape);
        }
        self.values = Some(values);
    }

    /// Whether all names are ids. Names that all of several objects have were chosen, whatever they look like.
    fn has_ids(&self) -> bool {
        let are_chosen = self.count > 1 && self.members.iter().all(|one| one.count == self.count);
        !are_chosen
            && self.members.len() >= FEWEST_IDS
            && self.members.iter().all(|member| is_id(&member.name))
    }

    fn write(mut self, ranges: bool, schema: &mut Map<String, Value>) {
        if self.has_ids() {
            self.become_map();
        }
        if let Some(values) = self.values {
            schema.insert("additionalProperties".to_owned(), values.schema(ranges));
            return;
        }
        if self.members.is_empty() {
            return;
        }
        let always = self.members.iter().filter(|one| one.count == self.count);
        let required: Vec<Value> = always.map(|one| Value::from(&*one.name)).collect();
        let members = self.members.into_iter();
        let schemas = members.map(|member| (member.name, member.shape.schema(ranges)));
        let schemas: Map<String, Value> = schemas.collect();
        schema.insert("properties".to_owned(), Value::Object(schemas));
        if !required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(required));
        }
    }
}
