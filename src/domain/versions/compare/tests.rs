use super::*;
use crate::domain::job::JobState;
use crate::domain::stats::finished_jobs::Finished;
use crate::domain::stats::series::Spread;

fn ran(id: &str, state: JobState, finished: u64) -> Ran {
    Ran {
        id: JobId::new(id).unwrap(),
        state,
        times: Finished {
            added: Some(finished.saturating_sub(50)),
            started: Some(finished.saturating_sub(20)),
            finished: Some(finished),
            delay: 10,
            starts: 1,
            ..Finished::default()
        },
        attempts: 1,
        data_size: 2,
        result_size: 2,
        reason: String::new(),
    }
}

fn done(id: &str, finished: u64) -> Ran {
    ran(id, JobState::Completed, finished)
}

fn keyed(job: Ran) -> (PairKey, Ran) {
    (key_of_id(&job.id).unwrap(), job)
}

fn by_data(data: &str, job: Ran) -> (PairKey, Ran) {
    (key_in_data(data.as_bytes(), "/order").unwrap(), job)
}

#[test]
fn an_id_that_was_counted_up_is_no_key() {
    let key = |id: &str| key_of_id(&JobId::new(id).unwrap()).map(|key| key.label);
    assert_eq!(key("17"), Err(NoKey::CountedId));
    for id in [
        "order-17",
        "17a",
        "007",
        "12345678901234567890",
        "repeat:nightly:1700000000000",
        "ü <b>",
    ] {
        assert_eq!(key(id).as_deref(), Ok(id));
    }
    assert_eq!(key(&"x".repeat(101)).unwrap().chars().count(), 101);
}

