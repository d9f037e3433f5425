//! Which comparison an address asks for.

use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::PairBy;
use crate::service::versions::compare::model::Comparing;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::QueueAt;

/// What is to be compared, as the address and the form hold it.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct CompareAt {
    /// The family.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) prefix: String,
    /// The queues; the two newest versions where they are not named.
    #[serde(default)]
    pub(crate) a: String,
    #[serde(default)]
    pub(crate) b: String,
    /// `id` or `pointer`.
    #[serde(default)]
    pub(crate) by: String,
    #[serde(default)]
    pub(crate) pointer: String,
    #[serde(default)]
    pub(crate) only: String,
}

impl CompareAt {
    fn by(&self) -> Result<PairBy, String> {
        match self.by.as_str() {
            "pointer" if self.pointer.is_empty() => {
                Err("Type the pointer to what pairs two jobs, such as /orderId.".to_owned())
            }
            "" if self.pointer.is_empty() => Ok(PairBy::Id),
            "id" => Ok(PairBy::Id),
            "" | "pointer" => PairBy::pointer(&self.pointer)
                .map_err(|bad| format!("This is not a pointer: {bad}.")),
            other => Err(format!(
                "Jobs can't be paired by {other:?}, only by id or by pointer."
            )),
        }
    }

    pub(crate) fn query(&self) -> [(&'static str, &str); 7] {
        [
            ("name", &self.name),
            ("prefix", &self.prefix),
            ("a", &self.a),
            ("b", &self.b),
            ("by", &self.by),
            ("pointer", &self.pointer),
            ("only", &self.only),
        ]
    }
}

/// What an address asks to be compared, as far as it can be meant.
pub(crate) struct Meant {
    /// The versions to choose from, newest first: label and queue.
    pub(crate) versions: Vec<(String, QueueId)>,
    /// The address, with what it left out filled in.
    pub(crate) at: CompareAt,
    /// What to compare, or what is wrong with it; `None` where there is only one version.
    pub(crate) asked: Option<Result<Comparing, String>>,
}

impl Meant {
    pub(crate) async fn of(
        app: &App,
        operator: &Operator,
        mut at: CompareAt,
    ) -> Result<Self, PageError> {
        let family = QueueAt::named(&at.name, &at.prefix).queue(app)?;
        let (prefix, name) = (family.prefix(), family.name());
        let versions: Vec<(String, QueueId)> = app
            .services
            .versions(operator, prefix, name, [&at.a, &at.b])
            .await?
            .into_iter()
            .map(|version| {
                let queue = version.figures.queue.clone();
                let label = match version.lineage.label.as_str() {
                    "" => queue.name().to_owned(),
                    label => label.to_owned(),
                };
                (label, queue)
            })
            .collect();
        // The older one goes first: what was there before is what the new one is compared with.
        for (field, place) in [(&mut at.a, 1), (&mut at.b, 0)] {
            if let (true, Some((_, queue))) = (field.is_empty(), versions.get(place)) {
                *field = queue.name().to_owned();
            }
        }
        let chosen = |name: &str| {
            let found = versions.iter().find(|(_, queue)| queue.name() == name);
            found.map(|(_, queue)| queue.clone())
        };
        let asked = match (chosen(&at.a), chosen(&at.b)) {
            _ if versions.len() < 2 => None,
            (Some(a), Some(b)) if a == b => Some(Err("Choose two different versions.".to_owned())),
            (Some(a), Some(b)) => Some(at.by().map(|by| Comparing { a, b, by })),
            (a, _) => {
                let name = if a.is_none() { &at.a } else { &at.b };
                let text = format!("The family {:?} has no version {name:?}.", at.name);
                return Err(PageError::not_found(text));
            }
        };
        Ok(Self {
            versions,
            at,
            asked,
        })
    }
}
