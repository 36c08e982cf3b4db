#!/usr/bin/env python3
"""Prints the learning rate factors of the schedules of transformers, as a fixture for a test.

    pip install torch==2.5.1 transformers==4.46.3
    python3 scripts/reference/transformers-schedules.py > packages/optim/fixtures/transformers-schedules.json

Each entry contains a schedule with its settings, and its factors at updates 0, 1, 2, … up to the end of the schedule.
"""

import json

import torch
from transformers import get_scheduler

NAMES = ["linear", "constant", "constant_with_warmup", "cosine"]
RUNS = [(10, [0, 1, 5, 9]), (8, [0, 2, 4]), (1, [0])]


def factors(name, warmup_steps, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = get_scheduler(name, optimizer, num_warmup_steps=warmup_steps, num_training_steps=total)
    result = []
    for _ in range(total):
        result.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return result


def main():
    entries = [
        {"schedule": name, "totalSteps": total, "warmup": steps / total, "factors": factors(name, steps, total)}
        for name in NAMES
        for total, warmups in RUNS
        for steps in warmups
    ]
    print("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]")


if __name__ == "__main__":
    main()
