#!/usr/bin/env python3
"""Prints the learning rate factors of the reference's schedules, as a fixture for a test.

    pip install torch && pip install --no-deps pytorch-pretrained-bert==0.6.2
    python3 scripts/reference/schedules.py > packages/optim/fixtures/schedules.json

Each entry contains a schedule with its settings, and its factors at updates 0, 1, 2, …, including some after the end.
"""

import importlib.util
import json
import logging
import pathlib

# Values of t_total, each with values of warmup. Some warmups end between two updates, or at the end of the schedule.
RUNS = [(10, [0, 0.1, 0.25, 0.5, 0.99]), (7, [0, 0.1, 0.3]), (1, [0, 0.1]), (-1, [0, 0.1])]
BEYOND = 4


def load_optimization():
    """Loads the module optimization without its package, because the package has more dependencies."""
    package = importlib.util.find_spec("pytorch_pretrained_bert")
    path = pathlib.Path(package.origin).with_name("optimization.py")
    spec = importlib.util.spec_from_file_location("optimization", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    logging.disable()
    schedules = {name: kind for name, kind in load_optimization().SCHEDULES.items() if name is not None}
    entries = []
    for name, kind in sorted(schedules.items()):
        for total, warmups in RUNS:
            for warmup in warmups:
                schedule = kind(warmup=warmup, t_total=total)
                factors = [schedule.get_lr(step) for step in range(max(total, 0) + BEYOND)]
                entries.append({"schedule": name, "totalSteps": total, "warmup": warmup, "factors": factors})
    print("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]")


if __name__ == "__main__":
    main()
