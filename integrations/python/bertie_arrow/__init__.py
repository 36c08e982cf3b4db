"""Bertie's tokenizer and exported models for the columns of Arrow tables.

>>> import pyarrow as pa
>>> from bertie_arrow import BertieError, Columns, Encoder, Fit, tokenized
>>> Columns("text", on_bad_rows="ignore")
Traceback (most recent call last):
    ...
bertie_arrow.errors.BertieError: on_bad_rows is 'ignore'. Expected 'fail', 'null', 'skip'.
"""

from bertie_tokenizer import MODULE

from .batches import (
    BAD_ROW,
    ON_BAD_ROWS,
    TOKEN_COLUMNS,
    Columns,
    check_names,
    check_token_columns,
    count_reasons,
    tokenized,
)
from .columns import REASONS, Texts, is_text, texts_of
from .encoder import Encoded, Encoder
from .errors import BertieError
from .model_files import ModelFiles, digest, read_model_files, shipped_files
from .part_files import new_folder, publish_parts, remove_temporary, write_part
from .rows import Fit, Rows
from .tokenizer_files import TokenizerFiles, read_tokenizer_files

__all__ = [
    "BAD_ROW",
    "MODULE",
    "ON_BAD_ROWS",
    "REASONS",
    "TOKEN_COLUMNS",
    "BertieError",
    "Columns",
    "Encoded",
    "Encoder",
    "Fit",
    "ModelFiles",
    "Rows",
    "Texts",
    "TokenizerFiles",
    "check_names",
    "check_token_columns",
    "count_reasons",
    "digest",
    "is_text",
    "new_folder",
    "publish_parts",
    "read_model_files",
    "read_tokenizer_files",
    "remove_temporary",
    "shipped_files",
    "texts_of",
    "tokenized",
    "write_part",
]
