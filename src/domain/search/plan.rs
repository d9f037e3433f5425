//! A query made ready to be asked of many jobs: times resolved, paths in trees, what is cheap to decide first.

use std::ops::RangeInclusive;

use super::contains::Needle;
use super::fields::{Field, FieldKind};
use super::json_check::JsonCheck;
use super::json_values::PathTree;
use super::syntax::{Check, Comparison, Expression, Literal, Operand, Term};
use crate::domain::failures::GroupId;
use crate::domain::job::JobState;
use crate::domain::job::field::JobField;

/// What decides whether a job is wanted.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    All(Vec<Plan>),
    Any(Vec<Plan>),
    Not(Box<Plan>),
    State(Vec<JobState>),
    Id(TextCheck),
    /// It failed in one of these groups.
    Group(Vec<GroupId>),
    Text(JobField, TextCheck),
    Exists(JobField),
    /// A list of texts exists that is not empty.
    TextsExist(JobField),
    Number(JobField, JsonCheck),
    Time(JobField, RangeInclusive<u64>),
    HasDuration,
    Duration(RangeInclusive<u64>),
    /// A text anywhere in a document.
    Document(JobField, Needle),
    /// A check on the values at a path, by its number among those of its document.
    Path(Document, usize),
}

/// Which document of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    Data,
    ReturnValue,
    Options,
}

/// What is asked of a text.
#[derive(Debug, Clone)]
pub(super) enum TextCheck {
    Contains(Needle),
    /// Fits one of these patterns with `*`.
    Fits(Vec<String>),
}

/// What is asked of the values of one document.
#[derive(Debug, Clone, Default)]
pub(super) struct DocumentChecks {
    pub(super) paths: PathTree,
    pub(super) checks: Vec<JsonCheck>,
}

/// A plan, and what it asks of each document.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) documents: [DocumentChecks; 3],
}

impl Document {
    /// The field that holds it.
    pub(super) fn field(self) -> JobField {
        match self {
            Self::Data => JobField::Data,
            Self::ReturnValue => JobField::ReturnValue,
            Self::Options => JobField::Options,
        }
    }
}

impl Prepared {
    /// Prepares an expression at `now`, Unix milliseconds.
    pub(super) fn new(expression: &Expression, now: u64) -> Self {
        let mut documents = Default::default();
        let plan = prepare(expression, now, &mut documents);
        Self { plan, documents }
    }
}

type Documents = [DocumentChecks; 3];

fn prepare(expression: &Expression, now: u64, documents: &mut Documents) -> Plan {
    let mut each = |parts: &[Expression]| {
        let mut plans: Vec<Plan> = parts
            .iter()
            .map(|part| prepare(part, now, documents))
            .collect();
        plans.sort_by_key(Plan::cost);
        plans
    };
    match expression {
        Expression::All(parts) => Plan::All(each(parts)),
        Expression::Any(parts) => Plan::Any(each(parts)),
        Expression::Not(inner) => Plan::Not(Box::new(prepare(inner, now, documents))),
        Expression::Term(term) => {
            let plan = prepare_term(term, now, documents);
            match term.negated {
                true => Plan::Not(Box::new(plan)),
                false => plan,
            }
        }
    }
}

impl Plan {
    /// How much it costs to decide, roughly.
    fn cost(&self) -> u8 {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().map(Self::cost).max().unwrap_or_default()
            }
            Self::Not(inner) => inner.cost(),
            Self::Document(..) | Self::Group(_) => 1,
            Self::Path(..) => 2,
            _ => 0,
        }
    }
}

fn prepare_term(term: &Term, now: u64, documents: &mut Documents) -> Plan {
    let stored = |at: usize| term.field.stored()[at];
    match (term.field.kind(), &term.check) {
        (FieldKind::State, check) => Plan::State(states(check)),
        (FieldKind::Group, check) => Plan::Group(groups(check)),
        (FieldKind::Json, check) => prepare_json(term, check, documents),
        (FieldKind::Number, check) => Plan::Number(stored(0), json_check(check)),
        (FieldKind::Duration, Check::Exists) => Plan::HasDuration,
        (FieldKind::Duration, check) => Plan::Duration(range(check, now)),
        (FieldKind::Texts, Check::Exists) => Plan::TextsExist(stored(0)),
        (FieldKind::Time | FieldKind::OptionalText | FieldKind::Text, Check::Exists) => {
            Plan::Exists(stored(0))
        }
        (FieldKind::Time, check) => Plan::Time(stored(0), range(check, now)),
        (FieldKind::Text, check) if term.field == Field::Id => Plan::Id(text_check(check)),
        (FieldKind::Texts, Check::Contains(text)) => Plan::Document(stored(0), Needle::new(text)),
        (FieldKind::Text | FieldKind::OptionalText | FieldKind::Texts, check) => {
            Plan::Text(stored(0), text_check(check))
        }
    }
}

