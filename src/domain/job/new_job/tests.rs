use std::collections::HashMap;

use super::carried::carried_over;
use super::fields;
use super::options::JobOptions;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::operations::parameters::ParameterKind;
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;

fn queue() -> QueueId {
    QueueId::new("bull", "email/v2").unwrap()
}

fn typed(fields: &[(&str, &str)]) -> HashMap<String, String> {
    let fields = fields.iter();
    fields
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn parse(fields: &[(&str, &str)]) -> Result<JobOptions, Vec<ParameterFault>> {
    JobOptions::parse(&typed(fields), &queue(), 1_000)
}

#[test]
fn an_empty_form_is_a_job_without_options() {
    let options = parse(&[("delay", ""), ("job_id", " ")]).unwrap();
    assert_eq!(options, JobOptions::default());
    assert_eq!(
        (options.pairs(), options.words()),
        ("[]".to_owned(), String::new())
    );
}

#[test]
fn options_come_in_the_order_in_which_a_program_may_give_them() {
    let options = parse(&[
        ("parent_id", "7"),
        ("parent_queue", "parents"),
        ("parent_on_failure", "failParentOnFailure"),
        ("remove_on_fail", "1000, 24 h"),
        ("remove_on_complete", "yes"),
        ("job_id", " a:b:c "),
        ("backoff", "exponential"),
        ("backoff_delay", "1.5 s"),
        ("attempts", "3"),
        ("lifo", "1"),
        ("priority", "5"),
        ("delay", "in 2 h"),
    ]);
    let options = options.unwrap();
    assert_eq!(
        options.pairs(),
        concat!(
            r#"[["delay",7200000],["priority",5],["lifo",true],["attempts",3],"#,
            r#"["backoff",{"type":"exponential","delay":1500}],["jobId","a:b:c"],["removeOnComplete",true],"#,
            r#"["removeOnFail",{"age":86400,"count":1000}],["parent",{"id":"7","queue":"bull:parents"}],"#,
            r#"["failParentOnFailure",true]]"#
        )
    );
    assert_eq!(
        options.words(),
        "Delay: 2 h; Priority: 5; LIFO; Attempts: 3; Backoff: exponential 1500 ms; Job id: a:b:c; \
         Remove when completed: yes; Remove when failed: 1000, 1 d; Parent: 7, failParentOnFailure"
    );
}

#[test]
fn each_field_that_is_wrong_is_named_once() {
    let long = "a".repeat(501);
    for (fields, wrong) in [
        (&[("delay", "tomorrow")][..], "delay"),
        (&[("delay", "1960-01-01 00:00")], "delay"),
        (&[("priority", "2097152")], "priority"),
        (&[("priority", "-1")], "priority"),
        (&[("attempts", "1.5")], "attempts"),
        (&[("backoff", "linear")], "backoff"),
        (&[("backoff", "fixed")], "backoff_delay"),
        (
            &[("backoff", "fixed"), ("backoff_delay", "0 s")],
            "backoff_delay",
        ),
        (&[("backoff_delay", "5 s")], "backoff_delay"),
        (&[("job_id", "17")], "job_id"),
        (&[("job_id", &long)], "job_id"),
        (&[("deduplication_ttl", "1 h")], "deduplication"),
        (
            &[("deduplication", "a"), ("deduplication_ttl", "soon")],
            "deduplication_ttl",
        ),
        (
            &[("deduplication", "a"), ("parent_id", "7")],
            "deduplication",
        ),
        (&[("remove_on_complete", "maybe")], "remove_on_complete"),
        (&[("remove_on_fail", "5, 6")], "remove_on_fail"),
        (&[("remove_on_fail", "-5")], "remove_on_fail"),
        (&[("parent_queue", "parents")], "parent_id"),
        (&[("parent_on_failure", "failParentOnFailure")], "parent_id"),
        (
            &[("parent_id", "7"), ("parent_queue", "a:b")],
            "parent_queue",
        ),
        (
            &[("parent_id", "7"), ("parent_on_failure", "explode")],
            "parent_on_failure",
        ),
    ] {
        let faults = parse(fields).unwrap_err();
        let names: Vec<&str> = faults.iter().map(|fault| fault.name).collect();
        assert_eq!(names, [wrong], "{fields:?}: {faults:?}");
    }
}

#[test]
fn what_a_version_can_not_do_is_refused_for_it_alone() {
    let four = BullmqVersion::parse(Some("bullmq:4.18.3"), None);
    let six = BullmqVersion::parse(Some("bullmq:6.7.0"), None);
    let unsupported = |fields: &[(&str, &str)], version: &BullmqVersion| {
        let faults = parse(fields).unwrap().unsupported_by(version);
        faults.iter().map(|fault| fault.name).collect::<Vec<_>>()
    };
    for (fields, by_4, by_6) in [
        (
            &[("deduplication", "a")][..],
            &["deduplication"][..],
            &[][..],
        ),
        (&[("job_id", "a:b")], &[], &["job_id"]),
        (&[("job_id", "a:b:c")], &[], &[]),
        (
            &[
                ("parent_id", "7"),
                ("parent_on_failure", "ignoreDependencyOnFailure"),
            ],
            &["parent_on_failure"],
            &[],
        ),
        (
            &[
                ("parent_id", "7"),
                ("parent_on_failure", "failParentOnFailure"),
            ],
            &[],
            &[],
        ),
    ] {
        assert_eq!(unsupported(fields, &four), by_4, "{fields:?}");
        assert_eq!(unsupported(fields, &six), by_6, "{fields:?}");
    }
}

#[test]
fn the_options_of_a_job_come_back_as_what_was_typed() {
    let fields = [
        ("delay", "90 min"),
        ("priority", "5"),
        ("lifo", "1"),
        ("attempts", "3"),
        ("backoff", "fixed"),
        ("backoff_delay", "1500 ms"),
        ("remove_on_complete", "no"),
        ("remove_on_fail", "1000, 1 d"),
        ("parent_id", "7"),
        ("parent_queue", "parents"),
        ("parent_on_failure", "continueParentOnFailure"),
    ];
    let options = parse(&fields).unwrap();
    let stored = r#"{"attempts":3,"delay":5400000,"priority":5,"lifo":true,"backoff":{"type":"fixed","delay":1500},
        "jobId":"a","removeOnComplete":false,"removeOnFail":{"age":86400,"count":1000},
        "parent":{"id":"7","queue":"bull:parents"},"cpof":true}"#;
    let (carried, left) = carried_over(stored.as_bytes(), &queue(), |_| true);
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(JobOptions::parse(&carried, &queue(), 1_000), Ok(options));
}

