//! A page of the audit log, whatever the log's length.

use super::settled_intents::{SettledIntents, is_intent};
use super::visibility::seen_by;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::field::EntryFields;
use crate::domain::audit::filter::AuditFilter;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::store::records::audit::NEWEST;

/// How many entries a page shows.
pub(crate) const PAGE: usize = 50;

/// How many entries one page may look through for those a filter wants, so that its cost does not grow with the log:
/// past it the page says how far it got, and offers to go on. About two thirds of a second of Redis, in pieces.
pub const LOOK_THROUGH: usize = 250_000;

/// The same in bytes: entries with long reasons and changes cost more.
const LOOK_THROUGH_BYTES: usize = 256 * 1024 * 1024;

/// Past so many entries a page waits for its turn: see [`DeepLooks`](crate::service::audit::deep_looks::DeepLooks).
const DEEP: usize = 5_000;

/// How many entries of one job are looked at.
const OF_ONE_JOB: u64 = 5_000;

/// How many entries are read at once, to begin with, since most pages are full soon.
const FIRST_CHUNK: u64 = 100;

/// How many entries are read at once from then on: Redis takes about 2.5 ms for them.
const CHUNK: u64 = 1_000;

/// A page of the audit log, newest first.
#[derive(Debug)]
pub struct AuditPage {
    /// The entries; an intent whose outcome is known is left out.
    pub entries: Vec<LoggedEntry>,
    /// Where to go on: the stream id that the next page begins before. `None` at the log's end.
    pub next: Option<String>,
    /// Set where the page ended for having looked through enough, not for being full.
    pub gave_up: bool,
}

/// A stream id's milliseconds and sequence.
fn order(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), sequence.parse().unwrap_or(0))
}

impl Services {
    /// A page of the entries that `operator` may see and `filter` wants, from those before the stream id `before`.
    pub async fn audit_page(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        before: Option<&str>,
    ) -> Result<AuditPage, ServiceError> {
        self.check_may_anywhere(operator, Action::ReadAudit).await?;
        self.note_read(operator).await;
        Ok(match self.one_job(filter) {
            Some((queues, job)) => {
                self.page_of_job(operator, filter, &queues, &job, before)
                    .await?
            }
            None => self.page_of_log(operator, filter, before).await?,
        })
    }

    async fn page_of_log(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        before: Option<&str>,
    ) -> Result<AuditPage, StoreError> {
        let until = filter
            .since
            .map_or("-".to_owned(), |since| since.to_string());
        let newest = filter
            .until
            .map_or(NEWEST.to_owned(), |until| until.to_string());
        let mut from = before.map_or(newest, |id| format!("({id}"));
        let mut page = AuditPage {
            entries: Vec::new(),
            next: None,
            gave_up: false,
        };
        // Redis refuses a range that ends before the first id there can be.
        if before.is_some_and(|id| order(id) == (0, 0)) {
            return Ok(page);
        }
        let (mut entries, mut bytes, mut settling) = (0, 0, SettledIntents::default());
        let mut turn = None;
        loop {
            let chunk = if entries == 0 { FIRST_CHUNK } else { CHUNK };
            if entries > DEEP && turn.is_none() {
                turn = self.deep_looks.turn().await;
            }
            let keep = |entry: &dyn EntryFields| filter.may_want(entry);
            let looked = self.store.audit_before(&from, &until, chunk, &keep).await?;
            entries += looked.entries;
            bytes += looked.bytes;
            for recorded in looked.kept {
                let shown = self
                    .shown(operator, filter, &mut settling, recorded)
                    .await?;
                // One entry more than fits says that there is another page.
                if page.entries.len() == PAGE && shown.is_some() {
                    page.next = page.entries.last().map(|recorded| recorded.id.clone());
                    return Ok(page);
                }
                page.entries.extend(shown);
            }
            let Some(last) = looked.last.filter(|_| looked.entries as u64 >= chunk) else {
                return Ok(page);
            };
            if entries >= LOOK_THROUGH || bytes >= LOOK_THROUGH_BYTES {
                page.next = Some(last);
                page.gave_up = page.entries.len() < PAGE;
                return Ok(page);
            }
            from = format!("({last}");
        }
    }

    /// An entry of the log as this person sees it under `filter`, if they do.
    pub(crate) async fn shown(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        settling: &mut SettledIntents,
        recorded: LoggedEntry,
    ) -> Result<Option<LoggedEntry>, StoreError> {
        let is_open = is_intent(&recorded);
        let shown = settling
            .show(recorded)
            .and_then(|shown| seen_by(operator, shown));
        let Some(shown) = shown else {
            return Ok(None);
        };
        // Its outcome may be newer than where this page begins.
        if is_open && self.has_outcome(&shown).await? {
            return Ok(None);
        }
        Ok(Some(shown).filter(|shown| filter.wants(&shown.entry)))
    }

    /// A filter that names one job is answered from the job's own list.
    fn one_job(&self, filter: &AuditFilter) -> Option<(Vec<QueueId>, JobId)> {
        let named = !filter.queue.is_empty() && !filter.queue.contains('*');
        let job = JobId::new(filter.job.as_str()).filter(|_| named)?;
        let queues = self
            .store
            .prefixes()
            .iter()
            .filter_map(|prefix| QueueId::new(prefix, &filter.queue).ok())
            .collect();
        Some((queues, job))
    }

    async fn page_of_job(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        queues: &[QueueId],
        job: &JobId,
        before: Option<&str>,
    ) -> Result<AuditPage, StoreError> {
        let mut entries = Vec::new();
        for queue in queues {
            let all = self.store.audit_of_job(queue, job, 0, OF_ONE_JOB).await?;
            let mut settling = SettledIntents::default();
            let shown = all
                .into_iter()
                .filter_map(|recorded| settling.show(recorded))
                .filter_map(|recorded| seen_by(operator, recorded));
            entries.extend(shown.filter(|recorded| {
                filter.wants(&recorded.entry)
                    && before.is_none_or(|before| order(&recorded.id) < order(before))
                    && filter
                        .since
                        .is_none_or(|since| order(&recorded.id).0 >= since)
                    && filter
                        .until
                        .is_none_or(|until| order(&recorded.id).0 <= until)
            }));
        }
        entries.sort_by_key(|recorded| std::cmp::Reverse(order(&recorded.id)));
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        Ok(AuditPage {
            next: entries
                .last()
                .filter(|_| more)
                .map(|recorded| recorded.id.clone()),
            entries,
            gave_up: false,
        })
    }
}
