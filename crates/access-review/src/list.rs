//! Lists of rows, each with what it refers to.

use crate::error::ReviewError;
use crate::joined::{HeldGrant, JoinedEntitlement, JoinedGrant, JoinedResource, Known};
use crate::review::Review;
use crate::subject::{Status, Subject};
use c1z_file::{ReadError, Rows, StoredEntitlement, StoredGrant, StoredResource};
use connector_sdk::ResourceKey;
use std::rc::Rc;

/// Which rows of a list are wanted; without anything in it, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of resources with one of these types; of entitlements and grants, those on resources of these types.
    pub resource_types: Vec<String>,
    /// Of entitlements and grants, those on this resource; of resources, those below it.
    pub resource: Option<ResourceKey>,
    /// Of grants, those of this entitlement; of principals, those that hold it.
    pub entitlement_id: Option<String>,
    /// Of grants, those of this principal.
    pub principal: Option<ResourceKey>,
    /// Resources, or principals of grants, that have this address or login. Case does not count.
    pub email: Option<String>,
    /// Resources, or principals of grants, with this status.
    pub status: Option<Status>,
}

impl Filter {
    /// Wants every row.
    pub(crate) const ALL: Self = Self {
        resource_types: Vec::new(),
        resource: None,
        entitlement_id: None,
        principal: None,
        email: None,
        status: None,
    };

    fn has_type(&self, resource_type: &str) -> bool {
        self.resource_types.is_empty() || self.resource_types.iter().any(|kind| kind == resource_type)
    }

    fn looks_at_subjects(&self) -> bool {
        self.email.is_some() || self.status.is_some()
    }

    fn has_subject(&self, subject: &Subject) -> bool {
        self.email.as_ref().is_none_or(|email| subject.has_email(email))
            && self.status.is_none_or(|status| subject.status == status)
    }
}

/// An iterator over the rows of a list.
type List<'a, T> = Box<dyn Iterator<Item = Result<T, ReviewError>> + 'a>;

