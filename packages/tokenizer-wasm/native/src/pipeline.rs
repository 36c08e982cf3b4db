//! From blocks of text to ids in the order of the input, on several threads.
//!
//! The reader deals the blocks to the workers in turn, and the writer collects in the same turn: the order needs no
//! numbers. All channels are short, so whoever is slowest holds up the others, and memory does not grow.
//!
//! Nobody waits for threads after a fault: the reader may be waiting for input that never comes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bertie_tokenizer::{InvalidUtf8, LineOptions, Output, Tokenizer};

use crate::blocks::{Block, check_inputs, name_of, read_all};
use crate::fault::{Fault, warn};
use crate::format::{Width, bin, jsonl};
use crate::options::{Format, Settings};
use crate::vocabulary;

/// Blocks that may wait before and behind each worker.
const WAITING: usize = 2;

/// A block's ids, as they will be written.
struct Encoded {
    bytes: Vec<u8>,
    input: usize,
    rows: usize,
    invalid_rows: Vec<[u32; 2]>,
}

/// Tokenizes all inputs to stdout.
pub(crate) fn tokenize(settings: Settings) -> Result<(), Fault> {
    let vocabulary: Arc<str> = vocabulary::read(&settings.vocabulary)?.into();
    let first = vocabulary::tokenizer(&vocabulary, settings.lower_case);
    vocabulary::check(&settings.vocabulary, &first)?;
    check_inputs(&settings.inputs)?;

    let settings = Arc::new(settings);
    let (mut workers, mut results, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    let mut first = Some(first);
    for _ in 0..settings.threads {
        let (to_worker, blocks) = sync_channel(WAITING);
        let (to_writer, encoded) = sync_channel(WAITING);
        let (settings, vocabulary, first) = (Arc::clone(&settings), Arc::clone(&vocabulary), first.take());
        threads.push(thread::spawn(move || {
            // Each has a tokenizer of its own, as each has a memory of words of its own.
            let tokenizer = first.unwrap_or_else(|| vocabulary::tokenizer(&vocabulary, settings.lower_case));
            work(&tokenizer, &settings, &blocks, &to_writer);
        }));
        workers.push(to_worker);
        results.push(encoded);
    }
    let reader = thread::spawn({
        let settings = Arc::clone(&settings);
        move || {
            let mut turns = workers.iter().cycle();
            read_all(&settings.inputs, |block| turns.next().is_some_and(|worker| worker.send(block).is_ok()))
        }
    });
    write(&settings, &results)?;
    for thread in threads {
        thread.join().expect("workers do not panic");
    }
    reader.join().expect("the reader does not panic")
}

/// Encodes blocks until there are no more, or nobody wants the ids.
fn work(tokenizer: &Tokenizer, settings: &Settings, blocks: &Receiver<Block>, to_writer: &SyncSender<Encoded>) {
    let id = |token| tokenizer.token_id(token).expect("the vocabulary was checked for it");
    let frame = settings.special_tokens.then(|| [id("[CLS]"), id("[SEP]")]);
    let width = Width::for_vocabulary_of(tokenizer.vocabulary().len());
    let options = LineOptions { frame, max_length: settings.max_length, spans: false, invalid: settings.invalid };
    let mut output = Output::default();
    for Block { text, input } in blocks {
        output.clear();
        tokenizer.encode_lines(&text, options, &mut output);
        let mut ends = output.row_ends();
        if settings.invalid == InvalidUtf8::Fail && !output.invalid_rows().is_empty() {
            // The last row is the one that is refused.
            ends = &ends[..ends.len() - 1];
        }
        let ids = &output.ids()[..ends.last().map_or(0, |&end| end as usize)];
        let bytes = match settings.format {
            Format::Bin => bin(ids, width),
            Format::Jsonl => jsonl(ids, ends),
        };
        let (rows, invalid_rows) = (ends.len(), output.invalid_rows().to_vec());
        if to_writer.send(Encoded { bytes, input, rows, invalid_rows }).is_err() {
            return;
        }
    }
}

/// Writes what the workers give, in turn, until one of them has no more.
fn write(settings: &Settings, results: &[Receiver<Encoded>]) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    let (mut input, mut lines, mut invalid) = (0, 0, 0);
    for encoded in results.iter().cycle().map_while(|worker| worker.recv().ok()) {
        if encoded.input != input {
            (input, lines) = (encoded.input, 0);
        }
        stdout.write_all(&encoded.bytes).map_err(Fault::Output)?;
        if let (InvalidUtf8::Fail, Some([row, byte])) = (settings.invalid, encoded.invalid_rows.first()) {
            stdout.flush().map_err(Fault::Output)?;
            let (name, line) = (name_of(&settings.inputs, input), lines + *row as usize + 1);
            return Err(Fault::Input(format!(
                "{name}, line {line}, byte {}: no UTF-8; mend the file, or ask to replace or skip such lines",
                byte + 1
            )));
        }
        invalid += encoded.invalid_rows.len();
        lines += encoded.rows;
    }
    stdout.flush().map_err(Fault::Output)?;
    if invalid > 0 {
        let done = if settings.invalid == InvalidUtf8::Skip { "left empty" } else { "read without their bad bytes" };
        warn(&format!("lines that are no UTF-8, {done}: {invalid}"));
    }
    Ok(())
}
