//! The settings that variables of the environment give.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::ValueSource;
use super::collected::Collected;

/// The beginning of every variable's name.
const PREFIX: &str = "BULLKEEPER_";

/// Finds Bullkeeper's variables: their names after the prefix, in lower case, with their values.
pub(in crate::config) fn find(
    env: impl IntoIterator<Item = (OsString, OsString)>,
    collected: &mut Collected,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in env {
        let name = name.to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        match value.into_string() {
            Ok(value) if is_service_link(rest, &value) => {}
            Ok(value) => {
                found.insert(rest.to_ascii_lowercase(), value);
            }
            Err(_) => collected.fault(format!("{name}: the value is not UTF-8 text")),
        }
    }
    found
}

/// Adds the settings in `variables`.
pub(in crate::config) fn read(variables: &BTreeMap<String, String>, collected: &mut Collected) {
    for (name, value) in variables {
        let source = ValueSource::Variable(format!("{PREFIX}{}", name.to_ascii_uppercase()));
        if let Some(row) = collected.row(name, &source) {
            collected.set(row, row.values_in(value), source);
        }
    }
}

/// Whether a variable is one that Kubernetes puts into every container for a service whose name begins with
/// `bullkeeper`: `BULLKEEPER_SERVICE_HOST`, `BULLKEEPER_PORT=tcp://…`, `BULLKEEPER_PORT_3000_TCP_ADDR`, ….
fn is_service_link(rest: &str, value: &str) -> bool {
    let rest = format!("_{rest}");
    let protocol = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    rest.ends_with("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT")
        || (rest.ends_with("_PORT") && protocol)
        || rest
            .split_once("_PORT_")
            .is_some_and(|(_, after)| after.starts_with(|letter: char| letter.is_ascii_digit()))
}
