//! Pins the current version of a family, whatever its workers.

use std::time::Duration;

use crate::domain::access::permission::PinVersion;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

/// How long a page waits until the snapshot shows a pin.
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

impl Services {
    /// Pins `queue` as the current version of its family, or removes the family's pin. Returns whether that changed
    /// anything. A pin on another version of the family moves here.
    #[tracing::instrument(level = "error", skip_all, fields(%queue))]
    pub async fn pin(
        &self,
        operator: &Operator,
        queue: &QueueId,
        pinned: bool,
        reason: &str,
    ) -> Result<bool, ServiceError> {
        let permit = self.permit::<PinVersion>(operator, queue.clone()).await?;
        self.check_queue(operator, queue).await?;
        let reason = self.rules.reason(reason)?;
        let act = match pinned {
            true => Act::PIN,
            false => Act::UNPIN,
        };
        let family = self.rules.pattern.split(queue.name()).family;
        let mut entry =
            UnrecordedEntry::new(&permit, act, AuditOutcome::Applied).reason(reason.as_str());
        if let Some(other) = self.pinned_instead(queue, &family).await?
            && pinned
        {
            // The pin moves away from that version, which takes the same right there.
            if !operator.may(Action::PinVersion, &other) {
                let entry = Entry::of(&permit, act.action(), AuditOutcome::Denied);
                self.note(&entry.because("the family's pin is on a version out of their sight"))
                    .await;
                return Err(ServiceError::Bad(
                    "This family's pin is on a version that you may not act on.".to_owned(),
                ));
            }
            entry = entry
                .noting("takes the pin from another version")
                .concerning(&other);
        }
        let written = self.store.write_pin(&entry, &family);
        let changed = self.witnessed(entry.as_entry(), written.await)?;
        if changed {
            self.shows_pin(queue, pinned).await;
        }
        Ok(changed)
    }

    /// The version that is pinned instead of `queue`, if any.
    async fn pinned_instead(
        &self,
        queue: &QueueId,
        family: &str,
    ) -> Result<Option<QueueId>, ServiceError> {
        let pins = self.store.pins().await?;
        let name = pins.of(queue.prefix(), family);
        let other = name.filter(|name| *name != queue.name());
        Ok(other.and_then(|name| QueueId::new(queue.prefix(), name).ok()))
    }

    /// Waits until the snapshot shows the change, so that the next page does; only for a short time, since pages are drawn
    /// without Redis too.
    async fn shows_pin(&self, queue: &QueueId, pinned: bool) {
        let mut snapshots = self.overview.changes();
        let shows = snapshots.wait_for(|snapshot| {
            snapshot
                .queue(queue)
                .is_none_or(|seen| seen.standing.is_pinned == pinned)
        });
        // In either case the pin is written; only the page may be older.
        let _ = tokio::time::timeout(SHOWS_WITHIN, shows).await;
    }
}
