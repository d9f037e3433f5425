//! The form of a search: plain controls that make a query's text, and are filled from a query that they can express.

#[cfg(test)]
mod tests;

use strum::VariantArray;

use super::fields::{Field, FieldKind};
use super::moment::Moment;
use super::print::{operand, quoted};
use super::query::Query;
use super::syntax::{Check, Comparison, Expression, Kind, Literal, Operand, Term};
use crate::domain::job::JobState;
use crate::domain::json::decimal::Decimal;
use crate::domain::text_format::TextFormat;

/// How many conditions on the data a form has.
pub const CONDITIONS: usize = 5;

/// What the form of a search holds, each as it was typed. What is empty is not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchForm {
    /// The states, all of which may be.
    pub states: Vec<JobState>,
    /// The name, with `*` for any characters.
    pub name: String,
    /// The id, with `*` for any characters.
    pub id: String,
    /// A part of the error.
    pub error: String,
    /// A text anywhere in the data.
    pub text: String,
    /// The first moment at which the jobs were added: a time, or how long ago.
    pub added_from: String,
    /// The last.
    pub added_to: String,
    /// The first moment at which the jobs finished.
    pub finished_from: String,
    /// The last.
    pub finished_to: String,
    /// What is asked of values in the data, up to [`CONDITIONS`].
    pub conditions: Vec<Condition>,
}

/// What is asked of the values at a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The path, such as `data.user.id`. The `data.` may be left out.
    pub path: String,
    /// One of [`operators`].
    pub operator: String,
    /// What the values are compared with, without quotes unless a number is meant as a text.
    pub value: String,
}

/// The operators that a condition can have, and their words.
pub fn operators() -> Vec<(String, String)> {
    let plain = [
        ("=", "is"),
        ("!=", "is not"),
        ("~", "contains"),
        ("!~", "does not contain"),
        (">", "more than"),
        (">=", "at least"),
        ("<", "less than"),
        ("<=", "at most"),
        ("exists", "exists"),
        ("missing", "is missing"),
    ];
    let plain = plain.map(|(operator, words)| (operator.to_owned(), words.to_owned()));
    let types = Kind::VARIANTS.iter().map(|kind| {
        let name: &str = kind.into();
        (format!("is {name}"), format!("is of type {name}"))
    });
    let formats = TextFormat::all_named().flat_map(|(name, format)| {
        ["is", "is not"].map(|is| (format!("{is} {name}"), format!("{is} {}", format.words())))
    });
    plain.into_iter().chain(types).chain(formats).collect()
}

impl SearchForm {
    /// The query's text. What was typed may make it wrong, which reading it says.
    pub fn query_text(&self) -> String {
        let mut terms = Vec::new();
        let states: Vec<&str> = self.states.iter().map(|state| state.name()).collect();
        match &states[..] {
            [] => {}
            [one] => terms.push(format!("state = {one}")),
            many => terms.push(format!("state in ({})", many.join(", "))),
        }
        for (field, text) in [
            ("name =", &self.name),
            ("id =", &self.id),
            ("error ~", &self.error),
            ("data ~", &self.text),
            ("added >=", &self.added_from),
            ("added <=", &self.added_to),
            ("finished >=", &self.finished_from),
            ("finished <=", &self.finished_to),
        ] {
            let text = text.trim();
            if !text.is_empty() {
                terms.push(format!("{field} {}", quoted(text)));
            }
        }
        let conditions = self.conditions.iter();
        terms.extend(conditions.filter_map(Condition::query_text));
        let text = terms.join(" and ");
        // In one way, where it can be read.
        Query::parse(&text).map_or(text, |query| query.text())
    }

    /// The form filled with a query; `None` if it can't express it.
    pub fn of(query: &Query) -> Option<Self> {
        let one = std::slice::from_ref(query.expression());
        let parts = match query.expression() {
            Expression::All(parts) => parts,
            _ => one,
        };
        let mut form = Self::default();
        for part in parts {
            match part {
                Expression::Term(term) => form.add(term)?,
                _ => return None,
            }
        }
        Some(form)
    }

