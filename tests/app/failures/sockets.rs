//! Inactive connections are closed, and keep nobody else from being answered.

use std::time::Duration;

use bullkeeper::domain::access::Role;
use bullkeeper::serve::ConnectionLimits;
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use bullkeeper_testkit::{PASSWORD, Seen, TestApp, TestRedis, eventually};

const HALF_A_HEAD: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-half: ";
const WHOLE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

async fn app_with(limits: ConnectionLimits) -> TestApp {
    TestApp::within(limits, TestRedis::start().await, &[]).await
}

fn quick(connections: usize) -> ConnectionLimits {
    ConnectionLimits {
        head_within: Duration::from_millis(300),
        idle: Duration::from_millis(600),
        ..ConnectionLimits::of(connections)
    }
}

/// `count` connections on which `bytes` were sent.
async fn opened(app: &TestApp, count: usize, bytes: &str) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    streams
}

/// Reads what comes until the server closes the connection, which it must.
async fn read_to_end(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut read)).await;
    // Closing with unread data resets the connection, which ends it too.
    let _ = ended.expect("the server closes the connection");
    String::from_utf8_lossy(&read).into_owned()
}

/// The answer to one request.
async fn answer_to(app: &TestApp, request: &str) -> String {
    let stream = opened(app, 1, request).await.remove(0);
    read_to_end(stream).await
}

#[tokio::test]
async fn silent_half_sent_and_idle_connections_are_closed() {
    let app = app_with(quick(2_000)).await;
    for (kind, bytes, answered) in [
        ("silent", "", false),
        ("half a head", HALF_A_HEAD, false),
        ("idle", WHOLE, true),
        (
            "idle, then half a head",
            &[WHOLE, HALF_A_HEAD].concat(),
            true,
        ),
        (
            "HTTP/2 that asks for nothing",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
            false,
        ),
    ] {
        let mut closed = 0;
        for stream in opened(&app, 300, bytes).await {
            let read = read_to_end(stream).await;
            assert_eq!(read.starts_with("HTTP/1.1 200"), answered, "{kind}: {read}");
            closed += 1;
        }
        assert_eq!(closed, 300, "{kind}");
    }
}

#[tokio::test]
async fn a_head_that_dribbles_is_given_up_though_bytes_keep_coming() {
    let app = app_with(quick(100)).await;
    let mut stream = opened(&app, 1, HALF_A_HEAD).await.remove(0);
    let mut sent = 0;
    // A write fails once the server has closed; 300 ms are three of these.
    while stream.write_all(b"x").await.is_ok() {
        sent += 1;
        assert!(sent < 100, "the connection is still open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_live_page_stays_open_however_long_it_is_quiet_on_it() {
    let app = app_with(quick(100)).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let mut listening = bullkeeper_testkit::stream::Listening::of(&viewer, &page).await;
    let others = opened(&app, 20, WHOLE).await;
    for other in others {
        read_to_end(other).await;
    }
    let events = listening.until_quiet().await;
    assert!(listening.next().await.is_some(), "{events:?}");
}

#[tokio::test]
async fn the_health_check_is_answered_while_silent_connections_hold_every_place() {
    let limits = ConnectionLimits {
        of_one_network: 64,
        ..ConnectionLimits::of(64)
    };
    let app = app_with(limits).await;
    let silent = opened(&app, 64, "").await;
    let close = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for _ in 0..100 {
        let answer = answer_to(&app, close).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(silent);
}

#[tokio::test]
async fn the_health_check_is_answered_while_every_place_is_at_work_and_others_are_told() {
    let app = app_with(ConnectionLimits::of(8)).await;
    let form = |length: usize| {
        format!(
            "POST /sign-in HTTP/1.1\r\nhost: x\r\norigin: http://x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {length}\r\n\r\n"
        )
    };
    // A form that is not sent to its end is a request in progress.
    let at_work = opened(&app, 4, &form(1_000)).await;
    eventually("every place of this address is at work", || async {
        let answer = answer_to(
            &app,
            "GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        );
        answer.await.starts_with("HTTP/1.1 503")
    })
    .await;
    let silent = opened(&app, 100, "").await;
    for _ in 0..20 {
        let answer = answer_to(&app, WHOLE).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop((at_work, silent));
    eventually("pages are answered again", || async {
        let answer = answer_to(
            &app,
            "GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        );
        answer.await.starts_with("HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn the_server_ends_at_once_though_connections_are_idle_or_half_sent() {
    let mut app = app_with(ConnectionLimits::of(100)).await;
    let mut streams = opened(&app, 10, "").await;
    streams.extend(opened(&app, 10, HALF_A_HEAD).await);
    streams.extend(opened(&app, 10, WHOLE).await);
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let _live = bullkeeper_testkit::stream::Listening::of(&viewer, &page).await;
    app.end().await;
    for stream in streams {
        read_to_end(stream).await;
    }
}

/// The head of a large form of `name`, of which the rest is still to come.
async fn begun_form(app: &TestApp, name: &str) -> String {
    let signed_in = app.stranger().sign_in(name, PASSWORD).await;
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    format!(
        "POST /job/save HTTP/1.1\r\nhost: x\r\norigin: http://x\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 3000000\r\n\r\nqueue=email"
    )
}

#[tokio::test]
async fn forms_that_dribble_hold_up_nobody_elses_large_edit() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    app.scoped("olga", Role::Operator, &["*"]).await;
    let mut dribbling = Vec::new();
    for name in ["viewer", "olga"] {
        dribbling.extend(opened(&app, 4, &begun_form(&app, name).await).await);
    }
    let large = format!("{{\"a\":\"{}\"}}", "z".repeat(3_000_000));
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", &large).set("reason", "large");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), large.as_bytes());
    // A user who may not edit is told so without their form being kept, and the refusal is recorded.
    for viewers in dribbling.drain(..4) {
        let answer = read_to_end(viewers).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("actor") == "viewer" && entry.get("outcome") == "denied");
    assert!(!entries.is_empty());
    assert_eq!(entries[0].get("action"), "job.edit");
}

#[tokio::test]
async fn a_form_that_is_not_sent_to_its_end_is_answered_408() {
    let app = TestApp::start().await;
    let form = "POST /sign-in HTTP/1.1\r\nhost: x\r\norigin: http://x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 1000\r\n\r\nname=";
    let mut stream = opened(&app, 1, form).await.remove(0);
    let mut answer = [0; 12];
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_exact(&mut answer)).await;
    read.expect("it is answered").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_viewers_large_form_is_refused_with_a_page() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let large = "z".repeat(1_000_000);
    let answer = viewer.post("/job/save", &[("text", large.as_str())]).await;
    let page = Seen::of(answer).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.text().contains("may not change a job's data"),
        "{}",
        page.text()
    );
}
