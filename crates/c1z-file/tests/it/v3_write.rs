//! Artifacts that are written in envelope v3.

use crate::{
    sample,
    v3::{open, walk},
};
use c1z_file::{
    Artifact, ArtifactWriter, AssetRow, Finished, ReadOptions, StorageEngine, SyncId, SyncRun, SyncType,
    WriterOptions, logical, verify,
};
use connector_proto::connector::v2;
use std::{fs, path::Path};

fn written(path: &Path, engine: StorageEngine, org: &sample::Org) -> Finished {
    let options = sample::options().with_storage_engine(engine);
    let mut writer = ArtifactWriter::create(path, options).unwrap();
    sample::fill(&mut writer, org).unwrap();
    let icon = AssetRow {
        asset_id: "icon",
        content_type: "image/png",
        data: b"\x89PNG",
    };
    writer.asset(icon).unwrap();
    writer.expansion_ran();
    writer.invariants_hold();
    writer.finish(sample::at(sample::ENDED_AT), "token").unwrap()
}

#[test]
fn both_storage_engines_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [v1, v3] = ["v1.c1z", "v3.c1z"].map(|name| folder.path().join(name));
    let mut org = sample::org();
    // Ids that have to be put into keys with care, and grants through others.
    let mut odd = sample::resource("workspace", "a\0b\u{1}c:d");
    odd.icon = Some(v2::AssetRef { id: "icon".into() });
    odd.status = Some(v2::Status {
        status: v2::status::ResourceStatus::Disabled.into(),
        details: "left".into(),
    });
    let mut elsewhere = sample::entitlement(&odd, "use");
    elsewhere.id = "not\u{1}by\0the:rule".into();
    elsewhere.set_purpose(v2::entitlement::PurposeValue::Permission);
    let mut grant = sample::grant(&elsewhere, &org.resources[0]);
    let source = v2::grant_sources::GrantSource { is_direct: true };
    grant.sources = Some(v2::GrantSources {
        sources: [
            (org.entitlements[0].id.clone(), source),
            (elsewhere.id.clone(), Default::default()),
        ]
        .into(),
    });
    org.grants.push((grant, None));
    org.resources.push(odd);
    org.entitlements.push(elsewhere);
    let a = written(&v1, StorageEngine::Sqlite, &org);
    let b = written(&v3, StorageEngine::Pebble, &org);
    assert_eq!((a.sync_id, &a.stats), (b.sync_id, &b.stats));
    assert_eq!(b.file_bytes, fs::metadata(&v3).unwrap().len());
    assert!(fs::read(&v3).unwrap().starts_with(b"C1Z3\0"));
    let ((first, first_sync), (second, second_sync)) = (open(&v1), open(&v3));
    let found = logical::diff((&first, &first_sync), (&second, &second_sync), 10).unwrap();
    assert!(found.is_empty(), "{found:#?}");
    let icons =
        |artifact: &Artifact, sync: &str| artifact.assets(sync).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(icons(&first, &first_sync), icons(&second, &second_sync));
    assert_eq!(icons(&first, &first_sync)[0].data, b"\x89PNG");
    assert_eq!(second.database_bytes(), b.db_bytes);
    assert_eq!(
        (first.storage_engine(), second.storage_engine()),
        (StorageEngine::Sqlite, StorageEngine::Pebble)
    );
    let (before, after) = (&first.syncs().unwrap()[0], &second.syncs().unwrap()[0]);
    assert_eq!(before, after);
    let report = verify(&v3).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(walk(folder.path()).len(), 2);
}

