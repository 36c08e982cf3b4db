"""Trains in Bertie, then in PyTorch, then in Bertie again, and compares the run with one that only Bertie trains.

Prints the largest differences of the losses, and of the logits of both programs at each change of the program.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from model import logits
from run import Checkpoint, Run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BATCH = 32
BERTIE = ["node", str(ROOT / "packages/cli/dist/main.js")]


def bertie(*arguments):
    """Runs the built command. Returns what it prints to stderr."""
    result = subprocess.run([*BERTIE, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"bertie {arguments[0]} failed with {result.returncode}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result.stderr


def launch(directory, *arguments, processes=2, **options):
    """Starts train.py in several processes with PyTorch's launcher."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", processes, "--master_port", free_port()]
    # In Python 3.11, PyTorch 1.13 fails with its default, no redirection. No process has the rank 9.
    command += ["--redirects", "9:1", "--tee", "9:1", HERE / "train.py", directory, "--cpu", *arguments]
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    return subprocess.Popen([*map(str, command)], env=environment, stderr=subprocess.PIPE, text=True, **options)


def train_in_torch(directory, *arguments, processes=2):
    process = launch(directory, *arguments, processes=processes)
    _, stderr = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"train.py failed with {process.returncode}: {stderr[-9000:]}")
    return stderr


def free_port():
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def torch_logits(run, checkpoint):
    """Returns the logits that PyTorch computes for all training rows, float64 [rows, labels]."""
    features = run.features()
    p = {spec["bertName"]: checkpoint.parameters[spec["name"]] for spec in run.parameters}
    rows = []
    lengths = features.offsets[1:] - features.offsets[:-1]
    with torch.no_grad():
        for start in range(0, len(lengths), 32):
            chunk = list(range(start, min(start + 32, len(lengths))))
            *inputs, _ = features.batch(chunk, int(lengths[chunk].max()), "cpu")
            rows.append(logits(p, run.plan["model"], *inputs))
    return torch.cat(rows).double()


def bertie_logits(run, folder):
    """Returns the same logits as Bertie computes them."""
    features = run.features()
    spans = list(zip(features.offsets[:-1], features.offsets[1:]))
    rows = [[values[start:end].tolist() for values in features.tokens] for start, end in spans]
    command = ["node", HERE / "logits.js", folder]
    result = subprocess.run(command, cwd=ROOT, input=json.dumps(rows), stdout=subprocess.PIPE, check=True, text=True)
    return torch.tensor(json.loads(result.stdout), dtype=torch.float64)


def losses(directory):
    lines = Path(directory, "metrics.jsonl").read_text().splitlines()
    return {row["step"]: row["loss"] for row in map(json.loads, lines)}


def round_trip(directory, train, steps, processes=2, compare=True, in_torch=train_in_torch, log=lambda text: None):
    """Makes the round trip in a directory. Returns the differences by name.

    train: arguments of `bertie train`: model, data and options
    steps: updates of the three parts; the first may be 0
    compare: whether to compare the logits of the training rows at each change of the program
    in_torch: function that runs train.py
    """
    first, second, third = steps
    total = ["--max-steps", first + second + third]
    undisturbed, run = f"{directory}/undisturbed", f"{directory}/run"
    bertie("train", *train, *total, "--output-dir", undisturbed)
    log("the undisturbed run is complete")
    if first == 0:
        log(bertie("train", *train, *total, "--output-dir", run, "--write-plan").strip())
    else:
        bertie("train", *train, *total, "--output-dir", run, "--stop-after", first)
        log(bertie("train", "--resume", run, "--write-plan").strip())
    differences = {}

    def compare_logits(change, step):
        if not compare:
            return
        planned = Run(run)
        checkpoint = Checkpoint(planned.work / "checkpoints" / f"step-{step}")
        mine, theirs = torch_logits(planned, checkpoint), bertie_logits(planned, checkpoint.folder)
        assert mine.shape == theirs.shape, (mine.shape, theirs.shape)
        differences[f"logits, {change}"] = (mine - theirs).abs().max().item()
        difference = mine.log_softmax(-1) - theirs.log_softmax(-1)
        differences[f"log-probabilities, {change}"] = difference.abs().max().item()

    compare_logits("Bertie to PyTorch", first)
    log(in_torch(run, "--stop-after", first + second, processes=processes).strip())
    compare_logits("PyTorch to Bertie", first + second)
    bertie("train", "--resume", run)
    expected, found = losses(undisturbed), losses(run)
    assert expected.keys() == found.keys() and len(found) == sum(steps), (len(expected), len(found))
    parts = {"in Bertie": (0, first), "in PyTorch": (first, first + second), "in Bertie again": (first + second, math.inf)}
    for name, (after, until) in parts.items():
        differences[f"loss, {name}"] = max((abs(expected[s] - found[s]) for s in found if after < s <= until), default=0)
    results = [Path(path, "eval_results.json") for path in (undisturbed, run)]
    if all(path.exists() for path in results):
        a, b = (json.loads(path.read_text())["eval_loss"] for path in results)
        differences["evaluation loss"] = abs(a - b)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, nargs=3, default=(50, 50, 50))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", type=int, default=1000, help="number of reviews for training and evaluation")
    parser.add_argument("arguments", nargs="*", help="further options of bertie train, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        lines = (ROOT / "examples/data/reviews/train.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
        data = Path(directory, "data")
        data.mkdir()
        for name in ("train.tsv", "dev.tsv"):
            (data / name).write_text("".join(lines[: arguments.rows]), encoding="utf-8")
        task = ["--task-name", "news", "--data-dir", data]
        train = ["--model", ROOT / "examples/models/bge-small-zh-v1.5", *task, "--do-train", "--do-eval", "--no-report"]
        train += ["--gradient-accumulation-steps", 2, "--max-seq-length", 64]
        # Enough epochs for all updates.
        train += ["--train-batch-size", BATCH, "--num-train-epochs", math.ceil(sum(arguments.steps) * BATCH / arguments.rows)]
        train += arguments.arguments
        log = lambda text: print(text, file=sys.stderr, flush=True)
        differences = round_trip(directory, train, arguments.steps, arguments.processes, log=log)
        for name, value in differences.items():
            print(f"{name}: {value:.1e}")


if __name__ == "__main__":
    main()
