//! An answer: its status and headers, and the text that users read.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use scraper::{Html, Selector};

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Seen {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: String,
}

impl Seen {
    /// Reads an answer to its end.
    pub async fn of(response: Response) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// The text that users read, with white space folded.
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

    /// The address it redirects to; empty if it does not.
    pub fn location(&self) -> &str {
        self.headers
            .get("location")
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}
