//! Tests of the planner, which decides what Redis is asked next. The tests give it Redis's answers.

use std::time::Duration;

use tokio::time::Instant;

use super::options::LiveOptions;
use super::planner::Planner;
use super::poll::{Findings, PollPlan};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::domain::queue::event::{Event, EventKind, StreamId};
use crate::domain::queue::{Counts, QueueFigures, QueueId};
use crate::domain::versions::VersionPattern;
use crate::store::bullmq::events::{ReadEvents, StreamEnd, StreamStart};
use crate::store::bullmq::metrics::QueueMetrics;
use crate::store::bullmq::queues::counts::CountedQueue;
use crate::store::bullmq::workers::Clients;

fn board() -> Planner {
    Planner::new(LiveOptions {
        recount: Duration::from_millis(200),
        refresh: Duration::from_secs(2),
        round: Duration::from_secs(60),
        discovery: Duration::from_secs(30),
        pattern: VersionPattern::new(crate::config::default_version_pattern()),
    })
}

fn queue(name: &str) -> QueueId {
    QueueId::new("bull", name).unwrap()
}

fn id(millis: u64) -> StreamId {
    StreamId { millis, number: 0 }
}

fn heard(name: &str, kind: EventKind, ids: std::ops::RangeInclusive<u64>) -> ReadEvents {
    let event = |millis| Event {
        id: id(millis),
        kind,
        job: JobId::new("1"),
    };
    ReadEvents {
        queue: queue(name),
        events: ids.map(event).collect(),
    }
}

const DONE: EventKind = EventKind::Entered(JobState::Completed);

/// Answers a plan: every stream ends at 10, events were missed only of the queues in `missed`, and each queue holds
/// `waiting` waiting jobs.
fn answer(plan: &PollPlan, waiting: u64, missed: &[&str]) -> Findings {
    let figures = |queue: &QueueId| QueueFigures {
        queue: queue.clone(),
        unnamed_workers: false,
        worker_seen: None,
        delayed_span: None,
        counts: Counts {
            waiting,
            ..Counts::default()
        },
        paused: false,
        workers: None,
        oldest_waiting: None,
        bull_version: BullmqVersion::parse(Some("bullmq:6.7.0"), None),
        keeps_events: true,
    };
    Findings {
        since: 11,
        heads: vec![
            StreamStart {
                end: StreamEnd::Stream(Some(id(10))),
                before: Some(id(10)),
                first: None,
                is_all: false,
            };
            plan.start.len()
        ],
        metrics: vec![QueueMetrics::default(); plan.start.len()],
        firsts: plan
            .questions
            .iter()
            .map(|(queue, question)| (!missed.contains(&queue.name())).then_some(question.from))
            .collect(),
        figures: plan
            .count
            .iter()
            .map(|queue| CountedQueue {
                figures: figures(queue),
                worker_was_there: false,
                worker_seen: None,
            })
            .collect(),
        clients: None,
        existing: Vec::new(),
        pins: None,
    }
}

/// A planner that follows these queues, each counted at `now` with one waiting job.
fn following(names: &[&str], now: Instant) -> Planner {
    let mut board = board();
    assert!(board.found(names.iter().map(|name| queue(name)).collect()));
    let plan = board.plan(now);
    assert_eq!(plan.start.len(), names.len(), "streams' ends come first");
    assert_eq!(plan.count.len(), names.len());
    let findings = answer(&plan, 1, &[]);
    board.take(&plan, findings);
    board
}

fn names(queues: &[QueueId]) -> Vec<&str> {
    queues.iter().map(QueueId::name).collect()
}

#[test]
fn only_a_queue_that_had_events_is_counted_again() {
    let now = Instant::now();
    let mut board = following(&["a", "b"], now);
    assert!(board.plan(now).count.is_empty(), "idle queues cost nothing");
    board.hear(&heard("b", DONE, 11..=20));
    let plan = board.plan(now);
    assert_eq!(names(&plan.count), ["b"]);
    assert_eq!(
        plan.questions.len(),
        1,
        "and whether any was missed is asked with it"
    );
    board.hear(&heard("a", EventKind::Progress, 11..=12));
    assert!(board.plan(now).count.is_empty(), "progress moves no job");
}

#[test]
fn an_event_that_comes_while_its_queue_is_counted_has_it_counted_again() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    board.hear(&heard("a", DONE, 11..=11));
    let plan = board.plan(now);
    board.hear(&heard("a", DONE, 12..=12));
    let findings = answer(&plan, 2, &[]);
    board.take(&plan, findings);
    assert_eq!(names(&board.plan(now).count), ["a"]);
}

#[test]
fn a_queue_whose_events_were_missed_is_followed_anew_and_that_is_counted() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    board.hear(&heard("a", DONE, 11..=20));
    let plan = board.plan(now);
    let findings = answer(&plan, 2, &["a"]);
    board.take(&plan, findings);
    assert_eq!(board.published.snapshot().kept.resyncs, 1);
    assert!(
        board.places(0).is_empty(),
        "nothing is read before the new end is known"
    );
    let plan = board.plan(now);
    assert_eq!(
        (names(&plan.start), names(&plan.count)),
        (vec!["a"], vec!["a"])
    );
    let findings = answer(&plan, 2, &[]);
    board.take(&plan, findings);
    assert_eq!(board.places(0), [(queue("a"), id(10))]);
}

