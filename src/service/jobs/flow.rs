//! A whole flow: up to its top, then down level by level, within bounds and the person's scope.

use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::job::flow::{ChildStanding, Relative};
use crate::domain::job::flow_tree::{FlowJob, FlowTree};
use crate::domain::policy::mask::MASK_JSON;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::jobs::flow::FlowPart;

/// How many parents are followed up from a job.
const HIGHEST: usize = 20;

/// How many levels of jobs are read below the top.
const LEVELS: usize = 10;

/// How many jobs are read in all.
const MOST_JOBS: usize = 300;

/// How many children of each status are read of one job.
const WIDTH: u64 = 50;

/// A job that was read, with where it hangs in the tree.
struct Node {
    relative: Relative,
    standing: Option<ChildStanding>,
    part: Option<FlowPart>,
    children: Vec<usize>,
    left_out: u64,
}

impl Services {
    /// The flow that a job is in: the same tree from whichever of its jobs one looks, as far as the person may see it.
    pub async fn flow(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<FlowTree, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        let (way, continues_above) = self.way_up(operator, queue, id).await?;
        let nodes = self.levels_below(operator, &way).await?;
        let jobs = nodes.len();
        let top = tree(nodes).ok_or_else(|| ServiceError::Broken("a flow without a job".into()))?;
        Ok(FlowTree {
            top,
            continues_above,
            jobs,
        })
    }

