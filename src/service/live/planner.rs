//! The engine's knowledge of every queue, and what to ask Redis next. It does no I/O: events and counts go in, plans and
//! snapshots come out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::discovery_lookups;
use super::discovery_lookups::Lookups;
use super::event_groups::EventGroups;
use super::family_index::FamilyIndex;
use super::options::LiveOptions;
use super::poll::{Findings, PollPlan};
use super::rotation::Rotation;
use super::snapshot_builder::SnapshotBuilder;
use super::tracked_queue::{Following, TrackedQueue};
use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::stats::latency::LatencyTracker;
use crate::domain::worker::LastWorker;
use crate::store::bullmq::events::ReadEvents;
use crate::store::bullmq::queues::counts::CountedQueue;
use crate::store::bullmq::workers::Clients;

/// How many queues without events are counted in each refresh. If there are more, each is counted less often, so that they
/// cost Redis no more.
const UNHEARD_A_REFRESH: usize = 200;

/// If Redis was not read for this many refreshes, and for this long, it is unknown when what changed meanwhile did so.
const OUT_OF_SIGHT_REFRESHES: u32 = 3;
const OUT_OF_SIGHT_AFTER: Duration = Duration::from_secs(15);

/// If more queues than this vanish at once, many more may be gone: then all are counted, not only those whose turn it is.
const GONE_AT_ONCE: usize = 10;

/// The knowledge of all queues.
#[derive(Debug)]
pub(crate) struct Planner {
    known: BTreeMap<QueueId, TrackedQueue>,
    in_flight: LatencyTracker<QueueId>,
    families: FamilyIndex,
    /// In which groups the queues' streams are read.
    groups: EventGroups,
    rotation: Rotation,
    options: LiveOptions,
    clients: Option<Clients>,
    clients_read: Option<Instant>,
    /// When the newest plan was made, and the newest one that Redis answered.
    planned: Instant,
    answered: Instant,
    lookups: Lookups,
    /// Since when events are followed: where the history ends, or when this process began.
    since: Option<u64>,
    /// The snapshot that is shown.
    pub(crate) published: SnapshotBuilder,
}

impl Planner {
    pub(crate) fn new(options: LiveOptions) -> Self {
        Self {
            known: BTreeMap::new(),
            in_flight: LatencyTracker::default(),
            families: FamilyIndex::default(),
            groups: EventGroups::default(),
            rotation: Rotation::new(),
            options,
            clients: None,
            clients_read: None,
            planned: Instant::now(),
            answered: Instant::now(),
            lookups: Lookups::default(),
            since: None,
            published: SnapshotBuilder::new(),
        }
    }

    /// Looks up the workers with the next plan, however recently that was done.
    pub(crate) fn doubt_clients(&mut self) {
        self.clients_read = None;
    }

    /// Adds an unknown queue that somebody asked for. One that is known is counted again.
    pub(crate) fn ask_for(&mut self, queue: QueueId) {
        match self.known.get_mut(&queue) {
            Some(known) => known.doubt(),
            None => self.lookups.add(queue),
        }
    }

    /// Adds queues that exist; returns whether any is new.
    pub(crate) fn found(&mut self, ids: Vec<QueueId>) -> bool {
        let before = self.known.len();
        for id in ids {
            if self.known.contains_key(&id) {
                continue;
            }
            let known = TrackedQueue::new(self.options.pattern.split(id.name()));
            self.groups.add(&id);
            self.families.add(&id, known.lineage());
            self.rotation.add(id.clone());
            self.known.insert(id, known);
        }
        let is_any_new = self.known.len() > before;
        if is_any_new {
            // Its worker must not be missed: without one the queue would look stranded.
            self.clients_read = None;
        }
        is_any_new
    }

    /// In how many groups the queues' streams are read.
    pub(crate) fn groups(&self) -> usize {
        self.groups.count()
    }

    /// The queues of a group whose next reading begins at once, each with the event to read on from.
    pub(crate) fn places(&mut self, group: usize) -> Vec<(QueueId, StreamId)> {
        let queues = self.groups.begin(group, Instant::now()).into_iter();
        queues
            .filter_map(|id| {
                let place = self.known.get(&id)?.place()?;
                Some((id, place))
            })
            .collect()
    }

    /// Takes the events that were read of a queue.
    pub(crate) fn hear(&mut self, heard: &ReadEvents) {
        self.published.kept().events += heard.events.len() as u64;
        if let Some(known) = self.known.get_mut(&heard.queue) {
            self.groups.heard(&heard.queue, Instant::now());
            known.hear(&heard.queue, &heard.events, &mut self.in_flight);
        }
    }

    /// What to ask Redis now. The questions count as asked: see [`put_back`](Self::put_back).
    pub(crate) fn plan(&mut self, now: Instant) -> PollPlan {
        let mut plan = PollPlan {
            since: self.since,
            ..PollPlan::default()
        };
        self.planned = now;
        self.rotation.take_turns(now, self.options.round, |id| {
            if let Some(known) = self.known.get_mut(id) {
                known.take_turn();
            }
        });
        let unheard = self
            .known
            .values()
            .filter(|known| known.is_unheard(now))
            .count();
        let unheard_for = self.options.refresh * (unheard / UNHEARD_A_REFRESH + 1) as u32;
        for (id, known) in &mut self.known {
            if !known.is_due(now, unheard_for) {
                continue;
            }
            plan.count.push(id.clone());
            if known.needs_its_end() {
                plan.start.push(id.clone());
            }
            if let Following::From(follow) = known.begin_count(now) {
                plan.questions.push((id.clone(), follow.question()));
            }
        }
        plan.workers = self
            .clients_read
            .is_none_or(|read| now.duration_since(read) >= self.options.refresh);
        plan.look_up = self.lookups.take();
        if plan.workers {
            self.clients_read = Some(now);
            let room = discovery_lookups::AT_ONCE.saturating_sub(plan.look_up.len());
            plan.look_up
                .extend(self.families.likely_next(&self.options.pattern, room));
        }
        plan
    }

