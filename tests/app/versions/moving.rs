//! Moving jobs between versions: what arrives, what is recorded, and how a patch changes data on the way.

use reqwest::StatusCode;

use bullkeeper_testkit::moves::{
    begin, moved, review, try_begin, two_versions, two_versions_with, until,
};
use bullkeeper_testkit::retry::{list, outcomes};
use bullkeeper_testkit::{Seen, TestApp, eventually, now};

const DATA: &str = r#"{"gone":1,"big":12345678901234567890123,"far":1e400,"one":1.0}"#;

#[tokio::test]
async fn jobs_arrive_as_they_were_and_in_the_same_order() {
    let (_app, mut jobs, admin) = two_versions().await;
    let due = now() + 3_600_000;
    for id in ["1", "2", "my-own"] {
        jobs.waiting("email/v1", id, DATA).await;
    }
    jobs.prioritized("email/v1", "4", 7).await;
    jobs.delayed("email/v1", "5", due).await;
    jobs.failed("email/v1", "6", DATA).await;
    jobs.waiting("email/v2", "9", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v2:id", "9"]).await;
    jobs.run::<u64>(&["RPUSH", "bull:email/v1:1:logs", "a line"])
        .await;
    let before = jobs.job_hash("email/v1", "1").await;
    let page = moved(&admin, &[("failed", "1")]).await;
    assert!(page.text().contains("6 done, 0 skipped"), "{}", page.text());

    // The next job of v2 stays the next; after it come those of v1, in order.
    assert_eq!(
        list(&mut jobs, "email/v2", "wait").await,
        ["my-own", "11", "10", "9"]
    );
    assert_eq!(jobs.job_hash("email/v2", "10").await, before);
    assert_eq!(list(&mut jobs, "email/v2", "10:logs").await, ["a line"]);
    let prioritized = jobs.sorted("email/v2", "prioritized").await;
    assert_eq!(prioritized, [("13".to_owned(), (7_u64 << 32) as f64 + 1.0)]);
    let delayed = jobs.sorted("email/v2", "delayed").await;
    assert_eq!(delayed, [("14".to_owned(), (due * 4096) as f64)]);
    let failed = jobs.job_hash("email/v2", "15").await;
    assert!(failed["failedReason"].starts_with(b"no such address"));
    assert_eq!(failed["atm"], b"3");
    let left: Vec<String> = jobs.run(&["KEYS", "bull:email/v1:*"]).await;
    let mut left: Vec<&str> = left.iter().map(String::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["bull:email/v1:events", "bull:email/v1:meta"]);
}

#[tokio::test]
async fn every_job_has_its_entry_and_the_run_has_two() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v1", "own", "{}").await;
    moved(&admin, &[]).await;
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action").ends_with(".move"));
    assert_eq!(
        outcomes(&entries),
        [
            ("version.move", "intent"),
            ("job.move", "applied"),
            ("job.move", "applied"),
            ("version.move", "applied"),
        ]
    );
    for entry in &entries {
        assert_eq!(entry.get("actor"), "admin");
        assert_eq!(entry.get("reason"), "v1 goes away");
        assert_eq!(
            (entry.get("queue"), entry.get("to_queue")),
            ("email/v1", "email/v2")
        );
        assert_eq!(entry.get("run"), entries[0].get("run"));
    }
    assert_eq!(entries[0].get("event"), entries[3].get("event"));
    assert_ne!(entries[1].get("event"), entries[2].get("event"));
    assert_eq!(
        (entries[2].get("job"), entries[2].get("to_job")),
        ("own", "own")
    );
    assert_eq!(
        (entries[1].get("job"), entries[1].get("to_job")),
        ("1", "1")
    );
    assert_eq!(entries[1].get("state"), "waiting");
    assert!(entries[3].get("note").contains("2 done"), "{entries:?}");
    // The job's page in its new queue tells where it came from.
    let page = admin.page("/job?queue=email/v2&id=own").await;
    assert!(
        page.all("#history tbody tr").join(" ").contains("job.move"),
        "{}",
        page.text()
    );
    let of_run = format!("/audit?run={}", entries[0].get("run"));
    let log = admin.page(&of_run).await.all("tbody tr").join(" ");
    assert!(log.contains("intent") && !log.contains("unknown"), "{log}");
}

