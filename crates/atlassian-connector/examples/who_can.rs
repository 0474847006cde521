//! Reads an organization into an artifact and prints who holds an entitlement, and how: `who_can ADDRESS ORGANIZATION FILE
//! ENTITLEMENT`, with the key of the organization in `ATLASSIAN_API_KEY`.
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use access_review::{Filter, Review};
use atlassian_admin::{OrgId, Secret};
use atlassian_connector::AtlassianConnector;
use connector_runtime::{SyncOptions, SystemClock, sync};
use http_kit::ReqwestTransport;
use std::{error::Error, path::Path, sync::Arc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, org, file, entitlement] = arguments.as_slice() else {
        return Err("the arguments are ADDRESS ORGANIZATION FILE ENTITLEMENT".into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = Secret::from(std::env::var("ATLASSIAN_API_KEY")?);
    let connector = AtlassianConnector::builder(key, OrgId::parse(org)?)
        .base_url(address.parse()?)
        .build(Arc::new(ReqwestTransport::builder().build()?))?;
    let report = sync(Arc::new(connector), SyncOptions::new(file, Arc::new(SystemClock))).await?;
    println!("{} gaps", report.gaps().count());

    let review = Review::open(Path::new(file), Default::default(), None)?;
    let filter = Filter {
        entitlement_id: Some(review.entitlement_named(entitlement)?),
        ..Filter::default()
    };
    for grant in review.grants(&filter) {
        let grant = grant?;
        println!(
            "{} {}",
            grant.holder_subject().shown(),
            grant.held.held_as().word()
        );
    }
    Ok(())
}
