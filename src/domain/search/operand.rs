//! Reads what a field is compared with, by the kind of the field.

use super::error::QueryError;
use super::fields::{Field, FieldKind};
use super::input::{Input, ends_value, is_reserved};
use super::moment::{Moment, take_duration};
use super::suggest::meant;
use super::syntax::{Literal, Operand};
use crate::domain::job::JobState;
use crate::domain::json::decimal::{Decimal, LARGEST_EXPONENT};

/// The most values in one list.
const MOST_VALUES: usize = 100;

/// Reads one value for a field, after the operator `after`.
pub(super) fn operand(
    input: &mut Input<'_>,
    field: Field,
    after: &str,
) -> Result<Operand, QueryError> {
    input.skip_blanks();
    match field.kind() {
        FieldKind::Time => return time(input, field, after),
        FieldKind::Duration => return duration(input, field, after),
        _ => {}
    }
    let from = input.at;
    let (text, quoted) = value(input, field, after)?;
    match field.kind() {
        FieldKind::State => state(input, from, &text).map(Operand::State),
        FieldKind::Group => match text.parse() {
            Ok(group) => Ok(Operand::Group(group)),
            Err(_) => Err(input.error(
                from,
                "The id of an error group has 12 hexadecimal digits, such as 0123456789ab.",
            )),
        },
        FieldKind::Number => match literal(input, from, text, quoted)? {
            number @ Literal::Number(_) => Ok(Operand::Literal(number)),
            _ => Err(input.error(from, format!("`{}` is a number, such as 3.", field.name()))),
        },
        FieldKind::Json => literal(input, from, text, quoted).map(Operand::Literal),
        _ => Ok(Operand::Pattern(text)),
    }
}

/// Reads a value that others can be less or more than.
pub(super) fn ordered(
    input: &mut Input<'_>,
    field: Field,
    after: &str,
) -> Result<Operand, QueryError> {
    input.skip_blanks();
    let from = input.at;
    match operand(input, field, after)? {
        Operand::Literal(Literal::Null | Literal::Bool(_)) => Err(input.error(
            from,
            "Only numbers and texts can be less or more than others.",
        )),
        operand => Ok(operand),
    }
}

/// Reads a text to look for.
pub(super) fn text(input: &mut Input<'_>, field: Field, after: &str) -> Result<String, QueryError> {
    input.skip_blanks();
    let from = input.at;
    let (text, _) = value(input, field, after)?;
    match text.is_empty() {
        true => Err(input.error(from, "There is no text in the quotes.")),
        false => Ok(text),
    }
}

/// Reads the list after `in`.
pub(super) fn list(input: &mut Input<'_>, field: Field) -> Result<Vec<Operand>, QueryError> {
    input.skip_blanks();
    let open = input.at;
    if !input.take("(") {
        let message = format!(
            "Write a list in parentheses after `in`: {}.",
            match field.kind() {
                FieldKind::State => "`state in (failed, delayed)`".to_owned(),
                _ => format!("`{} in (1, 2)`", field.name()),
            }
        );
        return Err(input.error_here(message));
    }
    let mut operands = Vec::new();
    loop {
        operands.push(operand(input, field, ",")?);
        input.skip_blanks();
        if operands.len() > MOST_VALUES {
            let message = format!("A list can have {MOST_VALUES} values.");
            return Err(input.error(open, message));
        }
        match input.peek() {
            Some(',') => input.at += 1,
            Some(')') => {
                input.at += 1;
                return Ok(operands);
            }
            None => {
                let message = "This list is not closed: write `)` after its last value.";
                return Err(QueryError::new(open..open + 1, message));
            }
            Some(_) => return Err(input.error_here("Write a comma between the values of a list.")),
        }
    }
}

