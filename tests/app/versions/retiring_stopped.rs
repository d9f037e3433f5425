//! A retirement in progress: it stops as soon as a job or a worker appears or it is told to, can be continued, and begins
//! on its own by an `auto_retire` policy.

use std::time::Duration;

use reqwest::StatusCode;

use bullkeeper_testkit::clients::name_client;
use bullkeeper_testkit::finished_jobs::{completed, finish};
use bullkeeper_testkit::retirement::{
    QUEUE, drained, keys_of, outcomes, retire, retirements, stands,
};
use bullkeeper_testkit::{Jobs, Person, TestApp, eventually};

/// Enough jobs that removing them takes a while.
const MANY: usize = 60_000;

/// Adds finished jobs.
async fn fill_up(jobs: &mut Jobs, many: usize) {
    let script = "
for at = 1, tonumber(ARGV[1]) do
  local id = 'many-' .. at
  redis.call('HSET', 'bull:email/v1:' .. id, 'name', 'n', 'data', '{}', 'timestamp', 1, 'finishedOn', 1000 + at)
  redis.call('ZADD', 'bull:email/v1:completed', 1000 + at, id)
end";
    jobs.run::<()>(&["EVAL", script, "0", &many.to_string()])
        .await;
}

/// Runs `command` while some of the jobs are removed and others are not.
async fn amid(jobs: &mut Jobs, command: &[&str]) {
    let script = "
local left = redis.call('ZCARD', 'bull:email/v1:completed')
if left > tonumber(ARGV[1]) then return 0 end
local words = {}
for at = 2, #ARGV do words[#words + 1] = ARGV[at] end
redis.call(unpack(words))
return 1";
    let some_gone = (MANY - 1_000).to_string();
    let call = [&["EVAL", script, "0", some_gone.as_str()], command].concat();
    let jobs = jobs.clone();
    eventually("some jobs are gone", || async {
        jobs.clone().run::<u64>(&call).await == 1
    })
    .await;
}

async fn left(jobs: &mut Jobs) -> usize {
    jobs.run(&["ZCARD", "bull:email/v1:completed"]).await
}

#[tokio::test]
async fn a_job_that_arrives_between_two_steps_stops_it_and_survives() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    fill_up(&mut jobs, MANY).await;
    let begun = retire(&admin, QUEUE).await;
    jobs.run::<u64>(&[
        "HSET",
        "bull:email/v1:new",
        "name",
        "send",
        "data",
        "{\"a\":1.0}",
    ])
    .await;
    amid(&mut jobs, &["LPUSH", "bull:email/v1:wait", "new"]).await;
    let page = stands(&admin, begun.location(), "failed").await;
    assert!(
        page.text().contains("jobs are waiting: 1"),
        "{}",
        page.text()
    );
    let rest = left(&mut jobs).await;
    assert!(rest > 0 && rest < MANY, "{rest}");
    assert_eq!(jobs.data("email/v1", "new").await.unwrap(), b"{\"a\":1.0}");
    let wait: Vec<String> = jobs.run(&["LRANGE", "bull:email/v1:wait", "0", "-1"]).await;
    assert_eq!(wait, ["new"]);
    // Every remaining job is complete, and none is left that no list names.
    assert_eq!(
        keys_of(&mut jobs, QUEUE)
            .await
            .iter()
            .filter(|key| key.contains(":many-"))
            .count(),
        jobs.run::<Vec<String>>(&["ZRANGE", "bull:email/v1:completed", "0", "-1"])
            .await
            .iter()
            .filter(|id| id.starts_with("many-"))
            .count()
    );
    let entries = retirements(&mut jobs).await;
    assert_eq!(outcomes(&entries), ["intent", "failed"]);
    assert!(entries[1].get("error").contains("jobs are waiting: 1"));
    let run = begun.location();
    let done: usize = jobs
        .run(&[
            "HGET",
            &format!("bullkeeper:run:{}", run.rsplit('=').next().unwrap()),
            "done",
        ])
        .await;
    let finished =
        left(&mut jobs).await + jobs.run::<usize>(&["ZCARD", "bull:email/v1:failed"]).await;
    assert_eq!(done + finished, MANY + 3, "what is counted is what is gone");
}

