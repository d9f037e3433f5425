//! A run whose process is killed again and again, and proofs whose size the environment says.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::process::Child;

use super::moves::{press, state_of, until};
use crate::process::{done_by, end_lease, serve};
use crate::stored::users::PASSWORD;
use crate::{Jobs, Person, Seen, TestRedis, free_port};

/// How long a run may take, for each thousand jobs and beside that.
const PATIENCE_A_THOUSAND: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(60);

/// A number that the environment may say, such as how many jobs a proof takes.
pub fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// The program as a process that is killed and started again at the same address.
pub struct Killed {
    program: &'static str,
    redis: String,
    address: SocketAddr,
    process: Child,
}

impl Killed {
    /// Starts the `program` on a Redis.
    pub async fn start(program: &'static str, redis: &TestRedis) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let redis = redis.url();
        let process = serve(program, &redis, address).await;
        Self {
            program,
            redis,
            address,
            process,
        }
    }

    /// A user of this name, signed in there.
    pub async fn signed_in(&self, name: &str) -> Person {
        let person = Person::new(self.address, "");
        person.sign_in(name, PASSWORD).await;
        person
    }

    /// Kills it so often, spread over a run of so many jobs, and has `person` continue the run each time.
    pub async fn again_and_again(
        &mut self,
        jobs: &mut Jobs,
        (person, run): (&Person, &str),
        (kills, all): (u64, u64),
    ) {
        let mut before = 0;
        for kill in 1..=kills {
            let next = before.max((kill - 1) * all / (kills + 1));
            while done_by(jobs, run).await <= next {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            self.process.kill().await.unwrap();
            before = done_by(jobs, run).await;
            assert!(before < all, "kill {kill} came too late");
            if kill > 1 {
                end_lease(jobs, run).await;
            }
            self.process = serve(self.program, &self.redis, self.address).await;
            until(person, run, "interrupted").await;
            press(person, run, "/run/go-on").await;
        }
    }
}

/// Waits until the page of a run of so many jobs says `state`; the page.
pub async fn until_at_last(person: &Person, run: &str, state: &str, jobs: u64) -> Seen {
    let thousands = u32::try_from(jobs / 1_000).unwrap();
    let end = Instant::now() + PATIENCE + PATIENCE_A_THOUSAND * thousands;
    while state_of(person, run).await != state {
        assert!(Instant::now() < end, "{run} is never {state}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    person.page(run).await
}
