//! Where an error was thrown: the top frame of a stack as V8 prints it.
//!
//! A frame is its function and the end of its file's path, without the line: an edit elsewhere in the file moves the line, and
//! the same failure would then be a new group after each deploy. The beginning of the path is left out for the same reason, since
//! many deploys go to a folder of their own.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::json::Document;

/// How many lines of a stack are looked at.
const LINES: usize = 60;

/// How many steps of a file's path are kept, from its end.
const STEPS: usize = 2;

/// The longest name of a function or file that is kept, in characters.
const LONGEST: usize = 120;

/// A frame: `chargeCustomer` in `src/charge.ts`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The function; empty if it has no name.
    pub function: String,
    /// The end of its file's path; empty if the stack names none.
    pub file: String,
}

/// The hash that bundlers put into the names of files, as in `main.8f3a2b1c.js`.
static BUNDLE_HASH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[.-][0-9a-f]{6,32}\b").expect("the pattern is valid"));

/// Where a line of a stack leads.
struct Line<'t> {
    function: &'t str,
    path: &'t str,
}

impl Line<'_> {
    /// Whether it is Node's own.
    fn is_internal(&self) -> bool {
        self.path.starts_with("node:")
            || self.path.starts_with("internal/")
            || ["native", "<anonymous>", ""].contains(&self.path)
    }

    fn is_library(&self) -> bool {
        self.path.contains("node_modules")
    }
}

impl Frame {
    /// The frame that tells where an error was thrown: the first that is in the program's own files; where there is none, the
    /// first of a library; else the first of all.
    pub fn top_of(stack: &str) -> Option<Self> {
        let lines: Vec<Line<'_>> = stack.lines().take(LINES).filter_map(line).collect();
        let own = lines
            .iter()
            .find(|line| !line.is_internal() && !line.is_library());
        let library = || lines.iter().find(|line| !line.is_internal());
        own.or_else(library).or(lines.first()).map(Self::of)
    }

    fn of(line: &Line<'_>) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        Self {
            function: cut(line.function),
            file: cut(&BUNDLE_HASH.replace_all(&end_of(line.path), "")),
        }
    }

    /// `chargeCustomer (src/charge.ts)`.
    pub fn text(&self) -> String {
        match (self.function.as_str(), self.file.as_str()) {
            ("", file) => file.to_owned(),
            (function, "") => function.to_owned(),
            (function, file) => format!("{function} ({file})"),
        }
    }
}

/// The newest stack of those that BullMQ keeps with a job, a JSON array of texts.
pub(crate) fn newest(stacks: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(stacks).ok()?;
    Document::parse(text).ok()?.strings()?.pop()
}

fn line(line: &str) -> Option<Line<'_>> {
    let rest = line.trim_start().strip_prefix("at ")?.trim_end();
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let (function, place) = match rest
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
    {
        Some((function, place)) => (function, place),
        None => ("", rest),
    };
    // `Queue.add [as addJob]` is the function `Queue.add`.
    let function = function.split(" [as ").next().unwrap_or_default();
    let function = match function {
        "<anonymous>" | "Object.<anonymous>" | "Function.<anonymous>" => "",
        function => function,
    };
    Some(Line {
        function,
        path: without_position(place),
    })
}

/// A path without the line and the column after it.
fn without_position(place: &str) -> &str {
    let mut path = place;
    for _ in 0..2 {
        match path.rsplit_once(':') {
            Some((before, digits)) if is_number(digits) => path = before,
            _ => break,
        }
    }
    path
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The last steps of a path.
fn end_of(path: &str) -> String {
    if path.starts_with("node:") || path.starts_with("internal/") {
        return path.to_owned();
    }
    let path = path.replace('\\', "/");
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    // Of a library, its name is kept too.
    let from = steps.iter().rposition(|step| *step == "node_modules");
    let from = from.map_or(steps.len().saturating_sub(STEPS), |at| at + 1);
    steps[from..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(stack: &str) -> String {
        Frame::top_of(stack).map_or_else(String::new, |frame| frame.text())
    }

    #[test]
    fn the_top_frame_is_the_first_of_the_programs_own_files() {
        let stack = "TypeError: no\n    at Object.parse (node:internal/json:1:2)\n    at validate (/srv/app/node_modules/ajv/dist/core.js:5:1)\n    at async Charger.charge [as run] (/srv/releases/77/src/charge.ts:41:13)\n    at processJob (/srv/app/node_modules/bullmq/dist/worker.js:515:28)";
        assert_eq!(top(stack), "Charger.charge (src/charge.ts)");
        assert_eq!(
            top("Error\n    at Worker.run (/a/node_modules/bullmq/dist/worker.js:1:2)"),
            "Worker.run (bullmq/dist/worker.js)"
        );
        assert_eq!(
            top("Error\n    at listOnTimeout (node:internal/timers:1:2)"),
            "listOnTimeout (node:internal/timers)"
        );
        assert_eq!(top("Error: no stack"), "");
    }

    #[test]
    fn lines_columns_deploy_folders_and_hashes_of_bundles_make_no_difference() {
        for stack in [
            "Error\n    at charge (/srv/a/dist/main.8f3a2b1c.js:1:2)",
            "Error\n    at charge (/srv/b/dist/main.9aa2b1c0.js:33:4)",
            "Error\n    at charge (C:\\srv\\b\\dist\\main.js:33:4)",
            "Error\n    at charge (file:///srv/b/dist/main.js:33:4)",
        ] {
            assert_eq!(top(stack), "charge (dist/main.js)", "{stack}");
        }
        assert_eq!(
            top("Error\n    at /srv/b/dist/main.js:33:4"),
            "dist/main.js"
        );
    }

    #[test]
    fn the_newest_stack_is_the_last() {
        assert_eq!(newest(br#"["old","new"]"#).as_deref(), Some("new"));
        for odd in ["", "[]", "{}", "[1]", "\u{fffd}"] {
            assert_eq!(newest(odd.as_bytes()), None, "{odd}");
        }
        assert_eq!(newest(&[0xff]), None);
    }
}
