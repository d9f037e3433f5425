//! Caches messages, so that each is drawn once for all viewers who get the same: most viewers of a page are equally up to
//! date.

use std::time::Duration;

use super::gzip::EventText;
use crate::cache::Cache;

/// How many recent messages are kept: about those of the open pages.
const KEPT: usize = 64;

/// How many bytes of messages are kept.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// How long a message is kept. A slow browser asks for an old one later, and is drawn one of its own.
const FRESH: Duration = Duration::from_secs(10);

/// A message, and how many rows it carries.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    /// As it is sent; `None` where there is nothing to say.
    pub(crate) message: Option<EventText>,
    /// How many rows are in it.
    pub(crate) rows: usize,
}

/// The messages of the last moment, each by all that it depends on.
#[derive(Debug)]
pub(crate) struct MessageCache(Cache<String, Drawn>);

impl Default for MessageCache {
    fn default() -> Self {
        let bytes_of = |drawn: &Drawn| drawn.message.as_ref().map_or(0, EventText::size);
        Self(Cache::new(KEPT, |_| FRESH).at_most_bytes(MOST_BYTES, bytes_of))
    }
}

impl MessageCache {
    /// The message for `key`, drawn by the first who asks for it; others wait for that one.
    pub(crate) async fn get(&self, key: String, draw: impl FnOnce() -> Drawn) -> Drawn {
        let Ok(drawn) = self.0.get(key, async { Ok(draw()) }).await;
        drawn
    }
}
