//! The architecture: imports go one way, and vendored files are what they say they are.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub(crate) fn sources(folder: &str) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == ending) {
                files.push(path);
            }
        }
    }
    files
}

/// Whether a line names `word` itself, and not a module of ours that is called so: `crate::store::bullmq::keys`.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with("::"))
}

fn assert_not_in(folder: &str, forbidden: &[&str]) {
    for file in sources(folder) {
        let source = fs::read_to_string(&file).unwrap();
        for word in forbidden {
            let line = source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .find(|line| names(line, word));
            assert_eq!(line, None, "{} may not know {word}", file.display());
        }
    }
}

#[test]
fn imports_go_one_way_web_to_service_to_store_to_domain() {
    let http = ["axum", "crate::web", "tower_http"];
    assert_not_in("src/domain", &http);
    assert_not_in(
        "src/domain",
        &[
            "crate::store",
            "crate::service",
            "redis::",
            "bullmq::",
            "tokio::",
            "std::fs",
        ],
    );
    assert_not_in("src/store", &http);
    assert_not_in("src/store", &["crate::service"]);
    assert_not_in("src/service", &http);
    assert_not_in("src/service", &["redis::", "bullmq::"]);
    assert_not_in("src/web", &["redis::", "bullmq::"]);
}

#[test]
fn the_time_of_day_comes_from_the_clock_alone() {
    for folder in ["domain", "store", "service", "web", "serve", "demo"] {
        let folder = format!("src/{folder}");
        assert_not_in(&folder, &["SystemTime::now", "now_utc", "Utc::now"]);
    }
}

#[test]
fn the_environment_is_read_in_the_settings_alone() {
    for folder in ["src/domain", "src/store", "src/service", "src/web"] {
        assert_not_in(folder, &["env::var", "env::vars"]);
    }
}

#[test]
fn every_vendored_file_is_in_the_list_of_hashes_and_has_its_hash() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/vendor");
    let list = fs::read_to_string(folder.join("HASHES.sha256")).unwrap();
    let mut listed: Vec<&str> = Vec::new();
    for line in list.lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(folder.join(name)).unwrap();
        let found = base16ct::lower::encode_string(&Sha256::digest(&bytes));
        assert_eq!(found, hash, "{name}");
        listed.push(name);
    }
    for item in fs::read_dir(&folder).unwrap() {
        let name = item.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "HASHES.sha256" || listed.contains(&name.as_str()),
            "{name} is not in the list"
        );
    }
}

#[test]
fn templates_have_no_inline_script_style_or_unescaped_value() {
    for path in files("templates", "html") {
        let template = fs::read_to_string(&path).unwrap();
        for word in [
            "|safe",
            "| safe",
            "style=\"",
            "hx-on",
            "javascript:",
            "onclick",
        ] {
            assert!(!template.contains(word), "{} has {word}", path.display());
        }
    }
}
