"""Tokenizes and classifies columns of Ray datasets with Bertie's tokenizer and exported models.

``tokenize`` and ``classify`` return datasets and compute nothing until they are consumed. The files of the model are shipped
through Ray's object store. Each actor loads them once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import bertie_arrow
import pyarrow as pa
import ray
from bertie_arrow import BAD_ROW, MODULE, REASONS, TOKEN_COLUMNS, BertieError, Columns, Encoder, Fit
from ray.data import ActorPoolStrategy, Dataset

__all__ = ["classify", "tokenize"]


def tokenize(
    dataset: Dataset,
    column: str,
    model: str | Path,
    *,
    pair_column: str | None = None,
    max_length: int | None = None,
    add_special_tokens: bool = True,
    lowercase: bool | None = None,
    on_bad_rows: str = "fail",
    actors: int | tuple[int, int] = 1,
    **options: Any,
) -> Dataset:
    """Returns the dataset with the columns input_ids, attention_mask and token_type_ids, each ``list<int32>``.

    The ids are those of ``bertie tokenize --model``. ``column`` and ``pair_column`` are strings, or binary values in UTF-8.
    ``model`` is the path of a model directory on the driver. ``max_length`` is the maximum number of tokens per row,
    including [CLS] and [SEP] (default: no maximum). ``lowercase`` replaces the setting of the model.

    Rows whose texts are null or not valid UTF-8 are bad. ``on_bad_rows`` is "fail" (the default), "null" (the new columns are
    null) or "skip" (the rows are removed). With "null", the column bertie_bad_row has the reason of each bad row. With "skip",
    the actors print the numbers of skipped rows, which Ray shows on the driver.

    ``actors`` is the number of actors, or the smallest and the largest number. Other ``options`` are those of
    ``Dataset.map_batches``, such as ``batch_size``, ``num_cpus`` or ``max_restarts``.

    Raises BertieError if an option, a column or the model cannot be used.
    """
    columns = Columns(column, pair_column, on_bad_rows)
    fit = Fit(max_length)
    _check_columns(dataset, columns, TOKEN_COLUMNS)
    # Errors in the model are raised here rather than in the actors.
    Encoder(model, fit, lowercase=lowercase)
    settings = {"fit": fit, "lowercase": lowercase, "columns": columns, "add_special_tokens": add_special_tokens}
    return _map(dataset, _Tokenizer, _shipped(model, None), settings, actors, options)


def classify(
    dataset: Dataset,
    column: str,
    model: str | Path,
    *,
    pair_column: str | None = None,
    dtype: str = "fp32",
    output_column: str = "prediction",
    on_bad_rows: str = "fail",
    actors: int | tuple[int, int] = 1,
    **options: Any,
) -> Dataset:
    """Returns the dataset with a column of predictions, which are those of ``bertie predict``.

    ``model`` is the path of a directory on the driver that ``bertie export`` has written, and ``dtype`` is "fp32", "fp16" or
    "int8". A prediction is a structure: ``label``, ``score`` and ``probabilities`` (one per label, in the order of the model's
    labels); ``labels`` and ``probabilities`` for models with several labels per text; ``value`` for regression. The other
    parameters are those of ``tokenize``.

    Raises BertieError if an option, a column or the model cannot be used.
    """
    from bertie_arrow.classifier import Classifier

    columns = Columns(column, pair_column, on_bad_rows)
    _check_columns(dataset, columns, (output_column,))
    Classifier(model, dtype=dtype).check_pairs(pair_column is not None)
    settings = {"dtype": dtype, "columns": columns, "output_column": output_column}
    return _map(dataset, _Classifier, _shipped(model, dtype), settings, actors, options)


def _check_columns(dataset: Dataset, columns: Columns, new: tuple[str, ...]) -> None:
    schema = dataset.schema()
    if schema is None:
        raise BertieError("the dataset is empty, so its columns are unknown. Check its source.")
    bertie_arrow.check_names(schema.names, columns, new)


def _map(
    dataset: Dataset,
    actor: type,
    shipped: ray.ObjectRef,
    settings: dict[str, Any],
    actors: int | tuple[int, int],
    options: dict[str, Any],
) -> Dataset:
    smallest, largest = (actors, actors) if isinstance(actors, int) else actors
    return dataset.map_batches(
        actor,
        fn_constructor_args=(shipped,),
        fn_constructor_kwargs=settings,
        batch_format="pyarrow",
        zero_copy_batch=True,
        compute=ActorPoolStrategy(min_size=smallest, max_size=largest),
        **options,
    )


def _shipped(model: str | Path, dtype: str | None) -> ray.ObjectRef:
    """Puts the files of a model into the object store."""
    files = bertie_arrow.shipped_files(model, dtype)
    return ray.put({name: path.read_bytes() for name, path in files.items()})


def _unpacked(shipped: ray.ObjectRef) -> Path:
    """Returns a directory with the files, which all actors on a machine share."""
    files: dict[str, bytes] = ray.get(shipped)
    target = Path(tempfile.gettempdir()) / f"bertie-ray-{os.getuid()}-{bertie_arrow.digest(files.items())}"
    if target.exists():
        return target
    partial = Path(tempfile.mkdtemp(prefix="bertie-ray-"))
    for name, contents in files.items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_bytes(contents)
    try:
        partial.rename(target)
    except OSError:
        # Another actor was faster.
        if not target.exists():
            raise
    return target


class _Actor:
    """Adds columns to the batches of a dataset."""

    def __init__(self, columns: Columns) -> None:
        # Bad rows are counted before they are removed.
        self._skips = columns.on_bad_rows == "skip"
        self._columns = columns.without_skipping()

    def _mapped(
        self, table: pa.Table, work: Callable[[pa.RecordBatch], Iterable[pa.RecordBatch]]
    ) -> Iterator[pa.Table]:
        for batch in table.combine_chunks().to_batches():
            for result in work(batch):
                yield self._without_bad_rows(pa.Table.from_batches([result]))

    def _without_bad_rows(self, table: pa.Table) -> pa.Table:
        if self._columns.on_bad_rows == "fail":
            return table.drop_columns([BAD_ROW])
        if not self._skips:
            return table
        reasons = table.column(BAD_ROW)
        count = len(reasons) - reasons.null_count
        if count:
            counts = bertie_arrow.count_reasons(reasons)
            listed = [f"{rows} {reason}" for rows, reason in zip(counts[1:], REASONS[1:])]
            print(f"bertie: skipped {count} of {len(reasons)} rows ({', '.join(listed)})", file=sys.stderr)
        return table.filter(reasons.is_null()).drop_columns([BAD_ROW])


class _Tokenizer(_Actor):
    def __init__(
        self,
        shipped: ray.ObjectRef,
        fit: Fit,
        lowercase: bool | None,
        columns: Columns,
        add_special_tokens: bool,
    ) -> None:
        super().__init__(columns)
        folder = _unpacked(shipped)
        self._encoder = Encoder(folder, fit, lowercase=lowercase, module=folder / MODULE)
        self._add_special_tokens = add_special_tokens

    def __call__(self, table: pa.Table) -> Iterator[pa.Table]:
        work = (self._encoder, self._columns, self._add_special_tokens)
        return self._mapped(table, lambda batch: bertie_arrow.tokenized(batch, *work))


class _Classifier(_Actor):
    def __init__(self, shipped: ray.ObjectRef, dtype: str, columns: Columns, output_column: str) -> None:
        from bertie_arrow.classifier import Classifier

        super().__init__(columns)
        folder = _unpacked(shipped)
        self._classifier = Classifier(folder, dtype=dtype, module=folder / MODULE)
        self._output_column = output_column

    def __call__(self, table: pa.Table) -> Iterator[pa.Table]:
        from bertie_arrow.classifier import classified

        work = (self._classifier, self._columns, self._output_column)
        return self._mapped(table, lambda batch: classified(batch, *work))
