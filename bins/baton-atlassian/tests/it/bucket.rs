//! Artifacts that are objects of a bucket: syncs against a server of others, moto, in the versions of
//! `fixtures/connector-bucket/requirements.txt`.
//!
//! The variable `MOTO_SERVER` names its program. Without it these tests are skipped, which they say on stderr; `.ci/run`
//! sets it, and `cargo xtask ci` refuses tests that are skipped.

use crate::harness::{Mood, Ran, Vendor};
use atlassian_sim::{OrgSpec, Quirks};
use c1z_file::{Artifact, ReadOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

const OBJECT: &str = "s3://access/of/sync.c1z";
const SECRET: &str = "an-access-key-that-is-secret";

/// A server of one test with an empty bucket, stopped with it. It keeps nothing.
struct Bucket {
    process: Child,
    address: String,
}

impl Bucket {
    /// Starts a server, if there is one to start.
    fn start() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the program of the server is a matter of the machine, not of the crate"
        )]
        let program = std::env::var_os("MOTO_SERVER");
        let Some(program) = program.filter(|program| !program.is_empty()) else {
            // Not `eprintln!`, which the test harness keeps to itself when a test passes. The gate refuses such lines.
            let why = "skipped: a test against a bucket: MOTO_SERVER does not name its program, .ci/run installs it";
            writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
            return None;
        };
        // Another process may take the port between the two; then the next one is tried.
        (0..5)
            .find_map(|_| Self::serve(Command::new(&program)))
            .or_else(|| panic!("{} does not serve", program.display()))
    }

    fn serve(mut program: Command) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut process = program
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program of the server can be run");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let serves = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("Running on"));
        // Read to its end, so that the server never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let served = Self {
            process,
            address: address.to_string(),
        };
        serves.then(|| {
            served.asked("PUT", "/access", b"");
            served
        })
    }

    /// What it answers to a request of the test itself.
    fn asked(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (host, length) = (&self.address, body.len());
        // Whose request it is; it verifies no signature.
        let by = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {by}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// The object, as a file.
    fn content(&self) -> Vec<u8> {
        let answer = self.asked("GET", "/access/of/sync.c1z", b"");
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        let at = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        answer[at + 4..].to_owned()
    }

    /// Runs the program, with the bucket for its artifact.
    fn run(&self, vendor: &Vendor, arguments: &[&str]) -> Ran {
        let mut program = self.program(vendor, arguments);
        self.ended(vendor, &mut program)
    }

    fn program(&self, vendor: &Vendor, arguments: &[&str]) -> Command {
        let mut program = vendor.program(&[&["-f", OBJECT][..], arguments].concat());
        program
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("BATON_LOG_LEVEL", "debug")
            .env("BATON_TMPDIR", vendor.folder.path());
        program
    }

    fn ended(&self, vendor: &Vendor, program: &mut Command) -> Ran {
        let ran = Ran::of(program.output().unwrap(), vendor.folder.path());
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains(SECRET), "the key is told: {told}");
        ran
    }

    /// The syncs of the artifact.
    fn syncs(&self, vendor: &Vendor) -> Vec<(String, u64)> {
        let copy = vendor.path("copy.c1z");
        std::fs::write(&copy, self.content()).unwrap();
        let artifact = Artifact::open(&copy, ReadOptions::default()).unwrap();
        let syncs = artifact.syncs().unwrap();
        let of = syncs.into_iter().map(|sync| {
            let grants = artifact.counts(&sync.sync_id).unwrap().grants;
            (sync.sync_type.to_string(), grants)
        });
        of.collect()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An object is made, replaced by one that keeps its syncs, and never by what must not replace it; nothing is left on this
/// machine.
#[test]
fn a_sync_into_a_bucket() {
    let Some(bucket) = Bucket::start() else { return };
    let vendor = Vendor::new();
    let first = bucket.run(&vendor, &["--allow-gaps"]);
    assert_eq!(first.exit, Some(0), "{}", first.stderr);
    assert!(first.stdout.contains(OBJECT), "{}", first.stdout);
    assert_eq!(bucket.syncs(&vendor).len(), 1);
    let second = bucket.run(&vendor, &["--allow-gaps", "-o", "json"]);
    assert_eq!(second.exit, Some(0), "{}", second.stderr);
    let told: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!(told["sync"]["output"], OBJECT);
    assert_eq!(bucket.syncs(&vendor).len(), 2);
    // What a file refuses an object refuses too, before anything is asked of the vendor.
    let before = (vendor.requests(), bucket.content());
    let part = bucket.run(&vendor, &["--sync-resource-types", "user", "--keep-syncs", "1"]);
    assert_eq!(part.exit, Some(9), "{}", part.stderr);
    let other = OrgSpec::small(12).with_quirks(Quirks::none()).with_seed(99);
    let other = Vendor::of(other, Mood::default());
    let foreign = bucket.run(&other, &["--allow-gaps"]);
    assert_eq!(foreign.exit, Some(9), "{}", foreign.stderr);
    let line = foreign.stderr.lines().last().unwrap();
    assert!(line.contains(&format!("{OBJECT} is of organization")), "{line}");
    assert_eq!((vendor.requests(), bucket.content()), before);
    assert_eq!(other.requests(), 0);
    let left: Vec<_> = walk(&vendor);
    // The copy that this test reads, and what the refused syncs had begun with.
    assert!(left.iter().all(|name| name != "artifact.c1z"), "{left:?}");
}

/// The names of all files below the folder to work in.
fn walk(vendor: &Vendor) -> Vec<String> {
    let mut folders = vec![vendor.folder.path().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => files.push(entry.file_name().into_string().unwrap()),
            }
        }
    }
    files
}

