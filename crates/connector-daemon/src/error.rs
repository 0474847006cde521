//! Why the daemon cannot begin, or ended.

use connector_sdk::Code;

/// Why the daemon cannot begin, or ended. No text holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The client id or the client secret has not the form that it must have.
    #[error("{0}")]
    Credentials(String),
    /// Something else that was set cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The platform does not accept the credentials, and asking again does not help.
    #[error("C1 refuses the credentials: {0}")]
    Refused(String),
    /// The platform refuses this connector for good.
    #[error("C1 refuses the connector: {message}")]
    Hello {
        /// The code of the refusal.
        code: Code,
        /// The words of the platform.
        message: String,
    },
    /// The folder of the state is not to be trusted, or another process uses it.
    #[error("{0}")]
    State(String),
    /// Something of this machine failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// It was asked to stop, and some tasks were not done within the time for it. What they had done is kept.
    #[error("stopped before {0} running tasks had ended; what they had done is kept")]
    Late(usize),
}

impl DaemonError {
    /// What it means; its number is the exit code of a program.
    pub fn code(&self) -> Code {
        match self {
            Self::Credentials(_) | Self::Settings(_) | Self::Io { .. } => Code::Unknown,
            Self::Refused(_) => Code::Unauthenticated,
            Self::Hello { code, .. } => *code,
            Self::State(_) => Code::FailedPrecondition,
            Self::Late(_) => Code::Cancelled,
        }
    }
}

/// The code with this number in gRPC. One that has no name here is a defect of whoever sent it.
pub(crate) fn code_of(status: tonic::Code) -> Code {
    match status {
        tonic::Code::Cancelled | tonic::Code::Aborted => Code::Cancelled,
        tonic::Code::Unknown => Code::Unknown,
        tonic::Code::InvalidArgument | tonic::Code::OutOfRange => Code::InvalidArgument,
        tonic::Code::DeadlineExceeded => Code::DeadlineExceeded,
        tonic::Code::NotFound => Code::NotFound,
        tonic::Code::AlreadyExists => Code::AlreadyExists,
        tonic::Code::PermissionDenied => Code::PermissionDenied,
        tonic::Code::ResourceExhausted => Code::ResourceExhausted,
        tonic::Code::FailedPrecondition => Code::FailedPrecondition,
        tonic::Code::Unimplemented => Code::Unimplemented,
        tonic::Code::Unavailable => Code::Unavailable,
        tonic::Code::Unauthenticated => Code::Unauthenticated,
        tonic::Code::Ok | tonic::Code::Internal | tonic::Code::DataLoss => Code::Internal,
    }
}

/// An error of the SDK's kinds as a status.
pub(crate) fn status(code: Code, message: impl Into<String>) -> tonic::Status {
    tonic::Status::new(tonic::Code::from_i32(i32::from(code.number())), message)
}
