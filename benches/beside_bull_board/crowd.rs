//! Viewers who keep the overview open: Bullkeeper's listen to its stream, and bull-board's poll every 5 s, as the scripts
//! of the two pages do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::clock::{Clock, QUEUE};
use crate::lab::Result;
use crate::lab::client::Connection;
use crate::lab::work::Target;
use crate::pages::BULL_BOARD_REFRESH;
use crate::sse::{self, Stream};

/// How often bull-board's page asks, unless its viewer set something else.
const POLLING: Duration = Duration::from_secs(5);

/// How many streams are opened at a time.
const AT_A_TIME: usize = 32;

/// Viewers, who leave when this is dropped.
pub(crate) struct Crowd {
    viewers: JoinSet<()>,
    clock: Arc<Clock>,
    address: SocketAddr,
}

impl Crowd {
    /// Nobody, for now, looking at the server at `address`.
    pub(crate) fn of(address: SocketAddr, clock: &Arc<Clock>) -> Self {
        Self {
            viewers: JoinSet::new(),
            clock: Arc::clone(clock),
            address,
        }
    }

    /// Has more of Bullkeeper's viewers come until there are so many: each loads the page and opens its stream.
    pub(crate) async fn listen(&mut self, people: &[Target], viewers: usize) -> Result<()> {
        while self.viewers.len() < viewers {
            let from = self.viewers.len();
            let some = from..viewers.min(from + AT_A_TIME);
            let open = some.map(|viewer| open(self.address, &people[viewer % people.len()]));
            for stream in futures::future::try_join_all(open).await? {
                self.viewers.spawn(listen(stream, Arc::clone(&self.clock)));
            }
        }
        Ok(())
    }

    /// Has more of bull-board's viewers come until there are so many, spread over the time between two questions.
    pub(crate) async fn poll(&mut self, target: &Target, viewers: usize) -> Result<()> {
        let from = self.viewers.len();
        let request = target.get(BULL_BOARD_REFRESH, true);
        for viewer in from..viewers {
            let wait = POLLING * u32::try_from(viewer - from)? / u32::try_from(viewers - from)?;
            let connection = Connection::open(self.address).await?;
            let asking = ask(connection, request.clone(), wait, Arc::clone(&self.clock));
            self.viewers.spawn(asking);
        }
        Ok(())
    }
}

/// Loads the page and opens its stream, as a browser does.
async fn open(address: SocketAddr, person: &Target) -> Result<Stream> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.exchange(&person.get("/", false)).await?;
    let page = String::from_utf8_lossy(answer.body);
    let path = sse::address_in(&page).ok_or("the overview names no stream of events")?;
    Stream::open(address, &person.get(&path, false)).await
}

async fn listen(mut stream: Stream, clock: Arc<Clock>) {
    let mut last = 0;
    while let Ok(Some(message)) = stream.next().await {
        if message.is_named() || !message.has_data() {
            continue;
        }
        clock.came(message.text().len());
        if message.text().contains(QUEUE) {
            clock.shows(clock.jobs(), &mut last);
        }
    }
    clock.ended();
}

async fn ask(mut connection: Connection, request: Vec<u8>, wait: Duration, clock: Arc<Clock>) {
    let mut last = 0;
    tokio::time::sleep(wait).await;
    while let Ok(answer) = connection.exchange(&request).await {
        clock.came(answer.body.len());
        if let Some(jobs) = waiting_in(&String::from_utf8_lossy(answer.body)) {
            clock.shows(jobs, &mut last);
        }
        tokio::time::sleep(POLLING).await;
    }
    clock.ended();
}

/// How many jobs wait in the queue, as bull-board's figures say.
fn waiting_in(figures: &str) -> Option<usize> {
    let (_, queue) = figures.split_once(&format!(r#""name":"{QUEUE}""#))?;
    let (_, count) = queue.split_once(r#""waiting":"#)?;
    let end = count.find(|character: char| !character.is_ascii_digit())?;
    count[..end].parse().ok()
}
