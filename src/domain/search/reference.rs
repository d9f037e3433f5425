//! A second, plain matcher for the property tests: it reads a document whole, and does one thing after the other.

use std::cmp::Ordering;

use super::contains::fold;
use super::fields::Field;
use super::path::Step;
use super::syntax::{Check, Comparison, Expression, Kind, Literal, Operand, Term};
use crate::domain::job::field::{FieldValue, JobField, JobFields};
use crate::domain::json::{Document, NodeKind};

/// Whether a job is wanted; `None` if that can't be known. Terms about JSON documents alone.
pub(super) fn wanted(expression: &Expression, job: &JobFields<'_>) -> Option<bool> {
    match expression {
        Expression::All(parts) => {
            let all: Vec<_> = parts.iter().map(|part| wanted(part, job)).collect();
            match all.contains(&Some(false)) {
                true => Some(false),
                false => (!all.contains(&None)).then_some(true),
            }
        }
        Expression::Any(parts) => {
            let all: Vec<_> = parts.iter().map(|part| wanted(part, job)).collect();
            match all.contains(&Some(true)) {
                true => Some(true),
                false => (!all.contains(&None)).then_some(false),
            }
        }
        Expression::Not(inner) => wanted(inner, job).map(|yes| !yes),
        Expression::Term(term) => term_holds(term, job).map(|yes| yes != term.negated),
    }
}

fn term_holds(term: &Term, job: &JobFields<'_>) -> Option<bool> {
    let field = match term.field {
        Field::Data => JobField::Data,
        Field::ReturnValue => JobField::ReturnValue,
        _ => JobField::Options,
    };
    let bytes = match job.get(field) {
        FieldValue::Absent => return Some(false),
        FieldValue::TooLarge(_) => {
            return (term.path.is_empty() && term.check == Check::Exists).then_some(true);
        }
        FieldValue::Bytes(bytes) => bytes,
    };
    let text = String::from_utf8_lossy(bytes);
    let is_text = std::str::from_utf8(bytes).is_ok();
    let document = Document::parse(&text).ok().filter(|_| is_text);
    match (document, term.path.is_empty(), &term.check) {
        (_, true, Check::Exists) => Some(true),
        (None, true, Check::Contains(part)) => Some(fold(&text).contains(&fold(part))),
        (None, _, _) => None,
        (Some(document), _, check) => {
            let values = values(&document, vec![0], &term.path);
            Some(values.iter().any(|at| holds(&document, *at, check)))
        }
    }
}

/// The nodes at the end of a path.
fn values(document: &Document<'_>, from: Vec<usize>, path: &[Step]) -> Vec<usize> {
    let Some((step, rest)) = path.split_first() else {
        return from;
    };
    let mut next = Vec::new();
    for at in from {
        match (step, document.kind(at)) {
            (Step::Member(name), NodeKind::Object) => {
                next.extend(document.by_name(at).get(name.as_bytes()));
            }
            (Step::Index(index), NodeKind::Array) => next.extend(document.elements(at).nth(*index)),
            (Step::AnyElement, NodeKind::Array) => next.extend(document.elements(at)),
            _ => {}
        }
    }
    values(document, next, rest)
}

fn holds(document: &Document<'_>, at: usize, check: &Check) -> bool {
    let order = |operand: &Operand| order(document, at, operand);
    match check {
        Check::Exists => true,
        Check::Is(kind) => kind_of(document, at) == *kind,
        Check::HasFormat(format) => {
            kind_of(document, at) == Kind::String && format.fits(&document.decoded(at))
        }
        Check::Contains(part) => texts(document, at)
            .iter()
            .any(|text| fold(text).contains(&fold(part))),
        Check::Equals(operands) => operands
            .iter()
            .any(|one| order(one) == Some(Ordering::Equal)),
        Check::Compare(comparison, with) => match (order(with), comparison) {
            (None, _) => false,
            (Some(order), Comparison::Less) => order == Ordering::Less,
            (Some(order), Comparison::LessOrEqual) => order != Ordering::Greater,
            (Some(order), Comparison::Greater) => order == Ordering::Greater,
            (Some(order), Comparison::GreaterOrEqual) => order != Ordering::Less,
        },
        Check::Between(from, to) => {
            matches!(order(from), Some(Ordering::Greater | Ordering::Equal))
                && matches!(order(to), Some(Ordering::Less | Ordering::Equal))
        }
    }
}

/// The texts in which another is looked for.
fn texts(document: &Document<'_>, at: usize) -> Vec<String> {
    match kind_of(document, at) {
        Kind::String => vec![document.decoded(at).into_owned()],
        Kind::Object | Kind::Array => {
            let strings =
                (at..document.next(at)).filter(|one| document.token(*one).starts_with('"'));
            let mut texts: Vec<_> = strings
                .map(|one| document.decoded(one).into_owned())
                .collect();
            texts.push(document.token(at).to_owned());
            texts
        }
        _ => vec![document.token(at).to_owned()],
    }
}

fn kind_of(document: &Document<'_>, at: usize) -> Kind {
    match (document.kind(at), document.token(at)) {
        (NodeKind::Object, _) => Kind::Object,
        (NodeKind::Array, _) => Kind::Array,
        (_, "null") => Kind::Null,
        (_, "true" | "false") => Kind::Boolean,
        (_, text) if text.starts_with('"') => Kind::String,
        _ => Kind::Number,
    }
}

fn order(document: &Document<'_>, at: usize, operand: &Operand) -> Option<Ordering> {
    let Operand::Literal(literal) = operand else {
        return None;
    };
    let token = document.token(at);
    match (literal, kind_of(document, at)) {
        (Literal::Null, Kind::Null) => Some(Ordering::Equal),
        (Literal::Bool(value), Kind::Boolean) => {
            (token == value.to_string()).then_some(Ordering::Equal)
        }
        (Literal::Number(number), Kind::Number) => Some(as_whole(token).cmp(&as_whole(number))),
        (Literal::Text(text), Kind::String) => {
            Some((*document.decoded_exactly(at)).cmp(text.as_bytes()))
        }
        _ => None,
    }
}

/// A number times ten to the power of 1,100, written out: its sign, how many digits it has, and its digits, all the other way
/// round if it is less than 0.
fn as_whole(number: &str) -> (i64, Vec<u8>) {
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let zeros = 1_100 + exponent - fraction.len() as i64;
    let digits = format!("{whole}{fraction}{}", "0".repeat(zeros.max(0) as usize));
    let digits: Vec<u8> = digits.trim_start_matches('0').bytes().collect();
    let length = sign * digits.len() as i64;
    let digits = digits
        .iter()
        .map(|digit| if sign < 0 { b'9' - digit } else { *digit });
    (length, digits.collect())
}