#[tokio::test]
async fn a_worker_or_a_scheduler_that_appears_stops_it() {
    let (app, mut jobs, admin) = drained(&[]).await;
    fill_up(&mut jobs, MANY).await;
    let worker = app.redis.connect().await;
    let begun = retire(&admin, QUEUE).await;
    amid(&mut jobs, &["PING"]).await;
    name_client(&worker, QUEUE, "").await;
    let page = stands(&admin, begun.location(), "failed").await;
    assert!(
        page.text().contains("workers are connected: 1"),
        "{}",
        page.text()
    );
    let rest = left(&mut jobs).await;
    assert!(rest > 0, "{rest}");
    drop(worker);

    jobs.run::<u64>(&["ZADD", "bull:email/v1:repeat", "1", "nightly"])
        .await;
    let id = begun.location().rsplit('=').next().unwrap().to_owned();
    let form = [("id", id.as_str())];
    admin.post("/run/go-on", &form).await;
    eventually("it stops again", || async {
        let text = admin.page(begun.location()).await.text();
        text.contains("1 scheduler") || text.contains("workers are connected")
    })
    .await;
    assert_eq!(left(&mut jobs).await, rest, "nothing more is gone");
}

#[tokio::test]
async fn an_event_between_two_steps_stops_it_even_where_the_job_has_gone_again() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    fill_up(&mut jobs, MANY).await;
    let begun = retire(&admin, QUEUE).await;
    let event = [
        "XADD",
        "bull:email/v1:events",
        "*",
        "event",
        "completed",
        "jobId",
        "x",
    ];
    amid(&mut jobs, &event).await;
    let page = stands(&admin, begun.location(), "failed").await;
    assert!(
        page.text().contains("something happened in it: completed"),
        "{}",
        page.text()
    );
    assert!(left(&mut jobs).await > 0);
}

#[tokio::test]
async fn a_flow_far_down_is_found_before_anything_is_removed() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    fill_up(&mut jobs, MANY).await;
    let key = format!("bull:email/v1:many-{}", MANY - 1);
    jobs.run::<u64>(&["HSET", &key, "parentKey", "bull:shop:7"])
        .await;
    jobs.run::<u64>(&["HSET", "bull:shop:7", "name", "parent"])
        .await;
    let begun = retire(&admin, QUEUE).await;
    let page = stands(&admin, begun.location(), "failed").await;
    assert!(
        page.text().contains("child of a live flow"),
        "{}",
        page.text()
    );
    assert_eq!(left(&mut jobs).await, MANY + 2, "nothing is gone");
}

#[tokio::test]
async fn it_stops_when_it_is_told_to_and_goes_on_where_it_stopped() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    fill_up(&mut jobs, MANY).await;
    let begun = retire(&admin, QUEUE).await;
    amid(&mut jobs, &["PING"]).await;
    let id = begun.location().rsplit('=').next().unwrap().to_owned();
    let form = [("id", id.as_str())];
    let told = admin.post("/run/stop", &form).await;
    assert_eq!(told.status(), StatusCode::SEE_OTHER);
    stands(&admin, begun.location(), "stopped").await;
    let rest = left(&mut jobs).await;
    assert!(rest > 0, "it was stopped before its end");
    admin.post("/run/go-on", &form).await;
    let page = stands(&admin, begun.location(), "done").await;
    assert!(
        page.text().contains("60003 done") || page.text().contains("60,003 done"),
        "{}",
        page.text()
    );
    assert_eq!(keys_of(&mut jobs, QUEUE).await, Vec::<String>::new());
}

