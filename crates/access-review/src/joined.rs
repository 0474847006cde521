//! Rows together with the rows that they refer to.

use crate::error::ReviewError;
use crate::facts::Facts;
use crate::held::Held;
use crate::json::{self, Parts, ToJson};
use crate::review::Review;
use crate::subject::Subject;
use c1z_file::StoredGrant;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use prost::Message;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

/// A row that is known already. It is kept as it is stored: a message takes some times the room.
pub struct Known<T> {
    /// The encoded message; empty where the message is there from the start.
    data: Vec<u8>,
    message: OnceCell<T>,
    subject: OnceCell<Subject>,
    json: OnceCell<Box<str>>,
}

impl<T: Message + Default> Known<T> {
    /// A row that is handed on, and forgotten after that.
    pub(crate) fn new(message: T) -> Self {
        Self {
            message: OnceCell::from(message),
            ..Self::kept(&T::default())
        }
    }

    /// A row that is kept.
    pub(crate) fn kept(message: &T) -> Self {
        Self {
            data: message.encode_to_vec(),
            message: OnceCell::new(),
            subject: OnceCell::new(),
            json: OnceCell::new(),
        }
    }

    /// The message of the row.
    pub fn message(&self) -> &T {
        self.message.get_or_init(|| self.decoded())
    }

    /// What was encoded here decodes.
    fn decoded(&self) -> T {
        T::decode(&*self.data).unwrap_or_default()
    }

    /// Looks at the message, which is not kept for that.
    fn look<R>(&self, at: impl FnOnce(&T) -> R) -> R {
        match self.message.get() {
            Some(message) => at(message),
            None => at(&self.decoded()),
        }
    }

    /// Room that it takes: itself, its JSON and its names.
    pub(crate) fn size(&self) -> usize {
        400 + 5 * self.data.len() / 2
    }
}

impl Known<v2::Resource> {
    /// The resource as people know it.
    pub fn subject(&self) -> &Subject {
        self.subject.get_or_init(|| self.look(Subject::of))
    }

    /// What the resource says about itself beside that.
    pub fn facts(&self) -> Facts {
        self.look(Facts::of)
    }
}

impl<T> fmt::Debug for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

impl<T: ToJson + Message + Default> Known<T> {
    pub(crate) fn json(&self) -> Result<&str, ReviewError> {
        if let Some(known) = self.json.get() {
            return Ok(known);
        }
        let made = self.look(json::of)?;
        Ok(self.json.get_or_init(|| made.into_boxed_str()))
    }

    /// The message as JSON on one line, as the only member of an object.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn wrapped(&self, member: &str) -> Result<String, ReviewError> {
        Ok(json::object(&[(member, Some(self.json()?))]))
    }
}

/// A resource with its type and its parent.
#[derive(Debug)]
#[non_exhaustive]
pub struct JoinedResource {
    /// The resource.
    pub resource: Rc<Known<v2::Resource>>,
    /// Its type, where the sync has it.
    pub resource_type: Option<Rc<Known<v2::ResourceType>>>,
    /// Its parent, where it has one and the sync has that.
    pub parent: Option<Rc<Known<v2::Resource>>>,
}

impl JoinedResource {
    pub(crate) fn of(review: &Review, resource: Rc<Known<v2::Resource>>) -> Result<Self, ReviewError> {
        let (resource_type, parent) = resource.look(|message| {
            let parent = message.parent_resource_id.as_ref();
            let resource_type = message
                .id
                .as_ref()
                .and_then(|id| review.resource_type(&id.resource_type));
            (resource_type.cloned(), parent.and_then(ResourceKey::from_proto))
        });
        Ok(Self {
            resource_type,
            parent: parent.map(|key| review.resource(&key)).transpose()?.flatten(),
            resource,
        })
    }

    /// The resource as people know it.
    pub fn subject(&self) -> Subject {
        self.resource.subject().clone()
    }

    /// `baton.v1.ResourceOutput` as JSON on one line.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn json(&self) -> Result<String, ReviewError> {
        Ok(json::object(&[
            ("resource", Some(self.resource.json()?)),
            ("resourceType", json_of(&self.resource_type)?),
            ("parent", json_of(&self.parent)?),
        ]))
    }
}

/// An entitlement with its resource.
#[derive(Debug)]
#[non_exhaustive]
pub struct JoinedEntitlement {
    /// The entitlement.
    pub entitlement: Rc<Known<v2::Entitlement>>,
    /// The resource it is on.
    pub on: ResourceKey,
    /// That resource, where the sync has it.
    pub resource: Option<Rc<Known<v2::Resource>>>,
    /// The type of that resource, where the sync has it.
    pub resource_type: Option<Rc<Known<v2::ResourceType>>>,
}

impl JoinedEntitlement {
    pub(crate) fn of(
        review: &Review,
        entitlement: Rc<Known<v2::Entitlement>>,
        on: ResourceKey,
    ) -> Result<Self, ReviewError> {
        Ok(Self {
            resource: review.resource(&on)?,
            resource_type: review.resource_type(&on.resource_type).cloned(),
            entitlement,
            on,
        })
    }

    /// The resource as people know it.
    pub fn subject(&self) -> Subject {
        subject_of(&self.resource, &self.on)
    }

