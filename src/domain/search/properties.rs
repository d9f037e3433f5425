//! Properties of every query and every document, compared with a plain matcher.
#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use strum::VariantArray;

use super::evaluate::Match;
use super::fields::{Field, FieldKind};
use super::moment::Moment;
use super::path::Step;
use super::query::Query;
use super::reference::wanted;
use super::syntax::{Check, Comparison, Expression, Kind, Literal, Operand, Term};
use crate::domain::failures::GroupId;
use crate::domain::job::JobState;
use crate::domain::job::field::{FieldValue, JobField, JobFields};
use crate::domain::json::arbitrary::{any_json, bounded, number, plain_json};
use crate::domain::text_format::TextFormat;

const NOW: u64 = 1_764_360_000_000;

/// A text as data holds it, or any.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-dxA-Dü ]{1,2}",
        1 => select(vec!["and", "or", "42", "null", "true", "-1", "data", "name.x", "state:failed", "*", "\"", "\\", "“"])
            .prop_map(str::to_owned),
        1 => "\\PC{1,5}",
        1 => any::<String>().prop_filter("none is empty", |text| !text.is_empty())
            .prop_map(|text| text.chars().take(8).collect()),
    ]
}

fn path() -> impl Strategy<Value = Vec<Step>> {
    let name = prop_oneof![
        4 => select(vec!["a", "b", "", "~/", "0", "ü"]).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ];
    let step = prop_oneof![
        4 => name.prop_map(Step::Member),
        1 => (0..3usize).prop_map(Step::Index),
        2 => Just(Step::AnyElement),
    ];
    vec(step, 0..4)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        ordered_literal(),
    ]
}

fn ordered_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        select(vec!["1", "1.0", "10e-1", "2", "0", "1e400"])
            .prop_map(|digits| Literal::Number(digits.to_owned())),
        number().prop_map(Literal::Number),
        text().prop_map(Literal::Text),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(vec![
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn ordered(
    operand: impl Strategy<Value = Operand> + Clone,
) -> impl Strategy<Value = (bool, Check)> {
    prop_oneof![
        (any::<bool>(), operand.clone()).prop_map(|(not, one)| (not, Check::Equals(vec![one]))),
        (comparison(), operand.clone()).prop_map(|(how, one)| (false, Check::Compare(how, one))),
        (operand.clone(), operand).prop_map(|(one, two)| (false, Check::Between(one, two))),
    ]
}

/// A term about a document.
fn json_term() -> impl Strategy<Value = Term> {
    let any_literal = || literal().prop_map(Operand::Literal);
    let ordered_literal = || ordered_literal().prop_map(Operand::Literal).boxed();
    let not = any::<bool>();
    let formats: Vec<TextFormat> = TextFormat::all_named().map(|(_, format)| format).collect();
    let check = prop_oneof![
        not.prop_map(|not| (not, Check::Exists)),
        (not, select(Kind::VARIANTS)).prop_map(|(not, kind)| (not, Check::Is(kind))),
        (not, select(formats)).prop_map(|(not, format)| (not, Check::HasFormat(format))),
        (not, text()).prop_map(|(not, text)| (not, Check::Contains(text))),
        (not, vec(any_literal(), 1..4)).prop_map(|(not, all)| (not, Check::Equals(all))),
        ordered(ordered_literal()),
    ];
    let fields = select(vec![
        Field::Data,
        Field::Data,
        Field::ReturnValue,
        Field::Opts,
    ]);
    (fields, path(), check).prop_map(|(field, path, (negated, check))| Term {
        field,
        path,
        negated,
        check,
    })
}

/// A term about anything.
fn any_term() -> impl Strategy<Value = Term> {
    let moment = || {
        let moment = prop_oneof![
            (0..253_402_300_799_999_u64).prop_map(Moment::At),
            (0..2_000_000_u64).prop_map(|day| Moment::Day(day * 86_400_000)),
            (0..10_000_000_u64).prop_map(Moment::Ago),
            (0..100_u64).prop_map(|hours| Moment::Ago(hours * 3_600_000)),
            select(vec![Moment::Today, Moment::Yesterday]),
        ];
        moment.prop_map(Operand::Time).boxed()
    };
    let other = select(Field::VARIANTS).prop_flat_map(move |field| {
        let not = any::<bool>();
        let contains = (not, text()).prop_map(|(not, text)| (not, Check::Contains(text)));
        let exists = not.prop_map(|not| (not, Check::Exists));
        let pattern = || text().prop_map(Operand::Pattern);
        let fits = (not, vec(pattern(), 1..3)).prop_map(|(not, all)| (not, Check::Equals(all)));
        let states = vec(select(&JobState::KEPT[..]).prop_map(Operand::State), 1..3);
        let check = match field.kind() {
            FieldKind::State => (not, states)
                .prop_map(|(not, all)| (not, Check::Equals(all)))
                .boxed(),
            FieldKind::Group => {
                let id =
                    (0..1_u64 << 48).prop_map(|n| format!("{n:012x}").parse::<GroupId>().unwrap());
                (not, vec(id.prop_map(Operand::Group), 1..3))
                    .prop_map(|(not, all)| (not, Check::Equals(all)))
                    .boxed()
            }
            FieldKind::Text => prop_oneof![contains, fits].boxed(),
            FieldKind::OptionalText => prop_oneof![contains, fits, exists].boxed(),
            FieldKind::Texts => prop_oneof![contains, exists].boxed(),
            FieldKind::Time => prop_oneof![ordered(moment()), exists].boxed(),
            FieldKind::Duration => {
                let long = (0..10_000_000_u64).prop_map(Operand::Duration).boxed();
                prop_oneof![ordered(long), exists].boxed()
            }
            FieldKind::Number => {
                let number = number().prop_map(|digits| Operand::Literal(Literal::Number(digits)));
                ordered(number.boxed()).boxed()
            }
            FieldKind::Json => exists.boxed(),
        };
        check.prop_map(move |(negated, check)| Term {
            field,
            path: Vec::new(),
            negated,
            check,
        })
    });
    prop_oneof![other, json_term()]
}

/// Terms joined as a parser joins them: a part is of another kind than the whole.
fn joined(term: impl Strategy<Value = Term> + 'static) -> impl Strategy<Value = Expression> {
    let flat = |parts: Vec<Expression>, all: bool| {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expression::All(parts) if all => flat.extend(parts),
                Expression::Any(parts) if !all => flat.extend(parts),
                other => flat.push(other),
            }
        }
        if all {
            Expression::All(flat)
        } else {
            Expression::Any(flat)
        }
    };
    term.prop_map(Expression::Term)
        .prop_recursive(3, 8, 3, move |inner| {
            prop_oneof![
                (vec(inner.clone(), 2..4), any::<bool>())
                    .prop_map(move |(parts, all)| flat(parts, all)),
                inner.prop_map(|one| Expression::Not(Box::new(one))),
            ]
        })
}

