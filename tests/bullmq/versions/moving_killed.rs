//! Ten thousand jobs move while the workers of both versions work and the moving process is killed twenty times: at the end
//! each job was done once or waits once.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use bullkeeper_testkit::moves::{begin, press, state_of, until};
use bullkeeper_testkit::process::{done_by, end_lease, serve};
use bullkeeper_testkit::{Jobs, PASSWORD, Person, TestRedis, eventually, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");
const JOBS: u64 = 10_000;
const KILLS: usize = 20;

async fn add_admin(redis: &TestRedis) {
    let mut adding = Command::new(PROGRAM)
        .args(["user", "add", "admin", "--role", "admin"])
        .args(["--password-stdin", "--redis", &redis.url()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = adding.stdin.take().unwrap();
    let line = format!("{PASSWORD}\n");
    tokio::io::AsyncWriteExt::write_all(&mut input, line.as_bytes())
        .await
        .unwrap();
    drop(input);
    assert!(adding.wait().await.unwrap().success());
}

/// The workers of both versions.
struct Deploy {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
}

impl Deploy {
    async fn begin(redis: &TestRedis, (from, to): (u32, u32)) -> Self {
        let words = [redis.port.into(), from.into(), to.into(), JOBS];
        let mut process = Command::new("node")
            .arg("deploy.mjs")
            .args(words.map(|word: u64| word.to_string()))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bullmq/node"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut deploy = Self { process, says };
        deploy.hear("begins").await;
        deploy
    }

    async fn hear(&mut self, words: &str) {
        let line = self.says.next_line().await.unwrap();
        assert_eq!(line.as_deref(), Some(words));
    }

    async fn come_to_rest(mut self) {
        drop(self.process.stdin.take());
        self.hear("at rest").await;
    }
}

/// Waits until the run did something more than `before`.
async fn until_it_did_more(redis: &mut Jobs, run: &str, before: u64) {
    for _ in 0..20_000 {
        if done_by(redis, run).await > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the run does nothing");
}

/// The numbers of the waiting jobs, in any list or set.
async fn in_line(redis: &mut Jobs) -> Vec<u64> {
    let script = "
local found = {}
for _, queue in ipairs({'bull:email/v1:', 'bull:email/v2:'}) do
  local ids = {}
  for _, list in ipairs({'wait', 'paused', 'active'}) do
    for _, id in ipairs(redis.call('LRANGE', queue .. list, 0, -1)) do ids[#ids + 1] = id end
  end
  for _, set in ipairs({'prioritized', 'delayed', 'failed', 'waiting-children'}) do
    for _, id in ipairs(redis.call('ZRANGE', queue .. set, 0, -1)) do ids[#ids + 1] = id end
  end
  for _, id in ipairs(ids) do found[#found + 1] = redis.call('HGET', queue .. id, 'data') end
end
return found";
    let data: Vec<String> = redis.run(&["EVAL", script, "0"]).await;
    let number = |data: &String| {
        let data: Value = serde_json::from_str(data).unwrap();
        data["n"].as_u64().unwrap()
    };
    data.iter().map(number).collect()
}

async fn assert_each_job_is_done_once_or_in_line_once(way: (u32, u32)) {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    add_admin(&redis).await;
    let deploy = Deploy::begin(&redis, way).await;
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut keeper = serve(PROGRAM, &redis.url(), address).await;
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    eventually("both versions are known", || async {
        let page = admin.get("/family/move?name=email").await;
        page.text().await.unwrap().matches("<option").count() == 4
    })
    .await;
    let mut before = 0;
    let run = begin(&admin, &[]).await;
    for kill in 1..=KILLS {
        until_it_did_more(&mut jobs, &run, before).await;
        keeper.kill().await.unwrap();
        if kill > 1 {
            end_lease(&mut jobs, &run).await;
        }
        keeper = serve(PROGRAM, &redis.url(), address).await;
        let state = state_of(&admin, &run).await;
        assert_ne!(state, "done", "kill {kill} came too late");
        until(&admin, &run, "interrupted").await;
        before = done_by(&mut jobs, &run).await;
        press(&admin, &run, "/run/go-on").await;
    }
    until(&admin, &run, "done").await;
    deploy.come_to_rest().await;
    keeper.kill().await.unwrap();

    let ran: Vec<u64> = jobs.run(&["LRANGE", "ran", "0", "-1"]).await;
    let mut all = in_line(&mut jobs).await;
    let moved = done_by(&mut jobs, &run).await;
    println!(
        "{way:?}: {moved} moved, {} ran, {} in line",
        ran.len(),
        all.len()
    );
    all.extend(ran);
    all.sort_unstable();
    let each: Vec<u64> = (0..JOBS).collect();
    assert!(all == each, "{way:?}: each once");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        entries.len() as u64,
        moved,
        "{way:?}: an entry for each that moved"
    );
    assert!(moved > JOBS / 4, "{way:?}: {moved}");
}

#[tokio::test]
async fn from_bullmq_5_to_6_no_kill_loses_or_doubles_a_job() {
    assert_each_job_is_done_once_or_in_line_once((5, 6)).await;
}

#[tokio::test]
async fn from_bullmq_6_to_5_no_kill_loses_or_doubles_a_job() {
    assert_each_job_is_done_once_or_in_line_once((6, 5)).await;
}
