//! One operation on the jobs of many queues at once: of a selection, a family, a pattern or all; the dry run queue by queue, the
//! run, what is recorded, and what is left out.

use std::collections::{BTreeMap, BTreeSet};

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::{AuditEntry, EditForm, Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

pub(super) const ALL: &str = "/queues/operate?operation=job.retry&state=failed";

/// Queues with so many failed jobs each, once `person` sees them on the overview.
pub(super) async fn fail(jobs: &mut Jobs, person: &Person, queues: &[(&str, u64)]) {
    for (queue, count) in queues {
        jobs.queue(queue, "bullmq:6.7.0").await;
        for id in 1..=*count {
            jobs.failed(queue, &id.to_string(), "{}").await;
        }
    }
    eventually("the overview has the queues", || async {
        let page = person.page("/").await;
        let counts = page.all(".overview td.s-failed a");
        let counted: u64 = counts
            .iter()
            .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
            .sum();
        counted == queues.iter().map(|(_, count)| count).sum::<u64>()
    })
    .await;
}

/// Sends the form of a dry run's page with these fields, whatever comes of it.
pub(super) async fn send(person: &Person, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, "/queues/operate");
    for (name, value) in more {
        form = form.set(name, value);
    }
    Seen::of(person.post("/queues/operate", &form.pairs()).await).await
}

/// Does it to the end; the address of the run, and its page.
async fn done(person: &Person, page: &Seen) -> (String, Seen) {
    let more = [("confirm", "1"), ("reason", "the host is back")];
    let begun = send(person, page, &more).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let page = until(person, &run, "done").await;
    (run, page)
}

/// The dry run for queues that were selected on the overview.
async fn selected(person: &Person, queues: &[&str]) -> Seen {
    let named: Vec<String> = queues.iter().map(|queue| format!("bull:{queue}")).collect();
    let mut form: Vec<(&str, &str)> = vec![("operation", "job.retry")];
    form.extend(named.iter().map(|name| ("queue*", name.as_str())));
    Seen::of(person.post("/queues/selected", &form).await).await
}

pub(super) async fn failed_of(jobs: &mut Jobs, queue: &str) -> u64 {
    jobs.run(&["ZCARD", &format!("bull:{queue}:failed")]).await
}

async fn waiting_of(jobs: &mut Jobs, queue: &str) -> u64 {
    jobs.run(&["LLEN", &format!("bull:{queue}:wait")]).await
}

/// How many entries the jobs of each queue have, all of one run and each job once.
pub(super) async fn entries_by_queue(jobs: &mut Jobs, run: &str) -> BTreeMap<String, usize> {
    let id = run.rsplit('=').next().unwrap();
    let (mut counts, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for entry in jobs.audit_of_jobs().await {
        if entry.get("run") != id {
            continue;
        }
        assert_eq!(entry.get("outcome"), "applied");
        let queue = entry.get("queue").to_owned();
        assert!(seen.insert((queue.clone(), entry.get("job").to_owned())));
        *counts.entry(queue).or_default() += 1;
    }
    counts
}

async fn entries_of_runs(jobs: &mut Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "jobs.operate");
    entries
}

