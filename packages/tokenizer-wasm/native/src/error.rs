//! Errors, their messages and their exit codes.

use std::io::{self, Error, ErrorKind, Write};
use std::process::ExitCode;

/// An error that ends the command.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// Invalid usage or input. The message contains the problem, its location, and how to fix it.
    Input(String),
    /// A failure that the input did not cause.
    Failed(String),
    /// A failure to write to stdout.
    Output(Error),
}

impl CommandError {
    /// Returns the message, which is one line, or `None` if the reader of stdout has closed the pipe, which is not an
    /// error.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Input(message) | Self::Failed(message) => Some(message.clone()),
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => None,
            Self::Output(error) => Some(format!("stdout: {error}")),
        }
    }

    /// Returns the exit code of the command.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Failed(_) | Self::Output(_) => ExitCode::from(1),
        }
    }
}

impl From<lexopt::Error> for CommandError {
    fn from(error: lexopt::Error) -> Self {
        Self::Input(format!("{error}. See --help."))
    }
}

/// Writes a message to stderr.
pub(crate) fn warn(message: &str) {
    // Ignore a closed stderr.
    let _ = writeln!(io::stderr(), "bertie-tokenize: {message}");
}
