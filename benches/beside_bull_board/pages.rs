//! The requests to both dashboards, and the load: one dashboard after the other, on the same queues.

use std::time::Duration;

use crate::ground::{Ground, PEOPLE};
use crate::lab::Result;
use crate::lab::load::{Figures, Time, Viewer, drive, measure};
use crate::lab::machine::Process;
use crate::lab::seed::{SeededJob, queue_name};
use crate::lab::work::{BULLKEEPER, Edits, Target, Way, Work};

/// One viewer asks before all do, so that both programs are warm.
const WARM_UP: Time = Time {
    asking: Duration::from_millis(500),
    at_most: Duration::from_secs(10),
};

/// How long all ask.
const ASKING: Duration = Duration::from_secs(3);

/// The queues whose jobs are read, and that Bullkeeper edits.
const OURS: std::ops::Range<usize> = 100..500;

/// The queues that bull-board edits. It rewrites numbers, which would break what the other expects.
const THEIRS: std::ops::Range<usize> = 500..900;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The overview: a whole page of ours, compressed, beside the figures that bull-board's page loads every 5 s.
    Overview,
    /// What our overview refreshes itself with, beside the same.
    OverviewPart,
    /// A queue's page, ours compressed and whole, beside what bull-board's page of a queue loads every 5 s.
    Queue,
    /// A job's page, beside what bull-board's page of a job loads.
    Job,
    /// A change of a job's data; ours signed in, checked, compared and audited.
    Update,
}

impl Ask {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 5] = [
        Self::Overview,
        Self::OverviewPart,
        Self::Queue,
        Self::Job,
        Self::Update,
    ];

    /// What it is called, which also chooses it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::OverviewPart => "overview's refresh",
            Self::Queue => "queue page",
            Self::Job => "job read",
            Self::Update => "job update",
        }
    }

    /// How many viewers ask, one number after the other.
    pub(crate) fn viewers(self, busy: bool) -> &'static [usize] {
        match self {
            Self::Job | Self::Update => &[16],
            _ if busy => &[16],
            _ => &[1, 16, 256],
        }
    }

    /// How long the slowest is waited for.
    fn at_most(self) -> Duration {
        match self {
            Self::Overview | Self::OverviewPart => Duration::from_secs(20),
            _ => Duration::from_secs(10),
        }
    }

    /// Whether it matters how many queues there are.
    pub(crate) fn grows_with_queues(self) -> bool {
        !matches!(self, Self::Job | Self::Update)
    }

    /// What of bull-board's it is compared with.
    pub(crate) fn beside(self) -> Self {
        match self {
            Self::OverviewPart => Self::Overview,
            other => other,
        }
    }

    fn of_bullkeeper(self, person: &Target, part: Part) -> Work {
        let fetch = |path: &str| Work::fetch(vec![person.get(path, true)]);
        match self {
            Self::Overview => fetch("/"),
            Self::OverviewPart => fetch("/overview/figures"),
            Self::Queue => fetch(&format!("/queue?name={}", part.queue())),
            Self::Job => Work::job_pages(person, part.jobs(OURS), true),
            Self::Update => Work::Edit(person.clone(), Edits::of(part.jobs(OURS)), BULLKEEPER),
        }
    }

    fn of_bull_board(self, target: &Target, part: Part) -> Work {
        let fetch = |path: &str| Work::fetch(vec![target.get(path, true)]);
        match self {
            Self::Overview | Self::OverviewPart => fetch(BULL_BOARD_REFRESH),
            Self::Queue => fetch(&format!(
                "/api/queues?activeQueue={}&status=latest&page=1&jobsPerPage=10",
                escaped(&part.queue())
            )),
            Self::Job => Work::fetch(
                part.jobs(OURS)
                    .map(|job| target.get(&bull_board_job(&job), true))
                    .collect(),
            ),
            Self::Update => Work::Edit(target.clone(), Edits::of(part.jobs(THEIRS)), BULL_BOARD),
        }
    }
}

/// What bull-board's overview asks for when it opens and every 5 s.
pub(crate) const BULL_BOARD_REFRESH: &str = "/api/queues?page=1&jobsPerPage=10";

