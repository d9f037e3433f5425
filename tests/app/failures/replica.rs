//! A failover: Bullkeeper's Redis becomes a replica, and is promoted again or replaced.

use bullkeeper_testkit::fail_over::fail_over;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use reqwest::StatusCode;
use tokio::net::{TcpListener, TcpStream};

use bullkeeper_testkit::one_repair::{
    BEFORE, assert_keeps_the_text, assert_refused, assert_untouched, assert_works, ready_edit,
    retry,
};
use bullkeeper_testkit::{TestApp, TestRedis};

#[tokio::test]
async fn a_replica_takes_no_change_and_works_once_it_is_promoted() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;

    let _other = fail_over(&app.redis).await;
    let refused = operator.send("/job/save", &form).await;
    assert_refused(&refused, "Redis refused the command");
    assert!(refused.text().contains("replica"), "{}", refused.text());
    assert_keeps_the_text(&refused);
    assert_refused(&retry(&operator, "1").await, "replica");
    assert_untouched(&mut jobs, "1").await;
    assert!(jobs.audit_of_jobs().await.is_empty());
    assert_eq!(
        operator.page("/job?queue=email%2Fv2&id=1").await.status,
        StatusCode::OK,
        "reading goes on"
    );

    jobs.run::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    assert_works(&mut jobs, &operator, &form, "1").await;
}

/// An address in front of Redis: new connections go where it points now, and existing ones stay where they are.
struct Address {
    port: u16,
    target: Arc<AtomicU16>,
}

impl Address {
    async fn of(redis: &TestRedis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Arc::new(AtomicU16::new(redis.port));
        let points_to = Arc::clone(&target);
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let to = points_to.load(Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut to = TcpStream::connect(("127.0.0.1", to)).await?;
                    tokio::io::copy_bidirectional(&mut from, &mut to).await
                });
            }
        });
        Self { port, target }
    }

    fn point_to(&self, redis: &TestRedis) {
        self.target.store(redis.port, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn after_a_failover_behind_one_address_the_new_primary_is_found() {
    let redis = TestRedis::start().await;
    let address = Address::of(&redis).await;
    let url = format!("redis://127.0.0.1:{}/", address.port);
    let app = TestApp::on(redis, &[("redis", &url)]).await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2"] {
        jobs.failed("email/v2", id, BEFORE).await;
    }
    let operator = app.operator().await;
    // Opens every possible connection; they stay with the server that becomes a replica.
    assert_eq!(retry(&operator, "1").await.status, StatusCode::SEE_OTHER);
    let form = ready_edit(&operator, "2").await;
    let (other, mut others) = fail_over(&app.redis).await;
    address.point_to(&other);

    assert_refused(&operator.send("/job/save", &form).await, "replica");
    assert_works(&mut others, &operator, &form, "2").await;
}
