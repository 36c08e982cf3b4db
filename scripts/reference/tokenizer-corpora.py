#!/usr/bin/env python3
"""Hashes the ids that the reference returns for corpora, as a fixture for a test.

    python3 scripts/reference/tokenizer-corpora.py DATA > packages/tokenizer-wasm/fixtures/corpora.json

DATA contains corpora/{zh,en,mixed}.txt and golden/vocab-{zh,en}.txt. A hash is the SHA-256 of the ids of all lines as
little-endian int32, with -1 after each line. Lines are omitted, and listed, if they contain characters whose properties
differ between this Python's Unicode version and the tokenizer's.
"""

import array
import hashlib
import json
import pathlib
import sys

from tokenizer_reference import Reference, has_changed

PAIRS = [("zh", "zh"), ("en", "en"), ("mixed", "zh"), ("mixed", "en"), ("zh", "en"), ("en", "zh")]


def main():
    data = pathlib.Path(sys.argv[1])
    entries = []
    for corpus, vocab in PAIRS:
        content = (data / f"corpora/{corpus}.txt").read_bytes()
        lines = content.decode().removesuffix("\n").split("\n")
        left_out = {number for number, line in enumerate(lines) if has_changed(line)}
        for lower in [True, False]:
            reference = Reference(str(data / f"golden/vocab-{vocab}.txt"), lower)
            digest = hashlib.sha256()
            tokens = 0
            for number, line in enumerate(lines):
                if number not in left_out:
                    ids = reference.ids(line)
                    tokens += len(ids)
                    digest.update(array.array("i", [*ids, -1]).tobytes())
            entries.append({
                "corpus": corpus, "corpusSha256": hashlib.sha256(content).hexdigest(), "vocab": vocab, "lower": lower,
                "lines": len(lines), "leftOut": sorted(left_out), "tokens": tokens, "sha256": digest.hexdigest(),
            })  # fmt: skip
            print(corpus, vocab, lower, tokens, file=sys.stderr)
    print(json.dumps(entries, indent=1))


if __name__ == "__main__":
    main()
