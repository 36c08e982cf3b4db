"""Reads the texts of Arrow arrays as bytes, without creating strings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .errors import BertieError

REASONS = ("", "null", "not valid UTF-8")
"""Why a row cannot be used, by its code; 0 is a usable row."""
NULL, INVALID_UTF8 = 1, 2


@dataclass(frozen=True)
class Texts:
    """Rows of UTF-8 in one buffer. Row r is ``data[row_offsets[r]:row_offsets[r + 1]]``."""

    data: np.ndarray
    """Bytes of all rows, uint8."""
    row_offsets: np.ndarray
    """Start of each row, and the end of the last, int64, shape ``[rows + 1]``."""
    is_null: np.ndarray
    """Whether a row is null, bool, shape ``[rows]``. A null row has no bytes."""

    def __len__(self) -> int:
        return len(self.is_null)


def is_text(data_type: pa.DataType) -> bool:
    """Returns whether a column of this type holds texts: strings, or binary values that should be UTF-8."""
    types = pa.types
    checks = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(check(data_type) for check in checks)


def texts_of(column: pa.Array | pa.ChunkedArray, name: str) -> Texts:
    """Returns the texts of a column.

    Raises BertieError if the column has another type than string or binary.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else pa.array([], array.type)
    if isinstance(array.type, pa.DictionaryType):
        array = array.dictionary_decode()
    if pa.types.is_string_view(array.type) or pa.types.is_binary_view(array.type):
        array = array.cast(pa.large_binary())
    if pa.types.is_null(array.type):
        array = array.cast(pa.string())
    if not is_text(array.type):
        raise BertieError(f'column "{name}" has the type {array.type}. Expected string or binary: cast the column.')
    is_null = np.asarray(array.is_null(nan_is_null=False))
    if len(array) == 0:
        return Texts(np.empty(0, np.uint8), np.zeros(1, np.int64), is_null)
    is_large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, positions, values = array.buffers()
    width = np.int64 if is_large else np.int32
    starts = np.frombuffer(positions, width)[array.offset : array.offset + len(array) + 1]
    data = np.empty(0, np.uint8) if values is None else np.frombuffer(values, np.uint8)
    lengths = np.diff(starts)
    if is_null.any() and lengths[is_null].any():
        # Arrow leaves the bytes of null rows undefined.
        return texts_of(pa.array(array.to_pylist(), array.type), name)
    return Texts(data, starts.astype(np.int64), is_null)