#[tokio::test]
async fn a_patch_reshapes_the_data_and_leaves_all_else_as_it_is_written() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.waiting("email/v1", "own", DATA).await;
    jobs.waiting("email/v1", "two", r#"{"a":1,"a":2}"#).await;
    jobs.waiting("email/v1", "not", "{oops").await;
    jobs.waiting("email/v1", "odd", r#"{"none":1}"#).await;
    let patch = [("patch", r#"[{"op":"remove","path":"/gone"}]"#)];
    let seen = review(&admin, &patch).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
    let text = seen.text();
    assert!(
        text.contains("1 would move. The data of 1 would change."),
        "{text}"
    );
    assert!(text.contains("operation 1: there is no /gone"), "{text}");
    assert_eq!(seen.all(".diff .old").len(), 1, "{text}");
    assert_eq!(list(&mut jobs, "email/v1", "wait").await.len(), 4);

    let page = moved(&admin, &patch).await;
    assert!(page.text().contains("1 done, 3 skipped"), "{}", page.text());
    let data = jobs.data("email/v2", "own").await.unwrap();
    assert_eq!(
        String::from_utf8(data).unwrap(),
        r#"{"big":12345678901234567890123,"far":1e400,"one":1.0}"#
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        entries[0].get("patch"),
        r#"[{"op":"test","path":"/gone","value":1},{"op":"remove","path":"/gone"}]"#
    );
    assert!(!entries[0].get("before").is_empty() && !entries[0].get("after").is_empty());
    let untouched = jobs.data("email/v1", "two").await.unwrap();
    assert_eq!(untouched, br#"{"a":1,"a":2}"#);
}

#[tokio::test]
async fn what_must_not_be_seen_is_hidden_in_the_entry_of_a_reshaped_job() {
    let (_app, mut jobs, admin) = two_versions_with(&[("redact", "password")]).await;
    jobs.waiting("email/v1", "own", r#"{"password":"hunter2"}"#)
        .await;
    let patch = r#"[{"op":"move","from":"/password","path":"/old/password"}]"#;
    let patch = format!(
        r#"[{{"op":"add","path":"/old","value":{{}}}},{}"#,
        &patch[1..]
    );
    moved(&admin, &[("patch", &patch)]).await;
    let data = jobs.data("email/v2", "own").await.unwrap();
    assert_eq!(data, br#"{"old":{"password":"hunter2"}}"#);
    let entries = jobs.audit_of_jobs().await;
    assert!(entries[0].get("patch").contains("redacted:"), "{entries:?}");
    assert!(!format!("{entries:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_large_change_is_kept_beside_the_log() {
    let (_app, mut jobs, admin) = two_versions().await;
    let data = format!(r#"{{"text":"{}"}}"#, "x".repeat(10_000));
    jobs.waiting("email/v1", "own", data).await;
    moved(&admin, &[("patch", r#"[{"op":"remove","path":"/text"}]"#)]).await;
    let entry = jobs.audit_of_jobs().await.remove(0);
    assert_eq!((entry.get("apart"), entry.get("patch")), ("1", ""));
    let key = format!("bullkeeper:audit-change:{}", entry.get("event"));
    let patch: String = jobs.run(&["HGET", &key, "patch"]).await;
    assert!(patch.len() > 10_000);
}

#[tokio::test]
async fn only_the_jobs_that_the_filter_means_move() {
    let (_app, mut jobs, admin) = two_versions().await;
    for id in ["order-1", "other", "order-2"] {
        jobs.waiting("email/v1", id, "{}").await;
    }
    jobs.run::<u64>(&["HSET", "bull:email/v1:order-2", "name", "sent"])
        .await;
    moved(&admin, &[("job_id", "order-*"), ("job_name", "send")]).await;
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["order-1"]);
    assert_eq!(
        list(&mut jobs, "email/v1", "wait").await,
        ["order-2", "other"]
    );
}

#[tokio::test]
async fn only_the_jobs_that_match_the_query_move_and_a_text_that_is_no_query_is_kept() {
    let (_app, mut jobs, admin) = two_versions().await;
    for (id, data) in [
        ("1", "{\"n\":41}"),
        ("2", "{\"n\":42}"),
        ("3", "{\"n\":\"42\"}"),
    ] {
        jobs.waiting("email/v1", id, data).await;
    }
    let wrong = [("query", "data.n = \"<b>")];
    let refused = try_begin(&admin, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("The query"), "{}", refused.text());
    assert!(
        refused.body.contains("value=\"data.n = &#34;&#60;b&#62;\""),
        "{}",
        refused.body
    );
    let seen = review(&admin, &[("query", "data.n = 42 added > 1h ago")]).await;
    assert!(seen.text().contains("1 would move"), "{}", seen.text());
    assert!(!seen.body.contains("1h ago"), "{}", seen.body);
    moved(&admin, &[("query", "data.n = 42")]).await;
    let moved: Option<String> = jobs.run(&["HGET", "bull:email/v2:1", "data"]).await;
    assert_eq!(moved.as_deref(), Some("{\"n\":42}"));
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["3", "1"]);
}

#[tokio::test]
async fn an_id_of_its_own_stays_though_it_is_written_in_digits() {
    let (_app, mut jobs, admin) = two_versions().await;
    let own = ["007", "12345678901234567", "12345678901234567890"];
    for id in own.iter().chain(&["9007199254740991"]) {
        jobs.waiting("email/v1", id, "{}").await;
    }
    jobs.hash("email/v2", "007", b"{}").await;
    let seen = review(&admin, &[]).await.text();
    assert!(
        seen.contains("3 would move") && seen.contains("its id is taken"),
        "{seen}"
    );
    moved(&admin, &[]).await;
    let mut there = list(&mut jobs, "email/v2", "wait").await;
    there.sort();
    assert_eq!(there.len(), 3, "{there:?}");
    assert!(there.contains(&own[1].to_owned()) && there.contains(&own[2].to_owned()));
    let last: String = jobs.run(&["GET", "bull:email/v2:id"]).await;
    assert!(there.contains(&last), "the counted one is counted on");
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["007"]);
}

#[tokio::test]
async fn a_deduplication_key_goes_along_with_its_time() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v2:id", "41"]).await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:1", "deid", "customer"])
        .await;
    jobs.run::<()>(&["SET", "bull:email/v1:de:customer", "1", "PX", "600000"])
        .await;
    moved(&admin, &[]).await;
    let held: String = jobs.run(&["GET", "bull:email/v2:de:customer"]).await;
    let left: i64 = jobs.run(&["PTTL", "bull:email/v2:de:customer"]).await;
    let old: u64 = jobs.run(&["EXISTS", "bull:email/v1:de:customer"]).await;
    assert_eq!((held.as_str(), old), ("42", 0));
    assert!((500_000..=600_000).contains(&left), "{left}");
}

#[tokio::test]
async fn nothing_moves_without_a_reason_and_a_yes_and_what_was_typed_is_kept() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let patch = r#"[{"op":"add","path":"/<b>","value":1}]"#;
    for (missing, what) in [
        ("reason", "Enter a reason"),
        ("confirm", "select the checkbox"),
    ] {
        let form = [(missing, ""), ("patch", patch), ("job_id", "1*")];
        let refused = try_begin(&admin, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(what), "{}", refused.text());
        assert!(refused.body.contains("/&#60;b&#62;"), "{}", refused.body);
        assert!(refused.body.contains(r#"name="job_id*" value="1*""#));
    }
    for (form, what) in [
        (vec![("to", "email/v1")], "the same version"),
        (vec![("patch", "[{]")], "not JSON"),
        (
            vec![("waiting", ""), ("prioritized", ""), ("delayed", "")],
            "at least one state",
        ),
        (vec![("to", "billing/v2")], "one family only"),
    ] {
        let refused = try_begin(&admin, &[&form[..], &[("job_id", "<kept>")]].concat()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(refused.text().contains(what), "{}", refused.text());
        assert!(refused.body.contains("&#60;kept&#62;"), "{}", refused.body);
    }
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["1"]);
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn who_may_not_is_refused_with_their_text_and_it_is_recorded() {
    let (app, mut jobs, _admin) = two_versions().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let stranger = app.stranger();
    let lost = try_begin(&stranger, &[("job_id", "<kept>")]).await;
    assert_eq!(lost.status, StatusCode::UNAUTHORIZED);
    assert!(lost.body.contains("&#60;kept&#62;"), "{}", lost.body);
    let operator = app.operator().await;
    for path in ["/family/move/review", "/family/move"] {
        let form = bullkeeper_testkit::moves::wish(&[("job_id", "<kept>")]);
        let refused = Seen::of(operator.post(path, &form).await).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("&#60;kept&#62;"), "{}", refused.body);
    }
    app.services.finish_audit().await;
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "version.move");
    assert_eq!(outcomes(&entries), [("version.move", "denied"); 2]);
    assert_eq!(entries[1].times(), 1, "the second is counted");
    // An admin with only v1 in scope may not move anything out of it.
    let role = bullkeeper::domain::access::Role::Admin;
    let scoped = app.scoped("sam", role, &["email/v1"]).await;
    let hidden = try_begin(&scoped, &[]).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{}", hidden.text());
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["1"]);
}

#[tokio::test]
async fn a_queue_of_bullmq_4_neither_gives_nor_takes() {
    let (_app, mut jobs, admin) = two_versions().await;
    for old in ["email/v1", "email/v2"] {
        jobs.queue(old, "bullmq:4.18.2").await;
        let refused = review(&admin, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text().contains("BullMQ 4.18.2"),
            "{}",
            refused.text()
        );
        jobs.queue(old, "bullmq:6.7.0").await;
    }
}

#[tokio::test]
async fn out_of_memory_nothing_is_changed_and_the_run_says_why() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", 10_000).await;
    let run = begin(&admin, &[]).await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1mb"]).await;
    bullkeeper_testkit::eventually("it went as far as it goes", || async {
        let page = admin.page(&run).await;
        page.all("#run .chip") != ["running"]
    })
    .await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    let here = jobs.length("email/v1", "wait").await;
    let there = jobs.length("email/v2", "wait").await;
    assert_eq!(here + there, 10_000);
    assert!(here > 0, "it was refused on the way");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        entries.len() as u64,
        there,
        "an entry for each, and for each an entry"
    );
    bullkeeper_testkit::moves::press(&admin, &run, "/run/go-on").await;
    until(&admin, &run, "done").await;
    assert_eq!(jobs.length("email/v2", "wait").await, 10_000);
}

#[tokio::test]
async fn a_job_that_is_meant_is_found_however_fast_those_before_it_are_taken() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    jobs.many("email/v1", 20_000).await;
    // The matching job is in the middle, and half of the others are taken meanwhile.
    jobs.run::<()>(&["HSET", "bull:email/v1:15000", "name", "meant"])
        .await;
    eventually("both versions are known", || async {
        let page = admin.page("/").await;
        page.text().contains("v2")
    })
    .await;
    let mut taker = app.jobs().await;
    let taking = tokio::spawn(async move {
        for _ in 0..100 {
            let list = "bull:email/v1:wait";
            taker.run::<()>(&["LTRIM", list, "0", "-101"]).await;
            tokio::task::yield_now().await;
        }
    });
    let page = moved(&admin, &[("job_name", "meant")]).await;
    taking.await.unwrap();
    assert!(page.text().contains("1 done"), "{}", page.text());
    assert_eq!(jobs.length("email/v2", "wait").await, 1);
}
