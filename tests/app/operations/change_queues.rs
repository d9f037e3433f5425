//! Many queues paused and resumed at once: of a family, a pattern, a selection, or all; what the dry run says, what is recorded for
//! each, and who may.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{AuditEntry, EditForm, Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

const PAUSE_ALL: &str = "/queues/change?operation=queue.pause";

/// Queues of BullMQ 6, once `person` sees them on the overview.
async fn queues(jobs: &mut Jobs, person: &Person, names: &[&str]) {
    for name in names {
        jobs.queue(name, "bullmq:6.7.0").await;
    }
    eventually("the overview has the queues", || async {
        person.page("/").await.all("[data-pick]").len() == names.len()
    })
    .await;
}

async fn pause(jobs: &mut Jobs, queue: &str) {
    let meta = format!("bull:{queue}:meta");
    jobs.run::<u64>(&["HSET", &meta, "paused", "1"]).await;
}

async fn is_paused(jobs: &mut Jobs, queue: &str) -> bool {
    let meta = format!("bull:{queue}:meta");
    jobs.run::<u64>(&["HEXISTS", &meta, "paused"]).await == 1
}

/// Sends the form of the page with these fields.
async fn send(person: &Person, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, "/queues/change");
    for (name, value) in more {
        form = form.set(name, value);
    }
    Seen::of(person.post("/queues/change", &form.pairs()).await).await
}

/// Sends it and follows to the page that says what became of it.
async fn done(person: &Person, page: &Seen) -> (String, Seen) {
    let more = [("confirm", "1"), ("reason", "the host is down")];
    let answer = send(person, page, &more).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let address = answer.location().to_owned();
    let page = person.page(&address).await;
    (address, page)
}

/// Queue and outcome of each entry of an operation on queues.
async fn recorded(jobs: &mut Jobs, action: &str) -> Vec<(String, String)> {
    let of_action = |entry: &AuditEntry| entry.get("action") == action;
    let entries = jobs.audit().await.into_iter().filter(of_action);
    let mut entries: Vec<_> = entries
        .map(|entry| {
            (
                entry.get("queue").to_owned(),
                entry.get("outcome").to_owned(),
            )
        })
        .collect();
    entries.sort();
    entries
}

fn applied(queues: &[&str]) -> Vec<(String, String)> {
    let each = queues.iter();
    each.map(|queue| ((*queue).to_owned(), "applied".to_owned()))
        .collect()
}

#[tokio::test]
async fn a_family_is_paused_and_resumed_with_an_entry_for_each_version() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let there = ["email/v1", "email/v2", "email/v3", "billing"];
    queues(&mut jobs, &admin, &there).await;
    pause(&mut jobs, "email/v2").await;
    let family = admin.page("/family?name=email").await;
    let links = family.attributes("a[href^='/queues/change?operation=queue.pause']", "href");
    let page = admin.page(&links[0]).await;
    let text = page.text();
    assert!(text.contains("Pause would change 2 queues"), "{text}");
    assert_eq!(page.all("#changes tbody th"), ["email/v3", "email/v1"]);
    assert_eq!(page.all("#unchanged li"), ["email/v2"]);
    assert!(!text.contains("billing"), "{text}");

    let asked = send(&admin, &page, &[("reason", "the host is down")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked.attributes("#reason", "value"), ["the host is down"]);
    assert!(!is_paused(&mut jobs, "email/v1").await);

    let (address, told) = done(&admin, &asked).await;
    assert_eq!(told.all("#told"), ["Pause: 2 queues changed."]);
    assert!(admin.page(&address).await.all("#told").is_empty());
    for queue in ["email/v1", "email/v2", "email/v3"] {
        assert!(is_paused(&mut jobs, queue).await, "{queue}");
    }
    assert!(!is_paused(&mut jobs, "billing").await);
    assert_eq!(
        recorded(&mut jobs, "queue.pause").await,
        applied(&["email/v1", "email/v3"])
    );
    for entry in jobs.audit().await {
        if entry.get("action") == "queue.pause" {
            assert_eq!(entry.get("reason"), "the host is down");
        }
    }
    let page = admin
        .page("/queues/change?operation=queue.resume&family=email")
        .await;
    let (_, told) = done(&admin, &page).await;
    assert_eq!(told.all("#told"), ["Resume: 3 queues changed."]);
    assert_eq!(
        recorded(&mut jobs, "queue.resume").await,
        applied(&["email/v1", "email/v2", "email/v3"])
    );
}

