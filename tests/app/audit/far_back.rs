//! A long log: rare entries are found at once. Half a million entries would be two pages; this fills a part of one.

use bullkeeper::service::audit::page::LOOK_THROUGH;

use bullkeeper_testkit::past_audit::{NOON, ids, next};
use bullkeeper_testkit::{Jobs, TestApp, TestRedis};

const ENTRIES: u64 = 60_000;

const _: () = assert!(2 * LOOK_THROUGH >= 500_000);

async fn fill(jobs: &mut Jobs, rare: &[u64]) {
    let script = "
local rare = {}
for i = 4, #ARGV do rare[tonumber(ARGV[i])] = true end
for n = ARGV[1], ARGV[2] do
  redis.call('XADD', KEYS[1], string.format('%.0f-0', ARGV[3] + n), 'v', '1', 'event', 'E' .. n,
    'actor', rare[tonumber(n)] and 'rare' or 'ann', 'action', 'job.edit', 'outcome', 'applied')
end";
    for from in (0..ENTRIES).step_by(20_000) {
        let numbers = [from, from + 19_999, NOON].map(|n| n.to_string());
        let rare: Vec<String> = rare.iter().map(u64::to_string).collect();
        let mut command = vec!["EVAL", script, "1", "bullkeeper:audit"];
        command.extend(numbers.iter().chain(&rare).map(String::as_str));
        jobs.run::<()>(&command).await;
    }
}

#[tokio::test]
async fn a_rare_actor_is_found_on_the_first_page_however_far_back() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    // The oldest entry, and one in the middle.
    let rare = [0, 31_000];
    fill(&mut jobs, &rare).await;
    let app = TestApp::on(redis, &[("redis_timeout", "20s")]).await;
    let admin = app.admin().await;
    let page = admin.page("/audit?who=rare&until=2021-01-01").await;
    let expected = [31_000, 0].map(|n| format!("{}-0", NOON + n));
    assert_eq!(ids(&page), expected);
    assert_eq!(next(&page), None);
}
