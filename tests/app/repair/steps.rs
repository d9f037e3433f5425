//! What the tests of repairs do: asking for one, reviewing it, and running it to its end.

use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen};
use reqwest::StatusCode;

/// The schema of billing's jobs.
pub(crate) const SCHEMA: &str = r#"{"type":"object","required":["amount"],"properties":{
    "amount":{"type":"number"},"currency":{"enum":["EUR","USD"]}}}"#;

/// The step that makes a number of an amount that is a text.
pub(crate) const AMOUNT: [(&str, &str); 3] =
    [("what", "convert"), ("at", "/amount"), ("to", "number")];

/// The fields of a form about failed jobs of billing that match `query`.
pub(crate) fn asked<'a>(query: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("queue", "billing"), ("state", "failed"), ("query", query)];
    if !more.iter().any(|(name, _)| *name == "kind") {
        fields.push(("kind", "steps"));
    }
    fields.extend_from_slice(more);
    fields
}

/// Sends a form, whatever comes of it.
pub(crate) async fn send(person: &Person, path: &str, fields: &[(&str, &str)]) -> Seen {
    Seen::of(person.post(path, fields).await).await
}

/// The dry run.
pub(crate) async fn review(person: &Person, fields: &[(&str, &str)]) -> Seen {
    let page = send(person, "/repair/review", fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page
}

/// The form of a dry run's page, confirmed.
pub(crate) fn confirmed(page: &Seen) -> EditForm {
    let form = EditForm::of(page, "/repair/run");
    let count = form.get("count").to_owned();
    form.set("typed_count", &count)
        .set("confirm", "1")
        .set("reason", "amounts are numbers")
}

/// Begins the run that was reviewed; its address.
pub(crate) async fn begin(person: &Person, page: &Seen) -> String {
    let form = confirmed(page);
    let begun = send(person, "/repair/run", &form.pairs()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    begun.location().to_owned()
}

/// Reviews a repair and runs it to the state `ends`; the run's address and page.
pub(crate) async fn repaired(
    person: &Person,
    fields: &[(&str, &str)],
    ends: &str,
) -> (String, Seen) {
    let page = review(person, fields).await;
    let run = begin(person, &page).await;
    let page = until(person, &run, ends).await;
    (run, page)
}

/// So many failed jobs of a queue, each with its number for its id and for its amount, which is a text.
pub(crate) async fn fill(jobs: &mut Jobs, queue: &str, count: u64) {
    jobs.queue(queue, "bullmq:6.7.0").await;
    let script = "
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', ARGV[2] .. i, 'name', 'charge', 'data', '{\"amount\":\"' .. i .. '.50\",\"keep\":1.0}', 'opts', '{}',
    'timestamp', i, 'delay', 0, 'priority', 0, 'failedReason', 'amount must be a number', 'finishedOn', ARGV[3])
  redis.call('ZADD', ARGV[2] .. 'failed', ARGV[3], i)
end";
    let (count, keys) = (count.to_string(), format!("bull:{queue}:"));
    let now = bullkeeper_testkit::now().to_string();
    jobs.run::<()>(&["EVAL", script, "0", &count, &keys, &now])
        .await;
}

/// The data of a job as text.
pub(crate) async fn data(jobs: &mut Jobs, queue: &str, id: &str) -> String {
    String::from_utf8(jobs.data(queue, id).await.unwrap()).unwrap()
}
