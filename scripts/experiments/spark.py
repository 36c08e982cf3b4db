"""Measures Spark with two executors of one core each in local-cluster mode, and kills parts of it.

    pip install ./integrations/python ./integrations/spark tokenizers "pandas<3"
    node scripts/build.js && python scripts/experiments/spark.py MODEL MEGABYTES TEXT… [--compare MEGABYTES] [--json FILE]

MODEL is a trained model, which is exported first. The corpus has MEGABYTES of the lines of the TEXT files, with a number before
each line. Seconds are elapsed time, and CPU seconds are those of the executors and their Python workers, which other
programs on the machine affect less. The steps are:

1. tokenize: `bertie tokenize`, then `tokenize()` of bertie_spark to Parquet; texts and ids are compared by hash
2. compare: the same job with Hugging Face's tokenizers in a pandas UDF, on --compare megabytes (default: 20), to Parquet and
   to Spark's sink that writes nothing
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
import pyarrow.parquet as pq
import pyspark
from bertie_spark import classify, tokenize
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "integrations/spark/tests"))
from spark_processes import cpu_seconds, killed_during  # noqa: E402

BERTIE = ["node", str(ROOT / "packages/bertie/bin/bertie.js")]
CLASSIFIED = 2000
HF_TYPE = "input_ids array<int>, attention_mask array<int>, token_type_ids array<int>"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--compare", type=float, default=20)
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
        .config("spark.sql.files.maxPartitionBytes", "16m")
        .config("spark.local.dir", str(scratch / "local"))
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        # Each executor is killed at most once, and a task may be on it.
        .config("spark.task.maxFailures", "4")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


def read(spark: SparkSession, corpus: Path) -> DataFrame:
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
        lists = batch.column(0)
        yield from split(lists.values.to_numpy(zero_copy_only=False), lists.offsets.to_numpy())


def split(values, offsets) -> Iterator[bytes]:
    for start, end in itertools.pairwise(offsets.tolist()):
        yield values[start:end].astype("<i4").tobytes()


def digest_of_spark(path: Path) -> tuple[int, str]:
    def rows() -> Iterator[tuple[bytes, bytes]]:
        for file in sorted(path.glob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(4096, columns=["text", "input_ids"]):
                lists = batch.column("input_ids")
                ids = split(lists.values.to_numpy(zero_copy_only=False), lists.offsets.to_numpy())
                yield from zip((text.encode() for text in batch.column("text").to_pylist()), ids)

    return digest(rows())


def digest_of_command(corpus: Path, ids: Path) -> tuple[int, str]:
    with corpus.open("rb") as file:
        return digest((line.removesuffix(b"\n"), row) for line, row in zip(file, id_rows(ids), strict=True))


def with_hugging_face(df: DataFrame, model: Path) -> DataFrame:
    """Tokenizes as people do with Hugging Face's tokenizers: a pandas UDF with a tokenizer per worker process."""
    path = str((model / "tokenizer.json").resolve())

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

    return df.select("text", encode("text").alias("tokens")).select("text", "tokens.*")


def compare_tokenizers(spark: SparkSession, model: Path, corpus: Path, rounds: int, scratch: Path) -> dict[str, float]:
    """Runs the same job with both tokenizers in turn, and returns the fastest times."""
    application = spark.sparkContext.applicationId
    jobs = {
        "bertie": lambda: tokenize(read(spark, corpus), "text", model),
        "hugging face": lambda: with_hugging_face(read(spark, corpus), model),
    }
    found: dict[str, float] = {}
    for sink, write in {"parquet": lambda df: to_parquet(df, scratch / "sink"), "no sink": to_nothing}.items():
        for _ in range(rounds):
            for name, job in jobs.items():
                cpu = cpu_seconds(application)
                seconds = timed(lambda write=write, job=job: write(job()))
                measured = {"s": seconds, "CPU s": cpu_seconds(application) - cpu}
                for unit, value in measured.items():
                    key = f"{name}, {sink}, {unit}"
                    found[key] = round(min(value, found.get(key, value)), 2)
        for unit in ("s", "CPU s"):
            ratio = found[f"hugging face, {sink}, {unit}"] / found[f"bertie, {sink}, {unit}"]
            found[f"ratio, {sink}, {unit}"] = round(ratio, 1)
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
    rows = write_corpus(corpus, given.texts, given.megabytes)
    write_corpus(small, given.texts, given.compare)
    command = [*BERTIE, "tokenize", corpus, "--model", model, "--output", scratch / "cli.parquet"]
    add("tokenize", {"rows": rows, "MB": round(corpus.stat().st_size / 1e6, 1)})
    add("tokenize", {"bertie tokenize, s": round(timed(lambda: subprocess.run(command, check=True)), 2)})
    expected = digest_of_command(corpus, scratch / "cli.parquet")
    spark = start_spark(scratch)
    application = spark.sparkContext.applicationId

    def job() -> None:
        to_parquet(tokenize(read(spark, corpus), "text", model), result)

    # The first jobs start the executors and the Python workers.
    to_nothing(tokenize(read(spark, small), "text", model))
    to_nothing(with_hugging_face(read(spark, small).limit(1000), model))
    result = scratch / "spark.parquet"
    cpu, seconds = cpu_seconds(application), timed(job)
    cpu = cpu_seconds(application) - cpu
    add("tokenize", {"Spark, s": round(seconds, 2), "Spark, CPU s": round(cpu, 2), "hash": expected[1]})
    add("checks", {"ids are those of the command": digest_of_spark(result) == expected})
    classification = compare_classification(spark, given.model, model, corpus, scratch)
    add("classify", classification)
    add("checks", {"labels are those of the command": classification["different labels"] == 0})
    add("checks", {"scores are those of the command": classification["largest difference"] < 1e-5})
    for kind in ("executor", "Python worker"):
        end = time.monotonic() + seconds / 3
        killed = killed_during(kind, application, job, lambda end=end: time.monotonic() > end)
        add("checks", {f"a killed {kind} changes nothing": killed and digest_of_spark(result) == expected})
    add("compare", {"MB": given.compare})
    add("compare", compare_tokenizers(spark, model, small, given.rounds, scratch))
    spark.stop()
    return results


if __name__ == "__main__":
    sys.exit(main())
