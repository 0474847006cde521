//! What a bulk request carries.

use crate::etag::ETag;
use crate::id::is_segment;
use crate::model::{Object, Resource, ResourceKind, object};
use crate::operation::{BULK, Operation};
use crate::parameter::ParameterError;
use crate::patch::Patch;
use crate::profile::{Profile, ProfileError, Purpose};
use http::Method;
use http_kit::Path;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The schema of a bulk request.
const BULK_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A checked bulk request.
///
/// A resource that the request creates can be named in its other operations by `bulkId:` and the id that the
/// creation has in the request; see [`BulkOperation::reference`].
///
/// ```
/// use scim_client::{BulkOperation, BulkRequest, Group, Member, User, UserId};
///
/// let user = BulkOperation::create("u1", &User::new("ines"))?;
/// let mut group = Group::new("eng-platform");
/// group.members = vec![Member::user(&UserId::from_server(&user.reference().unwrap()))];
/// let request = BulkRequest::builder()
///     .operation(user)
///     .operation(BulkOperation::create("g1", &group)?)
///     .fail_on_errors(1)
///     .build()?;
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BulkRequest {
    operations: Vec<BulkOperation>,
    fail_on_errors: Option<u32>,
}

/// Collects a [`BulkRequest`].
#[derive(Clone, Debug)]
#[must_use]
pub struct BulkRequestBuilder(BulkRequest);

/// One operation of a bulk request. `Debug` shows no value.
#[derive(Clone)]
pub struct BulkOperation {
    method: Method,
    path: String,
    bulk_id: Option<String>,
    version: Option<ETag>,
    data: Data,
    fault: Option<ParameterError>,
}

/// What an operation carries. It is held against the profile when the request is sent.
#[derive(Clone)]
enum Data {
    Whole(ResourceKind, Object, Purpose),
    Patch(ResourceKind, Patch),
    Nothing,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    schemas: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_on_errors: Option<u32>,
    #[serde(rename = "Operations")]
    operations: Vec<BodyOperation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BodyOperation<'a> {
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bulk_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a ETag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<BodyData<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum BodyData<'a> {
    Whole(BTreeMap<String, Box<RawValue>>),
    Patch(&'a Patch),
}

impl BulkRequest {
    /// Starts a request.
    pub fn builder() -> BulkRequestBuilder {
        BulkRequestBuilder(Self {
            operations: Vec::new(),
            fail_on_errors: None,
        })
    }

    /// The operations in their order.
    #[must_use]
    pub fn operations(&self) -> &[BulkOperation] {
        &self.operations
    }

    /// The body, with every operation held against the profile.
    pub(super) fn body(&self, profile: &Profile) -> Result<Body<'_>, ProfileError> {
        let operations = self.operations.iter().map(|operation| operation.body(profile));
        Ok(Body {
            schemas: [BULK_SCHEMA],
            fail_on_errors: self.fail_on_errors,
            operations: operations.collect::<Result<_, _>>()?,
        })
    }
}

impl BulkRequestBuilder {
    /// Another operation.
    pub fn operation(mut self, operation: BulkOperation) -> Self {
        self.0.operations.push(operation);
        self
    }

    /// Ends the request after so many errors; operations that are left then have no outcome. By default, the
    /// server goes on.
    pub fn fail_on_errors(mut self, errors: u32) -> Self {
        self.0.fail_on_errors = Some(errors);
        self
    }

    /// Checks the request.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when there is no operation, two creations have the same id in the request, or a resource
    /// cannot be addressed or written.
    pub fn build(self) -> Result<BulkRequest, ParameterError> {
        let request = self.0;
        if let Some(fault) = request
            .operations
            .iter()
            .find_map(|operation| operation.fault.clone())
        {
            return Err(fault);
        }
        if request.operations.is_empty() {
            return Err(ParameterError::Missing {
                parameter: "Operations",
                reason: "a request of nothing is refused by servers",
            });
        }
        let mut ids: Vec<&str> = request
            .operations
            .iter()
            .filter_map(|operation| operation.bulk_id.as_deref())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() < count {
            return Err(ParameterError::Malformed {
                parameter: "bulkId",
                expected: "an id that no other operation of the request has",
                length: count,
            });
        }
        Ok(request)
    }
}

