//! The form of an edit, as a page holds it and a browser sends it.

use scraper::{Html, Selector};

use crate::page::Seen;

/// The fields of an edit's form, as a page holds them.
#[derive(Debug, Clone)]
pub struct EditForm(Vec<(String, String)>);

impl EditForm {
    /// The form of `page` that is sent to `action`.
    pub fn of(page: &Seen, action: &str) -> Self {
        let html = Html::parse_document(&page.body);
        let form = Selector::parse("form").unwrap();
        let field = Selector::parse("input[name], textarea[name]").unwrap();
        let form = html
            .select(&form)
            .find(|form| {
                form.value()
                    .attr("action")
                    .is_some_and(|to| to.ends_with(action))
            })
            .unwrap_or_else(|| panic!("no form to {action} in\n{}", page.text()));
        // A box that is not ticked is not sent.
        let is_sent = |field: &scraper::ElementRef<'_>| {
            let box_of = field.value().attr("type") == Some("checkbox");
            !box_of || field.value().attr("checked").is_some()
        };
        let fields = form.select(&field).filter(is_sent).map(|field| {
            let value = match field.value().name() {
                "textarea" => {
                    let text: String = field.text().collect();
                    // The parser drops a first line break, as browsers do.
                    text.replace('\n', "\r\n")
                }
                _ => field.value().attr("value").unwrap_or_default().to_owned(),
            };
            (field.value().attr("name").unwrap().to_owned(), value)
        });
        Self(fields.collect())
    }

    /// Sets a field that names something, which forms hold encoded as `name*`.
    pub fn name(self, name: &str, value: &str) -> Self {
        self.set(&format!("{name}*"), &value.replace('%', "%25"))
    }

    /// A field's value; the field must exist.
    pub fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(other, _)| other == name);
        &field.unwrap_or_else(|| panic!("no field {name}")).1
    }

    /// Sets a field's value, adding the field if it is missing.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Names and values, as they are sent.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}
