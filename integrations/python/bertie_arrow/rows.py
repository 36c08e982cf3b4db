"""Fits texts of any length into rows of the model, as ``bertie predict`` does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import BertieError, choice

LONG_TEXT = ("truncate", "head+tail", "windows")


@dataclass(frozen=True)
class Rows:
    """Rows of tokens, one after the other. Row r is ``ids[row_offsets[r]:row_offsets[r + 1]]``."""

    ids: np.ndarray
    """Token ids, int32."""
    type_ids: np.ndarray
    """Token type ids, int32: 1 for the second text and its [SEP], 0 elsewhere."""
    row_offsets: np.ndarray
    """Start of each row, and the end of the last, int64, shape ``[rows + 1]``."""
    texts: np.ndarray
    """Index of the text of each row, int64. Only windows of a long text share an index."""

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Fit:
    """How long texts are handled."""

    max_length: int | None = None
    """Maximum number of tokens per row, including [CLS] and [SEP]; None for no maximum."""
    long_text: str = "truncate"
    """"truncate" keeps the beginning, "head+tail" a quarter and three quarters, "windows" makes several rows."""
    window_overlap: int | None = None
    """Number of tokens that windows share; None for a quarter of a window."""

    def __post_init__(self) -> None:
        choice("long_text", self.long_text, LONG_TEXT)
        if self.max_length is not None and self.max_length < 3:
            raise BertieError(f"max_length is {self.max_length}. Expected at least 3, for [CLS] and two [SEP].")


@dataclass(frozen=True)
class Bodies:
    """Tokens of texts without special tokens."""

    ids: np.ndarray
    row_offsets: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.row_offsets)


def fit_rows(first: Bodies, second: Bodies | None, fit: Fit, cls: int | None, sep: int | None) -> Rows:
    """Returns ``[CLS] first [SEP]``, or ``[CLS] first [SEP] second [SEP]``, of each text, fitted into the maximum length.

    Without ``cls`` and ``sep``, the rows have no special tokens.
    """
    special = 0 if cls is None else 2 if second is None else 3
    a = first.lengths
    b = np.zeros_like(a) if second is None else second.lengths
    capacity = np.iinfo(np.int64).max if fit.max_length is None else fit.max_length - special
    if fit.long_text == "windows":
        texts, a_start, a_kept, b_start, b_kept = _windows(a, b, second is not None, capacity, fit.window_overlap)
        pieces = [(first.row_offsets[texts] + a_start, a_kept), _none(a_kept)]
        pieces += [(_starts(second, texts) + b_start, b_kept), _none(b_kept)]
    else:
        texts = np.arange(len(a))
        shares = _shares(a, b, capacity)
        both = (first.row_offsets[:-1], a, shares[0]), (_starts(second, texts), b, shares[1])
        pieces = [piece for start, length, kept in both for piece in _pieces(start, length, kept, fit.long_text)]
    return _join(first, second, texts, pieces, cls, sep)


def _starts(bodies: Bodies | None, texts: np.ndarray) -> np.ndarray:
    return np.zeros(len(texts), np.int64) if bodies is None else bodies.row_offsets[texts]


def _none(like: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros_like(like), np.zeros_like(like)


def _shares(a: np.ndarray, b: np.ndarray, capacity: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the lengths that texts are truncated to: the longer text, or the second one, loses tokens first."""
    excess = np.maximum(0, a + b - capacity)
    difference = np.minimum(excess, np.abs(a - b))
    rest = excess - difference
    longer = a > b
    return a - np.where(longer, difference, 0) - rest // 2, b - np.where(longer, 0, difference) - (rest + 1) // 2


def _pieces(
    start: np.ndarray, length: np.ndarray, kept: np.ndarray, long_text: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the beginning and the end of each text that are kept, as starts and lengths."""
    if long_text == "truncate":
        return [(start, kept), _none(kept)]
    head = np.where(kept < length, kept // 4, kept)
    return [(start, head), (start + length - (kept - head), kept - head)]


def _windows(
    a: np.ndarray, b: np.ndarray, is_pair: bool, capacity: int, overlap: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns, for each row, its text, and the start and the length of both parts of it."""
    rows: list[tuple[int, int, int, int, int]] = []
    for text, (first, second) in enumerate(zip(a.tolist(), b.tolist())):
        if first + second <= capacity:
            rows.append((text, 0, first, 0, second))
            continue
        splits_first = not is_pair or first >= second
        long, short = (first, second) if splits_first else (second, first)
        kept = min(short, capacity // 2) if is_pair else 0
        size = capacity - kept
        shared = min(size // 4 if overlap is None else overlap, size - 1)
        starts = [*range(0, max(long - size, 0), size - shared), max(0, long - size)]
        for start in starts:
            window = (start, min(size, long - start))
            rows.append((text, *window, 0, kept) if splits_first else (text, 0, kept, *window))
    table = np.array(rows, np.int64).reshape(-1, 5)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4]


def _join(
    first: Bodies,
    second: Bodies | None,
    texts: np.ndarray,
    pieces: list[tuple[np.ndarray, np.ndarray]],
    cls: int | None,
    sep: int | None,
) -> Rows:
    special = cls is not None
    (_, a1), (_, a2), (_, b1), (_, b2) = pieces
    first_length = a1 + a2 + 2 * special
    lengths = first_length + (0 if second is None else b1 + b2 + special)
    row_offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.empty(int(row_offsets[-1]), np.int32)
    type_ids = np.zeros(len(ids), np.int32)
    start = row_offsets[:-1]
    if special:
        ids[start] = cls
        ids[start + first_length - 1] = sep
    parts = (first, start + special, pieces[:2]), (second, start + first_length, pieces[2:])
    for bodies, at, kept in parts:
        for source, length in kept if bodies is not None else ():
            ids[_ranges(at, length)] = bodies.ids[_ranges(source, length)]
            at = at + length
    if second is not None:
        type_ids[_ranges(start + first_length, lengths - first_length)] = 1
        if special:
            ids[row_offsets[1:] - 1] = sep
    return Rows(ids, type_ids, row_offsets, texts)


def _ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Returns the numbers of several ranges, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
