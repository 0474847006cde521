//! Every public error of the sources stands in the snapshot that shows them all, with each of its variants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Token, Visibility};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const SNAPSHOT: &str =
    "bins/baton-atlassian/tests/it/errors/snapshots/it__errors__every_public_error_stands_alone.snap";

/// Names of variants by the name of their type; a struct has its own name in their place.
type Errors = BTreeMap<String, BTreeSet<String>>;

fn derives_error(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| {
            attribute
                .parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
                .ok()
        })
        .flatten()
        .any(|path| path.segments.last().is_some_and(|last| last.ident == "Error"))
}

/// Adds the public types of a file to `types`, and the names of those that implement `Error` to `errors`.
fn collect(items: &[Item], types: &mut Errors, errors: &mut BTreeSet<String>) {
    for item in items {
        let (name, attributes, visibility, variants) = match item {
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| variant.ident.to_string());
                (&item.ident, &item.attrs, &item.vis, variants.collect())
            }
            Item::Struct(item) => (
                &item.ident,
                &item.attrs,
                &item.vis,
                BTreeSet::from([item.ident.to_string()]),
            ),
            Item::Impl(item) => {
                let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
                if let (Some(of), syn::Type::Path(name)) = (of, &*item.self_ty)
                    && ["Error", "StdError"].iter().any(|error| of.ident == error)
                {
                    errors.extend(name.path.segments.last().map(|last| last.ident.to_string()));
                }
                continue;
            }
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    collect(items, types, errors);
                }
                continue;
            }
            _ => continue,
        };
        if matches!(visibility, Visibility::Public(_)) {
            types.insert(name.to_string(), variants);
            if derives_error(attributes) {
                errors.insert(name.to_string());
            }
        }
    }
}

fn below(folder: &Path, read: &mut dyn FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("gen") {
            below(&path, read);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The public errors of the library crates, as `crate::Type`.
fn in_sources() -> Errors {
    let mut found = Errors::new();
    for package in std::fs::read_dir(Path::new(ROOT).join("crates")).unwrap() {
        let package = package.unwrap();
        let name = package.file_name().to_string_lossy().replace('-', "_");
        let sources = package.path().join("src");
        if !sources.join("lib.rs").exists() {
            continue;
        }
        let (mut types, mut errors) = (Errors::new(), BTreeSet::new());
        below(&sources, &mut |text| {
            // The others need not be parsed, which takes most of the time.
            if !text.contains("thiserror::Error") && !text.contains("Error for ") {
                return;
            }
            collect(&syn::parse_file(text).unwrap().items, &mut types, &mut errors);
        });
        types.retain(|name, _| errors.contains(name));
        found.extend(
            types
                .into_iter()
                .map(|(of, variants)| (format!("{name}::{of}"), variants)),
        );
    }
    found
}

/// What the snapshot shows.
fn shown() -> Errors {
    let text = std::fs::read_to_string(Path::new(ROOT).join(SNAPSHOT)).expect("the snapshot");
    let mut found = Errors::new();
    let mut at = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            name.clone_into(&mut at);
            found.entry(at.clone()).or_default();
        } else if let Some((variant, _)) = line.split_once(": ")
            && let Some(variants) = found.get_mut(&at)
            && !line.starts_with(' ')
        {
            variants.insert(variant.to_owned());
        }
    }
    found
}

#[test]
fn every_public_error_is_shown() {
    let (sources, mut shown) = (in_sources(), shown());
    assert!(
        sources.len() > 25,
        "hardly an error was found: {:?}",
        sources.keys()
    );
    let missing: Vec<String> = sources
        .into_iter()
        .flat_map(|(name, variants)| {
            let shown = shown.remove(&name).unwrap_or_default();
            variants
                .into_iter()
                .filter(move |variant| !shown.contains(variant))
                .map(move |variant| format!("{name}: {variant}"))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "add these to bins/baton-atlassian/tests/it/errors: {missing:#?}"
    );
    assert!(
        shown.is_empty(),
        "no such public error any more: {:?}",
        shown.keys()
    );
}
