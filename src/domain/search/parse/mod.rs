//! Reads a query: terms joined by blanks, `and`, `or`, `not` and parentheses, in a bounded depth. `term.rs` reads one term,
//! `path.rs` its path, `condition.rs` what it asks.

mod condition;
mod path;
mod term;

use super::error::QueryError;
use super::input::Input;
use super::syntax::Expression;

/// The longest query, in characters.
pub(super) const LONGEST: usize = 2_000;

/// The most terms of a query.
pub(super) const MOST_TERMS: usize = 50;

/// How deep parentheses and `not` can be nested.
const DEEPEST: usize = 20;

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
