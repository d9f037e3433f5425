//! Code that the write gate refuses does not compile.
//!
//! Each file of `tests/compile_fail` is compiled against the library as it was built for these tests. `//~` marks the lines
//! that the compiler must refuse, with the error's code and message. (The crate trybuild would compile every dependency
//! again for this: minutes, and a gigabyte.)

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::architecture::sources;

/// An error of the compiler: its line, code and message.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    line: usize,
    what: String,
}

/// The folder with the libraries that this test was linked with.
fn libraries() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.parent().unwrap().to_owned()
}

/// The library under test, as it was built last.
fn library() -> PathBuf {
    let built = fs::read_dir(libraries()).unwrap().filter_map(|item| {
        let path = item.unwrap().path();
        let name = path.file_name()?.to_str()?;
        let is_ours = name.starts_with("libbullkeeper-") && name.ends_with(".rlib");
        let at = fs::metadata(&path).ok()?.modified().ok()?;
        is_ours.then_some((at, path))
    });
    built.max().unwrap().1
}

/// What the compiler refuses in a file.
fn compile(file: &Path) -> Vec<Refused> {
    let library = library();
    let mut with_library = OsString::from("bullkeeper=");
    with_library.push(&library);
    let mut dependencies = OsString::from("dependency=");
    dependencies.push(libraries());
    let out = tempfile::tempdir().unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer = Command::new(compiler)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--edition", "2024", "--crate-type", "lib"])
        .args(["--emit", "metadata", "--error-format", "json"])
        .args(["--cap-lints", "allow"])
        .arg("--extern")
        .arg(with_library)
        .arg("-L")
        .arg(dependencies)
        .arg("--out-dir")
        .arg(out.path())
        .arg(file)
        .output()
        .unwrap();
    let told = String::from_utf8(answer.stderr).unwrap();
    let mut refused: Vec<Refused> = told.lines().filter_map(refusal).collect();
    assert_eq!(answer.status.success(), refused.is_empty(), "{told}");
    refused.sort();
    refused
}

/// The error in a line of the compiler's output; `None` if it is a summary.
fn refusal(line: &str) -> Option<Refused> {
    let told: serde_json::Value = serde_json::from_str(line).unwrap();
    let spans = told["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let code = told["code"]["code"].as_str().unwrap_or("no code");
    let label = span["label"].as_str().or(told["message"].as_str())?;
    Some(Refused {
        line: usize::try_from(span["line_start"].as_u64()?).unwrap(),
        what: format!("{code} {label}"),
    })
}

/// The errors that a file expects.
fn expected(file: &Path) -> Vec<Refused> {
    let text = fs::read_to_string(file).unwrap();
    let marked = text.lines().enumerate().filter_map(|(at, line)| {
        let (_, what) = line.split_once("//~ ")?;
        Some(Refused {
            line: at + 1,
            what: what.to_owned(),
        })
    });
    marked.collect()
}

#[test]
fn a_write_that_is_not_permitted_or_not_audited_does_not_compile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    files.sort();
    let (mut compiling, mut refused) = (0, 0);
    for file in files {
        let expected = expected(&file);
        assert_eq!(compile(&file), expected, "{}", file.display());
        match expected.is_empty() {
            true => compiling += 1,
            false => refused += 1,
        }
    }
    // One file is permitted and audited, which shows that the others fail only for what they lack.
    assert_eq!((compiling, refused), (1, 10));
}

/// What a store function that changes something must take.
const GATE: [&str; 4] = ["UnrecordedEntry<", "Recorded<", "HeldRun<", "RunStart<"];

/// Commands that write, and those that run a script, which may write.
const WRITES: [&str; 23] = [
    ".script(",
    ".scripts(",
    ".scripts::<",
    ".script::<",
    ".evaluate(",
    "\"EVAL",
    "\"SET\"",
    "\"DEL\"",
    "\"UNLINK\"",
    "\"HSET",
    "\"HDEL",
    "\"HINCRBY",
    "\"LPUSH",
    "\"RPUSH",
    "\"LREM",
    "\"LTRIM",
    "\"ZADD",
    "\"ZREM",
    "\"SADD",
    "\"SREM",
    "\"XADD",
    "\"XTRIM",
    "EXPIRE\"",
];

/// What writes, or runs a script, and is not a change that someone asks for.
const NO_CHANGES: [&str; 24] = [
    // Scripts that read alone.
    "could_move",
    "live_relative",
    "scheduler_revision",
    // The log grows, and loses what is past the retention of the settings.
    "append_audit",
    "trim_audit",
    // Drafts of edits, which change no job. Sessions, the counters of sign-ins, and the process's own secrets.
    "keep_draft",
    "drop_draft",
    "write_session",
    "delete_session",
    "swap_tries",
    "swap_known",
    "know_network",
    "kept_secret",
    // Which process leads.
    "lead",
    "resign",
    // What happened in queues is recorded by nobody in particular, and changes no job.
    "record_minutes",
    "advance",
    "keep_parts",
    "keep_seen_marks",
    // Records of the leading process that nobody can read are put under another name.
    "set_aside",
    "set_aside_fields",
    // What the leading process knows of alerts, and its messages: nobody asks for that.
    "keep_alerts",
    // What a session's next page says, which changes nothing but that.
    "leave_notice",
    "take_notice",
];

/// The functions of a file: each name, the text before its body, and its body.
fn functions(source: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let parts = source.split(" fn ").skip(1);
    parts.filter_map(|part| {
        let name = part.split(['(', '<']).next()?;
        let (signature, body) = part.split_once(" {\n")?;
        Some((name, signature, body))
    })
}

#[test]
fn every_function_of_the_store_that_changes_something_goes_through_the_gate() {
    let mut without: Vec<String> = Vec::new();
    for file in sources("src/store") {
        let source = fs::read_to_string(&file).unwrap();
        for (name, signature, body) in functions(&source) {
            let writes = WRITES.iter().any(|word| body.contains(word));
            if writes && !GATE.iter().any(|taken| signature.contains(taken)) {
                without.push(name.to_owned());
            }
        }
    }
    without.sort();
    let mut allowed = NO_CHANGES;
    allowed.sort_unstable();
    assert_eq!(without, allowed);
}
