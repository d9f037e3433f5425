//! Finds jobs by a query that a person types, a form builds and a link carries.
//!
//! [`Query::parse`] reads a query, or says what is wrong at which place. [`Query::matches`] decides whether a query wants a job,
//! from the fields that [`Query::needs`] names. Numbers are compared as exact decimals, and texts whatever their case.
//! Whatever a job holds (megabytes, 200,000 levels, no JSON, half characters), it is read in a bounded stack.

mod contains;
mod error;
mod evaluate;
mod fields;
pub mod form;
mod input;
mod json_check;
mod json_values;
mod moment;
mod operand;
mod operator;
mod parse;
mod path;
mod plan;
mod print;
#[cfg(test)]
mod properties;
mod query;
#[cfg(test)]
mod reference;
mod suggest;
mod syntax;
#[cfg(test)]
mod tests;

pub use error::QueryError;
pub use evaluate::Match;
pub use query::Query;
