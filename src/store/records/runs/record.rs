//! Writes and reads the records of runs.

use redis::Value;

use crate::domain::access::{Actor, ActorKind};
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Run, RunApproval, RunId, RunState, Skipped};
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// What stands between a skipped job's reason and the place of its queue among the run's, where that is not the first. No reason
/// holds it.
pub(super) const QUEUE_BEHIND: char = '\u{1f}';

impl Store {
    /// One run.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError> {
        Ok(self.runs_named(vec![id.clone()]).await?.pop())
    }

    /// The newest runs, newest first.
    pub async fn runs(&self) -> Result<Vec<Run>, StoreError> {
        let mut newest = redis::pipe();
        newest
            .cmd("ZREVRANGE")
            .arg(self.own.runs())
            .arg(0)
            .arg(KEPT - 1);
        let mut answers = self.redis.read(&mut newest).await?.into_iter();
        let ids = reply::texts(answers.next().unwrap_or_default());
        let ids = ids.iter().filter_map(|id| RunId::parse(id)).collect();
        self.runs_named(ids).await
    }

    /// The first of a run's skipped jobs, `most` of those that are listed, with the reasons.
    pub async fn stayed_of_run(&self, id: &RunId, most: usize) -> Result<Vec<Skipped>, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("LRANGE")
            .arg(self.own.run_stayed(id.as_str()))
            .arg(0)
            .arg(most.saturating_sub(1));
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let items = reply::texts(answers.next().unwrap_or_default());
        let stay = |item: &String| {
            let (why, job) = item.split_once('\t')?;
            let (why, queue) = match why.split_once(QUEUE_BEHIND) {
                Some((why, queue)) => (why, queue.parse().ok()?),
                None => (why, 0),
            };
            let (why, job) = (why.to_owned(), job.to_owned());
            Some(Skipped { queue, job, why })
        };
        Ok(items.iter().filter_map(stay).collect())
    }

    /// The runs with these ids, without those that are forgotten.
    pub async fn runs_named(&self, ids: Vec<RunId>) -> Result<Vec<Run>, StoreError> {
        let mut pipeline = redis::pipe();
        for id in &ids {
            pipeline.cmd("HGETALL").arg(self.own.run(id.as_str()));
            pipeline.cmd("EXISTS").arg(self.own.run_lease(id.as_str()));
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            let fields = pairs(answers.next().unwrap_or_default());
            let held = reply::is_something(&answers.next().unwrap_or_default());
            runs.extend(run_of(id, &fields, held));
        }
        Ok(runs)
    }
}

/// The fields of a run's record when it begins.
pub(crate) fn fields(run: &Run) -> Vec<(&'static str, String)> {
    let target = run.target.as_ref();
    let more = run.more.iter().map(|queue| (queue.prefix(), queue.name()));
    let more: Vec<(&str, &str)> = more.collect();
    let (approved_by, alone_by) = match &run.approval {
        RunApproval::NotAsked => Default::default(),
        RunApproval::By(name) => (name.clone(), String::new()),
        RunApproval::Alone(name) => (String::new(), name.clone()),
    };
    vec![
        ("kind", run.kind.name().to_owned()),
        ("prefix", run.source.prefix().to_owned()),
        ("source", run.source.name().to_owned()),
        (
            "target",
            target.map_or_else(String::new, |queue| queue.name().to_owned()),
        ),
        (
            "more",
            match more.is_empty() {
                true => String::new(),
                false => serde_json::json!(more).to_string(),
            },
        ),
        ("spec", run.spec.clone()),
        ("about", run.about.clone()),
        ("actor", run.actor.name().to_owned()),
        ("actor_kind", run.actor.kind_name().to_owned()),
        ("role", run.role.clone()),
        ("reason", run.reason.clone()),
        ("approved_by", approved_by),
        ("alone_by", alone_by),
        ("state", run.state.name().to_owned()),
        ("total", run.figures.total.to_string()),
        ("begun", run.begun.to_string()),
        ("updated", run.updated.to_string()),
        ("words", run.words.clone()),
    ]
}

/// The names and values of a hash, in either protocol.
fn pairs(value: Value) -> Vec<(String, String)> {
    let items = match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(name, value)| [name, value])
            .collect(),
        other => reply::items(other),
    };
    let mut texts = items.into_iter().filter_map(reply::text);
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((name, value));
    }
    pairs
}

/// A run from its hash; `None` if there is none, or it can't be read.
fn run_of(id: RunId, fields: &[(String, String)], held: bool) -> Option<Run> {
    let text = |name: &str| {
        let field = fields.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value.as_str())
    };
    let number = |name: &str| text(name).parse().unwrap_or(0);
    let state: RunState = text("state").parse().ok()?;
    let queue = |name: &str| QueueId::new(text("prefix"), text(name)).ok();
    Some(Run {
        kind: text("kind").parse().ok()?,
        source: queue("source")?,
        more: queues(text("more"))?,
        target: queue("target"),
        spec: text("spec").to_owned(),
        about: text("about").to_owned(),
        actor: actor_of(text("actor_kind"), text("actor")),
        role: text("role").to_owned(),
        reason: text("reason").to_owned(),
        approval: match (text("approved_by"), text("alone_by")) {
            ("", "") => RunApproval::NotAsked,
            ("", name) => RunApproval::Alone(name.to_owned()),
            (name, _) => RunApproval::By(name.to_owned()),
        },
        state: match state.is_under_way() && !held {
            true => RunState::Interrupted,
            false => state,
        },
        figures: Figures {
            total: number("total"),
            done: number("done"),
            stayed: fields
                .iter()
                .filter_map(|(name, count)| {
                    Some((
                        name.strip_prefix("stayed:")?.to_owned(),
                        count.parse().ok()?,
                    ))
                })
                .collect(),
        },
        begun: number("begun"),
        updated: number("updated"),
        words: text("words").to_owned(),
        id,
    })
}

/// The further queues of a run; `None` if they can't be read, since a run is nothing without one of its queues.
fn queues(text: &str) -> Option<Vec<QueueId>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let named: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    let queues = named
        .iter()
        .map(|(prefix, name)| QueueId::new(prefix, name).ok());
    queues.collect()
}

/// Who is at work on a run, or was. A record of an earlier release has no kind, and that release leaves the kind of whoever
/// it took a run over from: then the name alone says who, since neither the command line nor a link takes up a run.
fn actor_of(kind: &str, name: &str) -> Actor {
    match Actor::recorded(kind, name) {
        Actor::Other { kind, .. } if kind.is_empty() || kind.parse::<ActorKind>().is_ok() => {
            Actor::by_name(name)
        }
        actor => actor,
    }
}

/// How many runs are kept; older ones are forgotten, their audit entries are not.
pub(crate) const KEPT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Policy;

    #[test]
    fn a_run_that_an_earlier_release_began_or_took_over_is_of_whom_its_name_says() {
        let (ann, policy) = (
            Actor::User("ann".to_owned()),
            Actor::Policy(Policy::AutoRetire),
        );
        for (kind, name, actor) in [
            ("", "ann", &ann),
            ("policy", "ann", &ann),
            ("", "policy:auto-retire", &policy),
            ("user", "policy:auto-retire", &policy),
            ("", "console", &Actor::User("console".to_owned())),
        ] {
            assert_eq!(actor_of(kind, name), *actor, "{kind} {name}");
        }
        assert_eq!(actor_of("token", "ann").user(), None);
    }
}
