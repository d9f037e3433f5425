//! Quick fixes without scripts: offered beside each problem, done in the text by one button, and never by themselves.

use reqwest::StatusCode;

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Jobs, Seen, TestApp};

const QUEUE: &str = "billing/v2";

const SCHEMA: &str = r#"{
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {
        "amount": {"type": "number"},
        "currency": {"enum": ["CHF", "EUR"], "default": "CHF"},
        "state": {"enum": ["pending", "shipped"]},
        "ref": {"type": "string"}
    }
}"#;

const DATA: &str = r#"{"ref":12345678901234567890,"amount":"12,50","state":"Shipped","odd":1.0}"#;

async fn shop() -> (Folder, TestApp, Jobs) {
    let folder = Folder::of(&[("billing.json", SCHEMA)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "1", DATA).await;
    (folder, app, jobs)
}

/// The fixes of a page: what each says that it does.
fn labels(page: &Seen) -> Vec<String> {
    page.attributes("#problems button[data-fix]", "aria-label")
}

/// What a fix with this label is sent as.
fn id_of(page: &Seen, label: &str) -> String {
    let ids = page.attributes("#problems button[data-fix]", "value");
    let at = labels(page).iter().position(|one| one.starts_with(label));
    ids[at.unwrap_or_else(|| panic!("no {label} in {:?}", labels(page)))].clone()
}

fn text_of(page: &Seen) -> String {
    EditForm::of(page, "/job/review").get("text").to_owned()
}

#[tokio::test]
async fn each_problem_offers_its_fixes_and_a_button_does_one_in_the_text_alone() {
    let (_folder, app, mut jobs) = shop().await;
    let operator = app.operator().await;
    let opened = operator.page("/job/edit?queue=billing/v2&id=1").await;
    let offered = [
        r#"Add "currency": "CHF" at /currency"#,
        r#"Change to "12345678901234567890" at /ref"#,
        "Change to 12.5 at /amount",
        r#"Change to "shipped" at /state"#,
    ];
    assert_eq!(labels(&opened), offered, "{}", opened.text());
    let buttons = "#problems button[data-fix]";
    assert_eq!(opened.attributes(buttons, "form"), ["edit"; 4]);
    assert_eq!(opened.attributes(buttons, "formaction"), ["/job/edit"; 4]);

    let typed = operator.edit(QUEUE, "1").await.set(
        "text",
        "{\r\n \"ref\":12345678901234567890 ,\r\n \"amount\":\"12,50\", \"state\":\"Shipped\",\"odd\":1.0}",
    );
    let mut page = operator.send("/job/edit", &typed).await;
    for (label, text, left) in [
        (
            "Change to 12.5",
            "{\r\n \"ref\":12345678901234567890 ,\r\n \"amount\":12.5, \"state\":\"Shipped\",\"odd\":1.0}",
            3,
        ),
        (
            "Add \"currency\"",
            "{\r\n \"ref\":12345678901234567890 ,\r\n \"amount\":12.5, \"state\":\"Shipped\",\"odd\":1.0,\"currency\":\"CHF\"}",
            2,
        ),
        (
            "Change to \"shipped\"",
            "{\r\n \"ref\":12345678901234567890 ,\r\n \"amount\":12.5, \"state\":\"shipped\",\"odd\":1.0,\"currency\":\"CHF\"}",
            1,
        ),
        (
            "Change to \"1234",
            "{\r\n \"ref\":\"12345678901234567890\" ,\r\n \"amount\":12.5, \"state\":\"shipped\",\"odd\":1.0,\"currency\":\"CHF\"}",
            0,
        ),
    ] {
        let form = EditForm::of(&page, "/job/review").set("fix", &id_of(&page, label));
        page = operator.send("/job/edit", &form).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert_eq!(text_of(&page), text);
        assert_eq!(labels(&page).len(), left);
        assert!(page.text().contains("Nothing is saved yet"));
        let focused = page.attributes("button[autofocus]", "class").len();
        assert_eq!(focused, 1, "the next button has the focus");
    }
    assert_eq!(jobs.data(QUEUE, "1").await.unwrap(), DATA.as_bytes());
    assert!(jobs.audit_of_jobs().await.is_empty(), "nothing was changed");

    // The draft that a fix keeps is what the review shows and the save stores.
    let form = EditForm::of(&page, "/job/review");
    let review = operator.send("/job/review", &form).await;
    assert_eq!(
        review.all(".changes code"),
        ["/ref", "/amount", "/state", "/currency"],
        "{}",
        review.text()
    );
    let form = EditForm::of(&review, "/job/save").set("reason", "typed wrong");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(
        String::from_utf8(jobs.data(QUEUE, "1").await.unwrap()).unwrap(),
        r#"{"ref":"12345678901234567890","amount":12.5,"state":"shipped","odd":1.0,"currency":"CHF"}"#
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].get("outcome"), "applied");
}

