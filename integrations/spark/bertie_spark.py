"""Tokenizes and classifies columns of Spark DataFrames with Bertie's tokenizer and exported models.

``tokenize`` and ``classify`` return DataFrames and compute nothing until an action, and ``save_tokens`` writes files. The
tokenizer's WebAssembly module, the files of the model and the Python code are shipped to the executors, where each Python
worker process loads them once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import shutil
import sys
import tempfile
import threading
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bertie_arrow
import bertie_tokenizer
import pyarrow as pa
from bertie_arrow import BAD_ROW, MODULE, REASONS, TOKEN_COLUMNS, BertieError, Columns, Encoder, Fit
from pyspark import SparkContext, SparkFiles, TaskContext
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import ArrayType, BinaryType, IntegerType, StringType, StructField, StructType

__all__ = ["BadRows", "SavedTokens", "classify", "print_bad_rows", "save_tokens", "tokenize"]


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


@dataclass(frozen=True)
class SavedTokens:
    """What ``save_tokens`` has written."""

    files: tuple[str, ...]
    """Parquet files in the order of the partitions."""
    bad_rows: BadRows


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
    token_columns: Sequence[str] = TOKEN_COLUMNS,
    on_bad_rows: str = "fail",
    report: Callable[[BadRows], None] = print_bad_rows,
) -> DataFrame:
    """Returns the DataFrame with the columns input_ids, attention_mask and token_type_ids, each ``array<int>``.

    The ids are those of ``bertie tokenize --model``. ``column`` and ``pair_column`` are strings, or binary values in UTF-8.
    ``model`` is the path of a model directory on the driver. ``max_length`` is the maximum number of tokens per row,
    including [CLS] and [SEP] (default: no maximum). ``lowercase`` replaces the setting of the model. ``token_columns`` are
    the new columns, of these three (default: all).

    Rows whose texts are null or not valid UTF-8 are bad. ``on_bad_rows`` is "fail" (the action fails, the default), "null" (the
    new columns are null) or "skip" (the rows are removed). With "null" and "skip", ``report`` is called once, after the first
    action has finished, in a thread of the driver.

    Raises BertieError if an option, a column or the model cannot be used.
    """
    columns = Columns(column, pair_column, on_bad_rows)
    task = _tokenizing_task(df, model, columns, Fit(max_length), add_special_tokens, lowercase, token_columns)
    lists = [StructField(name, ArrayType(IntegerType())) for name in task.keywords["token_columns"]]
    return _counted(df, task, lists, columns, report)


def save_tokens(
    df: DataFrame,
    column: str,
    model: str | Path,
    path: str | Path,
    *,
    pair_column: str | None = None,
    max_length: int | None = None,
    add_special_tokens: bool = True,
    lowercase: bool | None = None,
    token_columns: Sequence[str] | None = None,
    keep_texts: bool = False,
    on_bad_rows: str = "fail",
    report: Callable[[BadRows], None] = print_bad_rows,
) -> SavedTokens:
    """Writes the tokens of each row, and the other columns of the DataFrame, to Parquet files. Returns their names.

    The result is that of ``tokenize(…).write.parquet(path)``, but the Python workers write the files, so that the lists of
    ids need not pass through the JVM. ``path`` is a new or empty directory that all machines share, or a URI that pyarrow
    supports, such as ``s3://…`` or ``hdfs://…``. It gets a file per partition that has rows. The files appear when all tasks
    have finished, and have the rows of one attempt of each task, also if tasks are repeated or run twice.

    ``token_columns`` is input_ids by default, and input_ids and token_type_ids for pairs. ``keep_texts`` writes the columns of
    the texts, too. ``report`` is called before ``save_tokens`` returns. The other parameters are those of ``tokenize``.

    Raises BertieError if an option, a column, the model or the path cannot be used.
    """
    columns = Columns(column, pair_column, on_bad_rows)
    default = ("input_ids",) if pair_column is None else ("input_ids", "token_type_ids")
    names = default if token_columns is None else token_columns
    task = _tokenizing_task(df, model, columns, Fit(max_length), add_special_tokens, lowercase, names)
    folder = bertie_arrow.new_folder(path)
    dropped = () if keep_texts else columns.names
    save = functools.partial(_save, task, folder, dropped, columns.on_bad_rows == "skip")
    try:
        parts = df.mapInArrow(save, "part int, file string, rows long, null long, invalid_utf8 long").collect()
        parts.sort(key=lambda row: row.part)
        files = bertie_arrow.publish_parts(folder, [row.file for row in parts if row.file is not None])
    except BaseException:
        # The first error says what is wrong.
        with contextlib.suppress(OSError):
            bertie_arrow.remove_temporary(folder)
        raise
    total = [sum(row[name] for row in parts) for name in ("rows", "null", "invalid_utf8")]
    bad = BadRows(columns.names, *total, columns.on_bad_rows)
    report(bad)
    return SavedTokens(tuple(files), bad)


def _tokenizing_task(
    df: DataFrame,
    model: str | Path,
    columns: Columns,
    fit: Fit,
    add_special_tokens: bool,
    lowercase: bool | None,
    token_columns: Sequence[str],
) -> functools.partial[Iterator[pa.RecordBatch]]:
    names = bertie_arrow.check_token_columns(token_columns)
    _check_columns(df, columns, names)
    # Errors in the model are raised here rather than in the executors.
    Encoder(model, fit, lowercase=lowercase)
    archive = _ship(_context(df), model, None)
    return functools.partial(
        _tokenize,
        archive,
        fit,
        lowercase,
        columns.without_skipping(),
        add_special_tokens=add_special_tokens,
        token_columns=names,
    )


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

    columns = Columns(column, pair_column, on_bad_rows)
    _check_columns(df, columns, (output_column,))
    classifier = Classifier(model, dtype=dtype)
    classifier.check_pairs(pair_column is not None)
    archive = _ship(_context(df), model, dtype)
    task = functools.partial(_classify, archive, dtype, columns.without_skipping(), output_column)
    field = StructField(output_column, from_arrow_type(prediction_type(classifier.files)))
    return _counted(df, task, [field], columns, report)


def _check_columns(df: DataFrame, columns: Columns, new: tuple[str, ...]) -> None:
    bertie_arrow.check_names(df.columns, columns, new)
    for name in columns.names:
        found = next(field.dataType for field in df.schema if field.name == name)
        if not isinstance(found, (StringType, BinaryType)):
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
    report: Callable[[BadRows], None],
) -> DataFrame:
    """Returns the result of a task, and reports its bad rows when they have been counted."""
    fields = [StructField(field.name, field.dataType) for field in df.schema]
    result = df.mapInArrow(task, StructType([*fields, *new, StructField(BAD_ROW, StringType())]))
    if columns.on_bad_rows == "fail":
        return result.drop(BAD_ROW)
    # Spark counts each partition of an action once, no matter how many attempts it took.
    observation = Observation()
    of_reason = [F.count(F.when(F.col(BAD_ROW) == reason, 1)).alias(f"reason_{i}") for i, reason in enumerate(REASONS)]
    result = result.observe(observation, F.count(F.lit(1)).alias("rows"), *of_reason[1:])

    def wait() -> None:
        try:
            counts = observation.get
            bad = BadRows(columns.names, counts["rows"], counts["reason_1"], counts["reason_2"], columns.on_bad_rows)
        except Exception:
            # The session may end before an action.
            return
        report(bad)

    threading.Thread(target=wait, daemon=True).start()
    if columns.on_bad_rows == "skip":
        result = result.where(F.col(BAD_ROW).isNull())
    return result.drop(BAD_ROW)


# Driver: shipping of files.

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
    contents = bertie_arrow.shipped_files(model, dtype)
    name = f"bertie-{bertie_arrow.digest((name, path.read_bytes()) for name, path in contents.items())}"
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
    contents["bertie_tokenizer.py"] = Path(bertie_tokenizer.__file__)
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
    batches: Iterable[pa.RecordBatch],
    *,
    add_special_tokens: bool,
    token_columns: tuple[str, ...],
) -> Iterator[pa.RecordBatch]:
    encoder = _encoder(SparkFiles.get(archive), fit, lowercase)
    for batch in batches:
        yield from bertie_arrow.tokenized(batch, encoder, columns, add_special_tokens, _where(), token_columns)


def _save(
    task: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
    folder: str,
    dropped: tuple[str, ...],
    skips: bool,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Writes the rows of a partition to a file, and yields its name and the numbers of rows."""
    rows, bad = 0, [0] * len(REASONS)

    def results() -> Iterator[pa.RecordBatch]:
        nonlocal rows, bad
        for batch in task(batches):
            reasons = batch.column(BAD_ROW)
            rows += len(batch)
            if reasons.null_count < len(reasons):
                bad = [sum(counts) for counts in zip(bad, bertie_arrow.count_reasons(reasons))]
                batch = batch.filter(reasons.is_null()) if skips else batch
            yield batch.drop_columns([BAD_ROW, *dropped])

    part = TaskContext.get().partitionId()
    file = bertie_arrow.write_part(results(), folder, part)
    values = {"part": part, "file": file, "rows": rows, "null": bad[1], "invalid_utf8": bad[2]}
    types = [pa.int32(), pa.string(), pa.int64(), pa.int64(), pa.int64()]
    yield pa.record_batch([pa.array([value], type) for value, type in zip(values.values(), types)], names=list(values))


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
