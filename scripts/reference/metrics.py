#!/usr/bin/env python3
"""Writes random predictions with the metrics of scikit-learn and SciPy, as a fixture for a test.

    pip install scikit-learn==1.9.1 scipy==1.17.1
    python3 scripts/reference/metrics.py packages/data/fixtures/metrics.json.gz

Another seed (`--seed 7`) and number of cases per problem type (`--cases 2000`) test with other predictions.
"""

import argparse
import base64
import gzip
import json
import math
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve


def encode(array, dtype):
    return base64.b64encode(np.asarray(array, dtype).tobytes()).decode()


def defined(function, *arguments, **options):
    """Returns the value of a metric, or None if it is NaN or raises an error."""
    try:
        value = float(function(*arguments, **options))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def averages(true, predicted, names, labels=None):
    result = {}
    for name in names:
        values = sk.precision_recall_fscore_support(true, predicted, average=name, labels=labels, zero_division=0)
        for key, value in zip(("precision", "recall", "f1"), values):
            result[f"{key}_{name}"] = float(value)
    return result


def per_class(true, predicted, scores):
    """Returns the metrics of every column of indicator matrices."""
    result = []
    for column in range(true.shape[1]):
        t, p, s = true[:, column], predicted[:, column], scores[:, column]
        precision, recall, f1, _ = sk.precision_recall_fscore_support(
            t, p, average="binary", pos_label=1, zero_division=0
        )
        result.append(
            {
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(f1),
                "support": int(t.sum()),
                "predicted": int(p.sum()),
                "roc_auc": defined(sk.roc_auc_score, t, s),
                "average_precision": defined(sk.average_precision_score, t, s),
            }
        )
    return result


def calibration(correct, confidences):
    """Returns the bins of scikit-learn's calibration curve, and the errors of Naeini et al. (2015)."""
    bounds = np.linspace(0, 1, 11)
    bins = np.searchsorted(bounds[1:-1], confidences)
    counts = np.bincount(bins, minlength=10)
    # calibration_curve() counts the true class 1, and needs both classes to recognize a binary problem.
    accuracy, confidence = calibration_curve(correct, confidences, n_bins=10, pos_label=1)
    filled = iter(zip(confidence.tolist(), accuracy.tolist()))
    reliability, gaps = [], []
    for lower, upper, count in zip(bounds.tolist(), bounds[1:].tolist(), counts.tolist()):
        c, a = next(filled) if count > 0 else (None, None)
        reliability.append({"lower": lower, "upper": upper, "count": count, "confidence": c, "accuracy": a})
        gaps.append(0 if count == 0 else abs(c - a))
    return {
        "reliability": reliability,
        "calibration_error": float(np.dot(gaps, counts) / counts.sum()),
        "max_calibration_error": float(max(gaps)),
    }


def number_of_rows(random):
    return int(random.choice([random.integers(1, 6), random.integers(6, 60), random.integers(60, 301)], p=[0.3, 0.5, 0.2]))


def single_label(random):
    rows, classes = number_of_rows(random), int(random.choice([2, 2, 3, 4, int(random.integers(2, 13))]))
    prior = random.dirichlet(np.full(classes, random.choice([0.1, 1, 10])))
    labels = random.choice(classes, rows, p=prior)
    logits = random.normal(0, random.choice([0.1, 1, 4]), (rows, classes))
    logits[np.arange(rows), labels] += random.choice([0, 1, 3])
    weights = np.exp(logits - logits.max(axis=1, keepdims=True)) * random.choice([3, 20, 65535])  # few levels make ties
    if random.random() < 0.15:
        weights[:] = weights[0]  # constant predictions
    weights = np.maximum(np.round(weights), 0).astype(np.uint16)
    weights[weights.sum(axis=1) == 0] = 1
    is_float32 = bool(random.random() < 0.5)
    probabilities = weights / weights.sum(axis=1, keepdims=True, dtype=np.float64)
    if is_float32:
        probabilities = probabilities.astype(np.float32).astype(np.float64)
    predicted = probabilities.argmax(axis=1)
    ids = list(range(classes))
    true_columns, predicted_columns = np.eye(classes, dtype=int)[labels], np.eye(classes, dtype=int)[predicted]
    if classes == 2:
        auc = defined(sk.roc_auc_score, labels, probabilities[:, 1])
        precision = defined(sk.average_precision_score, labels, probabilities[:, 1])
    else:
        auc = defined(sk.roc_auc_score, true_columns, probabilities, average="macro")
        precision = defined(sk.average_precision_score, true_columns, probabilities, average="macro")
    expected = {
        "examples": rows,
        "accuracy": sk.accuracy_score(labels, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, predicted),
        **averages(labels, predicted, ["macro", "micro", "weighted"]),
        "mcc": sk.matthews_corrcoef(labels, predicted),
        "cohen_kappa": defined(sk.cohen_kappa_score, labels, predicted),
        "roc_auc": auc,
        "average_precision": precision,
        "log_loss": sk.log_loss(labels, probabilities, labels=ids),
        "brier_score": sk.brier_score_loss(labels, probabilities, labels=ids),
        "per_class": per_class(true_columns, predicted_columns, probabilities),
        "confusion_matrix": sk.confusion_matrix(labels, predicted, labels=ids).tolist(),
        **calibration((labels == predicted).astype(int), probabilities[np.arange(rows), predicted]),
    }
    inputs = {"classes": classes, "float32": is_float32, "labels": encode(labels, "<u1"), "weights": encode(weights, "<u2")}
    return {**inputs, "expected": expected}


