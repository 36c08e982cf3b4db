//! Rows of one length, side by side: what a model takes.

use crate::output::Output;

/// What is put around and behind the rows.
#[derive(Clone, Copy, Debug)]
pub struct BatchLayout {
    /// The length of every row.
    pub length: usize,
    /// Ids to put before the first text, and behind every text: `[CLS]` and `[SEP]`.
    pub frame: Option<[u32; 2]>,
    /// The id that rows are filled up with: `[PAD]`.
    pub padding: u32,
}

impl BatchLayout {
    /// Instead of a number of tokens: there is no such text.
    pub const NO_TEXT: u32 = u32::MAX;
}

/// Arrays of shape [rows, length].
#[derive(Debug, Default)]
pub struct Batch {
    /// Tokens, special tokens and padding.
    pub ids: Vec<u32>,
    /// 1 for the second text and the special token behind it, else 0.
    pub type_ids: Vec<u32>,
    /// 0 for padding, else 1.
    pub attention_mask: Vec<u32>,
    /// Where each token begins and ends in its text, if the output has that; else empty.
    pub spans: Vec<[u32; 2]>,
}

impl Output {
    /// Lays rows out as a batch: for each item the first so many tokens of its text and, unless that is
    /// [`BatchLayout::NO_TEXT`], of its second text, whose row is the next. They must fit in with the frame.
    pub fn lay_out(&self, items: &[[u32; 2]], layout: BatchLayout, batch: &mut Batch) {
        let BatchLayout { length, frame, padding } = layout;
        let total = items.len() * length;
        batch.ids.clear();
        batch.ids.resize(total, padding);
        for zeros in [&mut batch.type_ids, &mut batch.attention_mask] {
            zeros.clear();
            zeros.resize(total, 0);
        }
        batch.spans.clear();
        batch.spans.resize(if self.has_spans() { total } else { 0 }, [0, 0]);
        let mut row = 0;
        for (item, texts) in items.iter().enumerate() {
            let start = item * length;
            let mut at = start;
            if let Some([before, _]) = frame {
                batch.ids[at] = before;
                at += 1;
            }
            for (type_id, &kept) in (0..).zip(texts).filter(|&(_, &kept)| kept != BatchLayout::NO_TEXT) {
                let first = self.row(row).start;
                let from = at;
                at += kept as usize;
                batch.ids[from..at].copy_from_slice(&self.ids()[first..first + kept as usize]);
                if self.has_spans() {
                    batch.spans[from..at].copy_from_slice(&self.spans()[first..first + kept as usize]);
                }
                if let Some([_, behind]) = frame {
                    batch.ids[at] = behind;
                    at += 1;
                }
                batch.type_ids[from..at].fill(type_id);
                row += 1;
            }
            batch.attention_mask[start..at].fill(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Tokenizer, Vocabulary};

    #[test]
    fn texts_and_pairs_are_framed_and_filled_up() {
        let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
        let tokenizer = Tokenizer::new(vocabulary, Options::default(), &[]);
        let mut output = Output::default();
        tokenizer.encode(["a b", "b b", "a"].map(str::as_bytes), true, &mut output);
        let mut batch = Batch::default();
        let layout = BatchLayout { length: 6, frame: Some([2, 3]), padding: 0 };
        output.lay_out(&[[2, 1], [1, BatchLayout::NO_TEXT]], layout, &mut batch);
        assert_eq!(batch.ids, [2, 4, 5, 3, 5, 3, 2, 4, 3, 0, 0, 0]);
        assert_eq!(batch.type_ids, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(batch.attention_mask, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
        assert_eq!(batch.spans[1..5], [[0, 1], [2, 3], [0, 0], [0, 1]]);
        assert_eq!(batch.spans[7], [0, 1]);
    }
}