/// How bull-board is asked to change a job's data.
const BULL_BOARD: Way = Way {
    request: |target, job, edited| {
        let body = format!(r#"{{"jobData":{}}}"#, job.data(!edited));
        let more = format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        let path = format!("{}/update-data", bull_board_job(job));
        target.request("PATCH", &path, &more, &body)
    },
    saved: |answer| answer.status == 200,
};

fn bull_board_job(job: &SeededJob) -> String {
    format!("/api/queues/{}/{}", escaped(&job.queue()), job.id())
}

fn escaped(queue: &str) -> String {
    queue.replace('/', "%2F")
}

/// The part of the queues and jobs that one of many viewers looks at.
#[derive(Clone, Copy)]
struct Part {
    viewer: usize,
    viewers: usize,
    jobs: usize,
}

impl Part {
    fn queue(self) -> String {
        queue_name(OURS.start + self.viewer)
    }

    fn jobs(self, queues: std::ops::Range<usize>) -> impl Iterator<Item = SeededJob> {
        SeededJob::all(queues, self.jobs)
            .skip(self.viewer)
            .step_by(self.viewers)
    }
}

/// What one of the two made of a load.
pub(crate) struct Taken {
    pub(crate) ask: Ask,
    pub(crate) queues: usize,
    pub(crate) viewers: usize,
    /// Whether workers ran meanwhile, so that what is shown changed all the time.
    pub(crate) busy: bool,
    /// None when the program did not survive it, with what was seen of that.
    pub(crate) load: std::result::Result<Load, String>,
}

/// A load, with what it cost.
pub(crate) struct Load {
    pub(crate) figures: Figures,
    /// Commands that Redis ran in its time, those that the program runs anyway included.
    pub(crate) commands: f64,
    /// The program's resident memory after it, in MB.
    pub(crate) memory: f64,
}

/// Puts every load on Bullkeeper.
pub(crate) async fn of_bullkeeper(
    ground: &mut Ground<'_>,
    asks: &[Ask],
    into: &mut Vec<Taken>,
) -> Result<()> {
    eprintln!("Bullkeeper, {} queues", ground.queues);
    let last = queue_name(ground.queues - 1);
    let (process, people) = ground.bullkeeper(&last).await?;
    for &ask in asks {
        for &viewers in ask.viewers(ground.busy) {
            let work = |part: Part| ask.of_bullkeeper(&people[part.viewer % PEOPLE], part);
            let load = put(ground, &process, viewers, ask.at_most(), work).await?;
            into.push(taken(ground, ask, viewers, Ok(load)));
        }
    }
    Ok(())
}

/// Puts every load on bull-board, which is started anew when it did not get through one.
pub(crate) async fn of_bull_board(
    ground: &mut Ground<'_>,
    asks: &[Ask],
    into: &mut Vec<Taken>,
) -> Result<()> {
    eprintln!("bull-board, {} queues", ground.queues);
    let mut process = ground.bull_board().await?;
    let mut beside: Vec<Ask> = asks.iter().map(|ask| ask.beside()).collect();
    beside.dedup();
    for ask in beside {
        for &viewers in ask.viewers(ground.busy) {
            let target = Target::open(&process);
            let work = |part: Part| ask.of_bull_board(&target, part);
            let load = put(ground, &process, viewers, ask.at_most(), work).await;
            if load.as_ref().map_or(true, |load| load.figures.given_up > 0) {
                drop(process);
                process = ground.bull_board().await?;
            }
            let load = load.map_err(|error| error.to_string());
            into.push(taken(ground, ask, viewers, load));
        }
    }
    Ok(())
}

/// Ends a load; also says so at once, since all of them take minutes.
fn taken(
    ground: &Ground<'_>,
    ask: Ask,
    viewers: usize,
    load: std::result::Result<Load, String>,
) -> Taken {
    let rate = load.as_ref().map_or(0.0, |load| load.figures.rate());
    eprintln!("  {} for {viewers}: {rate:.1} a second", ask.name());
    Taken {
        ask,
        queues: ground.queues,
        viewers,
        busy: ground.busy,
        load,
    }
}

async fn put(
    ground: &mut Ground<'_>,
    process: &Process,
    viewers: usize,
    at_most: Duration,
    work: impl Fn(Part) -> Work,
) -> Result<Load> {
    let jobs = ground.jobs;
    let part = |viewer| Part {
        viewer,
        viewers,
        jobs,
    };
    let mut crew = vec![Viewer::of(process, work(part(0))).await?];
    drive(&mut crew, WARM_UP).await?;
    for viewer in crew.len()..viewers {
        crew.push(Viewer::of(process, work(part(viewer))).await?);
    }
    let before = ground.commands().await?;
    let time = Time {
        asking: ASKING,
        at_most,
    };
    let figures = measure(&mut crew, process, time).await?;
    Ok(Load {
        figures,
        // The first INFO is counted by the second.
        commands: ground.commands().await? - before - 1.0,
        memory: process.megabytes("VmRSS")?,
    })
}
