//! Reads a term: a field with its condition, or a text to look for.

use strum::VariantArray;

use super::Parser;
use crate::domain::search::error::QueryError;
use crate::domain::search::fields::{Field, FieldKind};
use crate::domain::search::input::{ends_value, is_reserved};
use crate::domain::search::operator::Operator;
use crate::domain::search::suggest::meant;
use crate::domain::search::syntax::{Check, Term};

impl<'t> Parser<'t> {
    pub(super) fn term(&mut self) -> Result<Term, QueryError> {
        let from = self.input.at;
        if let Some(text) = self.input.take_quoted()? {
            return self.anywhere(from, text, true);
        }
        let ahead = self
            .input
            .clone()
            .take_until(|it| !it.is_ascii_alphabetic());
        let json = Field::named(ahead).filter(|field| field.kind() == FieldKind::Json);
        let next = &self.input.rest()[ahead.len()..];
        if let Some(field) = json.filter(|_| next.starts_with(['.', '['])) {
            self.input.at += ahead.len();
            let path = self.path()?;
            return self.condition(from, field, path);
        }
        let word = self.word();
        if word.is_empty() {
            let message = "Write a field before an operator: `data.amount > 100`.";
            let mut input = self.input.clone();
            Operator::take(&mut input);
            return Err(input.error(from, message));
        }
        match Field::named(word) {
            Some(field) => self.condition(from, field, Vec::new()),
            None => self.anywhere(from, word.to_owned(), false),
        }
    }

    /// Takes a word that ends at an operator, too.
    fn word(&mut self) -> &'t str {
        let from = self.input.at;
        while let Some(letter) = self.input.peek() {
            if ends_value(letter) || Operator::begins_at(self.input.rest()) {
                break;
            }
            self.input.at += letter.len_utf8();
        }
        &self.input.text[from..self.input.at]
    }

    /// A text that is looked for anywhere in the data.
    fn anywhere(&self, from: usize, text: String, quoted: bool) -> Result<Term, QueryError> {
        let input = &self.input;
        let here = input.at;
        let operator = Operator::take(&mut input.clone());
        if operator.is_some() {
            let message = match quoted {
                true => "A field is written without quotes. Fields of the data begin with `data`: `data[\"odd name\"] = 1`.".to_owned(),
                false => no_such_field(&text),
            };
            return Err(QueryError::new(from..here, message));
        }
        if text.is_empty() {
            return Err(input.error(from, "There is no text in the quotes."));
        }
        if !quoted {
            self.check_bare(from, &text)?;
        }
        if let Some(next) = input.peek().filter(|next| matches!(next, '"' | '(' | '\'')) {
            let message = format!(
                "Put a blank before {next}, or quotes around the whole text if it holds {next}."
            );
            return Err(QueryError::new(from..here, message));
        }
        Ok(Term {
            field: Field::Data,
            path: Vec::new(),
            negated: false,
            check: Check::Contains(text),
        })
    }

    fn check_bare(&self, from: usize, word: &str) -> Result<(), QueryError> {
        if is_reserved(word) {
            let message = format!(
                "A term is missing before `{word}`. To look for the word itself, put it in quotes: \"{word}\"."
            );
            return Err(self.input.error(from, message));
        }
        if let Some((name, value)) = word.split_once(':')
            && let Some(field) = Field::named(name)
        {
            let name = field.name();
            let message = format!(
                "Write `{name} = {value}` to ask for a field, or \"{word}\" to look for the text."
            );
            return Err(self.input.error(from, message));
        }
        Ok(())
    }
}

fn no_such_field(word: &str) -> String {
    let (head, rest) = match word.find(['.', '[']) {
        Some(at) => word.split_at(at),
        None => (word, ""),
    };
    let names = Field::VARIANTS.iter().map(|field| field.name());
    let meant = meant(head, names.clone());
    let meant = meant.map_or(String::new(), |name| {
        format!("; did you mean `{name}{rest}`?")
    });
    let end = if meant.is_empty() { "." } else { "" };
    let names: Vec<&str> = names.collect();
    format!(
        "There is no field `{head}`{meant}{end} The fields are {}. A member of the data is written `data.{word}`, and a text to look for is put in quotes.",
        names.join(", ")
    )
}
