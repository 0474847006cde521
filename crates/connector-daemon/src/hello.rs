//! What the daemon says of itself and its machine.

use crate::executor::Executor;
use connector_proto::connectorapi::baton::v1::BatonServiceHelloRequest;
use connector_proto::connectorapi::baton::v1::baton_service_hello_request::{BuildInfo, OsInfo};
use tonic::Status;

/// The longest text that a hello may hold.
const LONGEST: usize = 256;

/// The program that the daemon is part of.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version, without a prefix.
    pub version: String,
}

pub(crate) async fn request(
    host_id: String,
    task_id: &str,
    program: &Program,
    executor: &dyn Executor,
) -> Result<BatonServiceHelloRequest, Status> {
    let metadata = executor.metadata().await?;
    Ok(BatonServiceHelloRequest {
        host_id,
        task_id: task_id.to_owned(),
        build_info: Some(BuildInfo {
            lang_version: concat!("rust", env!("CARGO_PKG_RUST_VERSION")).to_owned(),
            package: short(&program.name, "/dummy/path"),
            package_version: short(&program.version, "0.0.0"),
        }),
        os_info: Some(os_info()),
        connector_metadata: Some(metadata),
        annotations: Vec::new(),
    })
}

/// The name of this machine, where it has one: the host id where none was set.
pub fn host_name() -> Option<String> {
    let name = whoami::hostname().ok()?;
    Some(short(&name, "")).filter(|name| !name.is_empty())
}

fn os_info() -> OsInfo {
    let (kernel, architecture) = kernel();
    let os = std::env::consts::OS;
    OsInfo {
        hostname: host_name().unwrap_or_else(|| "unknown".to_owned()),
        os: os.to_owned(),
        platform: os.to_owned(),
        platform_version: kernel.clone(),
        platform_family: os.to_owned(),
        kernel_version: kernel,
        kernel_arch: architecture,
        virtualization_system: "none".to_owned(),
    }
}

#[cfg(unix)]
fn kernel() -> (String, String) {
    let uname = rustix::system::uname();
    let text = |text: &std::ffi::CStr| short(&text.to_string_lossy(), "unknown");
    (text(uname.release()), text(uname.machine()))
}

/// The standard library does not tell the version of the system there.
#[cfg(not(unix))]
fn kernel() -> (String, String) {
    ("unknown".to_owned(), std::env::consts::ARCH.to_owned())
}

fn short(text: &str, otherwise: &str) -> String {
    match text {
        "" => otherwise.to_owned(),
        text => text.chars().take(LONGEST).collect(),
    }
}
