"""Encodes columns of Arrow tables with the tokenizer of a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bertie_tokenizer import Tokenizer

from .columns import INVALID_UTF8, NULL, Texts
from .errors import BertieError
from .rows import Bodies, Fit, Rows, fit_rows
from .tokenizer_files import TokenizerFiles, read_tokenizer_files


@dataclass(frozen=True)
class Encoded:
    """Encoded texts."""

    rows: Rows
    """One row per text, or per window of a text. A row that cannot be used has the tokens of an empty text."""
    bad: np.ndarray
    """Why a text cannot be used, uint8, shape ``[texts]``: an index of ``REASONS``, 0 for usable texts."""


class Encoder:
    """Tokenizer of a model for columns of Arrow tables.

    ``model`` is a model directory; ``lowercase`` replaces the setting of the model. ``module`` is the path of
    bertie_tokenizer.wasm if it is not beside bertie_tokenizer.py.

    Raises BertieError if the model's tokenizer is not supported, or if its files do not say whether texts are lowercased.
    """

    def __init__(
        self, model: str | Path, fit: Fit, *, lowercase: bool | None = None, module: str | Path | None = None
    ) -> None:
        files = read_tokenizer_files(model)
        if lowercase is None and files.lowercase is None:
            raise BertieError(f"{model}: no file says whether texts are lowercased. Set lowercase to True or False.")
        self.files = files
        self.fit = fit
        self.tokenizer = _tokenizer(files, files.lowercase if lowercase is None else lowercase, module)
        tokens = [self.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        if None in tokens:
            raise BertieError(f"{model}: the vocabulary lacks [CLS] or [SEP]. Pass the vocabulary of a BERT model.")
        self._cls, self._sep = tokens

    def encode(self, first: Texts, second: Texts | None = None, *, add_special_tokens: bool = True) -> Encoded:
        """Encodes texts, or pairs of texts if there are second texts."""
        bad = np.zeros(len(first), np.uint8)
        if second is None and self.fit.long_text == "truncate":
            limit = self.fit.max_length
            options = {"add_special_tokens": add_special_tokens, "max_length": limit, "invalid_utf8": "skip"}
            encodings = self.tokenizer.encode_rows(first.data, first.row_offsets, **options)
            _mark(bad, first, encodings.invalid_rows)
            zeros = np.zeros(len(encodings.ids), np.int32)
            rows = Rows(encodings.ids, zeros, encodings.row_offsets, np.arange(len(first)))
            return Encoded(rows, bad)
        bodies = [self._bodies(texts, bad) for texts in (first, second) if texts is not None]
        special = (self._cls, self._sep) if add_special_tokens else (None, None)
        return Encoded(fit_rows(bodies[0], bodies[1] if second is not None else None, self.fit, *special), bad)

    def _bodies(self, texts: Texts, bad: np.ndarray) -> Bodies:
        options = {"add_special_tokens": False, "invalid_utf8": "skip"}
        encodings = self.tokenizer.encode_rows(texts.data, texts.row_offsets, **options)
        _mark(bad, texts, encodings.invalid_rows)
        return Bodies(encodings.ids, encodings.row_offsets)


def _mark(bad: np.ndarray, texts: Texts, invalid_rows: list[int]) -> None:
    bad[invalid_rows] = INVALID_UTF8
    bad[texts.is_null] = NULL


def _tokenizer(files: TokenizerFiles, lowercase: bool, module: str | Path | None) -> Tokenizer:
    return Tokenizer(
        files.vocabulary,
        lowercase=lowercase,
        strip_accents=files.strip_accents,
        tokenize_chinese_chars=files.tokenize_chinese_chars,
        special_tokens=files.special_tokens,
        added_tokens=files.added_tokens,
        module=module,
    )