/// Takes the value that is next, and whether it is in quotes.
fn value(input: &mut Input<'_>, field: Field, after: &str) -> Result<(String, bool), QueryError> {
    let from = input.at;
    if let Some(text) = input.take_quoted()? {
        return Ok((text, true));
    }
    let word = input.take_until(ends_value);
    if word.is_empty() {
        return Err(missing(input, field, after));
    }
    if let Some(next @ ('(' | '"')) = input.peek() {
        let message = format!("Put quotes around a text that holds {next}.");
        return Err(input.error(from, message));
    }
    if is_reserved(word) {
        let message = format!("`{word}` is a word of the query. Put quotes around it: \"{word}\".");
        return Err(input.error(from, message));
    }
    Ok((word.to_owned(), false))
}

fn missing(input: &Input<'_>, field: Field, after: &str) -> QueryError {
    let after = match after {
        "," => "in the list".to_owned(),
        after => format!("after `{after}`"),
    };
    let example = field.allowed();
    input.error_here(format!("A value is missing {after}. Examples: {example}."))
}

fn state(input: &Input<'_>, from: usize, text: &str) -> Result<JobState, QueryError> {
    let lower = text.to_ascii_lowercase();
    lower.parse().map_err(|_| {
        let names = JobState::KEPT.map(JobState::name);
        let meant = meant(&lower, names.into_iter());
        let meant = meant.map_or(String::new(), |name| format!(" Did you mean `{name}`?"));
        let names = names.join(", ");
        let message = format!("There is no state `{text}`.{meant} The states are {names}.");
        input.error(from, message)
    })
}

fn literal(
    input: &Input<'_>,
    from: usize,
    text: String,
    quoted: bool,
) -> Result<Literal, QueryError> {
    if quoted {
        return Ok(Literal::Text(text));
    }
    Ok(match (text.as_str(), Decimal::parse(&text)) {
        ("null", _) => Literal::Null,
        ("true", _) => Literal::Bool(true),
        ("false", _) => Literal::Bool(false),
        (_, Some(number)) => {
            if number.exponent().abs() > LARGEST_EXPONENT {
                let message = format!("The exponent of a number can be up to {LARGEST_EXPONENT}.");
                return Err(input.error(from, message));
            }
            Literal::Number(text)
        }
        _ => Literal::Text(text),
    })
}

fn time(input: &mut Input<'_>, field: Field, after: &str) -> Result<Operand, QueryError> {
    let from = input.at;
    let found = match input.take_quoted()? {
        Some(text) => {
            let mut inner = Input::new(&text);
            let moment = Moment::take(&mut inner);
            inner.skip_blanks();
            moment.filter(|_| inner.is_at_end())
        }
        None => Moment::take(input).filter(|_| input.peek().is_none_or(ends_value)),
    };
    if let Some(moment) = found {
        return Ok(Operand::Time(moment));
    }
    if input.at == from && input.take_until(ends_value).is_empty() {
        return Err(missing(input, field, after));
    }
    let word = &input.text[from..input.at];
    let ago = take_duration(&mut Input::new(word), false);
    let message = match ago {
        Some(_) => format!("Write `{word} ago` for a time."),
        None => "This is not a time. Write 2h ago, today, 2026-01-31, 2026-01-31 14:00 (UTC), 2026-01-31T14:00+01:00 or Unix milliseconds.".to_owned(),
    };
    Err(input.error(from, message))
}

fn duration(input: &mut Input<'_>, field: Field, after: &str) -> Result<Operand, QueryError> {
    let from = input.at;
    let found = match input.take_quoted()? {
        Some(text) => {
            let mut inner = Input::new(&text);
            let millis = take_duration(&mut inner, true);
            inner.skip_blanks();
            millis.filter(|_| inner.is_at_end())
        }
        None => take_duration(input, true).filter(|_| input.peek().is_none_or(ends_value)),
    };
    if let Some(millis) = found {
        return Ok(Operand::Duration(millis));
    }
    if input.at == from && input.take_until(ends_value).is_empty() {
        return Err(missing(input, field, after));
    }
    let message =
        "This is not a duration. Write 250ms, 30s, 1.5h, 2d, or a number of milliseconds.";
    Err(input.error(from, message))
}
