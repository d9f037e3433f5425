//! No entry names a queue to a reader who may not see it.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::past_audit::{NOON, Past, app_with, ids};
use bullkeeper_testkit::{Person, Seen, TestApp};

/// Everything that a person can read of the log, in all and about one queue.
async fn all_that_is_read(person: &Person) -> String {
    let mut all = String::new();
    let mut paths: Vec<String> = [
        "/audit",
        "/audit?queue=email%2Fv2",
        "/audit/export?format=csv",
        "/audit/export?format=jsonl",
    ]
    .map(str::to_owned)
    .into();
    for id in ids(&person.page("/audit").await) {
        paths.push(format!("/audit/entry?id={id}"));
        paths.push(format!("/audit/entry?id={id}&part=1"));
    }
    for path in paths {
        all += &person.get(&path).await.text().await.unwrap();
    }
    all
}

#[tokio::test]
async fn a_pin_that_moves_does_not_name_the_other_version_to_whom_it_is_hidden() {
    let old = |n: u64, note: &str, error: &str, action: &str| {
        Past::at(
            NOON + n,
            &[
                ("event", &format!("E{n}")),
                ("actor", "admin"),
                ("prefix", "bull"),
                ("queue", "email/v2"),
                ("action", action),
                ("outcome", "applied"),
                ("note", note),
                ("error", error),
            ],
        )
    };
    let relative =
        "job \"3\" is the child of a live flow: its parent bull:email/v1:7 has not finished";
    let app = app_with(&[
        old(1, "takes the pin from email/v1", "", "version.pin"),
        old(2, "", relative, "version.retire"),
    ])
    .await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2"] {
        jobs.waiting(queue, "1", "{}").await;
    }
    let admin = app.admin().await;
    for queue in ["email/v1", "email/v2"] {
        let form = [("queue", queue), ("reason", "r")];
        let answer = admin.post("/family/pin", &form).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    }
    let entries = jobs.audit().await;
    let pin = entries.last().unwrap();
    assert_eq!(pin.get("other_queue"), "email/v1");
    assert!(!pin.get("note").contains("email"), "{pin:?}");

    let clerk = app.scoped("clerk", Role::Operator, &["email/v2"]).await;
    let read = all_that_is_read(&clerk).await;
    assert!(!read.contains("email/v1"), "{read}");
    assert!(
        read.contains("takes the pin from another version"),
        "{read}"
    );
    let both = app.scoped("both", Role::Operator, &["email/*"]).await;
    let read = all_that_is_read(&both).await;
    assert!(read.contains("takes the pin from email/v1"), "{read}");
    assert!(read.contains(r#""other_queue":"email/v1""#), "{read}");
}

#[tokio::test]
async fn an_id_with_a_colon_tells_nothing_of_a_queue_out_of_sight() {
    let app = TestApp::with(&[("prefix", "bull,bull:eu")]).await;
    let mut jobs = app.jobs().await;
    // With an id it looks like a job of the queue `eu`.
    jobs.run::<u64>(&["HSET", "bull:eu:payroll:meta", "version", "bullmq:6.7.0"])
        .await;
    let sam = app.scoped("sam", Role::Viewer, &["email/v2"]).await;
    for id in ["payroll:1", "nothing:1"] {
        let page = Seen::of(sam.get(&format!("/job?queue=eu&id={id}")).await).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        let text = page.text();
        assert!(text.contains("There is no queue \"eu\""), "{id}: {text}");
    }
    app.services.finish_audit().await;
    let entries = jobs.audit().await;
    let refused = entries
        .iter()
        .filter(|entry| entry.get("outcome") == "denied");
    assert_eq!(refused.count(), 2, "{entries:?}");
}
