//! An archive of the programs for this machine, as a release has it: built, packed, and tried in an empty folder.

use crate::{Result, target_folder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs, each with the size that it should not exceed without its debug information, in bytes.
const PROGRAMS: [(&str, u64); 2] = [("baton-atlassian", 22_000_000), ("c1z", 12_000_000)];

/// What is built in.
const FEATURES: &str = "baton-atlassian/otel,baton-atlassian/s3,baton-atlassian/xlsx,c1z/xlsx";

/// Builds the archive for a target, this machine's without one, tries it where it can run, and says where it is.
pub(crate) fn run(root: &Path, target: Option<&str>) -> Result {
    let host = host()?;
    let triple = target.unwrap_or(&host);
    let built = built(root, target)?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("baton-atlassian-{version}-{triple}");
    let out = target_folder()?.join("release-archives");
    let staged = out.join(&name);
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    fs::create_dir_all(&staged)?;
    let ending = if triple.contains("windows") { ".exe" } else { "" };
    for (program, most) in PROGRAMS {
        let file = format!("{program}{ending}");
        let size = fs::copy(built.join(&file), staged.join(&file))?;
        say(&sized(program, size, most));
    }
    for page in ["LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"] {
        fs::copy(root.join(page), staged.join(page))?;
    }
    let packages = packages(root, triple)?;
    third_parties(&packages, &staged)?;
    let sbom = serde_json::to_string_pretty(&sbom(version, &packages))?;
    fs::write(staged.join("sbom.cdx.json"), sbom)?;
    if triple == host {
        for (program, _) in PROGRAMS {
            documents(&staged, program, ending)?;
        }
    }
    let archive = out.join(format!("{name}.tar.gz"));
    finished(Command::new("tar").arg("-czf").arg(&archive).args([
        "-C".as_ref(),
        out.as_os_str(),
        name.as_ref(),
    ]))?;
    let sum = format!("{}  {name}.tar.gz\n", digest(&archive)?);
    fs::write(out.join(format!("{name}.sha256")), &sum)?;
    if triple == host {
        tried(&archive, &name, ending)?;
    } else {
        say("not tried: it is for another machine");
    }
    say(&format!("{}\nsha256 {}", archive.display(), sum.trim_end()));
    Ok(())
}

/// Builds the programs. The answer is the folder that they are in.
fn built(root: &Path, target: Option<&str>) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["build", "--locked", "--profile", "dist", "--features", FEATURES]);
    for (program, _) in PROGRAMS {
        cargo.args(["--package", program]);
    }
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    if let Some(commit) = commit(root) {
        cargo.env("BUILD_COMMIT", commit);
    }
    finished(&mut cargo)?;
    let folder = target_folder()?;
    Ok(match target {
        Some(target) => folder.join(target).join("dist"),
        None => folder.join("dist"),
    })
}

/// The commit that is checked out; none outside of a checkout.
fn commit(root: &Path) -> Option<String> {
    let git = Command::new("git")
        .current_dir(root)
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    git.status
        .success()
        .then(|| String::from_utf8_lossy(&git.stdout).trim().to_owned())
}

fn host() -> Result<String> {
    let told = output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not tell its host")?.to_owned())
}

fn sized(program: &str, size: u64, most: u64) -> String {
    let mega = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000);
    match size > most {
        true => format!(
            "{program}: {}, more than the {} that it should not exceed",
            mega(size),
            mega(most)
        ),
        false => format!("{program}: {}", mega(size)),
    }
}

/// A package that is part of a program.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    licence: String,
    /// What the registry says that its archive hashes to; none for ours.
    checksum: Option<String>,
    folder: PathBuf,
}

/// The packages that the programs are built from, without those that only tests and other systems need.
fn packages(root: &Path, triple: &str) -> Result<Vec<Package>> {
    let mut tree = Command::new("cargo");
    tree.current_dir(root).args([
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--target",
        triple,
        "--features",
        FEATURES,
    ]);
    for (program, _) in PROGRAMS {
        tree.args(["--package", program]);
    }
    let tree = output(&mut tree)?;
    let used: BTreeMap<(&str, &str), ()> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(((words.next()?, words.next()?.strip_prefix('v')?), ()))
        })
        .collect();
    let metadata = output(Command::new("cargo").current_dir(root).args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--all-features",
    ]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata names no packages")?;
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let of_programs = packages.iter().filter_map(|package| {
        let (name, version) = (text(package, "name"), text(package, "version"));
        used.contains_key(&(name.as_str(), version.as_str()))
            .then(|| Package {
                licence: text(package, "license"),
                checksum: checksum(&lock, &name, &version),
                folder: Path::new(&text(package, "manifest_path"))
                    .parent()
                    .map(Path::to_owned)
                    .unwrap_or_default(),
                name,
                version,
            })
    });
    let of_programs: Vec<Package> = of_programs.collect();
    match of_programs.len() == used.len() {
        true => Ok(of_programs),
        false => Err(format!(
            "{} packages are used, and {} are known",
            used.len(),
            of_programs.len()
        )
        .into()),
    }
}

fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let entry = lock.split("[[package]]").find(|entry| {
        entry.contains(&format!("\nname = \"{name}\"\n"))
            && entry.contains(&format!("\nversion = \"{version}\"\n"))
    })?;
    let (_, rest) = entry.split_once("checksum = \"")?;
    rest.split('"').next().map(ToOwned::to_owned)
}

/// Writes who made what is built in, under which licence, with the texts that came with it.
fn third_parties(packages: &[Package], staged: &Path) -> Result {
    let mut list = "# Packages of others that these programs are built from\n\n| package | version | licence |\n|---|---|---|\n".to_owned();
    for package in packages.iter().filter(|package| package.checksum.is_some()) {
        list.push_str(&format!(
            "| {} | {} | {} |\n",
            package.name, package.version, package.licence
        ));
        for file in fs::read_dir(&package.folder)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().to_ascii_uppercase();
            let is_text = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"]
                .iter()
                .any(|begin| name.starts_with(begin));
            if is_text && file.file_type()?.is_file() {
                let folder = staged
                    .join("licences")
                    .join(format!("{}-{}", package.name, package.version));
                fs::create_dir_all(&folder)?;
                fs::copy(file.path(), folder.join(file.file_name()))?;
            }
        }
    }
    Ok(fs::write(staged.join("licences/README.md"), list)?)
}

/// What is built in, as `CycloneDX`.
fn sbom(version: &str, packages: &[Package]) -> Value {
    let components = packages.iter().map(|package| {
        let hashes = package
            .checksum
            .iter()
            .map(|sum| json!({"alg": "SHA-256", "content": sum}));
        json!({
            "type": "library",
            "name": package.name,
            "version": package.version,
            "purl": format!("pkg:cargo/{}@{}", package.name, package.version),
            "licenses": [{"expression": package.licence}],
            "hashes": hashes.collect::<Vec<_>>(),
        })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "baton-atlassian", "version": version}},
        "components": components.collect::<Vec<_>>(),
    })
}

/// Lets a program write its completion scripts and manual pages into the archive.
fn documents(staged: &Path, program: &str, ending: &str) -> Result {
    let program_file = staged.join(format!("{program}{ending}"));
    let scripts = staged.join("completion");
    fs::create_dir_all(&scripts)?;
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = output(Command::new(&program_file).args(["completion", shell]))?;
        fs::write(scripts.join(format!("{program}.{shell}")), script)?;
    }
    finished(
        Command::new(&program_file)
            .args(["man", "--out"])
            .arg(staged.join("man")),
    )
}

/// Unpacks the archive in an empty folder, and does there what somebody does first.
fn tried(archive: &Path, name: &str, ending: &str) -> Result {
    let folder = tempfile::tempdir()?;
    finished(
        Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .current_dir(folder.path()),
    )?;
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(folder.path().join(name).join(format!("{program}{ending}")));
        command.args(arguments).current_dir(folder.path()).env_clear();
        // Windows cannot open a socket without it.
        if cfg!(windows) {
            command.env("SystemRoot", r"C:\Windows");
        }
        output(&mut command)
    };
    let version = run("baton-atlassian", &["--version"])?;
    say(version.trim_end());
    run("baton-atlassian", &["--demo"])?;
    run("c1z", &["verify", "--file", "demo.c1z"])?;
    let grants = run("c1z", &["grants", "--file", "demo.c1z", "--output", "csv"])?
        .lines()
        .count();
    match grants > 100 {
        true => say("the archive works in an empty folder"),
        false => return Err(format!("the demonstration of the archive has {grants} grants").into()),
    }
    Ok(())
}

fn digest(path: &Path) -> Result<String> {
    let sum = Sha256::digest(fs::read(path)?);
    Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn finished(command: &mut Command) -> Result {
    let status = command.status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} failed ({status})").into()),
    }
}

pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!("{command:?} failed ({}): {said}", output.status).into())
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a command line tool: what it did is its result"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
