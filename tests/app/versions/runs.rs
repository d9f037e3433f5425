//! Runs: stopped, continued, interrupted, blocked by each other, and ended when a right is withdrawn.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::moves::{begin, press, state_of, try_begin, two_versions, until};
use bullkeeper_testkit::retry::outcomes;
use bullkeeper_testkit::{Seen, eventually};

/// More than can be moved before a test stops the run.
const MANY: u64 = 15_000;

#[tokio::test]
async fn a_run_that_is_stopped_is_gone_on_with_by_someone_else_and_each_job_moves_once() {
    let (app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", MANY).await;
    let run = begin(&admin, &[]).await;
    press(&admin, &run, "/run/stop").await;
    let page = until(&admin, &run, "stopped").await;
    let there = jobs.length("email/v2", "wait").await;
    assert!(there < MANY, "it was stopped on the way");
    assert_eq!(there + jobs.length("email/v1", "wait").await, MANY);
    let done = page.all("#run b")[0].replace(',', "");
    assert_eq!(done, there.to_string(), "the figure is exact");

    let other = app.scoped("sam", Role::Admin, &[]).await;
    press(&other, &run, "/run/go-on").await;
    let page = until(&other, &run, "done").await;
    assert!(page.text().contains("15,000 done"), "{}", page.text());
    let mut ids: Vec<u64> = jobs.run(&["LRANGE", "bull:email/v2:wait", "0", "-1"]).await;
    ids.reverse();
    let all: Vec<u64> = (1..=MANY).collect();
    assert!(ids == all, "all of them, once, in order");
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "version.move");
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("actor"), entry.get("outcome")))
        .collect();
    assert_eq!(
        told,
        [
            ("admin", "intent"),
            ("admin", "applied"),
            ("admin", "applied"),
            ("sam", "intent"),
            ("sam", "applied"),
        ]
    );
    assert!(entries[1].get("note").contains("told to stop"));
    assert!(
        entries[2].get("note").starts_with("stopped:"),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_run_whose_process_is_gone_is_interrupted_and_can_be_gone_on_with() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", MANY).await;
    let run = begin(&admin, &[]).await;
    let id = run.rsplit('=').next().unwrap().to_owned();
    // As if the process had been killed and its lease had expired.
    jobs.run::<u64>(&["DEL", &format!("bullkeeper:run-lease:{id}")])
        .await;
    let page = until(&admin, &run, "interrupted").await;
    assert!(
        page.text().contains("No process is working on this run"),
        "{}",
        page.text()
    );
    let there = jobs.length("email/v2", "wait").await;
    assert_eq!(there + jobs.length("email/v1", "wait").await, MANY);
    press(&admin, &run, "/run/go-on").await;
    until(&admin, &run, "done").await;
    assert_eq!(jobs.length("email/v2", "wait").await, MANY);
}

#[tokio::test]
async fn one_run_has_a_queue_at_a_time() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", MANY).await;
    let run = begin(&admin, &[]).await;
    let back = [
        ("from", "email/v2"),
        ("to", "email/v1"),
        ("job_id", "<kept>"),
    ];
    for form in [&[][..], &back[..]] {
        let refused = try_begin(&admin, form).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    }
    press(&admin, &run, "/run/stop").await;
    until(&admin, &run, "stopped").await;
    // Now the queues are free again.
    let second = begin(&admin, &[]).await;
    let form = [("id", run.rsplit('=').next().unwrap())];
    let answer = Seen::of(admin.post("/run/go-on", &form).await).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text());
    until(&admin, &second, "done").await;
    assert_eq!(jobs.length("email/v2", "wait").await, MANY);
}

#[tokio::test]
async fn a_run_ends_when_whoever_began_it_no_longer_may() {
    let (app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", MANY).await;
    let sam = app.scoped("sam", Role::Admin, &[]).await;
    let run = begin(&sam, &[]).await;
    jobs.run::<u64>(&["HSET", "bullkeeper:user:sam", "role", "operator"])
        .await;
    let page = until(&admin, &run, "stopped").await;
    let text = page.text();
    assert!(text.contains("sam no longer may"), "{text}");
    assert!(jobs.length("email/v1", "wait").await > 0);
}

#[tokio::test]
async fn viewers_see_runs_of_their_queues_without_names_and_may_not_stop_them() {
    let (app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", 10).await;
    let run = begin(&admin, &[]).await;
    until(&admin, &run, "done").await;
    let viewer = app.viewer().await;
    let page = viewer.page(&run).await;
    assert!(!page.text().contains("v1 goes away"), "{}", page.text());
    assert!(page.all("#run-actions form").is_empty());
    let listed = viewer.page("/runs").await.text();
    assert!(listed.contains("email/v1"), "{listed}");
    let id = run.rsplit('=').next().unwrap();
    let refused = viewer.post("/run/stop", &[("id", id)]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let scoped = app.scoped("lee", Role::Viewer, &["email/v1"]).await;
    assert_eq!(scoped.get(&run).await.status(), StatusCode::NOT_FOUND);
    assert!(!scoped.page("/runs").await.text().contains("email/v1"));
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("actor") == "viewer" && entry.get("action").contains("move"));
    assert_eq!(outcomes(&entries), [("version.move", "denied")]);
}

#[tokio::test]
async fn a_runs_page_asks_for_itself_again_only_while_it_moves() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", MANY).await;
    let run = begin(&admin, &[]).await;
    let page = admin.page(&run).await;
    assert_eq!(page.attributes("#run", "hx-trigger"), ["every 2s"]);
    let again = page.attributes("#run", "hx-get").remove(0);
    let part = Seen::of(admin.get_part(&again).await).await;
    assert_eq!(part.attributes("#run progress", "max"), ["15000"]);
    press(&admin, &run, "/run/stop").await;
    let page = until(&admin, &run, "stopped").await;
    assert!(page.attributes("#run", "hx-get").is_empty());
    eventually("it stays stopped", || async {
        state_of(&admin, &run).await == "stopped"
    })
    .await;
}
