//! Rules of `docs/style.md` that a look at the files tells.

use std::path::{Path, PathBuf};

/// Every file of Rust below `crates` and `bins`, but what is generated.
fn sources() -> Vec<PathBuf> {
    fn below(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("gen") && !path.ends_with("target") {
                below(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for top in ["crates", "bins"] {
        below(&root.join(top), &mut files);
    }
    files
}

#[test]
fn a_module_with_children_is_a_folder_with_mod_rs() {
    let doubled: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|file| {
            let folder = file.with_extension("");
            std::fs::read_dir(folder).is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry
                        .unwrap()
                        .path()
                        .extension()
                        .is_some_and(|extension| extension == "rs")
                })
            })
        })
        .collect();
    assert!(
        doubled.is_empty(),
        "move each into its folder, as mod.rs: {doubled:#?}"
    );
}

/// Imports are one block, which rustfmt keeps in order: it sorts within a block and leaves blocks as they are.
#[test]
fn imports_stand_in_one_block() {
    let mut cut: Vec<String> = Vec::new();
    for file in sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut after_import = false;
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with("use ") || after_import && !line.is_empty() && line.starts_with([' ', '}']) {
                after_import = true;
                continue;
            }
            if after_import
                && line.is_empty()
                && lines.get(at + 1).is_some_and(|next| next.starts_with("use "))
            {
                cut.push(format!("{}:{}", file.display(), at + 1));
            }
            after_import = false;
        }
    }
    assert!(cut.is_empty(), "no empty line between imports: {cut:#?}");
}

#[test]
fn files_stay_below_600_lines() {
    let long: Vec<(PathBuf, usize)> = sources()
        .into_iter()
        .map(|file| {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            (file, lines)
        })
        .filter(|(_, lines)| *lines >= 600)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// A program says what it is called and what it is made of; what can be used by another one is a library.
#[test]
fn binaries_are_thin() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let mut lines = std::collections::BTreeMap::<String, usize>::new();
    for file in sources() {
        let file = file.canonicalize().unwrap();
        let mut parts = file.strip_prefix(&root).unwrap().iter();
        if parts.next().is_some_and(|top| top == "bins") {
            let package = parts.next().unwrap().to_string_lossy().into_owned();
            if parts.next().is_some_and(|folder| folder == "src") {
                *lines.entry(package).or_default() += std::fs::read_to_string(&file).unwrap().lines().count();
            }
        }
    }
    assert!(!lines.is_empty());
    lines.retain(|_, lines| *lines > 300);
    assert!(lines.is_empty(), "more than 300 lines: {lines:?}");
}

/// The lines of these crates are exported, with their message and a few fields: what differs stands in fields, so that a name
/// in a message reaches no collector.
#[test]
fn messages_of_log_lines_are_constant() {
    const EXPORTED: [&str; 5] = [
        "connector-daemon",
        "connector-runtime",
        "connector-service",
        "http-kit",
        "atlassian-connector",
    ];
    /// Counts, which people look for in these words.
    const OF_NUMBERS: &str = "uploaded {} accounts, {} grants";
    let mut wrong = Vec::new();
    for file in sources() {
        let path = file.to_string_lossy().into_owned();
        if !EXPORTED
            .iter()
            .any(|name| path.contains(&format!("crates/{name}/src/")))
        {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for level in ["error!(", "warn!(", "info!("] {
            for (at, _) in text.match_indices(level) {
                // A macro of another name that ends alike.
                if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let call = &text[at + level.len()..];
                let call = &call[..call.find(");").unwrap_or(call.len())];
                let is_template = call.split('"').skip(1).step_by(2).any(|word| word.contains('{'));
                if is_template && !call.contains(OF_NUMBERS) {
                    wrong.push(format!("{path}: {}", call.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
