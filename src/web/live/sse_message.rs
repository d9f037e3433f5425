//! The format of messages: server-sent events (HTML Standard, section 9.2) that hold htmx partials.

use std::fmt::{Display, Write};

use super::gzip::EventText;
use crate::service::live::snapshot::SnapshotId;

/// A message of fragments, each for one element. A page skips those whose element it does not have.
#[derive(Debug, Default)]
pub(crate) struct Message(String);

impl Message {
    /// Puts `html` into the element `target`: `innerMorph`, `outerMorph`, `beforeend`, `outerHTML`.
    pub(crate) fn part(&mut self, target: &str, swap: &str, html: &dyn Display) {
        // Writing into a String can't fail, and a template that fails is cut short.
        let _ = writeln!(
            self.0,
            "<hx-partial hx-target=\"#{target}\" hx-swap=\"{swap}\">{html}</hx-partial>"
        );
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The message as it is sent; a stream that broke off is resumed behind `mark`.
    pub(crate) fn sent(&self, mark: SnapshotId) -> EventText {
        self.with_id(Some(&mark.to_string()))
    }

    /// The message with an id on one line, behind which a stream that broke off is resumed.
    pub(crate) fn with_id(&self, id: Option<&str>) -> EventText {
        let mut event = id.map_or_else(String::new, |id| format!("id: {id}\n"));
        put_data(&mut event, &self.0);
        EventText::new(event)
    }
}

/// A named event, which the page's script hears of.
pub(crate) fn named(name: &str, text: &str) -> EventText {
    let mut event = format!("event: {name}\n");
    put_data(&mut event, text);
    EventText::new(event)
}

/// Writes each line as a data line. A CR, which a value may hold, would also end a line, so it is written as `&#13;`.
fn put_data(event: &mut String, text: &str) {
    let text = text.replace('\r', "&#13;");
    for line in text.trim_end_matches('\n').split('\n') {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_message_is_a_line_of_data() {
        let mut message = Message::default();
        message.part("r1", "outerMorph", &"a\r\nb");
        let mark = SnapshotId {
            process: 7,
            number: 2,
        };
        let sent = String::from_utf8(message.sent(mark).plain().to_vec()).unwrap();
        assert_eq!(
            sent,
            "id: 7-2\ndata: <hx-partial hx-target=\"#r1\" hx-swap=\"outerMorph\">a&#13;\ndata: b</hx-partial>\n\n"
        );
    }
}
