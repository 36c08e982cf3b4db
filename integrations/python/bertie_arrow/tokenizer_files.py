"""Reads the tokenizer of a model directory: vocabulary and settings, as ``bertie tokenize --model`` does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bertie_tokenizer import AddedToken

from .errors import BertieError

FILES = (
    "config.json",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""Files of a model directory that determine the ids of a text."""

BERT_CLASSES = ("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "ErnieTokenizer")
GENERIC_CLASSES = ("TokenizersBackend", "PreTrainedTokenizer", "PreTrainedTokenizerBase")
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
FIXED_SETTINGS = {
    "do_basic_tokenize": True,
    "clean_text": True,
    "wordpieces_prefix": "##",
    "truncation_side": "right",
}
FIXED_TOKENS = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}


@dataclass(frozen=True)
class TokenizerFiles:
    """Vocabulary and settings of a tokenizer."""

    vocabulary: bytes
    """Contents of vocab.txt."""
    lowercase: bool | None
    """Whether texts are lowercased; None if no file says so."""
    strip_accents: bool | None
    tokenize_chinese_chars: bool
    special_tokens: str
    """Rule for special tokens in texts: "classic", "none" or "everywhere"."""
    added_tokens: tuple[AddedToken, ...]
    max_length: int | None
    """Maximum number of tokens per text; None if the files have no maximum."""


def read_json(directory: Path, file: str) -> dict[str, Any] | None:
    """Returns the object in a JSON file, or None if the file does not exist."""
    try:
        contents = (directory / file).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BertieError(f"{directory / file}: the file cannot be read ({error.strerror}). Check the path.") from error
    try:
        value = json.loads(contents)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BertieError(f"{directory / file}: expected a JSON object. Check that the file is complete.")
    return value


def read_tokenizer_files(directory: str | Path) -> TokenizerFiles:
    """Reads the tokenizer of a model directory.

    Raises BertieError if a file is missing or malformed, or if the tokenizer is not BERT's WordPiece.
    """
    path = Path(directory)
    if not path.is_dir():
        raise BertieError(f"{path}: no such directory. Expected the directory of a model, with vocab.txt.")
    model = read_json(path, "config.json")
    config = read_json(path, "tokenizer_config.json") or {}
    name = path / "tokenizer_config.json"
    generic = _check_class(config.get("tokenizer_class") or (model or {}).get("tokenizer_class"), name)
    _check_settings(config, name)
    whole = read_json(path, "tokenizer.json")
    vocabulary, normalizer = _vocabulary(path, whole)
    if generic and normalizer is None:
        raise _unsupported(name, f'"tokenizer_class" needs tokenizer.json, which {path} does not have')
    # The generic class of transformers follows tokenizer.json, and BERT's class follows tokenizer_config.json.
    source = normalizer if generic and normalizer is not None else config
    lowercase = _flag(source, "lowercase" if source is normalizer else "do_lower_case", name)
    chinese = _flag(source, "handle_chinese_chars" if source is normalizer else "tokenize_chinese_chars", name)
    is_transformers = model is not None
    length = config.get("model_max_length")
    return TokenizerFiles(
        vocabulary=vocabulary,
        lowercase=True if lowercase is None and is_transformers else lowercase,
        strip_accents=_flag(source, "strip_accents", name),
        tokenize_chinese_chars=chinese is not False,
        special_tokens=_special_token_rule(config, is_transformers),
        added_tokens=_added_tokens(path, config, whole, vocabulary, generic),
        max_length=length if isinstance(length, int) and 2 < length < 2**31 else None,
    )


def _check_class(value: object, name: Path) -> bool:
    """Returns whether the class follows tokenizer.json."""
    if value is None:
        return False
    plain = value.removesuffix("Fast") if isinstance(value, str) else value
    if plain in GENERIC_CLASSES or plain in BERT_CLASSES:
        return plain in GENERIC_CLASSES
    raise _unsupported(name, f'"tokenizer_class" is {value!r}')


def _check_settings(config: dict[str, Any], name: Path) -> None:
    for key, supported in FIXED_SETTINGS.items():
        if config.get(key) not in (None, supported):
            raise _unsupported(name, f'"{key}" is {config[key]!r}, expected {supported!r}')
    for key, token in FIXED_TOKENS.items():
        found = _text(config.get(key)) or token
        if found != token:
            raise _unsupported(name, f'"{key}" is {found!r}, expected {token!r}')
    if config.get("auto_map") is not None:
        raise _unsupported(name, '"auto_map" names a tokenizer with its own code')
    if any(token not in SPECIAL_TOKENS for token in config.get("never_split") or []):
        raise _unsupported(name, '"never_split" has words')


def _special_token_rule(config: dict[str, Any], is_transformers: bool) -> str:
    if config.get("special_tokens_in_text") == "classic":
        return "classic"
    if config.get("split_special_tokens") is True:
        return "none"
    return "everywhere" if is_transformers else "classic"


