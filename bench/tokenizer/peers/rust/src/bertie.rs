//! Bertie's crate as a native library.

use crate::{Corpus, Implementation, Job, Rows};
use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, Output, Tokenizer, Vocabulary};

pub struct Bertie {
    tokenizer: Tokenizer,
    offsets: bool,
    output: Output,
}

impl Bertie {
    pub fn new(job: &Job, offsets: bool) -> Self {
        let vocabulary = Vocabulary::from_lines(&std::fs::read_to_string(&job.vocab).expect("a vocabulary"));
        let special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"];
        let tokenizer = Tokenizer::new(vocabulary, Options::default(), &special);
        Self { tokenizer, offsets, output: Output::default() }
    }
}

impl Implementation for Bertie {
    fn texts(&mut self, texts: &[&str]) {
        self.output.clear();
        self.tokenizer.encode(texts.iter().map(|text| text.as_bytes()), self.offsets, &mut self.output);
    }

    fn corpus(&mut self, corpus: &Corpus) {
        self.output.clear();
        let options = LineOptions {
            frame: Frame::NONE,
            max_length: usize::MAX,
            spans: self.offsets,
            invalid: InvalidUtf8::Replace,
        };
        self.tokenizer.encode_lines(corpus.bytes, options, &mut self.output);
    }

    fn rows(&self) -> Rows<'_> {
        Rows { ids: self.output.ids(), ends: self.output.row_ends() }
    }
}
