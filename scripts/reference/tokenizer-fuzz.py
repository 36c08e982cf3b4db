#!/usr/bin/env python3
"""Writes texts that are hard to tokenize, with the tokens and ids that the reference returns, as JSON lines.

    python3 scripts/reference/tokenizer-fuzz.py GOLDEN [--count 20000] [--seed 1] [--every-code-point]

GOLDEN contains vocab-{zh,en}.txt. Texts are omitted, and counted on stderr, if they contain characters whose properties
differ between this Python's Unicode version and the tokenizer's. scripts/reference/tokenizer-compare.js reads the output.
"""

import argparse
import json
import random
import sys
import unicodedata

from tokenizer_reference import Reference, has_changed

SPECIAL = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]", "[unk]", "[sep]", "[", "]", "[[SEP]]", "[SEP][SEP]"]
SPACES = list(" \t\n\r\u00a0\u3000\u2028\u2029\u0085\u000b\u000c\u001c\u1680\u2003")
DROPPED = list("\u00ad\u200b\u200d\ufeff\x00\ufffd\x01\u0378\ue000\U000e0001")
SIGMA = list("ΣσςΑα'.:\u2019·\u0301\u00ad -1中aAʰ\u0345")
MARKS = [chr(c) for c in range(0x110000) if chr(c).isprintable() and unicodedata.combining(chr(c))]
IDEOGRAPHS = list("中文\u3400\u9fff\U00020000\U0002b820\U0002ceaf\U0002f800\uf900\ufa0e々〇ー")
HANGUL = [chr(c) for c in range(0xAC00, 0xAC00 + 11172, 7)]
LATIN = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÀÉÎõüßıİĲﬀǅẞ№™")
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~。，、「」…—‘’“”¿¡§≠\u037e\u1fef€£×")


def any_character(rng):
    while True:
        point = rng.choice([rng.randrange(0x3000), rng.randrange(0x11000), rng.randrange(0x110000)])
        if not 0xD800 <= point < 0xE000:
            return chr(point)


def piece(rng, words):
    kind = rng.randrange(12)
    if kind == 0:
        return rng.choice(words)
    if kind == 1:
        return rng.choice(SPECIAL)
    if kind == 2:
        return rng.choice("aé中한Σα") * rng.choice([33, 34, 50, 99, 100, 101, 102, 200])
    sources = [LATIN, SPACES, DROPPED, SIGMA, MARKS, IDEOGRAPHS, HANGUL, PUNCTUATION, None]
    source = sources[kind - 3]
    count = rng.choice([1, 1, 2, 3, 6])
    return "".join(any_character(rng) if source is None else rng.choice(source) for _ in range(count))


def random_texts(rng, count, words):
    for _ in range(count):
        yield "".join(piece(rng, words) for _ in range(rng.choice([1, 2, 3, 5, 8, 13])))


def every_code_point():
    """Yields one text per code point, with the code point between letters, marks, sigmas and special tokens."""
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000 or 0xE100 <= point < 0xF800 or 0x30000 <= point < 0xE0000 or point >= 0xF0000:
            continue
        c = chr(point)
        yield f"{c} a{c}b a\u0301{c}\u0327 \u16ff0{c}\u302e\u1bab Α{c}Σ Σ{c}Α ΑΣ{c} [SEP]{c} {c}[SEP] {c.upper()}{c.lower()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("golden")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-code-point", action="store_true")
    arguments = parser.parse_args()
    references = {
        (vocab, lower): Reference(f"{arguments.golden}/vocab-{vocab}.txt", lower)
        for vocab in ["zh", "en"]
        for lower in [True, False]
    }
    rng = random.Random(arguments.seed)
    words = [word.removeprefix("##") for (vocab, _), r in references.items() for word in r.vocab]
    texts = every_code_point() if arguments.every_code_point else random_texts(rng, arguments.count, words)
    omitted = 0
    for text in texts:
        if has_changed(text):
            omitted += 1
            continue
        vocab, lower = rng.choice(list(references)) if not arguments.every_code_point else ("en", True)
        for key in {(vocab, lower), ("zh", not lower)}:
            reference = references[key]
            tokens = reference.tokenize(text)
            record = {"src": "fuzz", "vocab": key[0], "lower": key[1], "text": text, "tokens": tokens}
            print(json.dumps({**record, "ids": [reference.vocab[token] for token in tokens]}))
    print(f"omitted because of changed characters: {omitted}", file=sys.stderr)


if __name__ == "__main__":
    main()
