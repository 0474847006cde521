//! A minimal HTTP/1.1 client, so that no other project code stands between the test and the wire.

use atlassian_sim::{Org, Running, Simulator, SimulatorBuilder};
use serde_json::Value;
use std::io;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A running simulator and a connection to it.
pub(crate) struct Client {
    pub(crate) running: Running,
    pub(crate) org: String,
    pub(crate) key: String,
    /// How often a request is repeated when it fails in a way that may pass.
    pub(crate) patience: u32,
    stream: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Client {
    /// Starts a simulator of the organization and connects to it.
    pub(crate) async fn start(org: &Org) -> Self {
        Self::start_with(org, Simulator::builder(org.clone())).await
    }

    pub(crate) async fn start_with(org: &Org, builder: SimulatorBuilder) -> Self {
        let running = builder.bind("127.0.0.1:0").await.expect("a free port");
        let stream = connect(&running).await;
        Self {
            running,
            org: org.id().to_owned(),
            key: org.api_key().to_owned(),
            patience: 0,
            stream,
        }
    }

    pub(crate) async fn reconnect(&mut self) {
        self.stream = connect(&self.running).await;
    }

    /// The path of the organization's directories.
    pub(crate) fn directory(&self, directory: &str) -> String {
        format!("/admin/v2/orgs/{}/directories/{directory}", self.org)
    }

    pub(crate) fn tokens(&self) -> String {
        format!("/admin/api-access/v1/orgs/{}/api-tokens", self.org)
    }

    pub(crate) fn workspaces(&self) -> String {
        format!("/admin/v2/orgs/{}/workspaces", self.org)
    }

    pub(crate) async fn get(&mut self, target: &str) -> Reply {
        self.persist("GET", target, &[], None).await
    }

    pub(crate) async fn post(&mut self, target: &str, body: &Value) -> Reply {
        let body = body.to_string();
        self.persist(
            "POST",
            target,
            &[("content-type", "application/json")],
            Some(&body),
        )
        .await
    }

    /// Writes, once.
    pub(crate) async fn write(&mut self, method: &str, target: &str, body: Option<&Value>) -> Reply {
        let body = body.map(Value::to_string);
        let headers: &[_] = if body.is_some() {
            &[("content-type", "application/json")]
        } else {
            &[]
        };
        self.ask(method, target, headers, body.as_deref())
            .await
            .unwrap_or_else(|error| panic!("no answer from {target}: {error}"))
    }

    async fn persist(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Reply {
        let mut left = self.patience;
        loop {
            match self.ask(method, target, headers, body).await {
                Ok(reply) if left == 0 || !matches!(reply.status, 408 | 429 | 500..=599) => return reply,
                Ok(_) => {}
                Err(error) => {
                    assert!(left > 0, "no answer from {target}: {error}");
                    self.reconnect().await;
                }
            }
            left -= 1;
        }
    }

    /// Asks with these headers and the key.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> io::Result<Reply> {
        let mut head = format!(
            "{method} {target} HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer {}\r\n",
            self.key
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        head.push_str(body.unwrap_or_default());
        self.stream.get_mut().write_all(head.as_bytes()).await?;
        self.read().await
    }

    async fn read(&mut self) -> io::Result<Reply> {
        let line = self.line().await?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, length)| length.parse().expect("a length"));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(line.trim_end().to_owned())
    }
}

async fn connect(running: &Running) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(running.address()).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket option");
    BufReader::new(stream)
}

/// A path segment, with everything encoded that may be.
pub(crate) fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The texts of an array.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .map(|item| item.as_str().expect("a text").to_owned())
        .collect()
}

/// A member that is a text.
pub(crate) fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is no text in {row}"))
}