impl BulkOperation {
    /// Creates a resource, under an id of the caller's choice within the request.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when the id is empty, or has blanks or colons.
    pub fn create<R: Resource>(bulk_id: &str, resource: &R) -> Result<Self, ParameterError> {
        let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != ':';
        if bulk_id.is_empty() || !bulk_id.chars().all(fits) {
            return Err(ParameterError::malformed(
                "bulkId",
                "characters without blanks and colons",
                bulk_id,
            ));
        }
        let endpoint = R::KIND.endpoint();
        Ok(Self {
            method: Method::POST,
            path: endpoint.path.to_owned(),
            bulk_id: Some(bulk_id.to_owned()),
            version: None,
            data: Data::Whole(R::KIND, object(resource)?, Purpose::Create),
            fault: None,
        })
    }

    /// Replaces a resource.
    pub fn replace<R: Resource>(id: &R::Id, resource: &R) -> Self {
        let operation = &R::KIND.endpoint().replace;
        match object(resource) {
            Ok(object) => Self::at::<R>(operation, id, Data::Whole(R::KIND, object, Purpose::Replace)),
            Err(fault) => Self {
                fault: Some(fault),
                ..Self::at::<R>(operation, id, Data::Nothing)
            },
        }
    }

    /// Changes a resource.
    pub fn patch<R: Resource>(id: &R::Id, patch: &Patch) -> Self {
        Self::at::<R>(&R::KIND.endpoint().patch, id, Data::Patch(R::KIND, patch.clone()))
    }

    /// Deletes a resource.
    pub fn delete<R: Resource>(id: &R::Id) -> Self {
        Self::at::<R>(&R::KIND.endpoint().delete, id, Data::Nothing)
    }

    /// Carries the operation out only if the resource still has this version.
    #[must_use]
    pub fn if_match(mut self, version: ETag) -> Self {
        self.version = Some(version);
        self
    }

    /// What stands for the id of the resource that this operation creates, in the others of the request
    /// (RFC 7644 §3.7.2).
    #[must_use]
    pub fn reference(&self) -> Option<String> {
        self.bulk_id.as_ref().map(|id| format!("bulkId:{id}"))
    }

    fn at<R: Resource>(operation: &Operation, id: &R::Id, data: Data) -> Self {
        let path = Path::new().lit(R::KIND.endpoint().path).seg(id);
        let fault = || ParameterError::malformed("id", "an id that can be part of a path", id.as_ref());
        Self {
            method: operation.method.clone(),
            path: path.as_str().to_owned(),
            bulk_id: None,
            version: None,
            data,
            fault: (!is_segment(id.as_ref())).then(fault),
        }
    }

    fn body(&self, profile: &Profile) -> Result<BodyOperation<'_>, ProfileError> {
        if self.version.is_some() {
            profile.check_condition(&BULK, "version")?;
        }
        let data = match &self.data {
            Data::Whole(kind, object, purpose) => {
                let body = profile.body(&BULK, *kind, object.values(), *purpose)?;
                Some(BodyData::Whole(object.sent(&body)))
            }
            Data::Patch(kind, patch) => {
                profile.check_patch(&BULK, *kind, patch)?;
                Some(BodyData::Patch(patch))
            }
            Data::Nothing => None,
        };
        Ok(BodyOperation {
            method: self.method.as_str(),
            path: &self.path,
            bulk_id: self.bulk_id.as_deref(),
            version: self.version.as_ref(),
            data,
        })
    }
}

impl fmt::Debug for BulkOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkOperation")
            .field("method", &self.method)
            .field("path", &http_kit::masked(&self.path, 200))
            .field("bulk_id", &self.bulk_id)
            .finish_non_exhaustive()
    }
}
