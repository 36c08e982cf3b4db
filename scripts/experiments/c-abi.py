"""Compares the tokenizer in Python (wasmtime) with Node and with Hugging Face's tokenizers on one thread.

    pip install -r examples/python/requirements.txt tokenizers
    node scripts/build.js && BERTIE_REFERENCE_DATA=DIRECTORY python scripts/experiments/c-abi.py [ROUNDS]

DIRECTORY/corpora has zh.txt, en.txt and mixed.txt. Each round runs all implementations in turn on the same text, so that
noise of the machine meets all of them. The table has the fastest round of each by CPU time, which other programs on the
machine affect less than elapsed time, and the ratio of elapsed times. Then the ids of all corpora with both vocabularies
are compared with Node's.
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
root = Path(__file__).parents[2]
sys.path.insert(0, str(root / "examples/python"))

import tokenizers  # noqa: E402
from bertie_tokenizer import Tokenizer  # noqa: E402

FIXTURES = root / "packages/tokenizer-wasm/fixtures"
CORPORA = Path(os.environ["BERTIE_REFERENCE_DATA"]) / "corpora"
# Hugging Face's tokenizers are slow, so they get the first lines only.
SAMPLE_BYTES = 1 << 20
NODE = """
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
const tokenizers = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { vocabulary, lowercase, corpus, hash } = JSON.parse(line);
  const key = vocabulary + lowercase;
  tokenizers[key] ??= await BertTokenizer.fromVocab(gunzipSync(readFileSync(vocabulary)), { lowercase });
  const bytes = readFileSync(corpus);
  const [start, startCpu] = [performance.now(), cpu()];
  const { ids, rowOffsets } = tokenizers[key].encodeLines(bytes, { addSpecialTokens: false });
  const [wall, used] = [(performance.now() - start) / 1e3, cpu() - startCpu];
  const digest = hash && createHash("sha256").update(ids).update(BigInt64Array.from(rowOffsets, BigInt)).digest("hex");
  console.log(JSON.stringify({ wall, cpu: used, digest }));
}
"""


class Node:
    def __init__(self) -> None:
        command = ["node", "--input-type=module", "--eval", NODE]
        self.process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def encode(self, language: str, corpus: Path, lowercase: bool = True, digest: bool = False) -> dict:
        vocabulary = str(FIXTURES / f"vocab-{language}.txt.gz")
        request = {"vocabulary": vocabulary, "lowercase": lowercase, "corpus": str(corpus), "hash": digest}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def timed(call) -> dict:
    start, start_cpu = time.perf_counter(), time.thread_time()
    call()
    return {"wall": time.perf_counter() - start, "cpu": time.thread_time() - start_cpu}


def vocabulary(language: str) -> bytes:
    return gzip.decompress((FIXTURES / f"vocab-{language}.txt.gz").read_bytes())


def speeds(node: Node, rounds: int) -> None:
    print(
        "| corpus | measure | Python, bytes | Python, strings | Node, bytes | HF, strings | ÷ Node | ÷ HF | strings ÷ HF |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for corpus, language in (("zh", "zh"), ("en", "en"), ("mixed", "zh")):
        path = CORPORA / f"{corpus}.txt"
        data = path.read_bytes()
        sample = data[: data.rfind(b"\n", 0, SAMPLE_BYTES) + 1].decode().split("\n")[:-1]
        sample_bytes = sum(len(line.encode()) + 1 for line in sample)
        lines = data.decode().split("\n")
        tokens = {token.rstrip("\n"): index for index, token in enumerate(vocabulary(language).decode().split("\n"))}
        tokens.pop("", None)
        peer = tokenizers.BertWordPieceTokenizer(tokens, lowercase=True)
        tokenizer = Tokenizer(vocabulary(language))
        implementations = {
            "bytes": (len(data), lambda: timed(lambda: tokenizer.encode_batch(data, add_special_tokens=False))),
            "strings": (len(data), lambda: timed(lambda: tokenizer.encode_batch(lines, add_special_tokens=False))),
            "node": (len(data), lambda: node.encode(language, path)),
            "peer": (sample_bytes, lambda: timed(lambda: peer.encode_batch(sample, add_special_tokens=False))),
        }
        best = {name: {"wall": 0.0, "cpu": 0.0} for name in implementations}
        for _ in range(rounds):
            for name, (size, run) in implementations.items():
                for measure, seconds in run().items():
                    if measure in best[name]:
                        best[name][measure] = max(best[name][measure], size / seconds / 1e6)
        for measure in ("cpu", "wall"):
            fastest = [best[name][measure] for name in implementations]
            ratios = [fastest[0] / fastest[2], fastest[0] / fastest[3], fastest[1] / fastest[3]]
            cells = [f"{value:.1f} MB/s" for value in fastest] + [f"{ratio:.2f}" for ratio in ratios]
            print(f"| {corpus} | {measure} | {' | '.join(cells)} |", flush=True)


def compare(node: Node) -> None:
    equal = 0
    for language in ("zh", "en"):
        for lowercase in (True, False):
            tokenizer = Tokenizer(vocabulary(language), lowercase=lowercase)
            for corpus in ("zh", "en", "mixed"):
                path = CORPORA / f"{corpus}.txt"
                data = path.read_bytes()
                expected = node.encode(language, path, lowercase, digest=True)["digest"]
                lines = data.decode("utf-8", "replace").split("\n")
                for given in (data, lines[:-1] if data.endswith(b"\n") else lines):
                    encodings = tokenizer.encode_batch(given, add_special_tokens=False)
                    digest = hashlib.sha256(encodings.ids.tobytes() + encodings.row_offsets.tobytes()).hexdigest()
                    if digest != expected:
                        sys.exit(f"the ids of {corpus} with the vocabulary {language} differ")
                    equal += 1
    print(f"\nids equal to Node's in {equal} of {equal} comparisons")


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    node = Node()
    speeds(node, rounds)
    compare(node)
    node.process.stdin.close()
