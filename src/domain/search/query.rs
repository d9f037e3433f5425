//! A query: read once, then asked of many jobs.

use std::fmt;
use std::sync::Arc;

use strum::VariantArray;

use super::error::QueryError;
use super::evaluate::Match;
use super::fields::FieldKind;
use super::parse::parse;
use super::plan::Prepared;
use super::syntax::{Check, Expression, Operand, Term};
use crate::clock;
use crate::domain::job::JobState;
use crate::domain::job::field::{JobField, JobFields};

/// Which jobs are looked for. Two are equal if they mean the same terms in the same order, whenever they were read. Cheap to
/// clone.
#[derive(Clone)]
pub struct Query {
    expression: Arc<Expression>,
    prepared: Arc<Prepared>,
    now: u64,
}

impl Query {
    /// Reads a query. An empty one wants every job. Times such as `2h ago` count from the present moment.
    ///
    /// # Errors
    /// What is wrong with the text, at which place, and what is allowed there.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Self::parse_at(text, clock::unix_millis())
    }

    /// As [`Query::parse`], with times that count from `now`, in Unix milliseconds.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse_at(text: &str, now: u64) -> Result<Self, QueryError> {
        parse(text).map(|expression| Self::of(expression, now))
    }

    pub(super) fn of(expression: Expression, now: u64) -> Self {
        Self {
            prepared: Arc::new(Prepared::new(&expression, now)),
            expression: Arc::new(expression),
            now,
        }
    }

    /// The query as text, in one way for each meaning. Reading it gives the same query.
    pub fn text(&self) -> String {
        self.expression.to_string()
    }

    /// The query as text that means the same jobs at any time: `2h ago` became a date.
    pub fn fixed_text(&self) -> String {
        fixed(&self.expression, self.now).to_string()
    }

    /// Whether it wants every job.
    pub fn wants_all(&self) -> bool {
        matches!(&*self.expression, Expression::All(parts) if parts.is_empty())
    }

    /// The states that a wanted job can be in.
    pub fn states(&self) -> Vec<JobState> {
        let wanted = |state: &JobState| can_be(&self.expression, *state).yes;
        JobState::KEPT.into_iter().filter(wanted).collect()
    }

    /// The fields that [`Query::matches`] has to know of a job.
    pub fn needs(&self) -> Vec<JobField> {
        let mut terms = Vec::new();
        collect_terms(&self.expression, &mut terms);
        let needed =
            |field: &JobField| terms.iter().any(|term| term.field.stored().contains(field));
        JobField::VARIANTS.iter().copied().filter(needed).collect()
    }

    /// Whether it wants a job of which these fields were read.
    pub fn matches(&self, job: &JobFields<'_>) -> Match {
        self.prepared.matches(job)
    }

    /// The terms and how they are joined.
    pub(super) fn expression(&self) -> &Expression {
        &self.expression
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

impl Eq for Query {}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({})", self.text())
    }
}

/// Whether jobs of a state can be wanted, and whether they can be unwanted.
#[derive(Clone, Copy)]
struct Possible {
    yes: bool,
    no: bool,
}

fn can_be(expression: &Expression, state: JobState) -> Possible {
    match expression {
        Expression::All(parts) => {
            let (yes, no) = both(parts, state);
            Possible {
                yes: yes.iter().all(|yes| *yes),
                no: no.contains(&true),
            }
        }
        Expression::Any(parts) => {
            let (yes, no) = both(parts, state);
            Possible {
                yes: yes.contains(&true),
                no: no.iter().all(|no| *no),
            }
        }
        Expression::Not(inner) => {
            let inner = can_be(inner, state);
            Possible {
                yes: inner.no,
                no: inner.yes,
            }
        }
        Expression::Term(term) if term.field.kind() == FieldKind::State => {
            let prepared = Prepared::new(&Expression::Term(term.clone()), 0);
            let yes = prepared.matches(&JobFields::new("", state)) == Match::Yes;
            Possible { yes, no: !yes }
        }
        Expression::Term(_) => Possible {
            yes: true,
            no: true,
        },
    }
}

fn both(parts: &[Expression], state: JobState) -> (Vec<bool>, Vec<bool>) {
    let possible = parts.iter().map(|part| can_be(part, state));
    possible.map(|one| (one.yes, one.no)).unzip()
}

fn collect_terms<'e>(expression: &'e Expression, terms: &mut Vec<&'e Term>) {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().for_each(|part| collect_terms(part, terms));
        }
        Expression::Not(inner) => collect_terms(inner, terms),
        Expression::Term(term) => terms.push(term),
    }
}

/// The same expression without times that are told from now.
fn fixed(expression: &Expression, now: u64) -> Expression {
    let each = |parts: &[Expression]| parts.iter().map(|part| fixed(part, now)).collect();
    let moment = |operand: &Operand| match operand {
        Operand::Time(moment) => Operand::Time(moment.fixed(now)),
        other => other.clone(),
    };
    match expression {
        Expression::All(parts) => Expression::All(each(parts)),
        Expression::Any(parts) => Expression::Any(each(parts)),
        Expression::Not(inner) => Expression::Not(Box::new(fixed(inner, now))),
        Expression::Term(term) => Expression::Term(Term {
            check: match &term.check {
                Check::Equals(operands) => Check::Equals(operands.iter().map(moment).collect()),
                Check::Compare(comparison, with) => Check::Compare(*comparison, moment(with)),
                Check::Between(from, to) => Check::Between(moment(from), moment(to)),
                other => other.clone(),
            },
            ..term.clone()
        }),
    }
}
