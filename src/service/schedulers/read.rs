//! Reads a queue's schedulers, and one of them with its template and its last runs. Nothing here writes.

use super::all::dialect_of;
use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobState, Payload};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::schedulers::job_ids;
use crate::domain::schedulers::scheduler::{PastRun, Scheduler, SchedulerId};
use crate::domain::versions::VersionedName;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::FOLD_ABOVE;
use crate::store::bullmq::schedulers::runs::PastAsk;

/// How many of a scheduler's last runs its page shows.
const RUNS: usize = 10;

/// How many finished jobs of each outcome are looked at for them.
const LOOK: u64 = 1_000;

/// The same for a row of a list, which shows one.
const LOOK_FOR_ROW: u64 = 50;

/// How many earlier times of a pattern are tried for a row.
const TIMES_FOR_ROW: usize = 2;

/// A page of a queue's schedulers.
#[derive(Debug)]
pub struct QueueSchedulers {
    /// The queue.
    pub queue: QueueFigures,
    /// Its family, version and label.
    pub lineage: VersionedName,
    /// The schedulers of the page, the soonest first.
    pub found: Vec<Scheduler>,
    /// How many the queue has.
    pub total: u64,
}

/// A scheduler, with what its page shows.
#[derive(Debug)]
pub struct SchedulerPage {
    /// Its queue.
    pub queue: QueueFigures,
    /// The queue's family, version and label.
    pub lineage: VersionedName,
    /// The scheduler.
    pub scheduler: Scheduler,
    /// The data of its template.
    pub data: Payload,
    /// The options of its template.
    pub options: Payload,
    /// Its last runs, the newest first.
    pub past: Vec<PastRun>,
    /// How many finished jobs of each outcome were looked at for them.
    pub looked_at: u64,
}

/// The two texts of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum TemplateText {
    /// The data of its jobs.
    Data,
    /// Their options.
    Opts,
}

impl TemplateText {
    /// The field that holds it; also its name in addresses.
    pub fn field(self) -> &'static str {
        self.into()
    }
}

pub(super) fn no_scheduler(queue: &QueueId, id: &SchedulerId) -> ServiceError {
    ServiceError::NotFound(format!("scheduler {:?} in {:?}", id.as_str(), queue.name()))
}

impl Services {
    /// A page of a queue's schedulers.
    pub async fn queue_schedulers(
        &self,
        operator: &Operator,
        queue: &QueueId,
        from: u64,
        size: u64,
    ) -> Result<QueueSchedulers, ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        let figures = self.known_figures(queue).await?;
        let dialect = dialect_of(&figures.bull_version);
        let queues = std::slice::from_ref(queue);
        let (counts, found) = tokio::try_join!(
            self.store.scheduler_counts(queues),
            self.store.schedulers(queue, dialect, from, size),
        )?;
        Ok(QueueSchedulers {
            lineage: self.rules.pattern.split(queue.name()),
            queue: figures,
            found,
            total: counts.first().copied().unwrap_or(0),
        })
    }

    /// The last run of each of these schedulers, as far as it is found. The caller has checked the person's rights.
    pub async fn last_runs(
        &self,
        schedulers: &[&Scheduler],
    ) -> Result<Vec<Option<PastRun>>, ServiceError> {
        let asks: Vec<PastAsk<'_>> = (schedulers.iter())
            .map(|one| ask(one, TIMES_FOR_ROW))
            .collect();
        let found = self.store.past_runs(&asks, LOOK_FOR_ROW, 1).await?;
        Ok(found
            .into_iter()
            .map(|runs| runs.into_iter().next())
            .collect())
    }

    /// A scheduler with everything that its page shows.
    pub async fn scheduler_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &SchedulerId,
    ) -> Result<SchedulerPage, ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        let figures = self.known_figures(queue).await?;
        let dialect = dialect_of(&figures.bull_version);
        let scheduler = self.store.scheduler(queue, dialect, id).await?;
        let scheduler = scheduler.ok_or_else(|| no_scheduler(queue, id))?;
        let asks = [ask(&scheduler, RUNS)];
        let [data, options] = scheduler.template_sizes;
        let (data, options, past) = tokio::try_join!(
            self.payload(queue, id, TemplateText::Data, data),
            self.payload(queue, id, TemplateText::Opts, options),
            self.store.past_runs(&asks, LOOK, RUNS),
        )?;
        let [data, options] = self
            .shown_template(operator, queue, [data, options])
            .await?;
        Ok(SchedulerPage {
            lineage: self.rules.pattern.split(queue.name()),
            queue: figures,
            past: past.into_iter().next().unwrap_or_default(),
            scheduler,
            data,
            options,
            looked_at: LOOK,
        })
    }

    async fn payload(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
        text: TemplateText,
        size: u64,
    ) -> Result<Payload, crate::store::error::StoreError> {
        if size > FOLD_ABOVE || size == 0 {
            return Ok(Payload::Folded(size));
        }
        let stored = self.store.template_text(queue, id, text.field()).await?;
        Ok(Payload::Loaded(stored.unwrap_or_default()))
    }

    /// The size of a text of a scheduler's template, in bytes.
    pub async fn template_size(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &SchedulerId,
        text: TemplateText,
    ) -> Result<u64, ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        Ok(self.store.template_size(queue, id, text.field()).await?)
    }

    /// A text of a scheduler's template, as it is stored.
    pub async fn template_text(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &SchedulerId,
        text: TemplateText,
    ) -> Result<Vec<u8>, ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        let stored = self.store.template_text(queue, id, text.field()).await?;
        let stored = Payload::Loaded(stored.ok_or_else(|| no_scheduler(queue, id))?);
        if self.sight(operator, queue).await.shows_all() {
            return Ok(loaded(stored));
        }
        let limit = self.rules.max_data_bytes;
        let field = TemplateText::Data.field();
        let sizes = [
            stored.size(),
            self.store.template_size(queue, id, field).await?,
        ];
        if let Some(size) = sizes.into_iter().find(|size| *size > limit) {
            return Err(ServiceError::TooLarge { size, limit });
        }
        let nothing = Payload::Folded(0);
        let shown = match text {
            TemplateText::Data => {
                let both = [stored, nothing];
                let [data, _] = self.shown_template(operator, queue, both).await?;
                data
            }
            TemplateText::Opts => {
                let data = self.store.template_text(queue, id, field).await?;
                let both = [data.map_or(nothing, Payload::Loaded), stored];
                let [_, options] = self.shown_template(operator, queue, both).await?;
                options
            }
        };
        Ok(loaded(shown))
    }
}

fn loaded(payload: Payload) -> Vec<u8> {
    match payload {
        Payload::Loaded(bytes) => bytes,
        Payload::Folded(_) => Vec::new(),
    }
}

fn ask(one: &Scheduler, times: usize) -> PastAsk<'_> {
    let state = one.pending.as_ref().and_then(|job| job.state);
    // The job of a scheduler that has ended is its last one.
    let is_over = matches!(state, Some(JobState::Completed | JobState::Failed));
    let last = is_over.then_some(one.next);
    PastAsk {
        queue: &one.queue,
        prefix: job_ids::prefix(&one.id, one.is_legacy()),
        due: last.into_iter().chain(one.past(times)).collect(),
        next: (!is_over).then_some(one.next),
    }
}
