//! A hundred operators at once on the same jobs of one queue: each job is done once, and each success has one entry.

use std::collections::{BTreeMap, BTreeSet};

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::retry::{is_failed, list};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use futures::future::join_all;
use reqwest::StatusCode;

const OPERATORS: usize = 100;
const JOBS: usize = 20;

/// How many of the jobs each operator sends an operation for.
const EACH: usize = 5;

/// What one operator sent for one job, and how it was answered.
struct Answer {
    operator: String,
    path: &'static str,
    job: String,
    status: StatusCode,
}

/// The operator's requests, one after the other: every other operator removes what its neighbours retry.
async fn send_all((number, name, person): (usize, String, Person)) -> Vec<Answer> {
    let path = match number % 2 {
        0 => "/job/retry",
        _ => "/job/remove",
    };
    let mut answers = Vec::new();
    for step in 0..EACH {
        let job = ((number / 2 + step) % JOBS).to_string();
        let form = [
            ("queue", "email/v1"),
            ("id", job.as_str()),
            ("reason", "the host is back"),
        ];
        let seen = Seen::of(person.post(path, &form).await).await;
        let status = seen.status;
        answers.push(Answer {
            operator: name.clone(),
            path,
            job,
            status,
        });
    }
    answers
}

/// A hundred operators, each with a session of their own.
async fn operators(app: &TestApp) -> Vec<(usize, String, Person)> {
    let mut operators = Vec::new();
    for number in 0..OPERATORS {
        let name = format!("operator{number}");
        let person = app.scoped(&name, Role::Operator, &["email/*"]).await;
        operators.push((number, name, person));
    }
    operators
}

/// Who did what to which job, by the entries of what was applied.
async fn applied(jobs: &mut Jobs) -> Vec<(String, String, String)> {
    let entries = jobs.audit_of_jobs().await.into_iter();
    let applied = entries.filter(|entry| entry.get("outcome") == "applied");
    let texts = ["actor", "action", "job"];
    applied
        .map(|entry| texts.map(|name| entry.get(name).to_owned()).into())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_operators_at_once_do_each_job_once_and_each_success_has_one_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operators = operators(&app).await;
    for id in 0..JOBS {
        jobs.failed("email/v1", &id.to_string(), "{}").await;
    }
    let sent = operators.into_iter().map(send_all);
    let answers: Vec<Answer> = join_all(sent).await.into_iter().flatten().collect();
    assert_eq!(answers.len(), OPERATORS * EACH);

    // A retried job waits and may be removed after that; no job is retried or removed twice.
    let mut done: Vec<(String, String, String)> = Vec::new();
    for answer in answers {
        match answer.status {
            StatusCode::SEE_OTHER => {
                let action = answer.path.replacen("/job/", "job.", 1);
                done.push((answer.operator, action, answer.job));
            }
            // It waits already, or is gone.
            StatusCode::CONFLICT | StatusCode::NOT_FOUND => {}
            other => panic!("{} of {}: {other}", answer.path, answer.job),
        }
    }
    let mut recorded = applied(&mut jobs).await;
    let mut times = BTreeMap::<(&str, &str), usize>::new();
    for (_, action, job) in &recorded {
        *times.entry((action, job)).or_default() += 1;
    }
    assert!(times.values().all(|count| *count == 1), "{times:?}");
    done.sort();
    recorded.sort();
    assert_eq!(done, recorded, "each success has its entry, and no more");

    // What is stored is what the entries say.
    let removed: BTreeSet<&str> = recorded
        .iter()
        .filter(|(_, action, _)| action == "job.remove")
        .map(|(_, _, job)| job.as_str())
        .collect();
    let waiting = list(&mut jobs, "email/v1", "wait").await;
    for id in 0..JOBS {
        let id = id.to_string();
        assert!(!is_failed(&mut jobs, "email/v1", &id).await, "{id}");
        let is_there = jobs.data("email/v1", &id).await.is_some();
        assert_eq!(is_there, !removed.contains(id.as_str()), "{id}");
        let places = waiting.iter().filter(|other| **other == id).count();
        assert_eq!(places, usize::from(is_there), "{id} waits once or is gone");
    }
}
