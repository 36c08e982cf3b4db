"""Tests of bertie_tokenizer.py: python -m unittest"""

import contextlib
import doctest
import gzip
import hashlib
import json
import os
import pickle
import random
import re
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bertie_tokenizer
import numpy as np
import wasmtime
from bertie_tokenizer import AddedToken, Tokenizer, TokenizerError

FIXTURES = Path(__file__).parents[2] / "packages/tokenizer-wasm/fixtures"
VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n中\n😀\né".encode()
MEMORY = -7


def vocabulary(language):
    return gzip.decompress((FIXTURES / f"vocab-{language}.txt.gz").read_bytes())


def rows(encodings):
    return [row.tolist() for row in np.split(encodings.ids, encodings.row_offsets[1:-1])] if len(encodings) else []


class EncodeBatch(unittest.TestCase):
    def test_returns_the_ids_of_all_golden_records(self):
        records = [json.loads(line) for line in gzip.open(FIXTURES / "golden.jsonl.gz", "rt")]
        records = [record for record in records if isinstance(record.get("text"), str)]
        self.assertGreater(len(records), 2000)
        for language in ("zh", "en"):
            for lower in (True, False):
                chosen = [record for record in records if (record["vocab"], record["lower"]) == (language, lower)]
                tokenizer = Tokenizer(vocabulary(language), lowercase=lower)
                texts = [record["text"] for record in chosen]
                encodings = tokenizer.encode_batch(texts, add_special_tokens=False, offsets=True)
                self.assertEqual(rows(encodings), [record["ids"] for record in chosen])
                # One at a time, the texts take other paths.
                for text, row in zip(texts[:200], rows(encodings)):
                    self.assertEqual(tokenizer.encode_batch([text], add_special_tokens=False).ids.tolist(), row)

    @unittest.skipUnless(os.environ.get("BERTIE_REFERENCE_DATA"), "needs BERTIE_REFERENCE_DATA")
    def test_returns_the_references_ids_of_all_corpora(self):
        for expected in json.loads((FIXTURES / "corpora.json").read_text()):
            data = (Path(os.environ["BERTIE_REFERENCE_DATA"]) / f"corpora/{expected['corpus']}.txt").read_bytes()
            tokenizer = Tokenizer(vocabulary(expected["vocab"]), lowercase=expected["lower"])
            encodings = tokenizer.encode_batch(data, add_special_tokens=False)
            self.assertEqual(len(encodings), expected["lines"])
            kept = np.ones(len(encodings), bool)
            kept[expected["leftOut"]] = False
            of_kept = np.repeat(kept, np.diff(encodings.row_offsets))
            ends = np.cumsum(np.diff(encodings.row_offsets)[kept])
            ids = np.insert(encodings.ids[of_kept], ends, -1)
            self.assertEqual(int(of_kept.sum()), expected["tokens"])
            self.assertEqual(hashlib.sha256(ids.tobytes()).hexdigest(), expected["sha256"])

    def test_strings_with_line_feeds_are_single_rows(self):
        tokenizer = Tokenizer(VOCABULARY)
        texts = ["a\nb", "", "中", "\n", "b"]
        expected = [[2, 5, 6, 3], [2, 3], [2, 8, 3], [2, 3], [2, 6, 3]]
        self.assertEqual(rows(tokenizer.encode_batch(texts)), expected)
        self.assertEqual([rows(tokenizer.encode_batch([text]))[0] for text in texts], expected)
        self.assertEqual(rows(tokenizer.encode_batch([])), [])
        self.assertEqual(rows(tokenizer.encode_batch(b"")), [])

    def test_results_do_not_depend_on_chunks(self):
        tokenizer = Tokenizer(VOCABULARY)
        generator = random.Random(1)
        texts = ["".join(generator.choices("ab中😀é ", k=generator.randrange(40))) for _ in range(500)]
        texts[3] = "ab 中" * 2000
        data = "\n".join(texts).encode()
        whole = [tokenizer.encode_batch(given, offsets=True) for given in (texts, data)]
        self.addCleanup(setattr, bertie_tokenizer, "CHUNK_BYTES", bertie_tokenizer.CHUNK_BYTES)
        for size in (1, 7, 100, 5000):
            bertie_tokenizer.CHUNK_BYTES = size
            for given, expected in zip((texts, data), whole):
                parts = tokenizer.encode_batch(given, offsets=True)
                for name in ("ids", "row_offsets", "offsets"):
                    np.testing.assert_array_equal(getattr(parts, name), getattr(expected, name))

    def test_rows_of_a_buffer_have_the_ids_of_strings(self):
        tokenizer = Tokenizer(VOCABULARY)
        generator = random.Random(2)
        texts = ["".join(generator.choices("ab中😀é \n", k=generator.randrange(40))) for _ in range(500)]
        encoded = [text.encode() for text in texts]
        starts = np.cumsum([7, *map(len, encoded)])
        data = b"skipped" + b"".join(encoded) + b"rest"
        expected = rows(tokenizer.encode_batch(texts, max_length=12))
        self.addCleanup(setattr, bertie_tokenizer, "CHUNK_BYTES", bertie_tokenizer.CHUNK_BYTES)
        self.addCleanup(setattr, bertie_tokenizer, "CHUNK_ROWS", bertie_tokenizer.CHUNK_ROWS)
        for size, count in ((1 << 18, 1 << 16), (1, 1 << 16), (100, 3)):
            bertie_tokenizer.CHUNK_BYTES, bertie_tokenizer.CHUNK_ROWS = size, count
            self.assertEqual(rows(tokenizer.encode_rows(data, starts, max_length=12)), expected)
        self.assertEqual(len(tokenizer.encode_rows(b"", [0])), 0)
        skipped = tokenizer.encode_rows(b"a\xffb", [0, 2, 3], invalid_utf8="skip")
        self.assertEqual((rows(skipped), skipped.invalid_rows), ([[], [2, 6, 3]], [0]))
        with self.assertRaisesRegex(TokenizerError, "row 1, byte 2: .*not valid UTF-8"):
            tokenizer.encode_rows(b"a\xffb", [0, 2, 3], invalid_utf8="fail")
        for starts in ([], [-1, 1], [0, 2, 1], [0, 9]):
            with self.assertRaisesRegex(TokenizerError, "row_offsets do not fit"):
                tokenizer.encode_rows(b"abc", starts)

    def test_offsets_are_characters_of_strings_and_bytes_of_bytes(self):
        tokenizer = Tokenizer(VOCABULARY)
        for text in ("a😀 é", "a😀\né"):
            encodings = tokenizer.encode_batch([text], add_special_tokens=False, offsets=True)
            self.assertEqual([text[a:b] for a, b in encodings.offsets], ["a😀", "é"])
        encodings = tokenizer.encode_batch("a\n中 é".encode(), offsets=True)
        self.assertEqual(encodings.offsets.tolist(), [[0, 0], [0, 1], [0, 0], [0, 0], [0, 3], [4, 6], [0, 0]])

    def test_options(self):
        self.assertEqual(rows(Tokenizer(VOCABULARY).encode_batch(["a b a b"], max_length=3)), [[2, 5, 3]])
        self.assertEqual(rows(Tokenizer(VOCABULARY, lowercase=False).encode_batch(["A é"])), [[2, 1, 10, 3]])
        self.assertEqual(rows(Tokenizer(VOCABULARY, strip_accents=False).encode_batch(["É"])), [[2, 10, 3]])
        self.assertEqual(rows(Tokenizer(VOCABULARY).encode_batch(["a[SEP]"])), [[2, 5, 1, 1, 1, 3]])
        self.assertEqual(
            rows(Tokenizer(VOCABULARY, special_tokens="everywhere").encode_batch(["a[SEP]"])), [[2, 5, 3, 3]]
        )
        self.assertEqual(rows(Tokenizer(VOCABULARY, special_tokens="none").encode_batch(["[SEP]"])), [[2, 1, 1, 1, 3]])
        added = [AddedToken("<x>", 70)]
        self.assertEqual(rows(Tokenizer(VOCABULARY, added_tokens=added).encode_batch(["a<x>b"])), [[2, 5, 70, 6, 3]])

    def test_rows_can_be_padded(self):
        encodings = Tokenizer(VOCABULARY).encode_batch(["a b", "a"])
        ids, mask = encodings.padded()
        self.assertEqual((ids.tolist(), mask.tolist()), ([[2, 5, 6, 3], [2, 5, 3, 0]], [[1, 1, 1, 1], [1, 1, 1, 0]]))
        self.assertEqual(encodings[-1].tolist(), [2, 5, 3])
        self.assertEqual(Tokenizer(VOCABULARY).encode_batch([]).padded()[0].shape, (0, 0))

    def test_invalid_text(self):
        tokenizer = Tokenizer(VOCABULARY)
        text = b"a\na\xff\nb"
        self.assertEqual(rows(tokenizer.encode_batch(text)), [[2, 5, 3], [2, 5, 3], [2, 6, 3]])
        skipped = tokenizer.encode_batch(text, invalid_utf8="skip")
        self.assertEqual((rows(skipped), skipped.invalid_rows), ([[2, 5, 3], [], [2, 6, 3]], [1]))
        with self.assertRaisesRegex(TokenizerError, "line 2, byte 2: .*not valid UTF-8"):
            tokenizer.encode_batch(text, invalid_utf8="fail")
        for texts in (["a", "b", "x\ud800"], ["a\n", "b", "x\ud800"]):
            with self.assertRaisesRegex(TokenizerError, "text 2 has a lone surrogate"):
                tokenizer.encode_batch(texts)
        self.assertEqual(rows(tokenizer.encode_batch(["a"])), [[2, 5, 3]])

    def test_wrong_arguments_are_named(self):
        tokenizer = Tokenizer(VOCABULARY)
        for message, call in [
            ("texts is a string", lambda: tokenizer.encode_batch("a")),
            ("max_length is 1. Expected at least 2", lambda: tokenizer.encode_batch(["a"], max_length=1)),
            (
                "invalid_utf8 is 'ignore'. Expected 'replace'",
                lambda: tokenizer.encode_batch(["a"], invalid_utf8="ignore"),
            ),
            ("special_tokens is 'all'", lambda: Tokenizer(VOCABULARY, special_tokens="all")),
            ("max_word_chars is 0", lambda: Tokenizer(VOCABULARY, max_word_chars=0)),
            ("lacks \\[UNK\\]", lambda: Tokenizer(b"a\nb")),
            ("not valid UTF-8", lambda: Tokenizer(b"\xff")),
            ("the added token 'a\\\\nb'", lambda: Tokenizer(VOCABULARY, added_tokens=[AddedToken("a\nb", 7)])),
            ("line of the added tokens", lambda: Tokenizer(VOCABULARY, added_tokens=[AddedToken("a", -7)])),
        ]:
            with self.assertRaisesRegex(TokenizerError, message):
                call()