async fn gone(jobs: &Jobs) {
    eventually("the version is gone", || async {
        keys_of(&mut jobs.clone(), QUEUE).await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_family_that_opted_in_has_its_drained_versions_retired_by_itself() {
    let settings = [("retire_quiet", "0ms"), ("auto_retire", "em*=1s")];
    let app = TestApp::with(&settings).await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v3", "email/v2", "email/v1", "other/v2", "other/v1"] {
        finish(&mut jobs, queue, completed("1", "1")).await;
    }
    jobs.waiting("email/v2", "2", "{}").await;
    gone(&jobs).await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bull:*:1"]).await;
    assert_eq!(keys.len(), 4, "all others stay: {keys:?}");
    eventually("the end is recorded", || async {
        retirements(&mut jobs.clone()).await.len() == 2
    })
    .await;
    let entries = retirements(&mut jobs).await;
    assert_eq!(outcomes(&entries), ["intent", "applied"]);
    for entry in &entries {
        assert_eq!(entry.get("actor"), "policy:auto-retire");
        assert_eq!(entry.get("actor_kind"), "policy");
        assert_eq!(entry.get("queue"), QUEUE);
        assert_eq!(entry.get("reason"), "drained, and quiet for 1 s");
    }
}

#[tokio::test]
async fn a_policy_leaves_versions_that_are_yet_to_come() {
    let settings = [("retire_quiet", "0ms"), ("auto_retire", "email=1s")];
    let app = TestApp::with(&settings).await;
    let mut jobs = app.jobs().await;
    // Nothing ever happened in the one, and the other is newer than the current version.
    jobs.queue("email/v1.5", "bullmq:6.7.0").await;
    for queue in ["email/v3", "email/v2"] {
        finish(&mut jobs, queue, completed("1", "1")).await;
    }
    let admin = app.admin().await;
    let pinned = [("queue", "email/v2"), ("reason", "r")];
    admin.post("/family/pin", &pinned).await;
    // They are looked at before this one.
    finish(&mut jobs, QUEUE, completed("1", "1")).await;
    gone(&jobs).await;
    for queue in ["email/v3", "email/v2", "email/v1.5"] {
        assert!(!keys_of(&mut jobs, queue).await.is_empty(), "{queue}");
    }
}

/// The state of every run there is.
async fn runs(person: &Person) -> Vec<String> {
    person.page("/runs").await.all("tbody .state")
}

#[tokio::test]
async fn what_stopped_a_policy_is_not_overruled_by_it() {
    // More than are checked before a run begins, so that it begins and fails.
    let some = 5_000;
    let settings = [("auto_retire", "email=1s"), ("retire_quiet", "0ms")];
    let app = TestApp::with(&settings).await;
    let mut jobs = app.jobs().await;
    finish(&mut jobs, "email/v2", completed("1", "1")).await;
    jobs.waiting(QUEUE, "hold", "{}").await;
    let admin = app.admin().await;
    eventually("both are known", || async {
        let text = admin.page("/").await.text();
        text.contains("v1") && text.contains("v2")
    })
    .await;
    fill_up(&mut jobs, some).await;
    let key = format!("bull:email/v1:many-{}", some - 1);
    jobs.run::<u64>(&["HSET", &key, "parentKey", "bull:shop:7"])
        .await;
    jobs.run::<u64>(&["HSET", "bull:shop:7", "name", "parent"])
        .await;
    jobs.moves(QUEUE, "hold", "wait", "completed").await;
    eventually("it failed", || async { runs(&admin).await == ["failed"] }).await;
    // It looks again every second.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(runs(&admin).await, ["failed"], "once");
    assert_eq!(left(&mut jobs).await, some + 1);
    jobs.run::<u64>(&["HSET", "bull:shop:7", "finishedOn", "1"])
        .await;
    jobs.run::<String>(&["XADD", "bull:email/v1:events", "*", "event", "completed"])
        .await;
    gone(&jobs).await;
}
