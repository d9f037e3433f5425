//! Retiring a version: what is removed, and every obstacle.

use bullkeeper_testkit::clients::name_client;
use bullkeeper_testkit::retirement::{
    QUEUE, dialog, drained, fill, keys_of, outcomes, retire, retirements, says, settled, stands,
};
use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

#[tokio::test]
async fn a_version_that_is_done_is_taken_out_with_everything_of_it_and_nothing_else() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    for command in [
        &["RPUSH", "bull:email/v1:1:logs", "sent"][..],
        &["HSET", "bull:email/v1:1:processed", "bull:x:1", "1"],
        &["HSET", "bull:email/v1:order-2", "deid", "twice"],
        &["SET", "bull:email/v1:de:twice", "order-2"],
        &["SET", "bull:email/v1:id", "3"],
        &["SET", "bull:email/v1:pc", "1"],
        &["SET", "bull:email/v1:limiter", "1"],
        &["ZADD", "bull:email/v1:marker", "0", "0"],
        &["HSET", "bull:email/v1:metrics:completed", "count", "2"],
        &["RPUSH", "bull:email/v1:metrics:completed:data", "2"],
        &[
            "XADD",
            "bull:email/v1:events",
            "1-1",
            "event",
            "completed",
            "jobId",
            "1",
        ],
        // These only look alike.
        &["HSET", "bull:email/v11:meta", "version", "bullmq:6.7.0"],
        &["HSET", "bull:email/v1x:1", "name", "x"],
    ] {
        jobs.run::<redis::Value>(command).await;
    }
    let others = |jobs: &Jobs| {
        let mut jobs = jobs.clone();
        async move {
            let keys = ["email/v2", "email/v11", "email/v1x"].map(|queue| queue.to_owned());
            let mut found = Vec::new();
            for queue in keys {
                found.extend(keys_of(&mut jobs, &queue).await);
            }
            found
        }
    };
    let before = others(&jobs).await;
    let family = admin.page("/family?name=email").await;
    let way = family.attributes("a[href*=retire]", "href");
    assert_eq!(way, ["/family/retire?queue=email/v1"]);
    let seen = admin.page(&way[0]).await;
    let text = seen.text();
    assert!(text.contains("Completed 2 jobs"), "{text}");
    assert!(text.contains("Failed 1 jobs"), "{text}");
    assert!(text.contains("about") && text.contains("kB"), "{text}");

    let begun = retire(&admin, QUEUE).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let page = stands(&admin, begun.location(), "done").await;
    assert!(page.text().contains("3 done"), "{}", page.text());
    assert!(page.text().contains("The version is out of Redis"));
    assert_eq!(keys_of(&mut jobs, QUEUE).await, Vec::<String>::new());
    assert_eq!(others(&jobs).await, before);
    eventually("the overview forgets it", || async {
        !admin.page("/").await.body.contains("queue?name=email/v1\"")
    })
    .await;

    let entries = retirements(&mut jobs).await;
    assert_eq!(outcomes(&entries), ["intent", "applied"]);
    for entry in &entries {
        assert_eq!(entry.get("actor"), "admin");
        assert_eq!(entry.get("queue"), QUEUE);
        assert_eq!(entry.get("reason"), "it is done");
        assert_eq!(entry.get("event"), entries[0].get("event"));
        assert!(begun.location().ends_with(entry.get("run")));
    }
    let note = entries[0].get("note");
    assert!(note.contains("2 completed and 1 failed jobs"), "{note}");
    assert!(
        entries[1].get("note").contains("3 done"),
        "{:?}",
        entries[1]
    );
    // What is gone is gone.
    assert_eq!(retire(&admin, QUEUE).await.status, StatusCode::NOT_FOUND);
}

