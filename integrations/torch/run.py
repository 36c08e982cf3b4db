"""The plan and the checkpoints of an interrupted run of Bertie, in the directory DIR.unfinished."""

import hashlib
import json
import os
import shutil
import signal
import socket
from pathlib import Path

import numpy
import torch
from safetensors.numpy import load as load_numpy
from safetensors.torch import load, save

WEIGHTS, STATE, METRICS, MANIFEST = "model.safetensors", "state.json", "metrics.jsonl", "manifest.json"
FIRST, SECOND = "first_moments.safetensors", "second_moments.safetensors"
FORMAT = 1


class RunError(Exception):
    """A problem that the user can fix. The message says what is wrong, and how to fix it."""


class Interrupted:
    """Becomes true at SIGTERM or SIGINT, so that the run can end after a checkpoint.

    Further signals have no effect, because the launcher passes on a signal that its processes have already received.
    """

    def __init__(self):
        self.value = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.set)

    def set(self, _number, _frame):
        self.value = True

    def __bool__(self):
        return self.value


class Checkpoint:
    """A verified checkpoint.

    folder: its folder
    files: bytes of its files by name
    state: contents of state.json
    parameters, first, second: tensors by the names of the parameters; without moments, all moments are 0
    """

    def __init__(self, folder):
        self.folder, self.files = folder, read_verified(folder)
        self.state = json.loads(self.files[STATE])
        if self.state.get("format") != FORMAT:
            raise RunError(f"{folder}: the checkpoint has an unknown format. Use this script with the version of Bertie that wrote it.")
        self.step = self.state["progress"]["steps"]
        self.parameters = load(self.files[WEIGHTS])
        moments = [load(self.files[name]) if name in self.files else {} for name in (FIRST, SECOND)]
        self.first, self.second = ({name[:-2]: value for name, value in tensors.items()} for tensors in moments)


