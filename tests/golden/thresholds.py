"""Reference thresholds: numpy for the proportion rule, scikit-learn for the best F1 and for Platt's calibration.

Run: python3 tests/golden/thresholds.py > tests/golden/thresholds.json
"""
import json
import sys

import numpy as np
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import f1_score, precision_recall_curve


def make_class(rng, rows, share, gap, digits):
    labels = (rng.random(rows) < share).astype(int)
    scores = 1 / (1 + np.exp(-(rng.normal(-1.5, 1, rows) + gap * labels)))
    return labels, np.round(scores, digits)


def match_proportion(labels, scores):
    grid = np.arange(0.05, 1.00, 0.01)
    shares = np.array([(scores > t).mean() for t in grid])
    return float(grid[np.argmin(np.abs(labels.mean() - shares))])


def best_f1(labels, scores):
    precision, recall, _ = precision_recall_curve(labels, scores)
    total = precision + recall
    return float(np.max(np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)))


def main():
    rng = np.random.RandomState(7)
    cases = []
    for share, gap, digits in [(0.4, 2.5, 4), (0.1, 1.5, 2), (0.03, 3.0, 4), (0.2, 0.0, 3)]:
        labels, scores = make_class(rng, 300, share, gap, digits)
        platt = _SigmoidCalibration().fit(np.log(scores / (1 - scores)), labels)
        cases.append({
            "labels": labels.tolist(),
            "scores": scores.tolist(),
            "proportion": match_proportion(labels, scores),
            "best_f1": best_f1(labels, scores),
            "f1_at_half": float(f1_score(labels, scores > 0.5, zero_division=0)),
            "platt": {"slope": float(-platt.a_), "offset": float(-platt.b_)},
        })
    json.dump(cases, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
