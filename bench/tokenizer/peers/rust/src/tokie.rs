//! The crate tokie, called for one text at a time, with the ids in one flat buffer.

use crate::{Implementation, Job, Rows};
use tokie::Tokenizer;

pub struct Tokie {
    tokenizer: Tokenizer,
    ids: Vec<u32>,
    ends: Vec<u32>,
}

impl Tokie {
    pub fn new(job: &Job) -> Self {
        let tokenizer = Tokenizer::from_json(&job.json).expect("a tokenizer.json");
        Self { tokenizer, ids: Vec::new(), ends: Vec::new() }
    }
}

impl Implementation for Tokie {
    fn texts(&mut self, texts: &[&str]) {
        self.ids.clear();
        self.ends.clear();
        for text in texts {
            self.ids.extend(self.tokenizer.encode_ids(text, false));
            self.ends.push(self.ids.len() as u32);
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { ids: &self.ids, ends: &self.ends }
    }
}
