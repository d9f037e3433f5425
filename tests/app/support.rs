//! A private Redis, a running Bullkeeper on it, people signed in, and jobs to work on.

// Three test binaries share this file, and none is a library.
#![allow(unreachable_pub, dead_code)]

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bullkeeper::config::Settings;
use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::serve::{ConnectionLimits, Server};
use bullkeeper::service::Services;
use bullkeeper::service::accounts::users::NewUser;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, FromRedisValue};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use scraper::{Html, Selector};
use tokio_util::sync::CancellationToken;

/// Everybody's password.
pub const PASSWORD: &str = "a long passphrase for tests";

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis server that ends with the test.
pub struct TestRedis {
    pub port: u16,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl TestRedis {
    pub async fn start() -> Self {
        let mut redis = Self {
            port: free_port(),
            folder: tempfile::tempdir().unwrap(),
            server: None,
        };
        redis.start_again().await;
        redis
    }

    /// Starts the server again on the same port, empty or with what it kept on disk.
    pub async fn start_again(&mut self) {
        let port = self.port.to_string();
        let server = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed: scripts/test installs it");
        self.server = Some(server);
        let url = self.url();
        eventually("Redis answers", || async {
            let client = redis::Client::open(url.as_str()).unwrap();
            match client.get_multiplexed_async_connection().await {
                Ok(mut connection) => connection.ping::<String>().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
    }

    /// Ends the server as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub async fn connect(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        // Half a second otherwise, which is short for a machine that runs other tests beside this one.
        connection.set_response_timeout(PATIENCE);
        connection
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A running Bullkeeper with a viewer, an operator and an admin.
pub struct TestApp {
    pub redis: TestRedis,
    pub address: SocketAddr,
    pub services: Arc<Services>,
    pub base: String,
    server: Option<Server>,
    stop: CancellationToken,
}

impl TestApp {
    /// With the defaults, but for a quick refresh.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With `settings` over the defaults.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(TestRedis::start().await, settings).await
    }

    /// On a Redis that was prepared.
    pub async fn on(redis: TestRedis, settings: &[(&str, &str)]) -> Self {
        Self::within(ConnectionLimits::of(1_000), redis, settings).await
    }

    /// The same with limits of its connections.
    pub async fn within(
        limits: ConnectionLimits,
        redis: TestRedis,
        settings: &[(&str, &str)],
    ) -> Self {
        let url = redis.url();
        let defaults = [
            ("redis", url.as_str()),
            ("bind", "127.0.0.1:0"),
            ("refresh", "500ms"),
            ("round", "500ms"),
            ("discovery", "100ms"),
        ];
        let overridden = |name: &str| settings.iter().any(|(other, _)| *other == name);
        let pairs: Vec<(&str, &str)> = defaults
            .into_iter()
            .filter(|(name, _)| !overridden(name))
            .chain(settings.iter().copied())
            .collect();
        // The server may not start without a user where it only reads, so users are made beforehand.
        let writable = [("redis", url.as_str()), ("redis_timeout", "20s")];
        make_users(&Settings::from_pairs(&writable).unwrap()).await;
        let settings = Settings::from_pairs(&pairs).unwrap();
        let stop = CancellationToken::new();
        let server = Server::within(limits, &settings, stop.clone())
            .await
            .unwrap();
        Self {
            redis,
            address: server.address,
            services: Arc::clone(&server.services),
            base: settings.base_path.clone(),
            server: Some(server),
            stop,
        }
    }

    /// Ends the server in good order; done once it has ended.
    pub fn end(&mut self) -> impl Future<Output = ()> + use<> {
        self.stop.cancel();
        let server = self.server.take();
        async move {
            if let Some(server) = server {
                server.ended().await.unwrap();
            }
        }
    }

    /// Someone without a session.
    pub fn stranger(&self) -> Person {
        Person::new(self.address, &self.base)
    }

    pub async fn viewer(&self) -> Person {
        self.signed_in("viewer").await
    }

    pub async fn operator(&self) -> Person {
        self.signed_in("operator").await
    }

    pub async fn admin(&self) -> Person {
        self.signed_in("admin").await
    }

    /// A user with the queues they may know of, signed in.
    pub async fn scoped(&self, name: &str, role: Role, queues: &[&str]) -> Person {
        let scope = Scope::of(queues.iter().map(|queue| (*queue).to_owned()).collect());
        add_user(&self.services, name, role, scope).await;
        self.signed_in(name).await
    }

    pub async fn signed_in(&self, name: &str) -> Person {
        let person = self.stranger();
        let answer = person.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} signs in");
        person
    }

    pub async fn jobs(&self) -> Jobs {
        Jobs(self.redis.connect().await)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub async fn make_users(settings: &Settings) {
    let store = Arc::new(bullkeeper::serve::open_store(settings).unwrap());
    let overview = bullkeeper::service::live::handle::LiveHandle::of_nothing();
    let services = bullkeeper::serve::services(settings, store, overview);
    for role in Role::ALL {
        add_user(&services, role.name(), role, Scope::everything()).await;
    }
}

async fn add_user(services: &Services, name: &str, role: Role, scope: Scope) {
    let new = NewUser {
        name: name.to_owned(),
        role,
        scope,
        password: PASSWORD.to_owned(),
    };
    services
        .add_user(&Operator::console(), new)
        .await
        .unwrap()
        .unwrap();
}

/// Someone with a browser of their own: cookies, and the headers that a browser sends.
#[derive(Clone)]
pub struct Person {
    client: Client,
    root: String,
    base: String,
}

impl Person {
    /// Someone who has not been here before.
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

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// As htmx asks for a part of a page.
    pub async fn get_part(&self, path: &str) -> Response {
        let request = self.client.get(self.url(path)).header("hx-request", "true");
        request.send().await.unwrap()
    }

    /// Opens a stream of changes, behind the event `last` where one is named; it may last.
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

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.client
            .post(self.url(path))
            .form(form)
            .send()
            .await
            .unwrap()
    }

    /// As [`Person::post`], of a form that may have to wait for its turn.
    pub async fn post_patiently(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(self.url(path)).form(form);
        request.timeout(6 * PATIENCE).send().await.unwrap()
    }

    /// A request to be sent as it is: no header is added.
    pub fn bare(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .request(method, self.url(path))
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Response {
        self.post("/sign-in", &[("name", name), ("password", password)])
            .await
    }

    /// The page at `path`, which must be there.
    pub async fn page(&self, path: &str) -> Seen {
        let seen = Seen::of(self.get(path).await).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}\n{}", seen.text());
        seen
    }

    /// Opens a job in the editor, as a browser does.
    pub async fn edit(&self, queue: &str, id: &str) -> EditForm {
        let query = serde_urlencoded(&[("queue", queue), ("id", id)]);
        let page = self.page(&format!("/job/edit?{query}")).await;
        EditForm::of(&page, "/job/review")
    }

    pub async fn send(&self, path: &str, form: &EditForm) -> Seen {
        Seen::of(self.post(path, &form.pairs()).await).await
    }
}

/// A query or form, encoded.
pub fn serde_urlencoded(pairs: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/", pairs).unwrap();
    url.query().unwrap_or_default().to_owned()
}

/// The fields of an edit's form, as a page holds them.
#[derive(Debug, Clone)]
pub struct EditForm(Vec<(String, String)>);

impl EditForm {
    /// The form of `page` that is sent to `action`.
    pub fn of(page: &Seen, action: &str) -> Self {
        let html = Html::parse_document(&page.body);
        let form = Selector::parse("form").unwrap();
        let field = Selector::parse("input[name], textarea[name]").unwrap();
        let form = html
            .select(&form)
            .find(|form| {
                form.value()
                    .attr("action")
                    .is_some_and(|to| to.ends_with(action))
            })
            .unwrap_or_else(|| panic!("no form to {action} in\n{}", page.text()));
        let fields = form.select(&field).map(|field| {
            let value = match field.value().name() {
                "textarea" => {
                    let text: String = field.text().collect();
                    // The parser drops a first line break, as browsers do.
                    text.replace('\n', "\r\n")
                }
                _ => field.value().attr("value").unwrap_or_default().to_owned(),
            };
            (field.value().attr("name").unwrap().to_owned(), value)
        });
        Self(fields.collect())
    }

    /// The same with a field that names something, which forms hold encoded as `name*`.
    pub fn name(self, name: &str, value: &str) -> Self {
        self.set(&format!("{name}*"), &value.replace('%', "%25"))
    }

    pub fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(other, _)| other == name);
        &field.unwrap_or_else(|| panic!("no field {name}")).1
    }

    /// The same with another value in a field, which is added where there is none.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

/// An answer, read.
#[derive(Debug)]
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub async fn of(response: Response) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// The text a person reads, white space folded.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let words: Vec<String> = html
            .root_element()
            .text()
            .flat_map(|text| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        words.join(" ")
    }

    /// The texts of what `selector` selects.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector)
            .map(|element| {
                let text: String = element.text().collect();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    /// The values of an attribute of what `selector` selects.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector)
            .filter_map(|element| element.value().attr(name).map(str::to_owned))
            .collect()
    }

    pub fn location(&self) -> &str {
        self.headers
            .get("location")
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

/// Jobs as BullMQ keeps them, written with plain commands; and what is stored and audited.
#[derive(Clone)]
pub struct Jobs(pub MultiplexedConnection);

impl Jobs {
    /// Makes a queue as BullMQ's Node library of this version does.
    pub async fn queue(&mut self, queue: &str, version: &str) {
        let meta = [
            ("opts.maxLenEvents", "10000"),
            ("version", version),
            ("library", "bullmq"),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(format!("bull:{queue}:meta"), &meta)
            .await
            .unwrap();
    }

    /// Adds a job's hash alone.
    pub async fn hash(&mut self, queue: &str, id: &str, data: &[u8]) {
        let now = now().to_string();
        let fields: [(&str, &[u8]); 7] = [
            ("name", b"send"),
            ("data", data),
            ("opts", br#"{"attempts":3}"#),
            ("timestamp", now.as_bytes()),
            ("delay", b"0"),
            ("priority", b"0"),
            ("atm", b"3"),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(format!("bull:{queue}:{id}"), &fields)
            .await
            .unwrap();
    }

    /// A job that failed for good in a queue of BullMQ 6.
    pub async fn failed(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        let key = format!("bull:{queue}:{id}");
        let fields = [
            ("failedReason", "no such address\nat mailer.js:12"),
            (
                "stacktrace",
                r#"["Error: no such address\n    at mailer.js:12"]"#,
            ),
            ("finishedOn", &now().to_string()),
            ("processedOn", &now().to_string()),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(key, &fields)
            .await
            .unwrap();
        self.0
            .zadd::<_, _, _, ()>(format!("bull:{queue}:failed"), id, now())
            .await
            .unwrap();
    }

    /// A waiting job in a queue of BullMQ 6.
    pub async fn waiting(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        self.0
            .lpush::<_, _, ()>(format!("bull:{queue}:wait"), id)
            .await
            .unwrap();
    }

    /// A job that a worker holds.
    pub async fn active(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        self.0
            .lpush::<_, _, ()>(format!("bull:{queue}:active"), id)
            .await
            .unwrap();
        self.0
            .set::<_, _, ()>(format!("bull:{queue}:{id}:lock"), "token")
            .await
            .unwrap();
    }

    /// Moves a job from one list to another and announces it, in one step, as BullMQ's scripts do.
    pub async fn moves(&mut self, queue: &str, id: &str, from: &str, to: &str) {
        let script = "
local prefix = 'bull:' .. ARGV[1] .. ':'
local id, from, to = ARGV[2], ARGV[3], ARGV[4]
redis.call('LREM', prefix .. from, 1, id)
if to == 'completed' then
  redis.call('ZADD', prefix .. to, 1, id)
  redis.call('HSET', prefix .. id, 'finishedOn', '1', 'returnvalue', '7')
else
  redis.call('LPUSH', prefix .. to, id)
end
redis.call('XADD', prefix .. 'events', '*', 'event', to == 'wait' and 'waiting' or to, 'jobId', id)";
        self.run::<()>(&["EVAL", script, "0", queue, id, from, to])
            .await;
    }

    /// The stored bytes of a job's data.
    pub async fn data(&mut self, queue: &str, id: &str) -> Option<Vec<u8>> {
        self.0
            .hget(format!("bull:{queue}:{id}"), "data")
            .await
            .unwrap()
    }

    pub async fn run<T: FromRedisValue>(&mut self, command: &[&str]) -> T {
        let mut words = command.iter();
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut self.0).await.unwrap()
    }

    /// The audit log, oldest entry first, each as its fields.
    pub async fn audit(&mut self) -> Vec<AuditEntry> {
        let stream: redis::streams::StreamRangeReply =
            self.0.xrange_all("bullkeeper:audit").await.unwrap();
        stream
            .ids
            .iter()
            .map(|entry| {
                let fields = entry.map.iter();
                AuditEntry(
                    fields
                        .map(|(name, value)| {
                            let value = String::from_redis_value_ref(value).unwrap();
                            (name.clone(), value)
                        })
                        .collect(),
                )
            })
            .collect()
    }

    /// The entries about jobs, oldest first.
    pub async fn audit_of_jobs(&mut self) -> Vec<AuditEntry> {
        let mut entries = self.audit().await;
        entries.retain(|entry| entry.get("action").starts_with("job."));
        entries
    }
}

/// One entry of the audit log as it is stored.
#[derive(Debug, Clone)]
pub struct AuditEntry(Vec<(String, String)>);

impl AuditEntry {
    /// A field's value; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value)
    }

    /// How many events it stands for.
    pub fn times(&self) -> u64 {
        self.get("count").parse().unwrap_or(1)
    }
}

/// How many events entries stand for.
pub fn times(entries: &[AuditEntry]) -> u64 {
    entries.iter().map(AuditEntry::times).sum()
}

/// Waits until `condition` holds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < PATIENCE, "it never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn now() -> u64 {
    bullkeeper::clock::unix_millis()
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
