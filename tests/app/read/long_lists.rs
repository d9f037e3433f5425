//! Pages of jobs that wait among very many: their cost to Redis is bounded, however many viewers there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use bullkeeper_testkit::stream::{Listening, counted};
use bullkeeper_testkit::{Jobs, Person, TestApp, TestRedis, eventually};

const WAITING: u64 = 300_000;

/// The store estimates at least 10 ns for each id of a search, and rests nineteen times as long.
const BETWEEN_SEARCHES: Duration = Duration::from_millis(60);

/// Counts the searches through whole lists of waiting jobs.
struct Searches(Arc<AtomicUsize>);

impl Searches {
    async fn watch(redis: &TestRedis) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port)).await.unwrap();
        stream.write_all(b"MONITOR\r\n").await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("+OK"));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let whole = line.contains("\"LPOS\"") && !line.contains("MAXLEN");
                if whole && (line.contains(":wait\"") || line.contains(":paused\"")) {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self(count)
    }

    fn so_far(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A queue in which the jobs 0 to [`WAITING`] wait; some in the middle have data.
async fn long_queue(jobs: &mut Jobs) {
    jobs.queue("long", "bullmq:6.7.0").await;
    let script = "
for from = 0, tonumber(ARGV[1]) - 1, 1000 do
  local ids = {}
  for id = from, from + 999 do ids[#ids + 1] = id end
  redis.call('RPUSH', 'bull:long:wait', unpack(ids))
end";
    jobs.run::<()>(&["EVAL", script, "0", &WAITING.to_string()])
        .await;
    for id in (100_000..100_100).chain([0, 10, WAITING - 1]) {
        jobs.hash("long", &id.to_string(), b"{}").await;
    }
}

fn address(id: u64) -> String {
    format!("/job?queue=long&id={id}")
}

/// The state on a job's page, and whether the page says that it may be wrong.
async fn state(person: &Person, id: u64) -> (String, bool) {
    let page = person.page(&address(id)).await;
    let doubt = page.text().contains("Probably waiting");
    (page.all("#standing .chip").remove(0), doubt)
}

#[tokio::test]
async fn however_many_look_whole_lists_are_searched_seldom() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    long_queue(&mut jobs).await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let searches = Searches::watch(&app.redis).await;
    for id in [0, 10, WAITING - 1] {
        assert_eq!(state(&viewer, id).await, ("waiting".to_owned(), false));
    }
    assert_eq!(
        searches.so_far(),
        0,
        "near the ends nothing is searched whole"
    );

    let began = Instant::now();
    let looks = (0..8).map(|look| {
        let viewer = viewer.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for id in 0..10 {
                seen.push(state(&viewer, 100_000 + look * 10 + id).await);
            }
            seen
        })
    });
    let mut certain = 0;
    for look in futures::future::join_all(looks).await {
        for (state, doubt) in look.unwrap() {
            match doubt {
                true => assert_eq!(state, "unknown"),
                false => assert_eq!(state, "waiting"),
            }
            certain += usize::from(!doubt);
        }
    }
    let most = began.elapsed().div_duration_f64(BETWEEN_SEARCHES) as usize + 1;
    eventually("the searches are counted", || async {
        searches.so_far() == certain
    })
    .await;
    assert!((1..=most).contains(&certain), "{certain} of at most {most}");
}

#[tokio::test]
async fn a_job_is_searched_for_once_for_all_who_look_and_for_its_live_pages() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    long_queue(&mut jobs).await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let searches = Searches::watch(&app.redis).await;
    let looks = (0..8).map(|_| state(&viewer, 100_000));
    for (state, doubt) in futures::future::join_all(looks).await {
        assert_eq!((state.as_str(), doubt), ("waiting", false));
    }
    let page = viewer.page(&address(100_000)).await;
    let mut listening = Listening::of(&viewer, &page).await;
    for progress in 1..=5 {
        let progress = progress.to_string();
        jobs.run::<()>(&["HSET", "bull:long:100000", "progress", &progress])
            .await;
        jobs.run::<String>(&[
            "XADD",
            "bull:long:events",
            "*",
            "event",
            "progress",
            "jobId",
            "100000",
            "data",
            &progress,
        ])
        .await;
        let wanted = format!("{progress} %");
        let event = listening
            .until("the progress is shown", |event| {
                event.data.contains(&wanted)
            })
            .await;
        assert!(event.data.contains("waiting"), "{}", event.data);
    }
    assert_eq!(searches.so_far(), 1);

    // A cached result is not used once the job has moved.
    jobs.run::<u64>(&["LREM", "bull:long:wait", "1", "100000"])
        .await;
    jobs.run::<u64>(&["ZADD", "bull:long:failed", "1", "100000"])
        .await;
    assert_eq!(state(&viewer, 100_000).await.0, "failed");
}
