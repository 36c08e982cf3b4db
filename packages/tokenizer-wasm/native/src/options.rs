//! The command line.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use bertie_tokenizer::InvalidUtf8;
use lexopt::{Arg, Parser, ValueExt};

use crate::error::CommandError;

pub(crate) const HELP: &str = "\
usage: bertie-tokenize --vocab-file FILE [options] [FILE…]

Converts each line of the files, or of stdin, to BERT's token ids, and writes the ids to stdout in the order of the input.

  --vocab-file FILE      vocab.txt of the model, with one token per line (required)
  --lower-case           convert to lower case and strip accents, as uncased models require
  --format bin|jsonl     bin: little-endian ids of 16 bits, or of 32 bits if the vocabulary has more than 65,536 tokens;
                         jsonl (default): one line {\"ids\":[…]} per line of input
  --max-length N         truncate rows to N tokens, including [CLS] and [SEP] (default: unlimited)
  --no-special-tokens    do not add [CLS] and [SEP]
  --invalid-utf8 HOW     handling of lines that are not valid UTF-8: replace (ignore the invalid bytes; default), skip
                         (write an empty row) or fail
  --threads N            number of tokenizer threads (default: number of CPUs)
  --help                 show this help
  --version              show the version

Exit codes: 0 success; 1 failure; 2 invalid usage or input.
";

/// The action that the command line requests.
#[derive(Debug)]
pub(crate) enum Command {
    /// Prints the help text.
    Help,
    /// Prints a text.
    Print(String),
    /// Converts text to token ids.
    Tokenize(Settings),
}

/// The settings for converting text.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) vocabulary: PathBuf,
    pub(crate) lower_case: bool,
    pub(crate) special_tokens: bool,
    pub(crate) format: Format,
    pub(crate) max_length: usize,
    pub(crate) invalid: InvalidUtf8,
    pub(crate) threads: usize,
    /// The files to read. `-` and an empty list mean stdin.
    pub(crate) inputs: Vec<PathBuf>,
}

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Bin,
    Jsonl,
}

/// Parses the command line. Options may contain underscores instead of hyphens, as in `bertie`.
pub(crate) fn parse(mut parser: Parser) -> Result<Command, CommandError> {
    let mut vocabulary = None;
    let mut settings = Settings {
        vocabulary: PathBuf::new(),
        lower_case: false,
        special_tokens: true,
        format: Format::Jsonl,
        max_length: usize::MAX,
        invalid: InvalidUtf8::Replace,
        threads: available_parallelism().map_or(1, NonZeroUsize::get),
        inputs: Vec::new(),
    };
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Arg::Value(path) => {
                settings.inputs.push(path.into());
                continue;
            }
            Arg::Short(letter) => format!("-{letter}"),
            Arg::Long(name) => format!("--{}", name.replace('_', "-")),
        };
        match name.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "-V" | "--version" => return Ok(Command::Print(version())),
            "--vocab-file" => vocabulary = Some(parser.value()?.into()),
            "--lower-case" | "--do-lower-case" => settings.lower_case = true,
            "--no-special-tokens" => settings.special_tokens = false,
            "--format" => settings.format = one_of(&name, &parser.value()?, FORMATS)?,
            "--invalid-utf8" => settings.invalid = one_of(&name, &parser.value()?, INVALID)?,
            "--max-length" => settings.max_length = positive(&name, &parser.value()?)?,
            "--threads" => settings.threads = positive(&name, &parser.value()?)?,
            _ => return Err(CommandError::Input(format!("unknown option {name}. See --help."))),
        }
    }
    let Some(vocabulary) = vocabulary else {
        return Err(CommandError::Input("missing option --vocab-file FILE. See --help.".to_owned()));
    };
    if settings.special_tokens && settings.max_length < 2 {
        return Err(CommandError::Input("--max-length is 1. Expected at least 2, for [CLS] and [SEP].".to_owned()));
    }
    Ok(Command::Tokenize(Settings { vocabulary, ..settings }))
}

const FORMATS: &[(&str, Format)] = &[("bin", Format::Bin), ("jsonl", Format::Jsonl)];
const INVALID: &[(&str, InvalidUtf8)] =
    &[("replace", InvalidUtf8::Replace), ("skip", InvalidUtf8::Skip), ("fail", InvalidUtf8::Fail)];

fn one_of<T: Copy>(name: &str, value: &OsStr, choices: &[(&str, T)]) -> Result<T, CommandError> {
    choices.iter().find(|(choice, _)| value == *choice).map(|&(_, chosen)| chosen).ok_or_else(|| {
        let choices: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
        CommandError::Input(format!("{name} is \"{}\". Expected {}.", value.display(), choices.join(" or ")))
    })
}

fn positive(name: &str, value: &OsString) -> Result<usize, CommandError> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(CommandError::Input(format!(
            "{name} is \"{}\". Expected a whole number of at least 1.",
            value.display()
        ))),
    }
}

fn version() -> String {
    format!("bertie-tokenize {} (Unicode {})\n", env!("CARGO_PKG_VERSION"), bertie_tokenizer::unicode::UNICODE_VERSION)
}
