//! Every right that a sync uses, by one small request each.

use super::finding::{fails, lacks, works};
use crate::older::search_or_older;
use atlassian_admin::{
    AccountId, AdminClient, AdminError, DirectoryId, DirectoryRef, EventFilter, EventQuery, Group,
    GroupFilter, GroupId, GroupQuery, GroupSearch, KeyFilter, OrgApiKey, Page, ResourceAri, RoleQuery,
    SortDirection, TokenFilter, TokenPaging, User, UserFilter, UserQuery, UserSearch, VendorTime,
};
use connector_sdk::{Finding, Verdict};
use jiff::{SignedDuration, Timestamp};

/// Something of each kind, to ask further questions about.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) account: Option<AccountId>,
    pub(super) group: Option<(DirectoryId, GroupId)>,
    /// Whether the members of that group can be changed.
    pub(super) modifiable: bool,
    pub(super) workspace: Option<ResourceAri>,
}

/// How bad it is where a right is not there.
#[derive(Clone, Copy)]
enum Need {
    /// There is no artifact without it.
    Sync,
    /// The artifact has a gap, or nothing misses it.
    Part,
}

/// Tries every right.
pub(super) async fn reads(client: &AdminClient, now: Timestamp, findings: &mut Vec<Finding>) -> Sample {
    let mut sample = Sample::default();
    let any = &DirectoryRef::Any;
    let mut tell = Teller { findings };

    let directories = client.directories(None).await;
    let directories = tell.rows("list directories", Need::Part, directories.map(|page| page.items));
    let directory = directories.into_iter().next().map(|first| first.directory_id);

    let accounts = tell.listed("list accounts", accounts(client).await);
    sample.account = accounts.into_iter().next().map(|user| user.account_id);
    if let Some(account) = &sample.account {
        let roles = client
            .user_role_assignments(any, account, &RoleQuery::default(), None)
            .await;
        tell.answer("roles of accounts", Need::Sync, roles.map(|_| ()));
        let dates = client.last_active_dates(account).await;
        tell.answer("last activity", Need::Part, dates.map(|_| ()));
    }
    let groups = tell.listed("list groups", groups(client).await);
    // What a group of an identity provider answers to a write says nothing of the others.
    let group = groups.iter().find(|group| group.is_modifiable());
    sample.modifiable = group.is_some();
    let group = group.or(groups.first()).cloned();
    sample.group = group.and_then(|group| Some((group.directory_id.or(directory)?, group.id)));
    if let Some((_, group)) = &sample.group {
        let roles = client
            .group_role_assignments(any, group, &RoleQuery::default(), None)
            .await;
        tell.answer("roles of groups", Need::Sync, roles.map(|_| ()));
    }
    let workspaces = client.workspaces(None).await;
    let workspaces = tell.rows("list workspaces", Need::Sync, workspaces.map(|page| page.items));
    sample.workspace = workspaces.into_iter().next().map(|workspace| workspace.id);

    domains(client, &mut tell).await;
    let tokens = client.count_api_tokens(&TokenFilter::default()).await;
    tell.answer("API tokens", Need::Part, tokens.map(|_| ()));
    let keys = api_keys(client).await;
    let keys = tell.rows("API keys", Need::Part, keys.map(|page| page.items));
    tell.findings.extend(expiry(&keys, now));
    if let Ok(query) = EventQuery::new(EventFilter::default(), 1) {
        let events = client.events(&query, None).await;
        tell.answer("audit log", Need::Part, events.map(|_| ()));
    }
    sample
}

/// What a listing gave, and whether it was the older one, which a sync reads where the search is not offered.
type Listed<T> = Result<(Vec<T>, bool), AdminError>;

async fn accounts(client: &AdminClient) -> Listed<User> {
    let any = &DirectoryRef::Any;
    let search = UserSearch::builder()
        .limit(1)
        .build()
        .expect("a limit of 1 is allowed");
    let query = UserQuery::new(UserFilter::default(), 1).expect("a limit of 1 is allowed");
    let search = || client.search_users(any, &search, None);
    let read = search_or_older(search, || client.list_users(any, &query, None)).await;
    read.map(|(page, older)| (page.items, older))
}

async fn groups(client: &AdminClient) -> Listed<Group> {
    let any = &DirectoryRef::Any;
    let search = GroupSearch::builder()
        .limit(100)
        .build()
        .expect("a limit of 100 is allowed");
    let query = GroupQuery::new(GroupFilter::default(), 100).expect("a limit of 100 is allowed");
    let search = || client.search_groups(any, &search, None);
    let read = search_or_older(search, || client.list_groups(any, &query, None)).await;
    read.map(|(page, older)| (page.items, older))
}

async fn api_keys(client: &AdminClient) -> Result<Page<OrgApiKey>, AdminError> {
    let paging = TokenPaging::new(1000).expect("a page of 1000 is allowed");
    let paging = paging.sort_by("expiresAt", SortDirection::Asc);
    client.api_keys(&KeyFilter::default(), &paging, None).await
}

