//! Two versions compared: which of their jobs belong together, who finished how, what they returned, and how fast.

pub(crate) mod pairs;
pub(crate) mod result_diff;
pub(crate) mod summary;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::{Only, PairBy};
use crate::service::versions::compare::export;
use crate::service::versions::compare::model::Comparing;
use crate::web::app::App;
use crate::web::audit::export::{FormatAt, attachment};
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::extract::{Query, QueueAt, SignedInUser};
use summary::{ComparedView, FormView};

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
            "" | "pointer" => {
                PairBy::pointer(&self.pointer).map_err(|bad| format!("This is no pointer: {bad}."))
            }
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
    async fn of(app: &App, operator: &Operator, mut at: CompareAt) -> Result<Self, PageError> {
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

/// Which pairs are on the page.
#[derive(Debug, Deserialize)]
pub(crate) struct FromAt {
    #[serde(default)]
    from: usize,
}

/// The page.
#[derive(Template)]
#[template(path = "versions/compare.html")]
pub(crate) struct ComparePage {
    frame: Frame,
    /// The family, and its page.
    family: String,
    family_href: String,
    form: FormView,
    /// What came of it; `None` where nothing was compared.
    compared: Option<ComparedView>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<CompareAt>,
    Query(range): Query<FromAt>,
) -> Result<Page<ComparePage>, PageError> {
    app.services.overview().ready().await;
    let only: Only = at.only.parse().map_err(PageError::bad)?;
    let meant = Meant::of(&app, &operator, at).await?;
    let (status, compared) = match &meant.asked {
        Some(Ok(asked)) => {
            let found = app.services.compare(&operator, asked).await?;
            let view = ComparedView::new(&app, &meant, asked, &found, only, range.from);
            (StatusCode::OK, Some(view))
        }
        Some(Err(_)) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        None => (StatusCode::OK, None),
    };
    let page = ComparePage {
        frame: app.frame(&operator, ""),
        family: meant.at.name.clone(),
        family_href: app
            .links()
            .family(&meant.at.prefix, &meant.at.name, "/family"),
        form: FormView::new(&app, &meant, only),
        compared,
    };
    Ok(Page::with(status, page))
}

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<CompareAt>,
    Query(format): Query<FormatAt>,
) -> Result<Response, PageError> {
    app.services.overview().ready().await;
    let only: Only = at.only.parse().map_err(PageError::bad)?;
    let format = format.parse()?;
    let asked = match Meant::of(&app, &operator, at).await?.asked {
        Some(Ok(asked)) => asked,
        Some(Err(text)) => return Err(PageError::bad(text)),
        None => return Err(PageError::bad("There is one version only.")),
    };
    let found = app.services.compare(&operator, &asked).await?;
    let bytes = export::export(&asked, &found, only, format);
    let kind = HeaderValue::from_static(format.media_type());
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    attachment(&mut response, "bullkeeper-compare", format);
    Ok(response)
}
