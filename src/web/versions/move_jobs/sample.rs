//! What stands beside a move's form: a job that would move, and the schema that its data would be under.

use crate::domain::json::Document;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::versions::move_jobs::sample::{MoveSample, SampleJob};
use crate::web::app::App;
use crate::web::html::format::bytes;
use crate::web::html::json_colors::{Piece, pieces};
use crate::web::job::edit::page::SchemaView;

/// A longer schema is not shown, in bytes.
const LARGEST_SCHEMA: usize = 32 * 1024;

/// A job that would move, and the schema of the target.
#[derive(Debug)]
pub(crate) struct MoveSampleView {
    pub(crate) job: Option<SampleJobView>,
    pub(crate) schema: SchemaView,
    /// The schema's text; empty if there is none, or it is too large.
    pub(crate) schema_text: Vec<Piece>,
}

/// A job that would move.
#[derive(Debug)]
pub(crate) struct SampleJobView {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) size: String,
    /// Its data; empty if it is too large.
    pub(crate) data: Vec<Piece>,
}

impl MoveSampleView {
    pub(super) fn new(app: &App, source: &QueueId, sample: MoveSample) -> Self {
        let schema_text = match &sample.schema {
            InForce::Schema(schema) => schema.pretty(),
            InForce::Nothing | InForce::Faulty(_) => String::new(),
        };
        Self {
            schema: SchemaView::new(&sample.schema),
            schema_text: match schema_text.len() {
                0 | LARGEST_SCHEMA.. => Vec::new(),
                _ => pieces(schema_text),
            },
            job: sample.job.map(|job| SampleJobView::new(app, source, job)),
        }
    }
}

impl SampleJobView {
    fn new(app: &App, source: &QueueId, job: SampleJob) -> Self {
        Self {
            href: app.links().job(source, &job.id),
            id: job.id.as_str().to_owned(),
            name: job.name,
            size: bytes(job.size),
            data: match job.data {
                None => Vec::new(),
                Some(text) if Document::parse(&text).is_ok() => pieces(text),
                Some(text) => vec![Piece { class: "", text }],
            },
        }
    }
}
