//! The browser's own records: messages in its console, and its requests.

use serde_json::Value;

use crate::harness::browser::Browser;

/// A request and what came of it.
#[derive(Debug)]
pub struct Request {
    pub url: String,
    /// The bytes over the network, with headers; `None` until all have arrived.
    pub bytes: Option<u64>,
}

/// New messages in the console. The failure of the page itself, with `status`, is expected.
pub async fn complaints(browser: &Browser, status: u16) -> Vec<String> {
    let expected = format!("the server responded with a status of {status} ");
    let page = browser.driver.current_url().await.unwrap().to_string();
    let log = browser.driver.browser_log().await.unwrap();
    log.into_iter()
        .filter(|entry| entry.level != "DEBUG")
        .map(|entry| entry.message)
        .filter(|message| !(message.starts_with(&page) && message.contains(&expected)))
        .collect()
}

/// What the network noted since it was last asked: the developer tools' events.
pub async fn events(browser: &Browser) -> Vec<Value> {
    let log = browser.driver.get_log("performance").await.unwrap();
    let events = log
        .into_iter()
        .map(|entry| serde_json::from_str::<Value>(&entry.message).unwrap());
    events.map(|mut event| event["message"].take()).collect()
}

/// The requests that events tell of.
pub fn gather(events: &[Value]) -> Vec<Request> {
    let mut requests: Vec<(&str, Request)> = Vec::new();
    for event in events {
        let id = event["params"]["requestId"].as_str().unwrap_or_default();
        match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = event["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                requests.push((id, Request { url, bytes: None }));
            }
            Some("Network.loadingFinished") => {
                let bytes = &event["params"]["encodedDataLength"];
                let ours = requests.iter_mut().find(|(other, _)| *other == id);
                if let Some((_, request)) = ours {
                    request.bytes = Some(bytes.as_u64().unwrap());
                }
            }
            _ => {}
        }
    }
    requests.into_iter().map(|(_, request)| request).collect()
}

/// New requests to a network address that is not Bullkeeper's. Chromium's own pages are on none.
pub async fn strangers(browser: &Browser) -> Vec<String> {
    let requests = gather(&events(browser).await);
    let urls = requests.into_iter().map(|request| request.url);
    urls.filter(|url| url.starts_with("http") || url.starts_with("ws"))
        .filter(|url| !url.starts_with(&browser.root))
        .collect()
}

/// How the answer was encoded whose address holds `part`; empty for not at all.
pub fn encoding(events: &[Value], part: &str) -> String {
    let answer = events.iter().find(|event| {
        let url = &event["params"]["response"]["url"];
        event["method"] == "Network.responseReceived"
            && url.as_str().is_some_and(|url| url.contains(part))
    });
    let answer = answer.unwrap_or_else(|| panic!("{part} was not answered"));
    let encoding = &answer["params"]["response"]["headers"]["content-encoding"];
    encoding.as_str().unwrap_or_default().to_owned()
}

/// The addresses that were asked for and did not come out of the browser's cache.
pub fn over_the_network(events: &[Value]) -> Vec<String> {
    let from_cache = |id: &Value| {
        events.iter().any(|event| {
            event["params"]["requestId"] == *id
                && (event["method"] == "Network.requestServedFromCache"
                    || event["params"]["response"]["fromDiskCache"] == true)
        })
    };
    let sent = events
        .iter()
        .filter(|event| event["method"] == "Network.requestWillBeSent")
        .filter(|event| !from_cache(&event["params"]["requestId"]));
    sent.filter_map(|event| event["params"]["request"]["url"].as_str())
        .map(str::to_owned)
        .collect()
}
