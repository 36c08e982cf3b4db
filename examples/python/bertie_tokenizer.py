"""BERT's WordPiece tokenizer for Python: Bertie's WebAssembly module, run by wasmtime.

>>> tokenizer = Tokenizer(b"[PAD]\\n[UNK]\\n[CLS]\\n[SEP]\\nhello\\nwor\\n##ld")
>>> encodings = tokenizer.encode_batch(["Hello world", "hello"], offsets=True)
>>> encodings.ids.tolist(), encodings.row_offsets.tolist()
([2, 4, 5, 6, 3, 2, 4, 3], [0, 5, 8])
>>> encodings.offsets[1:4].tolist()
[[0, 5], [6, 9], [9, 11]]
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wasmtime

__all__ = ["AddedToken", "Encodings", "Tokenizer", "TokenizerError", "module_path"]

ABI_VERSION = 1
MODULE = "bertie_tokenizer.wasm"
# The module is beside this file, or where Bertie's repository has it.
DIRECTORIES = [Path(__file__).parent] + [root / "packages/tokenizer-wasm/c-abi" for root in Path(__file__).parents[2:3]]

# Large enough to make the overhead of a call negligible, and small enough for CPU caches.
CHUNK_BYTES = 1 << 18
CHUNK_ROWS = 1 << 16
UNLIMITED = 2**32 - 1
RESULT_BYTES = 32

SPECIAL_TOKEN_RULES = {"classic": 0, "none": 1, "everywhere": 2}
INVALID_UTF8 = {"replace": 0, "skip": 1, "fail": 2}
BYTES, CHARACTERS = 0, 2


class TokenizerError(ValueError):
    """An error of the tokenizer. ``code`` is the module's error code, or 0 if the module was not called."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class AddedToken:
    """A token to recognize in the text before it is split into words, as in Hugging Face's tokenizers."""

    content: str
    id: int
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = False

    def line(self) -> str:
        if not self.content or "\n" in self.content:
            raise TokenizerError(f"the added token {self.content!r} is empty or has a line feed.")
        flags = self.single_word | self.lstrip << 1 | self.rstrip << 2 | self.normalized << 3
        return f"{flags} {self.id} {self.content}"


