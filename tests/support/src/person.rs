//! A user's browser: its requests, and the headers that a browser sends.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, StatusCode};

use crate::form::EditForm;
use crate::page::Seen;
use crate::wait::PATIENCE;

/// A user with their own browser: cookies, and the headers that a browser sends.
#[derive(Clone)]
pub struct Person {
    client: Client,
    root: String,
    base: String,
}

impl Person {
    /// A user without a session.
    pub fn new(address: SocketAddr, base: &str) -> Self {
        let same_origin = HeaderMap::from_iter([(
            HeaderName::from_static("sec-fetch-site"),
            HeaderValue::from_static("same-origin"),
        )]);
        let client = Client::builder()
            .cookie_store(true)
            .default_headers(same_origin)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            client,
            root: format!("http://{address}{base}"),
            base: base.to_owned(),
        }
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// Opens a page, whatever the answer.
    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// Opens a page as htmx asks for a part of it.
    pub async fn get_part(&self, path: &str) -> Response {
        let request = self.client.get(self.url(path)).header("hx-request", "true");
        request.send().await.unwrap()
    }

    /// Opens a stream of changes, after the event `last` if given. The stream may stay open.
    pub async fn listen(&self, path: &str, last: Option<&str>) -> Response {
        let path = path.strip_prefix(self.base.as_str()).unwrap_or(path);
        let mut request = self.client.get(self.url(path)).header("hx-request", "true");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        request
            .timeout(Duration::from_secs(600))
            .send()
            .await
            .unwrap()
    }

    /// Opens a stream of changes as a browser does, which takes gzip.
    pub async fn listen_in_gzip(&self, path: &str) -> Response {
        let path = path.strip_prefix(self.base.as_str()).unwrap_or(path);
        let request = self.client.get(self.url(path));
        let request = request.header("hx-request", "true");
        let request = request.header("accept-encoding", "gzip, deflate, br");
        let request = request.timeout(Duration::from_secs(600));
        request.send().await.unwrap()
    }

    /// Sends a form, whatever comes of it.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.client
            .post(self.url(path))
            .form(form)
            .send()
            .await
            .unwrap()
    }

    /// Like [`Person::post`], for a form that may have to wait for its turn.
    pub async fn post_patiently(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(self.url(path)).form(form);
        request.timeout(6 * PATIENCE).send().await.unwrap()
    }

    /// A request without any added header.
    pub fn bare(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .request(method, self.url(path))
    }

    /// Sends the form of the sign-in page.
    pub async fn sign_in(&self, name: &str, password: &str) -> Response {
        self.post("/sign-in", &[("name", name), ("password", password)])
            .await
    }

    /// The page at `path`, which must exist.
    pub async fn page(&self, path: &str) -> Seen {
        let seen = Seen::of(self.get(path).await).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}\n{}", seen.text());
        seen
    }

    /// What the page that `answer` leads to says was just done.
    pub async fn told_after(&self, answer: &Seen) -> String {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let to = answer.location();
        let page = self
            .page(to.strip_prefix(self.base.as_str()).unwrap_or(to))
            .await;
        page.all("#notice [role=status]").join(" ")
    }

    /// Opens a job in the editor, as a browser does.
    pub async fn edit(&self, queue: &str, id: &str) -> EditForm {
        let query = serde_urlencoded(&[("queue", queue), ("id", id), ("whole", "1")]);
        let page = self.page(&format!("/job/edit?{query}")).await;
        EditForm::of(&page, "/job/review")
    }

    /// Sends an edit's form and reads what comes; a review that has an address of its own is read there.
    pub async fn send(&self, path: &str, form: &EditForm) -> Seen {
        let sent = Seen::of(self.post(path, &form.pairs()).await).await;
        let to = sent.location();
        let to = to.strip_prefix(self.base.as_str()).unwrap_or(to);
        match to.starts_with("/job/review?") {
            true => Seen::of(self.get(to).await).await,
            false => sent,
        }
    }
}

/// A query or form, encoded.
pub fn serde_urlencoded(pairs: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/", pairs).unwrap();
    url.query().unwrap_or_default().to_owned()
}
