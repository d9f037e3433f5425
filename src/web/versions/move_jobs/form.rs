//! The form of a move: its fields, and how it is received.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use serde::Deserialize;

use super::sample::MoveSampleView;
use crate::domain::access::Operator;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;
use crate::domain::search::Query as JobQuery;
use crate::domain::versions::move_jobs::{MOVABLE, MoveSpec};
use crate::service::versions::move_jobs::request::MoveRequest;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::{Form, QueueAt};
use crate::web::request::fresh_password::TypedPassword;
use crate::web::request::session::SignedInUser;

/// All fields of the form and the dry run. A ticked box may hold any text.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MoveForm {
    /// The family.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) waiting: String,
    #[serde(default)]
    pub(crate) prioritized: String,
    #[serde(default)]
    pub(crate) delayed: String,
    #[serde(default)]
    pub(crate) failed: String,
    #[serde(default)]
    pub(crate) job_name: String,
    #[serde(default)]
    pub(crate) job_id: String,
    /// A query that the jobs match.
    #[serde(default)]
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) patch: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) confirm: String,
    /// Not empty where it is to begin without the second person that it takes.
    #[serde(default)]
    pub(crate) alone: String,
}

/// What the form sends. The password is no part of what comes again.
#[derive(Deserialize)]
struct SentMove {
    #[serde(flatten)]
    form: MoveForm,
    #[serde(default)]
    password: TypedPassword,
}

impl MoveForm {
    /// Which states of [`MOVABLE`] are ticked.
    pub(crate) fn ticks(&self) -> [bool; 4] {
        [
            &self.waiting,
            &self.prioritized,
            &self.delayed,
            &self.failed,
        ]
        .map(|tick| !tick.is_empty())
    }

    fn queue(&self, app: &App, name: &str) -> Result<QueueId, PageError> {
        QueueAt::named(name, &self.prefix).queue(app)
    }

    /// Which jobs are chosen.
    pub(super) fn filter(&self) -> JobFilter {
        let ticked = MOVABLE.into_iter().zip(self.ticks());
        let states = ticked
            .filter(|(_, ticked)| *ticked)
            .map(|(state, _)| state.name().to_owned());
        JobFilter {
            states: states.collect(),
            name: self.job_name.trim().to_owned(),
            id: self.job_id.trim().to_owned(),
            query: self.fixed_query(),
            ..JobFilter::default()
        }
    }

    /// The query as text whose times no longer depend on the present. A text that is no query stays as it is: the filter's check
    /// says what is wrong with it.
    pub(crate) fn fixed_query(&self) -> String {
        match JobQuery::parse(&self.query) {
            Ok(query) if query.wants_all() => String::new(),
            Ok(query) => query.fixed_text(),
            Err(_) => self.query.clone(),
        }
    }

    pub(crate) fn wish(&self, app: &App) -> Result<MoveRequest, PageError> {
        Ok(MoveRequest {
            source: self.queue(app, &self.from)?,
            target: self.queue(app, &self.to)?,
            spec: MoveSpec {
                filter: self.filter(),
                patch: self.patch.clone(),
            },
            reason: self.reason.clone(),
            confirmed: !self.confirm.is_empty(),
            alone: !self.alone.is_empty(),
        })
    }
}

/// A move that is being prepared: the user, and what was typed so far.
#[derive(Debug)]
pub(crate) struct MoveContext {
    pub(crate) app: App,
    /// The user; `None` if they are not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) form: MoveForm,
    /// The family's versions; empty if the user may not see them.
    pub(crate) choices: Vec<QueueId>,
    /// What stands beside the form.
    pub(crate) sample: Option<Arc<MoveSampleView>>,
}

/// A form from a signed-in user. A person who is not signed in is told so above what they typed.
pub(crate) struct SubmittedMove {
    pub(crate) operator: Operator,
    pub(crate) preparing: MoveContext,
    pub(super) password: TypedPassword,
}

impl FromRequest<App> for SubmittedMove {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
        let request = Request::from_parts(parts, body);
        let Form(SentMove { form, password }) =
            Form::<SentMove>::from_request(request, app).await?;
        let mut preparing = MoveContext {
            app: app.clone(),
            operator: None,
            form,
            choices: Vec::new(),
            sample: None,
        };
        match signed_in {
            Ok(SignedInUser(operator)) => {
                preparing.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    preparing,
                    password,
                })
            }
            Err(error) => Err(preparing.failed(&error)),
        }
    }
}

impl SubmittedMove {
    /// Loads the family's versions, which the form offers.
    pub(crate) async fn with_choices(mut self) -> Result<Self, Response> {
        match self.preparing.find_choices(&self.operator).await {
            Ok(()) => Ok(self),
            Err(error) => Err(self.preparing.failed(&error)),
        }
    }
}

impl MoveContext {
    pub(crate) async fn find_choices(&mut self, operator: &Operator) -> Result<(), PageError> {
        let family = self.form.queue(&self.app, &self.form.name)?;
        let services = &self.app.services;
        self.choices = services
            .move_choices(
                operator,
                family.prefix(),
                family.name(),
                [&self.form.from, &self.form.to],
            )
            .await?;
        Ok(())
    }

    /// Reads the sample for the versions that are chosen. Where it can't be read, the form does without.
    pub(super) async fn find_sample(&mut self, operator: &Operator) {
        let [from, to] = self.chosen_versions();
        let queues = [&from, &to].map(|name| self.form.queue(&self.app, name));
        let [Ok(source), Ok(target)] = queues else {
            return;
        };
        let (services, filter) = (&self.app.services, self.form.filter());
        let sample = services.move_sample(operator, &source, &target, &filter);
        match sample.await {
            Ok(sample) => {
                let view = MoveSampleView::new(&self.app, &source, sample);
                self.sample = Some(Arc::new(view));
            }
            Err(error) => tracing::debug!(%error, "no sample of the jobs to move can be shown"),
        }
    }

    /// The names of the versions, at most with those that were typed: what was typed is shown even if it may not be seen.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .choices
            .iter()
            .map(|queue: &QueueId| queue.name().to_owned())
            .collect();
        for typed in [&self.form.from, &self.form.to] {
            if !typed.is_empty() && !names.contains(typed) {
                names.push(typed.clone());
            }
        }
        names
    }

    /// The versions that are chosen: from which, to which. By default, the remaining jobs of the older version go to the newest.
    pub(super) fn chosen_versions(&self) -> [String; 2] {
        let (form, names) = (&self.form, self.names());
        let or = |typed: &String, at: usize| match typed.is_empty() {
            true => names.get(at).cloned().unwrap_or_default(),
            false => typed.clone(),
        };
        let to = or(&form.to, usize::from(names.first() == Some(&form.from)));
        let from = or(&form.from, usize::from(names.first() == Some(&to)));
        [from, to]
    }
}
