//! What can go wrong, and what is said about it.

use std::io::{self, Error, ErrorKind, Write};
use std::process::ExitCode;

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Wrong usage or input: what, where, and how to mend it.
    Input(String),
    /// A run that failed for no fault of its input.
    Failed(String),
    /// What could not be written to stdout.
    Output(Error),
}

impl Fault {
    /// One line, or nothing if the reader of stdout has gone.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Input(message) | Self::Failed(message) => Some(message.clone()),
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => None,
            Self::Output(error) => Some(format!("stdout: {error}")),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Failed(_) | Self::Output(_) => ExitCode::from(1),
        }
    }
}

impl From<lexopt::Error> for Fault {
    fn from(error: lexopt::Error) -> Self {
        Self::Input(format!("{error}; see --help"))
    }
}

/// Says on stderr what does not stop the run.
pub(crate) fn warn(message: &str) {
    // That nobody listens is no reason to stop either.
    let _ = writeln!(io::stderr(), "bertie-tokenize: {message}");
}
