"""Tests of bertie_ray in Ray's local mode: python -m unittest discover tests

Set BERTIE_EXPORTED to a directory that `bertie export` has written.
"""

import os
import unittest
import warnings
from pathlib import Path

import pyarrow as pa
import ray
from bertie_arrow import BertieError, Encoder, Fit, texts_of
from bertie_arrow.classifier import Classifier
from bertie_ray import classify, tokenize

ROOT = Path(__file__).parents[3]
MODEL = Path(os.environ["BERTIE_EXPORTED"])
TEXTS = [line.split("\t")[1] for line in (ROOT / "examples/data/reviews/dev.tsv").read_text().splitlines()[:200]]


def setUpModule():
    warnings.simplefilter("ignore")
    ray.init(num_cpus=4, include_dashboard=False, logging_level="ERROR", configure_logging=True)
    ray.data.DataContext.get_current().enable_progress_bars = False


def tearDownModule():
    ray.shutdown()


def dataset(texts, blocks=4):
    table = pa.table({"id": range(len(texts)), "text": texts})
    return ray.data.from_arrow(table).repartition(blocks)


def by_id(dataset):
    return sorted(dataset.take_all(), key=lambda row: row["id"])


class Datasets(unittest.TestCase):
    def test_ids_and_predictions_are_those_of_the_core(self):
        expected = Encoder(MODEL, Fit(32)).encode(texts_of(pa.array(TEXTS), "text")).rows
        found = by_id(tokenize(dataset(TEXTS), "text", MODEL, max_length=32, actors=2, batch_size=30))
        offsets = expected.row_offsets.tolist()
        ids = [expected.ids[start:end].tolist() for start, end in zip(offsets, offsets[1:])]
        self.assertEqual([list(row["input_ids"]) for row in found], ids)
        self.assertEqual([len(row["attention_mask"]) for row in found], [len(row) for row in ids])
        self.assertNotIn("bertie_bad_row", found[0])
        predictions = Classifier(MODEL).predict(texts_of(pa.array(TEXTS[:40]), "text"))[0].to_pylist()
        found = by_id(classify(dataset(TEXTS[:40]), "text", MODEL))
        self.assertEqual([row["prediction"]["label"] for row in found], [row["label"] for row in predictions])
        for row, prediction in zip(found, predictions):
            self.assertAlmostEqual(row["prediction"]["score"], prediction["score"], places=5)

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
            ("single texts: remove pair_column", lambda: classify(data, "text", MODEL, pair_column="text")),
            ("no such directory", lambda: tokenize(data, "text", "nowhere")),
        ]:
            with self.assertRaisesRegex(BertieError, message):
                call()


if __name__ == "__main__":
    unittest.main()