/// What a job's hash may have for a document.
fn document() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => plain_json().prop_map(String::into_bytes),
        6 => any_json().prop_map(|json| json.spaced.into_bytes()),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
        1 => (plain_json(), any::<prop::sample::Index>()).prop_map(|(json, at)| {
            json.as_bytes()[..at.index(json.len())].to_vec()
        }),
    ]
}

fn value(bytes: Option<&Vec<u8>>) -> FieldValue<'_> {
    match bytes {
        None => FieldValue::Absent,
        Some(bytes) if bytes.len() > 200 => FieldValue::TooLarge(bytes.len() as u64),
        Some(bytes) => FieldValue::Bytes(bytes),
    }
}

/// The query means the same as a plain reading of the document.
fn same_as_reference(
    expression: Expression,
    documents: &[Option<Vec<u8>>; 3],
) -> Result<(), TestCaseError> {
    let fields = [JobField::Data, JobField::ReturnValue, JobField::Options];
    let job = fields.into_iter().zip(documents).fold(
        JobFields::new("1", JobState::Failed),
        |job, (field, bytes)| job.with(field, value(bytes.as_ref())),
    );
    let expected = match wanted(&expression, &job) {
        Some(true) => Match::Yes,
        Some(false) => Match::No,
        None => Match::Unreadable,
    };
    let query = Query::of(expression, NOW);
    prop_assert_eq!(query.matches(&job), expected, "{}", query.text());
    Ok(())
}

proptest! {
    #![proptest_config(bounded(2_000))]

    #[test]
    fn every_query_finds_what_a_plain_reading_finds(
        expression in joined(json_term()),
        documents in [option::weighted(0.9, document()), option::of(document()), option::of(document())],
    ) {
        same_as_reference(expression, &documents)?;
    }

    #[test]
    fn every_term_finds_what_a_plain_reading_finds(term in json_term(), data in document()) {
        let documents = [Some(data.clone()), Some(data.clone()), Some(data)];
        same_as_reference(Expression::Term(term), &documents)?;
    }

    #[test]
    fn every_query_is_the_same_after_it_was_written_and_read(expression in joined(any_term())) {
        let query = Query::of(expression, NOW);
        let text = query.text();
        // A generated query may have more characters than one may have.
        prop_assume!(text.chars().count() <= 2_000);
        let read = Query::parse_at(&text, NOW);
        prop_assert_eq!(read.as_ref(), Ok(&query), "{}", text);
        prop_assert_eq!(read.unwrap().text(), text);
        let fixed = query.fixed_text();
        prop_assume!(fixed.chars().count() <= 2_000);
        prop_assert_eq!(Query::parse_at(&fixed, NOW + 99_999_999).unwrap().fixed_text(), fixed);
    }

    #[test]
    fn any_text_is_a_query_or_an_error_with_a_place_in_it(
        text in prop_oneof![
            any::<String>(),
            vec(select(vec![
                "data", ".a", "[", "]", "*", "\"", "'", "(", ")", "=", "!=", "~", ">", " ", " and ", " or ", "not ", "-",
                " in ", "1", "2h", " ago", "2026-01-31", "14:00", "state", "failed", "added", "duration", "é", "\\", "\\u00e9", ",",
                " between ", " is ", " missing",
            ]), 0..12).prop_map(|words| words.concat()),
        ],
    ) {
        match Query::parse_at(&text, NOW) {
            Ok(query) => {
                let again = Query::parse_at(&query.text(), NOW);
                prop_assert_eq!(again.as_ref(), Ok(&query), "{}", query.text());
            }
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{:?} in {:?}", error, text);
                prop_assert!(error.message.ends_with(['.', '?', '`']), "{}", error);
            }
        }
    }
}