    /// `baton.v1.EntitlementOutput` as JSON on one line.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn json(&self) -> Result<String, ReviewError> {
        Ok(json::object(&[
            ("entitlement", Some(self.entitlement.json()?)),
            ("resource", json_of(&self.resource)?),
            ("resourceType", json_of(&self.resource_type)?),
        ]))
    }
}

/// A grant by itself: who holds what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldGrant {
    /// Its id.
    pub id: String,
    /// How it is held.
    pub held: Held,
    /// The id of its entitlement.
    pub entitlement_id: String,
    /// Who holds it.
    pub holder: ResourceKey,
}

impl HeldGrant {
    pub(crate) fn of(row: StoredGrant) -> Result<Self, ReviewError> {
        Ok(Self {
            held: Held::of(&row.decode_checked()?, &row.entitlement_id),
            id: row.external_id,
            entitlement_id: row.entitlement_id,
            holder: ResourceKey::new(row.principal_resource_type_id, row.principal_resource_id),
        })
    }
}

/// A grant with its entitlement, the resource of that, and its principal.
#[derive(Debug)]
#[non_exhaustive]
pub struct JoinedGrant {
    /// The grant.
    pub grant: v2::Grant,
    /// Its id.
    pub id: String,
    /// How it is held.
    pub held: Held,
    /// The id of its entitlement.
    pub entitlement_id: String,
    /// The entitlement, where the sync has it.
    pub entitlement: Option<Rc<Known<v2::Entitlement>>>,
    /// The resource of the entitlement.
    pub on: ResourceKey,
    /// That resource, where the sync has it.
    pub resource: Option<Rc<Known<v2::Resource>>>,
    /// The type of that resource, where the sync has it.
    pub resource_type: Option<Rc<Known<v2::ResourceType>>>,
    /// Who holds it.
    pub holder: ResourceKey,
    /// The resource that holds it, where the sync has it.
    pub principal: Option<Rc<Known<v2::Resource>>>,
    parts: Rc<Parts>,
}

impl JoinedGrant {
    pub(crate) fn of(review: &Review, row: StoredGrant) -> Result<Self, ReviewError> {
        let grant = row.decode_checked()?;
        let on = ResourceKey::new(row.resource_type_id, row.resource_id);
        let holder = ResourceKey::new(row.principal_resource_type_id, row.principal_resource_id);
        Ok(Self {
            held: Held::of(&grant, &row.entitlement_id),
            grant,
            id: row.external_id,
            entitlement: review.entitlement(&row.entitlement_id)?,
            entitlement_id: row.entitlement_id,
            resource: review.resource(&on)?,
            resource_type: review.resource_type(&on.resource_type).cloned(),
            on,
            principal: review.resource(&holder)?,
            holder,
            parts: Rc::clone(&review.parts),
        })
    }

    /// The name of the entitlement to show.
    pub fn entitlement_shown(&self) -> &str {
        entitlement_shown(self.entitlement.as_deref(), &self.entitlement_id)
    }

    /// Who holds it, as people know it.
    pub fn holder_subject(&self) -> Subject {
        subject_of(&self.principal, &self.holder)
    }

    /// The resource of the entitlement, as people know it.
    pub fn on_subject(&self) -> Subject {
        subject_of(&self.resource, &self.on)
    }

    /// The resource of the entitlement and its type as JSON, each with the name of its member in `baton.v1`.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn resource_json(&self) -> Result<Vec<(&'static str, String)>, ReviewError> {
        let members = [
            ("resource", json_of(&self.resource)?),
            ("resourceType", json_of(&self.resource_type)?),
        ];
        let known = members
            .into_iter()
            .filter_map(|(member, json)| Some((member, json?.to_owned())));
        Ok(known.collect())
    }

    /// The entitlement as JSON, where the sync has it.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn entitlement_json(&self) -> Result<Option<String>, ReviewError> {
        Ok(json_of(&self.entitlement)?.map(ToOwned::to_owned))
    }

    /// `baton.v1.GrantOutput` as JSON on one line.
    ///
    /// # Errors
    /// [`ReviewError::Json`]
    pub fn json(&self) -> Result<String, ReviewError> {
        Ok(json::object(&[
            ("grant", Some(&json::of_grant(&self.grant, &self.parts)?)),
            ("entitlement", json_of(&self.entitlement)?),
            ("resource", json_of(&self.resource)?),
            ("resourceType", json_of(&self.resource_type)?),
            ("principal", json_of(&self.principal)?),
        ]))
    }
}

/// The name of an entitlement to show: its display name, else its slug, else its id.
pub(crate) fn entitlement_shown<'a>(known: Option<&'a Known<v2::Entitlement>>, id: &'a str) -> &'a str {
    let names = known.map(|known| [&*known.message().display_name, &*known.message().slug]);
    names
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .unwrap_or(id)
}

fn subject_of(known: &Option<Rc<Known<v2::Resource>>>, key: &ResourceKey) -> Subject {
    match known {
        Some(known) => known.subject().clone(),
        None => Subject::unknown(key.clone()),
    }
}

fn json_of<T: ToJson + Message + Default>(known: &Option<Rc<Known<T>>>) -> Result<Option<&str>, ReviewError> {
    known.as_ref().map(|known| known.json()).transpose()
}
