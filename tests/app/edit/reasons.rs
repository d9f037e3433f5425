//! A reason is taken with every operation on a job, checked by one rule, and kept in the form where nothing is done.

use bullkeeper_testkit::{Seen, TestApp};
use reqwest::StatusCode;

const AT: &str = "queue=email%2Fv1&id=1";

#[tokio::test]
async fn a_retry_takes_a_reason_and_keeps_it_where_it_is_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", "{}").await;
    let page = operator.page(&format!("/job?{AT}")).await;
    assert!(
        page.text().contains("Retry with a reason"),
        "{}",
        page.text()
    );
    let asked = operator.page(&format!("/job/retry?{AT}")).await;
    assert_eq!(asked.attributes("input[name=reason]", "value"), [""]);

    for (typed, why) in [
        ("x".repeat(2_001), "2001 characters"),
        ("a\u{7}b".to_owned(), "U+0007"),
    ] {
        let form = [("queue", "email/v1"), ("id", "1"), ("reason", &typed)];
        let refused = Seen::of(operator.post("/job/retry", &form).await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(why), "{}", refused.text());
        assert_eq!(
            refused.attributes("input[name=reason]", "value"),
            [typed.as_str()]
        );
        assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 1);
    }
    let form = [
        ("queue", "email/v1"),
        ("id", "1"),
        ("reason", " fixed now "),
    ];
    let done = operator.post("/job/retry", &form).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let again = Seen::of(operator.post("/job/retry", &form).await).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    assert_eq!(
        again.attributes("input[name=reason]", "value"),
        [" fixed now "]
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries[0].get("reason"), "fixed now");
}
