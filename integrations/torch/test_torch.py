"""Tests with the built command and PyTorch's launcher. Run `node scripts/build.js` first."""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import unittest
from pathlib import Path

import torch

import convert
import train
from optimizer import BertAdam
from round_trip import ROOT, bertie, free_port, launch, round_trip, train_in_torch
from run import Checkpoint, Lock, Run, RunError

# Threads of PyTorch do not survive a fork.
torch.set_num_threads(1)

VOCABULARY = ROOT / "tests/cli/fixtures/vocab.txt"
BERT = dict(model_type="bert", vocab_size=101, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
BERT.update(intermediate_size=64, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.2, max_position_embeddings=24)
ELECTRA = {**BERT, "model_type": "electra", "embedding_size": 16}
DISTILBERT = dict(model_type="distilbert", vocab_size=101, dim=32, n_layers=2, n_heads=4, hidden_dim=64, dropout=0.1)
DISTILBERT.update(attention_dropout=0.1, seq_classif_dropout=0.2, max_position_embeddings=24)

WORDS = "很差", "很好", "不大不小", "房间 很 好", "酒店 room 很差，不 好 不 大"
# Batches of 10 are two micro-batches of 5 rows, of which two processes compute 2 and 3. 33 rows leave an incomplete batch.
OPTIONS = ["--train-batch-size", 10, "--gradient-accumulation-steps", 2, "--max-seq-length", 13, "--num-train-epochs", 9]
OPTIONS += ["--learning-rate", "1e-3", "--warmup-proportion", 0.2, "--no-report", "--threads", 1, "--random-weights"]


def table(path, header, row):
    lines = [header, *(row(i, f"{WORDS[i % 5]} {i // 10} {i % 10}", WORDS[i % 3]) for i in range(33))]
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")
    return path


def model(directory, config):
    folder = directory / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(VOCABULARY, folder / "vocab.txt")
    return folder


def run_main(main, arguments, environment, log):
    os.environ.update(environment)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    sys.exit(main([*map(str, arguments)]))


def fork(main, *arguments, processes=1):
    """Runs the main function of a script in processes that need not import PyTorch. Returns their exit codes and stderr."""
    with tempfile.TemporaryDirectory() as directory:
        shared = dict(WORLD_SIZE=str(processes), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(free_port()))
        started = []
        for rank in range(processes):
            environment = {**shared, "RANK": str(rank)}
            target = dict(target=run_main, args=(main, arguments, environment, f"{directory}/log"), daemon=True)
            started.append(multiprocessing.get_context("fork").Process(**target))
            started[-1].start()
        for process in started:
            process.join(timeout=120)
        return [process.exitcode for process in started], Path(directory, "log").read_text()


def fork_training(directory, *arguments, processes=2):
    codes, stderr = fork(train.main, directory, "--cpu", *arguments, processes=processes)
    assert codes == [0] * processes, (codes, stderr)
    return stderr


class RoundTrip(unittest.TestCase):
    def setUp(self):
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def check(self, config, header, row, columns, options, steps=(0, 5, 3), differences=4, **round_trip_options):
        rows = table(self.directory / "rows.tsv", header, row)
        columns = ["--text-column", "text", *columns]
        arguments = [rows, "--eval-file", rows, "--model", model(self.directory, config), *columns, *OPTIONS, *options]
        trip = {"compare": False, "in_torch": fork_training, **round_trip_options}
        found = round_trip(self.directory, arguments, steps, **trip)
        self.assertEqual(found["loss, in Bertie"], 0)
        self.assertEqual(len(found), differences)
        for name, difference in found.items():
            self.assertLess(difference, 1e-5, name)
        self.assertFalse(Path(f"{self.directory}/run/plan").exists())

    def test_one_label(self):
        row = lambda i, text, _: (text, ("bad", "good", "so-so")[i % 3])
        options = ["--class-weights", "balanced", "--label-smoothing", 0.1, "--layer-decay", 0.8, "--freeze-layers", 1]
        columns = ["--label-column", "label"]
        trip = dict(compare=True, in_torch=train_in_torch)
        self.check(BERT, ("text", "label"), row, columns, options, steps=(4, 5, 3), differences=8, **trip)

    def test_pairs_with_several_labels(self):
        row = lambda i, text, other: (text, other, str(i % 2), str(i % 3 % 2), str(i % 5 % 2))
        columns = [part for name in "abc" for part in ("--label-column", name)]
        columns += ["--pair-column", "other"]
        self.check(ELECTRA, ("text", "other", "a", "b", "c"), row, columns, ["--seed", 7, "--schedule", "cosine"])

    def test_regression(self):
        row = lambda i, text, _: (text, f"{i % 5 / 4:.2f}")
        columns = ["--label-column", "score", "--problem-type", "regression"]
        options = ["--no-shuffle", "--padding", "max", "--gradient-accumulation-steps", 1]
        self.check(DISTILBERT, ("text", "score"), row, columns, options)


class Interruptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        rows = table(cls.directory / "rows.tsv", ("text", "label"), lambda i, text, _: (text, ("bad", "good")[i % 2]))
        options = ["--text-column", "text", "--label-column", "label", *OPTIONS, "--num-train-epochs", 5000, "--no-baseline"]
        run = ["--output-dir", cls.directory / "started", "--write-plan"]
        bertie("train", rows, "--model", model(cls.directory, BERT), *options, *run)

    def setUp(self):
        self.run_name = f"{self.directory}/{self._testMethodName}"
        shutil.copytree(self.directory / "started.unfinished", f"{self.run_name}.unfinished")

    def fails(self, main, *arguments):
        (code,), stderr = fork(main, *arguments)
        self.assertEqual(code, 2, stderr)
        return stderr.strip().splitlines()[-1]

    def test_termination_and_damage(self):
        process = launch(self.run_name, "--log-every", 1)
        self.addCleanup(process.kill)
        next(line for line in process.stderr if line.startswith("step 3/"))
        process.send_signal(signal.SIGTERM)
        self.assertNotEqual(process.wait(timeout=60), 0)
        process.stderr.close()
        run = Run(self.run_name)
        newest = run.checkpoint()
        self.assertGreaterEqual(newest.step, 3)
        self.assertFalse((run.work / "lock").exists())

        # The files of a killed process, and a damaged checkpoint, are skipped.
        folder = run.work / "checkpoints"
        (folder / ".step-9000").mkdir()
        shutil.copytree(newest.folder, folder / "step-9001")
        (folder / "step-9001/state.json").write_text("{")
        warnings = []
        self.assertEqual(run.checkpoint(warnings.append).step, newest.step)
        self.assertIn("state.json differs from the manifest", warnings[0])
        shutil.rmtree(folder / "step-9001")

        # The run continues in PyTorch and in Bertie.
        fork_training(self.run_name, "--stop-after", newest.step + 2, processes=3)
        self.assertEqual(Run(self.run_name).checkpoint().step, newest.step + 2)
        text = bertie("train", "--resume", self.run_name, "--stop-after", newest.step + 3)
        self.assertIn(f"resuming after step {newest.step + 2}", text)

    def test_conversion(self):
        fork_training(self.run_name, "--stop-after", 2, processes=1)
        run = Run(self.run_name)
        before = Checkpoint(run.work / "checkpoints/step-2")
        file = self.directory / "state.pt"
        for optimizer in ("bertadam", "adamw"):
            contents = convert.to_torch(run, before, optimizer)
            parameters = [torch.nn.Parameter(t) for group in contents["optimizer"]["param_groups"] for t in
                          (before.parameters[name] for name in group["param_names"])]
            splits = [len(group["params"]) for group in contents["optimizer"]["param_groups"]]
            groups = [{"params": list(part)} for part in (parameters[: splits[0]], parameters[splits[0] :])]
            loaded = BertAdam(groups) if optimizer == "bertadam" else torch.optim.AdamW(groups)
            loaded.load_state_dict(contents["optimizer"])
            torch.save({**contents, "optimizer": loaded.state_dict()}, file)
            convert.from_torch(run, before, torch.load(file))
            after = Checkpoint(before.folder)
            self.assertGreater(max(t.abs().max() for t in after.second.values()), 0)
            for name in ("model.safetensors", "first_moments.safetensors", "second_moments.safetensors", "metrics.jsonl"):
                self.assertEqual(before.files[name], after.files[name], name)

        contents = convert.to_torch(run, before)
        contents["progress"] = {**contents["progress"], "steps": 3}
        with self.assertRaisesRegex(RunError, 'the optimizer is at step \\[2\\], but "progress" is at step 3'):
            convert.from_torch(run, before, contents)
        del contents["model"]["classifier.bias"]
        with self.assertRaisesRegex(RunError, 'classifier.bias: expected a tensor \\[2\\] in "model", found none'):
            convert.from_torch(run, before, contents)

    def test_errors(self):
        run = Run(self.run_name)
        with Lock(run.work):
            self.assertIn("another run is writing to this directory", self.fails(train.main, self.run_name))
        self.assertIn("the run is at step 0", self.fails(train.main, self.run_name, "--stop-after", 0))
        other = run.work / "plan/plan.json"
        plan = json.loads(other.read_text())
        other.write_text(json.dumps({**plan, "setting": {**plan["setting"], "options": {}}}))
        self.assertIn("the plan was written for other options", self.fails(train.main, self.run_name))
        shutil.rmtree(run.work / "plan")
        advice = f'Write it with "bertie train --resume {self.run_name} --write-plan"'
        self.assertIn(advice, self.fails(train.main, self.run_name))
        self.assertIn(advice, self.fails(convert.main, "to-torch", self.run_name, self.directory / "state.pt"))


class Optimizer(unittest.TestCase):
    def test_update(self):
        # One update by hand: the gradient (3, 4) has the norm 5, and is clipped to 1.
        p = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        p.grad = torch.tensor([3.0, 4.0])
        optimizer = BertAdam([{"params": [p]}], lr=0.1)
        self.assertAlmostEqual(optimizer.step().item(), 5, 5)
        g = torch.tensor([0.6, 0.8])
        expected = torch.tensor([1.0, -2.0])
        update = 0.1 * g / ((0.001 * g * g).sqrt() + 1e-6) + 0.01 * expected
        torch.testing.assert_close(p.detach(), expected - 0.1 * update)


if __name__ == "__main__":
    unittest.main()
