//! The BullMQ version that most queues have. The overview says it once, and rows say theirs only if it differs.

use std::time::Duration;

use askama::Template;

use crate::cache::Cache;
use crate::domain::access::scope::Scope;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::service::live::snapshot::{Snapshot, SnapshotId};

/// How many are kept: one for each scope that is being viewed.
const KEPT: usize = 64;

/// How long one is kept, for streams that get the same snapshot at about the same time.
const FRESH: Duration = Duration::from_secs(10);

/// The version that most queues of a viewer's scope have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "overview/_usual_version.html")]
pub(crate) struct UsualVersion {
    /// The version; empty if no queue states one.
    pub(crate) text: String,
    /// Whether no queue states another one.
    is_of_all: bool,
}

impl askama::filters::HtmlSafe for UsualVersion {}

impl UsualVersion {
    pub(crate) fn of(scope: &Scope, snapshot: &Snapshot) -> Self {
        let versions = || {
            let figures = snapshot.queues.iter().map(|version| &version.figures);
            figures
                .filter(|figures| scope.holds(&figures.queue))
                .map(|figures| &figures.bull_version)
        };
        let Some(usual) = BullmqVersion::most_common(versions()) else {
            return Self::default();
        };
        Self {
            text: usual.to_owned(),
            is_of_all: versions().all(|version| version.text().is_none_or(|text| text == usual)),
        }
    }

    /// What a row says of its version: nothing if most queues have it.
    pub(crate) fn differs(&self, version: &BullmqVersion) -> String {
        match version.text() {
            Some(text) if text != self.text => text.to_owned(),
            _ => String::new(),
        }
    }
}

/// The usual versions of the newest snapshots: found once for all streams of the same scope.
#[derive(Debug)]
pub(crate) struct UsualVersions(Cache<(Scope, SnapshotId), UsualVersion>);

impl Default for UsualVersions {
    fn default() -> Self {
        Self(Cache::new(KEPT, |_| FRESH))
    }
}

impl UsualVersions {
    pub(crate) async fn of(&self, scope: &Scope, snapshot: &Snapshot) -> UsualVersion {
        let key = (scope.clone(), snapshot.mark);
        let Ok(usual) = self
            .0
            .get(key, async { Ok(UsualVersion::of(scope, snapshot)) })
            .await;
        usual
    }
}
