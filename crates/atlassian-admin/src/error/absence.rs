//! Whether a 404 proves that what was asked for is gone.

use http_kit::ApiError;

use super::envelope::is_foreign;

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

pub(super) fn absence(api: &ApiError) -> Absence {
    if api.status() != Some(404) {
        return Absence::NotProven;
    }
    let (at_best, codes): (_, &[&str]) = match api.operation() {
        "users.get" => (Absence::Proven, &ACCOUNT),
        "groups.get" => (Absence::Proven, &GROUP),
        "account.permissions" => (Absence::Proven, &MANAGE),
        "account.profile" | "account.tokens.list" => (Absence::Proven, &MANAGED_ACCOUNT),
        // Accounts that are in no directory have no roles to read, and are there.
        "users.role-assignments" => (Absence::Unsettled, &ACCOUNT),
        "groups.role-assignments" => (Absence::Unsettled, &GROUP),
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

const ACCOUNT: [&str; 3] = ["ADMIN-UAM-404-1", "ADMIN-404-1", "ADMIN-404-8"];
const GROUP: [&str; 4] = [
    "ADMIN-UAM-404-3",
    "ADMIN-UAM-404-1",
    "ADMIN-404-10",
    "ADMIN-404-1",
];
const MANAGED_ACCOUNT: [&str; 2] = ["accountNotFound", "account-not-found"];
const MANAGE: [&str; 3] = ["accountNotFound", "account-not-found", "notFound"];
