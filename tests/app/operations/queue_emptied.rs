//! The operations that delete many jobs of a queue as a run: drain, clean and obliterate.

use bullkeeper_testkit::retry::{DATA, KEEPERS, keep_by, list};
use bullkeeper_testkit::{AuditEntry, Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

async fn operate(person: &Person, name: &str, queue: &str, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![("queue", queue), ("reason", "a test")];
    form.extend(more);
    Seen::of(person.post(&format!("/queue/{name}"), &form).await).await
}

/// Begins the run and waits for its end; what its page says then.
async fn run(person: &Person, name: &str, queue: &str, more: &[(&str, &str)]) -> String {
    let begun = operate(person, name, queue, more).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let address = begun.location().to_owned();
    assert!(address.starts_with("/run?"), "{address}");
    eventually("the run has ended", || async {
        let text = person.page(&address).await.text();
        !text.contains("running")
    })
    .await;
    person.page(&address).await.text()
}

async fn keys(jobs: &mut Jobs, pattern: &str) -> Vec<String> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", pattern]).await;
    keys.sort();
    keys
}

async fn entries_of(jobs: &mut Jobs, action: &str) -> Vec<AuditEntry> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == action);
    entries
}

/// An hour from now, in Unix milliseconds.
fn later() -> u64 {
    bullkeeper::clock::unix_millis() + 3_600_000
}

/// Puts an added job into a sorted set.
async fn place(jobs: &mut Jobs, queue: &str, set: &str, score: u64, id: &str) {
    jobs.hash(queue, id, DATA.as_bytes()).await;
    let key = format!("bull:{queue}:{set}");
    jobs.run::<u64>(&["ZADD", &key, &score.to_string(), id])
        .await;
}

#[tokio::test]
async fn a_drained_queue_keeps_what_is_active_finished_or_delayed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for (keeper, fields, _) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}");
            jobs.active(&queue, "a", DATA).await;
            jobs.failed(&queue, "f", DATA).await;
            jobs.waiting(&queue, "1", DATA).await;
            jobs.waiting(&queue, "2", DATA).await;
            place(&mut jobs, &queue, "prioritized", 1 << 33, "3").await;
            jobs.delayed(&queue, "4", later()).await;
            jobs.hash(&queue, "5", DATA.as_bytes()).await;
            jobs.run::<u64>(&["LPUSH", &format!("bull:{queue}:paused"), "5"])
                .await;
            jobs.run::<u64>(&["RPUSH", &format!("bull:{queue}:1:logs"), "a line"])
                .await;
            keep_by(&mut jobs, &queue, fields, paused).await;

            let text = run(&admin, "drain", &queue, &[]).await;
            assert!(text.contains("done"), "{text}");
            for id in ["1", "2", "3", "5"] {
                let left = keys(&mut jobs, &format!("bull:{queue}:{id}*")).await;
                assert!(left.is_empty(), "{queue} {left:?}");
            }
            for id in ["a", "f", "4"] {
                assert!(jobs.data(&queue, id).await.is_some(), "{queue} {id}");
            }
            assert!(list(&mut jobs, &queue, "wait").await.is_empty());
            assert!(list(&mut jobs, &queue, "paused").await.is_empty());

            run(&admin, "drain", &queue, &[("delayed", "1")]).await;
            assert!(jobs.data(&queue, "4").await.is_none(), "{queue}");
            let none = operate(&admin, "drain", &queue, &[("delayed", "1")]).await;
            assert_eq!(none.status, StatusCode::CONFLICT, "{}", none.text());
        }
    }
    let entries = entries_of(&mut jobs, "queue.drain").await;
    let first: Vec<[&str; 4]> = entries
        .iter()
        .filter(|entry| entry.get("queue") == "six-false")
        .map(|entry| ["outcome", "reason", "actor", "note"].map(|name| entry.get(name)))
        .take(2)
        .collect();
    let told = "Drain. Delete delayed jobs too: no; Jobs of flows: kept";
    assert_eq!(
        first,
        [
            ["intent", "a test", "admin", told],
            ["applied", "a test", "admin", "done: 4 done"],
        ]
    );
}

