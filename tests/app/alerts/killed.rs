//! A process that is killed while it sends: the next one sends the same message again.

use std::net::SocketAddr;

use bullkeeper_testkit::process::serve_with;
use bullkeeper_testkit::{Jobs, TestRedis, eventually, free_port, make_users};
use tokio::process::Child;

use super::receiver::{NEVER, Receiver};

async fn serve(redis: &str, webhook: &str, address: SocketAddr) -> Child {
    let watching = [
        "--alerts",
        "stranded on email critical",
        "--webhooks",
        webhook,
        "--webhooks-private",
    ];
    serve_with(env!("CARGO_BIN_EXE_bullkeeper"), redis, address, &watching).await
}

#[tokio::test]
async fn a_message_whose_process_is_killed_while_it_sends_is_sent_again_with_the_same_id() {
    let redis = TestRedis::start().await;
    make_users(&redis).await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email", "1", "{}").await;
    let receiver = Receiver::start().await;
    receiver.will_answer(&[NEVER]);
    let webhook = format!("chat = json {}", receiver.url("json"));
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut process = serve(&redis.url(), &webhook, address).await;
    receiver.waits_for(1).await;
    process.kill().await.unwrap();
    let key = "bullkeeper:alert-outbox";
    assert_eq!(jobs.run::<u64>(&["HLEN", key]).await, 1);
    // The lease of a killed process would end by itself after some seconds.
    jobs.run::<u64>(&["DEL", "bullkeeper:leader"]).await;
    let _process = serve(&redis.url(), &webhook, address).await;
    let received = receiver.waits_for(2).await;
    let id = |at: usize| received[at].header("bullkeeper-message");
    assert!(!id(0).is_empty());
    assert_eq!(id(0), id(1));
    assert_eq!(received[0].bytes, received[1].bytes);
    eventually("nothing waits", || {
        let mut jobs = jobs.clone();
        async move { jobs.run::<u64>(&["HLEN", key]).await == 0 }
    })
    .await;
    assert_eq!(
        receiver.received().len(),
        2,
        "and the alert is not told anew"
    );
}
