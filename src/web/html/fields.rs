//! The fields of a form for an operation's parameters: drawn by `layout/_fields.html` from their descriptions.

use std::collections::HashMap;

use crate::domain::operations::parameters::{ParameterFault, ParameterKind, ParameterSpec};

/// A field, with what was typed into it and what is wrong with that.
#[derive(Debug)]
pub(crate) struct FieldView {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    /// As it was typed, or else its default.
    pub(crate) text: String,
    pub(crate) required: bool,
    /// What is wrong with it; empty for nothing.
    pub(crate) fault: String,
    pub(crate) control: Control,
}

/// How it is filled in.
#[derive(Debug)]
pub(crate) enum Control {
    /// One line; whether only digits make sense.
    Line { digits: bool },
    /// One of these: value, label and whether it is chosen.
    Select(Vec<(&'static str, &'static str, bool)>),
    /// A box to tick, and whether it is.
    Tick(bool),
}

/// The fields of `specs`, with what was typed into them.
pub(crate) fn fields(
    specs: &[ParameterSpec],
    typed: &HashMap<String, String>,
    faults: &[ParameterFault],
) -> Vec<FieldView> {
    let field = |spec: &ParameterSpec| {
        let text = typed.get(spec.name).map_or(spec.default, String::as_str);
        let fault = faults.iter().find(|fault| fault.name == spec.name);
        FieldView {
            name: spec.name,
            label: spec.label,
            help: spec.help,
            text: text.to_owned(),
            required: spec.has_to_be_given(),
            fault: fault.map_or_else(String::new, |fault| fault.message.clone()),
            control: control(&spec.kind, text),
        }
    };
    specs.iter().map(field).collect()
}

fn control(kind: &ParameterKind, text: &str) -> Control {
    match kind {
        ParameterKind::Number { .. } => Control::Line { digits: true },
        ParameterKind::Moment
        | ParameterKind::HowLong { .. }
        | ParameterKind::Text { .. }
        | ParameterKind::Json { .. } => Control::Line { digits: false },
        ParameterKind::Flag => Control::Tick(!text.is_empty()),
        ParameterKind::Choice(choices) => Control::Select(
            choices
                .iter()
                .map(|choice| (choice.value, choice.label, choice.value == text))
                .collect(),
        ),
    }
}
