"""Writes fixtures for linear heads: data, and the weights that scikit-learn fits.

    python3 scripts/reference/linear-heads.py > packages/optim/fixtures/linear-heads.json
"""
import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge

random = np.random.default_rng(7)
rows, columns = 60, 6
written = random.normal(size=(rows, columns)).round(3)
features = written.astype(np.float32).astype(np.float64)
directions = random.normal(size=(columns, 4))
scores = features @ directions + random.normal(size=(rows, 4))
weights = random.uniform(0.5, 2, size=rows).round(3)
exact = {"tol": 1e-12, "max_iter": 10000}


def logistic(targets, penalty, sample_weight=None):
    total = rows if sample_weight is None else sample_weight.sum()
    model = LogisticRegression(C=1 / (penalty * total), **exact).fit(features, targets, sample_weight)
    return model.coef_.tolist(), model.intercept_.tolist()


def case(name, link, penalty, targets, coefficients, intercepts, sample_weight=None):
    return {
        "name": name,
        "link": link,
        "penalty": penalty,
        "targets": np.asarray(targets, dtype=float).tolist(),
        "weights": None if sample_weight is None else sample_weight.tolist(),
        "coefficients": coefficients,
        "intercepts": intercepts,
    }


cases = []
binary = (scores[:, 0] > 0).astype(int)
for penalty in (1, 0.01):
    cases.append(case(f"two classes, penalty {penalty}", "softmax", penalty, np.eye(2)[binary], *logistic(binary, penalty)))
classes = scores[:, :3].argmax(axis=1)
for penalty in (1, 0.01):
    cases.append(case(f"three classes, penalty {penalty}", "softmax", penalty, np.eye(3)[classes], *logistic(classes, penalty)))
cases.append(
    case("three classes, weighted rows", "softmax", 0.1, np.eye(3)[classes], *logistic(classes, 0.1, weights), weights)
)
labels = (scores > 0.5).astype(int)
fits = [logistic(labels[:, k], 0.05) for k in range(4)]
coefficients, intercepts = [fit[0][0] for fit in fits], [fit[1][0] for fit in fits]
cases.append(case("four labels", "sigmoid", 0.05, labels, coefficients, intercepts))
ridge = Ridge(alpha=0.1 * rows, solver="cholesky").fit(features, scores[:, 0])
cases.append(
    case("values", "identity", 0.1, scores[:, :1], [ridge.coef_.tolist()], [float(ridge.intercept_)])
)
print(json.dumps({"scikit-learn": sklearn.__version__, "features": written.tolist(), "cases": cases}))
