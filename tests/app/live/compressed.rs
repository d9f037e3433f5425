//! Streams in gzip: they say what a plain stream says, each message at once, in a tenth of the bytes.

use std::io::Write;

use flate2::write::GzDecoder;
use reqwest::Response;

use bullkeeper_testkit::stream::{Listening, address, counted, quiet_app};

/// A compressed stream, read as a browser reads it.
struct Compressed {
    response: Response,
    reader: GzDecoder<Vec<u8>>,
    bytes: usize,
}

impl Compressed {
    fn to(response: Response) -> Self {
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            reader: GzDecoder::new(Vec::new()),
            bytes: 0,
        }
    }

    /// Reads what comes next; whether the stream goes on.
    async fn read(&mut self) -> bool {
        let Some(chunk) = self.response.chunk().await.unwrap() else {
            return false;
        };
        self.bytes += chunk.len();
        self.reader.write_all(&chunk).unwrap();
        self.reader.flush().unwrap();
        true
    }

    fn text(&self) -> String {
        String::from_utf8(self.reader.get_ref().clone()).unwrap()
    }

    async fn until(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.read().await, "it ended before {text}");
        }
    }
}

#[tokio::test]
async fn a_compressed_stream_says_the_same_at_once_in_a_tenth_of_the_bytes() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for queue in 0..21 {
        jobs.waiting(&format!("family-{}/v{queue}", queue % 5), "1", "{}")
            .await;
    }
    counted(&app, 21).await;
    let viewer = app.viewer().await;
    let stream = address(&viewer.page("/").await);
    let mut plain = Listening::at(&viewer, &stream).await;
    let mut compressed = Compressed::to(viewer.listen_in_gzip(&stream).await);
    let mut length = 0;
    for round in 1..=40 {
        let script = "
redis.call('ZADD', 'bull:family-0/v5:completed', ARGV[1], ARGV[1])
redis.call('XADD', 'bull:family-0/v5:events', '*', 'event', 'completed', 'jobId', ARGV[1])";
        let shown = format!("</svg>{round}<span class=\"word\"> completed");
        jobs.run::<()>(&["EVAL", script, "0", &round.to_string()])
            .await;
        let event = plain
            .until("the change", |event| event.data.contains(&shown))
            .await;
        length += event.data.len();
        // The next change is made only once this one was read: nothing waits for it.
        compressed.until(&format!("\nid: {}\n", event.id)).await;
        compressed.until(&shown).await;
    }
    assert!(
        compressed.bytes * 10 < length,
        "{} of {length} bytes",
        compressed.bytes
    );
}

#[tokio::test]
async fn a_compressed_stream_ends_as_gzip_does() {
    let mut app = quiet_app().await;
    app.jobs().await.waiting("email/v1", "1", "{}").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let stream = address(&viewer.page("/").await);
    let mut compressed = Compressed::to(viewer.listen_in_gzip(&stream).await);
    compressed.until("event: beat").await;
    let ended = app.end();
    while compressed.read().await {}
    ended.await;
    // This fails where the end is missing, or its checksum or length is wrong.
    let text = compressed.reader.finish().unwrap();
    assert!(text.starts_with(b"event: beat\n"));
}
