"""Finds, measures and kills the processes of a Spark application on this machine, for tests and experiments."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path


def family(application: str) -> dict[str, list[int]]:
    """Returns the processes of the executors, and of the Python workers and their parents, of an application."""
    found: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                found[int(entry.name)] = parent, (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                # The process has ended.
                continue
    name = "CoarseGrainedExecutorBackend"
    executors = [pid for pid, (_, command) in found.items() if name in command and application in command]
    daemons = [pid for pid, (parent, _) in found.items() if parent in executors]
    workers = [pid for pid, (parent, _) in found.items() if parent in daemons]
    return {"executor": executors, "daemon": daemons, "Python worker": workers}


def cpu_seconds(application: str) -> float:
    """Returns the CPU time of the executors and of their Python workers, including workers that have ended."""
    ticks = 0
    for pid in itertools.chain.from_iterable(family(application).values()):
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def killed_during(kind: str, application: str, job: Callable[[], object], is_time: Callable[[], bool]) -> bool:
    """Runs a job, and kills an executor, or all Python workers, with SIGKILL when it is time. Returns whether it did."""
    done, killed = threading.Event(), []

    def kill() -> None:
        while not done.is_set() and not killed:
            time.sleep(0.05)
            if not is_time():
                continue
            found = family(application)[kind]
            # A single Python worker might be idle, and its end would change nothing.
            for pid in found[:1] if kind == "executor" else found:
                # The process may have ended.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        job()
    finally:
        done.set()
        thread.join()
    return bool(killed)
