"""Adds columns to the batches of a table, for engines that process a table in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .columns import REASONS, Texts
from .encoder import Encoder, columns_of
from .errors import BertieError, choice

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


def tokenized(
    batch: pa.RecordBatch, encoder: Encoder, columns: Columns, add_special_tokens: bool = True, where: str = ""
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a batch with the columns input_ids, attention_mask, token_type_ids, and bertie_bad_row.

    ``where`` describes the batch in messages. Raises BertieError for a bad row if ``on_bad_rows`` is "fail".
    """
    for piece, first, second in pieces_of(batch, columns):
        encoded = encoder.encode(first, second, add_special_tokens=add_special_tokens)
        check_bad_rows(encoded.bad, columns, where)
        rows, is_bad = encoded.rows, encoded.bad != 0
        mask = pa.array(is_bad)
        offsets = pa.array(rows.row_offsets.astype(np.int32))
        ones = np.ones(len(rows.ids), np.int32)
        lists = [
            pa.ListArray.from_arrays(offsets, pa.array(values), mask=mask) for values in (rows.ids, ones, rows.type_ids)
        ]
        yield with_columns(piece, dict(zip(TOKEN_COLUMNS, lists)), encoded.bad, columns)


def check_names(names: list[str], columns: Columns, new: tuple[str, ...]) -> None:
    """Raises BertieError if a table lacks a column of texts, or has a column that would be added."""
    for name in (columns.text, columns.pair):
        if name is not None and name not in names:
            raise BertieError(f'there is no column "{name}". The columns are {", ".join(names)}.')
    taken = next((name for name in (*new, BAD_ROW) if name in names), None)
    if taken is not None:
        raise BertieError(f'the table has a column "{taken}" already. Rename or drop the column.')


def pieces_of(batch: pa.RecordBatch, columns: Columns) -> Iterator[tuple[pa.RecordBatch, Texts, Texts | None]]:
    """Yields parts of a batch that have at most 4 MiB of text, with their texts."""
    first, second = columns_of(batch, columns.text, columns.pair)
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