impl Review {
    /// The resources that a filter wants.
    pub fn resources<'a>(&'a self, filter: &'a Filter) -> List<'a, JoinedResource> {
        let sync_id = &self.sync().sync_id;
        let rows: Rows<'a, StoredResource> = match filter.resource_types.as_slice() {
            [one] => self.artifact().resources_of_type(sync_id, one),
            _ => self.artifact().resources(sync_id),
        };
        let wanted = rows.filter(|row| {
            row.as_ref()
                .map_or(true, |row| filter.has_type(&row.resource_type_id))
        });
        Box::new(wanted.filter_map(move |row| self.resource_of(row, filter).transpose()))
    }

    fn resource_of(
        &self,
        row: Result<StoredResource, ReadError>,
        filter: &Filter,
    ) -> Result<Option<JoinedResource>, ReviewError> {
        let row = row?;
        if let Some(parent) = &filter.resource
            && (
                row.parent_resource_type_id.as_deref(),
                row.parent_resource_id.as_deref(),
            ) != (Some(&*parent.resource_type), Some(&*parent.resource))
        {
            return Ok(None);
        }
        let message = row.decode_checked()?;
        if filter.looks_at_subjects() && !filter.has_subject(&Subject::of(&message)) {
            return Ok(None);
        }
        JoinedResource::of(self, Rc::new(Known::new(message))).map(Some)
    }

    /// The accounts, and the other resources that hold something, that a filter wants; each with the number of its grants.
    pub fn principals<'a>(&'a self, filter: &'a Filter) -> List<'a, (JoinedResource, u64)> {
        Box::new(self.resources(filter).filter_map(move |resource| {
            let counted = resource.and_then(|resource| Ok((self.grants_held(&resource, filter)?, resource)));
            match counted {
                Err(error) => Some(Err(error)),
                Ok((count, resource)) => {
                    let is_account = self.is_account_type(&resource.subject().key.resource_type);
                    let wanted = count > 0 || is_account && filter.entitlement_id.is_none();
                    wanted.then_some(Ok((resource, count)))
                }
            }
        }))
    }

    fn grants_held(&self, resource: &JoinedResource, filter: &Filter) -> Result<u64, ReviewError> {
        let key = resource.subject().key;
        let mut count = 0;
        for row in self
            .artifact()
            .grants_of_principal(&self.sync().sync_id, (&key.resource_type, &key.resource))
        {
            let row = row?;
            count += u64::from(
                filter
                    .entitlement_id
                    .as_ref()
                    .is_none_or(|id| *id == row.entitlement_id),
            );
        }
        Ok(count)
    }

    /// The entitlements that a filter wants.
    pub fn entitlements<'a>(&'a self, filter: &'a Filter) -> List<'a, JoinedEntitlement> {
        let sync_id = &self.sync().sync_id;
        let rows: Rows<'a, StoredEntitlement> = match &filter.resource {
            Some(on) => self
                .artifact()
                .entitlements_of_resource(sync_id, (&on.resource_type, &on.resource)),
            None => self.artifact().entitlements(sync_id),
        };
        let wanted = rows.filter(|row| {
            row.as_ref()
                .map_or(true, |row| filter.has_type(&row.resource_type_id))
        });
        Box::new(wanted.map(|row| {
            let row = row?;
            let known = Rc::new(Known::new(row.decode_checked()?));
            JoinedEntitlement::of(
                self,
                known,
                ResourceKey::new(row.resource_type_id, row.resource_id),
            )
        }))
    }

    /// The grants that a filter wants, each with what it refers to.
    pub fn grants<'a>(&'a self, filter: &'a Filter) -> List<'a, JoinedGrant> {
        Box::new(self.grant_rows(filter).map(|row| JoinedGrant::of(self, row?)))
    }

    /// The grants that a filter wants by themselves: nothing that they refer to is looked up, unless the filter looks at it.
    pub fn held<'a>(&'a self, filter: &'a Filter) -> List<'a, HeldGrant> {
        Box::new(self.grant_rows(filter).map(|row| HeldGrant::of(row?)))
    }

    fn grant_rows<'a>(&'a self, filter: &'a Filter) -> List<'a, StoredGrant> {
        let (artifact, sync_id) = (self.artifact(), &self.sync().sync_id);
        let rows: Rows<'a, StoredGrant> = match (&filter.principal, &filter.entitlement_id, &filter.resource)
        {
            (Some(of), ..) => artifact.grants_of_principal(sync_id, (&of.resource_type, &of.resource)),
            (None, Some(id), _) => artifact.grants_of_entitlement(sync_id, id),
            (None, None, Some(on)) => artifact.grants_of_resource(sync_id, (&on.resource_type, &on.resource)),
            (None, None, None) => artifact.grants(sync_id),
        };
        Box::new(rows.filter_map(move |row| self.wanted(row, filter).transpose()))
    }

    fn wanted(
        &self,
        row: Result<StoredGrant, ReadError>,
        filter: &Filter,
    ) -> Result<Option<StoredGrant>, ReviewError> {
        let row = row?;
        let on = (&*row.resource_type_id, &*row.resource_id);
        let is_on = |wanted: &ResourceKey| (&*wanted.resource_type, &*wanted.resource) == on;
        let wanted = filter.has_type(&row.resource_type_id)
            && filter
                .entitlement_id
                .as_ref()
                .is_none_or(|id| *id == row.entitlement_id)
            && filter.resource.as_ref().is_none_or(is_on);
        if !wanted {
            return Ok(None);
        }
        if filter.looks_at_subjects() {
            let key = ResourceKey::new(&*row.principal_resource_type_id, &*row.principal_resource_id);
            if !filter.has_subject(&self.subject(&key)?) {
                return Ok(None);
            }
        }
        Ok(Some(row))
    }
}
