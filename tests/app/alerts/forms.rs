//! The forms of messages: Slack's and PagerDuty's. Bullkeeper's own is in `stranded.rs`.

use super::{SECRET, Watched};

#[tokio::test]
async fn slack_gets_a_text_and_blocks_in_which_no_name_means_anything() {
    let mut watched = Watched::start("stranded on * critical", "slack").await;
    let name = "a<!channel>&*b*";
    watched.strand(name).await;
    let [fired] = &watched.receiver.waits_for(1).await[..] else {
        panic!("one message")
    };
    assert!(fired.is_signed_with(SECRET));
    let told = fired.json();
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("a&lt;!channel&gt;&amp;\u{2217}b\u{2217}: 1 job is outstanding"),
        "{text}"
    );
    let blocks = told["blocks"].as_array().unwrap();
    assert_eq!(blocks[0]["type"], "section");
    assert_eq!(blocks[0]["text"]["type"], "mrkdwn");
    assert_eq!(
        blocks[1]["elements"][0]["text"],
        "critical: stranded on \u{2217}"
    );
    assert!(!told.to_string().contains("<!channel>"), "{told}");
}

#[tokio::test]
async fn pagerduty_gets_an_event_and_its_resolution_with_one_key() {
    let mut watched = Watched::start("stranded on * critical", "pagerduty").await;
    watched.strand("email").await;
    watched.receiver.waits_for(1).await;
    watched.clear("email").await;
    let received = watched.receiver.waits_for(2).await;
    let (fired, resolved) = (received[0].json(), received[1].json());
    assert!(received.iter().all(|one| one.is_signed_with(SECRET)));
    // The key is in the body, and the address has no user.
    assert_eq!(received[0].header("authorization"), "");
    for told in [&fired, &resolved] {
        assert_eq!(told["routing_key"], "R0UTINGKEY");
        assert_eq!(told["dedup_key"], fired["dedup_key"]);
        assert_eq!(told["payload"]["source"], "bull:email");
        assert_eq!(told["payload"]["severity"], "critical");
        assert!(told["payload"]["summary"].is_string(), "{told}");
    }
    assert_eq!(fired["event_action"], "trigger");
    assert_eq!(resolved["event_action"], "resolve");
}
