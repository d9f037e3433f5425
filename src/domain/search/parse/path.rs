//! Reads the path of a term: `.user.id`, `[0]`, `[*]`, `["odd name"]`.

use super::Parser;
use crate::domain::search::error::QueryError;
use crate::domain::search::input::ends_value;
use crate::domain::search::operator::Operator;
use crate::domain::search::path::Step;

/// The most steps of one path.
const MOST_STEPS: usize = 32;

impl Parser<'_> {
    pub(super) fn path(&mut self) -> Result<Vec<Step>, QueryError> {
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
}