/// A key that ends within this many days should be replaced.
const SOON_DAYS: i64 = 30;

/// Which keys end soon, or else which is the next to end; nothing where the vendor does not tell. It does not say which of them is
/// the one that asks, so each is named.
fn expiry(keys: &[OrgApiKey], now: Timestamp) -> Option<Finding> {
    const WHAT: &str = "expiry of API keys";
    let mut ends: Vec<(Timestamp, &str)> = keys
        .iter()
        .filter_map(|key| {
            let end = key.expires_at.as_ref().and_then(VendorTime::timestamp)?;
            (end > now).then(|| (end, key.label.as_deref().unwrap_or(key.id.as_str())))
        })
        .collect();
    ends.sort_unstable();
    let told = |(end, label): &(Timestamp, &str)| format!("{label:?} on {}", end.strftime("%Y-%m-%d"));
    let is_soon =
        |(end, _): &&(Timestamp, &str)| end.duration_since(now) < SignedDuration::from_hours(24 * SOON_DAYS);
    let soon: Vec<String> = ends.iter().take_while(is_soon).map(told).collect();
    if soon.is_empty() {
        let next = ends.first()?;
        return Some(Finding::new(
            WHAT,
            Verdict::Noted,
            format!("the next one ends: {}", told(next)),
        ));
    }
    let found = format!("within {SOON_DAYS} days ends: {}", soon.join(", "));
    Some(Finding::new(WHAT, Verdict::Lacks, found).advice(
        "The vendor does not say which of them is used here. Make a new key before that day, and put it where this program \
         reads it",
    ))
}

/// Without a claimed domain the managed accounts are an empty list, which looks like a broken API.
async fn domains(client: &AdminClient, tell: &mut Teller<'_>) {
    let domains = client.domains(None).await;
    let none_claimed = matches!(&domains, Ok(page) if page.items.is_empty());
    tell.answer("domains", Need::Part, domains.map(|_| ()));
    match client.managed_accounts(None).await {
        Ok(page) if page.items.is_empty() => {
            let found = match none_claimed {
                true => "no domain is claimed, so the organization manages no accounts",
                false => "the organization manages no accounts",
            };
            tell.findings.push(
                Finding::new("managed accounts", Verdict::Lacks, found).advice(
                    "Verify and claim a domain in Atlassian Administration; until then accounts can be suspended and \
                     removed, but not deactivated or deleted",
                ),
            );
        }
        answer => tell.answer("managed accounts", Need::Part, answer.map(|_| ())),
    }
}

struct Teller<'a> {
    findings: &'a mut Vec<Finding>,
}

impl Teller<'_> {
    fn answer(&mut self, what: &str, need: Need, answer: Result<(), AdminError>) {
        self.findings.push(match (answer, need) {
            (Ok(()), _) => works(what, ""),
            (Err(error), Need::Sync) => fails(what, &error),
            (Err(error), Need::Part) => lacks(what, &error),
        });
    }

    /// What there is no artifact without.
    fn listed<T>(&mut self, what: &str, listed: Listed<T>) -> Vec<T> {
        match listed {
            Ok((rows, older)) => {
                let found = if older {
                    "by the older listing: the search is not offered to this organization"
                } else {
                    ""
                };
                self.findings.push(works(what, found));
                rows
            }
            Err(error) => {
                self.answer(what, Need::Sync, Err(error));
                Vec::new()
            }
        }
    }

    fn rows<T>(&mut self, what: &str, need: Need, rows: Result<Vec<T>, AdminError>) -> Vec<T> {
        match rows {
            Ok(rows) => {
                self.answer(what, need, Ok(()));
                rows
            }
            Err(error) => {
                self.answer(what, need, Err(error));
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_end_soon_are_named_and_else_the_next_one() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let key = |label: &str, end: &str| -> OrgApiKey {
            let key = serde_json::json!({"id": label, "label": label, "expiresAt": end});
            serde_json::from_value(key).expect("a key")
        };
        let (gone, soon, later) = (
            key("gone", "2025-12-31T00:00:00Z"),
            key("soon", "2026-01-20T00:00:00Z"),
            key("later", "2026-06-01T00:00:00Z"),
        );
        assert_eq!(expiry(std::slice::from_ref(&gone), now), None);
        let found = expiry(&[later.clone(), gone.clone()], now).expect("one ends");
        assert_eq!(
            (found.verdict, found.found.as_str()),
            (Verdict::Noted, "the next one ends: \"later\" on 2026-06-01")
        );
        let found = expiry(&[later, gone, soon], now).expect("one ends");
        assert_eq!(
            (found.verdict, found.found.as_str()),
            (Verdict::Lacks, "within 30 days ends: \"soon\" on 2026-01-20")
        );
    }
}
