//! Names and ids that a browser would change in a form: every form sends them back unchanged.

use reqwest::StatusCode;

use bullkeeper_testkit::{EditForm, Person, Seen, TestApp, eventually, serde_urlencoded};

const ODD: [&str; 9] = [
    "a\nb",
    "a\r\nb",
    "a\rb",
    "a\0b",
    "%0A",
    "%",
    "%25",
    "a\u{1}\u{7f}b",
    "\n",
];

/// Sends a form of `page` as a browser does: a lone line feed or carriage return becomes both.
async fn send(person: &Person, page: &Seen, action: &str, typed: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, action);
    for (name, value) in typed {
        form = form.set(name, value);
    }
    let fields: Vec<(String, String)> = form
        .pairs()
        .into_iter()
        .map(|(name, value)| {
            let value = value.replace("\r\n", "\n").replace('\r', "\n");
            (name.to_owned(), value.replace('\n', "\r\n"))
        })
        .collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sent = Seen::of(person.post(action, &fields).await).await;
    match sent.location() {
        to if to.starts_with("/job/review?") => Seen::of(person.get(to).await).await,
        _ => sent,
    }
}

fn at(page: &str, queue: &str, id: &str) -> String {
    format!(
        "{page}?{}",
        serde_urlencoded(&[("queue", queue), ("id", id)])
    )
}

