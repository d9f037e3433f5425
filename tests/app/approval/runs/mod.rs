//! Runs that a second person approves: what each kind does before and after, and who may let it begin.

mod critical;
mod each_kind;
mod move_jobs;
mod obliterate;
mod repair;
mod retire;

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::try_begin;
use bullkeeper_testkit::retirement::drained;
use bullkeeper_testkit::{AuditEntry, Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

use super::{approve, decide};

/// A reason that is long enough for break-glass.
pub(crate) const WHY: &str = "the queue is full of the jobs of a broken deploy";

/// A kind of run that the setting puts before a second person, and everything that it is begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Obliterate,
    Retire,
    Move,
    Repair,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Obliterate, Self::Retire, Self::Move, Self::Repair];

    /// As the setting and the record name it.
    fn name(self) -> &'static str {
        match self {
            Self::Obliterate => "obliterate",
            Self::Retire => "retire",
            Self::Move => "move",
            Self::Repair => "repair",
        }
    }

    /// The audit action of the run.
    fn action(self) -> &'static str {
        match self {
            Self::Obliterate => "queue.obliterate",
            Self::Retire => "version.retire",
            Self::Move => "version.move",
            Self::Repair => "jobs.repair",
        }
    }

    /// The queue that the run is on.
    fn queue(self) -> &'static str {
        match self {
            Self::Obliterate => "old",
            Self::Retire | Self::Move => "email/v1",
            Self::Repair => "billing",
        }
    }
}

/// An application whose setting puts one kind of run before a second person, with something to run it on. Carol and dave may
/// approve; the admin asks.
pub(crate) struct Yard {
    pub(crate) kind: Kind,
    pub(crate) app: TestApp,
    pub(crate) jobs: Jobs,
    pub(crate) admin: Person,
    pub(crate) carol: Person,
}

pub(crate) const GRANTS: (&str, &str) = (
    "grants",
    "carol may approve and reveal on *,dave may approve and reveal on *,admin may approve and reveal on *",
);

impl Yard {
    pub(crate) async fn start(kind: Kind) -> Self {
        Self::with(kind, &[]).await
    }

    pub(crate) async fn with(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let mut own = vec![("approval_for", kind.name()), GRANTS];
        own.retain(|(name, _)| !settings.iter().any(|(other, _)| other == name));
        let settings = [&own[..], settings].concat();
        let (app, jobs, admin) = match kind {
            Kind::Obliterate => obliterate::filled(&settings).await,
            Kind::Retire => drained(&settings).await,
            Kind::Move => move_jobs::filled(&settings).await,
            Kind::Repair => repair::filled(&settings).await,
        };
        let carol = app.scoped("carol", Role::Viewer, &["*"]).await;
        Self {
            kind,
            app,
            jobs,
            admin,
            carol,
        }
    }

    /// Sends the form that begins the run, with these fields beside its own or in their place.
    pub(crate) async fn send(&self, person: &Person, more: &[(&str, &str)]) -> Seen {
        match self.kind {
            Kind::Obliterate => obliterate::send(person, more).await,
            Kind::Retire => retire::send(person, more).await,
            Kind::Move => try_begin(person, more).await,
            Kind::Repair => repair::send_run(person, more).await,
        }
    }

    /// The admin asks for the run; the proposal's id.
    pub(crate) async fn ask(&self) -> String {
        let asked = self.send(&self.admin, &[]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        let (_, id) = asked.location().split_once("/proposal?id=").unwrap();
        id.to_owned()
    }

    /// Whether the run's work is not begun.
    pub(crate) async fn is_untouched(&mut self) -> bool {
        match self.kind {
            Kind::Obliterate => obliterate::is_untouched(&mut self.jobs).await,
            Kind::Retire => self.jobs.data("email/v1", "1").await.is_some(),
            Kind::Move => self.jobs.length("email/v1", "wait").await == 2,
            Kind::Repair => repair::is_untouched(&mut self.jobs).await,
        }
    }

    /// Waits until a run's work is done.
    pub(crate) async fn done(&mut self, run: &str) {
        let admin = self.admin.clone();
        eventually("the run is done", || async {
            admin.page(run).await.all("#run .chip") == ["done"]
        })
        .await;
        assert!(!self.is_untouched().await, "{:?}", self.kind);
    }

    /// The run of a proposal that was approved, as its page links it.
    pub(crate) async fn run_of(&self, proposal: &str) -> String {
        let page = self.carol.page(&format!("/proposal?id={proposal}")).await;
        let links = page.attributes("dl.facts a[href^='/run?']", "href");
        links
            .first()
            .unwrap_or_else(|| panic!("{}", page.text()))
            .clone()
    }

    /// Action and outcome of the entries about proposals, about runs and about beginning one alone, oldest first.
    pub(crate) async fn steps(&mut self) -> Vec<(String, String)> {
        let steps = self.entries().await;
        let of = |entry: &AuditEntry, name: &str| entry.get(name).to_owned();
        let pairs = steps.iter();
        pairs
            .map(|entry| (of(entry, "action"), of(entry, "outcome")))
            .collect()
    }

    pub(crate) async fn entries(&mut self) -> Vec<AuditEntry> {
        let mut entries = self.jobs.audit().await;
        let own = self.kind.action();
        entries.retain(|entry| {
            let action = entry.get("action");
            action.starts_with("proposal.") || action.ends_with("break-glass") || action == own
        });
        entries
    }

    /// Nothing was begun, and the newest step is this.
    pub(crate) async fn assert_untouched(&mut self, action: &str, outcome: &str) {
        assert!(self.is_untouched().await, "{:?}", self.kind);
        let runs: u64 = self.jobs.run(&["ZCARD", "bullkeeper:runs"]).await;
        assert_eq!(runs, 0, "{:?}", self.kind);
        let steps = self.steps().await;
        let last = steps.last().unwrap();
        assert_eq!((last.0.as_str(), last.1.as_str()), (action, outcome));
    }
}

/// Steps as they are compared.
pub(crate) fn steps(told: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = told.iter();
    pairs
        .map(|(action, outcome)| (action.as_str(), outcome.as_str()))
        .collect()
}