    /// Puts a term into the control for it, if that is still empty.
    fn add(&mut self, term: &Term) -> Option<()> {
        if term.field.kind() == FieldKind::Json && !term.path.is_empty() {
            let condition = Condition::of(term)?;
            self.conditions.push(condition);
            return (self.conditions.len() <= CONDITIONS).then_some(());
        }
        let (place, text) = match (term.field, term.negated, &term.check) {
            (Field::State, false, Check::Equals(operands)) if self.states.is_empty() => {
                self.states = operands.iter().filter_map(state_of).collect();
                return Some(());
            }
            (Field::Name, false, Check::Equals(all)) => (&mut self.name, pattern(all)?),
            (Field::Id, false, Check::Equals(all)) => (&mut self.id, pattern(all)?),
            (Field::Error, false, Check::Contains(text)) => (&mut self.error, text.clone()),
            (Field::Data, false, Check::Contains(text)) => (&mut self.text, text.clone()),
            (field, false, Check::Compare(comparison, Operand::Time(at))) => {
                let place = match (field, comparison) {
                    (Field::Added, Comparison::GreaterOrEqual) => &mut self.added_from,
                    (Field::Added, Comparison::LessOrEqual) => &mut self.added_to,
                    (Field::Finished, Comparison::GreaterOrEqual) => &mut self.finished_from,
                    (Field::Finished, Comparison::LessOrEqual) => &mut self.finished_to,
                    _ => return None,
                };
                (place, Moment::text(*at))
            }
            _ => return None,
        };
        // What has blanks around it would lose them.
        let fits = place.is_empty() && text.trim() == text;
        fits.then(|| *place = text)
    }
}

fn state_of(operand: &Operand) -> Option<JobState> {
    match operand {
        Operand::State(state) => Some(*state),
        _ => None,
    }
}

fn pattern(operands: &[Operand]) -> Option<String> {
    match operands {
        [Operand::Pattern(pattern)] => Some(pattern.clone()),
        _ => None,
    }
}

impl Condition {
    /// The condition as a term; `None` if it has no path.
    fn query_text(&self) -> Option<String> {
        let (path, operator, value) = (self.path.trim(), self.operator.trim(), self.value.trim());
        if path.is_empty() {
            return None;
        }
        let path = [path.to_owned(), format!("data.{path}")]
            .into_iter()
            .find(|path| is_path(path))
            .unwrap_or_else(|| format!("data[{}]", quoted(path)));
        let value = match operator {
            "exists" | "missing" => String::new(),
            operator if operator.starts_with("is ") => String::new(),
            "~" | "!~" => quoted(value),
            _ if is_literal(value) || is_quoted(value) => value.to_owned(),
            _ => quoted(value),
        };
        Some(format!("{path} {operator} {value}").trim_end().to_owned())
    }

    fn of(term: &Term) -> Option<Self> {
        let not = term.negated;
        let (operator, value) = match &term.check {
            Check::Exists => (
                (if not { "missing" } else { "exists" }).to_owned(),
                String::new(),
            ),
            Check::Is(kind) if !not => {
                let name: &str = kind.into();
                (format!("is {name}"), String::new())
            }
            Check::HasFormat(format) => {
                let is = if not { "is not" } else { "is" };
                (format!("{is} {}", format.name()?), String::new())
            }
            Check::Contains(text) if text.trim() == text => {
                ((if not { "!~" } else { "~" }).to_owned(), text.clone())
            }
            Check::Equals(operands) => match &operands[..] {
                [one] => ((if not { "!=" } else { "=" }).to_owned(), typed(one)),
                _ => return None,
            },
            Check::Compare(comparison, with) => (comparison.sign().to_owned(), typed(with)),
            _ => return None,
        };
        let steps = term.path.iter().map(ToString::to_string);
        let path = format!("{}{}", term.field.name(), steps.collect::<String>());
        Some(Self {
            path,
            operator,
            value,
        })
    }
}

/// A value as a person would type it into the form.
fn typed(value: &Operand) -> String {
    match value {
        Operand::Literal(Literal::Text(text))
            if !is_literal(text)
                && !text.is_empty()
                && text.trim() == text
                && !text.starts_with(['"', '\'']) =>
        {
            text.clone()
        }
        Operand::Literal(Literal::Text(text)) => quoted(text),
        other => operand(other),
    }
}

/// Whether a text is another value than a text.
fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false" | "null") || Decimal::parse(text).is_some()
}

/// Whether a text is one text in quotes.
fn is_quoted(text: &str) -> bool {
    let query = Query::parse(&format!("data = {text}"));
    text.starts_with(['"', '\''])
        && query.is_ok_and(|query| matches!(query.expression(), Expression::Term(_)))
}

/// Whether a text is a path, and nothing more.
fn is_path(text: &str) -> bool {
    let query = Query::parse(&format!("{text} exists"));
    query.is_ok_and(|query| {
        matches!(query.expression(), Expression::Term(term)
            if term.check == Check::Exists && !term.negated && !term.path.is_empty())
    })
}
