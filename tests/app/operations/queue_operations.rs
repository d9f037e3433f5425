//! The operations on a queue that one script does: what they leave in Redis, what is recorded, and when they are refused.

use bullkeeper::domain::access::Role;
use bullkeeper::domain::operations::on_queue::QueueOperation;
use bullkeeper_testkit::retry::{DATA, KEEPERS, keep_by, list, outcomes};
use bullkeeper_testkit::{AuditEntry, Jobs, Person, Seen, TestApp, times};
use reqwest::StatusCode;

const NOT_IN_4: [&str; 3] = [
    "limit-concurrency",
    "limit-rate",
    "remove-deduplication-key",
];

/// Sends the form of an operation, with a reason and whatever else any of them needs.
async fn operate(person: &Person, name: &str, queue: &str, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![("queue", queue), ("reason", "a test")];
    form.extend(more);
    Seen::of(person.post(&format!("/queue/{name}"), &form).await).await
}

/// What a form may hold so that every operation can be meant.
const ANY: [(&str, &str); 5] = [
    ("concurrency", "2"),
    ("max", "3"),
    ("duration", "1 min"),
    ("keep", "1"),
    ("deduplication_id", "one"),
];

/// The entries about queues: neither a job's nor a session's.
async fn entries_of_queues(jobs: &mut Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action").starts_with("queue."));
    entries
}

/// Everything that BullMQ keeps, comparable.
async fn everything(jobs: &mut Jobs) -> Vec<(String, String)> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", "bull:*"]).await;
    keys.sort();
    let mut all = Vec::new();
    for key in keys {
        let bytes: Vec<u8> = jobs.run(&["DUMP", &key]).await;
        all.push((key, format!("{bytes:?}")));
    }
    all
}

async fn field(jobs: &mut Jobs, queue: &str, name: &str) -> Option<String> {
    jobs.run(&["HGET", &format!("bull:{queue}:meta"), name])
        .await
}

#[tokio::test]
async fn a_paused_and_resumed_queue_has_its_jobs_where_its_bullmq_looks_for_them() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for (keeper, fields, when_paused) in KEEPERS {
        jobs.waiting(keeper, "1", DATA).await;
        jobs.waiting(keeper, "2", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;

        let paused = operate(&admin, "pause", keeper, &[]).await;
        assert_eq!(paused.status, StatusCode::SEE_OTHER, "{}", paused.text());
        let page = admin.page(paused.location()).await;
        assert!(page.text().contains("Queue paused."), "{}", page.text());
        assert!(page.all("#operations form").contains(&"Resume".to_owned()));
        assert_eq!(list(&mut jobs, keeper, when_paused).await, ["2", "1"]);
        assert_eq!(field(&mut jobs, keeper, "paused").await.unwrap(), "1");

        let again = operate(&admin, "pause", keeper, &[]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(again.text().contains("paused already"), "{}", again.text());
        assert_eq!(again.attributes("#reason", "value"), ["a test"]);

        let resumed = operate(&admin, "resume", keeper, &[]).await;
        assert_eq!(resumed.status, StatusCode::SEE_OTHER, "{}", resumed.text());
        assert_eq!(list(&mut jobs, keeper, "wait").await, ["2", "1"]);
        assert!(list(&mut jobs, keeper, "paused").await.is_empty());
        assert_eq!(field(&mut jobs, keeper, "paused").await, None);
        let events: Vec<(String, Vec<(String, String)>)> = jobs
            .run(&["XRANGE", &format!("bull:{keeper}:events"), "-", "+"])
            .await;
        let events: Vec<&str> = events.iter().map(|(_, it)| it[0].1.as_str()).collect();
        assert_eq!(events, ["paused", "resumed"], "{keeper}");
    }
    app.services.finish_audit().await;
    let entries = entries_of_queues(&mut jobs).await;
    for keeper in KEEPERS.map(|(keeper, ..)| keeper) {
        let its: Vec<&AuditEntry> = entries
            .iter()
            .filter(|entry| entry.get("queue") == keeper)
            .collect();
        let told: Vec<[&str; 3]> = its
            .iter()
            .map(|entry| ["action", "outcome", "note"].map(|name| entry.get(name)))
            .collect();
        assert_eq!(
            told,
            [
                ["queue.pause", "applied", "waiting jobs: 2"],
                ["queue.pause", "conflict", ""],
                ["queue.resume", "applied", "waiting jobs: 2"],
            ],
            "{keeper}"
        );
        assert!(its.iter().all(|entry| entry.get("actor") == "admin"));
        assert!(its.iter().all(|entry| entry.get("reason") == "a test"));
    }
}

#[tokio::test]
async fn a_resume_keeps_jobs_that_wait_in_both_lists_and_takes_up_what_an_earlier_one_left() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.queue(keeper, "bullmq:6.7.0").await;
        for paused in [true, false] {
            keep_by(&mut jobs, keeper, fields, paused).await;
            jobs.run::<u64>(&["RPUSH", &format!("bull:{keeper}:wait"), "d", "c"])
                .await;
            jobs.run::<u64>(&["RPUSH", &format!("bull:{keeper}:paused"), "b", "a"])
                .await;
            let resumed = operate(&admin, "resume", keeper, &[]).await;
            assert_eq!(resumed.status, StatusCode::SEE_OTHER, "{}", resumed.text());
            assert_eq!(
                list(&mut jobs, keeper, "wait").await,
                ["d", "c", "b", "a"],
                "{keeper}, paused: {paused}"
            );
            assert!(list(&mut jobs, keeper, "paused").await.is_empty());
            jobs.run::<u64>(&["DEL", &format!("bull:{keeper}:wait")])
                .await;
        }
    }
}

