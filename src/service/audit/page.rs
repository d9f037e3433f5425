//! One page of the audit log.

use super::rows::{AuditRow, PAGE, PageRows};
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
use crate::service::runs::seen::sees;
use crate::store::error::StoreError;
use crate::store::records::audit::NEWEST;

/// How many entries a page may search for those that match its filter, so that its cost does not grow with the log. A page
/// that reaches the limit says how far it got and offers to continue. Takes about two thirds of a second of Redis's time,
/// in pieces.
pub const LOOK_THROUGH: usize = 250_000;

/// The same limit in bytes, since entries with long reasons and changes cost more.
const LOOK_THROUGH_BYTES: usize = 256 * 1024 * 1024;

/// After this many entries a page waits for its turn: see [`DeepLooks`](crate::service::audit::deep_looks::DeepLooks).
const DEEP: usize = 5_000;

/// How many entries of one job are searched.
const OF_ONE_JOB: u64 = 5_000;

/// How many entries are read first: most pages are full soon.
const FIRST_CHUNK: u64 = 100;

/// How many entries are read at once after that; Redis takes about 2.5 ms for them.
const CHUNK: u64 = 1_000;

/// A page of the audit log, newest first.
#[derive(Debug)]
pub struct AuditPage {
    /// The entries, without intents whose outcome is known; those of a run share a row.
    pub rows: Vec<AuditRow>,
    /// The stream id before which the next page begins; `None` at the end of the log.
    pub next: Option<String>,
    /// Whether the page ended because it reached the search limit.
    pub gave_up: bool,
}

/// A stream id's milliseconds and sequence.
pub(crate) fn order(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), sequence.parse().unwrap_or(0))
}

impl Services {
    /// A page of the entries before the stream id `before` that `operator` may see and `filter` matches.
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
            None => {
                let oldest = filter.since.map_or("-".to_owned(), |at| at.to_string());
                let newest = filter.until.map_or(NEWEST.to_owned(), |at| at.to_string());
                let range = (before.map_or(newest, |id| format!("({id}")), oldest);
                self.page_of_log(operator, filter, range).await?
            }
        })
    }

    /// The entries of the one run that `filter` names between two stream ids, both included, as a row of a page holds
    /// them; of these a page before the stream id `before`.
    pub async fn audit_of_run(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        (newest, oldest): (&str, &str),
        before: Option<&str>,
    ) -> Result<AuditPage, ServiceError> {
        self.check_may_anywhere(operator, Action::ReadAudit).await?;
        self.note_read(operator).await;
        let from = before.map_or(newest.to_owned(), |id| format!("({id}"));
        let range = (from, oldest.to_owned());
        Ok(self.page_of_log(operator, filter, range).await?)
    }

    /// The entries from one end of a range, which may be excluded with a `(`, back to the other. Entries of a run share a
    /// row, unless the filter asks for one run's.
    async fn page_of_log(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        (mut from, until): (String, String),
    ) -> Result<AuditPage, StoreError> {
        let mut rows = PageRows::new(filter.run.is_empty());
        // Redis refuses a range that ends before the first possible id.
        if from.strip_prefix('(').is_some_and(|id| order(id) == (0, 0)) {
            return self.ended(operator, rows, None).await;
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
                // An entry that does not fit means that there is another page.
                if shown.is_some_and(|shown| !rows.take(shown)) {
                    let next = rows.last().map(str::to_owned);
                    return self.ended(operator, rows, next).await;
                }
            }
            let Some(last) = looked.last.filter(|_| looked.entries as u64 >= chunk) else {
                return self.ended(operator, rows, None).await;
            };
            if entries >= LOOK_THROUGH || bytes >= LOOK_THROUGH_BYTES {
                return self.ended(operator, rows, Some(last)).await;
            }
            from = format!("({last}");
        }
    }

    /// The page of these rows, each run with its record.
    async fn ended(
        &self,
        operator: &Operator,
        rows: PageRows,
        next: Option<String>,
    ) -> Result<AuditPage, StoreError> {
        let gave_up = next.is_some() && !rows.is_full();
        let mut rows = rows.finish();
        let ids = rows.iter().filter_map(AuditRow::run).cloned().collect();
        let mut records = self.store.runs_named(ids).await?;
        records.retain(|run| sees(operator, run));
        for row in &mut rows {
            if let AuditRow::Run(row) = row {
                row.record = records.iter().find(|run| run.id == row.run).cloned();
            }
        }
        Ok(AuditPage {
            rows,
            next,
            gave_up,
        })
    }

    /// The entry as this operator sees it under `filter`; `None` if they don't.
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
        // The outcome may be newer than the start of this page.
        if is_open && self.has_outcome(&shown).await? {
            return Ok(None);
        }
        Ok(Some(shown).filter(|shown| filter.wants(&shown.entry)))
    }

    /// A filter for one job is answered from the job's own list of entries.
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
            rows: entries
                .into_iter()
                .map(Box::new)
                .map(AuditRow::Entry)
                .collect(),
            gave_up: false,
        })
    }
}
