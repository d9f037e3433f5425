//! A query as it was typed: terms, and how they are joined.

use super::fields::Field;
use super::moment::Moment;
use super::path::Step;
use crate::domain::failures::GroupId;
use crate::domain::job::JobState;
use crate::domain::text_format::TextFormat;

/// Terms and how they are joined. `All` of nothing wants every job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Term(Term),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) field: Field,
    /// Where in the field; empty for the whole of it, and for fields that are not JSON.
    pub(super) path: Vec<Step>,
    /// Whether the opposite is meant: `!=`, `!~`, `missing`, `not in`, `is not`.
    pub(super) negated: bool,
    pub(super) check: Check,
}

/// What is asked of a value. It holds if it holds for any of the values at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    Exists,
    Is(Kind),
    /// A text of this format.
    HasFormat(TextFormat),
    Contains(String),
    /// Equal to one of these.
    Equals(Vec<Operand>),
    Compare(Comparison, Operand),
    /// From the one up to the other, both included.
    Between(Operand, Operand),
}

/// The type of a JSON value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString, strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    Null,
    Object,
    Array,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with, by the kind of the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    State(JobState),
    Group(GroupId),
    /// A text in which `*` stands for any letters.
    Pattern(String),
    Time(Moment),
    /// In milliseconds.
    Duration(u64),
    Literal(Literal),
}

/// A JSON value that is neither an object nor an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    /// As it was typed: no digit is lost.
    Number(String),
    Text(String),
}
