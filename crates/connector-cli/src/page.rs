//! The documentation of every setting, made from the same table as the flags.

use crate::app::{App, Modes};
use crate::config::{
    DEFAULT_NAMES, EXISTING, Existing, Group, REFUSED_COMMANDS, Rule, Setting, Table, VARIABLES,
};
use crate::outcome::Outcome;
use crate::output::{CHANGE_KEYS, KEYS};
use crate::review;
use connector_sdk::{Code, FieldKind};
use std::fmt::Write as _;

/// The page that documents a program's settings, in Markdown: flags, environment names, file keys, defaults, what is
/// secret, what is refused, exit codes and the JSON summary.
pub fn configuration_page(app: &App) -> String {
    let table = Table::of(app);
    let mut page = format!(
        "# Configuration of {}\n\n<!-- Generated from the settings of the program; a test says how to renew it. -->\n",
        app.name
    );
    page.push_str(SOURCES);
    let _ = writeln!(
        page,
        "The configuration file is YAML. Without `--config-path` it is the first of {} in the working directory; \
         two of them at once are an error, and so are a named file that is missing, unknown keys, and values that are \
         neither scalars nor lists of scalars. A text that YAML would take for a number needs quotes. It is at most 1 MiB. A \
         file that was found in the working directory, and that belongs to someone else (neither root nor you, nor for root \
         the owner of the directory) or that everyone can write, may set switches, numbers and choices only: with an \
         address, a credential, a file or any other free text it is refused. For a named file that is a warning.\n",
        DEFAULT_NAMES.map(|name| format!("`{name}`")).join(", ")
    );
    page.push_str(NETWORK.trim_start());
    if app.buckets.is_some() {
        page.push_str(BUCKETS.trim_start());
    }
    for group in Group::ALL {
        let _ = writeln!(page, "## {}\n", table.heading(group));
        page.push_str("| flag | environment | file key | default | meaning |\n|---|---|---|---|---|\n");
        for setting in table
            .settings
            .iter()
            .filter(|setting| setting.group == group && setting.offered)
        {
            let _ = writeln!(page, "{}", row(setting));
        }
        page.push('\n');
    }
    commands(app, &mut page);
    exit_codes(&mut page);
    summary(&mut page);
    existing(&mut page);
    page
}

const SOURCES: &str = "
Every setting can be given as a flag, in the environment, or in a configuration file. A flag wins over the environment, the
environment over the file, the file over the default. An empty environment variable counts as unset. Where a setting has
two environment names, both may be set only to the same value. What is to be changed is an exception: where the environment names
another change than the command line, or a part of one that the command line does not have, nothing is changed (2). A value that does not parse is an error that names the
flag, variable or key.

Line breaks at the end of a value are left out.

A variable that is called almost like a setting, such as `BATON_DRYRUN`, is a warning in a run that only reads, and is refused in one that
can change something at the vendor. Other variables that begin with `BATON_` and mean nothing here are left to the programs that know them.

Secrets are not shown, logged or written anywhere, also where the vendor echoes them encoded or escaped, once or twice (what is written
backwards or with spaces in it is not recognized); one of less than 8 bytes, which could not be told from words, is refused. Give them in the environment, or in a file of their own that only you
can read (`-` is standard input): the arguments of a process can be seen by others on the same machine.

";

const NETWORK: &str = "
## Proxies and certificates

Requests go through the proxy that the first of `HTTPS_PROXY`, `https_proxy`, `ALL_PROXY` and `all_proxy` names that is not
empty: `http://host:port` or `https://host:port`, with `user:password@` in front of the host where the proxy asks for them.
`NO_PROXY` or `no_proxy` lists hosts to reach without it, separated by commas. Without a variable the proxy of the system
holds on macOS and Windows. `HTTP_PROXY` has no effect: plain http is allowed to this machine alone, which is always reached
directly. A variable that is not a usable address ends the program with 2 before the first request, and so does a proxy of a
kind that is not supported, such as `socks5://`. A proxy that refuses the user and the password (407) ends it with 14.

The certificates of the system are trusted, and those in the PEM file that `SSL_CERT_FILE` names; on Linux, a set
`SSL_CERT_DIR` stands in place of those of the system. A file that cannot be read, or that holds no
certificate, ends the program with 2; a certificate of the server that is not trusted ends it with 14, without further tries.

";

const BUCKETS: &str = "
## Artifacts in a bucket

`--file s3://BUCKET/KEY` makes the artifact of a sync an object of a bucket of S3, or of a service that speaks like it. The image and the archives of a release have it; a
program that you build yourself needs `--features s3`, and without it such a file ends it with 2. Only syncs work with an object: commands
that read an artifact, and changes, want a copy of it as a file.