#[test]
fn an_event_is_not_taken_twice() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    board.hear(&heard("a", DONE, 11..=20));
    board.hear(&heard("a", DONE, 15..=22));
    let plan = board.plan(now);
    let findings = answer(&plan, 2, &[]);
    board.take(&plan, findings);
    let snapshot = board.published.snapshot();
    assert_eq!(snapshot.queues[0].arrived(JobState::Completed), 12);
}

#[test]
fn the_slow_round_counts_every_queue_once_in_its_time() {
    let now = Instant::now();
    let mut board = following(&["a", "b", "c"], now);
    let mut counted = Vec::new();
    for second in 1..=61 {
        let plan = board.plan(now + Duration::from_secs(second));
        counted.extend(names(&plan.count).into_iter().map(str::to_owned));
        let findings = answer(&plan, 1, &[]);
        board.take(&plan, findings);
    }
    counted.sort_unstable();
    assert_eq!(counted, ["a", "b", "c"]);
}

#[test]
fn a_queue_that_changes_without_an_event_is_looked_at_more_often() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    board.doubt_all();
    let plan = board.plan(now);
    let findings = answer(&plan, 5, &[]);
    board.take(&plan, findings);
    assert!(board.plan(now + Duration::from_secs(1)).count.is_empty());
    assert_eq!(
        names(&board.plan(now + Duration::from_secs(2)).count),
        ["a"]
    );
}

#[test]
fn a_queue_that_is_gone_is_named_and_its_place_is_free() {
    let now = Instant::now();
    let mut board = following(&["a", "b"], now);
    board.hear(&heard("a", DONE, 11..=11));
    let plan = board.plan(now);
    let mut findings = answer(&plan, 0, &[]);
    findings.figures.clear();
    board.take(&plan, findings);
    let snapshot = board.published.snapshot();
    assert_eq!(
        snapshot.gone.as_slice(),
        [(snapshot.mark.number, queue("a"))]
    );
    assert_eq!(snapshot.queues.len(), 1);
}

#[test]
fn a_snapshot_gets_a_new_number_only_where_something_changed() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    let before = board.published.mark();
    board.doubt_all();
    let plan = board.plan(now);
    let findings = answer(&plan, 1, &[]);
    board.take(&plan, findings);
    assert_eq!(board.published.mark(), before);
}

#[test]
fn ten_thousand_queues_are_read_in_groups_and_a_gone_ones_place_is_given_to_the_next() {
    let now = Instant::now();
    let all: Vec<String> = (0..10_000).map(|n| format!("q{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut board = following(&all, now);
    assert_eq!(board.groups(), 10);
    assert!((0..10).all(|group| board.places(group).len() == 1000));
    board.hear(&heard("q0", DONE, 11..=11));
    let plan = board.plan(now);
    let mut findings = answer(&plan, 0, &[]);
    findings.figures.clear();
    board.take(&plan, findings);
    board.found(vec![queue("new")]);
    assert_eq!(board.groups(), 11, "one is for queues that have events");
    assert_eq!(board.places(10).len(), 0);
}

#[test]
fn a_queue_that_comes_is_counted_together_with_a_look_at_the_workers() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    assert!(!board.plan(now).workers, "they were looked up just now");
    assert!(board.found(vec![queue("b")]));
    let plan = board.plan(now);
    assert_eq!(names(&plan.count), ["b"]);
    assert!(plan.workers, "without its worker it would look stranded");
}

#[test]
fn a_queue_that_somebody_asks_for_is_looked_up_and_counted_at_once_where_it_is_there() {
    let now = Instant::now();
    let mut board = following(&["a"], now);
    for name in ["a", "b", "c"] {
        board.ask_for(queue(name));
    }
    let plan = board.plan(now);
    assert_eq!(names(&plan.look_up), ["b", "c"], "a is known");
    let mut findings = answer(&plan, 1, &[]);
    findings.existing = vec![queue("c")];
    assert!(board.take(&plan, findings), "there is more to ask at once");
    let plan = board.plan(now);
    assert_eq!(names(&plan.count), ["c"]);
    let findings = answer(&plan, 1, &[]);
    assert!(!board.take(&plan, findings));
}

#[test]
fn the_next_versions_of_all_families_are_asked_for_in_turn() {
    let mut now = Instant::now();
    let families: Vec<String> = (0..250).map(|n| format!("f{n:03}/v1")).collect();
    let known: Vec<&str> = families.iter().map(String::as_str).collect();
    let mut board = following(&known, now);
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..3 {
        now += Duration::from_secs(2);
        let plan = board.plan(now);
        assert!(plan.look_up.len() < 210, "a bounded number at once");
        asked.extend(plan.look_up);
    }
    assert_eq!(asked.len(), 500, "v2 and v3 of each");
}

#[test]
fn when_a_version_was_stranded_is_not_known_exactly_after_a_time_in_which_redis_did_not_answer() {
    for (gap, is_exact) in [(2, true), (14, true), (3_600, false)] {
        let mut now = Instant::now() + Duration::from_secs(1);
        let mut board = following(&["a"], now);
        for (passed, waiting) in [(1, 0), (gap, 5)] {
            now += Duration::from_secs(passed);
            board.doubt_all();
            let plan = board.plan(now);
            let mut findings = answer(&plan, waiting, &[]);
            findings.clients = Some(Some(Clients::default()));
            board.take(&plan, findings);
        }
        let snapshot = board.published.snapshot();
        let stranded = snapshot.queue(&queue("a")).unwrap().stranded.clone();
        assert_eq!(stranded.unwrap().since.exact, is_exact, "after {gap} s");
    }
}