#[tokio::test]
async fn a_job_with_an_odd_id_in_a_queue_with_an_odd_name_is_edited_and_retried_by_its_forms() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    for name in ODD {
        jobs.failed(name, name, r#"{"a":1}"#).await;
        jobs.run::<u64>(&["HSET", &format!("bull:{name}:{name}"), "name", name])
            .await;
        let editor = operator.page(&at("/job/edit", name, name)).await;
        let review = send(&operator, &editor, "/job/review", &[("text", r#"{"a":2}"#)]).await;
        assert_eq!(review.status, StatusCode::OK, "{name:?}: {}", review.text());
        let back = send(&operator, &review, "/job/save", &[("reason", "r")]).await;
        assert_eq!(
            back.status,
            StatusCode::SEE_OTHER,
            "{name:?}: {}",
            back.text()
        );
        assert_eq!(jobs.data(name, name).await.unwrap(), br#"{"a":2}"#);

        let page = operator.page(back.location()).await;
        let retried = send(&operator, &page, "/job/retry", &[]).await;
        assert_eq!(
            retried.status,
            StatusCode::SEE_OTHER,
            "{name:?}: {}",
            retried.text()
        );
        let wait: Vec<String> = jobs
            .run(&["LRANGE", &format!("bull:{name}:wait"), "0", "-1"])
            .await;
        assert_eq!(wait, [name]);
        let entries = jobs.audit_of_jobs().await;
        for entry in &entries[entries.len() - 2..] {
            assert_eq!((entry.get("queue"), entry.get("job")), (name, name));
        }
    }
    assert_eq!(jobs.audit_of_jobs().await.len(), 2 * ODD.len());
}

#[tokio::test]
async fn a_conflict_over_a_job_with_an_odd_id_is_about_that_job() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    for name in ODD {
        jobs.failed(name, name, r#"{"a":1}"#).await;
        let editor = operator.page(&at("/job/edit", name, name)).await;
        jobs.run::<u64>(&[
            "HSET",
            &format!("bull:{name}:{name}"),
            "data",
            r#"{"a":1,"b":1}"#,
        ])
        .await;
        let conflict = send(&operator, &editor, "/job/review", &[("text", r#"{"a":2}"#)]).await;
        assert_eq!(conflict.status, StatusCode::CONFLICT, "{name:?}");
        let again = send(&operator, &conflict, "/job/edit", &[]).await;
        assert_eq!(again.status, StatusCode::OK, "{name:?}: {}", again.text());
        let review = send(&operator, &again, "/job/review", &[]).await;
        assert_eq!(review.status, StatusCode::OK, "{name:?}: {}", review.text());
    }
}

#[tokio::test]
async fn a_version_with_an_odd_family_is_pinned_compared_and_moved_from_by_its_forms() {
    // By default a name with a line feed has no version.
    let pattern = r"(?s)^(?P<family>.+)/v(?P<version>[0-9]+)$";
    let app = TestApp::with(&[("version_pattern", pattern)]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    for family in ODD {
        let [old, new] = ["v1", "v2"].map(|version| format!("{family}x/{version}"));
        let family = format!("{family}x");
        jobs.waiting(&old, "1", "{}").await;
        jobs.queue(&new, "bullmq:6.7.0").await;
        let family_page = format!("/family?{}", serde_urlencoded(&[("name", &family)]));
        bullkeeper_testkit::eventually("both versions are known", || async {
            let page = Seen::of(admin.get(&family_page).await).await;
            page.all("a[href*='/family/pin']").len() == 2
        })
        .await;
        let page = admin.page(&family_page).await;
        let asked = page.attributes("a[href*='/family/pin']", "href").remove(0);
        let page = admin.page(&asked).await;
        let pinned = send(&admin, &page, "/family/pin", &[("reason", "r")]).await;
        assert_eq!(
            pinned.status,
            StatusCode::SEE_OTHER,
            "{family:?}: {}",
            pinned.text()
        );
        let pins: Vec<String> = jobs.run(&["HVALS", "bullkeeper:pins"]).await;
        let pins = pins.join(" ");
        assert!(!pins.is_empty(), "{family:?}");

        let query = serde_urlencoded(&[("name", family.as_str()), ("from", &old), ("to", &new)]);
        let page = admin.page(&format!("/family/move?{query}")).await;
        let chosen = page.attributes("select[name='from*'] option[selected]", "value");
        let typed = [
            ("from*", chosen[0].as_str()),
            (
                "to*",
                &page.attributes("select[name='to*'] option[selected]", "value")[0],
            ),
            ("waiting", "1"),
        ];
        let review = send(&admin, &page, "/family/move/review", &typed).await;
        assert_eq!(
            review.status,
            StatusCode::OK,
            "{family:?}: {}",
            review.text()
        );
        let begun = send(
            &admin,
            &review,
            "/family/move",
            &[("reason", "r"), ("confirm", "1")],
        )
        .await;
        assert_eq!(
            begun.status,
            StatusCode::SEE_OTHER,
            "{family:?}: {}",
            begun.text()
        );
        let moved = format!("bull:{new}:wait");
        bullkeeper_testkit::eventually("the job has moved", || async {
            let mut jobs = jobs.clone();
            jobs.run::<u64>(&["LLEN", &moved]).await == 1
        })
        .await;

        let compare = format!("/family/compare?{}", serde_urlencoded(&[("name", &family)]));
        let page = admin.page(&compare).await;
        let [a, b] = ["a*", "b*"]
            .map(|name| page.attributes(&format!("select[name='{name}'] option"), "value"));
        let form = EditForm::of(&page, "/family/compare");
        let name = form.get("name*").to_owned();
        let query = [
            ("name*", name.as_str()),
            ("a*", a[0].as_str()),
            ("b*", b[1].as_str()),
        ];
        let compared = admin
            .page(&format!("/family/compare?{}", serde_urlencoded(&query)))
            .await;
        assert!(
            compared.body.contains("CSV"),
            "{family:?}: {}",
            compared.text()
        );
    }
}

#[tokio::test]
async fn an_id_that_no_address_holds_is_listed_by_its_beginning() {
    // Twenty megabytes take their time on a busy machine.
    let app = TestApp::with(&[("redis_timeout", "15s")]).await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    let long = "x".repeat(1024 * 1024);
    for n in 0..20 {
        jobs.failed("email/v2", &format!("{n}{long}"), "{}").await;
    }
    let page = viewer.page("/queue?queue=email/v2&state=failed").await;
    assert_eq!(page.text().matches("(an id of 1.0 MB)").count(), 20);
    assert!(page.body.len() < 100_000, "{} bytes", page.body.len());
}

#[tokio::test]
async fn a_queue_whose_name_no_address_holds_is_on_no_page() {
    let app = TestApp::start().await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    jobs.queue(&"q".repeat(100_000), "bullmq:6.7.0").await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    eventually("the other queue is found", || async {
        viewer.page("/").await.body.contains("email/v2")
    })
    .await;
    let page = viewer.page("/").await;
    assert!(!page.body.contains("qqqq"), "{} bytes", page.body.len());
}
