//! Redis refuses a command in the middle of a move: what was written for that job is taken back. No job is in two queues,
//! in none, or moved without its entry.

use bullkeeper_testkit::moves::{press, state_of, try_begin, until};
use bullkeeper_testkit::{Jobs, Person, TestApp, TestRedis, eventually};

/// Enough that every refusal comes on the way.
const MANY: u64 = 15_000;

async fn app_as_keeper() -> (TestApp, Jobs, Person) {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    allow(&mut jobs, &["on", ">keepers-word", "~*", "&*", "+@all"]).await;
    let url = format!("redis://keeper:keepers-word@127.0.0.1:{}/", redis.port);
    let app = TestApp::on(redis, &[("redis", &url), ("redis_timeout", "15s")]).await;
    for queue in ["email/v1", "email/v2"] {
        jobs.queue(queue, "bullmq:6.7.0").await;
    }
    let admin = app.admin().await;
    eventually("both versions are known", || async {
        let page = admin.get("/family/move?name=email").await;
        page.text().await.unwrap().matches("<option").count() == 4
    })
    .await;
    (app, jobs, admin)
}

async fn allow(jobs: &mut Jobs, rules: &[&str]) {
    jobs.run::<()>(&[&["ACL", "SETUSER", "keeper"], rules].concat())
        .await;
}

/// How many jobs are in v1 and in v2. Each must be in one of them, with only its hash.
async fn counted(jobs: &mut Jobs) -> (u64, u64) {
    let script = "
local found = {}
for _, queue in ipairs({'bull:email/v1:', 'bull:email/v2:'}) do
  local count = 0
  local ids = redis.call('LRANGE', queue .. 'wait', 0, -1)
  for _, id in ipairs(redis.call('ZRANGE', queue .. 'prioritized', 0, -1)) do ids[#ids + 1] = id end
  for _, id in ipairs(ids) do
    if redis.call('EXISTS', queue .. id) == 0 then return redis.error_reply(queue .. id .. ' has no hash') end
    count = count + 1
  end
  found[#found + 1] = count
  found[#found + 1] = #redis.call('KEYS', queue .. '[0-9]*')
end
return found";
    let [here, hashes_here, there, hashes_there]: [u64; 4] = jobs.run(&["EVAL", script, "0"]).await;
    assert_eq!((here, there), (hashes_here, hashes_there), "a hash each");
    (here, there)
}

async fn assert_refusals_leave_every_job_in_one_place(
    fill: impl AsyncFn(&mut Jobs),
    rules: &[&str],
) {
    let (_app, mut jobs, admin) = app_as_keeper().await;
    fill(&mut jobs).await;
    let (all, _) = counted(&mut jobs).await;
    let begun = try_begin(&admin, &[]).await;
    let run = begun.location().to_owned();
    for rule in rules {
        let (_, before) = counted(&mut jobs).await;
        eventually("it moves", || async {
            let mut jobs = jobs.clone();
            audit_length(&mut jobs).await > before
        })
        .await;
        allow(&mut jobs, &[rule]).await;
        eventually("it ends", || async {
            !["running", "stopping"].contains(&state_of(&admin, &run).await.as_str())
        })
        .await;
        let (here, there) = counted(&mut jobs).await;
        assert_eq!(here + there, all, "{rule}");
        assert!(here > 0, "{rule}: it came too late");
        allow(&mut jobs, &["+@all", "~*"]).await;
        let entries = jobs.audit_of_jobs().await.len() as u64;
        assert_eq!(
            entries, there,
            "{rule}: an entry for each that moved, and no other"
        );
        press(&admin, &run, "/run/go-on").await;
    }
    until(&admin, &run, "done").await;
    assert_eq!(counted(&mut jobs).await, (0, all));
}

/// How many entries the audit log has.
async fn audit_length(jobs: &mut Jobs) -> u64 {
    jobs.run(&["XLEN", "bullkeeper:audit"]).await
}

#[tokio::test]
async fn a_refusal_among_waiting_jobs_leaves_every_job_in_one_place() {
    let fill = async |jobs: &mut Jobs| jobs.many("email/v1", MANY).await;
    let rules = ["-rename", "-lrem", "-lpush", "-incrby", "-xdel"];
    assert_refusals_leave_every_job_in_one_place(fill, &rules).await;
}

#[tokio::test]
async fn a_refusal_among_prioritized_jobs_leaves_every_job_in_one_place() {
    let fill = async |jobs: &mut Jobs| {
        jobs.many("email/v1", MANY).await;
        let script = "
for _, id in ipairs(redis.call('LRANGE', 'bull:email/v1:wait', 0, -1)) do
  redis.call('HSET', 'bull:email/v1:' .. id, 'priority', 3)
  redis.call('ZADD', 'bull:email/v1:prioritized', 3 * 4294967296 + id, id)
end
redis.call('DEL', 'bull:email/v1:wait')";
        jobs.run::<()>(&["EVAL", script, "0"]).await;
    };
    let rules = ["-incr", "-zadd", "-zrem", "-rename"];
    assert_refusals_leave_every_job_in_one_place(fill, &rules).await;
}
