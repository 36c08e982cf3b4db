//! Converts text to BERT's token ids, line by line. Reads files or stdin, and writes ids to stdout.

mod blocks;
mod error;
mod format;
mod options;
mod pipeline;
mod vocabulary;

use std::io::Write;
use std::process::ExitCode;

use error::{CommandError, warn};
use options::{Command, HELP};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(message) = error.message() {
                warn(&message);
            }
            error.exit_code()
        }
    }
}

fn run() -> Result<(), CommandError> {
    match options::parse(lexopt::Parser::from_env())? {
        Command::Print(text) => std::io::stdout().write_all(text.as_bytes()).map_err(CommandError::Output),
        Command::Help => std::io::stdout().write_all(HELP.as_bytes()).map_err(CommandError::Output),
        Command::Tokenize(settings) => pipeline::tokenize(settings),
    }
}
