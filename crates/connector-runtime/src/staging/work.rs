//! The calls that are still to be made.

use connector_proto::connector::v2;
use connector_sdk::{PageToken, ResourceKey};

/// Which call of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// List the resources of a type.
    List,
    /// List the entitlements of a resource.
    Entitlements,
    /// List the grants of a resource.
    Grants,
}

impl CallKind {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::List => 0,
            Self::Entitlements => 1,
            Self::Grants => 2,
        }
    }

    pub(super) fn of(number: i64) -> Self {
        match number {
            0 => Self::List,
            1 => Self::Entitlements,
            _ => Self::Grants,
        }
    }
}

/// One call to make.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its row in the staging file.
    pub(crate) row: i64,
    pub(crate) kind: CallKind,
    pub(crate) resource_type: String,
    /// The resource it is about; of a listing: the parent.
    pub(crate) resource: Option<Box<v2::Resource>>,
    pub(crate) token: PageToken,
    /// Whether the listing may be restarted if the vendor refuses its cursor.
    pub(crate) restarts: u32,
}

impl Call {
    /// What the call is about, for messages.
    pub(crate) fn describe(&self) -> String {
        let of = |r: &v2::Resource| {
            let id =
                r.id.as_ref()
                    .and_then(ResourceKey::from_proto)
                    .map(|k| k.to_string())
                    .unwrap_or_default();
            if r.display_name.is_empty() {
                id
            } else {
                format!("{id} ({})", r.display_name)
            }
        };
        match (self.kind, &self.resource) {
            (CallKind::List, None) => format!("listing resources of type {}", self.resource_type),
            (CallKind::List, Some(parent)) => format!("listing {} of {}", self.resource_type, of(parent)),
            (CallKind::Entitlements, Some(r)) => format!("listing entitlements of {}", of(r)),
            (CallKind::Grants, Some(r)) => format!("listing grants of {}", of(r)),
            (kind, None) => format!("{kind:?} of {}", self.resource_type),
        }
    }
}