    /// The jobs from the top down to this one, and whether there are more above.
    async fn way_up(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<(Vec<Relative>, bool), ServiceError> {
        let mut way = vec![Relative {
            prefix: queue.prefix().to_owned(),
            queue: queue.name().to_owned(),
            id: id.as_str().to_owned(),
        }];
        let mut at = (queue.clone(), id.clone());
        loop {
            let parts = self.store.flow_parts(std::slice::from_ref(&at), 0).await?;
            let part = parts.into_iter().next().filter(|part| part.exists);
            let Some(part) = part else {
                if way.len() == 1 {
                    return Err(super::read::no_job(queue, id));
                }
                // A parent that is gone is not the top of anything.
                way.pop();
                break;
            };
            let parent = part.parent.filter(|parent| !way.contains(parent));
            let Some((parent, next)) = parent.and_then(|parent| {
                let next = self.visible(operator, &parent)?;
                Some((parent, next))
            }) else {
                break;
            };
            if way.len() > HIGHEST {
                way.reverse();
                return Ok((way, true));
            }
            way.push(parent);
            at = next;
        }
        way.reverse();
        Ok((way, false))
    }

    /// Every job that is read, the top first; those of the way are among them however many siblings they have.
    async fn levels_below(
        &self,
        operator: &Operator,
        way: &[Relative],
    ) -> Result<Vec<Node>, ServiceError> {
        let top = way.first().cloned();
        let mut nodes: Vec<Node> = top.map(|top| Node::new(top, None)).into_iter().collect();
        let mut level: Vec<usize> = (0..nodes.len()).collect();
        for depth in 1..=LEVELS.max(way.len()) {
            let asked: Vec<(usize, (QueueId, JobId))> = level
                .iter()
                .filter_map(|&at| Some((at, self.visible(operator, &nodes[at].relative)?)))
                .collect();
            let jobs: Vec<(QueueId, JobId)> = asked.iter().map(|(_, job)| job.clone()).collect();
            if jobs.is_empty() {
                break;
            }
            let mut parts = self.store.flow_parts(&jobs, WIDTH).await?;
            for (part, (queue, _)) in parts.iter_mut().zip(&jobs) {
                let hiding = self.hiding(operator, queue, &part.name).await;
                // What isn't a percentage may quote a hidden value, and the data is not read here.
                if !hiding.is_nothing() && !is_percentage(&part.progress) {
                    part.progress = MASK_JSON.to_owned();
                }
            }
            let mut next = Vec::new();
            for ((at, _), part) in asked.into_iter().zip(parts) {
                let on_way = (way.get(depth - 1) == Some(&nodes[at].relative))
                    .then(|| way.get(depth))
                    .flatten();
                let goes_on = depth < LEVELS;
                let (shown, left_out) = self.shown_children(
                    operator,
                    &part,
                    on_way,
                    goes_on,
                    MOST_JOBS.saturating_sub(nodes.len()),
                );
                nodes[at].left_out = left_out;
                for (relative, standing) in shown {
                    if nodes.iter().any(|node| node.relative == relative) {
                        continue;
                    }
                    let child = nodes.len();
                    nodes.push(Node::new(relative, standing));
                    nodes[at].children.push(child);
                    next.push(child);
                }
                nodes[at].part = Some(part);
            }
            level = next;
        }
        Ok(nodes)
    }

    /// Which children of a job are shown, and how many are not. Children in queues out of sight don't count.
    fn shown_children(
        &self,
        operator: &Operator,
        part: &FlowPart,
        on_way: Option<&Relative>,
        goes_on: bool,
        room: usize,
    ) -> (Vec<(Relative, Option<ChildStanding>)>, u64) {
        let all = part.children.len();
        let seen = part.children.iter();
        let seen = seen.filter(|child| self.visible(operator, &child.relative).is_some());
        let seen: Vec<_> = seen
            .map(|child| (child.relative.clone(), Some(child.standing)))
            .collect();
        let total = match seen.len() < all {
            true => seen.len() as u64,
            false => part.children_total,
        };
        let room = if goes_on { room } else { 0 };
        let mut shown = seen;
        let of_way = on_way.map(|relative| {
            let known = shown.iter().position(|(other, _)| other == relative);
            known.map_or((relative.clone(), None), |at| shown.remove(at))
        });
        shown.truncate(room.saturating_sub(usize::from(of_way.is_some())));
        shown.extend(of_way);
        shown.sort_by(|a, b| a.0.cmp(&b.0));
        let left_out = total.saturating_sub(shown.len() as u64);
        (shown, left_out)
    }

    /// The queue and the id of a job, if the person may see it.
    fn visible(&self, operator: &Operator, relative: &Relative) -> Option<(QueueId, JobId)> {
        let queue = QueueId::new(&relative.prefix, &relative.queue).ok()?;
        let id = JobId::new(relative.id.as_str())?;
        let is_looked_under = self.store.prefixes().contains(&relative.prefix);
        (is_looked_under && operator.scope().holds(&queue)).then_some((queue, id))
    }
}

impl Node {
    fn new(relative: Relative, standing: Option<ChildStanding>) -> Self {
        Self {
            relative,
            standing,
            part: None,
            children: Vec::new(),
            left_out: 0,
        }
    }
}

/// Whether a progress is none, or a number that says how much of a job is done.
fn is_percentage(progress: &str) -> bool {
    let number = progress.parse::<f64>();
    progress.is_empty() || number.is_ok_and(|number| (0.0..=100.0).contains(&number))
}

/// The nodes as a tree. Children come after their parent, so each tree is whole when its parent takes it.
fn tree(nodes: Vec<Node>) -> Option<FlowJob> {
    let mut made: Vec<Option<FlowJob>> = Vec::new();
    made.resize_with(nodes.len(), || None);
    for (at, node) in nodes.into_iter().enumerate().rev() {
        let part = node.part;
        let job = FlowJob {
            relative: node.relative,
            exists: part.as_ref().is_some_and(|part| part.exists),
            state: part.as_ref().and_then(|part| part.state),
            progress: part
                .as_ref()
                .map_or(String::new(), |part| part.progress.clone()),
            name: part.map_or(String::new(), |part| part.name),
            standing: node.standing,
            children: node
                .children
                .into_iter()
                .filter_map(|child| made[child].take())
                .collect(),
            left_out: node.left_out,
        };
        made[at] = Some(job);
    }
    made.into_iter().next().flatten()
}
