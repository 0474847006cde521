//! Service accounts, their tokens, and OAuth clients.

use super::at::{At, bad_request, foreign_org, found, instead, of, scoped_key, told};
use super::organization::a_cursor;
use atlassian_admin::*;
use atlassian_sim::{SimulatorBuilder, Switches};
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    let cases = [
        service_accounts("service-accounts.list", ServiceAccountRoute::Documented)
            .case(Case::simulated("not routed").simulator(unrouted)),
        service_accounts("service-accounts.console", ServiceAccountRoute::Console)
            .case(Case::simulated("not for this key").simulator(closed)),
        of("service-tokens.list", async |at: At| {
            at.client.service_account_tokens(None, None).await
        }),
        of("service-tokens.of-account", async |at: At| {
            at.client
                .tokens_of_service_account(&service_account(&at), None)
                .await
        }),
        of("service-tokens.revoke-every", async |at: At| {
            let every = RevokeTokensOf::service_account(service_account(&at));
            at.client.revoke_tokens_of_service_account(every).await
        }),
        of("oauth-clients.list", async |at: At| {
            at.client.oauth_clients(None).await
        })
        .case(a_cursor().call(told(async |at: At| {
            at.client.oauth_clients(at.no_cursor().as_ref()).await
        }))),
        of("oauth-clients.count", async |at: At| {
            at.client.count_oauth_clients().await
        }),
        of("oauth-clients.get", async |at: At| {
            at.client.oauth_client(&oauth_client(&at)).await
        })
        .case(instead("an unknown client", "OAuth client", "unknown token")),
        of("oauth-clients.delete", async |at: At| {
            at.client.delete_oauth_client(&oauth_client(&at)).await
        })
        .case(instead("an unknown client", "OAuth client", "unknown token")),
        of("service-oauth-clients.list", async |at: At| {
            at.client.service_account_oauth_clients(None, None).await
        }),
        of("service-oauth-clients.of-account", async |at: At| {
            at.client
                .oauth_clients_of_service_account(&service_account(&at), None)
                .await
        }),
    ];
    let cases = cases.map(|cases| {
        let cases = cases
            .case(Case::simulated("forbidden").simulator(forbidden))
            .case(foreign_org())
            .case(scoped_key())
            .case(bad_request());
        let cases = match cases.operation().ends_with(".of-account")
            || cases.operation() == "service-tokens.revoke-every"
        {
            true => learn_account(cases).case(instead(
                "an unknown service account",
                "service account",
                "unknown token",
            )),
            false => cases,
        };
        match cases.operation() {
            "oauth-clients.get" | "oauth-clients.delete" => cases.learn(
                "OAuth client",
                found(async |at: At| {
                    let page = at.client.oauth_clients(None).await?;
                    Ok(page.items[0].client_id.to_string())
                }),
            ),
            _ => cases,
        }
    });
    cases.into()
}

fn service_accounts(operation: &'static str, route: ServiceAccountRoute) -> Cases {
    let by_route = move |at: At| async move { at.client.service_accounts(route, None).await };
    let with_cursor = move |at: At| async move {
        let cursor = at.no_cursor();
        at.client.service_accounts(route, cursor.as_ref()).await
    };
    of(operation, by_route).case(a_cursor().call(told(with_cursor)))
}

fn learn_account(cases: Cases) -> Cases {
    cases.learn(
        "service account",
        found(async |at: At| {
            let page = at
                .client
                .service_accounts(ServiceAccountRoute::Documented, None)
                .await?;
            Ok(page.items[0].id.to_string())
        }),
    )
}

fn service_account(at: &At) -> ServiceAccountId {
    ServiceAccountId::parse(&at.fact("service account")).expect("an id")
}

fn oauth_client(at: &At) -> OAuthClientId {
    OAuthClientId::parse(&at.fact("OAuth client")).expect("an id")
}

fn forbidden(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        machines_forbidden: true,
        ..Switches::default()
    })
}

fn unrouted(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        service_accounts_unrouted: true,
        ..Switches::default()
    })
}

fn closed(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        console_closed: true,
        ..Switches::default()
    })
}
