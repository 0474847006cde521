//! The same organization gives the same artifact, whatever happens on the way to it.

use super::against_truth::assert_true;
use super::expected::Reach;
use super::harness::{How, Output, Sealed, seal, serve};
use atlassian_sim::{Endpoint, Fault, FaultPlan, Hint, Org, OrgSpec, Quirks, Running};

fn organizations() -> impl Iterator<Item = Org> {
    let irregular = |seed| {
        OrgSpec {
            users: 140,
            ..OrgSpec::irregular()
        }
        .with_seed(seed)
    };
    let other = OrgSpec {
        directories: 3,
        quirks: Quirks::all(),
        ..OrgSpec::small(120)
    };
    [irregular(21), irregular(22), other.with_seed(23)]
        .into_iter()
        .map(Org::generate)
}

async fn seal_with(org: &Org, how: &How, faults: FaultPlan) -> (Sealed, Running) {
    let vendor = serve(org, |vendor| vendor.faults(faults)).await;
    let sealed = Output::new().sync(org, &vendor, how).await.unwrap();
    (sealed, vendor)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_workers_does_not_show() {
    for org in organizations() {
        let [one, many] = [1, 64].map(|workers| How {
            workers,
            ..How::default()
        });
        let (one, many) = (seal(&org, &one).await, seal(&org, &many).await);
        one.assert_same(&many, "1 and 64 workers");
    }
}

/// Every failure that passes, at a tenth of all requests: 429 with a hint of every form and with none, 408 and 5xx, reset
/// connections, bodies that break off. And once in each listing the vendor forgets its cursor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_that_pass_do_not_show() {
    for org in organizations() {
        let calm = seal(&org, &How::default()).await;
        let faults = FaultPlan::retryable(0.1)
            .rate(
                0.01,
                Fault::RateLimited(Hint::ResetMinute(1), atlassian_sim::Envelope::Gateway),
            )
            .everywhere(Fault::RefusedCursor);
        let (stormy, vendor) = seal_with(
            &org,
            &How {
                workers: 64,
                ..How::default()
            },
            faults,
        )
        .await;
        calm.assert_same(&stormy, "with failures and without");
        assert_true(&stormy, &org, Reach::default());
        let total = vendor.counters().total();
        assert!(
            total.faults * 20 > total.requests,
            "a good part of the requests failed: {total:?}"
        );
    }
}

/// A listing that starts again in the middle of its pages has every row once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_cursors_do_not_show() {
    let quirks = Quirks {
        repeated_rows: true,
        malformed_row: true,
        split_pages: true,
        ..Quirks::none()
    };
    let spec = OrgSpec {
        groups: 3,
        members_per_group: 150,
        roles_per_group: 1,
        direct_roles: 20,
        tokens: 1100,
        managed_percent: 100,
        quirks,
        ..OrgSpec::small(220)
    };
    let org = Org::generate(spec);
    let calm = seal(&org, &How::default()).await;
    for (endpoint, nth) in [
        (Endpoint::UsersSearch, 2),
        (Endpoint::UsersSearch, 3),
        (Endpoint::UsersSearch, 5),
        (Endpoint::ManagedAccounts, 2),
        (Endpoint::ManagedAccounts, 3),
        (Endpoint::TokensList, 2),
    ] {
        let faults = FaultPlan::none().nth(endpoint, nth, Fault::RefusedCursor);
        let (again, vendor) = seal_with(
            &org,
            &How {
                workers: 1,
                ..How::default()
            },
            faults,
        )
        .await;
        calm.assert_same(&again, endpoint.name());
        assert_eq!(
            vendor.counters().total().faults,
            1,
            "{} met its fault at request {nth}",
            endpoint.name()
        );
    }
    let (again, _) = seal_with(
        &org,
        &How::default(),
        FaultPlan::none().everywhere(Fault::RefusedCursor),
    )
    .await;
    calm.assert_same(&again, "every cursor once");
}

/// A second sync replaces the artifact by one with the same content.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_syncs_of_one_organization_are_the_same() {
    let org = Org::generate(OrgSpec::irregular().with_seed(24));
    let output = Output::new();
    let vendor = serve(&org, |vendor| vendor).await;
    let first = output.sync(&org, &vendor, &How::default()).await.unwrap();
    let second = output.sync(&org, &vendor, &How::default()).await.unwrap();
    first.assert_same(&second, "one after the other");
    assert_ne!(first.report.sync_id, second.report.sync_id);
    assert_eq!(output.files(), ["sync.c1z"]);
}