fn prepare_json(term: &Term, check: &Check, documents: &mut Documents) -> Plan {
    let document = match term.field {
        Field::ReturnValue => Document::ReturnValue,
        Field::Opts => Document::Options,
        _ => Document::Data,
    };
    match (term.path.is_empty(), check) {
        (true, Check::Exists) => Plan::Exists(document.field()),
        (true, Check::Contains(text)) => Plan::Document(document.field(), Needle::new(text)),
        _ => {
            let checks = &mut documents[document as usize];
            let number = checks.checks.len();
            checks.paths.add(&term.path, number);
            checks.checks.push(json_check(check));
            Plan::Path(document, number)
        }
    }
}

/// The states that are named. Jobs that wait go from one list to the other when their queue is paused or resumed, so both
/// are one here.
fn states(check: &Check) -> Vec<JobState> {
    let Check::Equals(operands) = check else {
        return Vec::new();
    };
    let named = operands.iter().filter_map(|operand| match operand {
        Operand::State(state) => Some(*state),
        _ => None,
    });
    named
        .flat_map(|state| match state {
            JobState::Waiting | JobState::Paused => vec![JobState::Waiting, JobState::Paused],
            other => vec![other],
        })
        .collect()
}

/// The error groups that are named.
fn groups(check: &Check) -> Vec<GroupId> {
    let Check::Equals(operands) = check else {
        return Vec::new();
    };
    let named = operands.iter().filter_map(|operand| match operand {
        Operand::Group(group) => Some(*group),
        _ => None,
    });
    named.collect()
}

fn text_check(check: &Check) -> TextCheck {
    match check {
        Check::Contains(text) => TextCheck::Contains(Needle::new(text)),
        Check::Equals(operands) => {
            let patterns = operands.iter().filter_map(|operand| match operand {
                Operand::Pattern(pattern) => Some(pattern.clone()),
                _ => None,
            });
            TextCheck::Fits(patterns.collect())
        }
        _ => TextCheck::Fits(Vec::new()),
    }
}

fn json_check(check: &Check) -> JsonCheck {
    let literal = |operand: &Operand| match operand {
        Operand::Literal(literal) => literal.clone(),
        _ => Literal::Null,
    };
    match check {
        Check::Exists => JsonCheck::Exists,
        Check::Is(kind) => JsonCheck::Is(*kind),
        Check::HasFormat(format) => JsonCheck::HasFormat(*format),
        Check::Contains(text) => JsonCheck::Contains(Needle::new(text)),
        Check::Equals(operands) => JsonCheck::Equals(operands.iter().map(literal).collect()),
        Check::Compare(comparison, with) => JsonCheck::Compare(*comparison, literal(with)),
        Check::Between(from, to) => JsonCheck::Between(literal(from), literal(to)),
    }
}

/// The milliseconds that are wanted of a time or duration.
fn range(check: &Check, now: u64) -> RangeInclusive<u64> {
    #[allow(clippy::reversed_empty_ranges)]
    const NOTHING: RangeInclusive<u64> = 1..=0;
    let bounds = |operand: &Operand| match operand {
        Operand::Time(moment) => moment.resolve(now),
        Operand::Duration(millis) => *millis..millis.saturating_add(1),
        _ => 0..0,
    };
    // What is before the first millisecond is nothing.
    let until = |from: u64, end: u64| end.checked_sub(1).map_or(NOTHING, |last| from..=last);
    match check {
        Check::Equals(operands) => operands.first().map_or(NOTHING, |one| {
            let one = bounds(one);
            until(one.start, one.end)
        }),
        Check::Compare(comparison, with) => {
            let with = bounds(with);
            match comparison {
                Comparison::Less => until(0, with.start),
                Comparison::LessOrEqual => until(0, with.end),
                Comparison::Greater => with.end..=u64::MAX,
                Comparison::GreaterOrEqual => with.start..=u64::MAX,
            }
        }
        Check::Between(from, to) => until(bounds(from).start, bounds(to).end),
        Check::Exists | Check::Is(_) | Check::HasFormat(_) | Check::Contains(_) => NOTHING,
    }
}
