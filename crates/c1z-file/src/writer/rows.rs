//! Rows as the caller hands them over: the columns that readers search by, and the encoded message.

use super::WriteError;

/// A resource.
#[derive(Debug, Clone, Copy)]
pub struct ResourceRow<'a> {
    /// `Resource.id.resource_type`
    pub resource_type_id: &'a str,
    /// `Resource.id.resource`
    pub resource_id: &'a str,
    /// Type and id of `Resource.parent_resource_id`
    pub parent: Option<(&'a str, &'a str)>,
    /// The encoded `c1.connector.v2.Resource`
    pub data: &'a [u8],
}

/// An entitlement.
#[derive(Debug, Clone, Copy)]
pub struct EntitlementRow<'a> {
    /// `Entitlement.resource.id.resource_type`
    pub resource_type_id: &'a str,
    /// `Entitlement.resource.id.resource`
    pub resource_id: &'a str,
    /// `Entitlement.id`
    pub entitlement_id: &'a str,
    /// The encoded `c1.connector.v2.Entitlement`
    pub data: &'a [u8],
}

/// A grant.
#[derive(Debug, Clone, Copy)]
pub struct GrantRow<'a> {
    /// The type of the entitlement's resource
    pub resource_type_id: &'a str,
    /// The id of the entitlement's resource
    pub resource_id: &'a str,
    /// `Grant.entitlement.id`
    pub entitlement_id: &'a str,
    /// `Grant.principal.id.resource_type`
    pub principal_type: &'a str,
    /// `Grant.principal.id.resource`
    pub principal_id: &'a str,
    /// `Grant.id`
    pub grant_id: &'a str,
    /// The encoded `c1.connector.v2.GrantExpandable`, of a grant that passes on to the holders of other
    /// entitlements. It stands here and nowhere else: the message must not carry the annotation.
    pub expansion: Option<&'a [u8]>,
    /// The encoded `c1.connector.v2.Grant`, without a `GrantExpandable` annotation
    pub data: &'a [u8],
}

/// A picture or another file that rows name by its id.
#[derive(Debug, Clone, Copy)]
pub struct AssetRow<'a> {
    /// `AssetRef.id`
    pub asset_id: &'a str,
    /// Its media type
    pub content_type: &'a str,
    /// Its bytes
    pub data: &'a [u8],
}

impl ResourceRow<'_> {
    pub(super) fn check(&self) -> Result<(), WriteError> {
        require(
            "resource",
            self.resource_id,
            &[("resource type", self.resource_type_id), ("id", self.resource_id)],
        )?;
        match self.parent {
            Some((parent_type, parent_id)) => require(
                "resource",
                self.resource_id,
                &[("parent type", parent_type), ("parent id", parent_id)],
            ),
            None => Ok(()),
        }
    }
}

impl EntitlementRow<'_> {
    pub(super) fn check(&self) -> Result<(), WriteError> {
        require(
            "entitlement",
            self.entitlement_id,
            &[
                ("resource type", self.resource_type_id),
                ("resource id", self.resource_id),
                ("id", self.entitlement_id),
            ],
        )
    }
}

impl GrantRow<'_> {
    pub(super) fn check(&self) -> Result<(), WriteError> {
        require(
            "grant",
            self.grant_id,
            &[
                ("resource type", self.resource_type_id),
                ("resource id", self.resource_id),
                ("entitlement id", self.entitlement_id),
                ("principal type", self.principal_type),
                ("principal id", self.principal_id),
                ("id", self.grant_id),
            ],
        )
    }
}

/// Readers look rows up by these texts; an empty one is never right, whatever the vendor sent.
pub(super) fn require(kind: &'static str, id: &str, fields: &[(&str, &str)]) -> Result<(), WriteError> {
    match fields.iter().find(|(_, value)| value.is_empty()) {
        Some((field, _)) => Err(WriteError::Row {
            kind,
            id: id.into(),
            reason: format!("its {field} is empty"),
        }),
        None => Ok(()),
    }
}