#[tokio::test]
async fn jobs_of_flows_are_named_first_and_stay_unless_they_are_to_go() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    // `child` is the last child that `parent` waits for, and `root` has finished children.
    jobs.queue("parents", "bullmq:6.7.0").await;
    place(&mut jobs, "parents", "waiting-children", 1, "parent").await;
    jobs.run::<u64>(&["HSET", "bull:parents:parent", "priority", "7"])
        .await;
    jobs.waiting("email", "child", DATA).await;
    jobs.waiting("email", "root", DATA).await;
    jobs.waiting("email", "alone", DATA).await;
    jobs.run::<u64>(&[
        "HSET",
        "bull:email:child",
        "parentKey",
        "bull:parents:parent",
    ])
    .await;
    jobs.run::<u64>(&[
        "SADD",
        "bull:parents:parent:dependencies",
        "bull:email:child",
    ])
    .await;
    jobs.run::<u64>(&["HSET", "bull:email:root:processed", "bull:email:x", "1"])
        .await;

    let asked = admin.page("/queue/drain?queue=email").await;
    let told = asked.all("dl.facts dd").join(" ");
    assert!(told.contains("for 1 of them a parent waits"), "{told}");
    assert!(told.contains("1 of them have children"), "{told}");

    let text = run(&admin, "drain", "email", &[]).await;
    assert!(text.contains("part of a flow"), "{text}");
    assert_eq!(list(&mut jobs, "email", "wait").await, ["root", "child"]);
    assert_eq!(jobs.sorted("parents", "waiting-children").await.len(), 1);

    run(&admin, "drain", "email", &[("flows", "delete")]).await;
    assert!(list(&mut jobs, "email", "wait").await.is_empty());
    assert!(keys(&mut jobs, "bull:email:root*").await.is_empty());
    assert_eq!(jobs.sorted("parents", "waiting-children").await, []);
    let score: Option<f64> = jobs
        .run(&["ZSCORE", "bull:parents:prioritized", "parent"])
        .await;
    assert_eq!(score, Some((7_u64 * (1 << 32) + 1) as f64), "its priority");
    let events: Vec<(String, Vec<(String, String)>)> =
        jobs.run(&["XRANGE", "bull:parents:events", "-", "+"]).await;
    assert_eq!(events.len(), 1, "it is announced: {events:?}");
    assert_eq!(events[0].1[0].1, "waiting");
    let marked: Option<f64> = jobs.run(&["ZSCORE", "bull:parents:marker", "0"]).await;
    assert_eq!(marked, Some(0.0), "and a worker woken");
}

#[tokio::test]
async fn the_next_job_of_a_scheduler_and_a_locked_one_stay() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.queue(keeper, "bullmq:6.7.0").await;
        let due = later();
        let next = format!("repeat:hourly:{due}");
        jobs.delayed(keeper, &next, due).await;
        jobs.run::<u64>(&["HSET", &format!("bull:{keeper}:{next}"), "rjk", "hourly"])
            .await;
        let repeat = format!("bull:{keeper}:repeat");
        jobs.run::<u64>(&["ZADD", &repeat, &due.to_string(), "hourly"])
            .await;
        jobs.delayed(keeper, "held", due).await;
        jobs.run::<()>(&["SET", &format!("bull:{keeper}:held:lock"), "token"])
            .await;
        jobs.delayed(keeper, "plain", due).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        let text = run(&admin, "clean", keeper, &[("kind", "delayed")]).await;
        assert!(text.contains("the next job of a scheduler"), "{text}");
        assert!(text.contains("held by a worker"), "{text}");
        let left = jobs.sorted(keeper, "delayed").await;
        assert_eq!(left.len(), 2, "{keeper} {left:?}");
        assert!(jobs.data(keeper, "plain").await.is_none());
    }
}