pub(super) fn counts(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[tokio::test]
async fn all_failed_jobs_of_a_family_are_retried_by_one_run_and_no_other_queue_is_touched() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [
        ("email/v1", 3),
        ("email/v2", 4),
        ("email/v3", 0),
        ("billing", 2),
    ];
    fail(&mut jobs, &operator, &there).await;
    jobs.run::<()>(&["SET", "bull:email/v2:4:lock", "token"])
        .await;
    let family = operator.page("/family?name=email").await;
    let links = family.attributes("a[href^='/queues/operate?operation=job.retry']", "href");
    let page = operator.page(&links[0]).await;
    let text = page.text();
    assert!(
        text.contains("Retry would apply to 6 jobs in 2 queues"),
        "{text}"
    );
    assert!(text.contains("1 more queue has no failed jobs"), "{text}");
    assert!(text.contains("1: held by a worker"), "{text}");
    assert!(!text.contains("billing"), "{text}");

    let asked = send(&operator, &page, &[("reason", "the host is back")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked.attributes("#reason", "value"), ["the host is back"]);
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 3);

    let (run, shown) = done(&operator, &page).await;
    let text = shown.text();
    assert!(text.contains("6 done, 1 skipped, of 7"), "{text}");
    assert!(text.contains("and 1 more queue"), "{text}");
    assert_eq!(shown.all("#run tbody tr"), ["4email/v2held by a worker"]);
    assert_eq!(
        entries_by_queue(&mut jobs, &run).await,
        counts(&[("email/v1", 3), ("email/v2", 3)])
    );
    assert_eq!(failed_of(&mut jobs, "billing").await, 2);
    assert_eq!(waiting_of(&mut jobs, "email/v2").await, 3);

    let of_run = entries_of_runs(&mut jobs).await;
    let outcomes: Vec<&str> = of_run.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["intent", "applied"]);
    for entry in &of_run {
        let id = run.rsplit('=').next().unwrap();
        assert_eq!((entry.get("run"), entry.get("queue")), (id, ""));
        assert_eq!(entry.get("reason"), "the host is back");
    }
    let note = of_run[0].get("note");
    assert!(note.contains("Retry: failed jobs of 2 queues"), "{note}");

    let download = run.replace("/run?", "/run/export?");
    let csv = operator.get(&format!("{download}&format=csv")).await;
    let csv = csv.text().await.unwrap();
    assert!(
        csv.contains("4,skipped,held by a worker,,,,email/v2"),
        "{csv}"
    );
    assert_eq!(csv.matches(",email/v1").count(), 3, "{csv}");
    let listed = operator.page("/audit").await;
    assert!(
        listed.text().contains("and 1 more queue"),
        "{}",
        listed.text()
    );
}

#[tokio::test]
async fn a_pattern_and_all_mean_the_queues_that_the_overview_lists() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [("email/v1", 2), ("email/v2", 1), ("billing", 2)];
    fail(&mut jobs, &operator, &there).await;
    let overview = operator.page("/?q=email/*").await;
    let link = "a[href^='/queues/operate?operation=job.retry']";
    let page = operator.page(&overview.attributes(link, "href")[0]).await;
    assert!(
        page.text().contains("3 jobs in 2 queues"),
        "{}",
        page.text()
    );
    let (run, _) = done(&operator, &page).await;
    assert_eq!(
        entries_by_queue(&mut jobs, &run).await,
        counts(&[("email/v1", 2), ("email/v2", 1)])
    );
    let overview = operator.page("/").await;
    let page = operator.page(&overview.attributes(link, "href")[0]).await;
    let (run, shown) = done(&operator, &page).await;
    assert!(shown.text().contains("2 done"), "{}", shown.text());
    assert_eq!(
        entries_by_queue(&mut jobs, &run).await,
        counts(&[("billing", 2)])
    );
    let none = operator.page(&format!("{ALL}&q=nothing*")).await;
    assert!(none.text().contains("0 jobs in 0 queues"));
    assert!(none.all("form.decide").is_empty());
}

#[tokio::test]
async fn queues_that_are_selected_on_the_overview_are_named_with_their_counts_and_the_number_is_typed()
 {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [("email/v1", 60), ("a b&c", 50), ("billing", 5)];
    fail(&mut jobs, &operator, &there).await;
    let overview = operator.page("/").await;
    let boxes = overview.attributes("[data-pick]", "value");
    assert_eq!(boxes.len(), 3);
    assert!(boxes.contains(&"bull:a b&c".to_owned()), "{boxes:?}");

    let page = selected(&operator, &["email/v1", "a b&c", "email/v1"]).await;
    let rows = page.all("tbody tr");
    assert_eq!(rows, ["email/v16060", "a b&c5050"]);
    let untyped = send(&operator, &page, &[("confirm", "1")]).await;
    assert_eq!(untyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        untyped
            .text()
            .contains("Type the number of jobs that this page names")
    );
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 60);
    let typed = [("confirm", "1"), ("typed_count", "110")];
    let begun = send(&operator, &untyped, &typed).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    until(&operator, begun.location(), "done").await;
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 0);
    assert_eq!(failed_of(&mut jobs, "a b&c").await, 0);
    assert_eq!(failed_of(&mut jobs, "billing").await, 5);
}

