//! A group of failures as lists and its page show it.

use super::group_href;
use crate::clock::unix_millis;
use crate::domain::failures::GroupId;
use crate::domain::failures::fold::{FoldedMessage, Part};
use crate::domain::failures::groups::{Group, Seen};
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::failures::found::FoundFailures;
use crate::web::app::App;
use crate::web::html::charts::{FailureSpark, failure_spark};
use crate::web::html::format::{When, minute, thousands};

/// How many queues and names a row lists.
const LISTED: usize = 4;

/// A part of a message: words, or what varies.
#[derive(Debug)]
pub(crate) struct PartView {
    pub(crate) text: String,
    pub(crate) is_fold: bool,
}

/// The parts of a message; one that says so where there is none.
pub(crate) fn message(folded: &FoldedMessage) -> Vec<PartView> {
    let part = |text: &str, is_fold| PartView {
        text: text.to_owned(),
        is_fold,
    };
    let parts = folded.parts().iter().map(|one| match one {
        Part::Words(words) => part(words, false),
        Part::Fold(kind) => part(kind.into(), true),
    });
    let parts: Vec<PartView> = parts.collect();
    match parts.is_empty() {
        true => vec![part("No message", false)],
        false => parts,
    }
}

/// A queue in which a group was seen.
#[derive(Debug)]
pub(crate) struct SeenInView {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) count: String,
    pub(crate) last: When,
}

impl SeenInView {
    pub(crate) fn new(app: &App, queue: &QueueId, seen: Seen) -> Self {
        Self {
            name: app.links().name(queue),
            href: app
                .links()
                .queue_state(queue, crate::domain::job::JobState::Failed),
            count: thousands(seen.count),
            last: When::of(seen.last),
        }
    }
}

/// A group.
pub(crate) struct GroupRow {
    pub(crate) href: String,
    pub(crate) id: GroupId,
    pub(crate) message: Vec<PartView>,
    /// Where it was thrown; empty if no stack says so.
    pub(crate) frame: String,
    pub(crate) count: String,
    /// Its part of all failures that were read, in percent: a number for a bar, and in words.
    pub(crate) percent: u64,
    pub(crate) share: String,
    pub(crate) first: When,
    pub(crate) last: When,
    /// The names of its jobs, the most frequent first.
    pub(crate) names: String,
    pub(crate) queues: Vec<SeenInView>,
    /// How many more queues there are than are listed; empty for none.
    pub(crate) more_queues: String,
    pub(crate) spark: FailureSpark,
    /// `only in v3, since 14:02 UTC`; empty where an older version has it too, or it can't be told.
    pub(crate) only_in: String,
}

impl GroupRow {
    pub(crate) fn new(app: &App, of: &QueueSet, found: &FoundFailures, group: &Group) -> Self {
        let links = app.links();
        let read = found.groups.counted().max(1);
        let percent = (group.seen.count * 100).div_ceil(read).min(100);
        let mut names: Vec<(&String, &u64)> = group.names.iter().collect();
        names.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        let names: Vec<&str> = names
            .iter()
            .take(LISTED)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut queues: Vec<(&QueueId, &Seen)> = group.queues.iter().collect();
        queues.sort_by_key(|(queue, seen)| (std::cmp::Reverse(seen.count), *queue));
        let more = queues.len().saturating_sub(LISTED);
        let queues = queues.into_iter().take(LISTED);
        Self {
            href: group_href(links, of, found.span, group.id),
            id: group.id,
            message: message(&group.fingerprint.message),
            frame: group
                .fingerprint
                .frame
                .as_ref()
                .map_or_else(String::new, |frame| frame.text()),
            count: thousands(group.seen.count),
            percent,
            share: share(group.seen.count, read),
            first: When::of(group.seen.first),
            last: When::of(group.seen.last),
            names: names.join(", "),
            queues: queues
                .map(|(queue, seen)| SeenInView::new(app, queue, *seen))
                .collect(),
            more_queues: match more {
                0 if group.more_queues => "more".to_owned(),
                0 => String::new(),
                more => format!("{more} more"),
            },
            spark: failure_spark(&group.parts),
            only_in: found
                .only_in
                .get(&group.id)
                .map_or_else(String::new, |only| {
                    let since = minute(only.since, unix_millis());
                    format!("only in {}, since {since}", only.version)
                }),
        }
    }
}

/// A part in percent: `<1%`, `43%`.
fn share(count: u64, of: u64) -> String {
    match count * 100 / of.max(1) {
        0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}
