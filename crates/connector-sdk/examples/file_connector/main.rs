//! A whole connector in three files: `file.rs` is the "vendor", a text file of people and teams, `connector.rs` reads it
//! and `changes.rs` changes it. This file only shows what an engine sees of it:
//!
//! ```text
//! cargo run -p governance-connector-sdk --example file_connector -- crates/connector-sdk/examples/people.txt
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that shows something"
)]

mod changes;
mod connector;
mod file;

use connector::{FileConnector, spec};
use connector_sdk::{
    Code, Connector, Error, Page, PageToken, ResourceRow, Result, SyncContext, TypeEntry, capabilities,
};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("name a file, crates/connector-sdk/examples/people.txt for example");
        return ExitCode::from(Code::Unknown.number());
    };
    match show(&FileConnector::new(path)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.code().number())
        }
    }
}

/// Asks for everything, one call after the other. A real engine makes many calls at a time, keeps what it read, merges
/// it and expands teams in teams: see the crate `connector-runtime`.
async fn show(connector: &FileConnector) -> Result<()> {
    let spec = spec();
    println!("{}", spec.display_name);
    for capability in capabilities(&spec).connector_capabilities() {
        println!("  can {}", capability.as_str_name());
    }
    connector.validate().await?;
    for entry in connector.types() {
        let listed = list(&entry).await?;
        for row in listed.iter().filter(|_| entry.syncer.plan().grants) {
            grants(&entry, row).await?;
        }
    }
    Ok(())
}

async fn list(entry: &TypeEntry) -> Result<Vec<ResourceRow>> {
    let (mut listed, mut next) = (Vec::new(), Some(PageToken::first()));
    while let Some(token) = next {
        println!("list {}{}", entry.resource_type.id, place(&token));
        let page = entry
            .syncer
            .list(&SyncContext::everything(), None, &token)
            .await?;
        print(&page);
        listed.extend(page.resources);
        next = page.next;
    }
    Ok(listed)
}

async fn grants(entry: &TypeEntry, row: &ResourceRow) -> Result<()> {
    let nameless = || Error::new(Code::InvalidArgument, "a resource has no id");
    let subject = row.subject().ok_or_else(nameless)?;
    let mut next = Some(PageToken::first());
    while let Some(token) = next {
        println!("grants of {}{}", row.resource.display_name, place(&token));
        let page = entry
            .syncer
            .grants(&SyncContext::everything(), &subject, &token)
            .await?;
        print(&page);
        next = page.next;
    }
    Ok(())
}

fn place(token: &PageToken) -> String {
    if token.is_first() {
        String::new()
    } else {
        format!(" from {}", token.as_str())
    }
}

fn print(page: &Page) {
    for row in &page.resources {
        println!("  {:?} {}", row.standing, row.resource.display_name);
    }
    for row in &page.entitlements {
        println!("  entitlement {}", row.id());
    }
    for row in &page.grants {
        let through = row
            .expandable
            .as_ref()
            .map(|e| format!(", and whoever holds {}", e.entitlement_ids.join(", ")));
        println!(
            "  grant {} to {}{}",
            row.entitlement_id(),
            row.principal,
            through.unwrap_or_default()
        );
    }
    for notice in &page.notices {
        println!("  {} {}: {}", notice.kind, notice.subject, notice.detail);
    }
}
