//! Recording real traffic and replaying it strictly (feature `cassette`).
//!
//! A [`RecordingTransport`] stands before another transport and writes every exchange into a folder of *cassettes*,
//! with what is private replaced: credentials and cookies are never written; names, addresses and ids become others
//! of their form, the same by the same, so that they still match each other. A [`ReplayTransport`] answers from that
//! folder, and fails with a readable difference on any request that was not recorded. So a program can be tested
//! against what a real organization answers, without the network and without anybody's data.
//!
//! What is private differs from vendor to vendor; [`Rules`] say it. What no rule names is replaced.
//!
//! ```
//! # use std::sync::Arc;
//! # use http::Method;
//! # use http_kit::testing::{FakeTransport, Reply};
//! use http_kit::cassette::{RecordingTransport, Redactor, ReplayTransport, Rules, Treatment};
//! use http_kit::{Call, HttpClient, ManualClock, Path, Secret, Transport};
//! use serde_json::{Value, json};
//!
//! /// The program under test: whose thing is it?
//! async fn owner(transport: Arc<dyn Transport>, id: &str) -> Result<String, http_kit::ApiError> {
//!     let client = HttpClient::builder(transport, "https://api.example.com".parse().unwrap())
//!         .bearer(Secret::from("not-a-real-key".to_owned()))
//!         .clock(Arc::new(ManualClock::default()))
//!         .build()
//!         .unwrap();
//!     let thing: Value = client.json(Call::get("things.get", Path::new().lit("things").seg(id))).await?;
//!     let owner = Path::new().lit("people").seg(thing["ownerId"].as_str().unwrap_or_default());
//!     let owner: Value = client.json(Call::get("people.get", owner)).await?;
//!     Ok(owner["name"].as_str().unwrap_or_default().to_owned())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let real = FakeTransport::new()
//! #     .on(Method::GET, "/things/thing-1", [Reply::json(200, &json!({"status": "new", "ownerId": "p-77"}))])
//! #     .on(Method::GET, "/people/p-77", [Reply::json(200, &json!({"id": "p-77", "name": "Ada Lovelace"}))]);
//! # let real: Arc<dyn Transport> = Arc::new(real);
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("recording");
//! // Once, against the real server:
//! let rules = Rules::new().path_words(["things", "people"]).keep(["status"]);
//! let recording = RecordingTransport::builder(real, &dir, Redactor::new(rules)?)
//!     .note("thing", "thing-1", Treatment::Replace)
//!     .start()?;
//! let recording = Arc::new(recording);
//! assert_eq!(owner(recording.clone(), "thing-1").await?, "Ada Lovelace");
//! recording.finish()?;
//!
//! // Ever after:
//! let replay = Arc::new(ReplayTransport::open(&dir)?);
//! let name = owner(replay.clone(), replay.note("thing").unwrap()).await?;
//! assert_ne!(name, "Ada Lovelace");
//! assert!(replay.unused().is_empty());
//! let refused = owner(replay.clone(), "thing-1").await.unwrap_err();
//! assert!(refused.to_string().contains("not in the recording"));
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # In the folder
//!
//! `cassette-0001.json`, `cassette-0002.json` and so on, each a few megabytes at most: JSON values one after the other,
//! indented, members in the order of their names, one exchange a value. A folder can be kept under version control
//! and its differences read; `jq` reads it as it is. A file that ends within an exchange, as after a kill, is read as
//! far as it is whole.

mod credentials;
mod difference;
mod error;
mod exchange;
mod format;
mod invent;
mod json;
mod pairs;
mod pseudonyms;
mod record;
mod redactor;
mod replay;
mod rules;
mod scan;
mod tape;
mod text;

#[cfg(test)]
mod tests;

pub use difference::{Closest, NotRecorded};
pub use error::CassetteError;
pub use record::{Recording, RecordingBuilder, RecordingTransport};
pub use redactor::Redactor;
pub use replay::{Completeness, ReplayTransport, Unused};
pub use rules::{Rules, Treatment};
