//! The demo: its history is there from the first moment.

use std::net::TcpListener;
use std::process::Stdio;

use bullkeeper_testkit::Person;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn the_demo_begins_with_an_hour_of_history_and_the_marks_of_a_deploy() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut demo = Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
        .args(["demo", "--port", &address.port().to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap()).lines();
    loop {
        let line = said.next_line().await.unwrap();
        let line = line.expect("the demo says that it is running");
        if line.contains("demo is running") {
            break;
        }
    }
    let viewer = Person::new(address, "");
    let signed_in = viewer.sign_in("viewer", "look-around-freely").await;
    assert_eq!(signed_in.status(), 303);
    for path in ["/history", "/family/history?name=email"] {
        let page = viewer.page(path).await;
        let points = page.all("#points td[data-l='completed']").len();
        assert!(points >= 58, "{path}: {points} points of 60");
        assert_eq!(page.all(".timeplot").len(), 5, "{path}");
        let marks = page.all("#marks td[data-words]").concat();
        assert!(marks.contains("Rollout of mailer 3.0 begins"), "{marks}");
    }
    demo.kill().await.unwrap();
}
