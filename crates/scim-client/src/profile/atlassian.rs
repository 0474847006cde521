//! Atlassian Cloud user provisioning: its address, its extension, its rules.

use super::rules::{BulkLimits, FilterRule, Offer, Offers, PageRules, Ruled, Rules};
use super::{Effects, MediaType, Profile};
use crate::id::is_opaque;
use crate::parameter::ParameterError;
use crate::{ENTERPRISE_SCHEMA, Stored, Text, User};
use std::borrow::Cow;
use url::Url;

/// The host of Atlassian's APIs.
pub const ATLASSIAN_URL: &str = "https://api.atlassian.com";

/// The extension in which Atlassian says which account a user is linked to.
pub const ATLASSIAN_EXTENSION: &str = "urn:scim:schemas:extension:atlassian-external:1.0";

/// The base address of a directory below `host` ([`ATLASSIAN_URL`], or that of a simulator).
///
/// The id is the last part of the address that the administration pages show for the identity provider. It is
/// not the id of a user directory of the organization.
///
/// ```
/// let base = scim_client::atlassian_url(scim_client::ATLASSIAN_URL, "7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263")?;
/// assert_eq!(base.path(), "/scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263");
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
///
/// # Errors
///
/// [`ParameterError`] when the host is not an address or the id cannot be one.
pub fn atlassian_url(host: &str, directory: &str) -> Result<Url, ParameterError> {
    let directory = directory.trim();
    if !is_opaque(directory) {
        return Err(ParameterError::malformed(
            "directory id",
            "1 to 256 characters without blanks and slashes",
            directory,
        ));
    }
    let not_an_address =
        || ParameterError::malformed("host", "an address such as https://api.atlassian.com", host);
    let mut url = Url::parse(host).map_err(|_| not_an_address())?;
    url.path_segments_mut()
        .map_err(|()| not_an_address())?
        .pop_if_empty()
        .extend(["scim", "directory", directory]);
    Ok(url)
}

/// What Atlassian alone says about a user.
pub trait AtlassianUser {
    /// The id of the Atlassian account that the user is linked to; nothing while it is linked to none, which
    /// after a creation may take a while. It is never the id of the user.
    fn atlassian_account_id(&self) -> Option<Text>;
}

impl AtlassianUser for User {
    fn atlassian_account_id(&self) -> Option<Text> {
        let members = self.extension(ATLASSIAN_EXTENSION)?.as_object()?;
        members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("atlassianAccountId"))
            .and_then(|(_, id)| id.as_str())
            .filter(|id| !id.is_empty())
            .map(Text::from)
    }
}

impl AtlassianUser for Stored<User> {
    fn atlassian_account_id(&self) -> Option<Text> {
        self.resource.atlassian_account_id()
    }
}

const NOT_LISTED: &str = "it is not among the attributes that the vendor lists, so it would be lost";
const NO_ETAG: &str = "the vendor has no versions, so the condition would be ignored";

const USER_UNSUPPORTED: &[Ruled] = &[
    ("password", "the vendor does not take passwords"),
    ("profileUrl", NOT_LISTED),
    ("userType", NOT_LISTED),
    ("locale", NOT_LISTED),
    ("ims", NOT_LISTED),
    ("photos", NOT_LISTED),
    ("addresses", NOT_LISTED),
    ("entitlements", NOT_LISTED),
    ("roles", NOT_LISTED),
    ("x509Certificates", NOT_LISTED),
];

const EQUALITY: &str = "a condition in the path is one comparison by eq; others are not known to be read";

pub(super) fn profile() -> Profile {
    Profile {
        name: Cow::Borrowed("Atlassian"),
        media_type: MediaType::Scim,
        offers: Offers {
            patch: Offer::Yes,
            filter: Offer::Yes,
            sort: Offer::no("the vendor does not sort; the order of a listing is not promised"),
            etag: Offer::no(NO_ETAG),
            me: Offer::no("the vendor has no /Me"),
            search: Offer::no("the vendor has no /.search; use a listing"),
            bulk: Offer::no("the vendor has no /Bulk"),
            paging_by_index: Offer::Yes,
            paging_by_cursor: Offer::no("the vendor has no cursors; pages go by startIndex"),
            remove_values: Offer::Yes,
        },
        bulk_limits: BulkLimits::default(),
        page: PageRules {
            least: 1,
            most: 100,
            usual: 100,
        },
        users: Rules {
            filter: FilterRule::OneEquality {
                attributes: &["userName", "externalId"],
                rule: "users are found by one comparison: userName eq or externalId eq with a text",
            },
            unsupported: USER_UNSUPPORTED,
            read_only: &[(ATLASSIAN_EXTENSION, "the vendor alone sets it")],
            extensions: &[(
                ENTERPRISE_SCHEMA,
                &["organization", "department"],
                "of this extension the vendor has organization and department alone",
            )],
            one_primary_email: Some("exactly one address is primary: it is the login of the account"),
            simple_conditions: Some(EQUALITY),
            ..Rules::standard(&[
                ("userName", "the vendor requires it"),
                ("emails", "the vendor requires the address of the account"),
            ])
        },
        groups: Rules {
            filter: FilterRule::OneEquality {
                attributes: &["displayName"],
                rule: "groups are found by one comparison: displayName eq with a text",
            },
            selection: Offer::no("the vendor takes attributes and excludedAttributes for users alone"),
            read_only: &[("externalId", "the vendor alone sets it")],
            not_on_create: &[("externalId", "the vendor alone sets it")],
            immutable: &[(
                "displayName",
                "the name of a group never changes; create another group and move the members",
            )],
            flat_members: Some("members are users; groups within groups are not kept"),
            simple_conditions: Some(EQUALITY),
            never_emptied: Some((
                "members",
                "without a condition or a list it would empty the group; name the members or replace them all",
            )),
            ..Rules::standard(&[("displayName", "the vendor requires it")])
        },
        effects: Effects::atlassian(),
    }
}
