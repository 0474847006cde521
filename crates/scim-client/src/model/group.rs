//! Groups (RFC 7643 §4.2).

use crate::decode::attributes;
use crate::location::resource_at;
use crate::model::parts::ValueType;
use crate::{GroupId, ResourceKind, Text, UserId};

attributes! {
    /// A group: what a client says about one. What the server says, id and version, is in
    /// [`Stored`](crate::Stored).
    ///
    /// Replacing a group replaces its members: an absent list is the empty one (RFC 7644 §3.5.1). To change
    /// members use a [`Patch`](crate::Patch).
    pub struct Group {
        /// The schemas of the group as the server lists them. They are not sent.
        schemas: Vec<String> = "schemas",
        /// The id of the group in the client's own system. Never the server's id.
        external_id: Option<Text> = "externalId",
        /// The name of the group. Missing only from an answer whose [`Selection`](crate::Selection) left it out.
        display_name: Option<Text> = "displayName",
        /// The members, all of them: a large group is a large answer.
        members: Vec<Member> = "members",
    }
}

attributes! {
    /// A member of a group.
    pub struct Member or "value" {
        /// The id of the member.
        value: Option<Text> = "value",
        /// The address of the member.
        reference: Option<Text> = "$ref",
        /// User or group. Where it is absent, the address tells.
        kind: Option<ValueType> = "type",
        /// How the member is to be shown.
        display: Option<Text> = "display",
    }
}

impl Group {
    /// A group with this name and no members.
    #[must_use]
    pub fn new(display_name: &str) -> Self {
        Self {
            display_name: Some(display_name.into()),
            ..Self::default()
        }
    }
}

impl Member {
    /// A user as a member.
    #[must_use]
    pub fn user(id: &UserId) -> Self {
        Self {
            value: Some(id.as_str().into()),
            ..Self::default()
        }
    }

    /// A group as a member.
    #[must_use]
    pub fn group(id: &GroupId) -> Self {
        Self {
            value: Some(id.as_str().into()),
            kind: Some(ValueType::Group),
            ..Self::default()
        }
    }

    /// The id of the user, if the member says that it is one: by its type, or else by its address. A member that says
    /// neither may be a group.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.id_of(ResourceKind::User).map(UserId::from_server)
    }

    /// The id of the group, if the member says that it is one.
    #[must_use]
    pub fn group_id(&self) -> Option<GroupId> {
        self.id_of(ResourceKind::Group).map(GroupId::from_server)
    }

    fn id_of(&self, wanted: ResourceKind) -> Option<&str> {
        let kind = match &self.kind {
            Some(ValueType::User) => Some(ResourceKind::User),
            Some(ValueType::Group) => Some(ResourceKind::Group),
            Some(_) => None,
            None => resource_at(self.reference.as_ref()?).map(|(kind, _)| kind),
        };
        (kind == Some(wanted)).then_some(self.value.as_deref()).flatten()
    }
}
