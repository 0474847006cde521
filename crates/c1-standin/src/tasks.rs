//! Tasks to hand out.

use connector_proto::connector::v2::{AccountInfo, Entitlement, Grant, Resource, ResourceId};
use connector_proto::connectorapi::baton::v1::Task;
use connector_proto::connectorapi::baton::v1::task::{
    ActionInvokeTask, ActionListSchemasTask, ActionStatusTask, CreateAccountTask, DeleteResourceTask,
    GrantTask, HelloTask, RevokeTask, SyncFullTask, TaskType,
};
use prost_types::Struct;

/// A task of this type, without an id.
pub fn of(task_type: TaskType) -> Task {
    Task {
        task_type: Some(task_type),
        ..Default::default()
    }
}

/// Say hello.
pub fn hello() -> Task {
    of(TaskType::Hello(HelloTask::default()))
}

/// Sync everything.
pub fn full_sync() -> Task {
    of(TaskType::SyncFull(SyncFullTask::default()))
}

/// Give access.
pub fn grant(entitlement: Entitlement, principal: Resource) -> Task {
    of(TaskType::Grant(GrantTask {
        entitlement: Some(entitlement),
        principal: Some(principal),
        ..Default::default()
    }))
}

/// Take access away.
pub fn revoke(grant: Grant) -> Task {
    of(TaskType::Revoke(RevokeTask {
        grant: Some(grant),
        ..Default::default()
    }))
}

/// Create an account.
pub fn create_account(info: AccountInfo) -> Task {
    of(TaskType::CreateAccount(CreateAccountTask {
        account_info: Some(info),
        ..Default::default()
    }))
}

/// Delete a resource.
pub fn delete(resource: ResourceId) -> Task {
    of(TaskType::DeleteResource(DeleteResourceTask {
        resource_id: Some(resource),
        ..Default::default()
    }))
}

/// Tell which actions there are.
pub fn list_actions() -> Task {
    of(TaskType::ActionListSchemas(ActionListSchemasTask::default()))
}

/// Invoke an action.
pub fn invoke(name: &str, arguments: Struct) -> Task {
    of(TaskType::ActionInvoke(ActionInvokeTask {
        name: name.to_owned(),
        args: Some(arguments),
        ..Default::default()
    }))
}

/// Tell what came of an action.
pub fn action_status(id: &str) -> Task {
    of(TaskType::ActionStatus(ActionStatusTask {
        id: id.to_owned(),
        ..Default::default()
    }))
}
