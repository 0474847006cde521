//! Whether a 404 proves that what was asked for is gone.

use super::envelope::is_foreign;
use super::{AdminError, AdminErrorKind as Kind};
use crate::operation::OperationId as Id;
use http_kit::ApiError;

/// What an error says about whether the object of its operation is gone.
///
/// A 404 has many causes: a proxy's page, a gateway without its service, an organization that the key does not
/// administer. Only the vendor's own code, on the read that it is documented for, proves that the object is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absence {
    /// The vendor says so, in a code that is documented for this read.
    Proven,
    /// A 404 without a code on such a read, or one on the role assignments of the object. On the details of an account or
    /// a group, a search by its id settles it: an answer of 200 without the object is proof, and nothing else is. On role
    /// assignments the details settle it.
    Unsettled,
    /// Anything else: a page of HTML, JSON of a gateway, another code, another status, any answer to a write.
    NotProven,
}

pub(super) fn absence(api: &ApiError, operation: Option<Id>) -> Absence {
    if api.status() != Some(404) {
        return Absence::NotProven;
    }
    let (at_best, codes): (_, &[&str]) = match operation {
        Some(Id::UsersGet) => (Absence::Proven, &ACCOUNT),
        Some(Id::GroupsGet) => (Absence::Proven, &GROUP),
        Some(Id::AccountPermissions) => (Absence::Proven, &MANAGE),
        Some(Id::AccountProfile | Id::AccountTokensList) => (Absence::Proven, &MANAGED_ACCOUNT),
        // Accounts that are in no directory have no roles to read, and are there.
        Some(Id::UsersRoleAssignments) => (Absence::Unsettled, &ACCOUNT),
        Some(Id::GroupsRoleAssignments) => (Absence::Unsettled, &GROUP),
        _ => return Absence::NotProven,
    };
    let Some(vendor) = api.vendor() else {
        return Absence::Unsettled;
    };
    // Keys are the codes of the user management API; a code beside a key is the reason of a refusal.
    match vendor.key.as_deref().or(vendor.code.as_deref()) {
        Some(word) if codes.contains(&word) => at_best,
        Some(_) => Absence::NotProven,
        None if is_foreign(vendor) => Absence::NotProven,
        None => Absence::Unsettled,
    }
}

/// Questions that decide between an error, a gap and another operation. What the status and the vendor's code mean is decided
/// here and nowhere else.
impl AdminError {
    /// Whether a read was answered with a 404 that does not prove that its object is gone.
    #[must_use]
    pub fn is_unproven_absence(&self) -> bool {
        match self.kind() {
            // The layer in front of the service speaks of the organization, and a search has found what was asked for.
            Kind::OrganizationNotFound => self.absence() == Absence::Unsettled,
            Kind::AccountNotFound | Kind::GroupNotFound | Kind::NotFound => {
                self.absence() != Absence::Proven && self.is_read()
            }
            _ => false,
        }
    }

    /// Whether a read was answered with a status that says nothing of it: nothing conflicts with a read, and that something on the
    /// way does not take it does not make a value wrong.
    #[must_use]
    pub fn is_unexplained_refusal(&self) -> bool {
        match self.kind() {
            Kind::Conflict => self.is_read(),
            Kind::Invalid => self.api().status().is_some() && !self.is_refusal_of_vendor() && self.is_read(),
            _ => false,
        }
    }

    fn is_read(&self) -> bool {
        self.operation().is_some_and(Id::is_read)
    }

    /// Whether this is refused to the key.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.api().status(), Some(403 | 451))
    }

    /// Whether the vendor itself, and nothing on the way to it, refuses this to the key.
    #[must_use]
    pub fn is_refused_by_vendor(&self) -> bool {
        self.is_refused() && self.is_refusal_of_vendor()
    }

    /// Whether the vendor itself answers about one account or group that something of it is not there. What something on the
    /// way answers, or what speaks of the organization, says nothing of it.
    #[must_use]
    pub fn is_missing_part(&self) -> bool {
        self.is_404() && self.kind() != Kind::Unreadable
    }

    /// Whether this organization may lack the operation, so that the older one is worth asking.
    ///
    /// The layer in front of the service answers for a path that is not there in the form that means the organization on a
    /// listing. Asking the older listing settles it: where the organization is not there, it is not there either.
    #[must_use]
    pub fn is_not_offered(&self) -> bool {
        self.is_missing_part() || self.is_offered_elsewhere()
    }

    /// Whether the vendor says in so many words that this organization lacks the operation.
    #[must_use]
    pub fn is_offered_elsewhere(&self) -> bool {
        matches!(self.kind(), Kind::NotOffered | Kind::OriginalUserManagement)
    }

    /// Whether this looks like an operation that is not there at all, rather than an object: the vendor says so, or gives a
    /// 404 no code.
    #[must_use]
    pub fn is_without_path(&self) -> bool {
        self.is_offered_elsewhere() || (self.is_404() && self.code().is_none())
    }

    /// Whether a 404 names an account or a group as missing, in the vendor's own code.
    #[must_use]
    pub fn names_account_or_group(&self) -> bool {
        let names = |code| ACCOUNT.contains(&code) || GROUP.contains(&code);
        self.api().status() == Some(404) && self.code().is_some_and(names)
    }

    /// Whether the answer is a 404 that does not name the organization as what is missing. It says nothing of who answered and
    /// proves nothing.
    fn is_404(&self) -> bool {
        matches!(self.api().status(), Some(404 | 410))
            && !matches!(self.code(), Some("ADMIN-404-2" | "ADMIN-UAM-404-2"))
    }

    fn code(&self) -> Option<&str> {
        self.api().vendor()?.code.as_deref()
    }
}

const ACCOUNT: [&str; 3] = ["ADMIN-UAM-404-1", "ADMIN-404-1", "ADMIN-404-8"];
const GROUP: [&str; 4] = [
    "ADMIN-UAM-404-3",
    "ADMIN-UAM-404-1",
    "ADMIN-404-10",
    "ADMIN-404-1",
];
const MANAGED_ACCOUNT: [&str; 2] = ["accountNotFound", "account-not-found"];
const MANAGE: [&str; 3] = ["accountNotFound", "account-not-found", "notFound"];
