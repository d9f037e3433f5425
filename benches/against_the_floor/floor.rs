//! The floor: the least that axum and Redis can do for a request. It sends Bullkeeper's commands in as few round trips as
//! they need, and a small answer; without session, rights, rules or page.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, Value};
use serde::Deserialize;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::FLOOR;
use crate::lab::machine::{Process, STARTS_WITHIN, free_address};
use crate::lab::work::{Way, edit_form};
use crate::lab::{Result, seed};
use crate::record::{Piece, Recorded, Recording};

/// How the floor is asked for an edit.
pub(crate) const EDIT: Way = Way {
    request: |target, job, edited| target.post("/edit", &edit_form(job, edited)),
    saved: |answer| answer.body == b"saved",
};

/// Starts the floor, which is this program with another argument.
pub(crate) async fn start(redis: &str, recorded: &Path) -> Result<Process> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args([FLOOR, redis, &address.to_string()])
        .arg(recorded);
    Process::start(command, address, STARTS_WITHIN).await
}

#[derive(Clone)]
struct Floor {
    redis: MultiplexedConnection,
    recordings: Arc<Vec<Recording>>,
    page: Bytes,
    /// Bullkeeper's overview, to be compressed for each request.
    overview: Arc<RwLock<Bytes>>,
}

/// The largest page that [`overview`] sends, in bytes.
const LARGEST_PAGE: usize = 16 * 1024 * 1024;

/// Serves until it is killed, with the recordings in the file `recorded`, one for each state.
pub(crate) async fn serve(redis: &str, address: SocketAddr, recorded: &Path) -> Result<()> {
    let client = redis::Client::open(redis)?;
    let floor = Floor {
        redis: client.get_multiplexed_async_connection().await?,
        recordings: Arc::new(serde_json::from_slice(&std::fs::read(recorded)?)?),
        page: vec![b'x'; LARGEST_PAGE].into(),
        overview: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind(address)
        .await?
        .tap_io(|stream| {
            // As Bullkeeper does; a failure only costs time.
            let _ = stream.set_nodelay(true);
        });
    let router = Router::new()
        .route("/overview", get(overview))
        .route(
            "/compressed",
            get(compressed)
                .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
                .post(take_overview)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/job", get(job))
        .route("/edit", post(edit))
        .with_state(floor);
    Ok(axum::serve(listener, router).await?)
}

#[derive(Deserialize)]
struct Size {
    bytes: usize,
}

/// Sends as many bytes as Bullkeeper's overview has, from memory: a view costs Redis nothing.
async fn overview(State(floor): State<Floor>, Query(size): Query<Size>) -> Bytes {
    floor.page.slice(..size.bytes.min(LARGEST_PAGE))
}

/// Sends Bullkeeper's overview, compressed for this request alone, as Bullkeeper's other pages are.
async fn compressed(State(floor): State<Floor>) -> Html<Bytes> {
    let page = floor.overview.read();
    Html(page.map_or_else(|_| Bytes::new(), |page| page.clone()))
}

/// Takes the page that [`compressed`] sends.
async fn take_overview(State(floor): State<Floor>, page: Bytes) {
    if let Ok(mut overview) = floor.overview.write() {
        *overview = page;
    }
}

#[derive(Deserialize)]
struct At {
    queue: String,
    id: String,
    #[serde(default)]
    opened: String,
    #[serde(default)]
    text: String,
}

impl At {
    /// The text of an argument for this job.
    fn filled(&self, argument: &[Piece]) -> String {
        argument
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Queue => &self.queue,
                Piece::Id => &self.id,
                Piece::Before => &self.opened,
                Piece::After => &self.text,
            })
            .map(String::as_str)
            .collect()
    }

    fn recording<'a>(&self, floor: &'a Floor) -> std::result::Result<&'a Recording, StatusCode> {
        seed::state_of(&self.id)
            .and_then(|state| floor.recordings.get(state))
            .ok_or(StatusCode::NOT_FOUND)
    }
}

async fn job(
    State(floor): State<Floor>,
    Query(at): Query<At>,
) -> std::result::Result<String, StatusCode> {
    let answers = send(&floor, &at, &at.recording(&floor)?.page).await?;
    Ok(format!("{} answers", answers.len()))
}

/// Reads, then writes by the script, which is the last command.
async fn edit(
    State(floor): State<Floor>,
    Form(at): Form<At>,
) -> std::result::Result<String, StatusCode> {
    let (script, reads) = at
        .recording(&floor)?
        .edit
        .split_last()
        .ok_or(StatusCode::NOT_FOUND)?;
    send(&floor, &at, reads).await?;
    let saved = send(&floor, &at, std::slice::from_ref(script)).await?;
    match saved.first() {
        Some(Value::Array(said)) if said.first() == Some(&Value::BulkString(b"saved".to_vec())) => {
            Ok("saved".to_owned())
        }
        _ => Err(StatusCode::CONFLICT),
    }
}

/// Sends commands in one pipeline.
async fn send(
    floor: &Floor,
    at: &At,
    commands: &[Recorded],
) -> std::result::Result<Vec<Value>, StatusCode> {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        let mut arguments = command.iter();
        let Some(name) = arguments.next() else {
            continue;
        };
        pipeline.cmd(&at.filled(name));
        for argument in arguments {
            match argument.as_slice() {
                [Piece::Text(text)] => pipeline.arg(text),
                pieces => pipeline.arg(at.filled(pieces)),
            };
        }
    }
    let mut redis = floor.redis.clone();
    pipeline
        .query_async(&mut redis)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
