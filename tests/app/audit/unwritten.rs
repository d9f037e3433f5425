//! What Redis refuses is recorded as soon as Redis takes entries again.

use bullkeeper::domain::access::Operator;
use bullkeeper::service::accounts::users::UserChange;
use bullkeeper::service::error::ServiceError;
use reqwest::StatusCode;

use bullkeeper_testkit::one_repair::{assert_refused, ready_edit, retry};
use bullkeeper_testkit::{AuditEntry, Jobs, Person, TestApp, eventually};

async fn set_memory(jobs: &mut Jobs, most: &str) {
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", most]).await;
}

async fn failed(jobs: &Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.clone().audit().await;
    entries.retain(|entry| entry.get("outcome") == "failed");
    entries
}

async fn pin(person: &Person) -> StatusCode {
    let form = [("queue", "email/v1"), ("reason", "r")];
    person.post("/family/pin", &form).await.status()
}

#[tokio::test]
async fn an_edit_a_retry_and_a_pin_that_redis_refuses_are_recorded_as_failed_once_it_takes_entries()
{
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    jobs.failed("email/v2", "1", bullkeeper_testkit::one_repair::BEFORE)
        .await;
    let (operator, admin) = (app.operator().await, app.admin().await);
    let form = ready_edit(&operator, "1").await;
    set_memory(&mut jobs, "1").await;
    for _ in 0..3 {
        assert_refused(&operator.send("/job/save", &form).await, "out of memory");
    }
    assert_refused(&retry(&operator, "1").await, "out of memory");
    assert_eq!(pin(&admin).await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(failed(&jobs).await.is_empty());
    set_memory(&mut jobs, "0").await;
    eventually("the failures are recorded", || async {
        failed(&jobs).await.len() == 3
    })
    .await;
    let entries = failed(&jobs).await;
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("action"), entry.get("actor")))
        .collect();
    let expected = [
        ("job.edit", "operator"),
        ("job.retry", "operator"),
        ("version.pin", "admin"),
    ];
    assert_eq!(told, expected);
    for entry in &entries {
        assert!(entry.get("error").contains("out of memory"), "{entry:?}");
        assert!(entry.get("patch").is_empty() && !entry.get("request").is_empty());
    }
    // The other two tries are counted.
    app.services.finish_audit().await;
    assert_eq!(failed(&jobs).await.last().unwrap().get("count"), "2");
    assert_eq!(
        operator.send("/job/save", &form).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_change_of_a_user_that_redis_refuses_is_recorded_as_failed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    set_memory(&mut jobs, "1").await;
    let console = Operator::console();
    let change = app
        .services
        .change_user(&console, "viewer", UserChange::Disable);
    assert!(matches!(change.await, Err(ServiceError::Store(_))));
    set_memory(&mut jobs, "0").await;
    eventually("the failure is recorded", || async {
        let entries = failed(&jobs).await;
        let told = |entry: &AuditEntry| {
            (entry.get("action"), entry.get("subject")) == ("user.disable", "viewer")
        };
        entries.iter().any(told)
    })
    .await;
    app.viewer().await;
}
