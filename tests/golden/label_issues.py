"""Reference label issues: cleanlab's flags and ranking with its defaults, on seeded labels and probabilities.

In which order numpy's default sort leaves equal numbers depends on the processor, and with it a few of cleanlab's flags
(when it rounds the confident joint) and the order of images of equal scores. Here equal numbers stay in their order, as they
do with NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR" for up to 16 of them.

Run: pip install cleanlab==2.9.0; python3 tests/golden/label_issues.py > tests/golden/label_issues.json
"""
import json
import sys
import warnings

import numpy as np

_argsort = np.argsort
np.argsort = lambda values, *args, **kwargs: _argsort(values, *args, **{**kwargs, "kind": "stable"})

from cleanlab.filter import find_label_issues  # noqa: E402
from cleanlab.multilabel_classification.filter import find_label_issues as find_multilabel_issues  # noqa: E402
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class  # noqa: E402

warnings.filterwarnings("ignore")

RANKED = {"return_indices_ranked_by": "self_confidence", "n_jobs": 1}


def line(numbers):
    return " ".join(str(number) for number in np.ravel(numbers).tolist())


def single(rng, rows, classes, digits, *, absent=(), noise=0.15, rare=None):
    """Probabilities that mostly follow the true class; few digits give ties."""
    present = [c for c in range(classes) if c not in absent]
    weights = np.array([0.02 if c == rare else 1 for c in present])
    true = rng.choice(present, rows, p=weights / weights.sum())
    logits = rng.normal(0, 1, (rows, classes))
    logits[np.arange(rows), true] += 2
    given = np.where(rng.random(rows) < noise, rng.choice(present, rows), true)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    probabilities = np.round(probabilities, digits)
    ranked = find_label_issues(given, probabilities, **RANKED)
    return {
        "classes": classes,
        "labels": line(given),
        "probabilities": line(probabilities),
        "ranked": line(ranked),
    }


def several(rng, rows, classes, digits, *, absent=(), noise=0.03):
    shares = np.where(np.isin(np.arange(classes), absent), 0, rng.uniform(0.05, 0.4, classes))
    true = rng.random((rows, classes)) < shares
    probabilities = np.round(1 / (1 + np.exp(-rng.normal(np.where(true, 2, -2), 1))), digits)
    flipped = (rng.random((rows, classes)) < noise) & (shares > 0)
    given = true ^ flipped
    labels = [[int(c) for c in np.flatnonzero(row)] for row in given]
    flags = find_multilabel_issues_per_class(labels, probabilities, n_jobs=1)
    return {
        "classes": classes,
        "labels": line(given.astype(int)),
        "probabilities": line(probabilities),
        "flags": line(flags.astype(int)),
        "ranked": line(find_multilabel_issues(labels, probabilities, **RANKED)),
    }


def main():
    rng = np.random.RandomState(5)
    document = {
        "single": [
            single(rng, 120, 3, 4),
            single(rng, 120, 4, 1),
            single(rng, 90, 5, 2, absent=(1, 4)),
            single(rng, 150, 6, 3, rare=2, noise=0.3),
            single(rng, 60, 12, 2, noise=0.5),
            single(rng, 40, 2, 1, noise=0.4),
        ],
        "several": [
            several(rng, 100, 4, 4),
            several(rng, 100, 6, 1, noise=0.1),
            several(rng, 80, 5, 2, absent=(0, 3)),
        ],
    }
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
