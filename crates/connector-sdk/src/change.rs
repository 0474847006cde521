//! Carrying decisions back: the traits that change something at the vendor, and the result.
//!
//! Every change follows one order: what can be refused without a request is refused; the live state is read and decides
//! (already so is success, said as such); then the write is sent. Where its answer does not say that it was carried out,
//! the state is read back. Only a write of which twice has the effect of once, and whose effect is not there, is sent
//! again, at most twice. Where the state does not tell, the outcome is [`crate::Code::Unavailable`].
//!
//! | found | dry run | for real |
//! |---|---|---|
//! | a rule or the vendor refuses it | the error | the same error |
//! | it is so already | [`ChangeState::AlreadySo`], no write | the same |
//! | it has to be made | [`ChangeState::Planned`] with the writes that would be sent | [`ChangeState::Done`], [`ChangeState::Verified`] or [`ChangeState::InProgress`] with the writes and their answers |
//! | a write failed | | an error with the writes sent so far ([`crate::Error::with_requests`]), and with what was done anyway ([`crate::Error::with_parts`]) |
//!
//! ```
//! use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, WriteRequest};
//!
//! fn outcome(cx: &ChangeContext, is_member: bool) -> ChangeOutcome {
//!     if is_member {
//!         return ChangeOutcome::new(ChangeState::AlreadySo, "ines is a member of platform already");
//!     }
//!     let request = WriteRequest::new("POST", "/groups/platform/members").body(serde_json::json!({ "id": "ines" }));
//!     if cx.dry_run {
//!         return ChangeOutcome::new(ChangeState::Planned, "ines would become a member of platform").request(request);
//!     }
//!     let sent = request.answered(204, None); // after the one request
//!     ChangeOutcome::new(ChangeState::Done, "ines is now a member of platform").request(sent)
//! }
//!
//! let dry = ChangeContext { dry_run: true, ..ChangeContext::default() };
//! assert_eq!(outcome(&dry, false).state, ChangeState::Planned);
//! assert_eq!(outcome(&dry, false).requests[0].status, None);
//! assert_eq!(outcome(&ChangeContext::default(), true).requests, []);
//! ```

use crate::error::{Error, Result};
use crate::id::ResourceKey;
use crate::write_request::WriteRequest;
use async_trait::async_trait;
use connector_proto::connector::v2;
use prost_types::Struct;
use serde::Serialize;
use std::time::Duration;

/// How a change is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeContext {
    /// Read the state and say what would be sent, but send no write.
    pub dry_run: bool,
    /// After the write, read until the change shows, bounded by the delays that the vendor documents. A change that
    /// does not show within them is [`crate::Code::Unavailable`]: it is not known whether it was made.
    pub verify: bool,
    /// How long ago an earlier run attempted this very change, which may have been made. The vendor may not show it yet, so the
    /// state is read until it shows it, or the vendor had its time since then: nothing is sent twice.
    pub attempted: Option<Duration>,
    /// How long ago an earlier run attempted any change. What depends on other changes cannot be judged before the vendor had
    /// its time to show them.
    pub earlier: Option<Duration>,
}

impl ChangeContext {
    /// For real and unverified, and nothing was attempted before.
    pub const PLAIN: Self = Self {
        dry_run: false,
        verify: false,
        attempted: None,
        earlier: None,
    };
}

/// The result of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeOutcome {
    /// What it means.
    pub state: ChangeState,
    /// What happened to what, as one sentence for people, in the tense of the state: is now, would be, is already.
    pub summary: String,
    /// What a person should know beside: what still gives the access, how long a grace period is.
    pub notes: Vec<String>,
    /// What still gives the access that was taken, each by name and id.
    pub still_through: Vec<String>,
    /// The writes, in the order in which they were sent, or would be.
    pub requests: Vec<WriteRequest>,
    /// The resulting resource, an account for example.
    pub resource: Option<Box<v2::Resource>>,
    /// What an action answers with.
    pub response: Option<Struct>,
}

/// What a change came to. As JSON the name in snake case, `already_so` for example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// It was made: the vendor accepted it.
    Done,
    /// It was made, and the state that was read back shows it.
    Verified,
    /// It was so already: nothing was sent, or the vendor answered that there was nothing to do.
    AlreadySo,
    /// The vendor works on it; the notes say how to follow it.
    InProgress,
    /// It would be made; nothing was sent.
    Planned,
}

