"""Tests of bertie_arrow: python -m unittest discover tests

Node, with Bertie built (`node scripts/build.js`), computes the expected results.
"""

import doctest
import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

import bertie_arrow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bertie_arrow import (
    BAD_ROW,
    BertieError,
    Columns,
    Encoder,
    Fit,
    new_folder,
    part_files,
    publish_parts,
    read_tokenizer_files,
    texts_of,
    tokenized,
    write_part,
)
from bertie_arrow import batches as batches_module
from bertie_arrow.classifier import Classifier, batches_of, classified
from bertie_arrow.rows import Bodies, fit_rows

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MODELS = ROOT / "examples/models"
TEXTS = json.loads((HERE / "texts.json").read_text())
scratch = tempfile.TemporaryDirectory()


def setUpModule():
    subprocess.run(["node", HERE / "write_models.js", scratch.name], check=True)


def tearDownModule():
    scratch.cleanup()


def column(values, data_type=pa.string()):
    return texts_of(pa.array(values, data_type), "text")


def rows(encoded):
    return [encoded.ids[start:end].tolist() for start, end in zip(encoded.row_offsets, encoded.row_offsets[1:])]


class Predictions(unittest.TestCase):
    def check(self, name):
        expected = json.loads((Path(scratch.name) / f"{name}.json").read_text())
        classifier = Classifier(Path(scratch.name) / name)
        self.assertEqual(classifier.files.max_length, expected["maxLength"])
        second = column(expected["pairs"]) if "pairs" in expected else None
        predictions, bad = classifier.predict(column(TEXTS), second)
        self.assertFalse(bad.any())
        return expected, predictions.to_pylist()

    def test_labels_and_scores_are_those_of_bertie(self):
        for name in ("single", "truncated", "head", "windows", "pairs", "pairs-head", "pairs-windows"):
            with self.subTest(name):
                expected, found = self.check(name)
                self.assertEqual([row["label"] for row in found], expected["best"])
                scores = [row["probabilities"] for row in found]
                np.testing.assert_allclose(scores, expected["scores"], atol=2e-6)
                self.assertEqual([row["score"] for row in found], [max(row) for row in scores])
                self.assertGreater(np.std(scores), 0.01)

    def test_several_labels_per_text_use_the_threshold_of_the_model(self):
        expected, found = self.check("several")
        self.assertEqual(expected["threshold"], 0.45)
        self.assertEqual([row["labels"] for row in found], expected["predicted"])
        np.testing.assert_allclose([row["probabilities"] for row in found], expected["scores"], atol=2e-6)
        self.assertGreater(len({len(row["labels"]) for row in found}), 1)

    def test_regression_returns_the_value(self):
        expected, found = self.check("value")
        np.testing.assert_allclose([[row["value"]] for row in found], expected["scores"], rtol=1e-5, atol=1e-5)

    def test_results_do_not_depend_on_the_other_texts_and_bad_rows_are_null(self):
        classifier = Classifier(Path(scratch.name) / "windows")
        together, _ = classifier.predict(column(TEXTS))
        for text, expected in list(zip(TEXTS, together.to_pylist()))[:8]:
            alone = classifier.predict(column([text.encode(), None, b"\xff"], pa.binary()))[0][0]
            self.assertEqual(alone.as_py()["label"], expected["label"])
            np.testing.assert_allclose(alone.as_py()["probabilities"], expected["probabilities"], atol=1e-6)
        predictions, bad = classifier.predict(column([b"good", None, b"\xff"], pa.binary()))
        self.assertEqual((predictions.is_null().to_pylist(), bad.tolist()), ([False, True, True], [0, 1, 2]))
        self.assertEqual(len(classifier.predict(column([]))[0]), 0)

    def test_a_batch_gets_a_column_of_predictions(self):
        classifier = Classifier(Path(scratch.name) / "single")
        batch = pa.record_batch({"id": [1, 2, 3], "text": ["good room", None, "bad"]})
        for policy, kept in (("null", [1, 2, 3]), ("skip", [1, 3])):
            [result] = classified(batch, classifier, Columns("text", on_bad_rows=policy), "prediction")
            self.assertEqual(result.column("id").to_pylist(), kept)
            self.assertEqual([row is None for row in result.column("prediction").to_pylist()], [i == 2 for i in kept])

    def test_batches_have_at_most_1024_tokens_and_64_rows(self):
        lengths = np.array(random.Random(1).choices(range(2, 300), k=500) + [5000])
        groups = batches_of(lengths)
        self.assertEqual(sorted(np.concatenate(groups).tolist()), list(range(501)))
        for group in groups:
            self.assertTrue(len(group) == 1 or len(group) * lengths[group].max() <= 1024)
            self.assertLessEqual(len(group), 64)

    def test_models_that_cannot_be_used_are_named(self):
        for message, call in [
            (
                "onnx/model_quantized.onnx: no such file. Export",
                lambda: Classifier(Path(scratch.name) / "single", dtype="int8"),
            ),
            ("dtype is 'bf16'. Expected 'fp32'", lambda: Classifier(Path(scratch.name) / "single", dtype="bf16")),
            ("no such directory", lambda: read_tokenizer_files("nowhere")),
            ("neither vocab.txt nor tokenizer.json", lambda: read_tokenizer_files(HERE)),
        ]:
            with self.assertRaisesRegex(BertieError, message):
                call()


