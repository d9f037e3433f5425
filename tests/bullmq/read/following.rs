//! Real workers of BullMQ 5 and 6 at full speed, while connections break, Redis restarts and streams are trimmed. At rest
//! the pages equal Redis, and every event was either read or caused a new count.

use std::process::Stdio;
use std::time::Duration;

use bullkeeper::domain::queue::QueueId;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::harness::bull::Bull;
use crate::harness::pages::{tabs, version};
use bullkeeper_testkit::{Jobs, TestApp, eventually};

const QUEUES: [(u32, &str); 2] = [(5, "traffic/v5"), (6, "traffic/v6")];

struct Traffic {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
}

impl Traffic {
    async fn begin(port: u16) -> Self {
        let mut process = Command::new("node")
            .args(["traffic.mjs", &port.to_string()])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bullmq/node"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed, and `npm ci` in tests/bullmq: scripts/test does both");
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut traffic = Self { process, says };
        traffic.hear("begins").await;
        traffic
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

/// How many entries were ever added to the queues' event streams.
async fn events_added(jobs: &mut Jobs) -> u64 {
    let mut sum = 0;
    for (_, queue) in QUEUES {
        let stream = format!("bull:{queue}:events");
        let info: Vec<redis::Value> = jobs.run(&["XINFO", "STREAM", &stream]).await;
        let added = info.chunks(2).find_map(|pair| match pair {
            [redis::Value::BulkString(name), redis::Value::Int(number)] => {
                (name == b"entries-added").then_some(*number as u64)
            }
            _ => None,
        });
        sum += added.expect("Redis 7 or later counts the entries of a stream");
    }
    sum
}

/// Breaks the connections that wait for events; returns how many.
async fn break_connections(jobs: &mut Jobs) -> usize {
    let list: String = jobs.run(&["CLIENT", "LIST"]).await;
    let waiting = list.lines().filter(|line| line.contains(" cmd=xread "));
    let ids = waiting.filter_map(|line| line.split(' ').next()?.strip_prefix("id="));
    let mut broken = 0;
    for id in ids {
        broken += jobs.run::<usize>(&["CLIENT", "KILL", "ID", id]).await;
    }
    broken
}

/// Waits until a stream has events: after a restart the workers take a while to come back.
async fn there_is_traffic(jobs: &mut Jobs, stream: &str) {
    for _ in 0..600 {
        if jobs.run::<u64>(&["XLEN", stream]).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing was added to {stream} for a minute");
}

async fn pages_say_what_redis_holds(app: &TestApp, bull: &Bull) {
    let viewer = app.viewer().await;
    for (major, name) in QUEUES {
        let truth = bull.queue(major, name).counts().await;
        let truth = &truth;
        let viewer = &viewer;
        eventually(
            &format!("{name} is shown as it is: {truth:?}"),
            || async move {
                let row = version(&viewer.page("/").await, name).unwrap();
                let shown: std::collections::BTreeMap<String, u64> = row
                    .counts
                    .iter()
                    .map(|(state, count)| (state.to_string(), *count))
                    .filter(|(_, count)| *count > 0)
                    .collect();
                shown == *truth
            },
        )
        .await;
        let page = viewer.page(&format!("/queue?name={name}")).await;
        assert_eq!(
            tabs(&page).values().sum::<u64>(),
            truth.values().sum::<u64>()
        );
    }
}

async fn both_queues_have_events(app: &TestApp, bull: &Bull) {
    for (major, name) in QUEUES {
        bull.queue(major, name).add(json!({"data": {"n": 1}})).await;
    }
    eventually("both queues are followed", || async {
        app.services.overview().now().queues.len() == QUEUES.len()
    })
    .await;
}

#[tokio::test]
async fn every_event_is_heard_once_though_the_connection_breaks_a_hundred_times() {
    // Only events bring news here.
    let quiet = [
        ("round", "1h"),
        ("refresh", "60s"),
        ("redis_timeout", "15s"),
    ];
    let app = TestApp::with(&quiet).await;
    let bull = Bull::on(&app);
    let mut jobs = app.jobs().await;
    both_queues_have_events(&app, &bull).await;
    let kept = || app.services.overview().now().kept;
    // What happened before both queues were followed is read too.
    let added_before = events_added(&mut jobs).await;
    eventually("what came before is read", || async {
        kept().events == added_before
    })
    .await;

    let traffic = Traffic::begin(app.redis.port).await;
    for _ in 0..100 {
        let before = kept().reconnects;
        while break_connections(&mut jobs).await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        eventually("events are read again", || async {
            kept().reconnects > before
        })
        .await;
    }
    traffic.come_to_rest().await;
    let added = events_added(&mut jobs).await - added_before;
    eventually("every event is heard", || async {
        kept().events - added_before >= added
    })
    .await;
    pages_say_what_redis_holds(&app, &bull).await;
    let kept = kept();
    assert!(added > 1_000, "{added} events are not traffic");
    assert_eq!(kept.events - added_before, added, "none twice: {kept:?}");
    assert_eq!(kept.resyncs, 0, "{kept:?}");
}

/// Waits until an event of each queue was read: nobody can notice what is lost before it is followed again.
async fn both_queues_are_followed(app: &TestApp) {
    let heard = |queue: &str| -> u64 {
        let queue = QueueId::new("bull", queue).unwrap();
        let snapshot = app.services.overview().now();
        let seen = snapshot.queue(&queue);
        seen.map_or(0, |seen| seen.arrivals.iter().sum())
    };
    for (_, queue) in QUEUES {
        let before = heard(queue);
        eventually("its events are heard", || async { heard(queue) > before }).await;
    }
}

#[tokio::test]
async fn restarts_trimmed_and_deleted_streams_are_noticed_and_the_pages_are_right_at_rest() {
    let mut app = TestApp::with(&[("round", "1s"), ("redis_timeout", "15s")]).await;
    let bull = Bull::on(&app);
    both_queues_have_events(&app, &bull).await;
    let traffic = Traffic::begin(app.redis.port).await;
    for round in 0..10 {
        let mut jobs = app.jobs().await;
        both_queues_are_followed(&app).await;
        let before = app.services.overview().now().kept.resyncs;
        for (at, (_, queue)) in QUEUES.into_iter().enumerate() {
            let stream = format!("bull:{queue}:events");
            there_is_traffic(&mut jobs, &stream).await;
            match (round + at) % 3 {
                0 => jobs.run::<()>(&["DEL", &stream]).await,
                1 => jobs.run::<()>(&["XTRIM", &stream, "MAXLEN", "0"]).await,
                _ => {}
            }
        }
        if round % 3 != 2 {
            eventually("it is noticed", || async {
                app.services.overview().now().kept.resyncs > before
            })
            .await;
        }
        app.redis.kill();
        eventually("Redis is found away", || async {
            app.services.overview().now().stale.is_some()
        })
        .await;
        app.redis.start_again().await;
        eventually("the figures are fresh again", || async {
            app.services.overview().now().stale.is_none()
        })
        .await;
    }
    traffic.come_to_rest().await;
    pages_say_what_redis_holds(&app, &bull).await;
    let snapshot = app.services.overview().now();
    assert!(
        snapshot.kept.resyncs > 0 && snapshot.kept.reconnects > 0,
        "{:?}",
        snapshot.kept
    );
}