#[tokio::test]
async fn a_clean_takes_the_oldest_up_to_its_limit_and_none_that_is_too_young() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email", "bullmq:6.7.0").await;
    let now = bullkeeper::clock::unix_millis();
    for hours in 0..10 {
        let at = now - hours * 3_600_000;
        place(&mut jobs, "email", "completed", at, &format!("h{hours}")).await;
    }
    // A deduplication key of a job that goes, and one that names another.
    jobs.run::<u64>(&["HSET", "bull:email:h9", "deid", "nine"])
        .await;
    jobs.run::<u64>(&["HSET", "bull:email:h8", "deid", "eight"])
        .await;
    jobs.run::<()>(&["SET", "bull:email:de:nine", "h9"]).await;
    jobs.run::<()>(&["SET", "bull:email:de:eight", "other"])
        .await;

    let more = [("age", "4 h 30 min"), ("limit", "2")];
    run(&admin, "clean", "email", &more).await;
    assert_eq!(jobs.sorted("email", "completed").await.len(), 8);
    assert!(jobs.data("email", "h8").await.is_none());
    assert_eq!(
        keys(&mut jobs, "bull:email:de:*").await,
        ["bull:email:de:eight"]
    );
    run(&admin, "clean", "email", &[("age", "4 h 30 min")]).await;
    assert_eq!(jobs.sorted("email", "completed").await.len(), 5);
    run(&admin, "clean", "email", &[("kind", "completed")]).await;
    assert_eq!(jobs.sorted("email", "completed").await, []);
    let events: Vec<(String, Vec<(String, String)>)> =
        jobs.run(&["XRANGE", "bull:email:events", "-", "+"]).await;
    let counts: Vec<&str> = events.iter().map(|(_, it)| it[1].1.as_str()).collect();
    assert_eq!(counts, ["2", "3", "5"], "as BullMQ announces it");
    let refused = operate(
        &admin,
        "clean",
        "email",
        &[("age", "soon"), ("limit", "-1")],
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .text()
            .contains("Older than is not a length of time"),
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("At most"), "{}", refused.text());
}

#[tokio::test]
async fn many_jobs_are_drained_by_many_short_scripts() {
    let app = TestApp::with(&[("redis_timeout", "15s")]).await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email", "bullmq:6.7.0").await;
    let fill = "for i = ARGV[1], ARGV[2] do
  redis.call('HSET', 'bull:email:' .. i, 'name', 'send', 'data', '{}', 'timestamp', '1')
  redis.call('LPUSH', 'bull:email:wait', i)
end";
    for from in (0..20_000).step_by(5_000) {
        let (from, to) = (from.to_string(), (from + 4_999).to_string());
        jobs.run::<()>(&["EVAL", fill, "0", &from, &to]).await;
    }
    jobs.run::<()>(&["CONFIG", "RESETSTAT"]).await;
    run(&admin, "drain", "email", &[]).await;
    let stats: String = jobs.run(&["INFO", "commandstats"]).await;
    let of_scripts = stats
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    let scripts = of_scripts.and_then(|line| line.split(',').next()?.parse::<u64>().ok());
    // 250 jobs take Redis about 3 ms. How long it took here says more of this machine.
    assert!(scripts.unwrap() >= 20_000 / 250, "{stats}");
    let left = keys(&mut jobs, "bull:email:*").await;
    assert_eq!(left, ["bull:email:meta"]);
    let entries = entries_of(&mut jobs, "queue.drain").await;
    assert_eq!(entries.last().unwrap().get("note"), "done: 20000 done");
}

#[tokio::test]
async fn a_drain_that_is_stopped_goes_on_with_what_is_left() {
    let app = TestApp::with(&[("redis_timeout", "15s")]).await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.queue("email", "bullmq:6.7.0").await;
    let fill = "for i = 1, 30000 do redis.call('HSET', 'bull:email:' .. i, 'timestamp', '1') redis.call('LPUSH', 'bull:email:wait', i) end";
    jobs.run::<()>(&["EVAL", fill, "0"]).await;
    let begun = operate(&admin, "drain", "email", &[]).await;
    let id = begun.location().rsplit('=').next().unwrap().to_owned();
    // A pause of the queue meanwhile changes nothing for it.
    operate(&admin, "pause", "email", &[]).await;
    admin.post("/run/stop", &[("id", &id)]).await;
    let field = |name: &'static str| {
        let (mut jobs, key) = (jobs.clone(), format!("bullkeeper:run:{id}"));
        async move { jobs.run::<String>(&["HGET", &key, name]).await }
    };
    eventually("the run has stopped or ended", || async {
        ["stopped", "done"].contains(&field("state").await.as_str())
    })
    .await;
    if field("state").await == "stopped" {
        let on = Seen::of(admin.post("/run/go-on", &[("id", &id)]).await).await;
        assert_eq!(on.status, StatusCode::SEE_OTHER, "{}", on.text());
    }
    eventually("the run is done", || async {
        field("state").await == "done"
    })
    .await;
    assert_eq!(field("done").await, "30000", "each job is counted once");
    assert_eq!(keys(&mut jobs, "bull:email:[0-9]*").await.len(), 0);
}