/// Both hold the same rows however many there are; as many as an organization of 10 000 accounts has with `ACCOUNTS=10000`.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is set for this test alone"
)]
fn both_storage_engines_hold_the_same_of_many_accounts() {
    let accounts: usize = std::env::var("ACCOUNTS").map_or(400, |accounts| accounts.parse().unwrap());
    let mut org = sample::org();
    let group = |n: usize| sample::resource("group", &format!("many-{n}"));
    let groups: Vec<_> = (0..accounts / 20).map(group).collect();
    let members: Vec<_> = groups
        .iter()
        .map(|group| sample::entitlement(group, "member"))
        .collect();
    for n in 0..accounts {
        let user = v2::UserTrait {
            login: format!("user{n}@example.com"),
            ..Default::default()
        };
        let account = sample::with_trait(sample::resource("user", &format!("many:{n}")), &user);
        for turn in 0..10 {
            let member = &members[(n * 7 + turn * 13) % members.len()];
            let mut grant = sample::grant(member, &account);
            if turn % 3 == 0 {
                let source = v2::grant_sources::GrantSource {
                    is_direct: n % 2 == 0,
                };
                let source = (org.entitlements[0].id.clone(), source);
                grant.sources = Some(v2::GrantSources {
                    sources: [source].into(),
                });
            }
            if !org
                .grants
                .iter()
                .rev()
                .take(turn)
                .any(|(before, _)| before.id == grant.id)
            {
                org.grants.push((grant, None));
            }
        }
        org.resources.push(account);
    }
    org.resources.extend(groups);
    org.entitlements.extend(members);
    let folder = tempfile::tempdir().unwrap();
    let [v1, v3] = ["v1.c1z", "v3.c1z"].map(|name| folder.path().join(name));
    let stats = written(&v1, StorageEngine::Sqlite, &org).stats;
    assert_eq!(written(&v3, StorageEngine::Pebble, &org).stats, stats);
    assert!(stats.grants as usize > accounts * 8, "{stats:?}");
    let ((first, first_sync), (second, second_sync)) = (open(&v1), open(&v3));
    let found = logical::diff((&first, &first_sync), (&second, &second_sync), 10).unwrap();
    assert!(found.is_empty(), "{found:#?}");
    for n in [0, accounts / 2, accounts - 1] {
        let (kind, id) = ("user", format!("many:{n}"));
        let held = |artifact: &Artifact, sync: &str| {
            let grants = artifact.grants_of_principal(sync, (kind, &id));
            let mut ids: Vec<_> = grants.map(|grant| grant.unwrap().external_id).collect();
            ids.sort();
            ids
        };
        assert_eq!(held(&first, &first_sync), held(&second, &second_sync));
        assert!(!held(&second, &second_sync).is_empty());
    }
}

#[test]
fn a_store_holds_one_sync() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.c1z"), folder.path().join("new.c1z"));
    written(&old, StorageEngine::Sqlite, &sample::org());
    let (artifact, id) = open(&old);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let mut writer =
        ArtifactWriter::create(&new, sample::options().with_storage_engine(StorageEngine::Pebble)).unwrap();
    writer.keep(&artifact, &sync).unwrap();
    let finished = writer.finish(sample::at(sample::ENDED_AT), "").unwrap();
    assert_eq!(
        finished.not_kept[0].to_string(),
        format!("the earlier sync {id} cannot be kept: an artifact of this storage engine holds one sync")
    );
    // What a store holds can be kept by the other engine.
    written(&old, StorageEngine::Pebble, &sample::org());
    let (artifact, _) = open(&old);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let later = SyncRun::new(
        SyncId::new(sync_at(), [8; 16]).unwrap(),
        sync_at(),
        SyncType::Full,
    );
    let mut writer = ArtifactWriter::create(&new, WriterOptions::new(later)).unwrap();
    writer.keep(&artifact, &sync).unwrap();
    assert_eq!(writer.finish(sync_at(), "").unwrap().not_kept, []);
    assert_eq!(
        Artifact::open(&new, ReadOptions::default())
            .unwrap()
            .syncs()
            .unwrap()
            .len(),
        2
    );
}

fn sync_at() -> jiff::Timestamp {
    sample::at("2026-11-25T10:00:00Z")
}

#[test]
fn rows_that_a_store_cannot_hold_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut org = sample::org();
    let mut twice = org.grants[0].clone();
    twice.0.id = "another id of the same grant".into();
    org.grants.push(twice);
    let options = sample::options().with_storage_engine(StorageEngine::Pebble);
    let mut writer = ArtifactWriter::create(&folder.path().join("out.c1z"), options).unwrap();
    sample::fill(&mut writer, &org).unwrap();
    let error = writer.finish(sample::at(sample::ENDED_AT), "").unwrap_err();
    assert!(
        error.to_string().ends_with("another row has the same parts"),
        "{error}"
    );
    assert_eq!(walk(folder.path()), Vec::<String>::new());
}
