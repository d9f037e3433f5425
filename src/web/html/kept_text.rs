//! Errors on pages that keep what was typed.

use axum::http::StatusCode;
use axum::response::Response;

use super::error::PageError;
use crate::domain::access::Operator;

impl PageError {
    /// The page that `page` draws with what was typed, under this error's status and with its title and text; the error alone
    /// where it may not be shown, or can't be drawn either.
    pub(crate) async fn on_page<F>(
        self,
        page: impl FnOnce(StatusCode, (&'static str, String)) -> F,
    ) -> Result<Response, Self>
    where
        F: Future<Output = Result<Response, Self>>,
    {
        if !self.keeps_text() {
            return Err(self);
        }
        match page(self.status, self.told()).await {
            Ok(mut answer) => {
                self.add_headers(&mut answer);
                Ok(answer)
            }
            Err(_) => Err(self),
        }
    }

    /// The title and the details with the request's id, where the person is known who may ask about it.
    pub(crate) fn told_to(&self, operator: Option<&Operator>) -> (&'static str, String) {
        let (title, mut text) = self.told();
        if let Some(operator) = operator {
            text.push_str(&format!(" Request {}.", operator.origin().request));
        }
        (title, text)
    }

    /// Whether the answer may name what it is about, and the form can be sent again.
    pub(crate) fn keeps_text(&self) -> bool {
        !matches!(
            self.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
        )
    }
}
