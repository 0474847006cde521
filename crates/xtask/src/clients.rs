//! The two clients are for people who never heard of connectors and who may bring their own HTTP: each builds alone, has
//! nothing of a connector in its tree, and without its default features no HTTP implementation and no socket either; and no
//! public type names that implementation.

use crate::ci::{cargo, cargo_with};
use crate::{Result, target_folder};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CLIENTS: [&str; 2] = ["atlassian-admin", "scim-client"];

/// The HTTP implementation that is a default feature.
const IMPLEMENTATION: &str = "reqwest";

/// What an HTTP implementation stands on. Without one, nothing of it may come through other features either.
const SOCKETS: [&str; 5] = ["hyper", "mio", "rustls", "signal-hook-registry", "socket2"];

/// What is of connectors.
const NEVER: [&str; 5] = [
    "governance-connector-sdk",
    "connector-runtime",
    "governance-connector-cli",
    "c1z-file",
    "rusqlite",
];

pub(crate) fn stand_alone(root: &Path) -> Result {
    for client in CLIENTS {
        let check = ["check", "--quiet", "--locked", "--package", client];
        cargo(root, &check)?;
        cargo(root, &[&check[..], &["--no-default-features"]].concat())?;
        let bare = tree(root, client, &["--no-default-features"])?;
        if let Some(one) = [IMPLEMENTATION]
            .into_iter()
            .chain(SOCKETS)
            .find(|one| has(&bare, one))
        {
            return Err(format!("{client} has {one} in its tree without default features").into());
        }
        let full = tree(root, client, &[])?;
        if let Some(one) = NEVER.into_iter().find(|one| has(&full, one)) {
            return Err(format!("{client} has {one} in its tree").into());
        }
    }
    surfaces(root)
}

/// The names of packages in the tree of a package.
fn tree(root: &Path, client: &str, more: &[&str]) -> Result<String> {
    let tree = [
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--package",
        client,
    ];
    let output = Command::new("cargo")
        .args([&tree[..], more].concat())
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo tree of {client} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn has(tree: &str, name: &str) -> bool {
    tree.lines()
        .any(|line| line.split_whitespace().next() == Some(name))
}

/// Reads the documentation of the clients as it is shown to people.
///
/// A type of another crate is a link only where that crate is documented in the same folder, so the implementation
/// is documented first. The clients are then documented again, with a flag of no meaning, in case they were before.
fn surfaces(root: &Path) -> Result {
    let doc = ["doc", "--quiet", "--locked", "--no-deps", "--package"];
    cargo(root, &[&doc[..], &[IMPLEMENTATION]].concat())?;
    cargo_with(
        root,
        &[&doc[..], &[CLIENTS[0], "--package", CLIENTS[1]]].concat(),
        &[("RUSTDOCFLAGS", "-D warnings --cfg surface")],
    )?;
    for client in CLIENTS {
        let mut pages = Vec::new();
        pages_in(
            &target_folder()?.join("doc").join(client.replace('-', "_")),
            &mut pages,
        )?;
        if pages.len() < 20 {
            return Err(format!("the documentation of {client} has {} pages", pages.len()).into());
        }
        for page in pages {
            if let Some(named) = names(&fs::read_to_string(&page)?, IMPLEMENTATION) {
                return Err(format!("{} names {IMPLEMENTATION}: {named}", page.display()).into());
            }
        }
    }
    Ok(())
}

fn pages_in(folder: &Path, pages: &mut Vec<PathBuf>) -> Result {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            pages_in(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            pages.push(path);
        }
    }
    Ok(())
}

/// The first declaration of a page that links to the crate or has a name made of its name. What is said about it in
/// words does not count.
fn names(page: &str, implementation: &str) -> Option<String> {
    let link = format!("../{implementation}/");
    ["<pre class=\"rust item-decl\">", "class=\"code-header\">"]
        .iter()
        .flat_map(|start| page.split(start).skip(1))
        .map(|rest| {
            let end = ["</pre>", "</h3>", "</h4>"]
                .iter()
                .filter_map(|end| rest.find(end))
                .min();
            &rest[..end.unwrap_or(rest.len())]
        })
        .find(|declaration| {
            declaration.contains(&link) || text(declaration).to_lowercase().contains(implementation)
        })
        .map(text)
}

/// What is left of a declaration without its markup.
fn text(declaration: &str) -> String {
    declaration
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn declarations_that_name_the_implementation() {
        let clean = r#"<p>Over sockets with reqwest, see <a href="../reqwest/index.html">there</a>.</p>
            <pre class="rust item-decl"><code>pub struct Client { <span>/* private */</span> }</code></pre>"#;
        let links = r#"<h4 class="code-header">pub fn <a>get</a>(c: <a href="../../reqwest/struct.Client.html">Client</a>)</h4>"#;
        let named = r#"<pre class="rust item-decl"><code>pub struct ReqwestTransport</code></pre>"#;
        let of_a_trait = r#"<h3 class="code-header">impl From&lt;<a href="../reqwest/struct.Error.html">Error</a>&gt;</h3>"#;
        let of = |page| names(page, "reqwest");
        assert_eq!(of(clean), None);
        assert_eq!(of(links).as_deref(), Some("pub fn get(c: Client)"));
        assert_eq!(of(named).as_deref(), Some("pub struct ReqwestTransport"));
        assert!(of(of_a_trait).is_some());
    }
}
