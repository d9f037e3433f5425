//! Finding anything by what one has: who finds what, in which order, and what it costs Redis.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, eventually, serde_urlencoded};

fn at(typed: &str) -> String {
    format!("/find?{}", serde_urlencoded(&[("q", typed)]))
}

/// The links of the answers while somebody types.
async fn typing(person: &Person, typed: &str) -> Vec<String> {
    let path = at(typed).replacen("/find", "/find/answers", 1);
    let page = person.page(&path).await;
    page.attributes("[role=option]:not(#find-search)", "href")
}

/// Where Enter leads: an address, or an empty text if the answers are listed.
async fn enter(person: &Person, typed: &str) -> String {
    Seen::of(person.get(&at(typed)).await)
        .await
        .location()
        .to_owned()
}

/// The answers that Enter lists.
async fn listed(person: &Person, typed: &str) -> Vec<String> {
    person.page(&at(typed)).await.attributes(".found a", "href")
}

/// Waits until the snapshot has so many queues.
async fn counted(app: &TestApp, count: usize) {
    eventually("all queues are counted", || async {
        app.services.overview().now().queues.len() == count
    })
    .await;
}

async fn shop() -> (TestApp, Jobs) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("billing", "invoice-1041", "{}").await;
    jobs.waiting("email/v1", "17", "{}").await;
    jobs.waiting("email/v2", "17", "{}").await;
    jobs.waiting("email/v2", "a b", "{}").await;
    jobs.waiting("image-resize", "audit", "{}").await;
    counted(&app, 4).await;
    (app, jobs)
}

#[tokio::test]
async fn an_id_leads_to_its_job_however_it_was_pasted() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    let job = "/job?queue=billing&id=invoice-1041";
    for typed in [
        "invoice-1041",
        "  invoice-1041\n",
        "\"invoice-1041\",",
        "“invoice-1041”",
        "\u{feff}invoice\u{ad}-1041\u{200b}",
        "invoice-\n  1041",
        "bull:billing:invoice-1041",
        "bull:billing:invoice-1041:logs",
        "billing:invoice-1041",
        "bill:invoice-1041",
    ] {
        assert_eq!(enter(&viewer, typed).await, job, "{typed:?}");
    }
    assert_eq!(typing(&viewer, " invoice-1041").await, [job]);
    assert_eq!(enter(&viewer, "a b").await, "/job?queue=email/v2&id=a%20b");
    assert_eq!(enter(&viewer, "bull:billing:17").await, "");
}

#[tokio::test]
async fn an_id_in_several_queues_is_listed_and_the_queue_before_it_decides() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    let both = ["/job?queue=email/v2&id=17", "/job?queue=email/v1&id=17"];
    assert_eq!(listed(&viewer, "17").await, both);
    assert_eq!(listed(&viewer, "email:17").await, both);
    assert_eq!(enter(&viewer, "email/v1:17").await, both[1]);
    let page = viewer.page(&at("17")).await;
    assert!(page.text().contains("send in email/v1"), "{}", page.text());
    let failed = viewer.page("/find/answers?q=invoice-1041").await;
    assert_eq!(failed.all("[role=option] .state"), ["failed"]);
}

#[tokio::test]
async fn names_are_found_exactly_then_by_beginning_by_part_and_with_typing_errors() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    let family = "/family?name=email";
    let versions = ["/queue?name=email/v1", "/queue?name=email/v2"];
    assert_eq!(typing(&viewer, "email").await[..1], [family]);
    assert_eq!(typing(&viewer, "email/").await, versions);
    assert_eq!(typing(&viewer, "mail/v2").await, versions[1..]);
    assert_eq!(typing(&viewer, "biling").await, ["/queue?name=billing"]);
    assert_eq!(enter(&viewer, "billing").await, "/queue?name=billing");
    assert_eq!(enter(&viewer, "Email").await, family);
    assert_eq!(enter(&viewer, "bull:email/v2:meta").await, versions[1]);
    assert_eq!(typing(&viewer, "password").await, ["/account"]);
    assert_eq!(enter(&viewer, "Workers").await, "/workers");
}

#[tokio::test]
async fn a_word_is_looked_up_as_an_id_only_when_somebody_presses_enter() {
    let (app, mut jobs) = shop().await;
    let operator = app.operator().await;
    let before = jobs.calls("hexists").await;
    assert_eq!(typing(&operator, "audit").await, ["/audit"]);
    assert_eq!(jobs.calls("hexists").await, before);
    // The page's name has a capital letter: the job's id is what was typed.
    let job = "/job?queue=image-resize&id=audit";
    assert_eq!(enter(&operator, "audit").await, job);
}

#[tokio::test]
async fn what_is_outside_the_scope_is_never_found_and_never_looked_at() {
    let (app, mut jobs) = shop().await;
    let sam = app.scoped("sam", Role::Admin, &["email/*"]).await;
    for typed in [
        "billing",
        "invoice-1041",
        "bull:billing:invoice-1041",
        "bull:billing",
        "billing:invoice-1041",
        "image-resize",
        "viewer",
        "biling",
    ] {
        assert_eq!(typing(&sam, typed).await, [""; 0], "{typed}");
        let page = Seen::of(sam.get(&at(typed)).await).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}");
        assert_eq!(page.attributes(".found a", "href"), [""; 0], "{typed}");
        // But for what was typed, the answer is that to a name that nothing has.
        let text = page.text();
        assert!(text.contains("Nothing has this id or name"), "{text}");
    }
    // Two queues are asked, once for each way to read the text; not the two that are hidden.
    let before = jobs.calls("hexists").await;
    typing(&sam, "secret-9").await;
    assert_eq!(jobs.calls("hexists").await - before, 2);
    assert_eq!(jobs.audit_of_jobs().await.len(), 0, "nothing was refused");
}