    /// Takes back a plan that could not be carried out: everything is then uncertain and asked again.
    pub(crate) fn put_back(&mut self, plan: &PollPlan) {
        if plan.workers {
            self.clients_read = None;
        }
        for queue in &plan.look_up {
            self.lookups.add(queue.clone());
        }
        self.doubt_all();
    }

    /// Asks everything again: the connection to Redis broke, and Redis may have been restored to an older state.
    pub(crate) fn doubt_all(&mut self) {
        for known in self.known.values_mut() {
            known.doubt();
        }
    }

    /// Checks these queues again, since the events of one of them could not be read. If none can be read, gives them up for
    /// a round.
    pub(crate) fn not_read(&mut self, ids: impl Iterator<Item = QueueId>, may_not: bool) {
        for id in ids {
            if let Some(known) = self.known.get_mut(&id) {
                match may_not {
                    true => known.give_up_following(),
                    false => known.suspect(),
                }
            }
        }
    }

    /// Takes the answers; returns whether there is more to ask at once.
    pub(crate) fn take(&mut self, plan: &PollPlan, findings: Findings) -> bool {
        self.notice_a_gap();
        let since = *self.since.get_or_insert(findings.since);
        self.published.follow_since(since);
        let starts = findings.heads.into_iter().zip(findings.metrics);
        for (id, (head, metrics)) in plan.start.iter().zip(starts) {
            if let Some(known) = self.known.get_mut(id) {
                known.started(head, metrics, since);
            }
        }
        let mut resyncs = 0;
        for ((id, question), first) in plan.questions.iter().zip(findings.firsts) {
            if let Some(known) = self.known.get_mut(id)
                && !known.is_whole(*question, first)
            {
                resyncs += 1;
            }
        }
        let clients_changed = findings.clients.is_some_and(|clients| {
            std::mem::replace(&mut self.clients, clients.clone()) != clients
        });
        let kept = self.published.kept();
        kept.resyncs += resyncs;
        kept.counted += findings.figures.len() as u64;
        let number = self.published.next();
        let mut changed = self.take_counts(&plan.count, findings.figures, number);
        if clients_changed {
            changed |= self.show_workers(number);
        }
        if let Some(pins) = findings.pins {
            self.families.pin(pins);
        }
        changed |= self.families.settle(&mut self.known, number);
        self.published.publish(changed, &self.known);
        if plan.workers {
            self.look_up_named();
        }
        self.found(findings.existing) || !self.lookups.is_empty()
    }

    /// Takes what was counted in the queues that were asked for; one without an answer is gone. Returns whether anything changed.
    fn take_counts(&mut self, asked: &[QueueId], figures: Vec<CountedQueue>, number: u64) -> bool {
        let mut counted: HashMap<QueueId, CountedQueue> = figures
            .into_iter()
            .map(|looked| (looked.figures.queue.clone(), looked))
            .collect();
        let (mut changed, mut gone) = (false, 0);
        for id in asked {
            let Some(known) = self.known.get_mut(id) else {
                continue;
            };
            match counted.remove(id) {
                Some(looked) => {
                    let named = workers_of(self.clients.as_ref(), id);
                    known.see_worker(a_worker_of(self.clients.as_ref(), id));
                    if known.shown.is_none() {
                        self.published.reshape();
                    }
                    if known.counted(looked, named, number) {
                        changed = true;
                        self.families.touch(id, known);
                    }
                }
                None => {
                    gone += 1;
                    self.forget(id);
                }
            }
        }
        if gone > GONE_AT_ONCE {
            self.doubt_all();
        }
        changed
    }

    /// Notices that Redis was not read for some time before the plan that it has answered now.
    fn notice_a_gap(&mut self) {
        let answered = std::mem::replace(&mut self.answered, self.planned);
        let allowed = OUT_OF_SIGHT_AFTER.max(self.options.refresh * OUT_OF_SIGHT_REFRESHES);
        if self.planned.duration_since(answered) > allowed {
            self.known.values_mut().for_each(TrackedQueue::lose_sight);
        }
    }

    /// Looks up the unknown queues that clients name.
    fn look_up_named(&mut self) {
        let named = self.clients.iter().flat_map(Clients::queues);
        let unknown = named.filter(|queue| !self.known.contains_key(*queue));
        self.lookups.named(unknown, Instant::now());
    }

    fn show_workers(&mut self, number: u64) -> bool {
        let mut changed = false;
        for (id, known) in &mut self.known {
            let workers = workers_of(self.clients.as_ref(), id);
            known.see_worker(a_worker_of(self.clients.as_ref(), id));
            if known.show_workers(workers, number) {
                changed = true;
                self.families.touch(id, known);
            }
        }
        changed
    }

    fn forget(&mut self, id: &QueueId) {
        self.rotation.remove(id);
        let Some(known) = self.known.remove(id) else {
            return;
        };
        self.groups.remove(id);
        self.families.remove(id, known.lineage());
        if known.shown.is_some() {
            self.published.gone(id);
        }
    }
}

fn workers_of(clients: Option<&Clients>, id: &QueueId) -> Option<u32> {
    clients.map(|clients| clients.workers_of(id))
}

fn a_worker_of<'a>(clients: Option<&'a Clients>, id: &QueueId) -> Option<&'a Arc<LastWorker>> {
    clients?.a_worker_of(id)
}
