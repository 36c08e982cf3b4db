"""Classifies texts with a model that ``bertie export`` has written. Results are those of ``bertie predict``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa

from .batches import Columns, check_bad_rows, pieces_of, with_columns
from .columns import Texts
from .encoder import Encoder
from .errors import BertieError
from .model_files import ModelFiles, read_model_files
from .rows import Fit, Rows

BATCH_TOKENS, LARGEST_BATCH = 1024, 64
SMALLEST = 1e-12
"""Smallest probability that is distinguished from 0 when windows are averaged."""


def prediction_type(files: ModelFiles) -> pa.DataType:
    """Returns the type of predictions: a structure whose fields depend on the kind of problem."""
    if files.problem_type == "regression":
        return pa.struct([("value", pa.float32())])
    probabilities = ("probabilities", pa.list_(pa.float32()))
    if files.problem_type == "multi_label_classification":
        return pa.struct([("labels", pa.list_(pa.string())), probabilities])
    return pa.struct([("label", pa.string()), ("score", pa.float32()), probabilities])


class Classifier:
    """Classifier for columns of Arrow tables.

    ``model`` is the directory that ``bertie export`` has written, and ``dtype`` selects one of its models. ``threads`` is the
    number of threads per batch (default: ``OMP_NUM_THREADS``, or 1). ``module`` is the path of bertie_tokenizer.wasm.

    Raises BertieError if a file of the model is missing, malformed or not supported.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        dtype: str = "fp32",
        threads: int | None = None,
        module: str | Path | None = None,
    ) -> None:
        self.files = read_model_files(model, dtype)
        fit = Fit(self.files.max_length, self.files.long_text, self.files.window_overlap)
        self.encoder = Encoder(model, fit, lowercase=self.files.lowercase, module=module)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or int(os.environ.get("OMP_NUM_THREADS", "1"))
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            self.files.onnx, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {value.name for value in self._session.get_inputs()}

    def check_pairs(self, has_pairs: bool) -> None:
        """Raises BertieError if the model classifies pairs of texts and there are none, or the other way round."""
        if self.files.pairs is None or self.files.pairs == has_pairs:
            return
        expected = "pairs of texts: set pair_column" if self.files.pairs else "single texts: remove pair_column"
        raise BertieError(f"{self.files.onnx.parent.parent}: the model classifies {expected}.")

    def predict(self, first: Texts, second: Texts | None = None) -> tuple[pa.Array, np.ndarray]:
        """Classifies texts, or pairs of texts if there are second texts.

        Returns the predictions, null for texts that cannot be used, and why these cannot be used: indices of ``REASONS``.
        """
        encoded = self.encoder.encode(first, second)
        rows, is_bad = encoded.rows, encoded.bad != 0
        used = np.flatnonzero(~is_bad[rows.texts]) if is_bad.any() else np.arange(len(rows))
        logits = np.zeros((len(rows), len(self.files.labels)), np.float32)
        for batch in batches_of(np.diff(rows.row_offsets)[used]):
            logits[used[batch]] = self._logits(rows, used[batch])
        if self.files.long_text == "windows":
            logits = self._averaged(logits, rows.texts, len(first))
        return self._predictions(self._scores(logits), is_bad), encoded.bad

    def _logits(self, rows: Rows, batch: np.ndarray) -> np.ndarray:
        """Returns the logits of some rows, float32 ``[rows, labels]``."""
        starts = rows.row_offsets[batch]
        lengths = rows.row_offsets[batch + 1] - starts
        columns = np.arange(lengths.max())
        mask = columns < lengths[:, None]
        at = np.where(mask, starts[:, None] + columns, 0)
        feeds = {
            "input_ids": np.where(mask, rows.ids[at], 0).astype(np.int64),
            "attention_mask": mask.astype(np.int64),
            "token_type_ids": np.where(mask, rows.type_ids[at], 0).astype(np.int64),
        }
        logits = self._session.run(["logits"], {name: feeds[name] for name in self._inputs})[0].astype(np.float32)
        if not np.isfinite(logits).all():
            text = "the logits are not finite, because intermediate values are too large for the data type"
            raise BertieError(f"{self.files.onnx}: {text}. Use dtype fp32.")
        return logits

    def _scores(self, logits: np.ndarray) -> np.ndarray:
        """Returns the probabilities, or the values of a regression, float32 ``[texts, labels]``."""
        if self.files.problem_type == "regression":
            return logits
        wide = logits.astype(np.float64)
        if self._is_sigmoid():
            return (1 / (1 + np.exp(-wide))).astype(np.float32)
        weights = np.exp(wide - wide.max(axis=1, keepdims=True))
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)

    def _is_sigmoid(self) -> bool:
        return len(self.files.labels) == 1 or self.files.problem_type == "multi_label_classification"

    def _averaged(self, logits: np.ndarray, texts: np.ndarray, count: int) -> np.ndarray:
        """Returns logits that have the mean probabilities of the windows of each text."""
        sums = np.zeros((count, logits.shape[1]))
        np.add.at(sums, texts, self._scores(logits))
        means = sums / np.bincount(texts, minlength=count)[:, None]
        if self.files.problem_type == "regression":
            return means.astype(np.float32)
        bounded = np.clip(means, SMALLEST, 1)
        odds = bounded / np.maximum(1 - bounded, SMALLEST) if self._is_sigmoid() else bounded
        return np.log(odds).astype(np.float32)

    def _predictions(self, scores: np.ndarray, is_bad: np.ndarray) -> pa.Array:
        labels, problem_type = self.files.labels, self.files.problem_type
        fields = prediction_type(self.files)
        if problem_type == "regression":
            arrays = [pa.array(scores[:, 0])]
        else:
            ends = pa.array(np.arange(len(scores) + 1, dtype=np.int32) * len(labels))
            probabilities = pa.ListArray.from_arrays(ends, pa.array(scores.reshape(-1)))
            if problem_type == "multi_label_classification":
                # The threshold is compared in 64 bits, as in JavaScript.
                chosen = scores.astype(np.float64) >= self.files.threshold
                names = [[labels[i] for i in np.flatnonzero(row)] for row in chosen]
                arrays = [pa.array(names, pa.list_(pa.string())), probabilities]
            else:
                best = scores.argmax(axis=1) if len(scores) else np.empty(0, np.int64)
                names = pa.array(labels, pa.string()).take(pa.array(best))
                arrays = [names, pa.array(scores[np.arange(len(scores)), best]), probabilities]
        return pa.StructArray.from_arrays(arrays, fields=list(fields), mask=pa.array(is_bad))


def classified(
    batch: pa.RecordBatch, classifier: Classifier, columns: Columns, output: str, where: str = ""
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a batch with the column ``output`` of predictions, and bertie_bad_row."""
    for piece, first, second in pieces_of(batch, columns):
        predictions, bad = classifier.predict(first, second)
        check_bad_rows(bad, columns, where)
        yield with_columns(piece, {output: predictions}, bad, columns)


def batches_of(lengths: np.ndarray) -> list[np.ndarray]:
    """Groups rows by length, longest first: as many rows as fit into 1,024 tokens, at most 64."""
    order = np.argsort(-lengths, kind="stable")
    groups, start = [], 0
    while start < len(order):
        fitting = max(BATCH_TOKENS // max(int(lengths[order[start]]), 1), 1)
        size = min(1 << fitting.bit_length() - 1, LARGEST_BATCH)
        groups.append(order[start : start + size])
        start += size
    return groups