The object is read before the first request to Atlassian, and what a file at `--file` would refuse it refuses too. The sync works on a copy
in the folder for temporary files (`--c1z-temp-dir`, or `--state-dir`), where an interrupted sync goes on. At the end the object is replaced only where it is still the one that was
read (`If-Match`), or made only where there still is none (`If-None-Match`): where somebody else wrote it meanwhile it stays, the program
ends with 9, and the message says where the file is that was synced.

| variable | is |
|---|---|
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | the key; without one the role of the machine or the container is used (`AWS_ROLE_ARN` with `AWS_WEB_IDENTITY_TOKEN_FILE`, or what the machine is given) |
| `AWS_REGION`, `AWS_DEFAULT_REGION` | the region of the bucket; `us-east-1` where none is set |
| `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` | another service than that of Amazon; `http://` to this machine alone |

It takes the rights `s3:GetObject` and `s3:PutObject` on the object, and `s3:ListBucket` on the bucket: without that one a missing object looks like one that must not be
read. One request puts the object, so 5 GiB is the most, and the program holds it in memory for that long. Files with keys in them (`~/.aws`) are not read.

";

fn row(setting: &Setting) -> String {
    let flag = match setting.short {
        Some(short) => format!("`-{short}`, `--{}`", setting.name()),
        None => format!("`--{}`", setting.name()),
    };
    let environment: Vec<_> = setting
        .environment_names()
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let key = if setting.in_file {
        format!("`{}`", setting.name())
    } else {
        "none".to_owned()
    };
    let default = match (
        setting.field.required,
        setting.default_shown().as_str(),
        setting.default_words,
    ) {
        (true, ..) => "required".to_owned(),
        (_, "", _) if matches!(setting.field.kind, FieldKind::Switch(_)) => "off".to_owned(),
        (_, "", _) => "none".to_owned(),
        (_, shown, "") => format!("`{shown}`"),
        (_, shown, _) => shown.to_owned(),
    };
    let mut meaning = setting.field.description.to_owned();
    match setting.field.kind {
        FieldKind::Number { min, max, .. } => {
            let _ = write!(meaning, " ({min} to {max})");
        }
        FieldKind::List => meaning.push_str(" (several, separated by commas)"),
        FieldKind::Text(_) if !setting.choices.is_empty() => {
            let _ = write!(meaning, " ({})", setting.choices.join(", "));
        }
        FieldKind::Text(_) | FieldKind::Switch(_) => {}
    }
    if setting.field.secret {
        meaning.push_str(". **Secret**");
    }
    // What a table cell cannot hold as it is.
    let meaning = meaning.replace('|', r"\|").replace('<', "&lt;");
    format!(
        "| {flag} | {} | {key} | {default} | {meaning} |",
        environment.join(", ")
    )
}

fn commands(app: &App, page: &mut String) {
    page.push_str(
        "## Commands\n\nWithout a command the program works for C1 where it has a client id, else it syncs, or makes the one change that a \
         setting asks for.\n\n\
         | command | what it does |\n|---|---|\n\
         | `capabilities` | prints what the connector can do, as protobuf JSON; needs no setting |\n\
         | `config` | prints the settings that a console offers, as protobuf JSON; needs no setting |\n\
         | `init` | writes a configuration file in which every setting is explained, and which only its owner can read, to `--config-path` or \
         `.baton.yaml`, with the values that are given as flags; checks it; replaces one only with `--replace` |\n\
         | `completion SHELL` | prints a completion script for bash, zsh, fish or powershell |\n\
         | `man` | prints the manual page; with `--out DIR` it writes one of each command there |\n\
         | `health-check` | asks a program that works for C1 on this machine how it is: `--endpoint` health, ready or live, `--timeout` \
         in seconds; ends with 14 where it does not answer with 200; needs no setting |\n",
    );
    if app.doctor {
        page.push_str(
            "| `doctor` | checks key, rights and endpoints without changing anything, and says what to do; ends with \
             the exit code of the first check that fails |\n\
             | `doctor --output json` | prints `findings`, each with `what`, `verdict` (`works`, `fails` with its `exit_code`, \
             `lacks`, `unknown_until_tried`, `noted`), `found` and `advice`; where nothing can be checked, `outcome`, \
             `exit_code` and `error` as below |\n\
             | `doctor --probe-writes` | also sends writes that the vendor must refuse for their arguments, to learn \
             what only a change could tell |\n",
        );
    }
    if app.modes == Modes::All {
        page.push_str(
            "| `plan DECISIONS --out PLAN` | works out what a table of decisions comes to, reads the state at the vendor, and writes the \
             plan; sends nothing. With `--offline` it goes by the artifact alone and needs no setting |\n\
             | `apply PLAN` | carries a plan out and keeps receipts, in `PLAN.receipts.jsonl` unless `--audit-log` names another \
             file: `--max-changes` (100), `--yes` where nobody is at a terminal, `--include-caller` for changes that touch whoever \
             made the key, `--decisions` where the table was moved; ends with 20 where not all that was decided is so |\n",
        );
    }
    for command in review::offered(app) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {}; looks into an artifact and needs no setting |",
            command.get_name(),
            about.to_lowercase()
        );
    }
    page.push('\n');
}

