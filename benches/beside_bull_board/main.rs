//! Bullkeeper beside bull-board: the same queues, the same work, one after the other in one run. The figures are ratios:
//! they compare two programs on one machine at one time.
//!
//! `cargo bench --bench beside_bull_board` runs it; with `-- live` or `-- overview "job read"`, only the parts with one of
//! these words in their names; with `-- jobs=120`, each of the 1,000 queues has so many jobs. It needs `redis-server`, Node
//! and npm (bull-board comes from there), takes about eight minutes, and touches nothing but this machine's own loopback
//! address: its servers, workers and viewers end with it.

mod aims;
mod clock;
mod crowd;
mod ground;
#[path = "../lab/mod.rs"]
mod lab;
mod live;
#[path = "../lab/node.rs"]
mod node;
mod pages;
mod report;
mod sse;

use std::time::Duration;

use ground::Ground;
use lab::{Result, machine};
use live::Live;
use pages::{Ask, Taken};
use report::Pair;
use tokio::signal::unix::{SignalKind, signal};

/// How many queues there are, in one Redis and in the other.
const QUEUES: [usize; 2] = [1_000, 10_000];

/// How many jobs a queue of the first has, unless another number is given.
const JOBS: usize = 40;

/// How many jobs a queue of the second has.
const FEW_JOBS: usize = 5;

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(600);

/// The file descriptors that a thousand viewers need, and some.
const DESCRIPTORS: u64 = 2_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("this is a benchmark: run it by `cargo bench --bench beside_bull_board`");
        return Ok(());
    }
    // One thread: the load generator is to leave the machine to the servers.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&Wanted::of(&arguments)?))
}

/// Measures and says what came of it, also when it does not come to its end. What it started is dropped, and so ended,
/// with it.
async fn run(wanted: &Wanted) -> Result<()> {
    let mut results = Results::default();
    let mut terminated = signal(SignalKind::terminate())?;
    let ended = tokio::select! {
        done = tokio::time::timeout(ENDS_WITHIN, measure(wanted, &mut results)) => {
            done.unwrap_or_else(|_| Err(format!("not done within {ENDS_WITHIN:?}").into()))
        }
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminated.recv() => Err("terminated".into()),
    };
    results.print();
    ended
}

/// What was measured so far.
#[derive(Default)]
struct Results {
    ours: Vec<Taken>,
    theirs: Vec<Taken>,
    live: Option<Live>,
}

impl Results {
    fn print(&self) {
        let pairs = Pair::all(&self.ours, &self.theirs);
        if !pairs.is_empty() {
            println!("\n{}\n\n{}\n", report::speed(&pairs), report::cost(&pairs));
            println!("{}\n", report::notes(&pairs));
        }
        if let Some(live) = &self.live {
            println!("{}\n", report::live(live));
        }
        println!("{}", aims::aims(&pairs, self.live.as_ref()));
    }
}

/// What the arguments choose.
struct Wanted {
    words: Vec<String>,
    jobs: usize,
}

impl Wanted {
    fn of(arguments: &[String]) -> Result<Self> {
        let given = arguments.iter().filter(|given| !given.starts_with('-'));
        let (mut words, mut jobs) = (Vec::new(), JOBS);
        for given in given {
            match given.strip_prefix("jobs=") {
                Some(number) => jobs = number.parse()?,
                None => words.push(given.clone()),
            }
        }
        Ok(Self { words, jobs })
    }

    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    fn asks(&self, queues: usize) -> Vec<Ask> {
        let here = |ask: &Ask| queues == QUEUES[0] || ask.grows_with_queues();
        let asks = Ask::ALL.into_iter().filter(|ask| self.wants(ask.name()));
        asks.filter(here).collect()
    }
}

async fn measure(wanted: &Wanted, results: &mut Results) -> Result<()> {
    node::install()?;
    let folder = tempfile::tempdir()?;
    {
        let mut ground = Ground::new(folder.path(), QUEUES[0], wanted.jobs).await?;
        println!("{}", machine::description(&mut ground.redis).await?);
        println!("{}", node::description()?);
        pages_of(&mut ground, wanted, results).await?;
        if wanted.wants(Ask::Overview.name()) {
            let _traffic = live::traffic(&mut ground).await?;
            let asks = [Ask::Overview, Ask::OverviewPart];
            pages::of_bullkeeper(&mut ground, &asks, &mut results.ours).await?;
            pages::of_bull_board(&mut ground, &asks, &mut results.theirs).await?;
        }
        if wanted.wants("live") {
            results.live = Some(live_of(&mut ground).await?);
        }
    }
    if !wanted.asks(QUEUES[1]).is_empty() {
        let mut ground = Ground::new(folder.path(), QUEUES[1], FEW_JOBS).await?;
        pages_of(&mut ground, wanted, results).await?;
    }
    Ok(())
}

async fn pages_of(ground: &mut Ground<'_>, wanted: &Wanted, results: &mut Results) -> Result<()> {
    let asks = wanted.asks(ground.queues);
    if asks.is_empty() {
        return Ok(());
    }
    pages::of_bullkeeper(ground, &asks, &mut results.ours).await?;
    pages::of_bull_board(ground, &asks, &mut results.theirs).await
}

async fn live_of(ground: &mut Ground<'_>) -> Result<Live> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let open = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = open.and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    if soft.is_some_and(|soft| soft < DESCRIPTORS) {
        return Err(
            format!("a thousand viewers need more open files: ulimit -n {DESCRIPTORS}").into(),
        );
    }
    live::measure(ground).await
}
