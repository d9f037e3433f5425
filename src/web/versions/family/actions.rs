//! The actions of an admin on each version of a family: pin it, move its jobs, retire it.

use crate::domain::access::{Action, Operator};
use crate::domain::versions::lifecycle::Lifecycle;
use crate::service::live::snapshot::VersionFigures;
use crate::web::app::App;

/// The actions on one version. The addresses of impossible actions are empty.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    /// The version's queue.
    pub(crate) queue: String,
    /// The page that asks before it is pinned, or its pin taken away.
    pub(crate) pin_href: String,
    pub(crate) is_pinned: bool,
    pub(crate) move_href: String,
    pub(crate) retire_href: String,
}

impl Acts {
    /// The actions of `operator` on `version`, which is one of `several` or the only one.
    pub(crate) fn of(
        app: &App,
        operator: &Operator,
        version: &VersionFigures,
        several: bool,
    ) -> Self {
        let (links, queue) = (app.links(), &version.figures.queue);
        let may = |action| operator.may(action, queue);
        let when = |may: bool, href: String| if may { href } else { String::new() };
        let standing = version.standing;
        let path = match standing.is_pinned {
            true => "/family/unpin",
            false => "/family/pin",
        };
        let family = &version.lineage.family;
        let prefix = links.prefix(queue.prefix());
        let from = [
            ("name", family.as_str()),
            ("prefix", prefix),
            ("from", queue.name()),
        ];
        let is_done = standing.lifecycle == Lifecycle::Drained;
        Self {
            queue: queue.name().to_owned(),
            pin_href: when(
                several && may(Action::PinVersion),
                links.to(path, &[("queue", queue.name()), ("prefix", prefix)]),
            ),
            is_pinned: standing.is_pinned,
            move_href: when(
                several && may(Action::MoveJobs),
                links.to("/family/move", &from),
            ),
            retire_href: when(
                is_done && may(Action::RetireVersion),
                links.to(
                    "/family/retire",
                    &[("queue", queue.name()), ("prefix", prefix)],
                ),
            ),
        }
    }

    /// Whether there is nothing that this person may do.
    pub(crate) fn is_empty(&self) -> bool {
        self.pin_href.is_empty() && self.move_href.is_empty() && self.retire_href.is_empty()
    }
}