/// Everything a queue may have.
async fn full_queue(jobs: &mut Jobs, queue: &str) {
    jobs.failed(queue, "f", DATA).await;
    jobs.waiting(queue, "w", DATA).await;
    jobs.delayed(queue, "d", later()).await;
    place(jobs, queue, "prioritized", 1 << 33, "p").await;
    place(jobs, queue, "completed", 1, "c").await;
    place(jobs, queue, "waiting-children", 1, "parent").await;
    let key = |suffix: &str| format!("bull:{queue}:{suffix}");
    jobs.run::<u64>(&["SADD", &key("parent:dependencies"), "bull:elsewhere:1"])
        .await;
    jobs.run::<u64>(&["ZADD", &key("repeat"), "1", "hourly"])
        .await;
    jobs.run::<u64>(&["HSET", &key("repeat:hourly"), "every", "1000"])
        .await;
    jobs.run::<()>(&["SET", &key("id"), "7"]).await;
    jobs.run::<u64>(&["HSET", &key("metrics:failed"), "count", "1"])
        .await;
    jobs.run::<u64>(&["HSET", &key("meta"), "concurrency", "3"])
        .await;
    jobs.announce(queue, "w").await;
}

#[tokio::test]
async fn an_obliterated_queue_leaves_only_its_version() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    full_queue(&mut jobs, "email").await;
    jobs.waiting("email2", "1", DATA).await;
    let before = keys(&mut jobs, "bull:*").await;
    let typed = [("typed", "email")];
    for (more, status, why) in [
        (
            &[] as &[(&str, &str)],
            StatusCode::UNPROCESSABLE_ENTITY,
            "name was not typed",
        ),
        (
            &[("typed", "mail")],
            StatusCode::UNPROCESSABLE_ENTITY,
            "This is not its name",
        ),
        (&typed, StatusCode::CONFLICT, "not paused"),
    ] {
        let refused = operate(&admin, "obliterate", "email", more).await;
        assert_eq!(refused.status, status, "{}", refused.text());
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(keys(&mut jobs, "bull:*").await, before);

    operate(&admin, "pause", "email", &[]).await;
    let asked = admin.page("/queue/obliterate?queue=email").await;
    let told = asked.all("dl.facts dt").join(" ");
    for what in ["waiting", "failed", "completed", "Schedulers", "Events"] {
        assert!(told.contains(what), "{told}");
    }
    run(&admin, "obliterate", "email", &typed).await;
    assert_eq!(keys(&mut jobs, "bull:email:*").await, ["bull:email:meta"]);
    let mut fields: Vec<String> = jobs.run(&["HKEYS", "bull:email:meta"]).await;
    fields.sort();
    assert_eq!(fields, ["library", "opts.maxLenEvents", "version"]);
    assert_eq!(list(&mut jobs, "email2", "wait").await, ["1"]);
    let entries = entries_of(&mut jobs, "queue.obliterate").await;
    let outcomes: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["conflict", "intent", "applied"]);
    assert_eq!(entries[2].get("note"), "done: 6 done");
}

#[tokio::test]
async fn a_queue_with_active_jobs_is_obliterated_only_by_force() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    jobs.active("email", "a", DATA).await;
    jobs.waiting("email", "w", DATA).await;
    jobs.run::<u64>(&["HSET", "bull:email:meta", "paused", "1"])
        .await;
    let before = keys(&mut jobs, "bull:*").await;
    let refused = operate(&admin, "obliterate", "email", &[("typed", "email")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("active jobs"), "{}", refused.text());
    assert_eq!(refused.attributes("#typed", "value"), ["email"]);
    assert_eq!(keys(&mut jobs, "bull:*").await, before);
    let paused: bool = jobs.run(&["HEXISTS", "bull:email:meta", "paused"]).await;
    assert!(paused, "it is as it was");

    let forced = [("typed", "email"), ("force", "1")];
    run(&admin, "obliterate", "email", &forced).await;
    assert_eq!(keys(&mut jobs, "bull:email:*").await, ["bull:email:meta"]);
}

#[tokio::test]
async fn while_redis_is_out_of_memory_no_job_is_deleted() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    full_queue(&mut jobs, "email").await;
    jobs.run::<u64>(&["HSET", "bull:email:meta", "paused", "1"])
        .await;
    let before = keys(&mut jobs, "bull:*").await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    for name in ["drain", "clean", "obliterate"] {
        let more = [("typed", "email"), ("kind", "failed")];
        let refused = operate(&admin, name, "email", &more).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
    }
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(keys(&mut jobs, "bull:*").await, before);
}
