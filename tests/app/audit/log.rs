//! Reading the audit log: filters and pages, whose cost does not grow with the log.

use reqwest::StatusCode;

use bullkeeper_testkit::past_audit::{
    MINUTE, NOON, Past, about_job, all_pages, app_with, ids, mixed, next, redis_with,
};
use bullkeeper_testkit::{Seen, TestApp, serde_urlencoded};

#[tokio::test]
async fn filters_find_exactly_what_they_name_newest_first() {
    let past = mixed();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    type Wanted = fn(&Past) -> bool;
    let cases: [(&[(&str, &str)], Wanted); 15] = [
        (&[("who", "ann")], |entry| {
            entry.get("actor").contains("ann")
        }),
        (&[("who", "an*")], |entry| {
            entry.get("actor").starts_with("an")
        }),
        (&[("queue", "email/v2")], |entry| {
            entry.get("queue").contains("email/v2")
        }),
        (&[("queue", "email/*")], |entry| {
            entry.get("queue").starts_with("email/")
        }),
        (&[("job", "17")], |entry| entry.get("job") == "17"),
        (&[("job", "a b<c>")], |entry| entry.get("job") == "a b<c>"),
        (&[("queue", "billing"), ("job", "18")], |entry| {
            (entry.get("queue"), entry.get("job")) == ("billing", "18")
        }),
        (
            &[("queue", "billing"), ("job", "18"), ("outcome", "denied")],
            |entry| {
                (entry.get("queue"), entry.get("job"), entry.get("outcome"))
                    == ("billing", "18", "denied")
            },
        ),
        (&[("action", "job.retry")], |entry| {
            entry.get("action") == "job.retry"
        }),
        (&[("outcome", "conflict")], |entry| {
            entry.get("outcome") == "conflict"
        }),
        (
            &[
                ("who", "ben"),
                ("action", "job.edit"),
                ("outcome", "failed"),
            ],
            |entry| {
                (
                    entry.get("actor"),
                    entry.get("action"),
                    entry.get("outcome"),
                ) == ("ben", "job.edit", "failed")
            },
        ),
        (
            &[("since", "2020-03-01T12:05"), ("until", "2020-03-01T12:09")],
            |entry| (NOON + 5 * MINUTE..NOON + 10 * MINUTE).contains(&entry.millis()),
        ),
        (&[("until", "2020-03-01T12:00")], |entry| {
            entry.millis() == NOON
        }),
        (&[("since", "2020-03-01"), ("until", "2020-03-02")], |_| {
            true
        }),
        (
            &[
                ("queue", "email/v1"),
                ("job", "17"),
                ("since", "2020-03-01T12:10"),
                ("until", "2020-03-01T12:30"),
            ],
            |entry| {
                let time = NOON + 10 * MINUTE..NOON + 31 * MINUTE;
                entry.get("queue") == "email/v1"
                    && entry.get("job") == "17"
                    && time.contains(&entry.millis())
            },
        ),
    ];
    for (filter, wanted) in cases {
        let found = ids(&admin
            .page(&format!("/audit?{}", serde_urlencoded(filter)))
            .await);
        let expected: Vec<String> = past
            .iter()
            .rev()
            .filter(|entry| wanted(entry))
            .map(|entry| entry.id.clone())
            .collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_filter_that_can_not_be_meant_is_told_so() {
    let app = app_with(&[]).await;
    let admin = app.admin().await;
    for (query, word) in [
        ("action=job.delete", "job.edit"),
        ("outcome=fine", "applied"),
        ("since=yesterday", "2026-03-01T14:03"),
        ("until=2026-02-30", "2026-03-01"),
        ("before=abc", "abc"),
        ("before=1", "is not the ID"),
        ("before=99999999999999999999-0", "is not the ID"),
        ("before=1-99999999999999999999", "is not the ID"),
        ("before=%2B1-0", "is not the ID"),
    ] {
        let page = Seen::of(admin.get(&format!("/audit?{query}")).await).await;
        assert_eq!(
            page.status,
            StatusCode::BAD_REQUEST,
            "{query}: {}",
            page.text()
        );
        assert!(page.text().contains(word), "{query}: {}", page.text());
    }
    for id in [
        "abc",
        "1",
        "99999999999999999999-0",
        "1-0",
        "18446744073709551615-18446744073709551615",
    ] {
        let page = admin.get(&format!("/audit/entry?id={id}")).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{id}");
    }
    for before in ["0-0", "0-1", "18446744073709551615-18446744073709551615"] {
        let page = Seen::of(admin.get(&format!("/audit?before={before}")).await).await;
        assert_eq!(page.status, StatusCode::OK, "{before}: {}", page.text());
    }
}

#[tokio::test]
async fn paging_back_shows_every_entry_once_whatever_is_added_meanwhile() {
    let past: Vec<Past> = (0..150)
        .map(|n| about_job(NOON + n, n, "applied"))
        .collect();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    let first = admin.page("/audit").await;
    let mut seen = ids(&first);
    let mut at = next(&first);
    while let Some(path) = at {
        // Each sign-in adds an entry on top.
        app.admin().await;
        let page = admin.page(&path).await;
        seen.extend(ids(&page));
        at = next(&page);
    }
    let of_past: Vec<&String> = seen
        .iter()
        .filter(|id| id.starts_with("15830640"))
        .collect();
    let expected: Vec<&String> = past.iter().rev().map(|entry| &entry.id).collect();
    assert_eq!(of_past, expected);

    let pages = all_pages(&admin, "/audit?who=ann").await;
    assert_eq!(
        pages.iter().map(Vec::len).collect::<Vec<_>>(),
        [50, 50, 50],
        "no empty page at the end"
    );
    let pages = all_pages(&admin, "/audit?queue=email%2F*&until=2020-03-02").await;
    assert_eq!(
        pages.concat(),
        expected.into_iter().cloned().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_job_with_more_entries_than_a_page_is_paged_from_its_own_list() {
    let past: Vec<Past> = (0..120)
        .map(|n| about_job(NOON + n, 17, "applied"))
        .collect();
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let before = jobs.calls("xrevrange").await;
    let pages = all_pages(&admin, "/audit?queue=email%2Fv2&job=17").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    let expected: Vec<String> = past.iter().rev().map(|entry| entry.id.clone()).collect();
    assert_eq!(pages.concat(), expected);
    assert_eq!(
        jobs.calls("xrevrange").await,
        before,
        "the log was not walked"
    );
}

/// One of twenty thousand is about job 7 of `rare`; the others are sign-ins and edits elsewhere.
fn twenty_thousand() -> Vec<Past> {
    let mut past: Vec<Past> = (0..20_000)
        .map(|n| about_job(NOON + n, n, "applied"))
        .collect();
    past[300] = Past::at(
        NOON + 300,
        &[
            ("event", "R"),
            ("actor", "rita"),
            ("prefix", "bull"),
            ("queue", "rare"),
            ("job", "7"),
            ("action", "job.edit"),
            ("outcome", "applied"),
        ],
    );
    past
}

#[tokio::test]
async fn what_a_page_costs_redis_does_not_grow_with_the_log() {
    let past = twenty_thousand();
    let rare = past[300].id.clone();
    // The live engine reads single entries as well, so it must be quiet while reads are counted here.
    let seldom = [("round", "1h"), ("refresh", "1m")];
    let app = TestApp::on(redis_with(&past).await, &seldom).await;
    let mut jobs = app.jobs().await;
    jobs.failed("rare", "7", "{}").await;
    let admin = app.admin().await;
    let middle = format!("/audit?before={}", past[10_000].id);
    let end = format!("/audit?before={}", past[40].id);
    for (path, most) in [
        ("/audit", 1),
        (middle.as_str(), 1),
        (end.as_str(), 1),
        ("/audit?since=2020-03-01&until=2020-03-02", 1),
        ("/audit?who=nobody", 22),
        ("/audit?queue=rare&job=7", 0),
        ("/job?queue=rare&id=7", 0),
        (&format!("/audit/entry?id={rare}"), 0),
    ] {
        let before = (jobs.calls("xrevrange").await, jobs.calls("xrange").await);
        let page = admin.page(path).await;
        let backward = jobs.calls("xrevrange").await - before.0;
        let forward = jobs.calls("xrange").await - before.1;
        assert!(backward <= most, "{path}: {backward} reads of the log");
        // The leading process looks for new entries meanwhile, from where it was.
        assert!(forward <= 3, "{path}: {forward} reads of single entries");
        if path.contains("rare") || path.contains(&rare) {
            assert!(page.body.contains(&rare), "{path}: {}", page.text());
        }
    }
    // A filter that matches almost nothing is still fast.
    let pages = all_pages(&admin, "/audit?who=rita").await;
    assert_eq!(pages, [[rare]]);

    let before = jobs.calls("xrange").await;
    // A download goes through the whole log, for one entry or for all.
    let download = admin.get("/audit/export?format=jsonl&who=rita").await;
    assert_eq!(download.text().await.unwrap().lines().count(), 1);
    let reads = jobs.calls("xrange").await - before;
    assert!(
        (20..=120).contains(&reads),
        "in parts, neither all at once nor one by one: {reads}"
    );
}
