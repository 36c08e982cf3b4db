//! Converts blocks of text to ids on several threads, and writes the ids in the order of the input.
//!
//! The reader assigns the blocks to the workers in rotation, and the writer collects the results in the same rotation,
//! which preserves their order. The channels hold few blocks, so the slowest thread throttles the others, and memory
//! does not grow.
//!
//! After an error, the command exits without joining its threads, since the reader may be waiting for input.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Output, Tokenizer};

use crate::blocks::{Block, check_inputs, name_of, read_all};
use crate::error::{CommandError, warn};
use crate::format::{Width, bin, jsonl};
use crate::options::{Format, Settings};
use crate::vocabulary;

/// The capacity, in blocks, of the channels to and from each worker.
const CHANNEL_CAPACITY: usize = 2;

/// The ids of a block in the output format.
struct Encoded {
    bytes: Vec<u8>,
    input: usize,
    rows: usize,
    invalid_rows: Vec<[u32; 2]>,
}

/// Tokenizes all inputs and writes the ids to stdout.
pub(crate) fn tokenize(settings: Settings) -> Result<(), CommandError> {
    let vocabulary: Arc<str> = vocabulary::read(&settings.vocabulary)?.into();
    let first = vocabulary::tokenizer(&vocabulary, settings.lower_case);
    vocabulary::check(&settings.vocabulary, &first)?;
    check_inputs(&settings.inputs)?;

    let settings = Arc::new(settings);
    let (mut workers, mut results, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    let mut first = Some(first);
    for _ in 0..settings.threads {
        let (to_worker, blocks) = sync_channel(CHANNEL_CAPACITY);
        let (to_writer, encoded) = sync_channel(CHANNEL_CAPACITY);
        let (settings, vocabulary, first) = (Arc::clone(&settings), Arc::clone(&vocabulary), first.take());
        threads.push(thread::spawn(move || {
            // Each worker has its own tokenizer, since a tokenizer's word cache cannot be shared.
            let tokenizer = first.unwrap_or_else(|| vocabulary::tokenizer(&vocabulary, settings.lower_case));
            work(&tokenizer, &settings, &blocks, &to_writer);
        }));
        workers.push(to_worker);
        results.push(encoded);
    }
    let reader = thread::spawn({
        let settings = Arc::clone(&settings);
        move || {
            let mut rotation = workers.iter().cycle();
            read_all(&settings.inputs, |block| rotation.next().is_some_and(|worker| worker.send(block).is_ok()))
        }
    });
    write(&settings, &results)?;
    for thread in threads {
        thread.join().expect("workers do not panic");
    }
    reader.join().expect("the reader does not panic")
}

/// Encodes blocks until the reader or the writer stops.
fn work(tokenizer: &Tokenizer, settings: &Settings, blocks: &Receiver<Block>, to_writer: &SyncSender<Encoded>) {
    let id = |token| tokenizer.token_id(token).expect("the vocabulary was checked for this token");
    let ids = settings.special_tokens.then(|| [[id("[CLS]")], [id("[SEP]")]]);
    let frame = ids.as_ref().map_or(Frame::NONE, |[prefix, suffix]| Frame { prefix, suffix });
    let width = Width::for_vocabulary_size(tokenizer.vocabulary().len());
    let options = LineOptions { frame, max_length: settings.max_length, spans: false, invalid: settings.invalid };
    let mut output = Output::default();
    for Block { text, input } in blocks {
        output.clear();
        tokenizer.encode_lines(&text, options, &mut output);
        let mut ends = output.row_ends();
        if settings.invalid == InvalidUtf8::Fail && !output.invalid_rows().is_empty() {
            // The last row is invalid.
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

/// Writes the workers' results in rotation, until a worker has no more results.
fn write(settings: &Settings, results: &[Receiver<Encoded>]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    let (mut input, mut lines, mut invalid) = (0, 0, 0);
    for encoded in results.iter().cycle().map_while(|worker| worker.recv().ok()) {
        if encoded.input != input {
            (input, lines) = (encoded.input, 0);
        }
        stdout.write_all(&encoded.bytes).map_err(CommandError::Output)?;
        if let (InvalidUtf8::Fail, Some([row, byte])) = (settings.invalid, encoded.invalid_rows.first()) {
            stdout.flush().map_err(CommandError::Output)?;
            let (name, line) = (name_of(&settings.inputs, input), lines + *row as usize + 1);
            return Err(CommandError::Input(format!(
                "{name}, line {line}, byte {}: invalid UTF-8. Convert the file to UTF-8, or set --invalid-utf8 to replace or skip.",
                byte + 1
            )));
        }
        invalid += encoded.invalid_rows.len();
        lines += encoded.rows;
    }
    stdout.flush().map_err(CommandError::Output)?;
    if invalid > 0 {
        let handling = if settings.invalid == InvalidUtf8::Skip { "left empty" } else { "invalid bytes ignored" };
        warn(&format!("lines with invalid UTF-8: {invalid} ({handling})"));
    }
    Ok(())
}
