//! Private addresses are refused after the look-up, unless the settings allow them.

use super::receiver::Receiver;
use super::says;
use crate::program::{err, out, program};
use bullkeeper_testkit::TestApp;

/// Tries the webhook `chat` with the program's command; whether it was taken, and what the program said.
async fn try_it(url: String, more: &'static [&'static str]) -> (bool, String) {
    tokio::task::spawn_blocking(move || {
        let webhook = format!("chat = json {url}");
        let words = ["alert", "test", "chat", "--webhooks", webhook.as_str()];
        let output = program(&[&words[..], more].concat()).output().unwrap();
        let said = format!("{}{}", out(&output), err(&output));
        (output.status.success(), said)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_private_address_is_refused_by_number_and_by_name() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "2130706433",
    ] {
        let (taken, said) = try_it(format!("https://{host}:{port}/T0PSECRET"), &[]).await;
        assert!(!taken, "{host}");
        assert!(said.contains("has a private address"), "{host}: {said}");
        assert!(!said.contains("T0PSECRET"), "{said}");
    }
    assert!(receiver.received().is_empty());
    let (taken, said) = try_it(format!("http://127.0.0.1:{port}/"), &[]).await;
    assert!(!taken && said.contains("http address"), "{said}");
}

#[tokio::test]
async fn the_command_sends_a_test_and_says_the_answer() {
    let receiver = Receiver::start().await;
    let private = &["--webhooks-private"];
    let (taken, said) = try_it(receiver.url("json"), private).await;
    assert!(taken, "{said}");
    let received = receiver.received();
    assert_eq!(received[0].json()["event"], "test");
    assert!(said.contains("chat (127.0.0.1) took the message"), "{said}");
    assert!(
        said.contains(received[0].header("bullkeeper-message")),
        "{said}"
    );
    receiver.will_answer(&[404]);
    let (taken, said) = try_it(receiver.url("json"), private).await;
    assert!(
        !taken && said.contains("answered with status 404"),
        "{said}"
    );
    assert!(!said.contains("T0PSECRET"), "{said}");
}

#[tokio::test]
async fn a_webhook_with_a_private_address_is_shown_with_that_reason() {
    let receiver = Receiver::start().await;
    let webhook = format!(
        "chat = json https://127.0.0.1:{}/x",
        receiver.address().port()
    );
    let settings = [
        ("alerts", "stranded on email"),
        ("webhooks", webhook.as_str()),
    ];
    let app = TestApp::with(&settings).await;
    app.jobs().await.waiting("email", "1", "{}").await;
    let admin = app.admin().await;
    says(
        &admin,
        "[aria-labelledby=webhooks-h]",
        "has a private address",
    )
    .await;
    assert!(receiver.received().is_empty());
}
