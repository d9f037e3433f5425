//! Every page, download and fragment, byte for byte.

use bullkeeper_testkit::{Person, Seen, eventually};
use reqwest::StatusCode;

use super::shop::{Shop, data, shows_hidden};

/// Every address that shows something of jobs.
const ADDRESSES: [&str; 58] = [
    "/",
    "/overview/figures",
    "/queue?name=billing/v1",
    "/queue?name=billing/v1&state=failed",
    "/queue?name=billing/v1&state=waiting",
    "/queue?name=billing/v1&state=completed",
    "/queue?name=billing/v1&state=failed&error=declined",
    "/queue/figures?name=billing/v1",
    "/job?queue=billing/v1&id=101",
    "/job?queue=billing/v1&id=103",
    "/job?queue=billing/v1&id=104",
    "/job/text?queue=billing/v1&id=101&text=data",
    "/job/text?queue=billing/v1&id=101&text=returnvalue",
    "/job/text?queue=billing/v1&id=101&text=failedReason",
    "/job/text?queue=billing/v1&id=101&text=stacktrace",
    "/job/text?queue=billing/v1&id=101&text=opts",
    "/job/text?queue=billing/v1&id=101&text=progress",
    "/job/raw?queue=billing/v1&id=101&text=data",
    "/job/raw?queue=billing/v1&id=101&text=returnvalue",
    "/job/raw?queue=billing/v1&id=101&text=failedReason",
    "/job/raw?queue=billing/v1&id=101&text=stacktrace",
    "/job/raw?queue=billing/v1&id=101&text=opts",
    "/job/raw?queue=billing/v1&id=101&text=progress",
    "/job/log?queue=billing/v1&id=101",
    "/job/log?queue=billing/v1&id=101&order=newest&text=charging",
    "/job/log/download?queue=billing/v1&id=101",
    "/job/log/line?queue=billing/v1&id=101&at=1",
    "/job/flow?queue=billing/v1&id=101",
    "/job/failure?queue=billing/v1&id=101",
    "/job/edit?queue=billing/v1&id=101",
    "/search?q=&part=1",
    "/search?q=data.amount+%3D+1&part=1",
    "/search?q=error+%7E+declined&queue=billing/v1&part=1",
    "/search/export?q=&format=csv",
    "/search/export?q=&format=jsonl&queue=billing/v1",
    "/failures",
    "/family?name=billing",
    "/family/figures?name=billing",
    "/family/compare?name=billing",
    "/family/compare?name=billing&by=pointer&pointer=/card/number",
    "/family/compare?name=billing&by=pointer&pointer=/customer/email",
    "/family/compare/diff?a=billing/v1&b=billing/v2&left=104&right=104",
    "/family/compare/diff?a=billing/v1&b=billing/v2&left=101&right=102",
    "/family/compare/export?name=billing&format=csv",
    "/family/compare/export?name=billing&by=pointer&pointer=/card&format=jsonl",
    "/family/move?name=billing&from=billing/v1&to=billing/v2",
    "/queue/add?name=billing/v1&from=101",
    "/queue/add?name=billing/v1&job_name=send",
    "/queue/schema/infer?queue=billing/v1",
    "/queue/schema/infer/download?queue=billing/v1",
    "/queue/operate?queue=billing/v1&state=failed&operation=job.retry",
    "/upcoming",
    "/queue/history?name=billing/v1",
    "/find?q=101",
    "/audit",
    "/audit/export?format=jsonl",
    "/audit/export?format=csv",
    "/runs",
];

async fn body(person: &Person, address: &str) -> (StatusCode, String) {
    let answer = person.get(address).await;
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn no_view_shows_a_byte_of_a_hidden_value_to_someone_without_the_grant() {
    let shop = Shop::open(&[]).await;
    for person in shop.without_right().await {
        for address in ADDRESSES {
            let (status, body) = body(&person, address).await;
            assert!(!status.is_server_error(), "{address}: {status} {body}");
            assert!(!shows_hidden(&body), "{address}: {body}");
        }
        let group = group(&person).await;
        assert!(!shows_hidden(&group), "{group}");
    }
}

/// The page of the first error group.
async fn group(person: &Person) -> String {
    let list = person.page("/failures").await;
    let groups = list.attributes("a", "href").into_iter();
    let mut groups = groups.filter(|href| href.starts_with("/failures/group?"));
    let group = groups.next().expect("there is a group");
    body(person, &group).await.1
}

#[tokio::test]
async fn someone_with_the_grant_sees_the_values_and_nothing_is_masked() {
    let shop = Shop::open(&[]).await;
    let carol = shop.carol().await;
    let raw = body(&carol, "/job/raw?queue=billing/v1&id=101&text=data").await;
    assert_eq!(raw.1, data("101"));
    for address in [
        "/job?queue=billing/v1&id=101",
        "/job/log?queue=billing/v1&id=101",
        "/queue?name=billing/v1&state=failed",
        "/search?q=data.card.number+%3D+7373737373101&part=1",
        "/job/edit?queue=billing/v1&id=101",
    ] {
        let (status, body) = body(&carol, address).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            shows_hidden(&body) && !body.contains('•'),
            "{address}: {body}"
        );
    }
    assert!(shows_hidden(&group(&carol).await));
}

