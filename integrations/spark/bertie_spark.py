"""Tokenizes and classifies columns of Spark DataFrames with Bertie's tokenizer and exported models.

``tokenize`` and ``classify`` return DataFrames and compute nothing until an action. The tokenizer's WebAssembly module, the
files of the model and the Python code are shipped to the executors, where each Python worker process loads them once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import shutil
import sys
import tempfile
import threading
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bertie_arrow
import bertie_tokenizer
import pyarrow as pa
from bertie_arrow import BAD_ROW, REASONS, TOKEN_COLUMNS, BertieError, Columns, Encoder, Fit
from pyspark import SparkContext, SparkFiles, TaskContext
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import ArrayType, BinaryType, IntegerType, StringType, StructField, StructType

__all__ = ["BadRows", "classify", "print_bad_rows", "tokenize"]


@dataclass(frozen=True)
class BadRows:
    """Numbers of rows of one action that cannot be used."""

    columns: tuple[str, ...]
    """Columns of the texts."""
    rows: int
    """Number of all rows."""
    null: int
    """Number of rows with a text that is null."""
    invalid_utf8: int
    """Number of rows with a text that is not valid UTF-8."""
    policy: str
    """"null" or "skip"."""


def print_bad_rows(bad: BadRows) -> None:
    """Prints the number of bad rows to stderr, if there are any."""
    count = bad.null + bad.invalid_utf8
    if count == 0:
        return
    done = "were skipped" if bad.policy == "skip" else "have null in the new columns"
    reasons = f"{bad.null:,} {REASONS[1]}, {bad.invalid_utf8:,} {REASONS[2]}"
    print(f"bertie: {count:,} of {bad.rows:,} rows {done} ({', '.join(bad.columns)}: {reasons})", file=sys.stderr)


def tokenize(
    df: DataFrame,
    column: str,
    model: str | Path,
    *,
    pair_column: str | None = None,
    max_length: int | None = None,
    add_special_tokens: bool = True,
    lowercase: bool | None = None,
    on_bad_rows: str = "fail",
    report: Callable[[BadRows], None] = print_bad_rows,
) -> DataFrame:
    """Returns the DataFrame with the columns input_ids, attention_mask and token_type_ids, each ``array<int>``.

    The ids are those of ``bertie tokenize --model``. ``column`` and ``pair_column`` are strings, or binary values in UTF-8.
    ``model`` is the path of a model directory on the driver. ``max_length`` is the maximum number of tokens per row,
    including [CLS] and [SEP] (default: no maximum). ``lowercase`` replaces the setting of the model.

    Rows whose texts are null or not valid UTF-8 are bad. ``on_bad_rows`` is "fail" (the action fails, the default), "null" (the
    new columns are null) or "skip" (the rows are removed). With "null" and "skip", ``report`` is called once, after the first
    action has finished, in a thread of the driver.

    Raises BertieError if an option, a column or the model cannot be used.
    """
    columns = _executor_columns(column, pair_column, on_bad_rows)
    fit = Fit(max_length)
    _check_columns(df, columns, TOKEN_COLUMNS)
    # Errors in the model are raised here rather than in the executors.
    Encoder(model, fit, lowercase=lowercase)
    archive = _ship(_context(df), model, None)
    task = functools.partial(_tokenize, archive, fit, lowercase, columns, add_special_tokens)
    lists = [StructField(name, ArrayType(IntegerType())) for name in TOKEN_COLUMNS]
    return _counted(df, task, lists, columns, on_bad_rows, report)


def classify(
    df: DataFrame,
    column: str,
    model: str | Path,
    *,
    pair_column: str | None = None,
    dtype: str = "fp32",
    output_column: str = "prediction",
    on_bad_rows: str = "fail",
    report: Callable[[BadRows], None] = print_bad_rows,
) -> DataFrame:
    """Returns the DataFrame with a column of predictions, which are those of ``bertie predict``.

    ``model`` is the path of a directory on the driver that ``bertie export`` has written, and ``dtype`` is "fp32", "fp16" or
    "int8". A prediction is a structure: ``label``, ``score`` and ``probabilities`` (one per label, in the order of the model's
    labels); ``labels`` and ``probabilities`` for models with several labels per text; ``value`` for regression. The other
    parameters are those of ``tokenize``.

    Raises BertieError if an option, a column or the model cannot be used.
    """
    from bertie_arrow.classifier import Classifier, prediction_type

    columns = _executor_columns(column, pair_column, on_bad_rows)
    _check_columns(df, columns, (output_column,))
    classifier = Classifier(model, dtype=dtype)
    classifier.check_pairs(pair_column is not None)
    archive = _ship(_context(df), model, dtype)
    task = functools.partial(_classify, archive, dtype, columns, output_column)
    field = StructField(output_column, from_arrow_type(prediction_type(classifier.files)))
    return _counted(df, task, [field], columns, on_bad_rows, report)


def _executor_columns(column: str, pair_column: str | None, on_bad_rows: str) -> Columns:
    """Returns the columns for executors, which keep bad rows until they have been counted."""
    requested = Columns(column, pair_column, on_bad_rows)
    return Columns(column, pair_column, "null") if requested.on_bad_rows == "skip" else requested


def _check_columns(df: DataFrame, columns: Columns, new: tuple[str, ...]) -> None:
    bertie_arrow.check_names(df.columns, columns, new)
    for name in (columns.text, columns.pair):
        found = next((field.dataType for field in df.schema if field.name == name), None)
        if found is not None and not isinstance(found, (StringType, BinaryType)):
            text = f'column "{name}" has the type {found.simpleString()}. Expected string or binary'
            raise BertieError(f'{text}: cast the column, as in df.withColumn("{name}", df["{name}"].cast("string")).')


def _context(df: DataFrame) -> SparkContext:
    try:
        return df.sparkSession.sparkContext
    except Exception as error:
        text = "Spark Connect is not supported, because it does not ship archives to executors through a SparkContext"
        raise BertieError(f"{text}. Run the program with spark-submit, or with a session of its own.") from error


def _counted(
    df: DataFrame,
    task: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
    new: list[StructField],
    columns: Columns,
    on_bad_rows: str,
    report: Callable[[BadRows], None],
) -> DataFrame:
    """Returns the result of a task, and reports its bad rows when they have been counted."""
    fields = [StructField(field.name, field.dataType) for field in df.schema]
    result = df.mapInArrow(task, StructType([*fields, *new, StructField(BAD_ROW, StringType())]))
    if on_bad_rows == "fail":
        return result.drop(BAD_ROW)
    # Spark counts each partition of an action once, no matter how many attempts it took.
    observation = Observation()
    of_reason = [F.count(F.when(F.col(BAD_ROW) == reason, 1)).alias(f"reason_{i}") for i, reason in enumerate(REASONS)]
    result = result.observe(observation, F.count(F.lit(1)).alias("rows"), *of_reason[1:])
    texts = tuple(name for name in (columns.text, columns.pair) if name is not None)

    def wait() -> None:
        # The session may end before an action.
        with contextlib.suppress(Exception):
            counts = observation.get
            report(BadRows(texts, counts["rows"], counts["reason_1"], counts["reason_2"], on_bad_rows))

    threading.Thread(target=wait, daemon=True).start()
    if on_bad_rows == "skip":
        result = result.where(F.col(BAD_ROW).isNull())
    return result.drop(BAD_ROW)


# Driver: shipping of files.

MODULE = "bertie_tokenizer.wasm"
_shipped: weakref.WeakKeyDictionary[SparkContext, set[str]] = weakref.WeakKeyDictionary()


@functools.lru_cache(maxsize=1)
def _folder() -> Path:
    """Returns the folder of archives, which executors may request as long as the driver runs."""
    folder = tempfile.mkdtemp(prefix="bertie-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _ship(context: SparkContext, model: str | Path, dtype: str | None) -> str:
    """Ships the code, the tokenizer and a model to the executors. Returns the name of the unpacked archive."""
    shipped = _shipped.setdefault(context, set())
    if "code" not in shipped:
        context.addPyFile(str(_code()))
        shipped.add("code")
    contents = {name: Path(model) / name for name in bertie_arrow.shipped_files(model, dtype)}
    contents[MODULE] = bertie_tokenizer.module_path()
    digest = hashlib.sha256()
    for name, path in contents.items():
        data = path.read_bytes()
        digest.update(f"{name} {len(data)}\n".encode())
        digest.update(data)
    name = f"bertie-{digest.hexdigest()[:24]}"
    if name not in shipped:
        archive = _write_zip(_folder() / f"{name}.zip", contents)
        context.addArchive(f"{archive}#{name}")
        shipped.add(name)
    return name


@functools.lru_cache(maxsize=1)
def _code() -> Path:
    """Returns an archive of the Python code, so that executors need only the packages that it imports."""
    package = Path(bertie_arrow.__file__).parent
    contents = {f"bertie_arrow/{path.name}": path for path in sorted(package.glob("*.py"))}
    contents |= {f"{module.__name__}.py": Path(module.__file__ or "") for module in (bertie_tokenizer,)}
    contents["bertie_spark.py"] = Path(__file__)
    return _write_zip(_folder() / "bertie-code.zip", contents)


def _write_zip(target: Path, contents: dict[str, Path]) -> Path:
    if not target.exists():
        with zipfile.ZipFile(target, "w") as archive:
            for name, path in contents.items():
                archive.write(path, name)
    return target


# Executors: each Python worker process keeps what it has loaded for later tasks.


def _tokenize(
    archive: str,
    fit: Fit,
    lowercase: bool | None,
    columns: Columns,
    add_special_tokens: bool,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    encoder = _encoder(SparkFiles.get(archive), fit, lowercase)
    for batch in batches:
        yield from bertie_arrow.tokenized(batch, encoder, columns, add_special_tokens, _where())


def _classify(
    archive: str, dtype: str, columns: Columns, output_column: str, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    from bertie_arrow.classifier import classified

    classifier = _classifier(SparkFiles.get(archive), dtype)
    for batch in batches:
        yield from classified(batch, classifier, columns, output_column, _where())


def _where() -> str:
    context = TaskContext.get()
    return "" if context is None else f"partition {context.partitionId()}: "


@functools.lru_cache(maxsize=4)
def _encoder(directory: str, fit: Fit, lowercase: bool | None) -> Encoder:
    return Encoder(directory, fit, lowercase=lowercase, module=Path(directory) / MODULE)


@functools.lru_cache(maxsize=2)
def _classifier(directory: str, dtype: str):
    from bertie_arrow.classifier import Classifier

    return Classifier(directory, dtype=dtype, module=Path(directory) / MODULE)
