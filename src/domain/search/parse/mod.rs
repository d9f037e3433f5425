//! Reads a query: terms joined by blanks, `and`, `or`, `not` and parentheses. A loop with a bounded depth.

use super::error::QueryError;
use super::fields::{Field, FieldKind};
use super::input::{Input, ends_value, is_reserved};
use super::operand;
use super::operator::Operator;
use super::path::Step;
use super::suggest::meant;
use super::syntax::{Check, Expression, Kind, Term};
use strum::VariantArray;

/// The longest query, in characters.
pub(super) const LONGEST: usize = 2_000;

/// The most terms of a query.
pub(super) const MOST_TERMS: usize = 50;

/// How deep parentheses and `not` can be nested.
const DEEPEST: usize = 20;

/// The most steps of one path.
const MOST_STEPS: usize = 32;

/// Reads the whole of a query.
pub(super) fn parse(text: &str) -> Result<Expression, QueryError> {
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        let message = format!("A query can have {LONGEST} characters.");
        return Err(QueryError::new(at..text.len(), message));
    }
    let mut parser = Parser {
        input: Input::new(text),
        terms: 0,
        depth: 0,
    };
    parser.input.skip_blanks();
    if parser.input.is_at_end() {
        return Ok(Expression::All(Vec::new()));
    }
    let expression = parser.any("")?;
    match parser.input.peek() {
        None => Ok(expression),
        Some(_) => Err(parser
            .input
            .error_here("No parenthesis is open here. Take this one out.")),
    }
}

