//! Caches messages, so that each is drawn once for all viewers who get the same: most viewers of a page are equally up to
//! date.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;

/// How many recent messages are kept: about those of the open pages.
const KEPT: usize = 64;

/// A message, and how many rows it holds.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    /// The message; `None` if there is nothing to send.
    pub(crate) message: Option<Bytes>,
    /// How many rows it holds.
    pub(crate) rows: usize,
}

/// The recent messages, by everything that they depend on.
#[derive(Debug, Default)]
pub(crate) struct MessageCache(Mutex<VecDeque<(String, Arc<OnceLock<Drawn>>)>>);

impl MessageCache {
    /// The message for `key`. The first caller draws it; others wait for that.
    pub(crate) fn get(&self, key: String, draw: impl FnOnce() -> Drawn) -> Drawn {
        let place = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.iter().rev().find(|(known, _)| *known == key) {
                Some((_, place)) => Arc::clone(place),
                None => {
                    let place = Arc::new(OnceLock::new());
                    if kept.len() >= KEPT {
                        kept.pop_front();
                    }
                    kept.push_back((key, Arc::clone(&place)));
                    place
                }
            }
        };
        place.get_or_init(draw).clone()
    }
}
