//! Carrying one decision back: a grant, a revocation, an account, a deletion, an action.
//!
//! [`change`] refuses what can be refused without a request, keeps what is about to happen in an audit file, has the
//! connector make the change once, and answers with its [`ChangeRecord`], also where it failed. It knows nothing of any
//! vendor, of flags or of gRPC.
//!
//! | step | what happens | what can end it |
//! |---|---|---|
//! | look up | ids are looked up in the artifact's latest finished full sync, or in what the caller [states](Stated); they are opaque, nothing takes them apart | an id that is not there (with the closest ones), no artifact |
//! | refuse | the type of the principal, immutable entitlements and grants, access that comes only through groups, arguments against their schema, what the connector does not offer | each with its own [`ChangeError`] |
//! | attempt | a line in the audit file, on the disk before the connector is called | an audit file that cannot be written |
//! | make | the connector reads the live state, decides, and writes once | [`ChangeError::Connector`] |
//! | outcome | a second line in the audit file | [`ChangeError::OutcomeNotKept`] |
//!
//! Nothing is ever tried again here: a connector that lost an answer reads the state back itself.
//!
//! ```no_run
//! use connector_runtime::SystemClock;
//! use connector_runtime::change::{Change, ChangeError, ChangeOptions, change};
//! use connector_sdk::{Connector, ResourceKey};
//! use std::sync::Arc;
//!
//! # async fn example(connector: Arc<dyn Connector>) -> Result<(), ChangeError> {
//! let options = ChangeOptions {
//!     artifact: Some("sync.c1z".into()),
//!     audit: Some("audit.jsonl".into()),
//!     ..ChangeOptions::new("ines at laptop-7", Arc::new(SystemClock))
//! };
//! let grant = Change::Grant {
//!     entitlement_id: "group:g-1:member".into(),
//!     principal: ResourceKey::new("user", "u-1"),
//! };
//! let record = change(connector, grant, options).await?;
//! println!("{}", record.summary);
//! # Ok(())
//! # }
//! ```

mod arguments;
mod audit;
mod call;
mod error;
mod lookup;
mod offered;
mod prepare;
mod receipts;
mod record;
mod refusal;
mod request;
mod run;
mod secrets;
mod stated;
mod suggest;
mod target;
mod values;

pub use arguments::{ArgumentError, ArgumentProblem};
pub use error::{ArtifactAsked, ChangeError};
pub use lookup::OpenArtifact;
pub use receipts::{Receipt, Receipts, keep_without_attempt, receipts};
pub use record::{
    ChangeAnnotation, ChangeFailure, ChangePlace, ChangeRecord, Kept, RecordState, RecordedError,
};
pub use request::{Change, ChangeOptions, PlanRow, name_account};
pub use run::change;
pub use stated::Stated;
pub use suggest::Suggestion;
pub use target::{ChangeTarget, NamedEntitlement, NamedResource};
pub use values::{to_json, to_struct};
