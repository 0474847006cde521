//! `deploy/` held against the program: what it sets exists, what the program needs is set, and the schemas of Kubernetes agree.

use serde_yaml_ng::{Deserializer, Value};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// How long the program waits for running tasks when `BATON_SHUTDOWN_TIMEOUT` does not say, in seconds.
const SHUTDOWN: u64 = 25;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of Kubernetes, without those of kustomize.
fn manifests() -> Vec<PathBuf> {
    fn below(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, into);
            } else if !path.ends_with("kustomization.yaml") {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    below(&Path::new(ROOT).join("deploy/kubernetes"), &mut files);
    files.sort();
    files
}

fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    Deserializer::from_str(&text)
        .map(|document| {
            serde::Deserialize::deserialize(document).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        })
        .collect()
}

/// Every value of the key, however deep.
fn all<'a>(value: &'a Value, key: &str, into: &mut Vec<&'a Value>) {
    match value {
        Value::Mapping(map) => {
            for (name, value) in map {
                if name.as_str() == Some(key) {
                    into.push(value);
                }
                all(value, key, into);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| all(item, key, into)),
        _ => {}
    }
}

fn found<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    let mut into = Vec::new();
    all(value, key, &mut into);
    into
}

/// The pods that the manifests start, each with the file that has it.
fn pods() -> Vec<(PathBuf, Value)> {
    let mut pods = Vec::new();
    for path in manifests() {
        for document in documents(&path) {
            for spec in found(&document, "spec") {
                if spec.get("containers").is_some() {
                    pods.push((path.clone(), spec.clone()));
                }
            }
        }
    }
    assert_eq!(pods.len(), 3, "the deployment, the stateful set and the cron job");
    pods
}

/// The words in a text that look like names of variables of the program.
fn variables(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("BATON_"))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn every_variable_is_a_setting() {
    let known = variables(&read("docs/configuration.md"));
    let mut files = manifests();
    files.push(Path::new(ROOT).join("deploy/Dockerfile"));
    files.push(Path::new(ROOT).join("deploy/systemd/baton-atlassian.service"));
    for path in files {
        let used = variables(&std::fs::read_to_string(&path).unwrap());
        let unknown: Vec<&String> = used.difference(&known).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", path.display());
    }
}

#[test]
fn kustomize_finds_every_file_and_every_file_is_used() {
    let folder = Path::new(ROOT).join("deploy/kubernetes");
    let mut used = BTreeSet::from([folder.join("secret.example.yaml")]);
    for overlay in ["base", "single", "ha", "cronjob", "cronjob-bucket"] {
        let overlay = folder.join(overlay);
        let kustomization = &documents(&overlay.join("kustomization.yaml"))[0];
        for resource in kustomization["resources"].as_sequence().unwrap() {
            let path = overlay.join(resource.as_str().unwrap());
            assert!(path.exists(), "{}", path.display());
            if path.is_file() {
                used.insert(path);
            }
        }
    }
    assert_eq!(manifests().into_iter().collect::<BTreeSet<_>>(), used);
}

#[test]
fn pods_are_confined() {
    for (path, pod) in pods() {
        let at = path.display();
        assert_eq!(pod["securityContext"]["runAsNonRoot"], Value::Bool(true), "{at}");
        assert_eq!(pod["automountServiceAccountToken"], Value::Bool(false), "{at}");
        for container in pod["containers"].as_sequence().unwrap() {
            let context = &container["securityContext"];
            assert_eq!(context["readOnlyRootFilesystem"], Value::Bool(true), "{at}");
            assert_eq!(context["allowPrivilegeEscalation"], Value::Bool(false), "{at}");
            assert_eq!(context["capabilities"]["drop"][0].as_str(), Some("ALL"), "{at}");
            assert!(container["resources"]["limits"]["memory"].is_string(), "{at}");
            let image = container["image"].as_str().unwrap();
            assert!(!image.contains('/'), "{at}: {image} names a registry");
        }
    }
}

#[test]
fn daemons_are_probed_where_they_do_not_ask_the_vendor_to_live_and_have_time_to_stop() {
    for (path, pod) in pods() {
        let at = path.display();
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(grace > SHUTDOWN, "{at}: {grace}");
        let container = &pod["containers"][0];
        let secret = container["envFrom"][0]["secretRef"]["name"].as_str().unwrap();
        let set = |name: &str| {
            let environment = container["env"].as_sequence().unwrap();
            environment
                .iter()
                .find(|variable| variable["name"].as_str() == Some(name))
                .cloned()
        };
        if path.ends_with("cronjob/cron-job.yaml") {
            // A client id would make it a daemon, which never ends.
            assert_eq!(secret, "baton-atlassian-sync");
            assert!(set("BATON_CLIENT_ID").is_none() && set("BATON_FILE").is_some());
            continue;
        }
        assert_eq!(secret, "baton-atlassian");
        assert_eq!(set("BATON_HEALTH_CHECK").unwrap()["value"].as_str(), Some("true"));
        assert_eq!(
            set("BATON_HEALTH_CHECK_BIND_ADDRESS").unwrap()["value"].as_str(),
            Some("0.0.0.0")
        );
        assert_eq!(
            container["livenessProbe"]["httpGet"]["path"].as_str(),
            Some("/live"),
            "{at}"
        );
        assert_eq!(
            container["readinessProbe"]["httpGet"]["path"].as_str(),
            Some("/ready"),
            "{at}"
        );
        let state = set("BATON_STATE_DIR").unwrap()["value"].clone();
        let mounts = container["volumeMounts"].as_sequence().unwrap();
        assert!(mounts.iter().any(|mount| mount["mountPath"] == state), "{at}");
        // One name for the one replica, and for each of several its own.
        let is_of_pod = set("BATON_HOST_ID").unwrap()["valueFrom"].is_mapping();
        assert_eq!(is_of_pod, path.ends_with("ha/stateful-set.yaml"), "{at}");
    }
}

#[test]
fn the_secret_of_the_cron_job_has_no_client_id() {
    let path = Path::new(ROOT).join("deploy/kubernetes/secret.example.yaml");
    for secret in documents(&path) {
        let has_client_id = secret["stringData"].get("BATON_CLIENT_ID").is_some();
        let is_of_daemon = secret["metadata"]["name"].as_str() == Some("baton-atlassian");
        assert_eq!(has_client_id, is_of_daemon);
    }
}

/// The variable `KUBERNETES_VALIDATE` names the program. Without it this test is skipped, which it says on stderr; `.ci/run`
/// installs the program and sets the variable.
#[test]
fn the_schemas_of_kubernetes_agree() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program is a matter of the machine, not of the crate"
    )]
    let program = std::env::var_os("KUBERNETES_VALIDATE");
    let Some(program) = program.filter(|program| !program.is_empty()) else {
        let why = "skipped: the schemas of Kubernetes: KUBERNETES_VALIDATE does not name the program, .ci/run installs it";
        writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
        return;
    };
    let output = Command::new(&program)
        .arg("--strict")
        .args(manifests())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let documents: usize = manifests().iter().map(|path| documents(path).len()).sum();
    assert_eq!(said.matches(" passed for resource ").count(), documents, "{said}");

    // A schema that lets everything through would prove nothing: a switch without quotes is the mistake that people make.
    let mut wrong = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    let single = read("deploy/kubernetes/single/deployment.yaml").replace("value: \"true\"", "value: true");
    wrong.write_all(single.as_bytes()).unwrap();
    let output = Command::new(&program)
        .arg("--strict")
        .arg(wrong.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
}
