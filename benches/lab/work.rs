//! The requests of a load, and the expected answers.

use std::sync::{Arc, Mutex, PoisonError};

use bullkeeper::domain::job::Revision;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Result;
use super::client::{Answer, Connection};
use super::machine::Process;
use super::seed::SeededJob;

/// The server that requests go to, and the user who sends them.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    host: String,
    /// The session's cookie; none where nobody signs in.
    cookie: Option<String>,
}

impl Target {
    /// A server that asks nobody who they are.
    pub(crate) fn open(server: &Process) -> Self {
        let host = server.address.to_string();
        Self { host, cookie: None }
    }

    /// Bullkeeper, signed in.
    pub(crate) async fn sign_in(bullkeeper: &Process, name: &str, password: &str) -> Result<Self> {
        let mut target = Self::open(bullkeeper);
        let form = form(&[("name", name), ("password", password)]);
        let request = target.post("/sign-in", &form);
        let mut connection = Connection::open(bullkeeper.address).await?;
        let answer = connection.exchange(&request).await?;
        let cookie = answer
            .header("set-cookie")
            .and_then(|cookie| cookie.split(';').next());
        let cookie =
            cookie.ok_or_else(|| format!("signing in was answered with {}", answer.status))?;
        target.cookie = Some(cookie.to_owned());
        Ok(target)
    }

    /// A request for a page; `gzip` as every browser asks for it.
    pub(crate) fn get(&self, path: &str, gzip: bool) -> Vec<u8> {
        let encoding = if gzip {
            "accept-encoding: gzip\r\n"
        } else {
            ""
        };
        self.request("GET", path, encoding, "")
    }

    /// A request that sends a form.
    pub(crate) fn post(&self, path: &str, form: &str) -> Vec<u8> {
        let more = format!(
            "origin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            self.host,
            form.len()
        );
        self.request("POST", path, &more, form)
    }

    /// Any request; `more` is further headers, a line each.
    pub(crate) fn request(&self, method: &str, path: &str, more: &str, body: &str) -> Vec<u8> {
        let cookie = self
            .cookie
            .as_deref()
            .map_or(String::new(), |cookie| format!("cookie: {cookie}\r\n"));
        format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: benchmark\r\n{cookie}{more}\r\n{body}", self.host)
            .into_bytes()
    }
}

/// What one connection asks for, again and again.
pub(crate) enum Work {
    /// These pages in turn, which have to be there.
    Fetch { requests: Vec<Vec<u8>>, at: usize },
    /// Edits of jobs in turn, each from the data as it is, which have to be saved.
    Edit(Target, Arc<Mutex<Edits>>, Way),
}

/// How a server is asked to change a job's data.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    /// The request that changes the data from what it is, `edited` or as seeded, to the other.
    pub(crate) request: fn(&Target, &SeededJob, bool) -> Vec<u8>,
    /// Whether this is what it answers when that is saved.
    pub(crate) saved: fn(&Answer<'_>) -> bool,
}

/// Bullkeeper's.
pub(crate) const BULLKEEPER: Way = Way {
    request: |target, job, edited| target.post("/job/save", &edit_form(job, edited)),
    saved: |answer| {
        // Whatever keeps an edit from being saved is a page of its own.
        let to_the_job = |location: &str| location.starts_with("/job?");
        answer.status == 303 && answer.header("location").is_some_and(to_the_job)
    },
};

/// Jobs, and which of them are edited just now.
pub(crate) struct Edits {
    jobs: Vec<(SeededJob, bool)>,
    at: usize,
}

impl Edits {
    /// Jobs as they were seeded.
    pub(crate) fn of(jobs: impl Iterator<Item = SeededJob>) -> Arc<Mutex<Self>> {
        let jobs = jobs.map(|job| (job, false)).collect();
        Arc::new(Mutex::new(Self { jobs, at: 0 }))
    }
}

impl Work {
    /// Pages in turn.
    pub(crate) fn fetch(requests: Vec<Vec<u8>>) -> Self {
        Self::Fetch { requests, at: 0 }
    }

    /// The pages of `jobs`.
    pub(crate) fn job_pages(
        target: &Target,
        jobs: impl Iterator<Item = SeededJob>,
        gzip: bool,
    ) -> Self {
        let requests = jobs.map(|job| target.get(&job_path(&job), gzip)).collect();
        Self::fetch(requests)
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        match self {
            Self::Fetch { requests, at } => {
                *at = (*at + 1) % requests.len();
                requests[*at].clone()
            }
            Self::Edit(target, edits, way) => {
                let mut edits = edits.lock().unwrap_or_else(PoisonError::into_inner);
                edits.at = (edits.at + 1) % edits.jobs.len();
                let (job, edited) = &edits.jobs[edits.at];
                (way.request)(target, job, *edited)
            }
        }
    }

    /// Whether the answer to the last request is what it has to be.
    pub(crate) fn answered(&mut self, answer: &Answer<'_>) -> Result<()> {
        let right = match self {
            Self::Fetch { .. } => answer.status == 200,
            Self::Edit(_, _, way) => (way.saved)(answer),
        };
        if !right {
            return Err(WrongAnswer::of(answer).into());
        }
        if let Self::Edit(_, edits, _) = self {
            let mut edits = edits.lock().unwrap_or_else(PoisonError::into_inner);
            let at = edits.at;
            edits.jobs[at].1 ^= true;
        }
        Ok(())
    }
}

/// An answer that is not what it has to be: its status line and where it leads, or the beginning of its text.
#[derive(Debug)]
pub(crate) struct WrongAnswer(String);

impl WrongAnswer {
    fn of(answer: &Answer<'_>) -> Self {
        let status = answer.head.lines().next().unwrap_or_default();
        let text = match answer.header("content-encoding") {
            Some(_) => "compressed".into(),
            None => String::from_utf8_lossy(answer.body),
        };
        let text = answer.header("location").unwrap_or(&text);
        let beginning: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
        Self(format!("answered with {status}: {beginning}"))
    }
}

impl std::fmt::Display for WrongAnswer {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for WrongAnswer {}

/// The address of a job's page.
pub(crate) fn job_path(job: &SeededJob) -> String {
    format!("/job?queue={}&id={}", job.queue(), job.id())
}

/// The form that changes a job's data from what it is, `edited` or as seeded, to the other.
pub(crate) fn edit_form(job: &SeededJob, edited: bool) -> String {
    let (before, after) = (job.data(edited), job.data(!edited));
    form(&[
        ("queue", &job.queue()),
        ("id", &job.id()),
        ("revision", Revision::of(before.as_bytes()).as_str()),
        ("opened", &before),
        ("text", &after),
        ("reason", "the customer gave another address"),
    ])
}

/// A form's fields, encoded.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |(name, value): &(&str, &str)| {
        format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    fields.iter().map(encoded).collect::<Vec<_>>().join("&")
}
