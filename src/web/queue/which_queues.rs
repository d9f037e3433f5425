//! Which queues an operation on many is for, as its address and its form say: a family, or those that the overview's filter
//! finds. A selection is named in the form itself; this says then where it was made.

use askama::Template;
use serde::Deserialize;

use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::queues::QueueChoice;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::overview::filter::{OverviewAddress, OverviewFilterAt};
use crate::web::request::address::{FamilyAt, QueueAt};

/// What the address or the form says of the queues.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct WhichQueues {
    #[serde(default)]
    family: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    q: String,
    /// Only queues with jobs in this state.
    #[serde(default)]
    with: String,
    #[serde(default)]
    problem: String,
    /// The order of the overview.
    #[serde(default)]
    sort: String,
}

/// The fields of a form that say where one came from.
#[derive(Template)]
#[template(path = "queue/_which_queues.html")]
pub(crate) struct WhichFields {
    fields: Vec<(&'static str, String)>,
}

impl askama::filters::HtmlSafe for WhichFields {}

impl WhichQueues {
    /// Those that the overview lists.
    pub(crate) fn listed(address: &OverviewAddress) -> Self {
        let at = OverviewFilterAt::of(address);
        Self {
            q: at.q,
            with: at.state,
            problem: at.problem,
            sort: at.sort,
            ..Self::default()
        }
    }

    /// All versions of a family.
    pub(crate) fn family(app: &App, prefix: &str, name: &str) -> Self {
        Self {
            family: name.to_owned(),
            prefix: app.links().prefix(prefix).to_owned(),
            ..Self::default()
        }
    }

    /// Its parameters in an address.
    pub(crate) fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("family", &self.family),
            ("prefix", &self.prefix),
            ("q", &self.q),
            ("with", &self.with),
            ("problem", &self.problem),
            ("sort", &self.sort),
        ]
    }

    /// The same as fields of a form.
    pub(crate) fn fields(&self) -> WhichFields {
        let pairs = self.pairs().into_iter();
        let said = pairs.filter(|(_, value)| !value.is_empty());
        WhichFields {
            fields: said.map(|(name, value)| (name, value.to_owned())).collect(),
        }
    }

    /// Which queues are meant, also in words.
    pub(crate) fn choice(&self, app: &App) -> Result<(QueueChoice, String), PageError> {
        if !self.family.is_empty() {
            let at = FamilyAt::named(&self.family, &self.prefix);
            let choice = QueueChoice::Family {
                prefix: at.prefix(app)?.to_owned(),
                name: self.family.clone(),
            };
            return Ok((choice, format!("all versions of {}", self.family)));
        }
        let filter = self.overview().parse()?.filter;
        let mut of = match filter.name.is_empty() {
            true => "all queues".to_owned(),
            false => format!("all queues named like {:?}", filter.name),
        };
        if let Some(state) = filter.state {
            of += &format!(" with {state} jobs");
        }
        if filter.problems {
            of += " with problems";
        }
        Ok((QueueChoice::Filtered(filter), of))
    }

    /// The page where they were chosen, with `more` in its address: the family's, or the overview with its filter and order.
    pub(crate) fn back_href(&self, app: &App, more: &[(&str, &str)]) -> String {
        let links = app.links();
        if !self.family.is_empty() {
            let named = [
                ("name", self.family.as_str()),
                ("prefix", self.prefix.as_str()),
            ];
            return links.to("/family", &[&named, more].concat());
        }
        match self.overview().parse() {
            Ok(address) => address.href(links, "/", more),
            Err(_) => links.to("/", more),
        }
    }

    /// The words of the link there.
    pub(crate) fn back_words(&self) -> &str {
        match self.family.as_str() {
            "" => "Overview",
            family => family,
        }
    }

    fn overview(&self) -> OverviewFilterAt {
        OverviewFilterAt {
            q: self.q.clone(),
            state: self.with.clone(),
            problem: self.problem.clone(),
            sort: self.sort.clone(),
            from: None,
        }
    }
}

/// The queues of a form, each as `prefix:name`; a name holds no colon.
pub(super) fn named(app: &App, picked: &[String]) -> Result<Vec<QueueId>, PageError> {
    let queue = |text: &String| {
        let (prefix, name) = text.rsplit_once(':').unwrap_or(("", text));
        QueueAt::named(name, prefix).queue(app)
    };
    let queues: Vec<QueueId> = picked.iter().map(queue).collect::<Result<_, _>>()?;
    match queues.is_empty() {
        true => Err(PageError::bad(
            "No queue is selected. Go back and select the queues first.",
        )),
        false => Ok(queues),
    }
}

/// A queue as a form names it.
pub(crate) fn form_name(queue: &QueueId) -> String {
    format!("{}:{}", queue.prefix(), queue.name())
}
