//! A scrape's text, drawn at most once a second however many ask.

use std::fmt::Error;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text, text};
use prometheus_client::registry::Registry;

use super::own;
use super::queues::QueueSamples;
use crate::cache::Cache;
use crate::clock::unix_millis;
use crate::service::metrics::MetricsReading;

/// How long a drawn text is shown to others who ask.
const FRESH: Duration = Duration::from_secs(1);

/// The format of a scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ScrapeFormat {
    /// OpenMetrics 1.0, which Prometheus asks for.
    OpenMetrics,
    /// The older text format 0.0.4, for all others.
    Text,
}

impl ScrapeFormat {
    /// The format that a request asks for.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = headers.get_all(header::ACCEPT).iter();
        let is_open = |value: &axum::http::HeaderValue| {
            let value = value.to_str().unwrap_or_default();
            value.contains("application/openmetrics-text")
        };
        match accepted.any(is_open) {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// The texts of the last second.
#[derive(Debug)]
pub(crate) struct DrawnMetrics(Cache<ScrapeFormat, Bytes, String>);

impl Default for DrawnMetrics {
    fn default() -> Self {
        Self(Cache::new(2, |took| took + FRESH))
    }
}

impl DrawnMetrics {
    /// The text of the last second, or the one that `draw` makes.
    pub(super) async fn get(
        &self,
        format: ScrapeFormat,
        draw: impl Future<Output = Result<Bytes, String>>,
    ) -> Result<Bytes, String> {
        self.0.get(format, draw).await
    }
}

/// What is drawn.
#[derive(Debug)]
struct Scrape {
    read: MetricsReading,
    queues: QueueSamples,
    streams: u64,
}

impl Collector for Scrape {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), Error> {
        own::encode(&self.read, self.queues.dropped, self.streams, &mut to)?;
        self.queues.encode(&mut to, unix_millis())
    }
}

/// Draws the text; `streams` is how many live pages are open.
pub(super) fn draw(
    read: MetricsReading,
    streams: u64,
    format: ScrapeFormat,
) -> Result<String, Error> {
    let queues = QueueSamples::of(&read.listed);
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape {
        read,
        queues,
        streams,
    }));
    let mut drawn = String::new();
    match format {
        ScrapeFormat::OpenMetrics => text::encode(&mut drawn, &registry)?,
        ScrapeFormat::Text => prometheus_text::encode(&mut drawn, &registry)?,
    }
    Ok(drawn)
}
