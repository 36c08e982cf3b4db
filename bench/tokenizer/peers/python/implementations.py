"""Tokenizers from PyPI, and the reference. Each is used with the fastest call that was found.

Each function loads its tokenizer and returns three values: a function from a list of texts to a result, a function from
a result to its rows of ids, and whether the library has its own threads.
"""

import pathlib
import sys


def tokenizers(job):
    """Hugging Face's tokenizers. Environment variables set the number of threads."""
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(job["json"])

    def encode(texts):
        rows = []
        for at in range(0, len(texts), 1024):
            batch = tokenizer.encode_batch_fast(texts[at : at + 1024], add_special_tokens=False)
            rows.extend(encoding.ids for encoding in batch)
        return rows

    return encode, iter, True


def nanotoken(job):
    """nanotoken: one call for all texts. It caches words between calls."""
    import nanotoken

    tokenizer = nanotoken.Tokenizer.from_json(pathlib.Path(job["json"]).read_bytes())
    parallel = job.get("threads", 1) > 1

    def encode(texts):
        return tokenizer.encode_batch(texts, add_special_tokens=False, parallel=parallel)

    return encode, lambda ragged: (ragged[row] for row in range(len(ragged))), True


def iree(job):
    """iree-tokenizer: one call for all texts, into flat arrays."""
    from iree.tokenizer import Tokenizer

    tokenizer = Tokenizer.from_file(job["json"])

    def rows(result):
        ids, lengths = result
        end = 0
        for length in lengths.tolist():
            yield ids[end : end + length]
            end += length

    return tokenizer.encode_batch_to_array, rows, False


def blingfire(job):
    """BlingFire, which cannot read a vocabulary but includes compiled files for these two."""
    import blingfire

    model = {"zh": "bert_chinese.bin", "en": "bert_base_tok.bin"}[job["language"]]
    handle = blingfire.load_model(str(pathlib.Path(blingfire.__file__).with_name(model)))

    def encode(texts):
        # A character yields at most three tokens (its decomposition). 100 is [UNK].
        return [blingfire.text_to_ids(handle, text, 3 * len(text) + 1, 100, True) for text in texts]

    return encode, iter, False


def reference(job):
    """The original Python reference, without a cache."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "scripts/reference"))
    from tokenizer_reference import Reference

    tokenizer = Reference(job["vocab"], True)
    tokenizer.word_piece = tokenizer.word_piece.__wrapped__

    def encode(texts):
        return [tokenizer.ids(text) for text in texts]

    return encode, iter, False
