"""Tests of bertie_ray in Ray's local mode: python -m unittest discover tests

Node, with Bertie built (`node scripts/build.js`), writes the models and computes the expected predictions.
"""

import json
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

import pyarrow as pa
import ray
from bertie_arrow import BertieError, Encoder, Fit, texts_of
from bertie_ray import classify, tokenize

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "integrations/python/tests"
TEXTS = json.loads((TESTS / "texts.json").read_text())
scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
MODELS = Path(scratch.name)
MODEL = MODELS / "truncated"


def setUpModule():
    warnings.simplefilter("ignore")
    subprocess.run(["node", TESTS / "write_models.js", MODELS], check=True)
    ray.init(num_cpus=4, include_dashboard=False, logging_level="ERROR", configure_logging=True)
    ray.data.DataContext.get_current().enable_progress_bars = False


def tearDownModule():
    ray.shutdown()
    scratch.cleanup()


def dataset(texts, blocks=4):
    table = pa.table({"id": range(len(texts)), "text": texts})
    return ray.data.from_arrow(table).repartition(blocks)


def by_id(dataset):
    return sorted(dataset.take_all(), key=lambda row: row["id"])


class Datasets(unittest.TestCase):
    def test_ids_and_predictions_are_those_of_bertie(self):
        expected = Encoder(MODEL, Fit(32)).encode(texts_of(pa.array(TEXTS), "text")).rows
        found = by_id(tokenize(dataset(TEXTS), "text", MODEL, max_length=32, actors=2, batch_size=10))
        offsets = expected.row_offsets.tolist()
        ids = [expected.ids[start:end].tolist() for start, end in zip(offsets, offsets[1:])]
        self.assertEqual([list(row["input_ids"]) for row in found], ids)
        self.assertEqual([len(row["attention_mask"]) for row in found], [len(row) for row in ids])
        self.assertNotIn("bertie_bad_row", found[0])
        reference = json.loads((MODELS / "truncated.json").read_text())
        predictions = [row["prediction"] for row in by_id(classify(dataset(TEXTS), "text", MODEL))]
        self.assertEqual([prediction["label"] for prediction in predictions], reference["best"])
        for prediction, scores in zip(predictions, reference["scores"]):
            for mine, theirs in zip(prediction["probabilities"], scores, strict=True):
                self.assertAlmostEqual(mine, theirs, places=5)

    def test_bad_rows_are_null_or_skipped(self):
        data = dataset(pa.array([b"good", None, b"\xff", b"bad"], pa.binary()), 1)
        kept = by_id(tokenize(data, "text", MODEL, on_bad_rows="null"))
        self.assertEqual([row["bertie_bad_row"] for row in kept], [None, "null", "not valid UTF-8", None])
        self.assertEqual([row["input_ids"] is None for row in kept], [False, True, True, False])
        skipped = by_id(tokenize(data, "text", MODEL, on_bad_rows="skip"))
        self.assertEqual([row["id"] for row in skipped], [0, 3])
        with self.assertRaisesRegex(Exception, 'column "text": a text is'):
            tokenize(data, "text", MODEL).materialize()

    def test_columns_and_models_that_cannot_be_used_are_named(self):
        data = dataset(["good"], 1)
        for message, call in [
            ('no column "review". The columns are id, text', lambda: tokenize(data, "review", MODEL)),
            ('a column "id" already', lambda: classify(data, "text", MODEL, output_column="id")),
            ("pairs of texts: set pair_column", lambda: classify(data, "text", MODELS / "pairs")),
            ("no such directory", lambda: tokenize(data, "text", "nowhere")),
        ]:
            with self.assertRaisesRegex(BertieError, message):
                call()


if __name__ == "__main__":
    unittest.main()