fn exit_codes(page: &mut String) {
    page.push_str(
        "## Exit codes\n\nThe last line on stderr says what happened, to what, and what to do.\n\n",
    );
    page.push_str(&exit_code_table());
    page.push('\n');
    page.push_str(
        "A task of C1 that fails is answered with the same number as a gRPC code. Those that are final are told to C1 as not to be \
         tried again, because the same would come of it; of a sync only 3 and 12 are. A change that was carried out in part has the \
         number of what failed: its message begins with `carried out in part`, and the details of the gRPC status, or the answer of \
         the action, have `outcome` = `partial`, `done` and `not_done`.\n\n| code | gRPC | final |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let is_final = if code.is_final() { "yes" } else { "no" };
        let _ = writeln!(page, "| {} | {code:?} | {is_final} |", code.number());
    }
    page.push('\n');
}

/// The exit codes of every program as a table in Markdown.
pub fn exit_code_table() -> String {
    let mut table = "| code | meaning |\n|---|---|\n".to_owned();
    for outcome in Outcome::ALL {
        let _ = writeln!(table, "| {} | {} |", outcome.number(), outcome.meaning());
    }
    table
}

fn summary(page: &mut String) {
    for (title, keys) in [
        ("## The summary of a sync as JSON", KEYS),
        ("## The result of a change as JSON", CHANGE_KEYS),
    ] {
        let _ = writeln!(
            page,
            "{title}\n\n`--output json` prints one document on stdout, unless the settings themselves cannot be read: then \
             stdout is empty.\n"
        );
        page.push_str("| key | holds |\n|---|---|\n");
        for (key, holds) in keys {
            let keys: Vec<_> = key.split(", ").map(|key| format!("`{key}`")).collect();
            let _ = writeln!(page, "| {} | {holds} |", keys.join(", "));
        }
        page.push('\n');
    }
}

fn existing(page: &mut String) {
    page.push_str("## Settings of other connectors\n\n");
    page.push_str(&existing_settings());
}

/// What becomes of the settings of existing connectors that are none of ours, in Markdown.
pub fn existing_settings() -> String {
    let mut text = "The same for flag, environment variable and file key. An empty value is unset, and *off* of a switch is \
                    always accepted.\n\n"
        .to_owned();
    for (rule, title) in [
        (Rule::Accepted, "Accepted, because it happens anyway"),
        (
            Rule::Warned,
            "Accepted with one warning, because it changes no result",
        ),
        (
            Rule::Refused,
            "Refused with exit code 12, because it would change the result",
        ),
    ] {
        let _ = writeln!(text, "| {title} | here |\n|---|---|");
        let mut whys: Vec<&str> = Vec::new();
        for group in EXISTING.iter().filter(|group| group.rule == rule) {
            if !whys.contains(&group.why) {
                whys.push(group.why);
            }
        }
        for why in whys {
            let groups = EXISTING
                .iter()
                .filter(|group| group.rule == rule && group.why == why);
            let names: Vec<_> = groups.flat_map(names).collect();
            let _ = writeln!(text, "| {} | {why} |", names.join(", "));
        }
        text.push('\n');
    }
    let variables: Vec<_> = VARIABLES.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(
        text,
        "These variables are named in the same warning: {}.\n",
        variables.join(", ")
    );
    text.push_str("| command that is refused with exit code 12 | why |\n|---|---|\n");
    for (name, why) in REFUSED_COMMANDS {
        let _ = writeln!(text, "| `{name}` | {why} |");
    }
    text
}

fn names(group: &Existing) -> Vec<String> {
    let accepted = group.accepted.join("`, `");
    let name = |name: &&str| match group.accepted {
        [] => format!("`--{name}`"),
        _ => format!("`--{name}` (but `{accepted}` is accepted)"),
    };
    group.names.iter().map(name).collect()
}
