//! Many viewers at once, some of whom never read what they are sent.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use bullkeeper_testkit::stream::{Listening, address, counted};
use bullkeeper_testkit::{Jobs, PASSWORD, Person, TestApp};

/// The number of changes; each makes a message of some kilobytes.
const CHANGES: usize = 60;

async fn app_with_queues(count: usize) -> (TestApp, Jobs) {
    let app = TestApp::with(&[("recount", "50ms")]).await;
    let mut jobs = app.jobs().await;
    for queue in 0..count {
        jobs.waiting(&format!("q{queue}"), "1", "{}").await;
    }
    counted(&app, count).await;
    (app, jobs)
}

/// Adds one completed job to every queue, with its event.
async fn change(jobs: &mut Jobs, count: usize, round: usize) {
    let script = "
for queue = 0, tonumber(ARGV[1]) - 1 do
  redis.call('ZADD', 'bull:q' .. queue .. ':completed', ARGV[2], ARGV[2])
  redis.call('XADD', 'bull:q' .. queue .. ':events', '*', 'event', 'completed', 'jobId', ARGV[2])
end";
    let (count, round) = (count.to_string(), round.to_string());
    jobs.run::<()>(&["EVAL", script, "0", &count, &round]).await;
}

async fn cookie(stranger: &Person) -> String {
    let form = format!("name=viewer&password={}", PASSWORD.replace(' ', "+"));
    let request = stranger
        .bare(Method::POST, "/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Opens a stream and leaves it unread, with a small receive buffer.
async fn unread(app: &TestApp, path: &str, cookie: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\n\r\n",
        app.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn streams_that_are_not_read_hold_nobody_up_and_get_no_backlog() {
    const QUEUES: usize = 30;
    let (app, mut jobs) = app_with_queues(QUEUES).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let path = address(&page);
    let cookie = cookie(&app.stranger()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(unread(&app, &path, &cookie).await);
    }
    let mut stream = Listening::at(&viewer, &path).await;
    let mut messages = 0;
    for round in 1..=CHANGES {
        change(&mut jobs, QUEUES, round).await;
        let shown = format!("</svg>{round}<span");
        let has_it = |event: &bullkeeper_testkit::stream::Event| event.data.contains(&shown);
        stream.until("the change", has_it).await;
        messages += 1;
    }
    assert_eq!(messages, CHANGES);

    // A viewer who reads at last gets what the connection held, and then one current message instead of all the others.
    let last = format!("</svg>{CHANGES}<span");
    let mut read = String::new();
    let mut buffer = vec![0; 65_536];
    while !read.contains(&last) {
        let some = tokio::time::timeout(Duration::from_secs(20), silent[0].read(&mut buffer));
        let some = some.await.expect("it comes in time").unwrap();
        assert!(some > 0, "the stream ended");
        read.push_str(&String::from_utf8_lossy(&buffer[..some]));
    }
    let got = read.matches("\nid: ").count();
    assert!(got < CHANGES, "{got} messages are a backlog");
}

#[tokio::test]
async fn four_hundred_streams_are_told_the_same() {
    let (app, mut jobs) = app_with_queues(3).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let mut streams = Vec::new();
    for _ in 0..400 {
        streams.push(Listening::of(&viewer, &page).await);
    }
    change(&mut jobs, 3, 1).await;
    let mut said = Vec::new();
    for stream in &mut streams {
        let row = |event: &bullkeeper_testkit::stream::Event| event.data.contains("</svg>1<span");
        said.push(stream.until("the change", row).await.data);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "one drawing for all");
}