/// The obstacles, and the message for each.
const OBSTACLES: [(&[&[&str]], &str); 10] = [
    (&[&["LPUSH", "bull:email/v1:wait", "9"]], "1 job is waiting"),
    (
        &[&["LPUSH", "bull:email/v1:paused", "8", "9"]],
        "2 jobs are paused",
    ),
    (
        &[&["LPUSH", "bull:email/v1:active", "9"]],
        "1 job is active",
    ),
    (
        &[&["ZADD", "bull:email/v1:delayed", "9", "9"]],
        "1 job is delayed",
    ),
    (
        &[&["ZADD", "bull:email/v1:prioritized", "9", "9"]],
        "1 job is prioritized",
    ),
    (
        &[&["ZADD", "bull:email/v1:waiting-children", "9", "9"]],
        "1 job is waiting-children",
    ),
    (
        &[&["ZADD", "bull:email/v1:repeat", "9", "nightly"]],
        "1 scheduler makes jobs",
    ),
    (
        &[&["SET", "bull:email/v1:stalled-check", "1"]],
        "a worker that Redis does not name was there",
    ),
    (
        &[
            &["HSET", "bull:email/v1:3", "parentKey", "bull:shop:7"],
            &["HSET", "bull:shop:7", "name", "parent"],
        ],
        "job \"3\" is the child of a live flow: its parent has not finished",
    ),
    (
        &[
            &[
                "SADD",
                "bull:email/v1:1:dependencies",
                "bull:shop:8",
                "bull:shop:gone",
            ],
            &["HSET", "bull:shop:8", "name", "child"],
        ],
        "job \"1\" is the parent of a live flow: its child has not finished",
    ),
];

#[tokio::test]
async fn whatever_may_still_want_a_version_keeps_it_and_is_named_and_recorded() {
    for (commands, told) in OBSTACLES {
        let (_app, mut jobs, admin) = drained(&[]).await;
        for command in commands {
            jobs.run::<redis::Value>(command).await;
        }
        let before = keys_of(&mut jobs, QUEUE).await;
        let seen = dialog(&admin, QUEUE).await;
        assert_eq!(seen.status, StatusCode::OK);
        let named = seen.all(".problems b");
        assert!(
            named.iter().any(|what| says(what, told)),
            "{told}: {named:?}"
        );
        assert!(
            seen.all("form button")
                .iter()
                .all(|button| button != "Retire it")
        );

        let refused = retire(&admin, QUEUE).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{told}");
        assert!(says(&refused.text(), told), "{}", refused.text());
        assert_eq!(refused.attributes("#reason", "value"), ["it is done"]);
        assert_eq!(keys_of(&mut jobs, QUEUE).await, before, "{told}");
        let entries = retirements(&mut jobs).await;
        assert_eq!(outcomes(&entries), ["conflict"], "{told}");
        assert!(entries[0].get("error").contains(told), "{:?}", entries[0]);
        assert_eq!(entries[0].get("reason"), "it is done");
    }
}

#[tokio::test]
async fn a_version_with_a_worker_is_kept_until_it_has_gone() {
    let (app, mut jobs, admin) = drained(&[]).await;
    let worker = app.redis.connect().await;
    name_client(&worker, QUEUE, ":w:mailer-1").await;
    let refused = retire(&admin, QUEUE).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("1 worker is connected"),
        "{}",
        refused.text()
    );
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
    drop(worker);
    eventually("the worker has gone", || async {
        dialog(&admin, QUEUE).await.all(".problems b").is_empty()
    })
    .await;
    let begun = retire(&admin, QUEUE).await;
    stands(&admin, begun.location(), "done").await;
}

#[tokio::test]
async fn workers_that_can_not_be_told_are_not_none() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    fill(&mut jobs).await;
    jobs.run::<()>(&[
        "ACL",
        "SETUSER",
        "keeper",
        "on",
        ">pass",
        "~*",
        "&*",
        "+@all",
        "-client|list",
    ])
    .await;
    let url = format!("redis://keeper:pass@127.0.0.1:{}/", redis.port);
    let settings = [("retire_quiet", "0ms"), ("redis", url.as_str())];
    let app = TestApp::on(redis, &settings).await;
    let admin = app.admin().await;
    settled(&admin).await;
    let refused = retire(&admin, QUEUE).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let text = refused.text();
    assert!(
        text.contains("Whether workers are connected can’t be told"),
        "{text}"
    );
    assert!(text.contains("+client|list"), "{text}");
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
}
