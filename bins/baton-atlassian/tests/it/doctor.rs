//! The command `doctor`: what it tells apart, and that it changes nothing.

use crate::company::Company;
use crate::harness::{Ran, program};
use atlassian_sim::{Deprecated, FaultPlan, Key, OrgSpec, Quirks, Switches};
use std::net::TcpListener;

/// Compares with a snapshot in which what differs from run to run is replaced.
macro_rules! check {
    ($text:expr, @$expected:literal) => {
        insta::with_settings!({ filters => vec![
            (r"request id [\w-]+", "request id [id]"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
            // What ends next, and whether that is soon, depends on the day.
            (r"(?m)^ *expiry of API keys .*\n( +→ The vendor does not say .*\n)?", ""),
        ] }, {
            insta::assert_snapshot!($text, @$expected);
        });
    };
}

/// The doctor's findings that are no more than settings and things that work left out.
fn findings(ran: &Ran) -> String {
    let exit = ran
        .exit
        .map_or("killed".to_owned(), |exit| format!("exit {exit}"));
    let mut tells = true;
    let telling = |line: &&str| {
        // A line that begins with blanks is the advice to the one before.
        if !line.starts_with(' ') {
            let mut words = line.split("  ").filter(|part| !part.is_empty());
            tells = !matches!(words.nth(1).map(str::trim), Some("works" | "-"));
        }
        tells
    };
    let shown = ran.stdout.lines().filter(telling);
    let last = ran.stderr.lines().last().unwrap_or_default();
    std::iter::once(exit.as_str())
        .chain(shown)
        .chain([last])
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn run(company: &Company, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut program = company.program(arguments);
    let ran = Ran::of(
        program.envs(environment.iter().copied()).output().unwrap(),
        company.folder.path(),
    );
    assert_eq!(company.writes().iter().filter(|write| write.applied).count(), 0);
    ran
}

#[test]
fn a_good_key_and_a_good_organization() {
    let company = Company::new();
    check!(company.run_with_scim(&["doctor"]).end(), @"
    exit 0
    address                         -                    127.0.0.1
    proxy                           -                    none in the environment; the system's settings hold
    certificates                    -                    those of the system
    network                         works                the vendor answers
    key                             works                the vendor accepts it
    clock                           works                as the vendor's, within a minute
    organization                    works                de180939-e28b-49bf-80eb-f6c3051b8ae9 Larkspur Robotics
    list directories                works
    list accounts                   works
    roles of accounts               works
    last activity                   works
    list groups                     works
    roles of groups                 works
    list workspaces                 works
    domains                         works
    managed accounts                works
    API tokens                      works
    API keys                        works
    audit log                       works
    kind of key                     works                without scopes: it may do everything that has an endpoint
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    SCIM directory                  works                the directory 1cb300f2-8b3e-4191-b051-859b192765bf takes its key
    artifact                        works                sync.c1z can be written
    ");
    assert_eq!(company.writes(), [], "a write was sent");
}

#[test]
fn probes_tell_what_reading_does_not() {
    let company = Company::new();
    check!(findings(&run(&company, &["doctor", "--probe-writes"], &[])), @"
    exit 0
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    ");
    assert_eq!(company.writes().len(), 3);
    let gated = Switches {
        roles_gated: true,
        ..Switches::default()
    };
    let company = Company::with(gated, FaultPlan::none());
    check!(findings(&run(&company, &["doctor", "--probe-writes"], &[])), @"
    exit 0
    change roles of accounts        lacks                status 403, code ADMIN-UAM-403-1, request id [id], detail: The caller is not allowed to do this
                                                         → Atlassian Support enables this for an organization. Ask at support.atlassian.com/contact with this text: Please enable these Organizations REST API endpoints for our organization de180939-e28b-49bf-80eb-f6c3051b8ae9: POST /admin/v1/orgs/{orgId}/users/{userId}/roles/assign and POST /admin/v1/orgs/{orgId}/users/{userId}/roles/revoke. With our organization API key they answer 403 ADMIN-UAM-403-1.
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    ");
}

/// Groups whose members an identity provider manages refuse every write, which says nothing of the endpoint.
#[test]
fn probes_ask_a_group_that_can_be_changed() {
    let company = Company::of(OrgSpec::demo(), Switches::default(), FaultPlan::none());
    let members = |ran: &Ran| -> Vec<String> {
        let lines = ran.stdout.lines();
        lines
            .filter(|line| line.starts_with("change members of groups"))
            .map(|line| line.chars().take(52).collect())
            .collect()
    };
    let ran = run(&company, &["doctor", "--probe-writes"], &[]);
    assert_eq!(
        members(&ran),
        ["change members of groups        works               "],
        "{}",
        ran.stdout
    );
}

/// The text that people are told to send is the one that stands ready in the guide.
#[test]
fn the_guide_has_the_text_for_the_support() {
    let gated = Switches {
        roles_gated: true,
        ..Switches::default()
    };
    let company = Company::with(gated, FaultPlan::none());
    let ran = run(&company, &["doctor", "--probe-writes"], &[]);
    let line = ran
        .stdout
        .lines()
        .find(|line| line.contains("with this text: "))
        .unwrap();
    let (_, text) = line.split_once("with this text: ").unwrap();
    let guide = include_str!("../../../../docs/guides/gated-endpoints.md");
    let ready = guide.replace("<organization id>", company.org.id());
    assert!(ready.lines().any(|line| line == text), "{text}");
}

#[test]
fn a_wrong_key() {
    let company = Company::new();
    check!(findings(&run(&company, &["doctor"], &[("BATON_API_TOKEN", "not-the-key")])), @"
    exit 16
    key             fails  status 401, detail: Unauthorized
                           → Check that the key is an organization API key that is neither expired nor revoked (Atlassian Administration > Organization settings > API keys); tokens of a person or a site are refused here
    baton-atlassian: not authenticated: key: status 401, detail: Unauthorized. Check that the key is an organization API key that is neither expired nor revoked (Atlassian Administration > Organization settings > API keys); tokens of a person or a site are refused here
    ");
}

#[test]
fn a_key_with_scopes() {
    let scopes = [
        "read:directories:admin",
        "read:groups:admin",
        "read:workspaces:admin",
    ];
    let company = Company::built(OrgSpec::small(30).with_quirks(Quirks::none()), |simulator| {
        simulator.keys([Key::scoped("a-key-with-scopes", scopes)])
    });
    let key = [("BATON_API_TOKEN", "a-key-with-scopes")];
    check!(findings(&run(&company, &["doctor"], &key)), @"
    exit 0
    organization                    lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key lists no organization, so it has scopes, and read:orgs:admin is not among them
    last activity                   lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    domains                         lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    managed accounts                lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    API tokens                      lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    API keys                        lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    audit log                       lacks                status 403, code ADMIN-403-3, request id [id], detail: The caller is not allowed to do this
                                                         → The key may lack the scope for this; a key without scopes covers everything
    kind of key                     lacks                it has scopes: user management refuses it
                                                         → Make a key without scopes: no scope covers deactivation, deletion and tokens of accounts
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  lacks                not with a key that has scopes
    ");
    let without = [key[0], ("BATON_ORG", "")];
    check!(findings(&run(&company, &["doctor"], &without)), @"
    exit 2
    organization    fails  none is set, and the key shows none: it is a key with scopes
                           → Take the id from the address of the organization's pages, admin.atlassian.com/o/<id>, and set BATON_ORG
    baton-atlassian: not configured correctly: organization: none is set, and the key shows none: it is a key with scopes. Take the id from the address of the organization's pages, admin.atlassian.com/o/<id>, and set BATON_ORG
    ");
}

#[test]
fn a_wrong_organization_and_none() {
    let company = Company::new();
    let wrong = [("BATON_ORG", "00000000-0000-4000-8000-000000000000")];
    check!(findings(&run(&company, &["doctor"], &wrong)), @"
    exit 5
    organization    fails  status 404, request id [id], detail: TCS validation failed
                           → The key sees de180939-e28b-49bf-80eb-f6c3051b8ae9 (Larkspur Robotics)
    baton-atlassian: not found: organization: status 404, request id [id], detail: TCS validation failed. The key sees de180939-e28b-49bf-80eb-f6c3051b8ae9 (Larkspur Robotics)
    ");
    check!(findings(&run(&company, &["doctor"], &[("BATON_ORG", "")])), @"
    exit 2
    organization    fails  none is set
                           → Set BATON_ORG. The key sees de180939-e28b-49bf-80eb-f6c3051b8ae9 (Larkspur Robotics)
    baton-atlassian: not configured correctly: organization: none is set. Set BATON_ORG. The key sees de180939-e28b-49bf-80eb-f6c3051b8ae9 (Larkspur Robotics)
    ");
}

#[test]
fn no_claimed_domain() {
    let switches = Switches {
        no_claimed_domain: true,
        ..Switches::default()
    };
    let company = Company::with(switches, FaultPlan::none());
    check!(findings(&run(&company, &["doctor"], &[])), @"
    exit 0
    managed accounts                lacks                no domain is claimed, so the organization manages no accounts
                                                         → Verify and claim a domain in Atlassian Administration; until then accounts can be suspended and removed, but not deactivated or deleted
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    ");
}

/// A sync reads the older listings there, so nothing fails.
#[test]
fn searches_that_are_not_offered() {
    for searches in [
        Deprecated::NotFound,
        Deprecated::MethodNotAllowed,
        Deprecated::NotMigrated,
    ] {
        let switches = Switches {
            searches,
            ..Switches::default()
        };
        let company = Company::with(switches, FaultPlan::none());
        let ran = run(&company, &["doctor"], &[]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stdout);
        let found =
            "works                by the older listing: the search is not offered to this organization";
        for what in [
            "list accounts                   ",
            "list groups                     ",
        ] {
            let line = format!("{what}{found}");
            assert!(ran.stdout.lines().any(|told| told == line), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_scim_key_of_another_directory() {
    let mut spec = OrgSpec::small(30).with_quirks(Quirks::none());
    spec.directories = 2;
    let company = Company::of(spec, Switches::default(), FaultPlan::none());
    let [one, other] = &company.org.scim_directories().collect::<Vec<_>>()[..] else {
        panic!("not two directories");
    };
    let address = format!("{}{}", company.url(), one.path());
    let scim = |key| {
        [
            ("BATON_SCIM_TOKEN", key),
            ("BATON_SCIM_BASE_URL", address.as_str()),
        ]
    };
    check!(findings(&run(&company, &["doctor"], &scim(other.key()))), @"
    exit 16
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    SCIM directory                  fails                the directory 1cb300f2-8b3e-4191-b051-859b192765bf does not take the key (status 401, request id [id], detail: Unauthorized)
                                                         → The key is of another directory, or revoked: key and address belong together and are shown once; make a new key for this directory
    baton-atlassian: not authenticated: SCIM directory: the directory 1cb300f2-8b3e-4191-b051-859b192765bf does not take the key (status 401, request id [id], detail: Unauthorized). The key is of another directory, or revoked: key and address belong together and are shown once; make a new key for this directory
    ");
    check!(findings(&run(&company, &["doctor"], &scim(company.org.api_key()))), @"
    exit 16
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    SCIM directory                  fails                the directory 1cb300f2-8b3e-4191-b051-859b192765bf does not take the key (status 401, request id [id], detail: Unauthorized)
                                                         → It is the organization API key; a directory has a key of its own, shown together with its address
    baton-atlassian: not authenticated: SCIM directory: the directory 1cb300f2-8b3e-4191-b051-859b192765bf does not take the key (status 401, request id [id], detail: Unauthorized). It is the organization API key; a directory has a key of its own, shown together with its address
    ");
    let half = [("BATON_SCIM_TOKEN", one.key())];
    check!(findings(&run(&company, &["doctor"], &half)), @"
    exit 2
    change roles of accounts        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)
    change members of groups        unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    suspend accounts                unknown until tried  reading does not tell
                                                         → Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing
    deactivate and delete accounts  unknown until tried  reading does not tell
                                                         → The vendor says for each account whether it can; a dry run of the change asks for that account
    SCIM directory                  fails                BATON_SCIM_TOKEN is set, but --scim-base-url is not. Atlassian Administration shows key and address of a SCIM directory together; set both or none
    baton-atlassian: not configured correctly: SCIM directory: BATON_SCIM_TOKEN is set, but --scim-base-url is not. Atlassian Administration shows key and address of a SCIM directory together; set both or none
    ");
}

#[test]
fn no_network() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago, and that nobody listens at.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("http://127.0.0.1:{port}");
    let mut program = program(
        folder.path(),
        &["doctor", "--base-url", &address, "--log-level", "error"],
    );
    program
        .env("BATON_API_TOKEN", "some-key-of-no-use")
        .env("BATON_LOG_FORMAT", "console");
    let ran = Ran::of(program.output().unwrap(), folder.path());
    assert_eq!(ran.exit, Some(14));
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.contains("network: no answer"), "{last}");
}

#[test]
fn nothing_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(
        program(folder.path(), &["doctor"]).output().unwrap(),
        folder.path(),
    );
    check!(ran.end(), @"
    exit 2
    key       fails  no organization API key is set
                     → Make one in Atlassian Administration under Organization settings, API keys, without scopes, and set BATON_API_TOKEN
    artifact  works  sync.c1z can be written
    baton-atlassian: not configured correctly: key: no organization API key is set. Make one in Atlassian Administration under Organization settings, API keys, without scopes, and set BATON_API_TOKEN
    ");
}