@dataclass(frozen=True)
class Encodings:
    """Rows of tokens, one after the other. Row r is ``ids[row_offsets[r]:row_offsets[r + 1]]``."""

    ids: np.ndarray
    """Token ids, int32."""
    row_offsets: np.ndarray
    """Start of each row, and the end of the last, int64, shape ``[rows + 1]``."""
    offsets: np.ndarray | None
    """Start and end of each token in its row, int32, shape ``[tokens, 2]``, if requested."""
    invalid_rows: list[int]
    """Indices of the rows that are not valid UTF-8."""

    def __len__(self) -> int:
        return len(self.row_offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        row = range(len(self))[row]
        return self.ids[self.row_offsets[row] : self.row_offsets[row + 1]]

    def padded(self, pad_id: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Returns the ids, padded to the longest row, and the attention mask, both int32, shape ``[rows, longest]``."""
        lengths = np.diff(self.row_offsets)
        mask = np.arange(lengths.max(initial=0)) < lengths[:, None]
        ids = np.full(mask.shape, pad_id, np.int32)
        ids[mask] = self.ids
        return ids, mask.astype(np.int32)


class Tokenizer:
    """BERT's WordPiece tokenizer.

    Threads may share a tokenizer: each call takes an instance of the module for itself, and calls at the same time run
    in parallel, because wasmtime releases the interpreter's lock. A tokenizer has as many instances as there were calls
    at the same time. Tokenizers can be pickled. ``module`` is the path of bertie_tokenizer.wasm if it is elsewhere than
    beside this file.
    """

    def __init__(
        self,
        vocabulary: bytes,
        *,
        lowercase: bool = True,
        strip_accents: bool | None = None,
        clean_text: bool = True,
        tokenize_chinese_chars: bool = True,
        max_word_chars: int = 100,
        special_tokens: str = "classic",
        added_tokens: Sequence[AddedToken] = (),
        module: str | os.PathLike[str] | None = None,
    ) -> None:
        self._vocabulary = bytes(vocabulary)
        self._options = {
            "lowercase": lowercase,
            "strip_accents": strip_accents,
            "clean_text": clean_text,
            "tokenize_chinese_chars": tokenize_chinese_chars,
            "max_word_chars": max_word_chars,
            "special_tokens": special_tokens,
            "added_tokens": tuple(added_tokens),
            "module": module,
        }
        rule = _choice("special_tokens", special_tokens, SPECIAL_TOKEN_RULES)
        strips = lowercase if strip_accents is None else strip_accents
        switches = [lowercase, strips, clean_text, tokenize_chinese_chars]
        flags = sum(bool(switch) << bit for bit, switch in enumerate(switches)) | rule << 4
        if not 1 <= max_word_chars <= 1_000_000:
            raise TokenizerError(f"max_word_chars is {max_word_chars}. Expected a number from 1 to 1000000.")
        added = "\n".join(token.line() for token in added_tokens).encode()
        path = str(module or module_path())
        self._new_instance = functools.partial(_Instance, path, self._vocabulary, added, flags, max_word_chars)
        first = self._new_instance()
        self._idle = [first]
        self.vocab_size: int = first.call("bertie_tokenizer_size", first.tokenizer)
        duplicates = first.call("bertie_tokenizer_duplicates", first.tokenizer)
        if duplicates:
            warnings.warn(f"{duplicates} tokens are repeated in the vocabulary. Their last ids count.", stacklevel=2)

    @classmethod
    def from_vocab(cls, path: str | os.PathLike[str], **options) -> Tokenizer:
        """Reads a ``vocab.txt``, which has one token per line."""
        return cls(Path(path).read_bytes(), **options)

    def __reduce__(self):
        return functools.partial(Tokenizer, **self._options), (self._vocabulary,)

    def token_to_id(self, token: str) -> int | None:
        """Returns the id of a token, or None if the vocabulary does not have it."""
        with self._instance() as instance:
            encoded = token.encode()
            instance.write(encoded)
            arguments = instance.tokenizer, instance.text, len(encoded)
            found = instance.call("bertie_token_id", *arguments, allow=MISSING_TOKEN)
        return None if found == MISSING_TOKEN else found

    def encode_batch(
        self,
        texts: Iterable[str] | bytes | bytearray | memoryview,
        *,
        add_special_tokens: bool = True,
        max_length: int | None = None,
        offsets: bool = False,
        invalid_utf8: str = "replace",
    ) -> Encodings:
        """Encodes texts, one row per text.

        Bytes are UTF-8 with one text per line, and the offsets of their tokens are in bytes. Offsets in strings are in
        characters. ``max_length`` is the maximum number of tokens per row, including ``[CLS]`` and ``[SEP]``.
        ``invalid_utf8`` selects what happens to lines that are not valid UTF-8: "replace" replaces invalid bytes with
        U+FFFD, "skip" leaves the row empty, and "fail" raises an error.

        Raises TokenizerError if an option is invalid, if a text is not valid, or if there is not enough memory.
        """
        if isinstance(texts, str):
            raise TokenizerError("texts is a string. Pass a list of strings, or bytes with one text per line.")
        flags, limit = _row_options(add_special_tokens, max_length, offsets, invalid_utf8)
        rows = _Rows(bool(offsets))
        with self._instance() as instance:
            if isinstance(texts, (bytes, bytearray, memoryview)):
                self._encode_lines(instance, np.frombuffer(texts, np.uint8), flags, limit, rows)
            else:
                self._encode_strings(instance, list(texts), flags, limit, rows)
        return rows.finish()

    def encode_rows(
        self,
        text: bytes | bytearray | memoryview | np.ndarray,
        row_offsets: np.ndarray,
        *,
        add_special_tokens: bool = True,
        max_length: int | None = None,
        offsets: bool = False,
        invalid_utf8: str = "replace",
    ) -> Encodings:
        """Encodes rows of one UTF-8 buffer, as an Arrow array of strings has them. No string is created.

        Row r is ``text[row_offsets[r]:row_offsets[r + 1]]``; ``row_offsets`` are integers that never decrease. The other
        options are those of ``encode_batch``. Offsets of tokens are in bytes.

        Raises TokenizerError as ``encode_batch`` does, and if ``row_offsets`` do not fit the text.
        """
        buffer = np.frombuffer(text, np.uint8)
        starts = np.asarray(row_offsets, np.int64)
        if len(starts) == 0 or starts[0] < 0 or starts[-1] > len(buffer) or (np.diff(starts) < 0).any():
            raise TokenizerError(
                f"row_offsets do not fit a text of {len(buffer)} bytes. Expected increasing positions."
            )
        flags, limit = _row_options(add_special_tokens, max_length, offsets, invalid_utf8)
        rows = _Rows(bool(offsets))
        view, row, last = memoryview(buffer), 0, len(starts) - 1
        with self._instance() as instance:
            while row < last:
                full = int(np.searchsorted(starts, starts[row] + CHUNK_BYTES, "right")) - 1
                end = min(max(full, row + 1), row + CHUNK_ROWS, last)
                start, stop = int(starts[row]), int(starts[end])
                ends = (starts[row + 1 : end + 1] - start).astype(np.uint32)
                instance.write(view[start:stop], ends.tobytes())
                at = instance.text
                arguments = instance.tokenizer, at, at + stop - start, len(ends), flags, limit, instance.result
                code = instance.call("bertie_encode_rows", *arguments, allow=INVALID_TEXT)
                rows.append(instance, code, (last - end) / (end - row), "row")
                row = end
        return rows.finish()

    def _encode_lines(self, instance: _Instance, text: np.ndarray, flags: int, limit: int, rows: _Rows) -> None:
        buffer, start = memoryview(text), 0
        while start < len(text):
            end = _chunk_end(text, start)
            instance.write(buffer[start:end])
            arguments = instance.tokenizer, instance.text, end - start, flags, limit, instance.result
            code = instance.call("bertie_encode_lines", *arguments, allow=INVALID_TEXT)
            rows.append(instance, code, (len(text) - end) / (end - start))
            start = end

    def _encode_strings(self, instance: _Instance, texts: list[str], flags: int, limit: int, rows: _Rows) -> None:
        position, batch_start = 0, 0
        while batch_start < len(texts):
            size, position = 0, batch_start
            while position < len(texts) and size < CHUNK_BYTES:
                size += len(texts[position]) + 1
                position += 1
            batch = texts[batch_start:position]
            joined = "\n".join(batch) + "\n"
            unit = BYTES if joined.isascii() else CHARACTERS
            # Strings without line feeds are lines, which need no list of ends.
            if joined.count("\n") == len(batch):
                encoded = _utf8(joined, batch, batch_start)
                instance.write(encoded)
                function, arguments = "bertie_encode_lines", (instance.text, len(encoded))
            else:
                parts = [_utf8(text, [text], batch_start + row) for row, text in enumerate(batch)]
                ends = np.cumsum(np.fromiter(map(len, parts), np.uint32, len(parts)), dtype=np.uint32)
                encoded = b"".join(parts)
                instance.write(encoded, ends.tobytes())
                function = "bertie_encode_rows"
                arguments = (instance.text, instance.text + len(encoded), len(ends))
            with_unit = flags | unit << 2 if flags & 2 else flags
            code = instance.call(function, instance.tokenizer, *arguments, with_unit, limit, instance.result)
            rows.append(instance, code, (len(texts) - position) / len(batch))
            batch_start = position

    @contextlib.contextmanager
    def _instance(self) -> Iterator[_Instance]:
        # Methods of lists are atomic.
        try:
            instance = self._idle.pop()
        except IndexError:
            instance = self._new_instance()
        try:
            yield instance
        except wasmtime.Trap as trap:
            # The state of an interrupted instance is unknown.
            raise TokenizerError("the WebAssembly module failed. Please report this as a bug.") from trap
        except BaseException:
            self._idle.append(instance)
            raise
        else:
            self._idle.append(instance)


INVALID_TEXT, MISSING_TOKEN = -4, -6


class _Instance:
    """An instance of the module with one tokenizer. Not for several threads at the same time."""

    def __init__(self, path: str, vocabulary: bytes, added_tokens: bytes, flags: int, max_word_chars: int) -> None:
        engine, module = _module(path)
        self._store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._functions = {name: value for name, value in exports.items() if isinstance(value, wasmtime.Func)}
        self._memory = exports["memory"]
        self._view = np.empty(0, np.uint8)
        version = self.call("bertie_abi_version")
        if version != ABI_VERSION:
            raise TokenizerError(f"the interface of the module has version {version}. Expected version {ABI_VERSION}.")
        self.result = self._allocate(RESULT_BYTES)
        self.text, self._capacity = 0, 0
        self.write(vocabulary, added_tokens)
        vocabulary_range = self.text, len(vocabulary)
        added_range = self.text + len(vocabulary), len(added_tokens)
        self.tokenizer = self.call("bertie_tokenizer_new", *vocabulary_range, *added_range, flags, max_word_chars)

    def call(self, name: str, *arguments: int, allow: int = 0) -> int:
        """Calls a function, and raises an error if it returns an error code other than ``allow``."""
        code = self._functions[name](self._store, *arguments)
        if code < 0 and code != allow:
            raise TokenizerError(self.message(code), code)
        return code

    def message(self, code: int) -> str:
        address = self._functions["bertie_error_message"](self._store, code)
        return ctypes.string_at(self._base() + address).decode()

    def _base(self) -> int:
        return ctypes.addressof(self._memory.data_ptr(self._store).contents)

    def _allocate(self, length: int) -> int:
        address = self._functions["bertie_alloc"](self._store, length) & UNLIMITED if length <= UNLIMITED else 0
        if address == 0:
            raise TokenizerError(f"not enough memory for {length} bytes. Encode the input in smaller parts.", -7)
        return address

    def write(self, *parts: bytes | memoryview) -> None:
        """Writes bytes to the module's memory at ``text``."""
        length = sum(len(part) for part in parts)
        if length > self._capacity or self.text == 0:
            if self.text:
                self.call("bertie_free", self.text)
                self.text, self._capacity = 0, 0
            capacity = max(CHUNK_BYTES, length)
            self.text, self._capacity = self._allocate(capacity), capacity
        view, at = self.memory(), self.text
        for part in parts:
            view[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)

    def memory(self) -> np.ndarray:
        """Returns a view of the module's memory, which is valid until the next call."""
        base, size = self._base(), self._memory.data_len(self._store)
        if (self._view.ctypes.data, len(self._view)) != (base, size):
            self._view = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(base))
        return self._view

    def words(self, address: int, count: int) -> np.ndarray:
        """Returns a view of 32-bit numbers in the module's memory."""
        return self.memory()[address : address + 4 * count].view(np.int32)


class _Rows:
    """Collects the rows of chunks in growing arrays."""

    def __init__(self, offsets: bool) -> None:
        self._ids = np.empty(0, np.int32)
        self._offsets = np.empty((0, 2), np.int32) if offsets else None
        self._row_offsets = np.zeros(1, np.int64)
        self._tokens = 0
        self._rows = 0
        self._invalid: list[int] = []

    def append(self, instance: _Instance, code: int, remaining: float, unit: str = "line") -> None:
        """Appends the last result. ``remaining`` is the size of the remaining input relative to this chunk."""
        result = instance.words(instance.result, RESULT_BYTES // 4).view(np.uint32).tolist()
        ids, tokens, offsets, ends, rows, invalid, invalid_count, _ = result
        invalid_rows = instance.words(invalid, 2 * invalid_count).reshape(-1, 2)
        if code == INVALID_TEXT:
            row, byte = invalid_rows[0].tolist()
            raise TokenizerError(f"{unit} {self._rows + row + 1}, byte {byte + 1}: {instance.message(code)}", code)
        self._invalid += (self._rows + invalid_rows[:, 0]).tolist()
        first, last = self._tokens, self._tokens + tokens
        self._ids = _grown(self._ids, first, last, tokens * remaining)
        self._ids[first:last] = instance.words(ids, tokens)
        if self._offsets is not None:
            self._offsets = _grown(self._offsets, first, last, tokens * remaining)
            self._offsets[first:last] = instance.words(offsets, 2 * tokens).reshape(-1, 2)
        row, last_row = self._rows + 1, self._rows + 1 + rows
        self._row_offsets = _grown(self._row_offsets, row, last_row, rows * remaining)
        np.add(instance.words(ends, rows), first, out=self._row_offsets[row:last_row])
        self._tokens, self._rows = last, self._rows + rows

    def finish(self) -> Encodings:
        offsets = None if self._offsets is None else self._offsets[: self._tokens]
        return Encodings(self._ids[: self._tokens], self._row_offsets[: self._rows + 1], offsets, self._invalid)


def _grown(array: np.ndarray, used: int, needed: int, expected: float) -> np.ndarray:
    """Returns the array, or a larger copy if it has fewer than ``needed`` rows."""
    if needed <= len(array):
        return array
    larger = np.empty((needed + int(1.1 * expected), *array.shape[1:]), array.dtype)
    larger[:used] = array[:used]
    return larger


def _chunk_end(text: np.ndarray, start: int) -> int:
    """Returns the end of the chunk that starts at ``start``: after a line feed, or at the end of the text."""
    wanted = start + CHUNK_BYTES
    if wanted >= len(text):
        return len(text)
    # Most lines are short.
    width = 1 << 12
    for end in range(wanted, start, -width):
        found = np.flatnonzero(text[max(start, end - width) : end] == 10)
        if len(found):
            return max(start, end - width) + int(found[-1]) + 1
    for begin in range(wanted, len(text), CHUNK_BYTES):
        found = np.flatnonzero(text[begin : begin + CHUNK_BYTES] == 10)
        if len(found):
            return begin + int(found[0]) + 1
    return len(text)


def _utf8(text: str, texts: Sequence[str], first_row: int) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        row = next(row for row, part in enumerate(texts) if any("\ud800" <= char <= "\udfff" for char in part))
        raise TokenizerError(
            f"text {first_row + row} has a lone surrogate, which is not valid Unicode. Remove it."
        ) from None


def _choice(name: str, value: str, choices: dict[str, int]) -> int:
    if value not in choices:
        raise TokenizerError(f"{name} is {value!r}. Expected {', '.join(map(repr, choices))}.")
    return choices[value]


def _row_options(add_special_tokens: bool, max_length: int | None, offsets: bool, invalid_utf8: str) -> tuple[int, int]:
    """Returns the flags and the maximum length of a call."""
    smallest = 2 if add_special_tokens else 1
    if max_length is not None and max_length < smallest:
        raise TokenizerError(f"max_length is {max_length}. Expected at least {smallest}.")
    invalid = _choice("invalid_utf8", invalid_utf8, INVALID_UTF8)
    flags = bool(add_special_tokens) | bool(offsets) << 1 | invalid << 4
    return flags, UNLIMITED if max_length is None else min(max_length, UNLIMITED)


def module_path() -> Path:
    """Returns the path of the WebAssembly module: beside this file, or in Bertie's repository."""
    for path in (directory / MODULE for directory in DIRECTORIES):
        if path.exists():
            return path
    raise TokenizerError(f"{MODULE} is missing. Copy it from packages/tokenizer-wasm/c-abi to {DIRECTORIES[0]}.")


@functools.lru_cache(maxsize=1)
def _module(path: str) -> tuple[wasmtime.Engine, wasmtime.Module]:
    config = wasmtime.Config()
    config.cranelift_opt_level = "speed"
    # Without a directory for the cache, each process compiles the module.
    with contextlib.suppress(wasmtime.WasmtimeError):
        config.cache = True
    engine = wasmtime.Engine(config)
    return engine, wasmtime.Module.from_file(engine, path)
