"""The reference tokenizer, and the code points for which its Unicode tables differ from Bertie's.

The reference is `tokenization.py` of PyPI's pytorch-pretrained-bert 0.6.2, which uses this Python's Unicode tables. The
file is read from the wheel, because importing the package requires torch.
"""

import functools
import importlib.util
import logging
import pathlib
import subprocess
import sys
import tempfile
import types
import unicodedata
import zipfile

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = "pytorch-pretrained-bert==0.6.2"


@functools.cache
def reference_module():
    """Returns the module pytorch_pretrained_bert.tokenization."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--dest", folder, PACKAGE], check=True)
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            source = archive.read("pytorch_pretrained_bert/tokenization.py").decode()
    package = types.ModuleType("reference")
    package.__path__ = []
    file_utils = types.ModuleType("reference.file_utils")
    file_utils.cached_path = None
    module = types.ModuleType("reference.tokenization")
    module.__package__ = "reference"
    sys.modules.update({"reference": package, "reference.file_utils": file_utils, "reference.tokenization": module})
    logging.disable(logging.WARNING)
    exec(compile(source, "tokenization.py", "exec"), module.__dict__)
    return module


class Reference:
    """The reference tokenizer with a vocabulary and a casing. Caches the tokens of words."""

    def __init__(self, vocab_file, lower):
        module = reference_module()
        self.vocab = module.load_vocab(vocab_file)
        self.basic = module.BasicTokenizer(do_lower_case=lower)
        self.word_piece = functools.lru_cache(1 << 18)(module.WordpieceTokenizer(vocab=self.vocab).tokenize)

    def tokenize(self, text):
        return [piece for word in self.basic.tokenize(text) for piece in self.word_piece(word)]

    def ids(self, text):
        return [self.vocab[token] for token in self.tokenize(text)]


@functools.cache
def changed_code_points():
    """Returns the code points whose properties differ between this Python and Bertie's tables."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts/unicode/generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    with tempfile.TemporaryDirectory() as folder:
        bertie, casing = generate.fetch(pathlib.Path(folder))
        lower = generate.lower_case(casing)

    def differs(point):
        character = chr(point)
        python = unicodedata
        lowered = "i\u0307" if point == 0x130 else chr(lower.get(point, point))
        return (
            python.category(character) != bertie.category(character)
            or python.normalize("NFD", character) != bertie.normalize("NFD", character)
            or python.combining(character) != bertie.combining(character)
            or character.lower() != (lowered if point != 0x3A3 else "\u03c3")
        )

    return frozenset(point for point in range(0x110000) if not 0xD800 <= point < 0xE000 and differs(point))


def has_changed(text):
    """Returns whether a text contains code points whose properties differ between this Python and Bertie's tables."""
    changed = changed_code_points()
    return any(ord(character) in changed for character in text if character > "\x7f")
