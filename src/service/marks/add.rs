//! A person marks a moment.

use ulid::Ulid;

use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::access::permission::MarkMoment;
use crate::domain::access::scope::Scope;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::history::mark::{Mark, MarkKind, MarkTarget, check};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::store::records::history::HistoryOf;

/// What someone wants to mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRequest {
    /// What happened.
    pub words: String,
    /// A pattern of the queues, `*` for all.
    pub queues: String,
    /// Whether it is made even if no known queue matches.
    pub is_forced: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marked {
    /// The mark that was made.
    Done(Mark),
    /// No queue that is known matches the pattern.
    MatchesNothing,
}

impl Services {
    /// Marks this moment on the charts of the queues that a pattern names, with its audit entry.
    pub async fn add_mark(
        &self,
        operator: &Operator,
        request: &MarkRequest,
    ) -> Result<Marked, ServiceError> {
        let permit = self.permit::<MarkMoment>(operator, ()).await?;
        let (words, queues) = (request.words.trim(), request.queues.as_str());
        check(words, queues).map_err(|bad| ServiceError::Bad(bad.to_string()))?;
        if !request.is_forced && !self.names_a_known_queue(queues).await? {
            return Ok(Marked::MatchesNothing);
        }
        let mark = Mark {
            id: Ulid::new().to_string(),
            at_ms: unix_millis(),
            kind: MarkKind::Custom,
            target: MarkTarget::Pattern(queues.to_owned()),
            words: words.to_owned(),
            by: operator.name().to_owned(),
        };
        let entry = UnrecordedEntry::new(&permit, Act::MARK, AuditOutcome::Applied)
            .noting(format!("{words:?} on {queues}"));
        let written = self.store.add_mark(&entry, &mark).await;
        self.witnessed(entry.as_entry(), written)?;
        Ok(Marked::Done(mark))
    }

    /// Whether a pattern is for all queues, or matches one that a leading process saw or recorded: the command line looks for none
    /// itself.
    async fn names_a_known_queue(&self, pattern: &str) -> Result<bool, StoreError> {
        let named = Scope::of(vec![pattern.to_owned()]);
        if named.is_everything() {
            return Ok(true);
        }
        let recorded = self.store.recorded_queues().await?.into_iter();
        let mut recorded = recorded.filter_map(|of| match of {
            HistoryOf::Queue(queue) => Some(queue),
            HistoryOf::All => None,
        });
        if recorded.any(|queue| named.holds(&queue)) {
            return Ok(true);
        }
        // What is recorded of a version comes a minute later.
        let seen = self.store.marks_seen().await?;
        let mut versions = seen.keys().filter_map(|name| {
            let (prefix, name) = name.rsplit_once(':')?;
            QueueId::new(prefix, name).ok()
        });
        Ok(versions.any(|queue| named.holds(&queue)))
    }
}
