//! A person marks a moment.

use ulid::Ulid;

use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::access::permission::MarkMoment;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::history::mark::{LONGEST_PATTERN, LONGEST_WORDS, Mark, MarkKind, MarkTarget};
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// Marks this moment on the charts of the queues that a pattern names, `*` for all, with its audit entry.
    pub async fn add_mark(
        &self,
        operator: &Operator,
        words: &str,
        queues: &str,
    ) -> Result<Mark, ServiceError> {
        let permit = self.permit::<MarkMoment>(operator, ()).await?;
        let words = words.trim();
        let is_plain = |text: &str| !text.chars().any(char::is_control);
        if words.is_empty() || words.chars().count() > LONGEST_WORDS || !is_plain(words) {
            return Err(ServiceError::Bad(format!(
                "The text of a mark has 1 to {LONGEST_WORDS} characters, on one line."
            )));
        }
        if queues.is_empty() || queues.chars().count() > LONGEST_PATTERN || !is_plain(queues) {
            return Err(ServiceError::Bad(format!(
                "The pattern of queues has 1 to {LONGEST_PATTERN} characters, such as email/*."
            )));
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
        Ok(mark)
    }
}
