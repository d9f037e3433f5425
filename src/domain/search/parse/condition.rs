//! Reads what a term asks of its field: the operator and its operands.

use strum::VariantArray;

use super::Parser;
use crate::domain::search::error::QueryError;
use crate::domain::search::fields::{Field, FieldKind};
use crate::domain::search::input::ends_value;
use crate::domain::search::operand;
use crate::domain::search::operator::Operator;
use crate::domain::search::path::Step;
use crate::domain::search::syntax::{Check, Kind, Term};
use crate::domain::text_format::TextFormat;

impl Parser<'_> {
    /// What is asked of a field.
    pub(super) fn condition(
        &mut self,
        from: usize,
        field: Field,
        path: Vec<Step>,
    ) -> Result<Term, QueryError> {
        let name = &self.input.text[from..self.input.at];
        let before = self.input.at;
        let Some(operator) = Operator::take(&mut self.input) else {
            let allowed = field.allowed();
            let message = format!(
                "`{name}` is a field: write an operator after it, as in {allowed}. To look for the text, put it in quotes."
            );
            return Err(self.input.error(from, message));
        };
        let written = self.input.text[before..self.input.at].trim();
        if !is_allowed(field, operator) {
            let message = format!(
                "`{written}` can't be asked of `{}`. Allowed is {}.",
                field.name(),
                field.allowed()
            );
            let at = self.input.at - written.len()..self.input.at;
            return Err(QueryError::new(at, message));
        }
        let (negated, check) = self.check(field, operator, written)?;
        Ok(Term {
            field,
            path,
            negated,
            check,
        })
    }

    fn check(
        &mut self,
        field: Field,
        operator: Operator,
        written: &str,
    ) -> Result<(bool, Check), QueryError> {
        let input = &mut self.input;
        Ok(match operator {
            Operator::Exists => (false, Check::Exists),
            Operator::Missing => (true, Check::Exists),
            Operator::Contains { not } => {
                (not, Check::Contains(operand::text(input, field, written)?))
            }
            Operator::Equal { not } => {
                let operand = operand::operand(input, field, written)?;
                (not, Check::Equals(vec![operand]))
            }
            Operator::In { not } => (not, Check::Equals(operand::list(input, field)?)),
            Operator::Compare(comparison) => {
                let operand = operand::ordered(input, field, written)?;
                (false, Check::Compare(comparison, operand))
            }
            Operator::Between => {
                let first = operand::ordered(input, field, written)?;
                if !input.take_word("and") {
                    let message =
                        "Write `and` between both bounds: `data.amount between 1 and 10`.";
                    input.skip_blanks();
                    return Err(input.error_here(message));
                }
                let last = operand::ordered(input, field, "and")?;
                (false, Check::Between(first, last))
            }
            Operator::Is => {
                let not = input.take_word("not");
                input.skip_blanks();
                let from = input.at;
                let word = input.take_until(ends_value).to_ascii_lowercase();
                let check = type_or_format(&word).ok_or_else(|| {
                    let types = Kind::VARIANTS.iter().map(|kind| kind.into());
                    let types: Vec<&str> = types.collect();
                    let formats: Vec<&str> =
                        TextFormat::all_named().map(|(name, _)| name).collect();
                    let (types, formats) = (types.join(", "), formats.join(", "));
                    let allowed =
                        format!("The types are {types}; the formats of texts are {formats}.");
                    input.error(from, allowed)
                })?;
                (not, check)
            }
        })
    }
}

/// What `is` asks with a word after it.
fn type_or_format(word: &str) -> Option<Check> {
    match word.parse() {
        Ok(kind) => Some(Check::Is(kind)),
        Err(_) => TextFormat::named(word).map(Check::HasFormat),
    }
}

/// Whether an operator can be asked of a field.
fn is_allowed(field: Field, operator: Operator) -> bool {
    let kind = field.kind();
    match operator {
        Operator::Equal { .. } => kind != FieldKind::Texts,
        Operator::In { .. } => !matches!(
            kind,
            FieldKind::Texts | FieldKind::Time | FieldKind::Duration
        ),
        Operator::Contains { .. } => matches!(
            kind,
            FieldKind::Text | FieldKind::OptionalText | FieldKind::Texts | FieldKind::Json
        ),
        Operator::Compare(_) | Operator::Between => matches!(
            kind,
            FieldKind::Time | FieldKind::Number | FieldKind::Duration | FieldKind::Json
        ),
        Operator::Is => kind == FieldKind::Json,
        Operator::Exists | Operator::Missing => !matches!(
            kind,
            FieldKind::State | FieldKind::Text | FieldKind::Number | FieldKind::Group
        ),
    }
}
