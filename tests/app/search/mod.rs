//! Searches in jobs: as a stream, as a file, and as a selection.

mod export;
mod limits;
mod page;
mod selection;
mod stream;

use bullkeeper_testkit::stream::{Event, Listening};
use bullkeeper_testkit::{Jobs, Person};

/// So many jobs of a state of a queue; each has its number for its id, and `{"n":…}` for its data.
async fn seed(jobs: &mut Jobs, queue: &str, state: &str, count: u64) {
    jobs.queue(queue, "bullmq:6.7.0").await;
    let script = "
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:' .. ARGV[3] .. ':' .. i, 'name', i % 2 == 0 and 'even' or 'odd', 'data', '{\"n\":' .. i .. ',\"half\":' .. i % 2 .. '}',
    'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  if ARGV[2] == 'wait' then redis.call('LPUSH', 'bull:' .. ARGV[3] .. ':wait', i)
  else redis.call('ZADD', 'bull:' .. ARGV[3] .. ':' .. ARGV[2], 1000, i) end
end";
    let count = count.to_string();
    jobs.run::<()>(&["EVAL", script, "0", &count, state, queue])
        .await;
}

/// A search that ended.
#[derive(Debug, Default)]
struct Ended {
    /// The addresses of the jobs that it found, in order.
    found: Vec<String>,
    /// What it said of itself at last, without tags.
    told: String,
    /// Where it goes on: the address of a page.
    next: Option<String>,
}

impl Ended {
    /// The address of the stream that goes on there.
    fn next_stream(&self) -> String {
        let next = self.next.as_ref().expect("there is a way on");
        next.replace("/search?", "/events/search?")
    }

    /// The ids of the jobs that it found.
    fn ids(&self) -> Vec<String> {
        let found = self.found.iter();
        found
            .map(|href| href.rsplit("id=").next().unwrap().to_owned())
            .collect()
    }
}

/// Follows a search to its end.
async fn search(person: &Person, address: &str) -> Ended {
    rest_of(Listening::at(person, address).await).await
}

async fn rest_of(mut listening: Listening) -> Ended {
    let mut ended = Ended::default();
    let mut is_over = false;
    while let Some(event) = listening.next().await {
        if !event.name.is_empty() {
            continue;
        }
        assert!(!is_over, "nothing comes behind the end: {event:?}");
        add(&mut ended, &event);
        is_over = event.part("search-stream").is_some();
    }
    assert!(is_over, "the search says that it ended: {ended:?}");
    ended
}

fn add(ended: &mut Ended, event: &Event) {
    let rows = event.part("search-rows").unwrap_or_default();
    let page = scraper::Html::parse_fragment(&format!("<table><tbody>{rows}</tbody></table>"));
    let link = scraper::Selector::parse("tr th a").unwrap();
    let links = page.select(&link).filter_map(|link| link.attr("href"));
    ended.found.extend(links.map(str::to_owned));
    let told = event
        .part("search-progress")
        .expect("it says how far it is");
    let told = scraper::Html::parse_fragment(told);
    let words: Vec<&str> = told.root_element().text().collect();
    ended.told = words
        .concat()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let way = scraper::Selector::parse(".notice a").unwrap();
    let way = told.select(&way).next().and_then(|link| link.attr("href"));
    ended.next = way.map(str::to_owned);
}
