//! Comparing two versions: which jobs are paired, the verdicts, and how large, odd or hidden jobs are treated.

use bullkeeper_testkit::comparison::{compare, known, rows, verdict_of};
use bullkeeper_testkit::finished_jobs::{Done, completed, failed, finish};
use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestApp};

fn total(seen: &Seen, word: &str) -> String {
    let all = seen.all(".totals li");
    let found = all.iter().find(|total| total.ends_with(word));
    let found = found.unwrap_or_else(|| panic!("no {word} in {all:?}"));
    found.trim_end_matches(word).trim().to_owned()
}

#[tokio::test]
async fn jobs_with_the_same_custom_id_are_paired_and_each_pair_says_what_differs() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for (id, a, b) in [
        ("same", Ok(r#"{"a":1,"b":2}"#), Ok(r#"{"b":2.0, "a":1}"#)),
        ("value", Ok("9007199254740993"), Ok("9007199254740992")),
        ("outcome", Ok("1"), Err("no such address")),
        ("reason", Err("no such address"), Err("no such host")),
        ("alike", Err("no such address"), Err("no such address")),
    ] {
        for (queue, end) in [("order/v1", a), ("order/v2", b)] {
            let done = match end {
                Ok(returned) => completed(id, returned),
                Err(reason) => failed(id, reason),
            };
            finish(&mut jobs, queue, done).await;
        }
    }
    finish(&mut jobs, "order/v1", completed("old", "1")).await;
    finish(&mut jobs, "order/v2", completed("new", "1")).await;
    finish(&mut jobs, "order/v1", completed("late", "1")).await;
    jobs.waiting("order/v2", "late", "{}").await;
    // Ids that BullMQ counted up: equal numbers mean nothing.
    finish(&mut jobs, "order/v1", completed("7", "1")).await;
    finish(&mut jobs, "order/v2", completed("7", "2")).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;

    let seen = compare(&viewer, &[]).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
    for (key, verdict) in [
        ("same", "same"),
        ("value", "return value differs"),
        ("outcome", "outcome differs"),
        ("reason", "error differs"),
        ("alike", "same"),
        ("old", "only in v1"),
        ("new", "only in v2"),
        ("late", "not finished in one"),
    ] {
        assert_eq!(verdict_of(&seen, key), verdict, "{key}");
    }
    assert_eq!(rows(&seen).len(), 8, "the counted ids are left out");
    for (word, count) in [
        ("pairs finished", "5"),
        ("both completed", "2"),
        ("both failed", "2"),
        ("outcome differs", "1"),
        ("return value differs", "1"),
        ("error differs", "1"),
        ("only in v1", "1"),
        ("only in v2", "1"),
        ("not finished in one", "1"),
    ] {
        assert_eq!(total(&seen, word), count, "{word}");
    }
    let text = seen.text();
    assert!(
        text.contains("v1: 1 have an id that BullMQ counted up"),
        "{text}"
    );
    assert!(text.contains("v1: all 8 jobs"), "{text}");

    for (only, count) in [("differing", 3), ("outcome", 1), ("missing", 3)] {
        let seen = compare(&viewer, &[("only", only)]).await;
        assert_eq!(rows(&seen).len(), count, "{only}");
    }
    assert!(
        jobs.audit_of_jobs().await.is_empty(),
        "reading leaves no entry"
    );
}

#[tokio::test]
async fn jobs_are_paired_by_a_pointer_into_their_data_and_the_newest_counts() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let done = |id, data, returned, took| Done {
        data,
        times: (10, took),
        ..completed(id, returned)
    };
    for (queue, job) in [
        (
            "order/v1",
            done("1", r#"{"order":{"id":12345678901234567890}}"#, "1", 10),
        ),
        (
            "order/v2",
            done("9", r#"{"order": {"id": 12345678901234567890}}"#, "1", 10),
        ),
        (
            "order/v2",
            done("8", r#"{"order":{"id":12345678901234567891}}"#, "1", 10),
        ),
        ("order/v1", done("2", r#"{"order":{"id":"b"}}"#, "1", 10)),
        ("order/v1", done("3", r#"{"order":{"id":"b"}}"#, "2", 30)),
        ("order/v2", done("7", r#"{"order":{"id":"b"}}"#, "2", 10)),
        ("order/v1", done("4", r#"{"order":{}}"#, "1", 10)),
        ("order/v1", done("5", "{oops", "1", 10)),
    ] {
        finish(&mut jobs, queue, job).await;
    }
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let seen = compare(&viewer, &[("by", "pointer"), ("pointer", "/order/id")]).await;
    assert_eq!(verdict_of(&seen, "12345678901234567890"), "same");
    assert_eq!(verdict_of(&seen, "12345678901234567891"), "only in v2");
    assert_eq!(
        verdict_of(&seen, "\"b\""),
        "same",
        "the one that finished last"
    );
    let text = seen.text();
    for told in [
        "v1: 1 hold nothing at the pointer",
        "v1: 1 have data that is not JSON",
        "v1: 1 have the key of one that finished later",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
}

#[tokio::test]
async fn speed_is_that_of_the_pairs_side_by_side() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for at in 1..=20_u64 {
        let id = format!("o{at}");
        for (queue, times) in [
            ("order/v1", (at * 10, at * 100)),
            ("order/v2", (at, at * 10)),
        ] {
            let done = Done {
                times,
                ..completed(&id, "1")
            };
            finish(&mut jobs, queue, done).await;
        }
    }
    let alone = Done {
        times: (9_000, 900),
        ..completed("alone", "1")
    };
    finish(&mut jobs, "order/v1", alone).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let seen = compare(&viewer, &[]).await;
    let speeds = &seen.all("section tbody tr")[..4];
    assert_eq!(
        speeds,
        [
            "Waiting in v1 100 ms 190 ms 200 ms",
            "Waiting in v2 10 ms 19 ms 20 ms",
            "Processing in v1 1.0 s 1.9 s 2.0 s",
            "Processing in v2 100 ms 190 ms 200 ms",
        ]
        .map(|row| row.replacen("v1 ", "v1", 1).replacen("v2 ", "v2", 1))
        .map(|row| row.replace(" ms ", " ms").replace(" s ", " s"))
    );
}

#[tokio::test]
async fn what_two_jobs_returned_is_shown_side_by_side() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let id = "a/b % <i>ü</i> #?&";
    let old = r#"{"total":1.50,"id":12345678901234567890,"by":"<b>"}"#;
    let new = r#"{"id":12345678901234567890,"by":"<b>","total":1.75}"#;
    finish(&mut jobs, "order/v1", completed(id, old)).await;
    finish(&mut jobs, "order/v2", completed(id, new)).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let seen = compare(&viewer, &[]).await;
    assert_eq!(verdict_of(&seen, id), "return value differs");
    let href = seen.attributes("a[aria-controls]", "href").remove(0);
    let page = viewer.page(&href).await;
    assert_eq!(page.all("td.old"), ["\"total\": 1.50"]);
    assert_eq!(page.all("td.new"), ["\"total\": 1.75"]);
    assert!(!page.body.contains("<b>\""), "escaped");
    assert!(
        page.body.contains("<html"),
        "a page of its own without scripts"
    );
    let part = seen.attributes("a[aria-controls]", "hx-get").remove(0);
    let part = Seen::of(viewer.get_part(&part).await).await;
    assert!(!part.body.contains("<html"));
    assert_eq!(part.all("td.new"), ["\"total\": 1.75"]);
    let gone = viewer
        .get("/family/compare/diff?a=order/v1&b=order/v2&left=none&right=none")
        .await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}
