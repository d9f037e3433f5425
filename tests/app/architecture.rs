//! The architecture: imports go one way, and vendored files match their hashes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

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

/// Whether a line names the crate `word`, and not one of our modules with that name: `crate::store::bullmq::keys`.
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
fn pages_read_and_write_through_the_services_alone() {
    assert_not_in("src/web", &["crate::store"]);
}

#[test]
fn no_two_files_need_each_other() {
    let folders = [
        "cli", "config", "demo", "domain", "store", "service", "web", "serve",
    ];
    let files: Vec<(String, PathBuf)> = folders
        .iter()
        .flat_map(|folder| sources(&format!("src/{folder}")))
        .map(|file| (module_of(&file), file))
        .filter(|(module, _)| {
            !["tests", "properties"]
                .iter()
                .any(|end| module.ends_with(end))
        })
        .collect();
    let modules: HashSet<&str> = files.iter().map(|(module, _)| module.as_str()).collect();
    let needed: HashMap<&str, Vec<&str>> = files
        .iter()
        .map(|(module, file)| {
            let named = names_in(&fs::read_to_string(file).unwrap(), module, &modules);
            let of_modules = named.iter().filter_map(|name| holder(name, &modules));
            let others = of_modules.filter(|other| other != module);
            (module.as_str(), others.collect())
        })
        .collect();
    for module in needed.keys() {
        let mut way = reached_from(module, &needed);
        assert!(
            !way.contains(module),
            "{module} needs itself by way of {:?}",
            {
                way.retain(|other| reached_from(other, &needed).contains(module));
                way
            }
        );
    }
}

/// A file's module: `crate::web::job` of `src/web/job/mod.rs`.
fn module_of(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let path = file.strip_prefix(root).unwrap().with_extension("");
    let mut parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    if parts.last() == Some(&"mod") {
        parts.pop();
    }
    format!("crate::{}", parts.join("::"))
}

/// The module among `modules` that a path leads into.
fn holder<'a>(path: &str, modules: &HashSet<&'a str>) -> Option<&'a str> {
    let mut path = path;
    loop {
        if let Some(found) = modules.get(path) {
            return Some(found);
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// The beginning of a file's own tests.
static TESTS: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(r"#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod tests \{").unwrap()
});

/// A path of two names at least.
static A_PATH: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"[A-Za-z_]\w*(?:::\w+)+").unwrap());

/// Every path that a source names, from the crate's root on. Tests are left out, and so is what is only declared.
fn names_in(source: &str, module: &str, modules: &HashSet<&str>) -> Vec<String> {
    let code: String = TESTS
        .splitn(source, 2)
        .next()
        .unwrap()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        // Who may see an item is no need of it.
        .map(|line| {
            line.split_once("pub(in ").map_or(line, |(_, rest)| {
                rest.split_once(')').map_or("", |(_, item)| item)
            })
        })
        .collect::<Vec<_>>()
        .join("\n");
    let mut names = Vec::new();
    for statement in code.split("use ").skip(1) {
        let tree = statement.split(';').next().unwrap();
        spread(tree, "", &mut names);
    }
    names.extend(
        A_PATH
            .find_iter(&code)
            // The root of the tree of a `use`, which is spread above.
            .filter(|found| !code[found.end()..].starts_with("::{"))
            .map(|found| found.as_str().to_owned()),
    );
    names
        .iter()
        .filter_map(|name| from_root(name, module, modules))
        .collect()
}

/// The paths in the tree of a `use`: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn spread(tree: &str, before: &str, names: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap().trim();
        names.push(format!("{before}{name}").replace("::self", ""));
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut from) = (0, 0);
    for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let one = inner[from..at].trim();
                if !one.is_empty() {
                    spread(one, &format!("{before}{}", head.trim()), names);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// A path as it is named in `module`, from the crate's root on; `None` for another crate's.
fn from_root(name: &str, module: &str, modules: &HashSet<&str>) -> Option<String> {
    if name.starts_with("crate::") {
        return Some(name.to_owned());
    }
    if let Some(rest) = name.strip_prefix("self::") {
        return Some(format!("{module}::{rest}"));
    }
    let (mut rest, mut base) = (name, module);
    while let Some(after) = rest.strip_prefix("super::") {
        rest = after;
        base = base.rsplit_once("::")?.0;
    }
    if base != module {
        return Some(format!("{base}::{rest}"));
    }
    let child = format!("{module}::{}", name.split("::").next()?);
    modules
        .contains(child.as_str())
        .then(|| format!("{module}::{name}"))
}

/// Every module that one needs, and those that they need.
fn reached_from<'a>(module: &str, needed: &HashMap<&'a str, Vec<&'a str>>) -> HashSet<&'a str> {
    let mut reached = HashSet::new();
    let mut next: Vec<&str> = needed[module].clone();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(&needed[one]);
        }
    }
    reached
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
