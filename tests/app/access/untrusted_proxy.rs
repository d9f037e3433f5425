//! A proxy that is not among the trusted ones.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use reqwest::StatusCode;

use crate::program::{Started, program};
use bullkeeper_testkit::TestRedis;

#[tokio::test]
async fn a_proxy_that_is_not_trusted_is_warned_of_once() {
    let redis = TestRedis::start().await;
    for (proxies, warnings) in [("", 1), ("127.0.0.1", 0)] {
        let words = [
            "serve",
            "--redis",
            &redis.url(),
            "--bind",
            "127.0.0.1:0",
            "--trusted-proxies",
            proxies,
        ];
        let words = if proxies.is_empty() {
            &words[..5]
        } else {
            &words[..]
        };
        let child = program(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut started = Started {
            child,
            lines: Vec::new(),
        };
        let stdout = BufReader::new(started.child.stdout.take().unwrap());
        let link = stdout
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("/set-up?token="))
            .unwrap();
        let (root, _) = link.trim().split_once("/set-up").unwrap();
        let client = reqwest::Client::new();
        for header in [
            "accept",
            "x-forwarded-for",
            "x-forwarded-proto",
            "forwarded",
            "x-forwarded-for",
        ] {
            let request = client
                .get(format!("{root}/sign-in"))
                .header(header, "203.0.113.9");
            assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
        }
        let id = started.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut log = String::new();
        started
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        assert_eq!(
            log.matches("trusted_proxies is empty").count(),
            warnings,
            "{log}"
        );
    }
}
