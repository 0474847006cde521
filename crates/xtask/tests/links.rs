//! The pages of the project: what they link to exists, the site lists each, and the code of the tutorial is that of the example.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Every page, by its path from the root of the checkout.
fn pages() -> Vec<PathBuf> {
    fn below(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default();
            if path.is_dir() {
                if name != "target" && name != ".git" && name != "node_modules" {
                    below(&path, into);
                }
            } else if path.extension().is_some_and(|extension| extension == "md") {
                into.push(path);
            }
        }
    }
    let mut pages = Vec::new();
    below(Path::new(ROOT), &mut pages);
    assert!(pages.len() > 30, "{} pages", pages.len());
    pages
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .replace("\r\n", "\n")
}

/// The text without what stands in blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What the text links to.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The names by which the headings of a page are linked to.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            let leads = target.exists()
                && (anchor.is_empty()
                    || target.extension().is_some_and(|extension| extension != "md")
                    || anchors(&read(&target)).contains(anchor));
            if !leads {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_site_lists_every_page_of_the_documentation() {
    let docs = Path::new(ROOT).join("docs");
    let summary = read(&docs.join("SUMMARY.md"));
    let listed: BTreeSet<PathBuf> = links(&summary)
        .iter()
        .map(|link| {
            docs.join(link)
                .canonicalize()
                .unwrap_or_else(|error| panic!("{link}: {error}"))
        })
        .collect();
    let docs = docs.canonicalize().unwrap();
    for page in pages() {
        let page = page.canonicalize().unwrap();
        if page.starts_with(&docs) && !page.ends_with("SUMMARY.md") {
            assert!(
                listed.contains(&page),
                "{} is not in docs/SUMMARY.md",
                page.display()
            );
        }
    }
}

/// The site has the pages of its folder alone: a link to something outside of it is broken there.
#[test]
fn a_page_of_the_site_links_to_pages_of_the_site() {
    let docs = Path::new(ROOT).join("docs").canonicalize().unwrap();
    let mut outside = Vec::new();
    for page in pages() {
        let page = page.canonicalize().unwrap();
        if !page.starts_with(&docs) {
            continue;
        }
        for link in links(&read(&page)) {
            let file = link.split('#').next().unwrap_or_default();
            let target = page.parent().unwrap().join(file).canonicalize();
            if !link.contains("://") && target.is_ok_and(|target| !target.starts_with(&docs)) {
                outside.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}

/// So the tutorial is compiled: each of its blocks of Rust stands in an example or a test, as it is.
#[test]
fn the_tutorial_shows_code_of_the_example() {
    let tutorial = read(&Path::new(ROOT).join("docs/guides/writing-a-connector.md"));
    let sources = [
        "crates/connector-sdk/examples/file_connector/connector.rs",
        "crates/connector-sdk/examples/file_connector/changes.rs",
        "crates/connector-sdk/tests/it/conformance.rs",
    ];
    let sources: String = sources
        .iter()
        .map(|path| read(&Path::new(ROOT).join(path)))
        .collect();
    let blocks: Vec<&str> = tutorial
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 5, "{} blocks", blocks.len());
    for block in blocks {
        assert!(sources.contains(block), "this is not in the example:\n{block}");
    }
}

/// The words of a message that the page on troubleshooting explains stand in a source.
#[test]
fn every_message_that_is_explained_exists() {
    fn below(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&read(&path));
            }
        }
    }
    let page = read(&Path::new(ROOT).join("docs/guides/troubleshooting.md"));
    let mut sources = String::new();
    below(&Path::new(ROOT).join("crates"), &mut sources);
    // A text may go on in the next line of the source.
    let sources: String = sources
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect::<Vec<_>>()
        .join(" ");
    let messages = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let messages: Vec<&str> = messages.map(|(message, _)| message).collect();
    assert!(messages.len() > 10, "{messages:?}");
    for message in messages {
        let says_flag = message.split_once(" --").map_or(message, |(words, _)| words);
        assert!(sources.contains(says_flag), "no source says {message:?}");
    }
}

/// A crate that is published has what its page needs, and the licence of the project.
#[test]
fn every_published_crate_has_a_page_and_the_licence() {
    let licence = read(&Path::new(ROOT).join("LICENSE"));
    let mut published = 0;
    for folder in ["crates", "bins"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let manifest = read(&path.join("Cargo.toml"));
            if ["publish.workspace = true", "publish = false"]
                .iter()
                .any(|not| manifest.contains(not))
            {
                continue;
            }
            published += 1;
            for key in [
                "description = ",
                "keywords = [",
                "categories = [",
                "[package.metadata.docs.rs]",
            ] {
                assert!(manifest.contains(key), "{} lacks {key}", path.display());
            }
            assert_eq!(read(&path.join("LICENSE")), licence, "{}", path.display());
            let name = manifest
                .lines()
                .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            let name = name.unwrap();
            assert!(
                read(&path.join("README.md")).starts_with(&format!("# {name}\n")),
                "{name}"
            );
            let lib = path.join("src/lib.rs");
            if lib.exists() {
                assert!(
                    read(&lib).contains("doc = include_str!(\"../README.md\")]"),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(published, 23);
}