#[test]
fn a_key_in_the_data_is_the_value_there_or_why_there_is_none() {
    let key = |data: &str| key_in_data(data.as_bytes(), "/order").map(|key| key.label);
    for (data, expected) in [
        (r#"{"order":"a"}"#, Ok("\"a\"")),
        (
            r#"{"order":12345678901234567890}"#,
            Ok("12345678901234567890"),
        ),
        (r#"{"order":{"id": 1}}"#, Ok("{\"id\":1}")),
        (r#"{"order":null}"#, Ok("null")),
        (r#"{"id":1}"#, Err(NoKey::Missing)),
        ("[]", Err(NoKey::Missing)),
        ("{oops", Err(NoKey::NotJson)),
        ("", Err(NoKey::NotJson)),
    ] {
        assert_eq!(key(data), expected.map(str::to_owned), "{data}");
    }
    assert_eq!(key_in_data(b"\xff", "/order"), Err(NoKey::NotJson));
}

#[test]
fn jobs_pair_by_id_and_what_finished_last_comes_first() {
    let a = vec![keyed(done("x", 100)), keyed(done("y", 300))];
    let b = vec![keyed(done("x", 400)), keyed(done("z", 200))];
    let pairs = pair(a, b).pairs;
    let told: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.label.as_str(), pair.a.is_some(), pair.b.is_some()))
        .collect();
    assert_eq!(
        told,
        [("x", true, true), ("y", true, false), ("z", false, true)]
    );
}

#[test]
fn jobs_pair_by_the_value_in_their_data_however_it_is_written() {
    let a = vec![
        by_data(r#"{"order":1.0}"#, done("1", 100)),
        by_data(r#"{"order":"1"}"#, done("2", 90)),
    ];
    let b = vec![by_data(r#"{ "order" : 1 }"#, done("7", 100))];
    let pairs = pair(a, b).pairs;
    assert_eq!(pairs.len(), 2, "a text is not a number");
    assert_eq!(pairs[0].a.as_ref().unwrap().id.as_str(), "1");
    assert_eq!(pairs[0].b.as_ref().unwrap().id.as_str(), "7");
}

#[test]
fn of_several_with_one_key_the_one_that_finished_last_counts() {
    let a = ["1", "2", "3"].into_iter().zip([10, 30, 20]);
    let a = a.map(|(id, finished)| by_data(r#"{"order":1}"#, done(id, finished)));
    let paired = pair(a.collect(), vec![by_data(r#"{"order":1}"#, done("9", 5))]);
    assert_eq!((paired.doubled_a, paired.doubled_b), (2, 0));
    assert_eq!(paired.pairs.len(), 1);
    assert_eq!(paired.pairs[0].a.as_ref().unwrap().id.as_str(), "2");
}

#[test]
fn a_verdict_needs_the_results_only_where_both_ended_alike() {
    use JobState::{Completed, Failed, Unknown};
    for (a, b, expected) in [
        (Some(Completed), Some(Completed), None),
        (Some(Failed), Some(Failed), None),
        (Some(Completed), Some(Failed), Some(PairVerdict::Outcome)),
        (Some(Failed), Some(Completed), Some(PairVerdict::Outcome)),
        (
            Some(Completed),
            Some(Unknown),
            Some(PairVerdict::Unfinished),
        ),
        (Some(Unknown), Some(Failed), Some(PairVerdict::Unfinished)),
        (Some(Completed), None, Some(PairVerdict::OnlyA)),
        (None, Some(Failed), Some(PairVerdict::OnlyB)),
    ] {
        let pair = Pair {
            label: String::new(),
            a: a.map(|state| ran("x", state, 100)),
            b: b.map(|state| ran("x", state, 100)),
        };
        assert_eq!(PairVerdict::at_sight(&pair), expected, "{a:?} {b:?}");
    }
}

#[test]
fn return_values_are_compared_as_json_and_errors_as_text() {
    use JobState::{Completed, Failed};
    for (state, a, b, same) in [
        (Completed, r#"{"a":1,"b":2}"#, r#"{"b":2.0, "a":1}"#, true),
        (Completed, "1e400", "1e401", false),
        (Completed, "null", "null", true),
        (Completed, "null", "", false),
        (Completed, "{oops", "{oops", true),
        (Completed, "{oops", "{oops ", false),
        (Failed, "1.0", "1", false),
        (Failed, "no such address", "no such address", true),
    ] {
        let found = same_value(state, a.as_bytes(), b.as_bytes());
        assert_eq!(found, same, "{a} and {b}");
    }
}

#[test]
fn a_summary_counts_verdicts_and_takes_times_of_whole_pairs_alone() {
    let mut slow = done("x", 1_000);
    slow.times.added = Some(800);
    slow.times.started = Some(900);
    let whole = Pair {
        label: "x".to_owned(),
        a: Some(done("x", 1_000)),
        b: Some(slow),
    };
    let half = Pair {
        b: None,
        ..whole.clone()
    };
    let rows = [
        (&whole, PairVerdict::ReturnValue),
        (&whole, PairVerdict::Same),
        (&half, PairVerdict::OnlyA),
    ];
    let summary = summary(rows.into_iter());
    assert_eq!((summary.pairs, summary.both_completed), (2, 2));
    assert_eq!(summary.of(PairVerdict::OnlyA), 1);
    assert_eq!(summary.of(PairVerdict::OnlyB), 0);
    let told = |spread: Spread| (spread.p50_ms, spread.p99_ms, spread.samples);
    assert_eq!(told(summary.a.waiting), (20.0, 20.0, 2), "less the delay");
    assert_eq!(told(summary.a.processing), (20.0, 20.0, 2));
    assert_eq!(told(summary.b.waiting), (90.0, 90.0, 2));
    assert_eq!(told(summary.b.processing), (100.0, 100.0, 2));
}

#[test]
fn a_choice_of_pairs_lets_through_what_it_names() {
    let through = |only: Only| {
        let wanted = PairVerdict::ALL
            .iter()
            .copied()
            .filter(|verdict| only.wants(*verdict));
        wanted.map(PairVerdict::name).collect::<Vec<_>>()
    };
    assert_eq!(through(Only::All).len(), PairVerdict::ALL.len());
    assert_eq!(
        through(Only::Differing),
        ["outcome-differs", "return-value-differs", "error-differs"]
    );
    assert_eq!(through(Only::Outcome), ["outcome-differs"]);
    assert_eq!(
        through(Only::Missing),
        ["not-finished", "only-in-a", "only-in-b"]
    );
    assert!("some".parse::<Only>().is_err());
}
