//! Who may retire which version and when, and what must be typed: every refusal changes nothing and is recorded.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::retirement::{
    QUEUE, dialog, drained, fill, keys_of, outcomes, retire, retirements, settled, stands,
};
use bullkeeper_testkit::{AuditEntry, Seen, TestApp, eventually, times};

#[tokio::test]
async fn the_current_version_is_kept_and_so_is_one_that_an_admin_pinned() {
    let (_app, mut jobs, admin) = drained(&[]).await;
    let refused = retire(&admin, "email/v2").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("It is the current version"),
        "{}",
        refused.text()
    );
    admin
        .post("/family/pin", &[("queue", QUEUE), ("reason", "back to it")])
        .await;
    let refused = retire(&admin, QUEUE).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
    let begun = retire(&admin, "email/v2").await;
    stands(&admin, begun.location(), "done").await;
}

#[tokio::test]
async fn the_name_has_to_be_typed_and_a_reason_given_and_what_was_typed_is_kept() {
    let (app, mut jobs, admin) = drained(&[]).await;
    for (typed, reason, told) in [
        ("email/v2", "it is done", "This is not its name"),
        ("Email/V1 <b>", "it is done", "This is not its name"),
        ("", "it is done", "This is not its name"),
        (QUEUE, "  ", "enter a reason"),
    ] {
        let form = [("queue", QUEUE), ("typed", typed), ("reason", reason)];
        let refused = Seen::of(admin.post("/family/retire", &form).await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(told), "{}", refused.text());
        assert_eq!(refused.attributes("#typed", "value"), [typed]);
        assert_eq!(refused.attributes("#reason", "value"), [reason]);
    }
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
    app.services.finish_audit().await;
    let entries = retirements(&mut jobs).await;
    assert_eq!(times(&entries), 4);
    assert_eq!(outcomes(&entries), ["invalid"; 3]);
    let without_reason = entries
        .iter()
        .find(|entry| entry.get("error").contains("no reason"));
    assert_eq!(
        without_reason.map(AuditEntry::times),
        Some(1),
        "{entries:?}"
    );
}

#[tokio::test]
async fn only_an_admin_of_the_queue_may_and_nobody_where_nothing_is_written() {
    let (app, mut jobs, _) = drained(&[]).await;
    for person in [app.viewer().await, app.operator().await] {
        let family = person.page("/family?name=email").await;
        assert!(family.attributes("a[href*=retire]", "href").is_empty());
        assert_eq!(dialog(&person, QUEUE).await.status, StatusCode::FORBIDDEN);
        assert_eq!(retire(&person, QUEUE).await.status, StatusCode::FORBIDDEN);
    }
    let sam = app.scoped("sam", Role::Admin, &["email/v2"]).await;
    assert_eq!(dialog(&sam, QUEUE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(retire(&sam, QUEUE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
    app.services.finish_audit().await;
    let entries = retirements(&mut jobs).await;
    assert_eq!(times(&entries), 6);
    assert!(outcomes(&entries).iter().all(|it| *it == "denied"));

    let app = TestApp::with(&[("read_only", "true"), ("auto_retire", "*=1s")]).await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs).await;
    let admin = app.admin().await;
    eventually("the queue is known", || async {
        admin.page("/").await.text().contains("v1")
    })
    .await;
    let refused = retire(&admin, QUEUE).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    assert_eq!(keys_of(&mut jobs, QUEUE).await.len(), 6);
}

#[tokio::test]
async fn a_version_in_which_something_just_happened_is_kept() {
    let app = TestApp::with(&[("retire_quiet", "15m")]).await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs).await;
    let admin = app.admin().await;
    settled(&admin).await;
    let refused = retire(&admin, QUEUE).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let text = refused.text();
    assert!(text.contains("it has to be quiet for 15 min"), "{text}");
    // Its jobs are old, but an event is not.
    for state in ["completed", "failed"] {
        let set = format!("bull:{QUEUE}:{state}");
        let ids: Vec<String> = jobs.run(&["ZRANGE", &set, "0", "-1"]).await;
        for id in ids {
            jobs.run::<u64>(&["ZADD", &set, "1000", &id]).await;
        }
    }
    jobs.run::<String>(&["XADD", "bull:email/v1:events", "*", "event", "drained"])
        .await;
    assert_eq!(retire(&admin, QUEUE).await.status, StatusCode::CONFLICT);
    jobs.run::<u64>(&["DEL", "bull:email/v1:events"]).await;
    let begun = retire(&admin, QUEUE).await;
    stands(&admin, begun.location(), "done").await;
}
