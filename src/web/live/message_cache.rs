//! Messages drawn once for all who are to get the same: most viewers of a page are equally far.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::gzip::EventText;

/// How many messages are kept: those of the pages that are open, for the last moment.
const KEPT: usize = 64;

/// A message, and how many rows it carries.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    /// As it is sent; `None` where there is nothing to say.
    pub(crate) message: Option<EventText>,
    /// How many rows are in it.
    pub(crate) rows: usize,
}

/// The messages of the last moment, each by all that it depends on.
#[derive(Debug, Default)]
pub(crate) struct MessageCache(Mutex<VecDeque<(String, Arc<OnceLock<Drawn>>)>>);

impl MessageCache {
    /// The message for `key`, drawn by the first who asks for it; others wait for that one.
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