#[tokio::test]
async fn the_bytes_outside_of_hidden_values_are_shown_as_they_are_stored() {
    let mut shop = Shop::open(&[]).await;
    let stored = "{ \"amount\":1.00, \"c\\u0061rd\": {\"number\": 7373737373 },\n\"card\":\"xyzzy-duplicate\",\"big\":12345678901234567890,\"e\":\"\\u00e9\" }";
    shop.jobs.failed("billing/v1", "105", stored).await;
    let viewer = shop.app.viewer().await;
    let raw = body(&viewer, "/job/raw?queue=billing/v1&id=105&text=data").await;
    assert_eq!(
        raw.1,
        "{ \"amount\":1.00, \"c\\u0061rd\": \"•••\",\n\"card\":\"•••\",\"big\":12345678901234567890,\"e\":\"\\u00e9\" }"
    );
    for odd in ["{oops xyzzy", "xyzzy", ""] {
        shop.jobs.failed("billing/v1", "106", odd).await;
        let raw = body(&viewer, "/job/raw?queue=billing/v1&id=106&text=data").await;
        assert_eq!(raw.1, "\"•••\"", "{odd}");
    }
}

#[tokio::test]
async fn a_faulty_policy_hides_all_data_unless_an_earlier_version_says_what_is_hidden() {
    let mut shop = Shop::open(&[]).await;
    let viewer = shop.app.viewer().await;
    let raw = "/job/raw?queue=billing/v1&id=101&text=data";
    assert!(body(&viewer, raw).await.1.contains("\"amount\":1.0"));
    shop.folder.write("billing.policy.json", "{oops");
    // The last good version goes on saying what is hidden.
    for _ in 0..3 {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let (_, shown) = body(&viewer, raw).await;
        assert!(
            !shows_hidden(&shown) && shown.contains("\"amount\":1.0"),
            "{shown}"
        );
    }
    // Of this one there never was a good version.
    shop.folder.write("orders.policy.json", "{oops");
    shop.jobs.failed("orders", "1", r#"{"a":"xyzzy"}"#).await;
    let raw = "/job/raw?queue=orders&id=1&text=data";
    eventually("the faulty policy is read", async || {
        body(&viewer, raw).await.1 == "\"•••\""
    })
    .await;
    let page = Seen::of(viewer.get("/job?queue=orders&id=1").await).await;
    assert!(!shows_hidden(&page.text()));
}

#[tokio::test]
async fn without_a_policy_nothing_more_is_read_and_nothing_is_masked() {
    let mut shop = Shop::open(&[]).await;
    shop.jobs
        .failed("email/v1", "1", r#"{"card":"xyzzy"}"#)
        .await;
    let viewer = shop.app.viewer().await;
    let queue = "/queue?name=email/v1&state=failed";
    let job = "/job?queue=email/v1&id=1";
    for address in [queue, job] {
        viewer.page(address).await;
    }
    let mut counted = Vec::new();
    for address in [job, "/job?queue=billing/v1&id=101"] {
        shop.jobs.run::<()>(&["CONFIG", "RESETSTAT"]).await;
        let (_, shown) = body(&viewer, address).await;
        let stats: String = shop.jobs.run(&["INFO", "commandstats"]).await;
        let calls = stats
            .lines()
            .find(|line| line.starts_with("cmdstat_hstrlen"));
        counted.push(calls.map(|line| line.split(',').next().unwrap().to_owned()));
        assert_eq!(shown.contains('•'), address.contains("billing"));
    }
    assert_eq!(
        counted[0], counted[1],
        "small data is not read a second time"
    );
}
