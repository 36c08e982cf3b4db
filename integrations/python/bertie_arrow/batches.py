"""Adds columns to the batches of a table, for engines that process a table in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from .columns import REASONS, Texts, texts_of
from .encoder import Encoder
from .errors import BertieError, choice
from .rows import Rows

ON_BAD_ROWS = ("fail", "null", "skip")
BAD_ROW = "bertie_bad_row"
"""Name of the column with the reason why a row cannot be used; null for usable rows."""
TOKEN_COLUMNS = ("input_ids", "attention_mask", "token_type_ids")
PIECE_BYTES = 1 << 22
"""Bytes of text per resulting batch, so that the memory for ids does not depend on the size of the given batches."""


@dataclass(frozen=True)
class Columns:
    """Columns of a table, and what happens to rows that cannot be used."""

    text: str
    pair: str | None = None
    on_bad_rows: str = "fail"
    """"fail" raises an error, "null" leaves the new columns null, "skip" removes the rows."""

    def __post_init__(self) -> None:
        choice("on_bad_rows", self.on_bad_rows, ON_BAD_ROWS)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of texts."""
        return (self.text,) if self.pair is None else (self.text, self.pair)

    def without_skipping(self) -> Columns:
        """Returns the columns with "null" instead of "skip", for engines that count bad rows before they remove them."""
        return replace(self, on_bad_rows="null") if self.on_bad_rows == "skip" else self


def check_token_columns(token_columns: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of columns of tokens as a tuple. Raises BertieError if one is unknown, or if there are none."""
    names = (token_columns,) if isinstance(token_columns, str) else tuple(token_columns)
    if not names or len(set(names)) < len(names):
        raise BertieError(f"token_columns is {names}. Expected different names of {', '.join(TOKEN_COLUMNS)}.")
    for name in names:
        choice("token_columns", name, TOKEN_COLUMNS)
    return names


def tokenized(
    batch: pa.RecordBatch,
    encoder: Encoder,
    columns: Columns,
    add_special_tokens: bool = True,
    where: str = "",
    token_columns: Sequence[str] = TOKEN_COLUMNS,
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a batch with the columns of tokens, and bertie_bad_row.

    ``where`` describes the batch in messages. Raises BertieError for a bad row if ``on_bad_rows`` is "fail".
    """
    for piece, first, second in pieces_of(batch, columns):
        encoded = encoder.encode(first, second, add_special_tokens=add_special_tokens)
        check_bad_rows(encoded.bad, columns, where)
        rows, is_bad = encoded.rows, encoded.bad != 0
        mask = pa.array(is_bad)
        offsets = pa.array(rows.row_offsets.astype(np.int32))
        lists = {
            name: pa.ListArray.from_arrays(offsets, pa.array(_values(rows, name)), mask=mask) for name in token_columns
        }
        yield with_columns(piece, lists, encoded.bad, columns)


def _values(rows: Rows, name: str) -> np.ndarray:
    if name == "attention_mask":
        return np.ones(len(rows.ids), np.int32)
    return rows.ids if name == "input_ids" else rows.type_ids


def check_names(names: list[str], columns: Columns, new: tuple[str, ...]) -> None:
    """Raises BertieError if a table lacks a column of texts, or has a column that would be added."""
    for name in columns.names:
        if name not in names:
            raise BertieError(f'there is no column "{name}". The columns are {", ".join(names)}.')
    taken = next((name for name in (*new, BAD_ROW) if name in names), None)
    if taken is not None:
        raise BertieError(f'the table has a column "{taken}" already. Rename or drop the column.')


def pieces_of(batch: pa.RecordBatch, columns: Columns) -> Iterator[tuple[pa.RecordBatch, Texts, Texts | None]]:
    """Yields parts of a batch that have at most 4 MiB of text, with their texts."""
    first, *rest = [texts_of(batch.column(name), name) for name in columns.names]
    second = rest[0] if rest else None
    ends = first.row_offsets if second is None else first.row_offsets + second.row_offsets
    start, rows = 0, len(first)
    while start < rows:
        full = int(np.searchsorted(ends, ends[start] + PIECE_BYTES, "right")) - 1
        end = min(max(full, start + 1), rows)
        if end - start == rows:
            yield batch, first, second
        else:
            yield batch.slice(start, end - start), _slice(first, start, end), second and _slice(second, start, end)
        start = end


def _slice(texts: Texts, start: int, end: int) -> Texts:
    return Texts(texts.data, texts.row_offsets[start : end + 1], texts.is_null[start:end])


def check_bad_rows(bad: np.ndarray, columns: Columns, where: str) -> None:
    """Raises BertieError if there is a bad row, and ``on_bad_rows`` is "fail"."""
    if columns.on_bad_rows != "fail" or not bad.any():
        return
    row = int(np.flatnonzero(bad)[0])
    names = f'column "{columns.text}"' if columns.pair is None else f'columns "{columns.text}" and "{columns.pair}"'
    text = f"{where}{names}: a text is {REASONS[bad[row]]}. Expected UTF-8"
    raise BertieError(f'{text}: correct the row, or set on_bad_rows to "null" or "skip".')


def with_columns(batch: pa.RecordBatch, new: dict[str, pa.Array], bad: np.ndarray, columns: Columns) -> pa.RecordBatch:
    """Returns a batch with new columns and bertie_bad_row, without bad rows if ``on_bad_rows`` is "skip"."""
    reasons = pa.array(
        [REASONS[code] or None for code in bad.tolist()] if bad.any() else [None] * len(bad), pa.string()
    )
    arrays = [*batch.columns, *new.values(), reasons]
    result = pa.RecordBatch.from_arrays(arrays, names=[*batch.schema.names, *new, BAD_ROW])
    return result.filter(pa.array(bad == 0)) if columns.on_bad_rows == "skip" and bad.any() else result


def count_reasons(reasons: pa.Array | pa.ChunkedArray) -> list[int]:
    """Returns the number of rows for each of ``REASONS``, from the column bertie_bad_row."""
    counts = Counter(reasons.to_pylist())
    return [counts[reason] for reason in REASONS]
