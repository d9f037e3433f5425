//! An invalid request for a comparison is explained and kept; a comparison without results says what to do.

use reqwest::StatusCode;

use bullkeeper_testkit::TestApp;
use bullkeeper_testkit::comparison::{compare, known};
use bullkeeper_testkit::finished_jobs::{completed, finish};

#[tokio::test]
async fn what_is_typed_wrong_is_told_and_kept() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    finish(&mut jobs, "order/v1", completed("x", "1")).await;
    finish(&mut jobs, "order/v2", completed("x", "1")).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    for (query, told) in [
        (
            &[("by", "pointer"), ("pointer", "$.<order>")][..],
            "begins with a slash",
        ),
        (&[("by", "pointer"), ("pointer", "/a~2")], "~0"),
        (&[("by", "pointer")], "Type the pointer"),
        (&[("by", "name")], "by id or by pointer"),
        (
            &[("a", "order/v2"), ("b", "order/v2")],
            "two different versions",
        ),
    ] {
        let seen = compare(&viewer, query).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{query:?}");
        let text = seen.text();
        assert!(text.contains(told), "{told} is not in {text}");
        for (name, value) in query.iter().filter(|(name, _)| *name == "pointer") {
            let field = seen.attributes(&format!("#{name}"), "value");
            assert_eq!(field, [*value]);
        }
    }
    for (query, status) in [
        (&[("only", "some")][..], 400),
        (&[("a", "order/v9")], 404),
        (&[("prefix", "other")], 404),
    ] {
        let seen = compare(&viewer, query).await;
        assert_eq!(seen.status.as_u16(), status, "{query:?}");
    }
}

#[tokio::test]
async fn an_empty_comparison_says_what_to_do() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    finish(&mut jobs, "order/v1", completed("x", "1")).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1"]).await;
    let text = compare(&viewer, &[]).await.text();
    assert!(
        text.contains("You can see only one version of order"),
        "{text}"
    );
    jobs.queue("order/v2", "bullmq:5.81.0").await;
    known(&viewer, &["v1", "v2"]).await;
    let text = compare(&viewer, &[]).await.text();
    assert!(text.contains("v2 has no finished job"), "{text}");
    finish(&mut jobs, "order/v2", completed("1", "1")).await;
    let text = compare(&viewer, &[("by", "id"), ("only", "missing")])
        .await
        .text();
    assert!(text.contains("v2 has no finished job"), "{text}");
    let text = compare(&viewer, &[("a", "order/v2"), ("b", "order/v1")])
        .await
        .text();
    assert!(text.contains("pair them by a pointer"), "{text}");
}
