//! The audit log, API tokens, and the keys of the organization.

use super::at::{At, bad_request, foreign_org, found, instead, of, scoped_key, told};
use super::organization::a_cursor;
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    vec![
        events(),
        poll(),
        of("events.get", async |at: At| {
            let event = EventId::parse(&at.fact("event")).expect("an id");
            at.client.event(&event).await
        })
        .learn(
            "event",
            found(async |at: At| {
                let query = EventQuery::new(EventFilter::default(), 1).expect("a query");
                Ok(at.client.events(&query, None).await?.items[0].id.to_string())
            }),
        )
        .case(instead("an unknown event", "event", "unknown id")),
        of("events.actions", async |at: At| at.client.event_actions().await).case(foreign_org()),
        tokens(),
        of("tokens.count", async |at: At| {
            at.client.count_api_tokens(&TokenFilter::default()).await
        })
        .case(Case::simulated("forbidden").simulator(without_tokens))
        .case(foreign_org())
        .case(scoped_key())
        .case(bad_request()),
        of("tokens.revoke-every", async |at: At| {
            let confirmed = RevokeEveryToken::of_organization(&at.fact("org")).expect("an id");
            at.client.revoke_every_api_token(confirmed).await
        })
        .case(Case::simulated("forbidden").simulator(without_tokens))
        .case(foreign_org())
        .case(scoped_key())
        .case(bad_request()),
        keys(),
        of("keys.count", async |at: At| {
            at.client.count_api_keys(&KeyFilter::default()).await
        })
        .case(foreign_org())
        .case(scoped_key())
        .case(bad_request()),
        of("keys.revoke", async |at: At| {
            let key = ApiKeyId::parse(&at.fact("key")).expect("an id");
            at.client.revoke_api_key(&key).await
        })
        .learn(
            "key",
            found(async |at: At| {
                let keys = at
                    .client
                    .api_keys(&KeyFilter::default(), &TokenPaging::default(), None)
                    .await?;
                Ok(keys.items.last().expect("a key").id.to_string())
            }),
        )
        .case(instead("an unknown key", "key", "unknown key"))
        .case(scoped_key())
        .case(bad_request()),
    ]
}

fn without_tokens(simulator: atlassian_sim::SimulatorBuilder) -> atlassian_sim::SimulatorBuilder {
    simulator.switches(atlassian_sim::Switches {
        tokens_forbidden: true,
        ..Default::default()
    })
}

fn events() -> Cases {
    let some = async |at: At| {
        let query = EventQuery::new(EventFilter::default(), 2).expect("a query");
        at.client.events(&query, None).await
    };
    let filtered = async |at: At| {
        let filter = EventFilter {
            action: Some("user_added_to_group".to_owned()),
            from: Some("2025-01-01T00:00:00Z".parse().expect("a time")),
            to: Some("2026-12-31T00:00:00.5Z".parse().expect("a time")),
            actors: vec![at.fact("account"), at.fact("account")],
            ips: vec![at.fact("ip")],
            ..EventFilter::default()
        };
        let query = EventQuery::new(filter, 500).expect("a query");
        at.client.events(&query, None).await
    };
    let in_pages = async |at: At| {
        let query = EventQuery::new(EventFilter::default(), 1).expect("a query");
        let first = at.client.events(&query, None).await?;
        let second = at.client.events(&query, first.next.as_ref()).await?;
        let ids = |page: Page<Event>| page.items.into_iter().map(|event| event.id);
        Ok(ids(first).chain(ids(second)).collect::<Vec<_>>())
    };
    of("events.list", some)
        .case(Case::simulated("filtered").call(told(filtered)))
        .case(Case::simulated("in pages").call(told(in_pages)))
        .case(a_cursor().call(told(async |at: At| {
            let query = EventQuery::new(EventFilter::default(), 2).expect("a query");
            at.client.events(&query, at.no_cursor().as_ref()).await
        })))
        .case(foreign_org())
        .case(scoped_key())
}

fn poll() -> Cases {
    let oldest = async |at: At| {
        let from = "2025-01-01T00:00:00Z".parse().expect("a time");
        let query = FeedQuery::new(Some(from), 2).expect("a query");
        at.client.poll_events(&query, None).await
    };
    let newest = async |at: At| {
        let query = FeedQuery::new(None, 1).expect("a query").newest_first();
        let first = at.client.poll_events(&query, None).await?;
        at.client.poll_events(&query, first.position.as_ref()).await
    };
    of("events.poll", oldest)
        .case(Case::simulated("from the newest on").call(told(newest)))
        .case(a_cursor().call(told(async |at: At| {
            let query = FeedQuery::new(None, 2).expect("a query");
            at.client.poll_events(&query, at.no_cursor().as_ref()).await
        })))
        .case(foreign_org())
        .case(scoped_key())
}

fn tokens() -> Cases {
    let sorted = async |at: At| {
        let filter = TokenFilter {
            status: Some(TokenStatus::Allowed),
            ..TokenFilter::default()
        };
        let paging = TokenPaging::new(2).expect("a page");
        let paging = paging.sort_by("lastActiveAt", SortDirection::Desc);
        at.client.query_api_tokens(&filter, &paging, None).await
    };
    let in_pages = async |at: At| {
        let (filter, paging) = (TokenFilter::default(), TokenPaging::new(2).expect("a page"));
        let first = at.client.query_api_tokens(&filter, &paging, None).await?;
        let rest = at
            .client
            .query_api_tokens(&filter, &paging, first.next.as_ref())
            .await?;
        Ok((first.items.len(), rest.items.len(), rest.next))
    };
    of("tokens.list", sorted)
        .case(Case::simulated("in pages").call(told(in_pages)))
        .case(a_cursor().call(told(async |at: At| {
            at.client.api_tokens(at.no_cursor().as_ref()).await
        })))
        .case(Case::simulated("forbidden").simulator(without_tokens))
        .case(foreign_org())
        .case(scoped_key())
}

fn keys() -> Cases {
    let sorted = async |at: At| {
        let paging = TokenPaging::new(2).expect("a page");
        let paging = paging.sort_by("expiresAt", SortDirection::Asc);
        at.client.api_keys(&KeyFilter::default(), &paging, None).await
    };
    of("keys.list", sorted)
        .case(foreign_org())
        .case(a_cursor().call(told(async |at: At| {
            at.client
                .api_keys(
                    &KeyFilter::default(),
                    &TokenPaging::default(),
                    at.no_cursor().as_ref(),
                )
                .await
        })))
        .case(scoped_key())
}
