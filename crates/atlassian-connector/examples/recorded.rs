//! Records what an organization answers, without what is private, and plays it again: `recorded ADDRESS ORGANIZATION FOLDER`,
//! with the key of the organization in `ATLASSIAN_API_KEY`. The groups that are printed come from the recording: a test that
//! plays it needs neither the network nor a key.
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use atlassian_admin::{AdminClient, DirectoryRef, GroupSearch, OrgId, Secret, http_builder, redaction_rules};
use http_kit::cassette::{RecordingTransport, Redactor, ReplayTransport, Treatment};
use http_kit::{ReqwestTransport, Transport};
use std::{error::Error, sync::Arc};

async fn groups(
    transport: Arc<dyn Transport>,
    address: &str,
    org: &str,
    key: Secret,
) -> Result<Vec<String>, Box<dyn Error>> {
    let http = http_builder(transport, address.parse()?, key).build()?;
    let client = AdminClient::new(http, OrgId::parse(org)?);
    let page = client
        .search_groups(&DirectoryRef::Any, &GroupSearch::default(), None)
        .await?;
    Ok(page.items.into_iter().filter_map(|group| group.name).collect())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, org, folder] = arguments.as_slice() else {
        return Err("the arguments are ADDRESS ORGANIZATION FOLDER".into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = Secret::from(std::env::var("ATLASSIAN_API_KEY")?);
    let real = Arc::new(ReqwestTransport::builder().build()?);
    let recording = RecordingTransport::builder(real, folder, Redactor::new(redaction_rules())?);
    let recording = Arc::new(recording.note("organization", org, Treatment::Replace).start()?);
    groups(recording.clone(), address, org, key).await?;
    recording.finish()?;

    let replay = Arc::new(ReplayTransport::open(folder)?);
    let org = replay.note("organization").unwrap_or_default().to_owned();
    for name in groups(replay, address, &org, Secret::from("no key".to_owned())).await? {
        println!("{name}");
    }
    Ok(())
}
