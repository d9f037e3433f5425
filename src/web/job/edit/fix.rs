//! A fix that was chosen in the list of problems, where no script does it in the editor.

use axum::http::StatusCode;
use axum::response::Response;

use super::form::EditContext;
use super::page::NoticeView;
use super::problems::place_of;
use crate::domain::access::Operator;
use crate::domain::schema::quick_fixes::QuickFix;

/// What a page says after a fix.
pub(crate) fn told(fix: &QuickFix) -> String {
    format!("{}: {}", place_of(&fix.pointer), fix.label)
}

/// What a page says of a fix that is not offered any more.
pub(crate) fn not_offered() -> NoticeView {
    NoticeView {
        title: "Nothing was fixed",
        text: "The text or the schema has changed since this fix was offered. The problems are listed again.".to_owned(),
    }
}

impl EditContext {
    /// Puts the fix with this name into the text, and returns what it did; or the page that says why there is none.
    pub(super) async fn fix(&mut self, operator: &Operator, fix: &str) -> Result<String, Response> {
        let services = &self.app.services;
        let (job, text) = ((&self.queue, &self.id), &self.draft.text);
        match services.fix_text(operator, job, text, fix).await {
            Ok(Some((fix, text))) => {
                self.draft.text = text.into();
                Ok(told(&fix))
            }
            Ok(None) => {
                let NoticeView { title, text } = not_offered();
                Err(self.invalid(StatusCode::CONFLICT, title, text).await)
            }
            Err(stop) => Err(self.failed(&stop.into()).await),
        }
    }
}
