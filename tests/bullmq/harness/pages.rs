//! What users read on pages: the counts of a queue, rows, and the parts of a job's page.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use bullkeeper_testkit::Seen;

/// Counts by the state's name; states with none are left out.
pub type Counts = BTreeMap<String, u64>;

/// The counts that a test expects.
pub fn counts<const N: usize>(some: [(&str, u64); N]) -> Counts {
    some.into_iter()
        .map(|(state, count)| (state.to_owned(), count))
        .collect()
}

/// What the tabs of a queue's page count.
pub fn tabs(page: &Seen) -> Counts {
    let tabs = page.all("nav.tabs a");
    assert_eq!(tabs.len(), 8, "every state has a tab\n{}", page.text());
    // BullMQ 6 leaves the jobs that a pause holds back in waiting, where they are counted.
    let held = |tab: &&String| tab.ends_with(" in waiting");
    let counted = tabs.iter().filter(|tab| !held(tab)).map(|tab| {
        let (state, count) = tab.rsplit_once(' ').unwrap();
        (state.to_owned(), count.replace(',', "").parse().unwrap())
    });
    counted.filter(|(_, count)| *count > 0).collect()
}

/// A version's row on the overview.
#[derive(Debug)]
pub struct VersionRow {
    /// The text of its link: the version, or the whole name where there is none.
    pub link: String,
    /// Its address, and the queue that it names.
    pub href: String,
    pub queue: String,
    pub prefix: String,
    pub counts: Counts,
    pub workers: String,
    /// `stranded`, `failed jobs`, `paused`.
    pub chips: Vec<String>,
    /// The whole row, for what has no place of its own.
    pub text: String,
}

/// The rows of the overview, from the top.
pub fn versions(page: &Seen) -> Vec<VersionRow> {
    let html = Html::parse_document(&page.body);
    let (row, link) = (select("table.overview tr[id]"), select("th a"));
    html.select(&row)
        .map(|row| {
            let link = row.select(&link).next().unwrap();
            let cells: Vec<String> = row.select(&select("td")).map(text).collect();
            let href = link.value().attr("href").unwrap().to_owned();
            VersionRow {
                // Without the family, which a heading above says.
                link: link.text().last().unwrap_or_default().trim().to_owned(),
                queue: in_query(&href, "name"),
                prefix: in_query(&href, "prefix"),
                href,
                counts: cells[..8].iter().filter_map(|cell| counted(cell)).collect(),
                workers: cells[8].clone(),
                chips: row.select(&select(".chip")).map(text).collect(),
                text: text(row),
            }
        })
        .collect()
}

/// The row of a queue under the default prefix, if it is there.
pub fn version(page: &Seen, queue: &str) -> Option<VersionRow> {
    versions(page)
        .into_iter()
        .find(|row| row.queue == queue && row.prefix.is_empty())
}

/// A value in the query of an address; empty where it names none.
pub fn in_query(address: &str, name: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://x{address}")).unwrap();
    let found = url.query_pairs().find(|(other, _)| other == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// A row of a queue's page.
#[derive(Debug)]
pub struct JobLine {
    pub id: String,
    pub href: String,
    /// Name, age, priority or delay, attempts, error; as the table has them.
    pub cells: Vec<String>,
}

/// The rows of a queue's page, from the top.
pub fn lines(page: &Seen) -> Vec<JobLine> {
    let html = Html::parse_document(&page.body);
    html.select(&select("table.rows tbody tr"))
        .map(|row| {
            let head = row.select(&select("th")).next().unwrap();
            let link = row.select(&select("th a")).next();
            JobLine {
                id: text(head),
                href: link
                    .and_then(|link| link.value().attr("href"))
                    .unwrap_or_default()
                    .to_owned(),
                cells: row.select(&select("td")).map(text).collect(),
            }
        })
        .collect()
}

/// The state that a job's page heads it with.
pub fn state(page: &Seen) -> String {
    page.all("main .head .chip").join(" ")
}

/// Labels and values beside a job.
pub fn facts(page: &Seen) -> BTreeMap<String, String> {
    let labels = page.all("aside .facts dt");
    labels
        .into_iter()
        .zip(page.all("aside .facts dd"))
        .collect()
}

/// One of a job's texts as its page shows it, line by line; `None` where the page has none.
pub fn shown(page: &Seen, field: &str) -> Option<String> {
    let html = Html::parse_document(&page.body);
    let found = html.select(&select(&format!("pre#{field}-text"))).next()?;
    Some(found.text().collect())
}

/// The relatives of a job: what they are, and their addresses.
pub fn relatives(page: &Seen) -> Vec<(String, String)> {
    let labels = page.all("#flow dt");
    let addresses = page.attributes("#flow dd a", "href");
    labels.into_iter().zip(addresses).collect()
}

/// The status of each relative, in alphabetical order.
pub fn standings(page: &Seen) -> Vec<String> {
    let mut standings = page.all("#flow dt");
    standings.sort_unstable();
    standings
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `4 waiting`, as in a cell; nothing for a bare `0`.
fn counted(cell: &str) -> Option<(String, u64)> {
    if cell.starts_with("in waiting") {
        return None;
    }
    let (count, state) = cell.split_once(' ')?;
    Some((state.to_owned(), count.replace(',', "").parse().unwrap()))
}
