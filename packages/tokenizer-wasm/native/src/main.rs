//! Turns text into BERT's token ids, line by line: files or stdin in, ids to stdout.

mod blocks;
mod fault;
mod format;
mod options;
mod pipeline;
mod vocabulary;

use std::io::Write;
use std::process::ExitCode;

use fault::{Fault, warn};
use options::{Command, HELP};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            // Whoever closed the pipe wants no more, and no complaint.
            if let Some(message) = fault.message() {
                warn(&message);
            }
            fault.exit_code()
        }
    }
}

fn run() -> Result<(), Fault> {
    match options::parse(lexopt::Parser::from_env())? {
        Command::Print(text) => std::io::stdout().write_all(text.as_bytes()).map_err(Fault::Output),
        Command::Help => std::io::stdout().write_all(HELP.as_bytes()).map_err(Fault::Output),
        Command::Tokenize(settings) => pipeline::tokenize(settings),
    }
}
