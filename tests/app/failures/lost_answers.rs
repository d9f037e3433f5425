//! A change whose answer is lost: its entry, written in the same step, shows that it was made.

use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use bullkeeper_testkit::retry::{list, outcomes, retry};
use bullkeeper_testkit::{EditForm, Person, Seen, TestApp, TestRedis, serde_urlencoded};

/// A proxy between Bullkeeper and Redis. It forwards everything, but drops the answer to the next command that contains a
/// word, and the connection with it.
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

#[tokio::test]
async fn a_retry_whose_answer_is_lost_is_found_by_its_entry() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (queue, version) in [("a/v1", "bullmq:5.81.0"), ("b/v1", "bullmq:6.7.0")] {
        for id in ["1", "2"] {
            jobs.failed(queue, id, "{}").await;
        }
        jobs.queue(queue, version).await;
        // The first loads the script.
        let first = retry(&operator, queue, "1").await;
        assert_eq!(first.status, StatusCode::SEE_OTHER);
        between.lose_answer_to(&format!("bull:{queue}:pc"));
        let answer = retry(&operator, queue, "2").await;
        assert!(between.has_lost());
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        assert_eq!(list(&mut jobs, queue, "wait").await, ["2", "1"]);
    }
    let entries = jobs.audit_of_jobs().await;
    let outcomes: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["applied"; 4]);
}

#[tokio::test]
async fn the_end_of_a_stuck_job_whose_answer_is_lost_leads_to_where_the_job_is() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    // The first loads the script.
    for (id, options, place) in [
        ("1", "{}", "/job?"),
        ("2", "{}", "/job?"),
        ("3", r#"{"removeOnComplete":true}"#, "/queue?"),
    ] {
        jobs.waiting("email/v1", id, "{}").await;
        jobs.moves("email/v1", id, "wait", "active").await;
        let key = format!("bull:email/v1:{id}");
        jobs.run::<u64>(&["HSET", &key, "opts", options]).await;
        if id != "1" {
            between.lose_answer_to("bull:email/v1:pc");
        }
        let form = [
            ("queue", "email/v1"),
            ("id", id),
            ("reason", "lost"),
            ("return_value", "1"),
        ];
        let ended = Seen::of(operator.post("/job/complete", &form).await).await;
        assert!(between.has_lost());
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());
        let to = ended.location();
        assert!(to.starts_with(place), "{id} leads to {to}");
        let page = operator.page(to).await;
        assert!(page.text().contains("Job completed."), "{}", page.text());
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.complete", "applied"); 3]);
}

#[tokio::test]
async fn an_edit_whose_answer_is_lost_is_found_by_its_entry() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2"] {
        jobs.failed("email/v2", id, r#"{"a":1}"#).await;
        let form = operator.edit("email/v2", id).await;
        let form = form.set("text", r#"{"a":2}"#).set("reason", "r");
        // The first loads the script.
        if id == "2" {
            between.lose_answer_to("bullkeeper:audit-change:");
        }
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(operator.told_after(&saved).await, "Saved.");
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":2}"#);
    }
    assert!(between.has_lost());
    let entries = jobs.audit_of_jobs().await;
    let outcomes: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["applied"; 2]);
}

#[tokio::test]
async fn an_added_job_whose_answer_is_lost_is_found_by_its_entry() {
    let (app, between) = app_behind().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    for (text, id) in [("1", "1"), ("2", "2")] {
        // The first loads the script.
        if text == "2" {
            between.lose_answer_to("bullkeeper:audit-change:");
        }
        let form = [
            ("queue", "email/v2"),
            ("job_name", "send"),
            ("text", text),
            ("reason", "r"),
        ];
        let added = Seen::of(operator.post("/queue/add", &form).await).await;
        let to = format!("/job?queue=email/v2&id={id}");
        assert_eq!(added.location(), to, "{}", added.text());
    }
    assert!(between.has_lost());
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["2", "1"]);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.add", "applied"); 2]);
}

async fn of_scheduler(admin: &Person, path: &str, id: &str) -> EditForm {
    let at = serde_urlencoded(&[("queue", "email/v2"), ("id", id)]);
    let page = admin.page(&format!("{path}?{at}")).await;
    EditForm::of(&page, path).set("repeat", "pattern")
}

#[tokio::test]
async fn a_change_of_a_scheduler_whose_answer_is_lost_is_found_by_its_entry() {
    let (app, between) = app_behind().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    let changes = [
        ("scheduler.create", "/queue/schedulers/add"),
        ("scheduler.edit", "/scheduler/edit"),
        ("scheduler.run", "/scheduler/run"),
        ("scheduler.remove", "/scheduler/remove"),
    ];
    for (action, path) in changes {
        for id in ["a", "b"] {
            let form = match action {
                "scheduler.create" => {
                    let page = admin.page(&format!("{path}?name=email/v2")).await;
                    let form = EditForm::of(&page, path).set("scheduler_id", id);
                    form.set("job_name", "report").set("pattern", "0 0 1 1 *")
                }
                "scheduler.edit" => of_scheduler(&admin, path, id).await.set("limit", "3"),
                _ => of_scheduler(&admin, path, id).await,
            };
            // The first loads the script.
            if id == "b" {
                between.lose_answer_to(action);
            }
            let done = admin.send(path, &form.set("reason", "r")).await;
            assert_eq!(
                done.status,
                StatusCode::SEE_OTHER,
                "{action}: {}",
                done.text()
            );
        }
        assert!(between.has_lost(), "{action}");
        if action == "scheduler.edit" {
            let limit: String = jobs.run(&["HGET", "bull:email/v2:repeat:b", "limit"]).await;
            assert_eq!(limit, "3");
        }
    }
    assert_eq!(list(&mut jobs, "email/v2", "wait").await.len(), 2);
    let left: u64 = jobs.run(&["EXISTS", "bull:email/v2:repeat"]).await;
    assert_eq!(left, 0);
    let entries = jobs.audit().await;
    let of_schedulers = entries
        .iter()
        .filter(|one| one.get("action").starts_with("scheduler."));
    let outcomes: Vec<&str> = of_schedulers.map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["applied"; 8]);
}
