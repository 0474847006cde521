//! `Debug` for the messages that hold secrets, or values that may be some: it says which of their fields
//! are set and not what they are. The generator derives none for these messages.

use crate::connector::v2::{
    GetActionStatusResponse, InvokeActionRequest, InvokeActionResponse, PlaintextData,
    local_credential_options,
};
use crate::connectorapi::baton::v1::{
    GetAllItem, GetConnectorOauthTokenResponse, GetManyItem, GetResponse, SetManyRequest, SetRequest,
    SignedHeader, Sigv4SignedRequestStsGetCallerIdentity, task,
};
use crate::transport::v1 as transport;
use crate::utls::v1::Credential;
use std::fmt;

/// Names every field of a message: those to print, then those to hide.
macro_rules! redact {
    ($($message:path { $($shown:ident),*; $($hidden:ident),* })*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // A field that is added later has to be put into one of the two lists.
                let Self { $($shown,)* $($hidden),* } = self;
                let name = <Self as prost::Name>::NAME;
                f.debug_struct(name)
                    $(.field(stringify!($shown), $shown))*
                    $(.field(stringify!($hidden), &hidden($hidden)))*
                    .finish()
            }
        }
    )*};
}

redact! {
    // The secrets proper.
    PlaintextData { name, description, schema; bytes }
    local_credential_options::PlaintextPassword { ; plaintext_password }
    Credential { ca_cert, cert; key }
    GetConnectorOauthTokenResponse { ; token }
    // Who has a signed request can send it.
    SignedHeader { key; value }
    Sigv4SignedRequestStsGetCallerIdentity { method, endpoint, headers; body }
    // Arguments and results of actions: the schema says which of them are secret, the message does not.
    InvokeActionRequest { name, annotations, resource_type_id, inline_wait; args }
    InvokeActionResponse { id, status, annotations, name; response }
    GetActionStatusResponse { name, id, status, annotations; response }
    task::ActionInvokeTask { name, annotations, resource_type_id; args }
    // Whatever a connector chose to keep during a sync.
    GetResponse { found; value }
    GetManyItem { key; value }
    GetAllItem { key; value }
    SetRequest { sync_id, key, prefix; value }
    SetManyRequest { sync_id, prefix; values }
    // Any message at all, and the headers that authorise it.
    transport::Request { method; req, headers }
    transport::Response { status; resp, headers, trailers }
}

fn hidden<T: Default + PartialEq>(value: &T) -> fmt::Arguments<'static> {
    if *value == T::default() {
        format_args!("unset")
    } else {
        format_args!("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::v2::LocalCredentialOptions;
    use crate::connectorapi::baton::v1::Task;
    use crate::wkt;

    #[track_caller]
    fn check(message: &dyn fmt::Debug, expected: &str) {
        assert_eq!(format!("{message:?}"), expected);
    }

    #[test]
    fn secrets_are_not_printed() {
        check(
            &PlaintextData {
                name: "password".into(),
                bytes: b"hunter2".into(),
                ..Default::default()
            },
            r#"PlaintextData { name: "password", description: "", schema: "", bytes: [redacted] }"#,
        );
        check(
            &PlaintextData::default(),
            r#"PlaintextData { name: "", description: "", schema: "", bytes: unset }"#,
        );
        check(
            &Credential {
                ca_cert: vec![1],
                cert: vec![2],
                key: vec![3],
            },
            "Credential { ca_cert: [1], cert: [2], key: [redacted] }",
        );
        check(
            &SignedHeader {
                key: "authorization".into(),
                value: vec!["AWS4-HMAC-SHA256".into()],
            },
            r#"SignedHeader { key: "authorization", value: [redacted] }"#,
        );
    }

    #[test]
    fn secrets_inside_other_messages_are_not_printed() {
        let args = Some(wkt::object([("password", "hunter2".into())]));
        let password = local_credential_options::PlaintextPassword {
            plaintext_password: "hunter2".into(),
        };
        let options = local_credential_options::Options::PlaintextPassword(password);
        for message in [
            &LocalCredentialOptions {
                options: Some(options),
                ..Default::default()
            } as &dyn fmt::Debug,
            &task::TaskType::ActionInvoke(task::ActionInvokeTask {
                args: args.clone(),
                ..Default::default()
            }),
            &Task {
                task_type: Some(task::TaskType::ActionInvoke(task::ActionInvokeTask {
                    args: args.clone(),
                    ..Default::default()
                })),
                ..Default::default()
            },
            &transport::Request {
                method: "/a/b".into(),
                headers: args,
                ..Default::default()
            },
        ] {
            let text = format!("{message:?}");
            assert!(text.contains("[redacted]") && !text.contains("hunter2"), "{text}");
        }
    }
}
