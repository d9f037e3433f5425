//! What a schema and the rules say to a text.
#![allow(clippy::unwrap_used)]
use super::*;

fn policy(schema: InForce, require_schema: bool) -> DataPolicy {
    DataPolicy {
        schema,
        require_schema,
        max_data_bytes: 20,
        repair: Vec::new(),
        asker: Asker::default(),
    }
}

fn typed<'c>(after: &'c str, typed: &'c str) -> Change<'c> {
    Change {
        before: Some(b"{}"),
        after,
        typed,
        state: Some(JobState::Failed),
    }
}

fn numbers() -> InForce {
    let schema = Schema::compile("a.json", r#"{"type":"number"}"#).unwrap();
    InForce::Schema(Arc::new(schema))
}

#[test]
fn a_schema_is_required_of_changed_data_alone() {
    let strict = policy(InForce::Nothing, true);
    assert!(matches!(
        strict.check_change(typed("1", "1")),
        Err(DataRefusal::SchemaMissing)
    ));
    assert!(matches!(strict.check_unchanged("1"), Ok(None)));
    assert!(!strict.concerns_unchanged());
    let lax = policy(InForce::Nothing, false);
    assert!(matches!(lax.check_change(typed("1", "1")), Ok(None)));
}

#[test]
fn the_size_of_changed_data_alone_is_limited() {
    let large = "1".repeat(21);
    let policy = policy(numbers(), true);
    assert!(matches!(
        policy.check_change(typed(&large, &large)),
        Err(DataRefusal::TooLarge {
            size: 21,
            limit: 20
        })
    ));
    assert!(matches!(policy.check_unchanged(&large), Ok(Some(_))));
    let spaced = format!("{}1", " ".repeat(30));
    assert!(
        matches!(policy.check_change(typed("1", &spaced)), Ok(Some(_))),
        "white space is not stored"
    );
}

#[test]
fn a_schema_is_kept_by_changed_and_unchanged_data() {
    let policy = policy(numbers(), false);
    assert!(policy.concerns_unchanged());
    for checked in [
        policy.check_change(typed("true", "\n true")),
        policy.check_unchanged("\n true"),
    ] {
        match checked {
            Err(DataRefusal::Invalid(problems)) => {
                assert_eq!((problems[0].line, problems[0].column), (2, 2));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn under_a_faulty_schema_no_data_passes() {
    let faults = Schema::compile("a.json", r#"{"type":"none"}"#).unwrap_err();
    let policy = policy(InForce::Faulty(Arc::new(faults)), false);
    for checked in [
        policy.check_change(typed("1", "1")),
        policy.check_unchanged("1"),
    ] {
        assert!(matches!(checked, Err(DataRefusal::SchemaFaulty(_))));
    }
}