def _vocabulary(path: Path, whole: dict[str, Any] | None) -> tuple[bytes, dict[str, Any] | None]:
    """Returns the vocabulary as in vocab.txt, and the normalizer of tokenizer.json if there is one."""
    file = path / "vocab.txt"
    lines = file.read_bytes() if file.exists() else None
    if whole is None:
        if lines is None:
            raise BertieError(
                f"{path}: found neither vocab.txt nor tokenizer.json. Pass the directory of a BERT model."
            )
        return lines, None
    name = path / "tokenizer.json"
    normalizer, tokens = whole.get("normalizer"), _tokens(whole.get("model"), name)
    if not isinstance(normalizer, dict) or normalizer.get("type") != "BertNormalizer":
        raise _unsupported(name, "the normalizer is not BertNormalizer")
    if normalizer.get("clean_text", True) is not True:
        raise _unsupported(name, "the normalizer does not clean text")
    if (whole.get("pre_tokenizer") or {}).get("type") != "BertPreTokenizer":
        raise _unsupported(name, "the pre-tokenizer is not BertPreTokenizer")
    if lines is not None:
        present = [line.strip() for line in lines.decode("utf-8-sig").removesuffix("\n").split("\n")]
        same = len(present) >= len(tokens) and all(
            not token.strip() or token == line for token, line in zip(tokens, present)
        )
        if not same:
            raise BertieError(f"{file} differs from the vocabulary of tokenizer.json. Remove the wrong file.")
        return lines, normalizer
    # A token with white space around it matches no word, but would be another token as a line of vocab.txt.
    return "".join(f"{token if token.strip() == token else ''}\n" for token in tokens).encode(), normalizer


def _tokens(model: object, name: Path) -> list[str]:
    """Returns the tokens of tokenizer.json in the order of their ids. Ids that are not used are empty."""
    if not isinstance(model, dict) or model.get("type", "WordPiece") != "WordPiece":
        raise _unsupported(name, "the model is not WordPiece")
    expected = {"unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    for key, supported in expected.items():
        if model.get(key, supported) != supported:
            raise _unsupported(name, f'"{key}" is {model[key]!r}, expected {supported!r}')
    ids = model.get("vocab")
    if not isinstance(ids, dict) or not all(isinstance(value, int) and 0 <= value < 1 << 20 for value in ids.values()):
        raise BertieError(f'{name}: "vocab" is not an object of tokens and ids. Check that the file is complete.')
    tokens = [""] * (max(ids.values(), default=-1) + 1)
    for token, value in ids.items():
        tokens[value] = token
    return tokens


def _added_tokens(
    path: Path, config: dict[str, Any], whole: dict[str, Any] | None, vocabulary: bytes, generic: bool
) -> tuple[AddedToken, ...]:
    decoder, map_file = config.get("added_tokens_decoder"), {}
    found: dict[str, tuple[AddedToken, bool]] = {}

    def add(identifier: object, token: object, name: Path) -> None:
        content = _text(token)
        if content is None or not isinstance(identifier, int) or not 0 <= identifier < 1 << 24:
            raise BertieError(f"{name}: the added token {token!r} has no text or no id. Correct the file.")
        flags = token if isinstance(token, dict) else {}
        special = flags.get("special") is True
        is_normalized = flags.get("normalized")
        bits = [flags.get(key) is True for key in ("single_word", "lstrip", "rstrip")]
        value = AddedToken(content, identifier, *bits, not special if is_normalized is None else is_normalized is True)
        found[content] = value, special

    if isinstance(whole, dict) and (generic or not isinstance(decoder, dict)):
        for token in whole.get("added_tokens") or []:
            add(token.get("id"), token, path / "tokenizer.json")
    if isinstance(decoder, dict):
        for identifier, token in decoder.items():
            number = int(identifier) if identifier.isdecimal() else identifier
            add(number, token, path / "tokenizer_config.json")
    else:
        map_file = read_json(path, "special_tokens_map.json") or {}
        named = set(_named(config, map_file))
        for content, identifier in (read_json(path, "added_tokens.json") or {}).items():
            if content not in found:
                flags = {"content": content, "special": content in named, "normalized": content not in named}
                add(identifier, flags, path / "added_tokens.json")
    unnumbered = [token for token in _named(config, map_file) if token not in found and token not in SPECIAL_TOKENS]
    if unnumbered:
        lines = [line.strip() for line in vocabulary.decode().removesuffix("\n").split("\n")]
        ids = {line: index for index, line in enumerate(lines)}
        for content in dict.fromkeys(unnumbered):
            following = max([len(ids), *(token.id + 1 for token, _ in found.values())])
            found[content] = AddedToken(content, ids.get(content, following)), True
    plain = (False, False, False, False)
    return tuple(
        token
        for token, special in found.values()
        if token.content not in SPECIAL_TOKENS
        or not special
        or (token.single_word, token.lstrip, token.rstrip, token.normalized) != plain
    )


def _named(config: dict[str, Any], map_file: dict[str, Any]) -> list[str]:
    """Returns the texts of the special tokens that the files name."""
    texts: list[str | None] = []
    for file in (config, map_file):
        for key, value in file.items():
            if key.endswith("_token"):
                texts.append(_text(value))
        for key in ("additional_special_tokens", "extra_special_tokens"):
            listed = file.get(key) or []
            texts += [_text(token) for token in (listed.values() if isinstance(listed, dict) else listed)]
    return [text for text in texts if text is not None]


def _text(token: object) -> str | None:
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) else None


def _flag(settings: dict[str, Any], key: str, name: Path) -> bool | None:
    value = settings.get(key)
    if value is not None and not isinstance(value, bool):
        raise BertieError(f'{name}: "{key}" is {value!r}. Expected true, false or null.')
    return value


def _unsupported(name: Path, problem: str) -> BertieError:
    return BertieError(f"{name}: {problem}. Bertie supports only BERT's tokenizer: use a model that has it.")
