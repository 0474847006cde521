//! Sentences of the documents that were found untrue do not come back.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A sentence that says more than is so: it has all of these words, in this order, and none of those that make it true.
struct Claim {
    words: &'static [&'static str],
    unless: &'static [&'static str],
    why: &'static str,
}

const CLAIMS: [Claim; 8] = [
    Claim {
        words: &["every", "api token"],
        unless: &["api token of a user", "api tokens of users"],
        why: "a token that the key may not list is a gap",
    },
    Claim {
        words: &["service accounts", "are not read"],
        unless: &[],
        why: "service accounts, their tokens and clients, and the keys of the organization are read",
    },
    Claim {
        words: &["no api", "authentication polic"],
        unless: &[],
        why: "the vendor has an API that reads authentication policies; it is not asked",
    },
    Claim {
        words: &["the same command lines"],
        unless: &["but for", "except"],
        why: "some settings of the Go connector are refused",
    },
    Claim {
        words: &["lists every difference"],
        unless: &[],
        why: "nobody can know that",
    },
    Claim {
        words: &["nothing that gives access is missing"],
        unless: &["of what it reads"],
        why: "what is not read gives access too",
    },
    Claim {
        words: &["secrets", "never shown", "in whatever form"],
        unless: &[],
        why: "one that is written backwards is not found",
    },
    Claim {
        words: &["works with every", "key"],
        unless: &[],
        why: "a key with scopes reads a part",
    },
];

/// `README.md` and all below `docs`.
fn documents() -> Vec<PathBuf> {
    fn below(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                below(&path, into);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                into.push(path);
            }
        }
    }
    let root = Path::new(ROOT);
    let mut found = vec![root.join("README.md")];
    below(&root.join("docs"), &mut found);
    found
}

/// The sentences of a text, in small letters and on one line each. A cell of a table and an item of a list are some too.
fn sentences(text: &str) -> Vec<String> {
    let text = text
        .to_lowercase()
        .replace("\n* ", ". ")
        .replace("\n\n", ". ")
        .replace('|', ". ");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.split(". ").map(str::to_owned).collect()
}

impl Claim {
    fn is_made_in(&self, sentence: &str) -> bool {
        let mut rest = sentence;
        let all = self.words.iter().all(|word| {
            let after = rest.split_once(word).map(|(_, after)| after);
            rest = after.unwrap_or_default();
            after.is_some()
        });
        all && !self.unless.iter().any(|word| sentence.contains(word))
    }
}

#[test]
fn what_was_found_untrue_is_not_said_again() {
    let mut made = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).expect("a text");
        for sentence in sentences(&text) {
            for claim in CLAIMS.iter().filter(|claim| claim.is_made_in(&sentence)) {
                made.push(format!("{}: {sentence}: {}", path.display(), claim.why));
            }
        }
    }
    assert!(made.is_empty(), "{}", made.join("\n"));
}

#[test]
fn claims_are_found_across_lines_and_told_from_true_ones() {
    let made = |text: &str| {
        let found = |sentence: &String| CLAIMS.iter().any(|claim| claim.is_made_in(sentence));
        sentences(text).iter().any(found)
    };
    for text in [
        "Reads every account and\nAPI token.",
        "* Every role, every API token\n* and more",
        "The vendor has no API that reads\nauthentication policies.",
        "So the same command lines and file keys work.",
        "Service accounts and API keys of the organization are not read.",
    ] {
        assert!(made(text), "{text}");
    }
    for text in [
        "Every account is read. An API token is a secret.",
        "Every role, and every API token of a user.",
        "The same command lines work, but for what this page lists.",
    ] {
        assert!(!made(text), "{text}");
    }
}
