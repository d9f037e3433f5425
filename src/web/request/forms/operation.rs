//! What the forms of operations on a job, on many jobs and on a queue have in common: the reason, and the operation's parameters.

use std::collections::HashMap;

use askama::Template;
use serde::Deserialize;

use crate::clock::unix_millis;
use crate::domain::audit::reason::{LONGEST_REASON, Need, Reason};
use crate::domain::operations::parameters::{ParameterFault, ParameterSpec, Parameters};
use crate::web::html::fields::{FieldView, fields};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct OperationForm {
    #[serde(default)]
    pub(crate) reason: String,
    /// The parameters, by their names.
    #[serde(flatten)]
    pub(crate) typed: HashMap<String, String>,
}

/// What is wrong with it.
#[derive(Debug)]
pub(crate) struct FormFaults {
    /// In words.
    pub(crate) text: String,
    /// The fields that are wrong.
    pub(crate) fields: Vec<ParameterFault>,
}

/// The fields of the form.
#[derive(Template, Debug)]
#[template(path = "layout/_operation_form.html")]
pub(crate) struct OperationFields {
    fields: Vec<FieldView>,
    reason: String,
    longest_reason: usize,
    /// What becomes of the reason.
    hint: &'static str,
}

impl askama::filters::HtmlSafe for OperationFields {}

impl OperationForm {
    /// The parameters of an operation that has these; or what is wrong with the form.
    pub(crate) fn parse(&self, specs: &'static [ParameterSpec]) -> Result<Parameters, FormFaults> {
        if let Err(bad) = Reason::parse(&self.reason, Need::Optional) {
            return Err(FormFaults {
                text: bad.to_string(),
                fields: Vec::new(),
            });
        }
        let typed = |name: &str| self.typed.get(name).map(String::as_str);
        Parameters::parse(specs, typed, unix_millis()).map_err(|faults| {
            let texts = faults.iter().map(|fault| fault.message.as_str());
            FormFaults {
                text: texts.collect::<Vec<_>>().join(" "),
                fields: faults,
            }
        })
    }

    /// The fields with what was typed.
    pub(crate) fn fields(
        &self,
        specs: &[ParameterSpec],
        faults: &[ParameterFault],
        hint: &'static str,
    ) -> OperationFields {
        OperationFields {
            fields: fields(specs, &self.typed, faults),
            reason: self.reason.clone(),
            longest_reason: LONGEST_REASON,
            hint,
        }
    }
}
