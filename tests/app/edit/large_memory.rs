//! The memory that large edits take: the peak of the real program, as the system reports it.
#![cfg(target_os = "linux")]

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;

use bullkeeper_testkit::{PASSWORD, Person, TestRedis, eventually, free_port};

/// Far above the memory needed, and far below that of patches with every value, in MB.
const MOST_ABOVE_IDLE: u64 = 128;

struct Program {
    address: SocketAddr,
    child: Child,
    redis: TestRedis,
    person: Person,
}

impl Program {
    async fn start() -> Self {
        let redis = TestRedis::start().await;
        bullkeeper_testkit::make_users(&redis).await;
        let bind = format!("127.0.0.1:{}", free_port());
        let child = Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
            .args(["serve", "--bind", &bind, "--redis", &redis.url()])
            .args(["--redis-timeout", "20s", "--log-level", "error"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = bind.parse().unwrap();
        let person = Person::new(address, "");
        eventually("the program answers", || async {
            reqwest::get(format!("http://{bind}/healthz")).await.is_ok()
        })
        .await;
        let answer = person.sign_in("admin", PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        Self {
            address,
            child,
            redis,
            person,
        }
    }

    /// A line of the process's status, in MB.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        let kilobytes: u64 = line
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .unwrap();
        kilobytes / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn changing_every_value_of_megabytes_in_four_jobs_at_once_takes_little_memory() {
    let program = Program::start().await;
    let mut jobs = bullkeeper_testkit::Jobs(program.redis.connect().await);
    let text = |number: &str| format!("[{}1]", number.repeat(150_000));
    let (before, after) = (text("123456,"), text("654321,"));
    let revision = bullkeeper::domain::job::Revision::of(before.as_bytes());
    for id in ["1", "2", "3", "4"] {
        jobs.failed("email/v1", id, &before).await;
    }
    let idle = program.memory("VmRSS:");
    let person = &program.person;
    let operator = Person::new(program.address, "");
    operator.sign_in("operator", PASSWORD).await;
    // Each person sends one large form at a time.
    let senders = [person, person, &operator, &operator];
    let saves = ["1", "2", "3", "4"].into_iter().zip(senders);
    let saves = saves.map(|(id, person)| {
        let (revision, before, after) = (revision.as_str(), &before, &after);
        async move {
            let form = [
                ("queue", "email/v1"),
                ("id", id),
                ("revision", revision),
                ("opened", before),
                ("text", after),
                ("reason", "all of it"),
            ];
            person.post_patiently("/job/save", &form).await.status()
        }
    });
    let answers = futures::future::join_all(saves).await;
    assert!(
        answers
            .iter()
            .all(|status| *status == StatusCode::SEE_OTHER),
        "{answers:?}"
    );
    let log = person.page("/audit").await;
    let entry = log.attributes("a[href*='/audit/entry']", "href").remove(0);
    person.page(&entry).await;
    person.page("/audit/export?format=jsonl").await;
    let peak = program.memory("VmHWM:");
    assert!(
        peak - idle < MOST_ABOVE_IDLE,
        "{peak} MB at most, {idle} MB idle"
    );
}
