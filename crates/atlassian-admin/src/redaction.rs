//! What of these APIs is the vendor's and what is an organization's: the rules for recordings.

use crate::{OPERATIONS, ResourceOwner, RoleId};
use http::HeaderName;
use http_kit::cassette::{Rules, Treatment};

/// Keys of the vendor's words: kinds, states, roles, and what a request sorts, filters and expands by.
const WORDS: &[&str] = &[
    // Accounts, groups and their standing.
    "accountStatus",
    "accountType",
    "claimStatus",
    "managedBy",
    "managementSource",
    "membershipStatus",
    "userDirectoryStatus",
    // Assignments.
    "defaultRole",
    "platformRoles",
    "resourceOwner",
    "resourceOwners",
    "role",
    "roleAssignmentMethods",
    "roleId",
    "roleIds",
    "roles",
    // Apps, tokens, policies, events.
    "action",
    "applicationStatus",
    "authType",
    "format",
    "key",
    "keyType",
    "plan",
    "planKey",
    "product",
    "productAccess.name",
    "realm",
    "regions",
    "scopes",
    "status",
    "type",
    "typeKey",
    // Requests.
    "createdAtSearchType",
    "createdAtUom",
    "direction",
    "expand",
    "expiresAtSearchType",
    "expiresAtUom",
    "features",
    "field.name",
    "from",
    "lastActiveAtSearchType",
    "lastActiveAtUom",
    "limit",
    "order",
    "pageSize",
    "privileges",
    "sort",
    "sort.field",
    "sortBy.field",
    "sortOrder",
    "to",
    // Errors.
    "acceptedScopes",
    "code",
    "errorKey",
    "fieldViolations.field",
];

/// Keys of sentences for people.
const SENTENCES: &[&str] = &[
    "detail",
    "error",
    "errorDetail",
    "message",
    "statusReason",
    "title",
];

/// Product keys that are spelled otherwise than the owner of a resource.
const PRODUCTS: &[&str] = &["hipchat", "jira-ops", "jira-service-desk", "stride"];

/// Actors that are nobody's account: what the vendor does itself.
const ACTORS: &[&str] = &["atlassian-internal-system"];

/// The rules under which traffic of these APIs can be recorded and given away (feature `cassette`).
///
/// Kept are the vendor's words (states, types, roles, owners of resources, methods, scopes, codes and keys of errors),
/// numbers of up to six digits, times, and the structure: who is in what, who holds which role on what. Replaced is
/// everything else: names, labels, addresses, pictures, descriptions, job titles, places; and ids of accounts, groups,
/// organizations, directories, sites and tokens, whole or within a resource name, always the same by the same. Cursors
/// are replaced as wholes, and go on working.
///
/// A field that the vendor adds is replaced, so a new vocabulary reads as gibberish until it is named here. Three things of
/// the audit log do not come through: the ids in the list of event actions are replaced like other ids, so they do not
/// match the actions of events; and a filter by city and country comes from no answer, so a request with one is
/// recorded but not found again; nor is one by several actors of which one is the vendor.
///
/// ```
/// use http_kit::cassette::Redactor;
///
/// let redactor = Redactor::new(atlassian_admin::redaction_rules())?;
/// let site = redactor.replaced("ari:cloud:jira-software::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873");
/// assert!(site.starts_with("ari:cloud:jira-software::site/"));
/// assert_eq!(redactor.replaced("atlassian/org-admin"), "atlassian/org-admin");
/// # Ok::<_, http_kit::cassette::CassetteError>(())
/// ```
pub fn redaction_rules() -> Rules {
    let literals = OPERATIONS.iter().flat_map(|operation| operation.path.split('/'));
    // The routing layer quotes paths with a segment of its own.
    let path_words = literals
        .filter(|segment| !segment.starts_with('{'))
        .chain(["api"]);
    let requests = ["atl-traceid", "atl-request-id", "x-trace-id"].map(HeaderName::from_static);
    let rules = Rules::new()
        .path_words(path_words)
        .hosts(["api.atlassian.com"])
        .resource_names(["ari:cloud:"])
        .vocabulary(RoleId::KNOWN.iter().map(RoleId::as_str))
        .vocabulary(ResourceOwner::KNOWN.iter().map(ResourceOwner::as_str))
        .vocabulary(PRODUCTS.iter().copied())
        .vocabulary(ACTORS.iter().copied())
        .keep(WORDS.iter().copied())
        .words(SENTENCES.iter().copied())
        // A key that is made is told once, under this name.
        .secret(["token"]);
    requests.into_iter().fold(rules, |rules, name| {
        rules.response_header(name, Treatment::Replace)
    })
}