#[tokio::test]
async fn more_jobs_than_one_script_moves_are_all_in_line_after_a_resume() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email", "bullmq:5.81.0").await;
    jobs.run::<u64>(&["HSET", "bull:email:meta", "paused", "1"])
        .await;
    let fill = "for i = 1, 50000 do redis.call('LPUSH', KEYS[1], 'p' .. i) redis.call('LPUSH', KEYS[2], 'w' .. i) end";
    jobs.run::<()>(&["EVAL", fill, "2", "bull:email:paused", "bull:email:wait"])
        .await;
    let resumed = operate(&admin, "resume", "email", &[]).await;
    assert_eq!(resumed.status, StatusCode::SEE_OTHER, "{}", resumed.text());
    let line = list(&mut jobs, "email", "wait").await;
    let numbers = |letter: &str| -> Vec<String> {
        (1..=50_000).rev().map(|n| format!("{letter}{n}")).collect()
    };
    let expected: Vec<String> = [numbers("w"), numbers("p")].concat();
    assert!(line == expected, "{} jobs, or another order", line.len());
}

#[tokio::test]
async fn a_limit_is_set_changed_and_removed_by_0() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.waiting("email", "1", DATA).await;
    for (limit, stored) in [("5", Some("5")), ("7", Some("7")), ("0", None)] {
        let set = operate(
            &admin,
            "limit-concurrency",
            "email",
            &[("concurrency", limit)],
        )
        .await;
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
        let now = field(&mut jobs, "email", "concurrency").await;
        assert_eq!(now.as_deref(), stored);
        let same = operate(
            &admin,
            "limit-concurrency",
            "email",
            &[("concurrency", limit)],
        )
        .await;
        assert_eq!(same.status, StatusCode::CONFLICT, "{}", same.text());
    }
    for (max, within, stored) in [
        ("10", "1 min", Some(("10", "60000"))),
        ("10", "1 s", Some(("10", "1000"))),
        ("0", "", None),
    ] {
        let more = [("max", max), ("duration", within)];
        let set = operate(&admin, "limit-rate", "email", &more).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
        let now = [
            field(&mut jobs, "email", "max").await,
            field(&mut jobs, "email", "duration").await,
        ];
        assert_eq!(
            now.each_ref().map(Option::as_deref),
            [stored.map(|it| it.0), stored.map(|it| it.1)]
        );
    }
    for (name, more) in [
        ("limit-concurrency", [("concurrency", "-1"), ("max", "1")]),
        ("limit-concurrency", [("concurrency", "many"), ("max", "1")]),
        ("limit-rate", [("max", "1.5"), ("duration", "1 s")]),
        ("limit-rate", [("max", "5"), ("duration", "0")]),
        ("limit-rate", [("max", "5"), ("duration", "2 days")]),
    ] {
        let refused = operate(&admin, name, "email", &more).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}");
        assert!(refused.text().contains("Allowed is"), "{}", refused.text());
    }
    let entries = entries_of_queues(&mut jobs).await;
    let notes: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.get("outcome") == "applied")
        .map(|entry| entry.get("note"))
        .collect();
    assert_eq!(
        notes,
        [
            "Active jobs at once: 5; before: no limit",
            "Active jobs at once: 7; before: 5",
            "Active jobs at once: 0; before: 7",
            "Jobs: 10; Within: 1m; before: no limit",
            "Jobs: 10; Within: 1s; before: 10 within 60000 ms",
            "Jobs: 0; Within: 1s; before: 10 within 1000 ms",
        ]
    );
}

