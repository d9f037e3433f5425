//! A failover from one Redis to another.

use crate::{Jobs, TestRedis, eventually};

/// Whether `jobs` is on a replica that has all of its primary's data.
async fn is_in_step(mut jobs: Jobs) -> bool {
    let info: String = jobs.run(&["INFO", "replication"]).await;
    info.contains("master_link_status:up")
}

/// Copies everything to another server, which becomes the primary, with `redis` as its replica.
pub async fn fail_over(redis: &TestRedis) -> (TestRedis, Jobs) {
    let other = TestRedis::start().await;
    let (mut jobs, mut others) = (Jobs(redis.connect().await), Jobs(other.connect().await));
    let (ours, theirs) = (redis.port.to_string(), other.port.to_string());
    for server in [&mut jobs, &mut others] {
        server
            .run::<()>(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"])
            .await;
    }
    others.run::<()>(&["REPLICAOF", "127.0.0.1", &ours]).await;
    eventually("the other has everything", || is_in_step(others.clone())).await;
    others.run::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    jobs.run::<()>(&["REPLICAOF", "127.0.0.1", &theirs]).await;
    eventually("ours is a replica", || is_in_step(jobs.clone())).await;
    (other, others)
}
