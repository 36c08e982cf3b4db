#!/usr/bin/env python3
"""Prints balanced class weights of random label ids, as a fixture for a test.

    pip install scikit-learn
    python3 scripts/reference/class-weights.py > packages/data/fixtures/class-weights.json
"""

import json
import random

import numpy
from sklearn.utils.class_weight import compute_class_weight


def main():
    generator = random.Random(3)
    cases = []
    for _ in range(20):
        labels = generator.randint(2, 6)
        shares = [generator.random() ** 3 + 0.01 for _ in range(labels)]
        ids = list(range(labels)) + generator.choices(range(labels), shares, k=generator.randint(5, 60))
        weights = compute_class_weight("balanced", classes=numpy.arange(labels), y=numpy.array(ids))
        cases.append({"labels": labels, "ids": ids, "weights": weights.tolist()})
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


if __name__ == "__main__":
    main()
