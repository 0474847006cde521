//! Every right that a sync uses, by one small request each.

use super::finding::{fails, lacks, works};
use crate::older::search_or_older;
use atlassian_admin::{
    AccountId, AdminClient, AdminError, DirectoryId, DirectoryRef, EventFilter, EventQuery, Group,
    GroupFilter, GroupId, GroupQuery, GroupSearch, KeyFilter, ResourceAri, RoleQuery, TokenFilter, User,
    UserFilter, UserQuery, UserSearch,
};
use connector_sdk::{Finding, Verdict};

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
pub(super) async fn reads(client: &AdminClient, findings: &mut Vec<Finding>) -> Sample {
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
    let keys = client.count_api_keys(&KeyFilter::default()).await;
    tell.answer("API keys", Need::Part, keys.map(|_| ()));
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
