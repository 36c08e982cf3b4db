//! Input, in blocks of whole lines.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::fault::Fault;

/// Enough text to make the handing over cheap, and little enough to stay in a processor's cache with its tokens.
const BLOCK_BYTES: usize = 1 << 18;

/// Whole lines of one input.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) text: Vec<u8>,
    /// Which of the inputs this comes from.
    pub(crate) input: usize,
}

/// Says what cannot be read before anything is.
pub(crate) fn check_inputs(inputs: &[PathBuf]) -> Result<(), Fault> {
    for path in inputs.iter().filter(|path| !is_stdin(path)) {
        let refuse = |what: String| Fault::Input(format!("{}: {what}", path.display()));
        match fs::metadata(path) {
            Err(error) => return Err(refuse(error.to_string())),
            Ok(about) if about.is_dir() => return Err(refuse("a folder; name its files".to_owned())),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// How an input is called in messages.
pub(crate) fn name_of(inputs: &[PathBuf], input: usize) -> String {
    inputs.get(input).filter(|path| !is_stdin(path)).map_or("stdin".to_owned(), |path| path.display().to_string())
}

/// Cuts all inputs into blocks and hands each to `send`, which says whether to go on.
pub(crate) fn read_all(inputs: &[PathBuf], mut send: impl FnMut(Block) -> bool) -> Result<(), Fault> {
    for input in 0..inputs.len().max(1) {
        let failed = |error: io::Error| Fault::Failed(format!("{}: {error}", name_of(inputs, input)));
        let path = inputs.get(input).filter(|path| !is_stdin(path));
        let goes_on = match path {
            Some(path) => {
                read_lines(File::open(path).map_err(failed)?, BLOCK_BYTES, |text| send(Block { text, input }))
            }
            None => read_lines(io::stdin().lock(), BLOCK_BYTES, |text| send(Block { text, input })),
        };
        if !goes_on.map_err(failed)? {
            break;
        }
    }
    Ok(())
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Cuts a stream behind line feeds into blocks of about `size` bytes, or of one line where that is longer. The last
/// needs no line feed. Says whether all blocks were taken.
fn read_lines(mut stream: impl Read, size: usize, mut send: impl FnMut(Vec<u8>) -> bool) -> io::Result<bool> {
    let mut block = Vec::with_capacity(size);
    loop {
        let known = block.len();
        // A line that is longer than a block is read in doubling steps, and searched for its end only once.
        let wanted = size.max(2 * known) - known;
        let read = stream.by_ref().take(wanted as u64).read_to_end(&mut block)?;
        if read == 0 {
            return Ok(block.is_empty() || send(block));
        }
        if let Some(last) = block[known..].iter().rposition(|&byte| byte == b'\n') {
            let mut next = Vec::with_capacity(size);
            next.extend_from_slice(&block[known + last + 1..]);
            block.truncate(known + last + 1);
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
    fn blocks_end_behind_line_feeds_and_lose_nothing() {
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
    fn a_reader_that_wants_no_more_ends_the_reading() {
        let mut taken = 0;
        let all = read_lines(&b"a\nb\nc\n"[..], 2, |_| {
            taken += 1;
            taken < 2
        });
        assert!(!all.unwrap());
        assert_eq!(taken, 2);
    }
}
