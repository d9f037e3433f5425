//! What objects at one place have in common: their members, those that are never missing, or, where the names are ids, the
//! shape of all values.

use serde_json::{Map, Value};

use super::Budget;
use super::names::is_id;
use super::shape::Shape;

/// Objects with more different names than this are maps: their names are data.
const MOST_MEMBERS: usize = 100;

/// Objects whose names all look like ids are maps, from this many names on.
const FEWEST_IDS: usize = 3;

/// The objects seen at one place.
#[derive(Debug, Default)]
pub(super) struct Objects {
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
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(
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

    pub(super) fn merge(&mut self, other: Self) {
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

    pub(super) fn write(mut self, ranges: bool, schema: &mut Map<String, Value>) {
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
