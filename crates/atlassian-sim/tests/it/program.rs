//! The program: what it prints, and that its switches reach the simulator.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A running program, ended with the test.
struct Program {
    child: Child,
    greeting: Value,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_atlassian-sim"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        Self {
            child,
            greeting: serde_json::from_str(&line).expect("JSON"),
        }
    }

    fn said(&self, key: &str) -> &str {
        self.greeting[key].as_str().unwrap_or_default()
    }

    /// The status and body of an answer.
    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> (u16, String) {
        let host = self.said("url").trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(host).expect("a connection");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.get(9..12).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.expect("a status"), body.to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn greets_with_its_keys() {
    let program = Program::start(&["--preset", "small", "--users", "20"]);
    let (org, key) = (program.said("org"), program.said("api_key"));
    let (status, _) = program.ask("GET", &format!("/admin/v1/orgs/{org}"), key, "");
    assert_eq!(status, 200);
    let scim = program
        .said("scim_url")
        .strip_prefix(program.said("url"))
        .expect("its own address");
    let config = format!("{scim}/ServiceProviderConfig");
    assert_eq!(program.ask("GET", &config, program.said("scim_token"), "").0, 200);
    assert_eq!(program.ask("GET", &config, key, "").0, 401);
    let all = program.greeting["scim_directories"]
        .as_array()
        .expect("directories");
    assert_eq!(
        (all.len(), &all[0]["scim_url"]),
        (1, &program.greeting["scim_url"])
    );
    let (status, body) = program.ask(
        "DELETE",
        &format!("/admin/api-access/v1/orgs/{org}/api-tokens"),
        key,
        "",
    );
    assert_eq!((status, body.as_str()), (204, ""));
    let (_, writes) = program.ask("GET", "/simulator/writes", "", "");
    let writes: Value = serde_json::from_str(&writes).expect("JSON");
    assert_eq!(writes[0]["endpoint"], "api_tokens.revoke_all");
}

#[test]
fn switches_are_flags() {
    let program = Program::start(&[
        "--preset",
        "demo",
        "--scim",
        "missing",
        "--no-subscription",
        "--roles-gated",
        "--removed-paths",
        "--limits",
        "realistic",
        "--fault",
        "groups.create:always:503",
    ]);
    assert!(program.greeting.get("scim_url").is_none());
    let (org, key) = (program.said("org"), program.said("api_key"));
    let emails = "{\"emails\":[\"a@b.example\"]}";
    for (path, body, expected) in [
        (format!("/admin/v2/orgs/{org}/users/invite"), emails, 402),
        (format!("/admin/v1/orgs/{org}/users/invite"), emails, 403),
        (format!("/admin/v1/orgs/{org}/users/x/roles/assign"), "{}", 403),
        (format!("/admin/v2/orgs/{org}/directories/x/groups"), "{}", 503),
        (
            format!("/admin/v1/orgs/{org}/directory/users/x/suspend-access"),
            "{}",
            404,
        ),
    ] {
        assert_eq!(program.ask("POST", &path, key, body).0, expected, "{path}");
    }
}