/// What another writer put there while a sync ran stays; what was synced is kept, and told where.
#[test]
fn an_object_that_changed_is_not_replaced() {
    let Some(bucket) = Bucket::start() else { return };
    let vendor = Vendor::with(Mood {
        held_after: Some(15),
        ..Mood::default()
    });
    let mut program = bucket.program(&vendor, &["--allow-gaps"]);
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = program.spawn().unwrap();
    vendor.wait_until_held();
    bucket.asked("PUT", "/access/of/sync.c1z", b"of somebody else");
    vendor.open();
    let ran = vendor.ended(run);
    assert_eq!(ran.exit, Some(9), "{}", ran.stderr);
    let line = ran.stderr.lines().last().unwrap();
    assert!(
        line.contains("written by somebody else while this sync ran"),
        "{line}"
    );
    assert!(line.contains("what was synced is in"), "{line}");
    assert_eq!(bucket.content(), b"of somebody else");
    assert!(walk(&vendor).iter().any(|name| name == "artifact.c1z"));
}

/// Only syncs work with objects; an endpoint in the clear is refused, and so is a key that nobody has.
#[test]
fn what_a_bucket_is_not_for() {
    let vendor = Vendor::new();
    let told = |arguments: &[&str], endpoint: &str| {
        let mut program = vendor.program(arguments);
        program
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_ENDPOINT_URL", endpoint);
        let ran = Ran::of(program.output().unwrap(), vendor.folder.path());
        format!(
            "{:?} {}",
            ran.exit.unwrap(),
            ran.stderr.lines().last().unwrap_or_default()
        )
    };
    let here = "http://127.0.0.1:1";
    let lines = [
        told(&["grants", "-f", OBJECT], here),
        told(&["diff", OBJECT, "a.c1z"], here),
        told(&["--revoke-grant", "g", "-f", OBJECT], here),
        told(&["apply", "plan.json", "-f", OBJECT], here),
        told(&["-f", "s3://access"], here),
        told(&["-f", OBJECT, "--file-mode", "0640"], here),
        told(&["-f", OBJECT], "http://minio.example:9000"),
    ];
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(vendor.requests(), 0);
}