class Run:
    """An interrupted run with a plan, as `bertie train --write-plan` leaves it."""

    def __init__(self, directory):
        path = str(directory).rstrip("/")
        self.name = path[: -len(".unfinished")] if path.endswith(".unfinished") else path
        self.work = Path(f"{self.name}.unfinished")
        self.plan_folder = self.work / "plan"
        file = self.plan_folder / "plan.json"
        if not file.is_file():
            advice = f'Write it with "bertie train --resume {self.name} --write-plan".'
            raise RunError(f"{file} does not exist. {advice} Resuming a run removes its plan.")
        self.plan = json.loads(file.read_text())
        if self.plan.get("format") != FORMAT:
            raise RunError(f"{file}: the plan has an unknown format. Use this script with the version of Bertie that wrote it.")

    @property
    def parameters(self):
        """The parameters of the model, in the order of PyTorch."""
        return self.plan["parameters"]

    def checkpoint(self, log=print):
        """Returns the newest valid checkpoint. Damaged ones are skipped with a warning."""
        damages = []
        for step in reversed(self.steps()):
            try:
                checkpoint = Checkpoint(self.work / "checkpoints" / f"step-{step}")
            except DamagedCheckpoint as damage:
                log(f"warning: {damage}. The checkpoint is skipped.")
                damages.append(str(damage))
                continue
            self.check(checkpoint)
            return checkpoint
        raise RunError("; ".join(damages + [f"{self.work}: there is no valid checkpoint. Start the run again."]))

    def steps(self):
        """Returns the steps of the checkpoints, in ascending order."""
        names = [path.name for path in (self.work / "checkpoints").glob("step-*")]
        return sorted(int(name[5:]) for name in names if name[5:].isdigit())

    def check(self, checkpoint):
        """Checks that a checkpoint belongs to the plan."""
        now, then = checkpoint.state["setting"], self.plan["setting"]
        hashes = [sorted(file["sha256"] for file in setting["files"]) for setting in (now, then)]
        steps = self.plan["steps"]
        if now["options"] == then["options"] and hashes[0] == hashes[1] and steps["first"] <= checkpoint.step:
            return
        advice = f'Write the plan again with "bertie train --resume {self.name} --write-plan".'
        raise RunError(f"{checkpoint.folder}: the plan was written for other options, data or steps. {advice}")

    def updates(self, step):
        """Yields the updates after a step."""
        with open(self.plan_folder / "updates.jsonl", encoding="utf-8") as lines:
            for line in lines:
                update = json.loads(line)
                if update["step"] > step:
                    yield update

    def features(self):
        return Features(self.plan_folder / "features.safetensors")

    def save(self, base, progress, update, metrics, parameters, first, second):
        """Writes a checkpoint after an update, and removes old ones.

        base: checkpoint that the run started from
        progress: progress after the update
        metrics: lines of metrics.jsonl, including those of the base
        parameters, first, second: tensors on the CPU by the names of the parameters
        """
        step, last = progress["steps"], self.plan["steps"]["last"]
        folder = self.work / "checkpoints" / f"step-{step}"
        staging = folder.with_name(f".step-{step}")
        for name, tensor in parameters.items():
            if not torch.isfinite(tensor).all():
                raise RunError(f"{name} is not finite after step {step}, so no checkpoint is written. Lower the learning rate.")
        versions = {**base.state["setting"]["versions"], "torch": torch.__version__}
        state = {**base.state, "progress": progress, "order": update["order"], "lastStep": last}
        state["setting"] = {**base.state["setting"], "versions": versions}
        files = {name: data for name, data in base.files.items() if name not in (WEIGHTS, FIRST, SECOND, METRICS, STATE)}
        files[WEIGHTS] = save(parameters, {"format": "pt"})
        if step < last:
            files[FIRST] = save({f"{name}/m": tensor for name, tensor in first.items()}, {"format": "pt"})
            files[SECOND] = save({f"{name}/v": tensor for name, tensor in second.items()}, {"format": "pt"})
        files[METRICS] = metrics.encode()
        files[STATE] = (json.dumps(state, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
        listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        for name, data in files.items():
            write_synced(staging / name, data)
        write_synced(staging / MANIFEST, json.dumps({"files": listed}, indent=2).encode())
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
        for old in self.steps()[: -self.plan["keepCheckpoints"]]:
            hidden = folder.with_name(f".step-{old}")
            folder.with_name(f"step-{old}").rename(hidden)
            shutil.rmtree(hidden)
        return folder


class Features:
    """The tokenized training set."""

    def __init__(self, file):
        tensors = load_numpy(file.read_bytes())
        self.offsets = tensors["offsets"]
        self.tokens = [tensors[name] for name in ("input_ids", "attention_mask", "token_type_ids")]
        self.labels = tensors.get("labels", tensors.get("targets"))

    def batch(self, rows, length, device):
        """Returns token ids, attention mask and token type ids, int64 [rows, length], and the labels of rows."""
        padded = numpy.zeros((len(self.tokens), len(rows), length), dtype=numpy.int64)
        for i, row in enumerate(rows):
            start, end = self.offsets[row : row + 2]
            for j, values in enumerate(self.tokens):
                padded[j, i, : end - start] = values[start:end]
        labels = self.labels[rows]
        labels = labels.astype(numpy.int64) if labels.ndim == 1 else labels
        return [torch.from_numpy(values).to(device) for values in (*padded, labels)]


class DamagedCheckpoint(RunError):
    """A checkpoint whose files differ from its manifest."""


def read_verified(folder):
    """Returns the files of a checkpoint, after a comparison of their hashes with the manifest."""
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
        files = {name: (folder / Path(name).name).read_bytes() for name in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedCheckpoint(f"{folder}: the checkpoint is damaged ({error})") from error
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != listed[name].get("sha256"):
            raise DamagedCheckpoint(f"{folder}: the checkpoint is damaged ({name} differs from the manifest)")
    return files


def write_synced(path, data):
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


class Lock:
    """The lock file of a run, which keeps other processes, also those of Bertie, from writing checkpoints."""

    def __init__(self, work):
        self.path = work / "lock"

    def __enter__(self):
        holder = self.holder()
        if holder and not (holder.get("host") == socket.gethostname() and holder.get("began") != started(holder["pid"])):
            owner = f"process {holder['pid']} on {holder['host']}"
            advice = f"Wait until that run has ended. If that process has ended, delete {self.path}."
            raise RunError(f"{self.path.parent}: another run is writing to this directory ({owner}). {advice}")
        contents = {"pid": os.getpid(), "host": socket.gethostname(), "began": started(os.getpid())}
        staged = self.path.with_name(f"lock.{os.getpid()}.new")
        staged.write_text(json.dumps({key: value for key, value in contents.items() if value is not None}))
        if holder:
            self.path.unlink()
        try:
            os.link(staged, self.path)
        except FileExistsError:
            raise RunError(f"{self.path.parent}: another run has just started to write to this directory.") from None
        finally:
            staged.unlink()

    def __exit__(self, *_):
        self.path.unlink()

    def holder(self):
        try:
            return json.loads(self.path.read_text())
        except FileNotFoundError:
            return None


def started(pid):
    """Returns the time at which a process started, as Bertie records it on Linux; None if the process has ended."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else f"{boot} {fields[19]}"
    except OSError:
        return None