struct Parser<'t> {
    input: Input<'t>,
    terms: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    /// Terms with `or` between them. `after` is what stands before them.
    fn any(&mut self, after: &str) -> Result<Expression, QueryError> {
        let mut parts = vec![self.all(after)?];
        while self.input.take_word("or") {
            parts.push(self.all("or")?);
        }
        Ok(joined(parts, Expression::Any, |part| match part {
            Expression::Any(parts) => Ok(parts),
            other => Err(other),
        }))
    }

    /// Terms with `and` or blanks between them.
    fn all(&mut self, after: &str) -> Result<Expression, QueryError> {
        let mut parts = vec![self.negation(after)?];
        loop {
            if self.input.take_word("and") {
                parts.push(self.negation("and")?);
                continue;
            }
            self.input.skip_blanks();
            let next = self.input.peek();
            if matches!(next, None | Some(')')) || self.input.next_word().eq_ignore_ascii_case("or")
            {
                break;
            }
            parts.push(self.negation("")?);
        }
        Ok(joined(parts, Expression::All, |part| match part {
            Expression::All(parts) => Ok(parts),
            other => Err(other),
        }))
    }

    fn negation(&mut self, after: &str) -> Result<Expression, QueryError> {
        self.input.skip_blanks();
        let from = self.input.at;
        let minus = self.input.rest().strip_prefix('-');
        let minus = minus.is_some_and(|rest| rest.starts_with(|next: char| !next.is_whitespace()));
        if minus {
            self.input.at += 1;
        } else if !self.input.take_word("not") {
            return self.primary(after);
        }
        let inner = self.deeper(from, |parser| {
            parser.negation(if minus { "-" } else { "not" })
        })?;
        Ok(Expression::Not(Box::new(inner)))
    }

    /// Reads what is one level deeper than here.
    fn deeper(
        &mut self,
        from: usize,
        read: impl FnOnce(&mut Self) -> Result<Expression, QueryError>,
    ) -> Result<Expression, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("Parentheses and `not` can be {DEEPEST} deep.");
            return Err(self.input.error(from, message));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn primary(&mut self, after: &str) -> Result<Expression, QueryError> {
        let open = self.input.at;
        match self.input.peek() {
            None | Some(')') => return Err(self.term_missing(after)),
            Some(',') => {
                let message = "A comma only stands between the values of a list: `state in (failed, delayed)`. Put quotes around a text that holds one.";
                return Err(self.input.error_here(message));
            }
            Some('(') => {
                self.input.at += 1;
                let inner = self.deeper(open, |parser| parser.any("("))?;
                if self.input.take(")") {
                    return Ok(inner);
                }
                let message = "This parenthesis is not closed: write `)`.";
                return Err(QueryError::new(open..open + 1, message));
            }
            Some(_) => {}
        }
        self.terms += 1;
        if self.terms > MOST_TERMS {
            let message = format!("A query can have {MOST_TERMS} terms.");
            return Err(self.input.error_here(message));
        }
        self.term().map(Expression::Term)
    }

    fn term_missing(&self, after: &str) -> QueryError {
        let message = match after {
            "" => "A term is missing here.".to_owned(),
            "(" => "There is no term in these parentheses.".to_owned(),
            after => format!("A term is missing after `{after}`."),
        };
        self.input.error_here(
            message + " Examples: `state = failed`, `data.user.id = 42`, `\"some text\"`.",
        )
    }

    fn term(&mut self) -> Result<Term, QueryError> {
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

    fn path(&mut self) -> Result<Vec<Step>, QueryError> {
        let from = self.input.at;
        let mut path = Vec::new();
        while let Some(next @ ('.' | '[')) = self.input.peek() {
            self.input.at += 1;
            path.push(if next == '.' {
                self.member()?
            } else {
                self.bracket()?
            });
            if path.len() > MOST_STEPS {
                let message = format!("A path can have {MOST_STEPS} steps.");
                return Err(self.input.error(from, message));
            }
        }
        Ok(path)
    }

    fn member(&mut self) -> Result<Step, QueryError> {
        if let Some(name) = self.input.take_quoted()? {
            return Ok(Step::Member(name));
        }
        let from = self.input.at;
        while let Some(letter) = self.input.peek() {
            let ends = ends_value(letter) || matches!(letter, '.' | '[' | ']');
            if ends || Operator::begins_at(self.input.rest()) {
                break;
            }
            self.input.at += letter.len_utf8();
        }
        match &self.input.text[from..self.input.at] {
            "" => Err(self.input.error_here(
                "A name is missing after the dot. Odd names are written [\"odd name\"].",
            )),
            "*" => Err(self.input.error(
                from,
                "Any element of a list is written [*]. A member named * is written [\"*\"].",
            )),
            name => Ok(Step::Member(name.to_owned())),
        }
    }

    fn bracket(&mut self) -> Result<Step, QueryError> {
        let from = self.input.at - 1;
        self.input.skip_blanks();
        let step = if let Some(name) = self.input.take_quoted()? {
            Some(Step::Member(name))
        } else if self.input.take("*") {
            Some(Step::AnyElement)
        } else {
            let digits = self.input.take_until(|letter| !letter.is_ascii_digit());
            let index = Some(digits).filter(|digits| (1..=9).contains(&digits.len()));
            index.and_then(|index| index.parse().ok()).map(Step::Index)
        };
        self.input.skip_blanks();
        match step {
            Some(step) if self.input.take("]") => Ok(step),
            _ => Err(self.input.error(
                from,
                "Write [0] for the first element, [*] for any element, or [\"odd name\"] for a member.",
            )),
        }
    }

    /// What is asked of a field.
    fn condition(
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
                let kind = input.take_until(ends_value).to_ascii_lowercase();
                let kind: Kind = kind.parse().map_err(|_| {
                    let names: Vec<&str> = Kind::VARIANTS.iter().map(|kind| kind.into()).collect();
                    input.error(from, format!("The types are {}.", names.join(", ")))
                })?;
                (not, Check::Is(kind))
            }
        })
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

/// Several parts as one, with those of the same kind taken in.
fn joined(
    parts: Vec<Expression>,
    join: impl FnOnce(Vec<Expression>) -> Expression,
    same: impl Fn(Expression) -> Result<Vec<Expression>, Expression>,
) -> Expression {
    let mut all = Vec::new();
    for part in parts {
        match same(part) {
            Ok(parts) => all.extend(parts),
            Err(other) => all.push(other),
        }
    }
    if all.len() == 1 {
        all.remove(0)
    } else {
        join(all)
    }
}
