//! The words of `docs/style.md` that are not used, searched in the names of items, in messages and in documentation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A piece of a source that is held against the list.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// The name of an item.
    Name(String),
    /// A text: of a message, or a line of documentation.
    Text(String),
}

/// The names of items, the strings and the lines of documentation of a source, each with its line.
fn pieces(source: &str) -> Vec<(usize, Piece)> {
    const ITEMS: [&str; 9] = [
        "fn", "struct", "enum", "trait", "type", "mod", "const", "static", "union",
    ];
    let mut found = Vec::new();
    let (mut rest, mut line, mut names_item) = (source, 1, false);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            if rest.starts_with("///") || rest.starts_with("//!") {
                found.push((line, Piece::Text(rest[3..end].trim().to_owned())));
            }
            end
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((text, length)) = string(rest) {
            found.push((line, Piece::Text(text)));
            length
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphabetic() || first == '_' {
            let word: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let length = word.len();
            let begins_item = ITEMS.contains(&word.as_str());
            if names_item && !begins_item && word != "_" {
                found.push((line, Piece::Name(word)));
            }
            names_item = begins_item;
            length
        } else {
            names_item &= first.is_whitespace();
            first.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The text of the string that a source begins with, without the white space that a line break in it skips, and how long the
/// string is.
fn string(source: &str) -> Option<(String, usize)> {
    let body = source.trim_start_matches(['b', 'c']);
    let raw = body.strip_prefix('r').unwrap_or(body);
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let is_raw = raw.len() < body.len();
    let text = raw[hashes..].strip_prefix('"')?;
    if source.len() - body.len() > 1 || (hashes > 0 && !is_raw) {
        return None;
    }
    let before = source.len() - text.len();
    let end = match is_raw {
        true => text.find(&format!("\"{}", "#".repeat(hashes)))?,
        false => {
            let mut escaped = false;
            text.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?
        }
    };
    let words: Vec<&str> = text[..end]
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect();
    Some((words.join(" "), before + end + 1 + hashes))
}

/// The length of the character, or of the quote of a lifetime, that a source begins with.
fn character(source: &str) -> usize {
    let mut rest = source.chars().skip(1);
    match (rest.next(), rest.next()) {
        (Some('\\'), Some(_)) => source[3..].find('\'').map_or(1, |end| end + 4),
        (Some(one), Some('\'')) => one.len_utf8() + 2,
        _ => 1,
    }
}

#[test]
fn names_and_texts_are_found() {
    let source = "
/// Reads \"this\".
// Not this.
pub(crate) fn first<'a>(text: &'a str) -> char {
    let second = \"a \\\"quoted\\\" \\
                  text\";
    call(r#\"raw \"one\"\"#, b\"bytes\", '\"', '\\'', '\\u{22}');
    /* fn hidden() {} */
    'x'
}
const THIRD: u8 = 1;
impl fmt::Display for Fourth {}
";
    let text = |text: &str| Piece::Text(text.to_owned());
    let name = |name: &str| Piece::Name(name.to_owned());
    let expected = [
        (2, text("Reads \"this\".")),
        (4, name("first")),
        (5, text("a \\\"quoted\\\" text")),
        (7, text("raw \"one\"")),
        (7, text("bytes")),
        (11, name("THIRD")),
    ];
    assert_eq!(pieces(source), expected);
}

/// The words of a name: `HttpClient`, `http_client` and `HTTP_CLIENT` have two.
fn words(name: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for part in name.split('_') {
        let is_shouted = !part.chars().any(char::is_lowercase);
        let mut word = String::new();
        for c in part.chars() {
            if c.is_uppercase() && !is_shouted && !word.is_empty() {
                words.insert(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
        }
        words.insert(word);
    }
    words
}

/// The first cells of the table below a heading of `docs/style.md`, without their quotes.
fn listed(heading: &str) -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/style.md")).expect("the page");
    let section = page.split(heading).nth(1).expect("the heading");
    let section = section.split("\n#").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let cell = row
            .trim_start_matches("| ")
            .split(" | ")
            .next()
            .unwrap_or_default();
        cell.split(", ")
            .map(|word| word.trim_matches('`').to_owned())
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The sources without what only tests use: their names are sentences, and their texts are data.
fn sources() -> Vec<(PathBuf, String)> {
    fn below(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && !["gen", "target", "tests"].contains(&name.as_str()) {
                below(&path, into);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                into.push((path, text.to_owned()));
            }
        }
    }
    let mut files = Vec::new();
    for top in ["crates", "bins"] {
        below(&Path::new(ROOT).join(top), &mut files);
    }
    files
}

#[test]
fn words_that_are_not_used_are_not_used() {
    let (names, phrases) = (
        listed("### In names"),
        listed("### In messages and documentation"),
    );
    assert!(
        names.len() > 5 && phrases.len() > 5,
        "the lists are cut: {names:?} {phrases:?}"
    );
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (line, piece) in pieces(&text) {
            let found = match &piece {
                Piece::Name(name) => {
                    let words = words(name);
                    names.iter().find(|banned| words.contains(*banned))
                }
                // A published value is one word, and stays.
                Piece::Text(text) if !text.contains(' ') => None,
                Piece::Text(text) => {
                    // Nor is what stands between backquotes.
                    let outside: Vec<&str> = text.split('`').step_by(2).collect();
                    let text = outside.join("`").to_lowercase();
                    phrases.iter().find(|banned| {
                        text.match_indices(banned.as_str()).any(|(at, found)| {
                            let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                            !is_letter(text[..at].chars().next_back())
                                && !is_letter(text[at + found.len()..].chars().next())
                        })
                    })
                }
            };
            if let Some(found) = found {
                wrong.push(format!("{}:{line}: `{found}` in {piece:?}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/style.md says what to say instead: {wrong:#?}"
    );
}
