"""Writes p-values of McNemar's exact test, which is SciPy's two-sided binomial test.

    pip install scipy
    python3 scripts/reference/mcnemar.py > packages/report/fixtures/mcnemar.json
"""

import json

from scipy.stats import binomtest

pairs = [(0, 1), (0, 5), (1, 9), (3, 3), (8, 14), (14, 8), (40, 71), (300, 301), (900, 1101), (2, 300)]
values = [{"first": a, "second": b, "p": binomtest(min(a, b), a + b).pvalue} for a, b in pairs]
print(json.dumps(values, indent=1))
