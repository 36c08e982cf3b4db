"""Reads what a classifier needs besides its weights from the directory that ``bertie export`` writes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bertie_tokenizer import MODULE, module_path

from .errors import BertieError, choice
from .rows import LONG_TEXT
from .tokenizer_files import FILES, read_json, read_tokenizer_files

ONNX_FILES = {"fp32": "onnx/model.onnx", "fp16": "onnx/model_fp16.onnx", "int8": "onnx/model_quantized.onnx"}
PROBLEM_TYPES = ("single_label_classification", "multi_label_classification", "regression")


@dataclass(frozen=True)
class ModelFiles:
    """Settings of an exported classifier."""

    onnx: Path
    """Path of the model."""
    labels: tuple[str, ...]
    """Names of the labels, in the order of their ids."""
    problem_type: str
    pairs: bool | None
    """Whether the model was trained on pairs of texts; None if unknown."""
    max_length: int
    """Maximum number of tokens per row."""
    long_text: str
    window_overlap: int | None
    threshold: float
    """Probability from which on a label is predicted, with several labels per text."""
    lowercase: bool | None
    """Setting of run.json; None if the setting of the tokenizer counts."""


def shipped_files(model: str | Path, dtype: str | None) -> dict[str, Path]:
    """Returns the files that another machine needs to tokenize or, with a data type, to classify.

    The keys are paths in the directory of the other machine. The WebAssembly module has the name ``MODULE``.
    """
    path = Path(model)
    names = [name for name in (*FILES, "run.json") if (path / name).is_file()]
    if dtype is not None:
        names.append(ONNX_FILES[dtype])
    return {**{name: path / name for name in names}, MODULE: module_path()}


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Returns a hash of the names and the contents of files, 24 hexadecimal digits."""
    sha256 = hashlib.sha256()
    for name, contents in files:
        sha256.update(f"{name} {len(contents)}\n".encode())
        sha256.update(contents)
    return sha256.hexdigest()[:24]


def read_model_files(model: str | Path, dtype: str = "fp32") -> ModelFiles:
    """Reads the settings of an exported model, with the model of the given data type: "fp32", "fp16" or "int8".

    Raises BertieError if a file is missing or malformed.
    """
    path = Path(model)
    choice("dtype", dtype, tuple(ONNX_FILES))
    onnx = path / ONNX_FILES[dtype]
    if not onnx.is_file():
        hint = f"bertie export MODEL --output-dir {path} --dtype {dtype}"
        raise BertieError(f"{onnx}: no such file. Export the model for the data type {dtype}: `{hint}`.")
    config = read_json(path, "config.json")
    if config is None:
        raise BertieError(f"{path / 'config.json'}: no such file. Pass the directory that `bertie export` has written.")
    names = config.get("id2label") or {}
    labels = tuple(names[str(i)] for i in range(len(names)) if str(i) in names)
    if not labels or len(labels) != len(names):
        raise BertieError(f'{path / "config.json"}: "id2label" does not name the labels. Export the model again.')
    default = "regression" if len(labels) == 1 else "single_label_classification"
    problem_type = choice(
        f'{path / "config.json"}: "problem_type"', config.get("problem_type") or default, PROBLEM_TYPES
    )
    run = read_json(path, "run.json") or {}
    positions = config["max_position_embeddings"]
    length = run.get("max_seq_length") or read_tokenizer_files(path).max_length or positions
    long_text = run.get("long_text") or "truncate"
    return ModelFiles(
        onnx=onnx,
        labels=labels,
        problem_type=problem_type,
        pairs=run.get("pairs"),
        max_length=min(length, positions),
        long_text=choice(f'{path / "run.json"}: "long_text"', long_text, LONG_TEXT),
        window_overlap=run.get("window_overlap"),
        threshold=run.get("threshold", 0.5),
        lowercase=run.get("do_lower_case"),
    )
