//! `cargo xtask proto`: the Rust code of connector-proto, from its `.proto` files, without protoc.
//!
//! The result is checked in, so that nobody who builds the workspace needs a protobuf compiler; `--check`
//! (and the test below) keep it equal to what the `.proto` files give.

use crate::Result;
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROTO: &str = "crates/connector-proto/proto";
const OUT: &str = "crates/connector-proto/src/gen";

/// Messages that hold secrets, or what may be one. They get no derived `Debug`: connector-proto does not
/// compile before its `redact` module has one for each.
const SECRET: [&str; 17] = [
    ".c1.connector.v2.GetActionStatusResponse",
    ".c1.connector.v2.InvokeActionRequest",
    ".c1.connector.v2.InvokeActionResponse",
    ".c1.connector.v2.LocalCredentialOptions.PlaintextPassword",
    ".c1.connector.v2.PlaintextData",
    ".c1.connectorapi.baton.v1.GetAllItem",
    ".c1.connectorapi.baton.v1.GetConnectorOauthTokenResponse",
    ".c1.connectorapi.baton.v1.GetManyItem",
    ".c1.connectorapi.baton.v1.GetResponse",
    ".c1.connectorapi.baton.v1.SetManyRequest",
    ".c1.connectorapi.baton.v1.SetRequest",
    ".c1.connectorapi.baton.v1.SignedHeader",
    ".c1.connectorapi.baton.v1.Task.ActionInvokeTask",
    ".c1.transport.v1.Request",
    ".c1.transport.v1.Response",
    ".c1.utls.v1.Credential",
    ".c1.connectorapi.baton.v1.Sigv4SignedRequestSTSGetCallerIdentity",
];

/// File name to content.
type Files = BTreeMap<String, Vec<u8>>;

/// Regenerates the checked-in code.
pub(crate) fn write(root: &Path) -> Result {
    let out = root.join(OUT);
    fs::create_dir_all(&out)?;
    let files = generate(root)?;
    for stale in read(&out)?.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(out.join(stale))?;
    }
    for (name, content) in files {
        fs::write(out.join(name), content)?;
    }
    Ok(())
}

/// Fails, naming the files, when the checked-in code is not what [`write()`] would leave.
pub(crate) fn check(root: &Path) -> Result {
    let (expected, found) = (generate(root)?, read(&root.join(OUT))?);
    let mut stale: Vec<_> = expected
        .keys()
        .chain(found.keys())
        .filter(|name| expected.get(*name) != found.get(*name))
        .collect();
    stale.sort();
    stale.dedup();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("{OUT} is stale, run `cargo xtask proto`: {stale:?}").into())
}

fn generate(root: &Path) -> Result<Files> {
    let protos = root.join(PROTO);
    let mut names = vec![];
    proto_names(&protos, "", &mut names)?;
    names.sort();
    let mut set = protox::compile(&names, [&protos])?;
    let dir = tempfile::tempdir()?;
    fs::write(
        dir.path().join("descriptors.bin"),
        embedded(set.clone()).encode_to_vec(),
    )?;

    set.file
        .iter_mut()
        .flat_map(|file| &mut file.message_type)
        .for_each(clear_deprecated);
    let mut config = prost_build::Config::new();
    config
        // Maps serialise in key order: the same message is always the same bytes.
        .btree_map(["."])
        .enable_type_names()
        .type_name_domain(["."], "type.googleapis.com")
        .skip_debug(SECRET)
        .include_file("mod.rs");
    tonic_prost_build::configure()
        .out_dir(dir.path())
        // How to connect is the caller's: the code then needs no transport.
        .build_transport(false)
        .client_mod_attribute(".", r#"#[cfg(feature = "grpc")]"#)
        .server_mod_attribute(".", r#"#[cfg(feature = "grpc")]"#)
        .compile_fds_with_config(set, config)?;
    rustfmt(root, dir.path())?;
    read(dir.path())
}

/// The names of all `.proto` files below `dir`, relative to the import root, with `/` on every system.
fn proto_names(dir: &Path, prefix: &str, names: &mut Vec<String>) -> Result {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(format!("{} is not named in UTF-8", path.display()).into());
        };
        if path.is_dir() {
            proto_names(&path, &format!("{prefix}{name}/"), names)?;
        } else if name.ends_with(".proto") {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// What is embedded for reflection: without comments and positions, which only the generator reads.
fn embedded(mut set: FileDescriptorSet) -> FileDescriptorSet {
    for file in &mut set.file {
        file.source_code_info = None;
    }
    set
}

/// Leaves `#[deprecated]` out of the code: the fields stay in the descriptors as deprecated, but whoever
/// exchanges messages with older peers has to read and fill them as a matter of course.
fn clear_deprecated(message: &mut DescriptorProto) {
    for options in message
        .field
        .iter_mut()
        .filter_map(|field| field.options.as_mut())
    {
        options.deprecated = None;
    }
    message.nested_type.iter_mut().for_each(clear_deprecated);
}

fn rustfmt(root: &Path, dir: &Path) -> Result {
    let sources: Vec<PathBuf> = read(dir)?
        .into_keys()
        .map(|name| dir.join(name))
        .filter(|p| is_rust(p))
        .collect();
    let status = Command::new("rustfmt")
        .arg("--edition=2024")
        .arg("--config-path")
        .arg(root.join("rustfmt.toml"))
        .args(&sources)
        .status()
        .map_err(|error| format!("cannot start rustfmt: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("rustfmt failed: {status}").into())
    }
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

fn read(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        files.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path())?,
        );
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checked_in_code_is_what_the_protos_give() {
        if let Err(error) = super::check(&crate::root()) {
            panic!("{error}");
        }
    }
}
