//! A connection to Redis that is dead but stays open: nothing comes through it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{Seen, TestApp, TestRedis, eventually};

/// A proxy between Bullkeeper and Redis, like a firewall that forgets its flows.
struct Between {
    address: SocketAddr,
    forget: watch::Sender<()>,
    taken: Arc<AtomicUsize>,
}

impl Between {
    async fn start(redis: &TestRedis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let between = Self {
            address: listener.local_addr().unwrap(),
            forget: watch::Sender::new(()),
            taken: Arc::default(),
        };
        let (port, taken) = (redis.port, Arc::clone(&between.taken));
        let forgets = between.forget.subscribe();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                taken.fetch_add(1, Ordering::Relaxed);
                let mut forgotten = forgets.clone();
                forgotten.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        // Both ends stay open and get nothing from each other.
                        Ok(()) = forgotten.changed() => std::future::pending().await,
                    }
                });
            }
        });
        between
    }

    fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Cuts the connections that are open now; new ones work.
    fn forget_open_ones(&self) {
        self.forget.send_replace(());
    }
}

#[tokio::test]
async fn pages_are_back_after_every_open_connection_died_silently() {
    let redis = TestRedis::start().await;
    let between = Between::start(&redis).await;
    let app = TestApp::on(redis, &[("redis", &between.url())]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let job = "/job?queue=email%2Fv2&id=1";
    assert!(operator.page(job).await.text().contains("failed"));
    // The connection for large replies too.
    operator.page("/audit").await;
    let before = between.taken();

    between.forget_open_ones();
    jobs.run::<()>(&["HSET", "bull:email/v2:1", "failedReason", "another reason"])
        .await;
    let began = std::time::Instant::now();
    eventually("the job's page shows what is stored now", || async {
        let page = Seen::of(operator.get(job).await).await;
        page.status == StatusCode::OK && page.text().contains("another reason")
    })
    .await;
    println!("back after {:?}", began.elapsed());
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "back");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    operator.page("/audit").await;
    assert!(between.taken() > before, "over new connections");
}

#[tokio::test]
async fn events_are_followed_again_after_every_open_connection_died_silently() {
    let redis = TestRedis::start().await;
    let between = Between::start(&redis).await;
    let quiet = [
        ("redis", between.url()),
        ("round", "1h".into()),
        ("refresh", "60s".into()),
    ];
    let settings: Vec<(&str, &str)> = quiet
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let app = TestApp::on(redis, &settings).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", "{}").await;
    bullkeeper_testkit::stream::counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=email%2Fv2&id=1").await;
    let mut listening = Listening::of(&viewer, &page).await;
    jobs.moves("email/v2", "1", "wait", "active").await;
    listening
        .until("the job is active", |event| event.data.contains("active"))
        .await;

    between.forget_open_ones();
    jobs.moves("email/v2", "1", "active", "completed").await;
    listening
        .until("the job is completed", |event| {
            event.data.contains("completed")
        })
        .await;
    let overview = app.services.overview();
    eventually("its queue is counted again", || async {
        let now = overview.now();
        now.queues[0].figures.counts.completed == 1 && now.stale.is_none()
    })
    .await;
}

/// The system probes quiet connections: in /proc/net/tcp, their timer is that of keep-alive.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn quiet_connections_to_redis_are_asked_for_a_sign_of_life() {
    let redis = TestRedis::start().await;
    let between = Between::start(&redis).await;
    let app = TestApp::on(redis, &[("redis", &between.url())]).await;
    app.operator().await.page("/audit").await;
    let port = format!(":{:04X}", between.address.port());
    eventually("every connection has its timer", || async {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let timers: Vec<&str> = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            // Established, towards Redis.
            .filter(|fields| fields[2].ends_with(&port) && fields[3] == "01")
            .map(|fields| &table[fields[5].as_ptr() as usize - table.as_ptr() as usize..][..2])
            .collect();
        timers.len() >= 2 && timers.iter().all(|timer| *timer == "02")
    })
    .await;
}