def multi_label(random):
    rows, classes = number_of_rows(random), int(random.integers(2, 13))
    rates = random.beta(0.5, random.choice([0.5, 2]), classes)
    true = (random.random((rows, classes)) < rates).astype(int)
    logits = random.normal(0, random.choice([0.1, 1, 4]), (rows, classes)) + (true - 0.5) * random.choice([0, 1, 4])
    levels = random.choice([4, 20, 65535])
    weights = (np.round(levels / (1 + np.exp(-logits))) * (65535 // levels)).astype(np.uint16)
    if random.random() < 0.15:
        weights[:] = weights[0]
    probabilities = weights / 65535
    thresholds = (
        np.full(classes, 0.5) if random.random() < 0.5 else random.choice(probabilities.flatten(), classes)
    )
    predicted = (probabilities >= thresholds).astype(int)
    labels = per_class(true, predicted, probabilities)
    for column, metrics in enumerate(labels):
        t, p = true[:, column], probabilities[:, column]
        scores = [sk.f1_score(t, p >= threshold, zero_division=0) for threshold in {*p.tolist(), 0.5}]
        metrics["best_f1"] = float(max(scores))
        metrics["threshold"] = float(thresholds[column])
    expected = {
        "examples": rows,
        "subset_accuracy": sk.accuracy_score(true, predicted),
        "hamming_loss": sk.hamming_loss(true, predicted),
        **averages(true, predicted, ["micro", "macro", "weighted", "samples"]),
        "roc_auc_macro": defined(sk.roc_auc_score, true, probabilities, average="macro"),
        "roc_auc_micro": defined(sk.roc_auc_score, true, probabilities, average="micro"),
        "average_precision_macro": defined(sk.average_precision_score, true, probabilities, average="macro"),
        "average_precision_micro": defined(sk.average_precision_score, true, probabilities, average="micro"),
        "label_ranking_average_precision": sk.label_ranking_average_precision_score(true, probabilities),
        "per_class": labels,
        **calibration(true.flatten(), probabilities.flatten()),
    }
    inputs = {"classes": classes, "targets": encode(true, "<u1"), "weights": encode(weights, "<u2")}
    return {**inputs, "thresholds": thresholds.tolist(), "expected": expected}


def r2(targets, predictions):
    """Returns R², without the rounding error of the mean of constant targets, by which scikit-learn would divide."""
    origin = targets[0] if np.all(targets == targets[0]) else 0
    return defined(sk.r2_score, targets - origin, predictions - origin)


def regression(random):
    rows = number_of_rows(random)
    scale, offset = random.choice([0.01, 1, 100]), random.choice([0, 3, 1000])
    targets = random.normal(offset, scale, rows)
    predictions = targets * random.choice([-1, 0, 0.5, 1]) + random.normal(0, scale * random.choice([0, 0.1, 2]), rows)
    if random.random() < 0.4:
        targets, predictions = np.round(targets), np.round(predictions)  # ties
    if random.random() < 0.1:
        targets[:] = targets[0]
    if random.random() < 0.1:
        predictions[:] = predictions[0]
    if random.random() < 0.1:
        predictions = targets
    predictions = predictions.astype(np.float32)
    if random.random() < 0.5:
        targets = targets.astype(np.float32).astype(np.float64)
    numbers = predictions.astype(np.float64)
    mse = sk.mean_squared_error(targets, numbers)
    expected = {
        "examples": rows,
        "mse": mse,
        "rmse": sk.root_mean_squared_error(targets, numbers),
        "mae": sk.mean_absolute_error(targets, numbers),
        "r2": r2(targets, numbers),
        "pearson": defined(lambda: stats.pearsonr(targets, numbers).statistic),
        "spearman": defined(lambda: stats.spearmanr(targets, numbers).statistic),
    }
    return {"targets": encode(targets, "<f8"), "predictions": encode(predictions, "<f4"), "expected": expected}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    random = np.random.default_rng(options.seed)
    problems = {"single_label": single_label, "multi_label": multi_label, "regression": regression}
    cases = {name: [case(random) for _ in range(options.cases)] for name, case in problems.items()}
    text = json.dumps(cases, separators=(",", ":"), allow_nan=False)
    with gzip.GzipFile(options.path, "wb", mtime=0) as file:
        file.write(text.encode())


main()
