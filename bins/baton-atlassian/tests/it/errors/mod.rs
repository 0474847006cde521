//! Every public error of the project, bare and with the chain of its causes. Whoever adds one adds it here: a test of `xtask`
//! compares the snapshot with the sources.

mod artifacts;
mod clients;
mod programs;

use std::error::Error;
use std::fmt::Write as _;

/// The errors of one type, each as `variant: display`, with its causes below.
fn list<E: Error>(out: &mut String, name: &str, errors: impl IntoIterator<Item = E>) {
    writeln!(out, "# {name}").unwrap();
    for error in errors {
        let shown = format!("{error:?}");
        let variant = shown.split(|c: char| !c.is_ascii_alphanumeric()).next();
        let text = error.to_string();
        stands_alone(name, &text);
        writeln!(out, "{}: {text}", variant.unwrap_or_default()).unwrap();
        let mut cause = error.source();
        while let Some(error) = cause {
            writeln!(out, "    cause: {error}").unwrap();
            cause = error.source();
        }
    }
    writeln!(out).unwrap();
}

/// Checks that a text is a clause: it names what happened without a caller's "cannot" or "failed to" before it.
#[track_caller]
fn stands_alone(name: &str, text: &str) {
    const TAILS: [&str; 24] = [
        "be", "believe", "build", "call", "convert", "create", "decode", "form", "go", "it", "its", "list",
        "make", "open", "prepare", "read", "record", "replace", "replay", "send", "show", "store", "use",
        "write",
    ];
    let first = text.split([' ', ':']).next().unwrap_or_default();
    assert!(!TAILS.contains(&first), "{name} needs words before it: {text}");
    assert!(
        text.contains(' ') && !text.ends_with('.'),
        "{name} is no clause: {text}"
    );
}

#[tokio::test]
async fn every_public_error_stands_alone() {
    let mut out = String::new();
    clients::all(&mut out).await;
    artifacts::all(&mut out);
    programs::all(&mut out).await;
    insta::assert_snapshot!(out.trim_end());
}
