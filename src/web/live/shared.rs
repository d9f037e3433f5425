//! The state that all streams share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::message_cache::MessageCache;
use super::viewers::Rights;
use crate::web::overview::usual_version::UsualVersions;

/// The state that all streams share.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) places: Arc<Semaphore>,
    most: usize,
    /// How many streams one person may have, so that nobody takes all of them.
    pub(crate) most_of_one: usize,
    pub(crate) rights: Arc<Rights>,
    pub(crate) shared: MessageCache,
    pub(crate) usual_versions: UsualVersions,
    pub(crate) stop: CancellationToken,
}

impl Live {
    /// Allows at most `most` streams at once. All of them end with `stop`, since shutting down would otherwise wait for
    /// them.
    pub(crate) fn new(most: usize, stop: CancellationToken) -> Self {
        let places = most.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            most: places,
            most_of_one: most.div_ceil(4),
            rights: Arc::default(),
            shared: MessageCache::default(),
            usual_versions: UsualVersions::default(),
            stop,
        }
    }

    /// How many streams are open.
    pub(crate) fn open_streams(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }
}
