//! Reading the audit log: a page at a time, by stream id, whatever its length; and all of it, for an export.

use std::collections::HashSet;

use super::{Services, Stop};
use crate::domain::access::{Action, Operator};
use crate::domain::act::{Act, Outcome};
use crate::domain::audit::Recorded;
use crate::domain::audit_filter::Filter;
use crate::domain::job::JobId;
use crate::domain::large_change::CompressedText;
use crate::domain::queue::QueueId;
use crate::store::StoreError;
use crate::store::audit::NEWEST;

/// How many entries a page shows.
pub const PAGE: usize = 50;

/// How many entries one page may look through for those a filter wants, so that its cost does not grow with the log:
/// past it the page says how far it got, and offers to go on.
const LOOK_THROUGH: usize = 5_000;

/// How many entries are read at once.
const CHUNK: u64 = 100;

/// How many entries an export reads at once.
const EXPORT_CHUNK: u64 = 200;

/// A part of an export ends with the entry that takes it past so many bytes.
const EXPORT_PART: usize = 1024 * 1024;

/// A change of more bytes is not shown on a page, and of more not exported: earlier versions kept patches of any size.
const LARGEST_SHOWN: u64 = 256 * 1024;
const LARGEST_EXPORTED: u64 = 1024 * 1024;

/// A page of the audit log, newest first.
#[derive(Debug)]
pub struct AuditPage {
    /// The entries; an intent whose outcome is known is left out.
    pub entries: Vec<Recorded>,
    /// Where to go on: the stream id that the next page begins before. `None` at the log's end.
    pub next: Option<String>,
    /// Set where the page ended for having looked through enough, not for being full.
    pub gave_up: bool,
}

impl Services {
    /// A page of the entries that `operator` may see and `filter` wants, from those before the stream id `before`.
    pub async fn audit_page(
        &self,
        operator: &Operator,
        filter: &Filter,
        before: Option<&str>,
    ) -> Result<AuditPage, Stop> {
        self.permit_anywhere(operator, Action::ReadAudit).await?;
        Ok(match self.one_job(filter) {
            Some((queues, job)) => {
                self.page_of_job(operator, filter, &queues, &job, before)
                    .await?
            }
            None => self.page_of_log(operator, filter, before).await?,
        })
    }

    /// One entry by its stream id.
    pub async fn audit_entry(&self, operator: &Operator, id: &str) -> Result<Recorded, Stop> {
        self.permit_anywhere(operator, Action::ReadAudit).await?;
        let missing = || Stop::NotFound(format!("audit entry {id:?}"));
        if !is_stream_id(id) {
            return Err(missing());
        }
        let found = self.store.audit_entry(id).await?;
        let recorded = found
            .filter(|recorded| may_see(operator, recorded))
            .ok_or_else(missing)?;
        if is_intent(&recorded) && !self.has_outcome(&recorded).await? {
            return Settling::default().show(recorded).ok_or_else(missing);
        }
        Ok(self.store.with_change(recorded, LARGEST_SHOWN).await?)
    }

    /// The text before a change that was too large for a patch, for those who may read its entry.
    pub async fn audit_text_before(
        &self,
        operator: &Operator,
        id: &str,
    ) -> Result<CompressedText, Stop> {
        let recorded = self.audit_entry(operator, id).await?;
        let text = self.store.text_before(&recorded.entry.event).await?;
        text.ok_or_else(|| Stop::NotFound(format!("text before in audit entry {id:?}")))
    }

    /// The entries of an export that follow the stream id `after`, oldest first; empty at the end. The last id of a
    /// part is where the next goes on.
    pub async fn audit_part(
        &self,
        operator: &Operator,
        filter: &Filter,
        after: Option<&str>,
    ) -> Result<(Vec<Recorded>, Option<String>), Stop> {
        self.permit_anywhere(operator, Action::ReadAudit).await?;
        let from = match after {
            Some(id) => format!("({id}"),
            None => filter
                .since
                .map_or("-".to_owned(), |since| since.to_string()),
        };
        let until = filter
            .until
            .map_or("+".to_owned(), |until| until.to_string());
        let entries = self.store.audit_from(&from, &until, EXPORT_CHUNK).await?;
        let (mut last, mut bytes) = (None, 0);
        let mut wanted = Vec::with_capacity(entries.len());
        for recorded in entries {
            last = Some(recorded.id.clone());
            if may_see(operator, &recorded) && filter.wants(&recorded.entry) {
                let whole = self.store.with_change(recorded, LARGEST_EXPORTED).await?;
                bytes += whole.entry.patch.len() + whole.entry.before_text.len();
                wanted.push(whole);
            }
            if bytes > EXPORT_PART {
                break;
            }
        }
        Ok((wanted, last))
    }

