//! A retry whose answer, or whose intent's answer, is lost on the way: how it ended is found out and recorded.

use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::past::{NOON, Past, app_with};
use crate::retry::{is_failed, list, retry};
use crate::support::{AuditEntry, Jobs, TestApp, TestRedis, eventually};

/// Between Bullkeeper and Redis: passes everything on, but loses the answer to the next command that holds a word, and the
/// connection with it.
#[derive(Clone, Default)]
struct Between(Arc<Mutex<Option<String>>>);

impl Between {
    async fn start(redis: &TestRedis) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}/", listener.local_addr().unwrap());
        let (between, port) = (Self::default(), redis.port);
        let passing = between.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(passing.clone().pass(client, server));
            }
        });
        (between, url)
    }

    fn lose_answer_to(&self, word: &str) {
        *self.0.lock().unwrap() = Some(word.to_owned());
    }

    fn has_lost(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }

    fn is_to_be_lost(&self, sent: &[u8]) -> bool {
        let sent = String::from_utf8_lossy(sent).into_owned();
        let is_it = |word: &mut String| sent.contains(word.as_str());
        self.0.lock().unwrap().take_if(is_it).is_some()
    }

    async fn pass(self, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let answers = tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
                if to_client.write_all(&buffer[..n]).await.is_err() {
                    return;
                }
            }
        });
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
            let is_lost = self.is_to_be_lost(&buffer[..n]);
            if is_lost {
                answers.abort();
            }
            if to_server.write_all(&buffer[..n]).await.is_err() || is_lost {
                break;
            }
        }
        answers.abort();
    }
}

async fn app_behind() -> (TestApp, Between) {
    let redis = TestRedis::start().await;
    let (between, url) = Between::start(&redis).await;
    (TestApp::on(redis, &[("redis", &url)]).await, between)
}

async fn entries_of(jobs: &Jobs, id: &str) -> Vec<AuditEntry> {
    let mut entries = jobs.clone().audit().await;
    entries.retain(|entry| entry.get("job") == id);
    entries
}

fn outcomes(entries: &[AuditEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.get("outcome")).collect()
}

#[tokio::test]
async fn a_retry_that_was_done_and_whose_answer_is_lost_is_recorded_as_applied() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2"] {
        jobs.failed("email/v2", id, "{}").await;
    }
    jobs.queue("email/v2", "bullmq:5.81.0").await;
    let operator = app.operator().await;
    // The first loads the script.
    assert_eq!(
        retry(&operator, "email/v2", "1").await.status,
        StatusCode::SEE_OTHER
    );
    between.lose_answer_to("bull:email/v2:pc");
    let answer = retry(&operator, "email/v2", "2").await;
    assert!(between.has_lost());
    assert!(
        [StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE].contains(&answer.status),
        "{}",
        answer.text()
    );
    eventually("its end is recorded", || async {
        entries_of(&jobs, "2").await.len() == 2
    })
    .await;
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["2", "1"]);
    let entries = entries_of(&jobs, "2").await;
    assert_eq!(outcomes(&entries), ["intent", "applied"]);
    assert_eq!(entries[0].get("event"), entries[1].get("event"));
    assert!(
        entries[1].get("error").contains("events show"),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_retry_that_was_not_done_since_its_intents_answer_is_lost_is_recorded_as_failed() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.queue("email/v2", "bullmq:5.81.0").await;
    let operator = app.operator().await;
    between.lose_answer_to("intent");
    let answer = retry(&operator, "email/v2", "1").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text()
    );
    assert!(between.has_lost());
    eventually("its end is recorded", || async {
        entries_of(&jobs, "1").await.len() == 2
    })
    .await;
    let entries = entries_of(&jobs, "1").await;
    assert_eq!(outcomes(&entries), ["intent", "failed"]);
    assert!(entries[1].get("error").contains("not tried"), "{entries:?}");
    assert!(is_failed(&mut jobs, "email/v2", "1").await);
}

#[tokio::test]
async fn an_intent_that_a_killed_process_left_is_shown_with_what_the_job_tells() {
    let intent = |n: u64, job: &str| {
        Past::at(
            NOON + n,
            &[
                ("event", &format!("E{n}")),
                ("actor", "ann"),
                ("prefix", "bull"),
                ("queue", "email/v2"),
                ("job", job),
                ("action", "job.retry"),
                ("outcome", "intent"),
            ],
        )
    };
    let app = app_with(&[intent(1, "done"), intent(2, "not"), intent(3, "gone")]).await;
    let mut jobs = app.jobs().await;
    let events = "bull:email/v2:events";
    let began = (NOON - 1).to_string();
    jobs.run::<()>(&[
        "XADD",
        events,
        &format!("{began}-0"),
        "event",
        "failed",
        "jobId",
        "x",
    ])
    .await;
    let put_back = format!("{}-0", NOON + 20);
    let event = ["event", "waiting", "jobId", "done", "prev", "failed"];
    jobs.run::<()>(&[&["XADD", events, &put_back], &event[..]].concat())
        .await;
    jobs.waiting("email/v2", "done", "{}").await;
    jobs.failed("email/v2", "not", "{}").await;
    jobs.run::<()>(&["ZADD", "bull:email/v2:failed", &began, "not"])
        .await;
    let admin = app.admin().await;
    let page = admin.page("/audit?action=job.retry").await;
    assert_eq!(page.all("td .state"), ["unknown", "failed", "applied"]);
    let text = page.text();
    for words in [
        "the job is gone",
        "failed since before",
        "2020-03-01T12:00:00.02Z",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let one = admin.page(&format!("/audit/entry?id={}-0", NOON + 1)).await;
    assert!(one.text().contains("events show"), "{}", one.text());
    let job = admin.page("/job?queue=email%2Fv2&id=done").await;
    assert!(job.text().contains("events show"), "{}", job.text());
    let applied = admin.page("/audit?action=job.retry&outcome=applied").await;
    assert_eq!(applied.all("td .state"), ["applied"]);
}
