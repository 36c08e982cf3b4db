"""Measures Spark with two executors of one core each in local-cluster mode, and kills parts of it.

    pip install ./integrations/python ./integrations/spark tokenizers "pandas<3"
    node scripts/build.js && python scripts/experiments/spark.py MODEL MEGABYTES TEXT… [--compare MEGABYTES] [--json FILE]

MODEL is a trained model, which is exported first. The corpus has MEGABYTES of the lines of the TEXT files, with a number before
each line. Seconds are elapsed time, and CPU seconds are those of the executors and their Python workers, which other
programs on the machine affect less. The steps are:

1. tokenize: `bertie tokenize`, then `save_tokens()` and `tokenize()` of bertie_spark; texts and ids are compared by hash
2. compare: three jobs with Bertie, and with Hugging Face's tokenizers in a pandas UDF on --compare megabytes (default: the same
   text): "ids" writes input_ids to Parquet, with `save_tokens()` and with Spark's writer; "all" writes the texts and three
   columns with Spark's writer; "no sink" computes input_ids and writes nothing. Ratios are of megabytes per second
3. classify: `bertie predict` and `classify()` on the first 2,000 lines
4. kill: an executor, and all Python workers, are killed with SIGKILL during a job, whose result must be complete
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyspark
from bertie_spark import classify, save_tokens, tokenize
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "integrations/spark/tests"))
from spark_processes import cpu_seconds, killed_during  # noqa: E402

BERTIE = ["node", str(ROOT / "packages/bertie/bin/bertie.js")]
CLASSIFIED = 2000
HF_TYPE = "input_ids array<int>, attention_mask array<int>, token_type_ids array<int>"
IDS = ("input_ids",)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--compare", type=float)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def write_corpus(target: Path, texts: list[Path], megabytes: float) -> int:
    """Writes lines of the texts, and returns their number."""
    lines = [line for text in texts for line in text.read_bytes().split(b"\n") if line]
    size, count = 0, 0
    with target.open("wb") as file:
        for line in itertools.cycle(lines):
            if size >= megabytes * 1e6:
                return count
            size += file.write(b"%d %b\n" % (count, line))
            count += 1
    raise AssertionError


def start_spark(scratch: Path) -> SparkSession:
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["SPARK_WORKER_DIR"] = str(scratch / "work")
    spark = (
        SparkSession.builder.master("local-cluster[2,1,2048]")
        .config("spark.executor.memory", "2g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.files.openCostInBytes", "0")
        .config("spark.local.dir", str(scratch / "local"))
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        # Each executor is killed at most once, and a task may be on it.
        .config("spark.task.maxFailures", "4")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


def read(spark: SparkSession, corpus: Path) -> DataFrame:
    # Both executors have work, and some partitions have not started when a process is killed.
    spark.conf.set("spark.sql.files.maxPartitionBytes", min(16_000_000, corpus.stat().st_size // 4 + 1))
    return spark.read.text(str(corpus), lineSep="\n").withColumnRenamed("value", "text")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def to_parquet(df: DataFrame, path: Path) -> None:
    df.write.mode("overwrite").parquet(str(path))


def to_nothing(df: DataFrame) -> None:
    df.write.format("noop").mode("overwrite").save()


def digest(rows: Iterator[tuple[bytes, bytes]]) -> tuple[int, str]:
    """Returns the number of rows, and a hash of texts with their ids that does not depend on the order of the rows."""
    count, total = 0, 0
    for text, ids in rows:
        count += 1
        total += int.from_bytes(hashlib.blake2b(b"%d %b%b" % (len(text), text, ids), digest_size=16).digest(), "big")
    return count, f"{total % 2**128:032x}"


def id_rows(path: Path) -> Iterator[bytes]:
    for batch in pq.ParquetFile(path).iter_batches(4096, columns=["input_ids"]):
        yield from split(batch.column("input_ids"))


def split(lists: pa.ListArray) -> Iterator[bytes]:
    """Yields the ids of each list as bytes."""
    values = lists.values.to_numpy(zero_copy_only=False)
    for start, end in itertools.pairwise(lists.offsets.to_pylist()):
        yield values[start:end].astype("<i4").tobytes()


def digest_of_spark(path: Path) -> tuple[int, str]:
    def rows() -> Iterator[tuple[bytes, bytes]]:
        for file in sorted(path.glob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(4096, columns=["text", "input_ids"]):
                texts = (text.encode() for text in batch.column("text").to_pylist())
                yield from zip(texts, split(batch.column("input_ids")))

    return digest(rows())


def digest_of_command(corpus: Path, ids: Path) -> tuple[int, str]:
    with corpus.open("rb") as file:
        return digest((line.removesuffix(b"\n"), row) for line, row in zip(file, id_rows(ids), strict=True))


def with_hugging_face(df: DataFrame, model: Path, ids_only: bool) -> DataFrame:
    """Tokenizes as people do with Hugging Face's tokenizers: a pandas UDF with a tokenizer per task."""
    path = str((model / "tokenizer.json").resolve())

    @F.pandas_udf("array<int>")
    def encode_ids(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(path)
        for texts in batches:
            yield pd.Series([encoding.ids for encoding in tokenizer.encode_batch(texts.tolist())])

    @F.pandas_udf(HF_TYPE)
    def encode(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(path)
        for texts in batches:
            encodings = tokenizer.encode_batch(texts.tolist())
            yield pd.DataFrame(
                {
                    "input_ids": [encoding.ids for encoding in encodings],
                    "attention_mask": [encoding.attention_mask for encoding in encodings],
                    "token_type_ids": [encoding.type_ids for encoding in encodings],
                }
            )

    if ids_only:
        return df.select(encode_ids("text").alias("input_ids"))
    return df.select("text", encode("text").alias("tokens")).select("text", "tokens.*")


def compare_tokenizers(
    spark: SparkSession, model: Path, corpus: Path, small: Path, rounds: int, scratch: Path
) -> dict[str, float]:
    """Runs the same jobs with both tokenizers in turn, and returns the fastest times."""
    application, names = spark.sparkContext.applicationId, (f"saved-{i}" for i in itertools.count())

    def ids() -> DataFrame:
        return tokenize(read(spark, corpus), "text", model, token_columns=IDS).select("input_ids")

    def peer(ids_only: bool) -> DataFrame:
        return with_hugging_face(read(spark, small), model, ids_only)

    sink = scratch / "sink"
    # Job, its variant, the text, and what is measured.
    jobs: list[tuple[str, str, Path, Callable[[], object]]] = [
        ("ids", "save_tokens", corpus, lambda: save_tokens(read(spark, corpus), "text", model, scratch / next(names))),
        ("ids", "tokenize", corpus, lambda: to_parquet(ids(), sink)),
        ("ids", "hugging face", small, lambda: to_parquet(peer(True), sink)),
        ("all", "tokenize", corpus, lambda: to_parquet(tokenize(read(spark, corpus), "text", model), sink)),
        ("all", "hugging face", small, lambda: to_parquet(peer(False), sink)),
        ("no sink", "tokenize", corpus, lambda: to_nothing(ids())),
        ("no sink", "hugging face", small, lambda: to_nothing(peer(True))),
    ]
    found: dict[str, float] = {}
    speeds: dict[tuple[str, str, str], float] = {}
    for _ in range(rounds):
        for job, variant, text, work in jobs:
            cpu, seconds = cpu_seconds(application), timed(work)
            cpu = cpu_seconds(application) - cpu
            for unit, value in {"s": seconds, "CPU s": cpu}.items():
                key = f"{job}, {variant}, {unit}"
                found[key] = round(min(value, found.get(key, value)), 2)
                speeds[job, variant, unit] = text.stat().st_size / found[key]
            print(f"compare: {job}, {variant}: {seconds:.2f} s, {cpu:.2f} CPU s", file=sys.stderr, flush=True)
    for (job, variant, unit), speed in speeds.items():
        if variant != "hugging face":
            found[f"ratio, {job}, {variant}, {unit}"] = round(speed / speeds[job, "hugging face", unit], 1)
    return found


def compare_classification(
    spark: SparkSession, trained: Path, model: Path, corpus: Path, scratch: Path
) -> dict[str, object]:
    lines = scratch / "lines.txt"
    with corpus.open("rb") as file:
        lines.write_bytes(b"".join(itertools.islice(file, CLASSIFIED)))
    out = subprocess.run(
        [*BERTIE, "predict", str(lines), "--model", str(trained)], stdout=subprocess.PIPE, check=True
    ).stdout
    rows = list(csv.DictReader(out.decode().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    expected = [(row["label"], float(row["score"])) for row in rows]
    found = classify(read(spark, lines).coalesce(1), "text", model).select("prediction.label", "prediction.score")
    pairs = list(zip(expected, found.collect(), strict=True))
    return {
        "texts": len(pairs),
        "different labels": sum(label != row.label for (label, _), row in pairs),
        "largest difference": max(abs(score - row.score) for (_, score), row in pairs),
    }


def main() -> int:
    given = arguments()
    scratch = Path(tempfile.mkdtemp(prefix="bertie-spark-experiment-"))
    try:
        results = measure(given, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    text = json.dumps(results, indent=2)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")
    return 0 if all(results["checks"].values()) else 1


def measure(given: argparse.Namespace, scratch: Path) -> dict[str, dict]:
    results: dict[str, dict] = {"checks": {}}

    def add(name: str, values: dict) -> None:
        results.setdefault(name, {}).update(values)
        print(f"{name}: {values}", file=sys.stderr, flush=True)

    corpus, small, model = scratch / "corpus.txt", scratch / "small.txt", scratch / "exported"
    subprocess.run(
        [*BERTIE, "export", given.model, "--output-dir", model, "--dtype", "fp32"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    compared = given.compare or given.megabytes
    rows = write_corpus(corpus, given.texts, given.megabytes)
    write_corpus(small, given.texts, compared)
    command = [*BERTIE, "tokenize", corpus, "--model", model, "--output", scratch / "cli.parquet"]
    add("tokenize", {"rows": rows, "MB": round(corpus.stat().st_size / 1e6, 1)})
    add("tokenize", {"bertie tokenize, s": round(timed(lambda: subprocess.run(command, check=True)), 2)})
    expected = digest_of_command(corpus, scratch / "cli.parquet")
    spark = start_spark(scratch)
    application = spark.sparkContext.applicationId

    def save(target: Path) -> None:
        save_tokens(read(spark, corpus), "text", model, target, keep_texts=True)

    def write(target: Path) -> None:
        to_parquet(tokenize(read(spark, corpus), "text", model), target)

    # The first jobs start the executors and the Python workers.
    to_nothing(tokenize(read(spark, small), "text", model))
    for ids_only in (True, False):
        to_nothing(with_hugging_face(read(spark, small).limit(1000), model, ids_only))
    for name, job in {"save_tokens": save, "tokenize": write}.items():
        target = scratch / f"{name}.parquet"
        seconds = timed(lambda job=job, target=target: job(target))
        add("tokenize", {f"{name}, s": round(seconds, 2), "hash": expected[1]})
        add("checks", {f"ids of {name} are those of the command": digest_of_spark(target) == expected})
    # Before processes are killed, because new ones are slow at first.
    add("compare", {"MB": given.megabytes, "MB with Hugging Face": compared})
    add("compare", compare_tokenizers(spark, model, corpus, small, given.rounds, scratch))
    classification = compare_classification(spark, given.model, model, corpus, scratch)
    add("classify", classification)
    add("checks", {"labels are those of the command": classification["different labels"] == 0})
    add("checks", {"scores are those of the command": classification["largest difference"] < 1e-5})
    for kind, (name, job) in itertools.product(
        ("executor", "Python worker"), {"save_tokens": save, "tokenize": write}.items()
    ):
        target = scratch / f"{name}-{kind}.parquet"
        # Some tasks are writing their results.
        begun = lambda target=target: any(target.rglob("*.parquet"))  # noqa: E731
        killed = killed_during(kind, application, lambda job=job, target=target: job(target), begun)
        add("checks", {f"{name}: a {kind} was killed": killed})
        add("checks", {f"{name}: a killed {kind} changes nothing": digest_of_spark(target) == expected})
    spark.stop()
    return results


if __name__ == "__main__":
    sys.exit(main())
