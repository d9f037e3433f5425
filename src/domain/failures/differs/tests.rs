#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn sample(jobs: impl IntoIterator<Item = String>) -> Sample {
    let mut sample = Sample::default();
    for data in jobs {
        sample.add(data.as_bytes());
    }
    sample
}

fn told(failed: &[&str], completed: impl IntoIterator<Item = String>) -> Vec<String> {
    let failed = sample(failed.iter().map(|data| (*data).to_owned()));
    match differences(&failed, &sample(completed)) {
        Differences::Found(found) => {
            let lines = found
                .iter()
                .map(|one| format!("{} {}", one.path, one.words()));
            lines.collect()
        }
        Differences::TooFew { failed, completed } => {
            vec![format!("too few: {failed}, {completed}")]
        }
    }
}

/// Invoices that completed, as the demo has them.
fn invoices() -> impl Iterator<Item = String> {
    (0..500_u64).map(|n| {
        let currency = ["EUR", "GBP", "USD"][n as usize % 3];
        let (amount, quantity) = (n * 7919 % 500 + 1, n % 9 + 1);
        format!(
            r#"{{"invoice":"INV-{n}","seq":{n},"amount":{amount}.5,"currency":"{currency}","customer":{{"email":"a{n}@x.org"}},"lines":[{{"quantity":{quantity}}}]}}"#
        )
    })
}

#[test]
fn a_field_of_another_type_comes_first_with_the_counts_of_both() {
    let failed = r#"{"invoice":"INV-900","seq":900,"amount":"12,50","currency":"EUR","customer":{"email":"b@x.org"},"lines":[{"quantity":1}]}"#;
    assert_eq!(
        told(&[failed; 7], invoices())[0],
        "amount is a string in 7 of 7 failed jobs, a number in 500 of 500 completed jobs"
    );
    assert_eq!(
        told(&[failed], invoices()),
        ["amount is a string in 1 of 1 failed job, a number in 500 of 500 completed jobs"],
        "nothing is told of ids and sequences"
    );
}

#[test]
fn missing_fields_formats_sets_and_ranges_are_told() {
    for (failed, line) in [
        (
            r#"{"invoice":"INV-1","seq":1,"amount":3,"customer":{"email":"b@x.org"},"lines":[{"quantity":1}]}"#,
            "currency is missing in 1 of 1 failed job, there in 500 of 500 completed jobs",
        ),
        (
            r#"{"invoice":"INV-1","seq":1,"amount":3,"currency":"EURO","customer":{"email":"b@x.org"},"lines":[{"quantity":1}]}"#,
            r#"currency is "EURO" in 1 of 1 failed job, one of "EUR", "GBP" and "USD" in 500 of 500 completed jobs"#,
        ),
        (
            r#"{"invoice":"INV-1","seq":1,"amount":3,"currency":"EUR","customer":{"email":"b@x,org"},"lines":[{"quantity":1}]}"#,
            r#"customer.email is "b@x,org" in 1 of 1 failed job, an e-mail address in 500 of 500 completed jobs"#,
        ),
        (
            r#"{"invoice":"INV-1","seq":1,"amount":-420,"currency":"EUR","customer":{"email":"b@x.org"},"lines":[{"quantity":1}]}"#,
            "amount is below 1.5 in 1 of 1 failed job, 1.5 or more in 500 of 500 completed jobs",
        ),
        (
            r#"{"invoice":"INV-1","seq":1,"amount":3,"currency":"EUR","customer":{"email":"b@x.org"},"lines":[{"quantity":2},{"quantity":0}]}"#,
            "lines[*].quantity is 0 in 1 of 1 failed job, one of 1, 2, 3, 4, 5 and 4 more in 500 of 500 completed jobs",
        ),
        (
            r#"{"invoice":"INV-1","seq":1,"amount":3,"currency":"EUR","note":"x","customer":{"email":"b@x.org"},"lines":[{"quantity":2}]}"#,
            "note is there in 1 of 1 failed job, missing in 500 of 500 completed jobs",
        ),
    ] {
        assert_eq!(told(&[failed], invoices()), [line]);
    }
}