class Tokenizers(unittest.TestCase):
    def test_documentation_examples(self):
        self.assertEqual(doctest.testmod(bertie_tokenizer).failed, 0)

    def test_tokens_have_ids(self):
        tokenizer = Tokenizer(b"\xef\xbb\xbf" + VOCABULARY)
        self.assertEqual([tokenizer.token_to_id(token) for token in ("[PAD]", "##b", "x")], [0, 7, None])
        self.assertEqual(tokenizer.vocab_size, 11)

    def test_duplicate_tokens_are_a_warning(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tokenizer = Tokenizer(VOCABULARY + b"\na\nb")
        self.assertEqual([str(warning.message)[:28] for warning in caught], ["2 tokens are repeated in the"])
        self.assertEqual(rows(tokenizer.encode_batch(["a"])), [[2, 11, 3]])

    def test_pickled_tokenizers_return_the_same_ids(self):
        tokenizer = Tokenizer(VOCABULARY, lowercase=False, added_tokens=[AddedToken("<x>", 70)])
        copy = pickle.loads(pickle.dumps(tokenizer))
        self.assertEqual(rows(copy.encode_batch(["A<x>a"])), rows(tokenizer.encode_batch(["A<x>a"])))

    def test_threads_may_share_a_tokenizer(self):
        tokenizer = Tokenizer(vocabulary("en"))
        texts = [(FIXTURES / "README.md").read_text()[start:] for start in range(0, 800, 10)]
        expected = tokenizer.encode_batch(texts).ids
        with ThreadPoolExecutor(8) as pool:
            for encodings in pool.map(lambda _: tokenizer.encode_batch(texts), range(64)):
                np.testing.assert_array_equal(encodings.ids, expected)

    def test_running_out_of_memory_is_an_error_and_the_tokenizer_keeps_working(self):
        tokenizer = Tokenizer(VOCABULARY)
        tokenizer._idle[0]._store.set_limits(memory_size=32 << 20)
        for text in (b"a " * (12 << 20), b"a" * (64 << 20)):
            with self.assertRaises(TokenizerError) as caught:
                tokenizer.encode_batch(text)
            self.assertEqual(caught.exception.code, MEMORY)
            self.assertEqual(rows(tokenizer.encode_batch(["a"])), [[2, 5, 3]])


class Interface(unittest.TestCase):
    """Calls the module's functions directly."""

    def setUp(self):
        self.engine, self.module = bertie_tokenizer._module(str(bertie_tokenizer.module_path()))

    def functions(self, store):
        return wasmtime.Instance(store, self.module, []).exports(store)

    def test_the_module_has_no_imports(self):
        self.assertEqual(self.module.imports, [])

    def test_the_header_declares_the_exports(self):
        header = (FIXTURES.parent / "c-abi/bertie_tokenizer.h").read_text()
        declared = {
            name: 0 if parameters == "void" else parameters.count(",") + 1
            for name, parameters in re.findall(r"^u?int32_t (bertie_\w+)\(([^)]*)\);", header, re.MULTILINE)
        }
        functions = {export.name: export.type for export in self.module.exports if export.name.startswith("bertie_")}
        self.assertEqual(declared, {name: len(function.params) for name, function in functions.items()})

    def test_too_little_memory_never_traps(self):
        many = range(20_000)
        vocabularies = [
            VOCABULARY,
            vocabulary("zh"),
            VOCABULARY + "".join(f"\n##{i:x}" for i in many).encode(),
            VOCABULARY + "".join(f"\nmiddle{i:x}" for i in many).encode(),
            VOCABULARY + "".join(f"\na_long_token_{i:x}_{i}" for i in many).encode(),
        ]
        for text in vocabularies:
            codes = [self.encode_with_limit(text, limit) for limit in range(3 << 19, 14 << 20, 0x33000)]
            self.assertEqual((codes[0], codes[-1]), (MEMORY, 0))
            self.assertEqual(codes, sorted(codes))

    def encode_with_limit(self, text, limit):
        """Encodes a vocabulary with its own tokens, and returns the first error code."""
        store = wasmtime.Store(self.engine)
        store.set_limits(memory_size=limit)
        exports = self.functions(store)
        buffer = exports["bertie_alloc"](store, len(text))
        result = exports["bertie_alloc"](store, 32)
        if not buffer or not result:
            return MEMORY
        exports["memory"].write(store, text, buffer)
        tokenizer = exports["bertie_tokenizer_new"](store, buffer, len(text), 0, 0, 15, 100)
        if tokenizer < 0:
            return tokenizer
        # The whole text may take more memory than there is.
        code = exports["bertie_encode_lines"](store, tokenizer, buffer, len(text), 1 | 2 | 8, 2**32 - 1, result)
        self.assertIn(code, (0, MEMORY))
        return exports["bertie_encode_lines"](
            store, tokenizer, buffer, min(100, len(text)), 1 | 2 | 8, 2**32 - 1, result
        )

    def test_hostile_arguments_never_trap(self):
        store = wasmtime.Store(self.engine)
        exports = self.functions(store)
        buffer = exports["bertie_alloc"](store, 1000)
        exports["memory"].write(store, VOCABULARY, buffer)
        self.assertEqual(exports["bertie_tokenizer_new"](store, buffer, len(VOCABULARY), 0, 0, 15, 100), 1)
        generator = random.Random(2)
        names = [
            name
            for name in exports
            if name.startswith("bertie_") and name not in ("bertie_alloc", "bertie_tokenizer_free")
        ]
        self.assertGreater(len(names), 8)
        for _ in range(20_000):
            function = exports[generator.choice(names)]
            choices = (
                0,
                1,
                2,
                buffer,
                buffer + generator.randrange(1100),
                generator.randrange(300),
                generator.getrandbits(32),
                2**32 - 1,
            )
            arguments = [generator.choice(choices) for _ in function.type(store).params]
            function(store, *(value - (value >> 31 << 32) for value in arguments))
            if exports["bertie_token_id"](store, 1, buffer, 0) == -1:
                buffer = exports["bertie_alloc"](store, 1000)
        self.assertEqual(exports["bertie_tokenizer_size"](store, 1), 11)

    def test_every_error_has_a_message(self):
        store = wasmtime.Store(self.engine)
        exports = self.functions(store)
        for code in range(-10, 0):
            self.assertGreater(exports["bertie_error_message"](store, code), 0)
        self.assertEqual(exports["bertie_error_message"](store, 0), 0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        unittest.main()