class Tokens(unittest.TestCase):
    def test_ids_are_those_of_the_command(self):
        for model, fit in [
            (MODELS / "bge-small-zh-v1.5", Fit()),
            (MODELS / "bge-small-zh-v1.5", Fit(8)),
            (MODELS / "all-MiniLM-L6-v2", Fit()),
            (Path(scratch.name) / "single", Fit(12)),
        ]:
            for pair in (False, True):
                with self.subTest(model=model.name, fit=fit, pair=pair):
                    second = [TEXTS[(i * 5 + 1) % len(TEXTS)] for i in range(len(TEXTS))] if pair else None
                    records = [{"text": text, **({"pair": second[i]} if pair else {})} for i, text in enumerate(TEXTS)]
                    given = "".join(json.dumps(record) + "\n" for record in records)
                    command = ["node", ROOT / "packages/bertie/bin/bertie.js", "tokenize", "--input-format", "jsonl"]
                    command += ["--model", model, *(["--pair-field", "pair"] if pair else [])]
                    command += ["--max-seq-length", str(fit.max_length)] if fit.max_length else []
                    output = subprocess.run(command, input=given.encode(), capture_output=True, check=True).stdout
                    expected = [json.loads(line) for line in output.splitlines()]
                    encoded = Encoder(model, fit).encode(column(TEXTS), column(second) if pair else None)
                    self.assertEqual(rows(encoded.rows), [row["ids"] for row in expected])
                    if pair:
                        types = np.split(encoded.rows.type_ids, encoded.rows.row_offsets[1:-1])
                        self.assertEqual([row.tolist() for row in types], [row["type_ids"] for row in expected])

    def test_every_type_of_column_of_texts_gives_the_same_ids(self):
        encoder = Encoder(MODELS / "all-MiniLM-L6-v2", Fit())
        expected = rows(encoder.encode(column(TEXTS)).rows)
        strings = pa.array(["before", *TEXTS, "after"]).slice(1, len(TEXTS))
        for array in (
            strings,
            pa.array(TEXTS, pa.large_string()),
            pa.array([text.encode() for text in TEXTS], pa.large_binary()),
            pa.array(TEXTS).dictionary_encode(),
            pa.array(TEXTS, pa.string_view()),
            pa.chunked_array([TEXTS[:7], TEXTS[7:]]),
        ):
            self.assertEqual(rows(encoder.encode(texts_of(array, "text")).rows), expected)
        with self.assertRaisesRegex(BertieError, 'column "n" has the type int64. Expected string or binary'):
            texts_of(pa.array([1, 2]), "n")

    def test_null_rows_may_have_bytes(self):
        buffers = [pa.py_buffer(b"\x05"), pa.py_buffer(np.array([0, 1, 3, 4], np.int32)), pa.py_buffer(b"aXXb")]
        array = pa.Array.from_buffers(pa.string(), 3, buffers)
        self.assertEqual(array.to_pylist(), ["a", None, "b"])
        encoder = Encoder(MODELS / "all-MiniLM-L6-v2", Fit())
        encoded = encoder.encode(texts_of(array, "text"))
        self.assertEqual(rows(encoded.rows), rows(encoder.encode(column(["a", None, "b"])).rows))

    def test_windows_cover_every_token_of_a_pair(self):
        generator = random.Random(5)
        for _ in range(200):
            lengths = [generator.randrange(30), generator.randrange(30)]
            bodies = [
                Bodies(np.arange(n, dtype=np.int32) + 100 * k, np.array([0, n])) for k, n in enumerate(lengths, 1)
            ]
            limit = generator.randrange(4, 40)
            for mode in ("truncate", "head+tail", "windows"):
                found = fit_rows(*bodies, Fit(limit, mode), 1, 2)
                tokens = set(found.ids.tolist())
                self.assertLessEqual(np.diff(found.row_offsets).max(), limit)
                if mode == "windows" and limit > 5:
                    longer = max(lengths), int(np.argmax(lengths)) + 1
                    self.assertLessEqual({100 * longer[1] + i for i in range(longer[0])}, tokens)

    def test_bad_rows_are_null_skipped_or_an_error(self):
        encoder = Encoder(MODELS / "all-MiniLM-L6-v2", Fit())
        batch = pa.record_batch({"text": pa.array([b"a", None, b"\xff", b""], pa.binary()), "id": [1, 2, 3, 4]})
        [kept] = tokenized(batch, encoder, Columns("text", on_bad_rows="null"))
        self.assertEqual(kept.column("input_ids").to_pylist(), [[101, 1037, 102], None, None, [101, 102]])
        self.assertEqual(kept.column("attention_mask").to_pylist(), [[1, 1, 1], None, None, [1, 1]])
        self.assertEqual(kept.column(BAD_ROW).to_pylist(), [None, "null", "not valid UTF-8", None])
        [skipped] = tokenized(batch, encoder, Columns("text", on_bad_rows="skip"))
        self.assertEqual(skipped.column("id").to_pylist(), [1, 4])
        with self.assertRaisesRegex(BertieError, 'here: column "text": a text is null. .*on_bad_rows'):
            list(tokenized(batch, encoder, Columns("text"), where="here: "))
        with self.assertRaisesRegex(BertieError, "on_bad_rows is 'drop'"):
            Columns("text", on_bad_rows="drop")

    def test_large_batches_are_split_by_the_size_of_their_texts(self):
        encoder = Encoder(MODELS / "all-MiniLM-L6-v2", Fit())
        batch = pa.record_batch({"text": TEXTS, "pair": TEXTS[::-1]})
        self.addCleanup(setattr, batches_module, "PIECE_BYTES", batches_module.PIECE_BYTES)
        for columns in (Columns("text"), Columns("text", "pair")):
            whole = pa.Table.from_batches(tokenized(batch, encoder, columns))
            batches_module.PIECE_BYTES = 100
            parts = list(tokenized(batch, encoder, columns))
            batches_module.PIECE_BYTES = 1 << 22
            self.assertGreater(len(parts), 5)
            self.assertEqual(pa.Table.from_batches(parts).combine_chunks().to_pylist(), whole.to_pylist())


