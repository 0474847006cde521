//! The settings of a connector that is served.

use super::setting::{Group, Setting, of, switch};
use connector_sdk::FieldKind;

/// Names of the settings.
pub(crate) mod name {
    pub(crate) const PROVISIONING: &str = "provisioning";
    pub(crate) const NO_ACTIONS: &str = "no-actions";
    pub(crate) const LISTEN: &str = "listen";
    pub(crate) const CERTIFICATE: &str = "tls-cert";
    pub(crate) const KEY: &str = "tls-key";
    pub(crate) const CLIENT_AUTHORITY: &str = "tls-client-ca";
}

/// Every setting of a connector that is served.
pub(super) fn settings() -> Vec<Setting> {
    let text = |name, title, about, word| {
        of(Group::Service, name, title, about, FieldKind::Text(None)).value_word(word)
    };
    vec![
        text(
            name::LISTEN,
            "Address",
            "Where serve listens, 127.0.0.1:9443 for example",
            "ADDR",
        ),
        text(
            name::CERTIFICATE,
            "Certificate",
            "The certificate of the server with its chain, in PEM",
            "PATH",
        ),
        text(name::KEY, "Key of the certificate", "Its private key, in PEM", "PATH"),
        text(
            name::CLIENT_AUTHORITY,
            "Authority of clients",
            "The authority that clients must have their certificate from, in PEM",
            "PATH",
        ),
        switch(
            Group::Service,
            name::PROVISIONING,
            "Provisioning",
            "Make the changes that a platform asks for. A change that a flag asks for needs no such permission",
        )
        .short('p'),
        switch(
            Group::Service,
            name::NO_ACTIONS,
            "No actions",
            "Refuse the actions that a platform asks for",
        ),
    ]
}
