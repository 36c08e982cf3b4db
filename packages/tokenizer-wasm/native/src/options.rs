//! The command line.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use bertie_tokenizer::InvalidUtf8;
use lexopt::{Arg, Parser, ValueExt};

use crate::fault::Fault;

pub(crate) const HELP: &str = "\
usage: bertie-tokenize --vocab-file FILE [options] [FILE…]

Turns every line of the files, or of stdin, into BERT's token ids, and writes them to stdout in order.

  --vocab-file FILE      the vocab.txt: a token a line
  --lower-case           lower-case words and strip their accents (uncased models)
  --format bin|jsonl     bin: ids alone, little-endian, 16 bits each, or 32 if the vocabulary has more than 65,536 tokens;
                         jsonl (default): {\"ids\":[…]}, a line for a line
  --max-length N         cut rows to N tokens, [CLS] and [SEP] among them
  --no-special-tokens    put no [CLS] and [SEP] around rows
  --invalid-utf8 HOW     lines that are no UTF-8: replace (default: their bad bytes are dropped), skip (their row is
                         empty) or fail
  --threads N            threads that tokenize (default: one a processor)
  --help, --version

Exit codes: 0 done; 1 the run failed; 2 wrong usage or input.
";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    /// Text to print, and nothing else to do.
    Print(String),
    Tokenize(Settings),
}

/// How to tokenize what.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) vocabulary: PathBuf,
    pub(crate) lower_case: bool,
    pub(crate) special_tokens: bool,
    pub(crate) format: Format,
    pub(crate) max_length: usize,
    pub(crate) invalid: InvalidUtf8,
    pub(crate) threads: usize,
    /// Files to read; stdin if there are none, or where one is `-`.
    pub(crate) inputs: Vec<PathBuf>,
}

/// How ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Bin,
    Jsonl,
}

/// Reads the command line. Options may be written with underscores, as those of `bertie` may.
pub(crate) fn parse(mut parser: Parser) -> Result<Command, Fault> {
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
            _ => return Err(Fault::Input(format!("there is no option {name}; see --help"))),
        }
    }
    let Some(vocabulary) = vocabulary else {
        return Err(Fault::Input("say which vocabulary: --vocab-file FILE; see --help".to_owned()));
    };
    if settings.special_tokens && settings.max_length < 2 {
        return Err(Fault::Input("--max-length 1 leaves no room for [CLS] and [SEP]: give at least 2".to_owned()));
    }
    Ok(Command::Tokenize(Settings { vocabulary, ..settings }))
}

const FORMATS: &[(&str, Format)] = &[("bin", Format::Bin), ("jsonl", Format::Jsonl)];
const INVALID: &[(&str, InvalidUtf8)] =
    &[("replace", InvalidUtf8::Replace), ("skip", InvalidUtf8::Skip), ("fail", InvalidUtf8::Fail)];

fn one_of<T: Copy>(name: &str, value: &OsStr, choices: &[(&str, T)]) -> Result<T, Fault> {
    choices.iter().find(|(choice, _)| value == *choice).map(|&(_, chosen)| chosen).ok_or_else(|| {
        let choices: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
        Fault::Input(format!("{name} is \"{}\": give {}", value.display(), choices.join(" or ")))
    })
}

fn positive(name: &str, value: &OsString) -> Result<usize, Fault> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Fault::Input(format!("{name} must be a whole number from 1 on"))),
    }
}

fn version() -> String {
    format!("bertie-tokenize {} (Unicode {})\n", env!("CARGO_PKG_VERSION"), bertie_tokenizer::unicode::UNICODE_VERSION)
}