#[tokio::test]
async fn queues_out_of_scope_are_left_out_of_all_and_refused_by_name() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [("email/v1", 2), ("email/v2", 1), ("billing", 2)];
    fail(&mut jobs, &operator, &there).await;
    let sam = app.scoped("sam", Role::Operator, &["email/*"]).await;
    let page = sam.page(ALL).await;
    assert!(!page.text().contains("billing"), "{}", page.text());
    assert!(page.text().contains("in 2 queues"), "{}", page.text());
    assert!(!page.text().contains("more queue"), "{}", page.text());

    let refused = selected(&sam, &["email/v1", "billing"]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let forged = EditForm::of(&page, "/queues/operate").set("confirm", "1");
    let mut forged = forged.pairs();
    forged.push(("queue*", "bull:billing"));
    let refused = Seen::of(sam.post("/queues/operate", &forged).await).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text());
    assert!(
        jobs.audit_of_jobs()
            .await
            .iter()
            .all(|entry| entry.get("outcome") != "applied")
    );
    for (queue, count) in there {
        assert_eq!(failed_of(&mut jobs, queue).await, count, "{queue}");
    }
    // A run over queues of which one is out of scope does not exist either.
    let all = operator.page(ALL).await;
    let (run, _) = done(&operator, &all).await;
    assert_eq!(sam.get(&run).await.status(), StatusCode::NOT_FOUND);
    let log = sam.page("/audit").await;
    assert!(!log.text().contains("3 queues"), "{}", log.text());
    let rows = log.all("tbody tr").join("; ");
    assert!(rows.contains("job.retry"), "{rows}");
    assert!(!rows.contains("jobs.operate"), "{rows}");
}

#[tokio::test]
async fn a_viewer_sees_neither_boxes_nor_buttons_and_may_ask_for_nothing() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    fail(&mut jobs, &viewer, &[("email/v1", 1), ("email/v2", 1)]).await;
    for path in ["/", "/overview/figures", "/family?name=email"] {
        let page = viewer.page(path).await;
        assert!(page.all("[data-pick], #selection").is_empty(), "{path}");
        assert!(!page.body.contains("/queues/operate"), "{path}");
    }
    assert_eq!(viewer.get(ALL).await.status(), StatusCode::FORBIDDEN);
    let refused = selected(&viewer, &["email/v1"]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 1);
}

#[tokio::test]
async fn a_queue_that_can_not_be_changed_is_skipped_with_its_reason_and_the_others_are_done() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [("email/v1", 2), ("email/v2", 3), ("email/v3", 2)];
    fail(&mut jobs, &operator, &there).await;
    let page = operator.page(ALL).await;
    // The list that retried jobs would join is no list.
    jobs.run::<()>(&["SET", "bull:email/v2:wait", "odd"]).await;
    let (run, shown) = done(&operator, &page).await;
    let text = shown.text();
    assert!(text.contains("4 done, 1 skipped"), "{text}");
    assert!(
        shown.all("#run tbody tr")[0]
            .starts_with("Rest of the queueemail/v2its queue can’t be read or changed"),
        "{text}"
    );
    assert_eq!(failed_of(&mut jobs, "email/v2").await, 3);
    assert_eq!(
        entries_by_queue(&mut jobs, &run).await,
        counts(&[("email/v1", 2), ("email/v3", 2)])
    );
}

#[tokio::test]
async fn a_queue_that_a_run_has_is_left_out_and_no_two_runs_have_one_queue() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    fail(&mut jobs, &operator, &[("email/v1", 2), ("email/v2", 3)]).await;
    let before = operator.page(ALL).await;
    // A run of another process that has one of them.
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let key = format!("bullkeeper:run:{id}");
    let record = [
        "HSET", &key, "kind", "operate", "prefix", "bull", "source", "email/v2", "state", "running",
    ];
    jobs.run::<u64>(&record).await;
    jobs.run::<u64>(&["ZADD", "bullkeeper:runs", "1", id]).await;
    let lease = format!("bullkeeper:run-lease:{id}");
    jobs.run::<()>(&["SET", &lease, "another"]).await;
    let on: Vec<String> = jobs.run(&["KEYS", "bullkeeper:run-on:*"]).await;
    assert!(on.is_empty(), "{on:?}");
    jobs.run::<()>(&["SET", "bullkeeper:run-on:bull:email/v2", id])
        .await;

    let page = operator.page(ALL).await;
    let text = page.text();
    assert!(text.contains("2 jobs in 1 queue"), "{text}");
    assert!(
        text.contains(&format!("Left out: run {id} is using this queue")),
        "{text}"
    );
    let refused = send(&operator, &before, &[("confirm", "1")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 2);
    done(&operator, &page).await;
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 0);
    assert_eq!(failed_of(&mut jobs, "email/v2").await, 3);
}