#[tokio::test]
async fn a_refused_edit_and_a_check_while_typing_offer_the_same_fixes() {
    let (_folder, app, _jobs) = shop().await;
    let operator = app.operator().await;
    let text = "{\"amount\":\"12,50\",\r\n\"currency\":\"eur\"}";
    let form = operator.edit(QUEUE, "1").await.set("text", text);
    let offered = [
        "Change to 12.5 at /amount",
        r#"Change to "EUR" at /currency"#,
    ];
    let refused = operator
        .send("/job/save", &form.clone().set("reason", "r"))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(labels(&refused), offered);
    let form = [("queue", QUEUE), ("id", "1"), ("text", text)];
    let checked = Seen::of(operator.post("/job/check", &form).await).await;
    let buttons = "button[data-fix]";
    assert_eq!(checked.attributes(buttons, "aria-label"), offered);
    let places = |name| checked.attributes(buttons, name);
    assert_eq!(places("data-line"), ["1", "2"]);
    assert_eq!(places("data-column"), ["11", "12"]);
    assert_eq!(places("data-end-line"), ["1", "2"]);
    assert_eq!(places("data-end-column"), ["18", "17"]);
    assert_eq!(places("data-text"), ["12.5", "\"EUR\""]);
}

#[tokio::test]
async fn a_fix_that_is_not_offered_any_more_changes_nothing_and_the_text_stays() {
    let (folder, app, mut jobs) = shop().await;
    let operator = app.operator().await;
    let opened = operator.page("/job/edit?queue=billing/v2&id=1").await;
    let fix = id_of(&opened, "Change to 12.5");
    let text = "{\"amount\":\"12,51\",\r\n\"mine\":true}";
    let form = EditForm::of(&opened, "/job/review")
        .set("text", text)
        .set("fix", &fix);
    for fix in [fix.as_str(), "0123456789abcdef", "<script>"] {
        let answer = operator
            .send("/job/edit", &form.clone().set("fix", fix))
            .await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(
            answer.text().contains("Nothing was fixed"),
            "{}",
            answer.text()
        );
        assert_eq!(text_of(&answer), text);
        assert!(labels(&answer)[0].contains("12.51") || labels(&answer)[1].contains("12.51"));
    }

    // A schema that changed meanwhile decides.
    folder.write(
        "billing.json",
        r#"{"properties":{"amount":{"type":"string"}}}"#,
    );
    bullkeeper_testkit::eventually("the schema is read again", || async {
        let page = operator.page("/job/edit?queue=billing/v2&id=1").await;
        labels(&page).is_empty()
    })
    .await;
    let form = EditForm::of(&opened, "/job/review").set("fix", &fix);
    let answer = operator.send("/job/edit", &form).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(text_of(&answer).contains("\"12,50\""));
    assert_eq!(jobs.data(QUEUE, "1").await.unwrap(), DATA.as_bytes());
}

#[tokio::test]
async fn the_data_of_a_new_job_and_of_a_scheduler_is_fixed_in_the_same_way_and_enter_still_adds() {
    let (_folder, app, mut jobs) = shop().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    let admin = app.admin().await;
    let text = "{\"amount\":\"12,50\",\r\n\"currency\":\"CHF\"}";
    for (path, form_id, more) in [
        ("/queue/add", "add", &[("attempts", "3")][..]),
        (
            "/queue/schedulers/add",
            "scheduler",
            &[("scheduler_id", "nightly"), ("every", "1 h")],
        ),
    ] {
        let typed = [
            ("queue", QUEUE),
            ("job_name", "charge"),
            ("text", text),
            ("reason", "the customer waits"),
        ];
        let form = [&typed, more].concat();
        let refused = Seen::of(admin.post(path, &form).await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(labels(&refused), ["Change to 12.5 at /amount"]);
        assert_eq!(refused.attributes("#problems button", "form"), [form_id]);
        // Enter in a field presses the first button of the form in the page.
        let of_form = format!("button[form={form_id}]");
        assert_eq!(refused.attributes(&of_form, "class")[0], "default");

        let fix = id_of(&refused, "Change to 12.5");
        let form = [&form[..], &[("fix", fix.as_str())]].concat();
        let fixed = Seen::of(admin.post(path, &form).await).await;
        assert_eq!(fixed.status, StatusCode::OK, "{}", fixed.text());
        let told = EditForm::of(&fixed, path);
        assert_eq!(told.get("text"), text.replace("\"12,50\"", "12.5"));
        assert_eq!(told.get("reason"), "the customer waits");
        assert_eq!(told.get(more[0].0), more[0].1);
        assert!(labels(&fixed).is_empty());
        let again = Seen::of(
            admin
                .post(
                    path,
                    &[("fix", fix.as_str()), ("queue", QUEUE), ("text", "{}")],
                )
                .await,
        )
        .await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    }
    assert_eq!(jobs.length(QUEUE, "wait").await, 0, "nothing was added");
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("outcome") == "invalid")
    );
}

#[tokio::test]
async fn a_viewer_gets_no_fix_and_a_refusal_is_recorded() {
    let (_folder, app, mut jobs) = shop().await;
    let operator = app.operator().await;
    let opened = operator.page("/job/edit?queue=billing/v2&id=1").await;
    let fix = id_of(&opened, "Change to 12.5");
    let form = EditForm::of(&opened, "/job/review").set("fix", &fix);
    let viewer = app.viewer().await;
    let refused = viewer.send("/job/edit", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].get("outcome"), "denied");
}
