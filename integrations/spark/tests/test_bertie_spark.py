"""Tests of bertie_spark in a local cluster with two executors: python -m unittest discover tests

Node, with Bertie built (`node scripts/build.js`), computes the expected results.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import bertie_spark
import pyarrow as pa
import pyspark
from bertie_arrow import BertieError, Columns
from bertie_spark import classify, save_tokens, tokenize
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))
from spark_processes import killed_during  # noqa: E402

BERTIE = ["node", ROOT / "packages/bertie/bin/bertie.js"]
MODEL = ROOT / "examples/models/bge-small-zh-v1.5"
TESTS = ROOT / "integrations/python/tests"
REVIEWS = [line.split("\t")[1] for line in (ROOT / "examples/data/reviews/dev.tsv").read_text().splitlines()]
scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
SCRATCH = Path(scratch.name)
spark: SparkSession


def setUpModule():
    global spark
    subprocess.run(["node", TESTS / "write_models.js", SCRATCH], check=True)
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_WORKER_DIR"] = str(SCRATCH / "work")
    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.local.dir", str(SCRATCH / "local"))
        .config("spark.sql.warehouse.dir", str(SCRATCH / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")


def tearDownModule():
    spark.stop()
    scratch.cleanup()


def frame(texts, partitions=4, pairs=None):
    kind = "binary" if any(isinstance(text, bytes) for text in texts) else "string"
    rows = [(i, text, *([] if pairs is None else [pairs[i]])) for i, text in enumerate(texts)]
    schema = f"id int, text {kind}" + ("" if pairs is None else ", pair string")
    return spark.createDataFrame(spark.sparkContext.parallelize(rows, partitions), schema)


def ids_of_command(texts):
    given = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    command = [*BERTIE, "tokenize", "--input-format", "jsonl", "--model", MODEL]
    output = subprocess.run(command, input=given.encode(), capture_output=True, check=True).stdout
    return [json.loads(line)["ids"] for line in output.splitlines()]


def by_id(df):
    return sorted(df.collect(), key=lambda row: row.id)


class Tokenize(unittest.TestCase):
    def test_ids_are_those_of_the_command(self):
        found = by_id(tokenize(frame(REVIEWS), "text", MODEL))
        self.assertEqual([row.text for row in found], REVIEWS)
        self.assertEqual([row.input_ids for row in found], ids_of_command(REVIEWS))
        for row in found:
            length = len(row.input_ids)
            self.assertEqual((row.attention_mask, row.token_type_ids), ([1] * length, [0] * length))

    def test_killed_processes_lose_and_repeat_nothing(self):
        expected = [(i, ids) for i, ids in enumerate(ids_of_command(REVIEWS))]
        for kind in ("executor", "Python worker"):
            with self.subTest(kind):
                started = SCRATCH / f"started-{kind.split()[-1]}"
                started.mkdir()
                slow = frame(REVIEWS, 12).mapInArrow(slowly(str(started)), "id int, text string")
                target = str(SCRATCH / f"killed-{kind}.parquet")
                job = lambda: save_tokens(slow, "text", MODEL, target)  # noqa: E731
                # Some partitions have been written, others are in work, and others have not started.
                is_time = lambda: len(list(started.iterdir())) >= 4  # noqa: E731
                self.assertTrue(killed_during(kind, spark.sparkContext.applicationId, job, is_time))
                found = by_id(spark.read.parquet(target))
                self.assertEqual([(row.id, row.input_ids) for row in found], expected)
                self.assertGreater(len(list(started.iterdir())), 12)

    def test_bad_rows_are_null_skipped_or_an_error_and_are_counted_once(self):
        texts = [b"good", None, b"\xff", b"", b"bad"] * 5
        for policy, kept in (("null", 25), ("skip", 15)):
            reports = []
            result = tokenize(frame(texts), "text", MODEL, on_bad_rows=policy, report=reports.append)
            rows = by_id(result)
            self.assertEqual(len(rows), kept)
            self.assertEqual(
                {row.id for row in rows if row.input_ids is None},
                {i for i, text in enumerate(texts) if policy == "null" and text in (None, b"\xff")},
            )
            result.collect()
            wait_for(lambda reports=reports: reports)
            [report] = reports
            counts = (report.rows, report.null, report.invalid_utf8, report.policy, report.columns)
            self.assertEqual(counts, (25, 5, 5, policy, ("text",)))
            self.assertEqual(result.columns, ["id", "text", "input_ids", "attention_mask", "token_type_ids"])
        with self.assertRaisesRegex(Exception, 'partition 0: column "text": a text is null. Expected UTF-8'):
            tokenize(frame([None], 1), "text", MODEL).collect()

    def test_saved_tokens_are_those_of_the_data_frame(self):
        for policy in ("null", "skip"):
            reports = []
            df = frame([b"good", None, b"\xff", b"", b"bad"] * 5)
            options = {"on_bad_rows": policy, "report": reports.append}
            saved = save_tokens(df, "text", MODEL, SCRATCH / f"saved {policy}", **options)
            expected = by_id(tokenize(df, "text", MODEL, on_bad_rows=policy, report=lambda _: None))
            written = spark.read.parquet(*saved.files)
            self.assertEqual(written.columns, ["id", "input_ids"])
            self.assertEqual([tuple(row) for row in by_id(written)], [(row.id, row.input_ids) for row in expected])
            self.assertEqual([(report.rows, report.null, report.invalid_utf8) for report in reports], [(25, 5, 5)])
            names = {Path(file).name for file in saved.files}
            self.assertEqual({file.name for file in (SCRATCH / f"saved {policy}").iterdir()}, {*names, "_SUCCESS"})
        with self.assertRaisesRegex(BertieError, "not an empty directory"):
            save_tokens(df, "text", MODEL, SCRATCH / "saved skip")
        with self.assertRaisesRegex(Exception, 'column "text": a text is (null|not valid UTF-8). Expected UTF-8'):
            save_tokens(df, "text", MODEL, SCRATCH / "failed")
        self.assertEqual(list((SCRATCH / "failed").iterdir()), [])

    def test_saved_tokens_of_pairs_have_type_ids(self):
        df = frame(REVIEWS[:4], 3, REVIEWS[4:8]).filter("id < 2")
        expected = by_id(tokenize(df, "text", MODEL, pair_column="pair"))
        save_tokens(df, "text", MODEL, SCRATCH / "saved-pairs", pair_column="pair", keep_texts=True)
        written = spark.read.parquet(str(SCRATCH / "saved-pairs"))
        self.assertEqual(written.columns, ["id", "text", "pair", "input_ids", "token_type_ids"])
        self.assertEqual(
            [(row.input_ids, row.token_type_ids) for row in by_id(written)],
            [(row.input_ids, row.token_type_ids) for row in expected],
        )

    def test_strings_that_are_not_utf8_are_bad_rows(self):
        df = frame([b"\xff", b"good"]).withColumn("text", F.expr("cast(text as string)"))
        rows = by_id(tokenize(df, "text", MODEL, on_bad_rows="null", report=lambda _: None).select("id", "input_ids"))
        self.assertEqual([row.input_ids is None for row in rows], [True, False])

    def test_training_reads_the_features(self):
        labels = F.expr("array_position(array('good', 'bad'), name) - 1").alias("label_id")
        texts = [(text, name) for text, name in itertools.product(REVIEWS[:10], ("good", "bad"))]
        df = spark.createDataFrame(texts, "text string, name string")
        model = SCRATCH / "single"
        features = tokenize(df, "text", model, max_length=24).select("*", labels).coalesce(2)
        together = SCRATCH / "features"
        together.mkdir()
        for codec in ("snappy", "gzip", "zstd"):
            features.write.option("compression", codec).parquet(str(SCRATCH / codec))
            for file in (SCRATCH / codec).glob("*.parquet"):
                file.rename(together / f"{codec}-{file.name}")
        save_tokens(df.select("text", labels), "text", model, SCRATCH / "saved", max_length=24)
        for file in (SCRATCH / "saved").glob("*.parquet"):
            file.rename(together / f"saved-{file.name}")
        command = [*BERTIE, "train", "--do-train", "--random-weights", "--num-labels", "2", "--max-seq-length", "24"]
        command += ["--bert-config-file", model / "config.json", "--vocab-file", model / "vocab.txt"]
        command += ["--train-features", together, "--num-train-epochs", "1", "--output-dir", SCRATCH / "run"]
        result = subprocess.run(command, capture_output=True, text=True)
        self.assertIn("trained on 80 examples", result.stdout + result.stderr)

    def test_options_that_cannot_be_used_are_named(self):
        df = spark.createDataFrame([(1, "a")], "id int, text string")
        for message, call in [
            ('no column "review". The columns are id, text', lambda: tokenize(df, "review", MODEL)),
            ('column "id" has the type int. Expected string or binary', lambda: tokenize(df, "id", MODEL)),
            ('a column "input_ids" already', lambda: tokenize(df.withColumn("input_ids", df.id), "text", MODEL)),
            ("token_columns is 'ids'", lambda: tokenize(df, "text", MODEL, token_columns=["ids"])),
            ("token_columns is \\(\\)", lambda: tokenize(df, "text", MODEL, token_columns=[])),
            ("on_bad_rows is 'drop'", lambda: tokenize(df, "text", MODEL, on_bad_rows="drop")),
            ("no such directory", lambda: tokenize(df, "text", "nowhere")),
            ("onnx/model.onnx: no such file. Export", lambda: classify(df, "text", MODEL)),
            ("pairs of texts: set pair_column", lambda: classify(df, "text", SCRATCH / "pairs")),
        ]:
            with self.assertRaisesRegex(BertieError, message):
                call()


class Classify(unittest.TestCase):
    def test_predictions_are_those_of_bertie(self):
        texts = json.loads((TESTS / "texts.json").read_text())
        for name in ("windows", "pairs", "several", "value"):
            with self.subTest(name):
                expected = json.loads((SCRATCH / f"{name}.json").read_text())
                df, pair = frame(texts, 4, expected.get("pairs")), "pair" if "pairs" in expected else None
                found = [row.prediction for row in by_id(classify(df, "text", SCRATCH / name, pair_column=pair))]
                scores = [[row.value] if name == "value" else row.probabilities for row in found]
                for mine, theirs in zip(scores, expected["scores"], strict=True):
                    for a, b in zip(mine, theirs, strict=True):
                        self.assertAlmostEqual(a, b, places=5)
                if name == "several":
                    self.assertEqual([row.labels for row in found], expected["predicted"])
                elif name != "value":
                    self.assertEqual([row.label for row in found], expected["best"])

    def test_a_worker_process_loads_a_model_once(self):
        archive = bertie_spark._ship(spark.sparkContext, SCRATCH / "single", "fp32")
        columns = Columns("text")

        def with_loads(batches):
            for batch in batches:
                results = list(bertie_spark._classify(archive, "fp32", columns, "prediction", iter([batch])))
                loads = bertie_spark._classifier.cache_info().misses
                count = sum(len(result) for result in results)
                yield pa.record_batch({"process": [os.getpid()], "loads": [loads], "rows": [count]})

        schema = "process long, loads long, rows long"
        found = frame(REVIEWS[:40], 8).mapInArrow(with_loads, schema).collect()
        self.assertEqual(sum(row.rows for row in found), 40)
        self.assertGreater(len(found), 2)
        self.assertLessEqual(len({row.process for row in found}), 2)
        self.assertEqual({row.loads for row in found}, {1})


def slowly(folder):
    """Returns a function that takes a while per batch, and writes a file for each start of a partition."""

    def work(batches):
        Path(folder, f"{time.time_ns()}-{os.getpid()}").touch()
        for batch in batches:
            time.sleep(0.3)
            yield batch

    return work


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
