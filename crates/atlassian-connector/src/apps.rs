//! Names of apps for people, where only the machine word is known.

use std::borrow::Cow;

/// The display name of what owns a resource. A word that is not known is shown as it is.
pub(crate) fn display_name(owner: &str) -> Cow<'_, str> {
    Cow::Borrowed(match owner {
        "avp" => "Analytics",
        "beacon" => "Guard Detect",
        "bitbucket" => "Bitbucket",
        "compass" => "Compass",
        "confluence" => "Confluence",
        "jira" | "jira-core" | "jira-software" => "Jira",
        "jira-admin" => "Jira Administration",
        "jira-product-discovery" => "Jira Product Discovery",
        "jira-servicedesk" | "jira-service-desk" => "Jira Service Management",
        "loom" => "Loom",
        "mercury" => "Focus",
        "opsgenie" => "Opsgenie",
        "statuspage" => "Statuspage",
        "townsquare" => "Goals and Projects",
        "trello" => "Trello",
        "unified-help" => "Help Center",
        other => other,
    })
}