    async fn page_of_log(
        &self,
        operator: &Operator,
        filter: &Filter,
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
        let (mut looked, mut settling) = (0, Settling::default());
        loop {
            let chunk = self.store.audit_before(&from, &until, CHUNK).await?;
            let ended = (chunk.len() as u64) < CHUNK;
            for recorded in chunk {
                looked += 1;
                let id = recorded.id.clone();
                let before_it = std::mem::replace(&mut from, format!("({id}"));
                let shown = self
                    .shown(operator, filter, &mut settling, recorded)
                    .await?;
                // One entry more than fits says that there is another page.
                if page.entries.len() == PAGE && shown.is_some() {
                    page.next = before_it.strip_prefix('(').map(str::to_owned);
                    return Ok(page);
                }
                page.entries.extend(shown);
                if looked >= LOOK_THROUGH {
                    page.next = Some(id);
                    page.gave_up = page.entries.len() < PAGE;
                    return Ok(page);
                }
            }
            if ended {
                return Ok(page);
            }
        }
    }

    /// An entry of the log as this person sees it under `filter`, if they do.
    async fn shown(
        &self,
        operator: &Operator,
        filter: &Filter,
        settling: &mut Settling,
        recorded: Recorded,
    ) -> Result<Option<Recorded>, StoreError> {
        let may_be_open = is_intent(&recorded);
        let shown = settling
            .show(recorded)
            .filter(|shown| may_see(operator, shown) && filter.wants(&shown.entry));
        Ok(match shown {
            // Its outcome may be newer than where this page begins.
            Some(shown) if may_be_open && self.has_outcome(&shown).await? => None,
            shown => shown,
        })
    }

    /// A filter that names one job is answered from the job's own list.
    fn one_job(&self, filter: &Filter) -> Option<(Vec<QueueId>, JobId)> {
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
        filter: &Filter,
        queues: &[QueueId],
        job: &JobId,
        before: Option<&str>,
    ) -> Result<AuditPage, StoreError> {
        let mut entries = Vec::new();
        for queue in queues {
            let all = self
                .store
                .audit_of_job(queue, job, 0, LOOK_THROUGH as u64)
                .await?;
            let mut settling = Settling::default();
            let shown = all
                .into_iter()
                .filter_map(|recorded| settling.show(recorded));
            entries.extend(shown.filter(|recorded| {
                may_see(operator, recorded)
                    && filter.wants(&recorded.entry)
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

    /// Whether how an intent ended is among the newest entries about its job.
    async fn has_outcome(&self, intent: &Recorded) -> Result<bool, StoreError> {
        let (Some(queue), Some(job)) = (
            intent.entry.queue_id(),
            JobId::new(intent.entry.job.as_str()),
        ) else {
            return Ok(false);
        };
        let entries = self
            .store
            .audit_of_job(&queue, &job, 0, PAGE as u64)
            .await?;
        let ends =
            |other: &Recorded| other.entry.event == intent.entry.event && other.id != intent.id;
        Ok(entries.iter().any(ends))
    }
}

/// Tells which intents have ended, on a way from new to old: an outcome is met before its intent.
#[derive(Debug, Default)]
pub(super) struct Settling {
    ended: HashSet<String>,
}

impl Settling {
    /// The entry as it is shown: an intent whose outcome was met is not, and any other intent as unknown.
    pub(super) fn show(&mut self, mut recorded: Recorded) -> Option<Recorded> {
        if !is_intent(&recorded) {
            self.ended.insert(recorded.entry.event.clone());
            return Some(recorded);
        }
        if self.ended.contains(&recorded.entry.event) {
            return None;
        }
        recorded.entry.outcome = Outcome::Unknown.name().to_owned();
        recorded.entry.error =
            "it was begun, and how it ended was not recorded: look at the job".to_owned();
        Some(recorded)
    }
}

/// Whether it is an intent that its outcome stands for. Not that of a run: a run may take hours, its two ends are both
/// worth seeing, and its own page says how it stands.
fn is_intent(recorded: &Recorded) -> bool {
    recorded.entry.outcome == Outcome::Intent.name() && recorded.entry.run.is_empty()
}

/// An admin of every queue sees all; others the entries about queues in their scope, and their own.
pub(super) fn may_see(operator: &Operator, recorded: &Recorded) -> bool {
    let entry = &recorded.entry;
    match entry.queue_id() {
        Some(queue) => {
            let towards = QueueId::new(&entry.prefix, &entry.to_queue);
            let scope = operator.scope();
            scope.holds(&queue) && towards.map_or(true, |towards| scope.holds(&towards))
        }
        None if entry.actor == operator.name() => true,
        None => operator.may_anywhere(Action::ManageUsers) && operator.scope().is_everything(),
    }
}

/// A stream id's milliseconds and sequence.
fn order(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), sequence.parse().unwrap_or(0))
}

/// Whether `id` is a stream's id, `milliseconds-sequence`.
pub fn is_stream_id(id: &str) -> bool {
    // Redis refuses numbers that do not fit 64 bits.
    let number =
        |part: &str| part.parse::<u64>().is_ok() && part.bytes().all(|byte| byte.is_ascii_digit());
    id.split_once('-')
        .is_some_and(|(millis, sequence)| number(millis) && number(sequence))
}

/// The names a filter offers. Intents are shown as what they came to, so none is offered.
pub fn choices() -> (Vec<&'static str>, Vec<&'static str>) {
    let outcomes = Outcome::ALL.into_iter().filter(|it| *it != Outcome::Intent);
    (
        Act::ALL.map(Act::name).to_vec(),
        outcomes.map(Outcome::name).collect(),
    )
}