#[tokio::test]
async fn delayed_jobs_of_many_queues_are_promoted_and_too_many_queues_are_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for queue in ["email/v1", "billing"] {
        jobs.queue(queue, "bullmq:6.7.0").await;
        jobs.hash(queue, "1", b"{}").await;
        let set = format!("bull:{queue}:delayed");
        jobs.run::<u64>(&["ZADD", &set, "9000000000000000", "1"])
            .await;
    }
    let named = [("queue*", "bull:email/v1"), ("queue*", "bull:billing")];
    let form = [&[("operation", "job.promote")][..], &named].concat();
    let page = Seen::of(operator.post("/queues/selected", &form).await).await;
    assert!(
        page.text().contains("2 jobs in 2 queues"),
        "{}",
        page.text()
    );
    done(&operator, &page).await;
    assert_eq!(waiting_of(&mut jobs, "email/v1").await, 1);
    assert_eq!(waiting_of(&mut jobs, "billing").await, 1);

    let names: Vec<String> = (0..501).map(|at| format!("bull:q{at}")).collect();
    let mut many: Vec<(&str, &str)> = vec![("operation", "job.retry"), ("confirm", "1")];
    many.extend(names.iter().map(|name| ("queue*", name.as_str())));
    for path in ["/queues/selected", "/queues/operate"] {
        let refused = Seen::of(operator.post(path, &many).await).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(refused.text().contains("At most 500 queues"), "{path}");
    }
}

#[tokio::test]
async fn a_queue_that_vanishes_before_the_form_is_sent_is_named_and_the_text_survives() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    fail(&mut jobs, &operator, &[("email/v1", 2), ("email/v2", 1)]).await;
    let page = operator.page(ALL).await;
    jobs.forget("email/v2").await;
    eventually("the overview lost the queue", || async {
        operator.page("/").await.all("[data-pick]").len() == 1
    })
    .await;
    let more = [("confirm", "1"), ("reason", "the host is back")];
    let refused = send(&operator, &page, &more).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text());
    let told = refused.all(".notice[role=alert]").join(" ");
    assert!(
        told.contains(r#""email/v2" is not there any more"#),
        "{told}"
    );
    assert_eq!(refused.attributes("#reason", "value"), ["the host is back"]);
    assert_eq!(failed_of(&mut jobs, "email/v1").await, 2);
    // What is left is on the page, and can be done.
    let (_, shown) = done(&operator, &refused).await;
    assert!(shown.text().contains("2 done"), "{}", shown.text());
    jobs.forget("email/v1").await;
    eventually("the overview lost both", || async {
        operator.page("/").await.all("[data-pick]").is_empty()
    })
    .await;
    let refused = send(&operator, &page, &more).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let text = refused.text();
    assert!(
        text.contains(r#""email/v2", "email/v1" are not there any more"#),
        "{text}"
    );
}

#[tokio::test]
async fn cancel_leads_back_to_the_filter_and_order_of_the_overview_or_to_the_family() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    fail(&mut jobs, &operator, &[("email/v1", 2), ("email/v2", 1)]).await;
    let back = "/?q=email/%2A&state=failed&problem=1&sort=-failed";
    let overview = operator
        .page("/?q=email/*&state=failed&problem=1&sort=-failed")
        .await;
    let link = "a[href^='/queues/operate?operation=job.retry']";
    let by_filter = operator.page(&overview.attributes(link, "href")[0]).await;
    let selection = EditForm::of(&overview, "/queues/selected");
    let mut picked = selection.pairs();
    picked.extend([("operation", "job.retry"), ("queue*", "bull:email/v1")]);
    let selected = Seen::of(operator.post("/queues/selected", &picked).await).await;
    for page in [&by_filter, &selected] {
        assert_eq!(page.attributes("form.decide a", "href"), [back]);
        // Also where the form comes again.
        let again = send(&operator, page, &[("reason", "why")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(again.attributes("form.decide a", "href"), [back]);
        assert_eq!(again.attributes("nav.crumbs a", "href"), [back]);
    }
    let family = operator.page("/family?name=email").await;
    let page = operator.page(&family.attributes(link, "href")[0]).await;
    let again = send(&operator, &page, &[]).await;
    for page in [page, again] {
        let links = page.attributes("form.decide a", "href");
        assert_eq!(links, ["/family?name=email"]);
    }
}
