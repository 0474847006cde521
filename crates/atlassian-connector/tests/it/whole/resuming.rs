//! A sync that failed goes on where it stopped, and its artifact does not show it.

use super::against_truth::assert_true;
use super::expected::Reach;
use super::harness::{How, Output, seal, serve};
use atlassian_sim::{Endpoint, Fault, FaultPlan, Org, OrgSpec, Running};

fn irregular(seed: u64) -> Org {
    Org::generate(
        OrgSpec {
            users: 130,
            ..OrgSpec::irregular()
        }
        .with_seed(seed),
    )
}

/// The vendor fails for good in the middle of each listing, and is well again for the next run. With one call at a time
/// it is known what the first run got: nothing of it is asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_goes_on() {
    let org = irregular(31);
    let calm = serve(&org, |vendor| vendor).await;
    let whole = Output::new().sync(&org, &calm, &How::default()).await.unwrap();
    let from_zero = calm.counters().total().requests;
    let one_at_a_time = How {
        workers: 1,
        ..How::default()
    };
    for (endpoint, nth, fault) in [
        (Endpoint::UsersSearch, 2, Fault::Status(500)),
        (Endpoint::ManagedAccounts, 2, Fault::Status(401)),
        (Endpoint::GroupsSearch, 1, Fault::ResetBefore),
        (Endpoint::WorkspacesQuery, 1, Fault::Html),
        (Endpoint::TokensList, 1, Fault::Garbage),
        (Endpoint::GroupRoles, 20, Fault::Status(503)),
        (Endpoint::UserRoles, 30, Fault::Status(500)),
        (Endpoint::UserRoles, 120, Fault::Status(401)),
    ] {
        let what = format!("{} {nth} {fault:?}", endpoint.name());
        let output = Output::new();
        let failing = serve(&org, |vendor| {
            vendor.faults(FaultPlan::none().from(endpoint, nth, fault))
        })
        .await;
        let error = output.sync(&org, &failing, &one_at_a_time).await.unwrap_err();
        assert!(error.to_string().contains("cannot "), "{what}: {error}");
        assert_eq!(output.files()[0], "sync.c1z.staging", "{what}: no artifact");

        let well = serve(&org, |vendor| vendor).await;
        let resumed = output.sync(&org, &well, &How::default()).await.unwrap();
        assert!(resumed.report.resumed, "{what}");
        whole.assert_same(&resumed, &what);
        assert_eq!(output.files(), ["sync.c1z"], "{what}");
        let (first, second) = (failing.counters().total(), well.counters().total());
        // What is asked to check the configuration is asked by each run, and again where calls fail one after the other.
        let checks = |vendor: &Running| vendor.counters().of(Endpoint::OrgGet).requests;
        let answered = first.requests - first.faults - checks(&failing);
        let (asked, whole_sync) = (
            answered + second.requests - checks(&well),
            from_zero - checks(&calm),
        );
        // Whether the search is offered is known from the listing of accounts; where an earlier run read that, groups that
        // answer 404 at the same time may each ask.
        let truth = org.truth();
        let missing = truth.groups().filter(|group| group.members_status == 404);
        let most = whole_sync + missing.count() as u64;
        // Only a run that has read a listing from its first page on asks how many rows it should have: that of accounts, groups
        // and tokens.
        assert!(
            (whole_sync - 3..=most).contains(&asked),
            "{what}: {asked} of {whole_sync}: {first:?} {second:?}"
        );
        assert!(answered > 0, "{what}: the first run got something");
    }
}

/// Failing again and again ends in the same artifact, and nothing is asked a second time but what failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_many_times_arrives() {
    let org = irregular(32);
    let whole = seal(&org, &How::default()).await;
    let (output, how) = (
        Output::new(),
        How {
            workers: 8,
            ..How::default()
        },
    );
    let mut runs = 0;
    let resumed = loop {
        runs += 1;
        assert!(runs < 30, "every run gets further");
        let faults = FaultPlan::none()
            .from(Endpoint::UserRoles, 24, Fault::Status(401))
            .from(Endpoint::GroupRoles, 12, Fault::Status(401));
        let vendor = serve(&org, |vendor| vendor.faults(faults)).await;
        match output.sync(&org, &vendor, &how).await {
            Ok(sealed) => break sealed,
            Err(error) => assert_eq!(error.code().number(), 16, "{error}"),
        }
    };
    assert!(runs > 4, "{runs} runs");
    whole.assert_same(&resumed, "after many runs");
}

/// What one organization left unfinished never gets into the artifact of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_organization_starts_anew() {
    let (first, second) = (irregular(33), irregular(34));
    let output = Output::new();
    let failing = serve(&first, |vendor| {
        vendor.faults(FaultPlan::none().from(Endpoint::UserRoles, 20, Fault::Status(500)))
    })
    .await;
    output.sync(&first, &failing, &How::default()).await.unwrap_err();

    let vendor = serve(&second, |vendor| vendor).await;
    let sealed = output.sync(&second, &vendor, &How::default()).await.unwrap();
    assert!(!sealed.report.resumed);
    assert_true(&sealed, &second, Reach::default());
    let said = output.messages();
    assert!(
        said.contains("set aside an unfinished sync as sync.c1z.staging.old"),
        "{said}"
    );
    assert!(said.contains(first.id()) && said.contains(second.id()), "{said}");
    assert_eq!(
        output.files(),
        ["sync.c1z"],
        "what was set aside goes once the sync succeeds"
    );

    // The other way round there is nothing to go on from, and the artifact of the one replaces that of the other where that is
    // asked for.
    let vendor = serve(&first, |vendor| vendor).await;
    let error = output.sync(&first, &vendor, &How::default()).await.unwrap_err();
    assert!(
        matches!(error, connector_runtime::SyncError::OtherTenant { .. }),
        "{error}"
    );
    let replacing = How {
        replace: true,
        ..How::default()
    };
    let mut sealed = output.sync(&first, &vendor, &replacing).await.unwrap();
    assert!(!sealed.report.resumed);
    // That the syncs of the other organization are not kept is told, which nothing of this organization explains.
    let told = sealed.report.notices.len();
    sealed
        .report
        .notices
        .retain(|notice| notice.kind != "earlier_syncs");
    assert_eq!(sealed.report.notices.len() + 1, told);
    assert_true(&sealed, &first, Reach::default());
}