#[test]
fn a_format_is_looked_for_by_its_name_where_a_query_has_one() {
    let terms = |failed: &str, completed: &str| {
        let completed = (0..20).map(|n| completed.replace('#', &n.to_string()));
        match differences(&sample([failed.to_owned()]), &sample(completed)) {
            Differences::Found(found) => found.iter().map(Difference::term).collect(),
            Differences::TooFew { .. } => Vec::new(),
        }
    };
    assert_eq!(
        terms(r#"{"to":"b@x,org"}"#, r#"{"to":"a#@x.org"}"#),
        ["data.to is string data.to is not email"]
    );
    assert_eq!(
        terms(r#"{"to":["a@x.org","b@x,org"]}"#, r#"{"to":["a#@x.org"]}"#),
        [r#"data.to[*] = "b@x,org""#]
    );
    assert_eq!(
        terms(r#"{"count":"12,50"}"#, r##"{"count":"#"}"##),
        [r#"data.count = "12,50""#]
    );
}

#[test]
fn a_value_that_most_failed_jobs_have_is_told_with_how_often_completed_ones_have_it() {
    let failed = [
        r#"{"country":"NO","n":1}"#,
        r#"{"country":"NO","n":2}"#,
        r#"{"country":"SE","n":3}"#,
    ];
    let completed = (0..40).map(|n| {
        let country = if n < 2 { "NO" } else { "SE" };
        format!(r#"{{"country":"{country}","n":{}}}"#, n % 4)
    });
    assert_eq!(
        told(&failed, completed),
        [r#"country is "NO" in 2 of 3 failed jobs, and in 2 of 40 completed jobs"#]
    );
}

#[test]
fn what_is_inside_a_field_that_differs_is_not_told_again() {
    let completed = (0..10).map(|n| format!(r#"{{"to":{{"name":"n{n}","mail":"a@x.org"}}}}"#));
    assert_eq!(
        told(&[r#"{"to":"ann"}"#], completed),
        ["to is a string in 1 of 1 failed job, an object in 10 of 10 completed jobs"]
    );
}

#[test]
fn too_few_jobs_tell_nothing() {
    assert_eq!(told(&[r#"{"a":1}"#], invoices().take(4)), ["too few: 1, 4"]);
    assert_eq!(told(&["not JSON"], invoices()), ["too few: 0, 500"]);
    assert_eq!(
        told(&[r#"{"a":1}"#], (0..9).map(|_| r#"{"a":1}"#.to_owned())),
        Vec::<String>::new()
    );
}

#[test]
fn numbers_beyond_a_double_are_told_apart() {
    let completed =
        (0..40_u64).map(|n| format!(r#"{{"n":{}}}"#, 12345678901234567850 + n * 7 % 41));
    assert_eq!(
        told(&[r#"{"n":12345678901234567891}"#], completed),
        [
            "n is above 12345678901234567890 in 1 of 1 failed job, up to 12345678901234567890 in 40 of 40 completed jobs"
        ]
    );
}

#[test]
fn huge_and_deep_data_is_bounded() {
    let wide: String = (0..20_000).map(|n| format!(r#""k{n}":{n},"#)).collect();
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let failed = sample([format!("{{{wide}\"z\":1}}"), deep.clone()]);
    let completed = sample((0..300).map(|n| format!(r#"{{"x{n}":[{}]}}"#, "1,".repeat(900) + "1")));
    assert!(failed.fields.len() <= 1_000 && completed.fields.len() <= 1_000);
    assert!(matches!(
        differences(&failed, &completed),
        Differences::Found(_)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn shares_never_exceed_their_samples(
        failed in proptest::collection::vec(crate::domain::json::arbitrary::plain_json_object(), 1..5),
        completed in proptest::collection::vec(crate::domain::json::arbitrary::plain_json_object(), 5..9),
    ) {
        if let Differences::Found(found) = differences(&sample(failed), &sample(completed)) {
            for one in found {
                prop_assert!(one.failed.with <= one.failed.of && one.completed.with <= one.completed.of);
                prop_assert!(!one.words().is_empty());
            }
        }
    }
}
