//! The viewers of live pages, and whether their rights have changed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tower_sessions::session::Id;

use crate::domain::access::Operator;

/// Whether a viewer may still watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViewerStatus {
    /// Nothing changed.
    Same,
    /// Their session has ended.
    Ended,
    /// They may see or do other things now.
    Changed,
}

/// All viewers.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    viewers: Mutex<HashMap<u64, Viewer>>,
    next: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Viewer {
    pub(crate) session: Option<Id>,
    pub(crate) operator: Operator,
    pub(crate) standing: watch::Sender<ViewerStatus>,
}

/// Who is about to watch: a signed-in user, or a screen with the cookie of the wall.
#[derive(Debug)]
pub(crate) struct Watching {
    pub(crate) operator: Operator,
    /// `None` for the cookie of the wall, which is good for as long as the process runs.
    pub(crate) session: Option<Id>,
    /// Whether what they are sent may be in gzip.
    pub(crate) takes_gzip: bool,
}

/// A viewer's place, which is freed when it is dropped.
#[derive(Debug)]
pub(crate) struct ViewerPlace {
    rights: Arc<Rights>,
    number: u64,
    /// Whether they may still watch.
    pub(crate) standing: watch::Receiver<ViewerStatus>,
}

impl Rights {
    /// How many places this person has.
    pub(crate) fn places_of(&self, watching: &Watching) -> usize {
        let name = watching.operator.name();
        let viewers = self.lock();
        viewers
            .values()
            .filter(|viewer| viewer.operator.name() == name)
            .count()
    }

    /// Takes a place.
    pub(crate) fn enter(self: &Arc<Self>, watching: &Watching) -> ViewerPlace {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, standing) = watch::channel(ViewerStatus::Same);
        let viewer = Viewer {
            session: watching.session,
            operator: watching.operator.clone(),
            standing: sender,
        };
        self.lock().insert(number, viewer);
        ViewerPlace {
            rights: Arc::clone(self),
            number,
            standing,
        }
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Viewer>> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ViewerPlace {
    fn drop(&mut self) {
        self.rights.lock().remove(&self.number);
    }
}
