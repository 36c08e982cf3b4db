//! Reads the input in blocks of lines.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::CommandError;

/// The size of a block: large enough that passing it between threads is cheap, and small enough that the text and its
/// tokens fit into a CPU's cache.
const BLOCK_BYTES: usize = 1 << 18;

/// Lines of one input.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) text: Vec<u8>,
    /// The index of the input.
    pub(crate) input: usize,
}

/// Checks that all inputs exist and are not directories, before any of them is read.
pub(crate) fn check_inputs(inputs: &[PathBuf]) -> Result<(), CommandError> {
    for path in inputs.iter().filter(|path| !is_stdin(path)) {
        let input_error = |text: String| CommandError::Input(format!("{}: {text}", path.display()));
        match fs::metadata(path) {
            Err(error) => return Err(input_error(error.to_string())),
            Ok(metadata) if metadata.is_dir() => {
                return Err(input_error("is a directory. Pass the files in it instead.".to_owned()));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Returns the name of an input for messages.
pub(crate) fn name_of(inputs: &[PathBuf], input: usize) -> String {
    inputs.get(input).filter(|path| !is_stdin(path)).map_or("stdin".to_owned(), |path| path.display().to_string())
}

/// Splits all inputs into blocks and passes each to `send`, which returns whether to continue.
pub(crate) fn read_all(inputs: &[PathBuf], mut send: impl FnMut(Block) -> bool) -> Result<(), CommandError> {
    for input in 0..inputs.len().max(1) {
        let failed = |error: io::Error| CommandError::Failed(format!("{}: {error}", name_of(inputs, input)));
        let path = inputs.get(input).filter(|path| !is_stdin(path));
        let continues = match path {
            Some(path) => {
                read_lines(File::open(path).map_err(failed)?, BLOCK_BYTES, |text| send(Block { text, input }))
            }
            None => read_lines(io::stdin().lock(), BLOCK_BYTES, |text| send(Block { text, input })),
        };
        if !continues.map_err(failed)? {
            break;
        }
    }
    Ok(())
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Splits a stream after line feeds into blocks of about `size` bytes, or of one line if the line is longer. The last
/// line may lack a line feed. Returns whether `send` accepted all blocks.
fn read_lines(mut stream: impl Read, size: usize, mut send: impl FnMut(Vec<u8>) -> bool) -> io::Result<bool> {
    let mut block = Vec::with_capacity(size);
    loop {
        let searched = block.len();
        // The buffer doubles for a line that is longer than a block, and each byte is searched for a line feed only
        // once.
        let wanted = size.max(2 * searched) - searched;
        let read = stream.by_ref().take(wanted as u64).read_to_end(&mut block)?;
        if read == 0 {
            return Ok(block.is_empty() || send(block));
        }
        if let Some(last) = block[searched..].iter().rposition(|&byte| byte == b'\n') {
            let mut next = Vec::with_capacity(size);
            next.extend_from_slice(&block[searched + last + 1..]);
            block.truncate(searched + last + 1);
            if !send(std::mem::replace(&mut block, next)) {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str, size: usize) -> Vec<String> {
        let mut blocks = Vec::new();
        let all = read_lines(text.as_bytes(), size, |block| {
            blocks.push(String::from_utf8(block).unwrap());
            true
        });
        assert!(all.unwrap());
        blocks
    }

    #[test]
    fn read_lines_splits_after_line_feeds_and_keeps_all_bytes() {
        assert_eq!(blocks("", 4), [""; 0]);
        assert_eq!(blocks("ab\ncd\n", 4), ["ab\n", "cd\n"]);
        assert_eq!(blocks("a\nb\nc", 4), ["a\nb\n", "c"]);
        assert_eq!(blocks("\n\n\n", 2), ["\n\n", "\n"]);
        assert_eq!(blocks("a long line\nbcd\nefg\n", 4), ["a long line\nbcd\n", "efg\n"]);
        assert_eq!(blocks("no end", 2), ["no end"]);
        let text = "line of text\n".repeat(50);
        for size in 1..40 {
            assert_eq!(blocks(&text, size).concat(), text);
        }
    }

    #[test]
    fn read_lines_stops_when_send_returns_false() {
        let mut accepted = 0;
        let all = read_lines(&b"a\nb\nc\n"[..], 2, |_| {
            accepted += 1;
            accepted < 2
        });
        assert!(!all.unwrap());
        assert_eq!(accepted, 2);
    }
}
