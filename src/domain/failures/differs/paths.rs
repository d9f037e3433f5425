//! Where a field is in data: its names from the outermost on, with every element of an array alike.

use std::fmt;

/// A step to a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathStep {
    /// The member with this name.
    Member(String),
    /// Any element of an array.
    Element,
}

/// Where a field is; no steps for the data itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FieldPath(pub Vec<PathStep>);

impl FieldPath {
    /// The path with one more step.
    pub(super) fn then(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Whether the field is inside another.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }
}

/// As people write it: `lines[*].quantity`, and `data` for the data itself.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("data");
        }
        for (at, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Element => f.write_str("[*]")?,
                PathStep::Member(name) if is_plain(name) && at == 0 => f.write_str(name)?,
                PathStep::Member(name) if is_plain(name) => write!(f, ".{name}")?,
                PathStep::Member(name) => write!(f, "[{name:?}]")?,
            }
        }
        Ok(())
    }
}

pub(super) fn is_plain(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || "_-$@".contains(letter);
    !name.is_empty() && name.chars().all(is_letter)
}
