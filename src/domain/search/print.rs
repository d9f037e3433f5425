//! A query as text again, in one way for each meaning. Reading the text gives the same query.

use std::fmt::{self, Display, Formatter, Write};

use super::fields::Field;
use super::input::is_reserved;
use super::moment::duration_text;
use super::path::Step;
use super::syntax::{Check, Comparison, Expression, Kind, Literal, Operand, Term};
use crate::domain::json::decimal::Decimal;

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => join(f, parts, " and ", |part| matches!(part, Self::Any(_))),
            Self::Any(parts) => join(f, parts, " or ", |_| false),
            Self::Not(inner) => match **inner {
                Self::All(_) | Self::Any(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Term(term) => term.fmt(f),
        }
    }
}

fn join(
    f: &mut Formatter<'_>,
    parts: &[Expression],
    between: &str,
    needs_parentheses: impl Fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        match needs_parentheses(part) {
            true => write!(f, "({part})")?,
            false => part.fmt(f)?,
        }
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let (Field::Data, true, false, Check::Contains(text)) =
            (self.field, self.path.is_empty(), self.negated, &self.check)
        {
            return f.write_str(&quoted_unless(text, is_plain_term(text)));
        }
        f.write_str(self.field.name())?;
        self.path.iter().try_for_each(|step| step.fmt(f))?;
        let not = self.negated;
        match &self.check {
            Check::Exists => f.write_str(if not { " missing" } else { " exists" }),
            Check::Is(kind) => {
                let name: &str = Kind::into(*kind);
                write!(f, " is {}{name}", if not { "not " } else { "" })
            }
            Check::HasFormat(format) => {
                let name = format.name().unwrap_or_default();
                write!(f, " is {}{name}", if not { "not " } else { "" })
            }
            Check::Contains(text) => {
                let text = quoted_unless(text, is_plain(text) && !is_reserved(text));
                write!(f, " {} {text}", if not { "!~" } else { "~" })
            }
            Check::Equals(operands) => match &operands[..] {
                [one] => write!(f, " {} {}", if not { "!=" } else { "=" }, operand(one)),
                many => {
                    let all: Vec<String> = many.iter().map(operand).collect();
                    let not = if not { " not" } else { "" };
                    write!(f, "{not} in ({})", all.join(", "))
                }
            },
            Check::Compare(comparison, with) => {
                write!(f, " {} {}", comparison.sign(), operand(with))
            }
            Check::Between(from, to) => {
                write!(f, " between {} and {}", operand(from), operand(to))
            }
        }
    }
}

impl Comparison {
    /// As a query has it.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) if is_plain_name(name) => write!(f, ".{name}"),
            Self::Member(name) => write!(f, "[{}]", quoted(name)),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::AnyElement => f.write_str("[*]"),
        }
    }
}

pub(super) fn operand(operand: &Operand) -> String {
    match operand {
        Operand::State(state) => state.name().to_owned(),
        Operand::Group(group) => group.to_string(),
        Operand::Pattern(text) => quoted_unless(text, is_plain(text) && !is_reserved(text)),
        Operand::Time(moment) => moment.text(),
        Operand::Duration(millis) => duration_text(*millis),
        Operand::Literal(Literal::Null) => "null".to_owned(),
        Operand::Literal(Literal::Bool(value)) => value.to_string(),
        Operand::Literal(Literal::Number(digits)) => digits.clone(),
        Operand::Literal(Literal::Text(text)) => quoted_unless(text, is_plain_text(text)),
    }
}

/// Whether a text needs no quotes where a JSON value is expected: no other value is written so.
fn is_plain_text(text: &str) -> bool {
    let other = matches!(text, "true" | "false" | "null") || Decimal::parse(text).is_some();
    is_plain(text) && !is_reserved(text) && !other
}

/// Whether a text needs no quotes where a term is expected.
fn is_plain_term(text: &str) -> bool {
    let head = text.split(['.', ':']).next().unwrap_or_default();
    let starts = text.starts_with(|first: char| first.is_alphanumeric() || first == '_');
    is_plain(text) && starts && !is_reserved(text) && Field::named(head).is_none()
}

fn is_plain(text: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "_-./:@#%*+".contains(letter);
    !text.is_empty() && text.chars().all(plain)
}

/// Whether the name of a member needs no quotes.
fn is_plain_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "_-$@".contains(letter);
    !name.is_empty() && name.chars().all(plain)
}

fn quoted_unless(text: &str, plain: bool) -> String {
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            hidden if hidden.is_control() => {
                // A String takes everything.
                let _ = write!(quoted, "\\u{:04x}", u32::from(hidden));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
