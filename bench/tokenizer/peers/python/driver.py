"""Runs a job (see ../../implementations.js) with a Python implementation: times passes over a corpus, or serves ids."""

import array
import concurrent.futures
import hashlib
import json
import pathlib
import sys
import time

import implementations


def split(texts, sizes, count):
    """Returns the texts split into lists of about the same size in bytes."""
    parts = [[] for _ in range(count)]
    total, seen = sum(sizes), 0
    for text, size in zip(texts, sizes):
        parts[min(count - 1, seen * count // total)].append(text)
        seen += size
    return parts


def time_passes(job):
    """Times passes over a corpus and prints the result."""
    content = pathlib.Path(job["corpus"]).read_bytes().removesuffix(b"\n").split(b"\n")
    texts = [line.decode() for line in content]
    encode, rows, own_threads = getattr(implementations, job["implementation"])(job)
    threads = job.get("threads", 1)
    if threads == 1 or own_threads:
        encode_all, all_rows = encode, rows
    else:
        pool = concurrent.futures.ThreadPoolExecutor(threads)
        texts = split(texts, [len(line) + 1 for line in content], threads)
        encode_all = lambda parts: list(pool.map(encode, parts))
        all_rows = lambda results: (row for result in results for row in rows(result))
    seconds = []
    for _ in range(job["passes"]):
        start = time.perf_counter()
        result = encode_all(texts)
        seconds.append(time.perf_counter() - start)
    tokens = 0
    digest = hashlib.sha256()
    for row in all_rows(result):
        tokens += len(row)
        if job.get("hash"):
            digest.update(array.array("i", [*row, -1]).tobytes())
    print(json.dumps({"seconds": seconds, "tokens": tokens, "sha256": digest.hexdigest() if job.get("hash") else None}))


def serve(job):
    """Reads JSON arrays of texts from stdin, one per line, and prints a JSON array of their ids for each."""
    encode, rows, _ = getattr(implementations, job["implementation"])(job)
    for line in sys.stdin:
        ids = [[int(i) for i in row] for row in rows(encode(json.loads(line)))]
        print(json.dumps(ids), flush=True)


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    time_passes(job) if "corpus" in job else serve(job)