class TokenizerFiles(unittest.TestCase):
    def directory(self, **files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (Path(folder.name) / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n")
        for name, contents in files.items():
            (Path(folder.name) / f"{name}.json").write_text(json.dumps(contents))
        return folder.name

    def test_settings_are_those_of_bertie(self):
        files = read_tokenizer_files(self.directory(config={}, tokenizer_config={"do_lower_case": False}))
        self.assertEqual((files.lowercase, files.special_tokens), (False, "everywhere"))
        files = read_tokenizer_files(self.directory(tokenizer_config={"split_special_tokens": True}))
        self.assertEqual((files.lowercase, files.special_tokens), (None, "none"))
        added = {
            "9": {"content": "<x>", "lstrip": True},
            "2": {"content": "[CLS]", "special": True, "normalized": False},
        }
        files = read_tokenizer_files(self.directory(config={}, tokenizer_config={"added_tokens_decoder": added}))
        self.assertEqual([(token.content, token.id, token.lstrip) for token in files.added_tokens], [("<x>", 9, True)])

    def test_a_model_with_only_tokenizer_json_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
                (Path(folder) / name).write_bytes((MODELS / "all-MiniLM-L6-v2" / name).read_bytes())
            expected = Encoder(MODELS / "all-MiniLM-L6-v2", Fit()).encode(column(TEXTS))
            self.assertEqual(rows(Encoder(folder, Fit()).encode(column(TEXTS)).rows), rows(expected.rows))

    def test_tokenizers_that_are_not_berts_are_rejected(self):
        for message, files in [
            (
                "\"tokenizer_class\" is 'RobertaTokenizer'",
                {"tokenizer_config": {"tokenizer_class": "RobertaTokenizer"}},
            ),
            ('"do_basic_tokenize" is False', {"tokenizer_config": {"do_basic_tokenize": False}}),
            ("\"cls_token\" is '<s>'", {"tokenizer_config": {"cls_token": "<s>"}}),
            ("\"do_lower_case\" is 'yes'", {"tokenizer_config": {"do_lower_case": "yes"}}),
            ("expected a JSON object", {"tokenizer_config": []}),
            ("the normalizer is not BertNormalizer", {"tokenizer": {"model": {"vocab": {"a": 0}}}}),
        ]:
            with self.assertRaisesRegex(BertieError, message):
                read_tokenizer_files(self.directory(**files))
        with self.assertRaisesRegex(BertieError, "no file says whether texts are lowercased"):
            Encoder(self.directory(), Fit())


class PartFiles(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory())) / "with a space %20"

    def batches(self, start, count):
        return [pa.record_batch({"ids": pa.array([[i]], pa.list_(pa.int32()))}) for i in range(start, start + count)]

    def test_only_files_that_are_accepted_appear(self):
        path = new_folder(self.root)
        accepted = [write_part(self.batches(3 * part, 3), path, part) for part in range(2)]
        write_part(self.batches(0, 3), path, 0)
        self.assertIsNone(write_part([], path, 2))
        self.assertEqual([file.name for file in self.root.iterdir()], ["_temporary"])
        files = publish_parts(path, accepted)
        self.assertEqual(sorted(file.name for file in self.root.iterdir()), ["_SUCCESS", *accepted])
        self.assertEqual(
            [pq.read_table(file)["ids"].to_pylist() for file in files],
            [[[0], [1], [2]], [[3], [4], [5]]],
        )

    def test_many_batches_become_few_row_groups(self):
        path = new_folder(self.root)
        size = part_files.GROUP_BYTES
        self.addCleanup(setattr, part_files, "GROUP_BYTES", size)
        part_files.GROUP_BYTES = 4 * self.batches(0, 1)[0].nbytes
        [file] = publish_parts(path, [write_part(self.batches(0, 10), path, 0)])
        self.assertEqual(pq.ParquetFile(file).num_row_groups, 3)

    def test_paths_that_cannot_be_used_are_named(self):
        path = new_folder(self.root)
        with self.assertRaisesRegex(BertieError, "part-0.parquet: a task has written this file, but the driver"):
            publish_parts(path, ["part-0.parquet"])
        with self.assertRaisesRegex(BertieError, "not an empty directory"):
            new_folder(self.root)
        file = self.root / "file"
        file.touch()
        with self.assertRaisesRegex(BertieError, "not an empty directory"):
            new_folder(file)


class Documentation(unittest.TestCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(bertie_arrow).failed, 0)


if __name__ == "__main__":
    os.chdir(HERE)
    unittest.main()
