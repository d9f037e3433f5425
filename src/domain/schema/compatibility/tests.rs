//! Samples that a schema refuses.
use super::*;

fn schema() -> Schema {
    let text = r#"{"type":"object","required":["to"],"properties":{
        "to":{"type":"string"},"items":{"type":"array","items":{"type":"integer"}}}}"#;
    Schema::compile("email/v2.json", text).unwrap()
}

#[test]
fn a_job_passes_breaks_the_schema_or_is_no_json() {
    let schema = schema();
    for (data, expected) in [
        (r#"{"to":"ann"}"#, "passes"),
        (r#"{"to":"ann","n":1e400,"s":"\ud800"}"#, "passes"),
        (r#"{"to":1}"#, "breaks"),
        ("{oops", "not json"),
        ("", "not json"),
        (r#"{"a":NaN}"#, "not json"),
    ] {
        let found = match Compatibility::of(&schema, data.as_bytes()) {
            Compatibility::Passes => "passes",
            Compatibility::Breaks(_) => "breaks",
            Compatibility::NotJson => "not json",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{data}");
    }
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(
        Compatibility::of(&schema, deep.as_bytes()),
        Compatibility::NotJson
    );
    assert_ne!(
        Compatibility::of(&schema, b"{\"to\":\"\xff\"}"),
        Compatibility::NotJson
    );
}

#[test]
fn the_commonest_violations_come_first_whatever_their_values_and_places_in_arrays() {
    let schema = schema();
    let mut tally = Tally::default();
    for data in [
        r#"{"to":1}"#,
        r#"{"to":2.5}"#,
        r#"{"to":true,"items":["a",1,"b"]}"#,
        r#"{"items":[1]}"#,
        r#"{"to":"ann"}"#,
        "{oops",
    ] {
        tally.add(&Compatibility::of(&schema, data.as_bytes()));
    }
    tally.add(&Compatibility::TooLarge);
    tally.add(&Compatibility::NoSchema);
    assert_eq!((tally.jobs, tally.pass, tally.breaks), (8, 1, 4));
    assert_eq!(
        (tally.not_json, tally.too_large, tally.no_schema),
        (1, 1, 1)
    );
    let told: Vec<String> = tally
        .commonest(2)
        .iter()
        .map(|(kind, jobs)| format!("{} {} {jobs}", kind.pointer, kind.message))
        .collect();
    assert_eq!(
        told,
        ["/to expected a string 3", " \"to\" is required here 1"]
    );
    assert_eq!(tally.commonest(9)[2].0.pointer, "/items/*");
}

#[test]
fn jobs_that_break_a_schema_each_in_a_way_of_their_own_do_not_pile_up() {
    let schema = Schema::compile(
        "s",
        r#"{"properties":{"a":{}},"additionalProperties":false}"#,
    )
    .unwrap();
    let mut tally = Tally::default();
    for n in 0..3 * MOST_KINDS {
        tally.add(&Compatibility::of(
            &schema,
            format!("{{\"k{n}\":1}}").as_bytes(),
        ));
    }
    assert_eq!(tally.breaks, 3 * MOST_KINDS as u64);
    assert_eq!(tally.kinds.len(), MOST_KINDS);
}

#[test]
fn every_state_has_its_share_of_a_sample() {
    use JobState::{Active, Delayed, Waiting};
    let counts =
        |waiting, active, delayed| [(Waiting, waiting), (Active, active), (Delayed, delayed)];
    for (counts, most, expected) in [
        (
            counts(300, 0, 200),
            500,
            vec![(Waiting, 300), (Delayed, 200)],
        ),
        (
            counts(9_000, 3, 1_000),
            500,
            vec![(Waiting, 449), (Active, 3), (Delayed, 49)],
        ),
        (
            counts(1_000_000, 40, 0),
            500,
            vec![(Waiting, 499), (Active, 10)],
        ),
        (counts(0, 0, 0), 500, vec![]),
        (
            counts(u64::MAX / 4, 1, 1),
            500,
            vec![(Waiting, 499), (Active, 1), (Delayed, 1)],
        ),
    ] {
        assert_eq!(share(&counts, most), expected);
    }
}
