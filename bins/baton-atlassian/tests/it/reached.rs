//! How C1 is reached, and how the daemon is asked on the machine where it runs.

use crate::company::Company;
use crate::daemon::{Daemon, Place};
use crate::harness::{Ran, program};
use c1_standin::tasks;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A proxy that opens tunnels; the requests for them, each with its headers.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let tells = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .by_ref()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            tells.lock().unwrap().push(head.join("\n"));
            let target = head[0].split(' ').nth(1).unwrap().to_owned();
            let onward = TcpStream::connect(target).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            for (mut from, mut to) in [
                (stream.try_clone().unwrap(), onward.try_clone().unwrap()),
                (onward, stream),
            ] {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    (port, asked)
}

/// Tokens and tasks alike go through the proxy of the environment.
#[test]
fn c1_behind_a_proxy() {
    let place = Place::of(Company::new(), Duration::from_secs(1));
    let (port, asked) = proxy();
    let mut program = place.program(&[]);
    program.env("HTTPS_PROXY", format!("http://ada:word@127.0.0.1:{port}"));
    let daemon = Daemon::of(program);
    place.standin.hand_out(tasks::full_sync());
    place.finished(1);
    assert_eq!(place.standin.uploads().len(), 1);
    let asked = asked.lock().unwrap().clone();
    assert!(asked.len() >= 2, "one for tokens, and one for tasks: {asked:?}");
    for head in asked {
        assert!(head.starts_with("CONNECT "), "{head}");
        assert!(
            head.to_ascii_lowercase().contains("proxy-authorization: basic "),
            "{head}"
        );
    }
    assert_eq!(place.standin.violations(), [""; 0]);
    drop(daemon);
}

/// What the environment says and cannot be used ends it at once, by name.
#[test]
fn surroundings_that_cannot_be_used_are_named() {
    let place = Place::of(Company::new(), Duration::from_secs(1));
    let garbage = place.company.path("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    let folder = place.company.folder.path();
    let (garbage, missing) = (garbage.display().to_string(), place.company.path("missing.pem"));
    let missing = missing.display().to_string();
    let folder_shown = folder.display().to_string();
    for (name, value, told) in [
        ("SSL_CERT_FILE", &*garbage, &*garbage),
        ("SSL_CERT_FILE", &*missing, &*missing),
        ("SSL_CERT_FILE", &*folder_shown, "not a regular file"),
        ("HTTPS_PROXY", "https://proxy.example", "name it with http://"),
        ("HTTPS_PROXY", "socks5://proxy.example", "not supported"),
    ] {
        let mut program = place.program(&[]);
        program.env(name, value);
        let ran = Ran::of(program.output().unwrap(), folder);
        assert_eq!(ran.exit, Some(2), "{name}={value}: {}", ran.stderr);
        let last = ran.stderr.lines().last().unwrap_or_default();
        let told = told.replace(&folder_shown, "");
        assert!(last.contains(name) && last.contains(&told), "{last}");
    }
    assert!(place.standin.hellos().is_empty());
}

/// A daemon that does not answer in time is told in words.
#[test]
fn a_daemon_that_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let mut probe = program(folder.path(), &["health-check", "--timeout", "1"]);
    probe.env("BATON_HEALTH_CHECK_PORT", port);
    let ran = Ran::of(probe.output().unwrap(), folder.path());
    assert_eq!(ran.exit, Some(14));
    assert!(ran.stderr.contains("no answer within 1 s"), "{}", ran.stderr);
}
