//! Tasks to hand out.

use connector_proto::connector::v2::{AccountInfo, Entitlement, Grant, Resource, ResourceId};
use connector_proto::connectorapi::baton::v1::Task;
use connector_proto::connectorapi::baton::v1::task::{
    ActionInvokeTask, ActionListSchemasTask, ActionStatusTask, CreateAccountTask, DeleteResourceTask,
    GrantTask, HelloTask, RevokeTask, SyncFullTask, TaskType,
};
use prost_types::Struct;

/// Tasks from a text that has one a line, as protobuf JSON; empty lines are left out.
///
/// # Errors
/// The first line that is none, by its number, and why.
pub fn read(text: &str) -> Result<Vec<Task>, String> {
    const EXAMPLE: &str = r#"a task is for example {"syncFull":{}}"#;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let task = |(at, line): (usize, &str)| {
        let wrong = |why: &str| format!("line {}: {why}; {EXAMPLE}", at + 1);
        let task: Task = connector_proto::json::from_json(line).map_err(|error| wrong(&error.to_string()))?;
        match task.task_type {
            Some(_) => Ok(task),
            None => Err(wrong("it does not say what is to be done")),
        }
    };
    lines.map(task).collect()
}

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

/// Sync these resources, by type and id.
pub fn sync_of(resources: &[(&str, &str)]) -> Task {
    let resource = |(resource_type, id): &(&str, &str)| Resource {
        id: Some(ResourceId {
            resource_type: (*resource_type).to_owned(),
            resource: (*id).to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    of(TaskType::SyncFull(SyncFullTask {
        targeted_sync_resources: resources.iter().map(resource).collect(),
        ..Default::default()
    }))
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

/// Tell the result of an action.
pub fn action_status(id: &str) -> Task {
    of(TaskType::ActionStatus(ActionStatusTask {
        id: id.to_owned(),
        ..Default::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_task_is_named() {
        let text = "{\"syncFull\":{}}\n\n{\"hello\":{}}\n";
        assert_eq!(read(text), Ok(vec![full_sync(), hello()]));
        for (text, said) in [
            (
                "{\"syncFull\":{}}\n{\"id\":\"x\"}",
                "line 2: it does not say what is to be done; a task is",
            ),
            ("\n\nsync", "line 3: "),
            ("{\"syncFul\":{}}", "syncFul"),
        ] {
            let told = read(text).expect_err(text);
            assert!(told.contains(said), "{told}");
        }
    }
}
