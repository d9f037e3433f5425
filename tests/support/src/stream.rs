//! A page's stream of changes, as a browser reads it.

use std::time::Duration;

use reqwest::{Response, StatusCode};

use crate::{Person, Seen, TestApp, eventually};

/// How long a message may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An application in which only events bring news: the slow round takes an hour.
pub async fn quiet_app() -> TestApp {
    TestApp::with(&[("round", "1h"), ("refresh", "60s"), ("session_idle", "1h")]).await
}

/// Waits until so many queues are counted.
pub async fn counted(app: &TestApp, count: usize) {
    eventually("the queues are counted", || async {
        app.services.overview().now().queues.len() == count
    })
    .await;
}

/// One event of a stream.
#[derive(Debug, Clone, Default)]
pub struct Event {
    /// Its name; empty for a message of fragments.
    pub name: String,
    /// From where the stream can be resumed.
    pub id: String,
    /// Its lines, put together.
    pub data: String,
}

impl Event {
    /// The fragment for the element `target`, if there is one.
    pub fn part(&self, target: &str) -> Option<&str> {
        let opening = format!("hx-target=\"#{target}\"");
        let (_, rest) = self.data.split_once(&opening)?;
        let (_, rest) = rest.split_once('>')?;
        Some(rest.split_once("</hx-partial>")?.0)
    }
}

/// An open stream.
pub struct Listening {
    response: Response,
    read: String,
}

impl Listening {
    /// Opens the stream that a page names.
    pub async fn of(person: &Person, page: &Seen) -> Self {
        Self::at(person, &address(page)).await
    }

    /// Opens the stream at an address, which must be there.
    pub async fn at(person: &Person, address: &str) -> Self {
        let response = person.listen(address, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{address}");
        Self::to(response)
    }

    /// Goes on after the event `id`.
    pub async fn resume(person: &Person, address: &str, id: &str) -> Self {
        Self::to(person.listen(address, Some(id)).await)
    }

    /// Reads an answer that is a stream.
    pub fn to(response: Response) -> Self {
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/event-stream");
        Self {
            response,
            read: String::new(),
        }
    }

    /// The next event; `None` at the stream's end.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let event = parse(event);
                self.read = rest.to_owned();
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("a message comes in time").ok().flatten()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The first event from here on that is wanted; all before it are passed over.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let began = std::time::Instant::now();
        while let Some(event) = self.next().await {
            if wanted(&event) {
                return event;
            }
            assert!(began.elapsed() < PATIENCE, "it never came: {what}");
        }
        panic!("the stream ended before {what}");
    }

    /// Everything that comes until the next sign of life but one, which is some seconds.
    pub async fn until_quiet(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut beats = 0;
        while let Some(event) = self.next().await {
            beats += usize::from(event.name == "beat");
            if beats == 2 {
                break;
            }
            events.push(event);
        }
        events
    }
}

/// The address of a page's stream.
pub fn address(page: &Seen) -> String {
    page.attributes("#events", "hx-sse:connect").remove(0)
}

fn parse(text: &str) -> Event {
    let mut event = Event::default();
    let mut data = Vec::new();
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut event.name),
            Some(("id", id)) => id.clone_into(&mut event.id),
            Some(("data", line)) => data.push(line),
            _ => {}
        }
    }
    event.data = data.join("\n");
    event
}
