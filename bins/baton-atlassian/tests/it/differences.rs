//! What differs from the existing Go connector, in one table for each place where it shows. The guide
//! `docs/guides/coming-from-the-go-connector.md` is made from it.

/// What, how the Go connector has it, how it is here, and what a reviewer sees.
pub(crate) const IN_THE_ARTIFACT: &[[&str; 4]] = &[
    [
        "status of an account",
        "the user trait says *enabled* for everyone",
        "the real status, with the vendor's word: suspended, deactivated, for_deletion …",
        "suspended and deactivated people as such",
    ],
    [
        "name",
        "the e-mail address",
        "the person's name; the address where there is none",
        "names",
    ],
    ["app accounts", "people", "service accounts", "fewer \"people\""],
    [
        "access through a group",
        "looks direct; revoking it fails or does nothing",
        "a grant of the group that expands to its members, with its source",
        "where it comes from, and where to take it away",
    ],
    [
        "access that nothing explains, inferred access",
        "looks direct",
        "immutable, marked *unexplained*, counted",
        "that a revoke would have no effect",
    ],
    [
        "members of groups that an identity provider fills",
        "can be revoked; the provider adds them again",
        "immutable",
        "no futile revokes",
    ],
    [
        "roles of a site",
        "on the organization",
        "on the site",
        "entitlements under the site's workspace",
    ],
    [
        "`org-admin` and `site-admin` on app workspaces",
        "can be requested, and `org-admin` makes an admin of the whole organization",
        "same ids, but nobody can be granted them",
        "that they cannot be requested there",
    ],
    [
        "roles and targets outside the static lists",
        "grants on entitlements and resources that do not exist",
        "entitlements and resources of their own, marked *unlisted*",
        "access that was invisible",
    ],
    [
        "members and token owners that no listing has",
        "grants to nobody",
        "accounts marked *unlisted*",
        "access that was invisible",
    ],
    [
        "projects and goals",
        "left out, silently",
        "left out by default and counted; `--include-projects-and-goals`",
        "the count",
    ],
    [
        "what could not be read",
        "missing, exit code 0",
        "a named gap, exit code 17",
        "what the review does not cover",
    ],
    [
        "far fewer rows than before",
        "a smaller file, exit code 0",
        "the gap `shrunk`, exit code 17; the larger sync stays in the file until the gap was allowed once",
        "that something may be missing",
    ],
];

/// What, how the Go connector does it, and how it is here.
pub(crate) const ON_THE_COMMAND_LINE: &[[&str; 3]] = &[
    [
        "result of a change",
        "nothing, or a log line",
        "on stdout: what happened to what; `--output json`",
    ],
    ["id of a new account", "not told", "in the result"],
    [
        "exit codes",
        "0 or 1",
        "a table ([configuration.md](../configuration.md#exit-codes))",
    ],
    [
        "`--create-account-email` alone, `--event-feed x` and the like",
        "a full sync",
        "refused, naming what is missing",
    ],
    [
        "a missing or broken configuration file",
        "ignored",
        "an error that names it",
    ],
    [
        "a bad value in the environment",
        "counts as 0 or false",
        "an error that names it",
    ],
    ["an unknown id", "\"not found\"", "the closest ids"],
    [
        "arguments of actions",
        "not checked",
        "checked against the schema: types, required ones, unknown names",
    ],
    [
        "a role of a group",
        "advertised, then 404",
        "works, by its own endpoint",
    ],
    [
        "the role of organization admin",
        "cannot be granted",
        "works on the organization, by its own endpoint",
    ],
    [
        "429 and 5xx without end",
        "tries forever",
        "a budget, then exit code 8, 14 or 4",
    ],
    ["a killed sync", "starts again", "goes on where it was"],
    [
        "the artifact of one organization, the key of another",
        "a change is made in the other one",
        "refused, exit code 9; a sync does not replace such a file without `--replace`",
    ],
    [
        "`--sync-resource-types` into the file of a full sync",
        "the part is what is shown",
        "the same, and the full sync stays in the file; refused where nothing is to be kept",
    ],
    [
        "log",
        "with `--log-format console` on stdout; a JSON line on stderr otherwise",
        "always on stderr, or in the files of `--log-path`; stdout carries the result alone. An unknown level or format is an error",
    ],
    [
        "`.baton.toml`, `.baton.env` and other endings of the file in the working directory",
        "read as YAML",
        "not read: `.baton.yaml`, `.baton.yml`, `.baton.json` and `.baton` are, and two of them at once are an error",
    ],
    [
        "keys of the configuration file that nobody knows",
        "ignored",
        "an error that names the key",
    ],
    [
        "words for switches",
        "`1 t true 0 f false`; in the environment every other word counts as false",
        "the same words; `yes no on off` too where the switch has no effect; any other word is an error",
    ],
    ["`--workers 0`", "one request at a time", "automatic, as `-1`"],
    ["`--workers` above 1024", "as given", "refused"],
    [
        "`--base-url`",
        "the address with `/admin` at its end",
        "with or without it, or with more of the path of a request",
    ],
    [
        "two names of one setting",
        "one wins",
        "refused where their values differ",
    ],
    [
        "`--file s3://BUCKET/KEY`",
        "in its guide; a file of that name",
        "an object of a bucket, where the program is built with it",
    ],
    [
        "`--storage-engine`",
        "Pebble by default",
        "that of the artifact that is replaced, else SQLite",
    ],
    [
        "`--skip-full-sync` outside of service mode",
        "ignored: it syncs",
        "refused",
    ],
    [
        "a targeted sync (`--sync-resources`)",
        "advertised; no request, an empty artifact, exit code 0",
        "one account or group with its access, as in a full sync, beside which it stands in the artifact",
    ],
    [
        "`--sync-resource-types`",
        "drops every grant whose principal is of another type, with one warning",
        "keeps the grants of the types asked for",
    ],
    [
        "tickets, event feeds, credential rotation, compacting artifacts, Lambda, Windows service",
        "there",
        "not there: exit code 12",
    ],
    [
        "`config`",
        "the settings of the connector and of operation",
        "the same, and our further settings; those of operation that have no effect say so",
    ],
    [
        "`--list-action-schemas`, results of actions",
        "log lines on stderr",
        "on stdout",
    ],
    [
        "`--dry-run`, `--verify`, `--audit-log`, `doctor`, `--demo`, `--record`, `--replay`, `--allow-gaps`",
        "not there",
        "there",
    ],
];

/// The table of differences in the artifact, in Markdown.
pub(crate) fn in_the_artifact() -> String {
    table(
        ["", "Go connector", "here", "in a review you see"],
        IN_THE_ARTIFACT,
    )
}

/// The table of differences on the command line, in Markdown.
pub(crate) fn on_the_command_line() -> String {
    table(["", "Go connector", "here"], ON_THE_COMMAND_LINE)
}

fn table<const N: usize>(head: [&str; N], rows: &[[&str; N]]) -> String {
    let line = |cells: &[&str; N]| format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |");
    let rows: String = rows.iter().map(line).collect();
    format!("{}|{}\n{rows}", line(&head), "---|".repeat(N))
}
