//! The stand-in as a program: it prints how a connector reaches it, and then what the connector does.
#![forbid(unsafe_code)]

use c1_standin::{Error, Options, Standin, tasks};
use clap::Parser;
use connector_proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use std::fmt::Display;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A stand-in for C1 on this machine
#[derive(Debug, Parser)]
struct Arguments {
    /// The port of this machine to listen at; 0 for any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A file of tasks to hand out, one a line as protobuf JSON; without it, one full sync
    #[arg(long)]
    tasks: Option<PathBuf>,
    /// Where its certificate authority is written as PEM
    #[arg(long, default_value = "c1-standin-ca.pem")]
    ca: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where it cannot be told, the code says that something was wrong.
            let _ = writeln!(std::io::stderr(), "c1-standin: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    let asked = match &arguments.tasks {
        None => vec![tasks::full_sync()],
        Some(file) => {
            let wrong = |why: &dyn Display| format!("{}: {why}", file.display());
            let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
            tasks::read(&text).map_err(|error| wrong(&error))?
        }
    };
    let standin = Standin::start(Options {
        address: SocketAddr::from(([127, 0, 0, 1], arguments.port)),
        ..Options::default()
    })
    .await?;
    std::fs::write(&arguments.ca, standin.ca_pem())?;
    let mut out = std::io::stdout();
    writeln!(out, "export BATON_CLIENT_ID='{}'", standin.client_id())?;
    writeln!(out, "export BATON_CLIENT_SECRET='{}'", standin.client_secret())?;
    writeln!(
        out,
        "export SSL_CERT_FILE='{}'",
        std::path::absolute(&arguments.ca)?.display()
    )?;
    out.flush()?;
    for task in asked {
        standin.hand_out(task);
    }
    let mut told = 0;
    loop {
        let finished = standin.finished(told + 1, Duration::from_mins(1)).await;
        for task in finished.iter().skip(told) {
            let came_to = match (&task.request.final_state, &task.request.status) {
                (Some(FinalState::Success(_)), _) => "done".to_owned(),
                (_, Some(status)) => format!("failed with code {}: {}", status.code, status.message),
                _ => "nothing".to_owned(),
            };
            writeln!(
                out,
                "task {} by {}: {came_to}",
                task.request.task_id, task.request.host_id
            )?;
        }
        told = told.max(finished.len());
    }
}