#[tokio::test]
async fn a_raised_limit_leaves_a_marker_for_an_idle_worker_only_where_a_job_may_run() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let limit = |queue: &'static str, limit: &'static str| {
        let admin = admin.clone();
        async move {
            operate(
                &admin,
                "limit-concurrency",
                queue,
                &[("concurrency", limit)],
            )
            .await
        }
    };
    jobs.waiting("waits", "1", DATA).await;
    jobs.queue("empty", "bullmq:6.7.0").await;
    jobs.waiting("paused", "1", DATA).await;
    jobs.run::<u64>(&["HSET", "bull:paused:meta", "paused", "1"])
        .await;
    jobs.waiting("full", "1", DATA).await;
    jobs.active("full", "2", DATA).await;
    for (queue, to, marked) in [
        ("waits", "3", true),
        ("empty", "3", false),
        ("paused", "3", false),
        ("full", "1", false),
        ("full", "2", true),
    ] {
        assert_eq!(limit(queue, to).await.status, StatusCode::SEE_OTHER);
        let marker: Option<f64> = jobs
            .run(&["ZSCORE", &format!("bull:{queue}:marker"), "0"])
            .await;
        assert_eq!(marker, marked.then_some(0.0), "{queue} {to}");
    }
}

#[tokio::test]
async fn events_are_trimmed_to_exactly_as_many_as_are_to_be_kept() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email", "bullmq:4.18.2").await;
    for id in 1..=12 {
        jobs.announce("email", &id.to_string()).await;
    }
    let length = async |jobs: &mut Jobs| jobs.run::<u64>(&["XLEN", "bull:email:events"]).await;
    for keep in ["3", "0"] {
        let trimmed = operate(&admin, "trim-events", "email", &[("keep", keep)]).await;
        assert_eq!(trimmed.status, StatusCode::SEE_OTHER, "{}", trimmed.text());
        assert_eq!(length(&mut jobs).await.to_string(), keep);
        let again = operate(&admin, "trim-events", "email", &[("keep", keep)]).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    }
    let entries = entries_of_queues(&mut jobs).await;
    let notes: Vec<&str> = entries.iter().map(|entry| entry.get("note")).collect();
    assert!(
        notes.contains(&"Events to keep: 3; events deleted: 9"),
        "{notes:?}"
    );
    assert!(
        notes.contains(&"Events to keep: 0; events deleted: 3"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_deduplication_key_is_removed_and_its_job_stays() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.waiting("email", "1", DATA).await;
    jobs.run::<()>(&["SET", "bull:email:de:order 7", "1"]).await;
    let more = [("deduplication_id", "order 7")];
    let removed = operate(&admin, "remove-deduplication-key", "email", &more).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    let there: bool = jobs.run(&["EXISTS", "bull:email:de:order 7"]).await;
    assert!(!there);
    assert_eq!(jobs.data("email", "1").await.unwrap(), DATA.as_bytes());
    let again = operate(&admin, "remove-deduplication-key", "email", &more).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    let entries = entries_of_queues(&mut jobs).await;
    assert_eq!(
        entries[0].get("note"),
        "Deduplication id: order 7; it named the job 1"
    );
}

#[tokio::test]
async fn what_bullmq_4_has_not_is_refused_and_the_menu_says_why() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.waiting("four", "1", DATA).await;
    jobs.queue("four", "bullmq:4.18.2").await;
    let before = everything(&mut jobs).await;
    for name in NOT_IN_4 {
        let refused = operate(&admin, name, "four", &ANY).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{name}");
        assert!(
            refused.text().contains("BullMQ 4 has no"),
            "{}",
            refused.text()
        );
    }
    assert_eq!(everything(&mut jobs).await, before);
    let page = admin.page("/queue?name=four").await;
    let offered = page.all("#operations :is(a, button)");
    assert!(
        !offered.iter().any(|label| label == "Limit rate"),
        "{offered:?}"
    );
    let why = page.all("#operations p").join(" ");
    assert!(why.contains("Limit rate: BullMQ 4 has no limits"), "{why}");
}