#[test]
fn what_no_field_can_say_is_named_and_a_parent_out_of_sight_is_not() {
    let stored = br#"{"attempts":0,"backoff":{"type":"fixed","delay":5,"jitter":0.5},"repeat":{"every":5},"kl":9,
        "de":{"id":"a","replace":true},"parent":{"id":"7","queue":"bull:secret"},"fpof":true}"#;
    let (carried, left) = carried_over(stored, &queue(), |queue| queue.name() != "secret");
    assert_eq!(left, ["backoff", "repeat", "kl", "de"]);
    assert_eq!(carried, typed(&[("attempts", "0")]));
    assert_eq!(
        carried_over(b"no JSON", &queue(), |_| true),
        Default::default()
    );
}

#[test]
fn every_field_has_a_name_of_its_own_and_every_other_than_a_text_a_default_that_is_allowed() {
    let names: Vec<&str> = fields::all().map(|spec| spec.name).collect();
    let taken = [
        "queue",
        "prefix",
        "name",
        "text",
        "reason",
        "then",
        "from",
        fields::NAME,
    ];
    for (at, spec) in fields::all().enumerate() {
        assert!(!names[..at].contains(&spec.name) && !taken.contains(&spec.name));
        let may_be_empty = matches!(spec.kind, ParameterKind::Text { .. } | ParameterKind::Flag);
        assert!(may_be_empty || !spec.default.is_empty(), "{}", spec.name);
    }
}