impl ChangeOutcome {
    /// An outcome with this sentence.
    pub fn new(state: ChangeState, summary: impl Into<String>) -> Self {
        Self {
            state,
            summary: summary.into(),
            notes: Vec::new(),
            still_through: Vec::new(),
            requests: Vec::new(),
            resource: None,
            response: None,
        }
    }

    /// Adds something a person should know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a write.
    #[must_use]
    pub fn request(mut self, request: WriteRequest) -> Self {
        self.requests.push(request);
        self
    }
}

/// Gives and takes access.
#[async_trait]
pub trait ResourceProvisioner: Send + Sync {
    /// Gives the principal the entitlement. Both are as the artifact has them, which may be out of date: what is there
    /// now is read first.
    ///
    /// # Errors
    /// Where a rule or the vendor refuses it, with the reason; see the module for lost answers.
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome>;

    /// Takes the grant away. Where others still give the access, the outcome's notes name them.
    ///
    /// # Errors
    /// As [`ResourceProvisioner::grant`]; access that comes only through others is refused, naming them.
    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome>;

    /// Why nobody can change who holds this entitlement, which the artifact has as immutable or as grantable to nobody,
    /// and what to do instead ([`Error::with_hint`]). The engine refuses such a change by itself, before anything is
    /// read or sent; this only says it in words that know the vendor. Makes no request. `None`, the default, where there
    /// is nothing to add.
    fn why_immutable(&self, entitlement: &v2::Entitlement) -> Option<Error> {
        let _ = entitlement;
        None
    }
}

/// Creates accounts.
#[async_trait]
pub trait AccountManager: Send + Sync {
    /// Creates an account from a profile that was checked against the account creation schema. The outcome carries the
    /// account as a resource unless it is still in progress.
    ///
    /// # Errors
    /// As [`ResourceProvisioner::grant`]; [`crate::Code::AlreadyExists`] never: the same person's account being there
    /// is [`ChangeState::AlreadySo`], another person's is refused with an explanation.
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome>;

    /// Where accounts are created, where that is another place than the address of the tenant: an address without
    /// credentials, for the audit file. Makes no request.
    fn made_at(&self) -> Option<String> {
        None
    }
}

/// Deletes resources.
#[async_trait]
pub trait ResourceDeleter: Send + Sync {
    /// Deletes a resource. `known` is what is known of it, from an artifact for example: it is what makes an absent
    /// resource [`ChangeState::AlreadySo`].
    ///
    /// # Errors
    /// As [`ResourceProvisioner::grant`]; [`crate::Code::NotFound`] where it is absent and nothing is known of it,
    /// because its id may be mistyped.
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome>;
}

/// Offers actions beyond grants and accounts: those of [`crate::ConnectorSpec::actions`].
#[async_trait]
pub trait ActionProvider: Send + Sync {
    /// Invokes one. The arguments were checked against its schema, and defaults filled in.
    ///
    /// # Errors
    /// As [`ResourceProvisioner::grant`]; [`crate::Code::NotFound`] for an unknown name.
    async fn invoke(&self, cx: &ChangeContext, name: &str, arguments: &Struct) -> Result<ChangeOutcome>;

    /// The resource that an action is about, where an artifact that knew it makes a difference: that it is gone is then
    /// [`ChangeState::AlreadySo`] and not [`crate::Code::NotFound`], as for [`ResourceDeleter::delete`].
    fn subject(&self, name: &str, arguments: &Struct) -> Option<ResourceKey> {
        let _ = (name, arguments);
        None
    }

    /// The arguments of an action that are ids of resources, each with the type of those: there a person may give a name that
    /// an artifact knows.
    fn references(&self, name: &str) -> Vec<(&'static str, &'static str)> {
        let _ = name;
        Vec::new()
    }

    /// As [`invoke`](Self::invoke), with the [`subject`](Self::subject) as an artifact has it.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    async fn invoke_on(
        &self,
        cx: &ChangeContext,
        name: &str,
        arguments: &Struct,
        known: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let _ = known;
        self.invoke(cx, name, arguments).await
    }
}