#[tokio::test]
async fn only_an_admin_of_every_queue_finds_users() {
    let (app, _jobs) = shop().await;
    let admin = app.admin().await;
    let user = "/audit?who=operator&kind=user";
    assert_eq!(typing(&admin, "operat").await.last().unwrap(), user);
    assert_eq!(enter(&admin, "operator").await, user);
    for person in [app.viewer().await, app.operator().await] {
        let found = typing(&person, "operator").await;
        assert!(!found.iter().any(|href| href.contains("who=")), "{found:?}");
    }
}

#[tokio::test]
async fn odd_names_and_ids_are_found_and_their_links_lead_there() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let odd = ["spaces ü ?#%[a]{b}", "%2F", "<b>x</b>", "日本語"];
    for name in odd {
        jobs.failed(name, &format!("id of {name} 1"), "{}").await;
    }
    counted(&app, odd.len()).await;
    let viewer = app.viewer().await;
    for name in odd {
        let queue = enter(&viewer, name).await;
        let page = viewer.page(&queue).await;
        assert_eq!(page.all("h1"), [name]);
        let job = enter(&viewer, &format!("id of {name} 1")).await;
        let page = viewer.page(&job).await;
        assert!(page.text().contains(name), "{}", page.text());
    }
    let answers = viewer.page("/find/answers?q=%3Cb%3E").await;
    assert_eq!(
        answers.all("[role=option]:not(#find-search) b"),
        ["<b>x</b>"]
    );
}

#[tokio::test]
async fn two_thousand_queues_take_bounded_many_commands_and_a_common_id_is_not_looked_for_everywhere()
 {
    let app = TestApp::with(&[("redis_timeout", "15s")]).await;
    let mut jobs = app.jobs().await;
    let fill = "for i = 1, 2000 do
  local key = 'bull:queue-' .. i .. ':'
  redis.call('HSET', key .. 'meta', 'version', 'bullmq:6.7.0', 'opts.maxLenEvents', '100')
  redis.call('HSET', key .. '1', 'name', 'n', 'timestamp', '1', 'data', '{}')
end
redis.call('HSET', 'bull:queue-1234:only-7', 'name', 'n', 'timestamp', '1', 'data', '{}')";
    jobs.run::<()>(&["EVAL", fill, "0"]).await;
    counted(&app, 2_000).await;
    let viewer = app.viewer().await;

    let before = jobs.calls("hexists").await;
    let job = "/job?queue=queue-1234&id=only-7";
    assert_eq!(typing(&viewer, "only-7").await, [job]);
    let cost = jobs.calls("hexists").await - before;
    assert_eq!(cost, 2_000, "one command for each queue");
    assert_eq!(typing(&viewer, "only-7").await, [job]);
    assert_eq!(jobs.calls("hexists").await - before, cost, "it was kept");

    let before = jobs.calls("hexists").await;
    let common = viewer.page(&at("1")).await;
    assert_eq!(
        common.attributes(".found a[href^='/job']", "href").len(),
        50
    );
    assert!(
        common.text().contains("At least 50 jobs have this id"),
        "{}",
        common.text()
    );
    let cost = jobs.calls("hexists").await - before;
    assert!(cost <= 500, "the first round trip was enough: {cost}");
    assert_eq!(
        enter(&viewer, "queue-77:1").await,
        "/job?queue=queue-77&id=1"
    );
}

#[tokio::test]
async fn the_last_answer_searches_the_jobs_for_what_was_typed() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    for (typed, query) in [
        ("lantern", "lantern"),
        ("state = failed", "state%20%3D%20failed"),
    ] {
        let path = at(typed).replacen("/find", "/find/answers", 1);
        let answers = viewer.page(&path).await;
        let link = answers.attributes("#find-search", "href").remove(0);
        assert_eq!(link, format!("/search?q={query}"));
        let listed = viewer.page(&at(typed)).await;
        assert_eq!(listed.attributes("#search-jobs", "href"), [link]);
    }
    // What is no query is looked for as a text.
    let page = viewer.page(&at("a \"lantern and")).await;
    let link = page.attributes("#search-jobs", "href").remove(0);
    assert_eq!(viewer.get(&link).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_and_stays_in_the_box() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    let long = "x".repeat(1_001);
    let page = Seen::of(viewer.get(&at(&long)).await).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("1,001 bytes"), "{}", page.text());
    assert_eq!(page.attributes("[data-find]", "value"), [long]);
    let empty = viewer.page("/find").await;
    assert_eq!(empty.all(".found li"), [""; 0]);
}

#[tokio::test]
async fn every_page_has_the_box_once_and_strangers_have_none() {
    let (app, _jobs) = shop().await;
    let viewer = app.viewer().await;
    for path in ["/", "/find", "/find?q=x", "/queue?name=billing", "/account"] {
        let page = viewer.page(path).await;
        assert_eq!(page.attributes("[data-find]", "name"), ["q"], "{path}");
    }
    let page = Seen::of(app.stranger().get("/sign-in").await).await;
    assert_eq!(page.attributes("[data-find]", "name"), [""; 0]);
    let refused = Seen::of(app.stranger().get_part("/find/answers?q=1").await).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}
