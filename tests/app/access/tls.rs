//! Redis over TLS, with a private certificate authority.

use std::process::Command;

use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestApp, TestRedis, free_port};

/// Makes a Redis listen with TLS too, with its own certificate. Returns its address and the certificate's file.
async fn with_tls(redis: &TestRedis, folder: &std::path::Path) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let certificate = file("certificate.pem", made.cert.pem());
    let key = file("key.pem", made.signing_key.serialize_pem());
    let port = free_port().to_string();
    let mut connection = redis.connect().await;
    redis::cmd("CONFIG")
        .arg("SET")
        .arg(&["tls-cert-file", &certificate, "tls-key-file", &key])
        .arg(&["tls-auth-clients", "no", "tls-port", &port])
        .exec_async(&mut connection)
        .await
        .unwrap();
    (format!("rediss://localhost:{port}/"), certificate)
}

#[tokio::test]
async fn a_job_is_repaired_and_retried_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let redis = TestRedis::start().await;
    let (url, certificate) = with_tls(&redis, folder.path()).await;
    let settings = [("redis", url.as_str()), ("redis_ca", certificate.as_str())];
    let app = TestApp::on(redis, &settings).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "tls");
    let saved = Seen::of(
        operator
            .post("/job/save", &form.set("then", "retry").pairs())
            .await,
    )
    .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(
        operator.told_after(&saved).await,
        "Saved and retried. Waiting for a worker."
    );
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let redis = TestRedis::start().await;
    let (url, _) = with_tls(&redis, folder.path()).await;
    let output = Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
        .args(["user", "list", "--redis", &url])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("certificate"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}