#[tokio::test]
async fn a_pattern_a_selection_and_all_queues_are_paused_and_the_overview_says_so() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    queues(&mut jobs, &admin, &["email/v1", "a b&c", "billing"]).await;
    let overview = admin.page("/?q=email/*&sort=-name").await;
    let link = "a[href^='/queues/change?operation=queue.pause']";
    let page = admin.page(&overview.attributes(link, "href")[0]).await;
    let (address, told) = done(&admin, &page).await;
    assert_eq!(address, "/?q=email/%2A&sort=-name&done=1");
    assert_eq!(told.all("#told"), ["Pause: 1 queue changed."]);

    let fields = [
        ("operation", "queue.pause"),
        ("queue*", "bull:a b&c"),
        ("queue*", "bull:email/v1"),
    ];
    let page = Seen::of(admin.post("/queues/change/selected", &fields).await).await;
    assert_eq!(page.all("#changes tbody th"), ["a b&c"]);
    assert_eq!(page.all("#unchanged li"), ["email/v1"]);
    done(&admin, &page).await;
    assert!(!is_paused(&mut jobs, "billing").await);

    let page = admin.page(PAUSE_ALL).await;
    assert_eq!(page.all("#changes tbody th"), ["billing"]);
    let (_, told) = done(&admin, &page).await;
    assert_eq!(told.all("#told"), ["Pause: 1 queue changed."]);
    assert_eq!(
        recorded(&mut jobs, "queue.pause").await,
        applied(&["a b&c", "billing", "email/v1"])
    );
    let none = admin.page(PAUSE_ALL).await;
    assert!(none.text().contains("would change 0 queues"));
    assert!(none.all("form.decide").is_empty());
}

#[tokio::test]
async fn a_queue_that_changed_since_the_page_was_made_is_said_and_the_others_are_done() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let there = ["email/v1", "email/v2", "email/v3", "email/v4"];
    queues(&mut jobs, &admin, &there).await;
    let page = admin.page(PAUSE_ALL).await;
    pause(&mut jobs, "email/v1").await;
    jobs.forget("email/v2").await;
    // The list that a pause of BullMQ 5 moves is no list.
    let version = ["HSET", "bull:email/v3:meta", "version", "bullmq:5.81.5"];
    jobs.run::<u64>(&version).await;
    jobs.run::<()>(&["SET", "bull:email/v3:wait", "odd"]).await;
    let (_, told) = done(&admin, &page).await;
    let told = told.all("#told.s-warn").join(" ");
    assert!(told.contains("1 queue changed."), "{told}");
    assert!(told.contains("1 queue had nothing to change."), "{told}");
    assert!(
        told.contains("email/v2 (it is not there any more)"),
        "{told}"
    );
    assert!(told.contains("email/v3 ("), "{told}");
    assert!(!told.contains("not tried"), "{told}");
    assert!(is_paused(&mut jobs, "email/v4").await);
    assert!(!is_paused(&mut jobs, "email/v3").await);
    let exists: u64 = jobs.run(&["EXISTS", "bull:email/v2:meta"]).await;
    assert_eq!(exists, 0, "no queue is made by it");
}

#[tokio::test]
async fn queues_out_of_scope_are_neither_counted_nor_changed_and_only_admins_may() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    queues(&mut jobs, &admin, &["email/v1", "email/v2", "billing"]).await;
    pause(&mut jobs, "email/v2").await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    for person in [&viewer, &operator] {
        assert_eq!(person.get(PAUSE_ALL).await.status(), StatusCode::FORBIDDEN);
        for path in ["/", "/family?name=email"] {
            let page = person.page(path).await;
            assert!(!page.body.contains("/queues/change"), "{path}");
        }
        let form = [
            ("operation", "queue.pause"),
            ("confirm", "1"),
            ("queue*", "bull:billing"),
        ];
        for path in ["/queues/change", "/queues/change/selected"] {
            let refused = person.post(path, &form).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
    let sam = app.scoped("sam", Role::Admin, &["email/*"]).await;
    let page = sam.page(PAUSE_ALL).await;
    assert_eq!(page.all("#changes tbody th"), ["email/v1"]);
    assert_eq!(page.all("#unchanged li"), ["email/v2"]);
    assert!(!page.text().contains("billing"), "{}", page.text());
    let form = EditForm::of(&page, "/queues/change").set("confirm", "1");
    let mut forged = form.pairs();
    forged.push(("queue*", "bull:billing"));
    let answer = Seen::of(sam.post("/queues/change", &forged).await).await;
    let told = sam.page(answer.location()).await.all("#told").join(" ");
    assert!(
        told.contains("billing (it is not there any more)"),
        "{told}"
    );
    assert!(!is_paused(&mut jobs, "billing").await);
    let mut entries = recorded(&mut jobs, "queue.pause").await;
    entries.retain(|(_, outcome)| outcome == "applied");
    assert_eq!(entries, applied(&["email/v1"]));
}