#[tokio::test]
async fn nobody_but_an_admin_of_the_queue_sees_the_menu_or_may_do_any_of_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email", "1", DATA).await;
    jobs.waiting("billing", "1", DATA).await;
    let before = everything(&mut jobs).await;
    let elsewhere = app.scoped("sam", Role::Admin, &["email"]).await;
    let others = [app.viewer().await, app.operator().await];
    for operation in QueueOperation::ALL {
        let name = operation.spec().path.trim_start_matches("/queue/");
        for person in &others {
            let refused = operate(person, name, "email", &ANY).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        }
        let hidden = operate(&elsewhere, name, "billing", &ANY).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{name}");
        let address = format!("/queue/{name}?queue=billing");
        assert_eq!(
            elsewhere.get(&address).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(everything(&mut jobs).await, before);
    for person in others {
        let page = person.page("/queue?name=email").await;
        assert!(page.all("#operations").is_empty(), "{}", page.text());
    }
    let page = elsewhere.page("/queue?name=email").await;
    let offered = page.all("#operations :is(a, button)");
    assert!(offered.contains(&"Pause".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"Resume".to_owned()), "{offered:?}");
    app.services.finish_audit().await;
    let entries = entries_of_queues(&mut jobs).await;
    assert_eq!(times(&entries), 4 * QueueOperation::ALL.len() as u64);
    assert!(entries.iter().all(|entry| entry.get("outcome") == "denied"));
}

#[tokio::test]
async fn a_missing_queue_is_not_made_by_looking_or_by_an_operation() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    // Left behind by whoever mistyped a queue's name.
    jobs.run::<u64>(&["HSET", "bull:phantom:meta", "library", "bullmq"])
        .await;
    let before = everything(&mut jobs).await;
    for operation in QueueOperation::ALL {
        let path = operation.spec().path;
        for queue in ["none", "phantom"] {
            let looked = admin.get(&format!("{path}?queue={queue}")).await;
            assert_eq!(looked.status(), StatusCode::NOT_FOUND, "{path}");
            let name = path.trim_start_matches("/queue/");
            let refused = operate(&admin, name, queue, &ANY).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(everything(&mut jobs).await, before);
}

#[tokio::test]
async fn while_redis_refuses_writes_nothing_is_changed_and_the_audit_log_says_so_later() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for queue in ["runs", "stands"] {
        jobs.waiting(queue, "1", DATA).await;
        jobs.queue(queue, "bullmq:5.81.0").await;
        jobs.announce(queue, "1").await;
        jobs.announce(queue, "1").await;
        jobs.run::<()>(&["SET", &format!("bull:{queue}:de:one"), "1"])
            .await;
    }
    assert_eq!(
        operate(&admin, "pause", "stands", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let before = everything(&mut jobs).await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let small = QueueOperation::ALL
        .iter()
        .filter(|one| !one.spec().on.is_run);
    let small: Vec<&str> = small.map(|one| one.spec().path).collect();
    for path in &small {
        let name = path.trim_start_matches("/queue/");
        let queue = if name == "resume" { "stands" } else { "runs" };
        let refused = operate(&admin, name, queue, &ANY).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
        assert!(refused.text().contains("memory"), "{}", refused.text());
    }
    assert_eq!(everything(&mut jobs).await, before);
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    app.services.finish_audit().await;
    let mut entries = entries_of_queues(&mut jobs).await;
    entries.retain(|entry| entry.get("outcome") == "failed");
    assert_eq!(
        outcomes(&entries).len(),
        small.len(),
        "{:?}",
        outcomes(&entries)
    );
}

#[tokio::test]
async fn the_forms_say_what_is_in_force_and_are_filled_in_with_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    jobs.announce("email/v1", "1").await;
    let form = |name: &'static str| {
        let admin = admin.clone();
        async move { admin.page(&format!("/queue/{name}?queue=email/v1")).await }
    };
    for name in ["limit-concurrency", "limit-rate"] {
        let page = form(name).await;
        assert_eq!(page.all("#in-force"), ["Now: no limit."], "{name}");
    }
    assert_eq!(form("limit-rate").await.attributes("#p-max", "value"), [""]);
    assert_eq!(
        form("trim-events").await.all("#in-force"),
        ["Now: 1 event."]
    );
    let more = [("max", "100"), ("duration", "90 s")];
    operate(&admin, "limit-rate", "email/v1", &more).await;
    operate(
        &admin,
        "limit-concurrency",
        "email/v1",
        &[("concurrency", "7")],
    )
    .await;
    let page = form("limit-concurrency").await;
    assert_eq!(page.all("#in-force"), ["Now: 7 active jobs at once."]);
    assert_eq!(page.attributes("#p-concurrency", "value"), ["7"]);
    let page = form("limit-rate").await;
    assert_eq!(page.all("#in-force"), ["Now: 100 jobs within 1m 30s."]);
    assert_eq!(page.attributes("#p-max", "value"), ["100"]);
    assert_eq!(page.attributes("#p-duration", "value"), ["1m 30s"]);

    // What was typed stays where it is refused, beside what is in force.
    let refused = operate(&admin, "limit-rate", "email/v1", &[("max", "many")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.attributes("#p-max", "value"), ["many"]);
    assert_eq!(refused.all("#in-force"), ["Now: 100 jobs within 1m 30s."]);
    // The form as it is offered changes nothing.
    let same = [("max", "100"), ("duration", "1m 30s")];
    let same = operate(&admin, "limit-rate", "email/v1", &same).await;
    assert_eq!(same.status, StatusCode::CONFLICT);
}
