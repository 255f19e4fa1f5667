"""Reference blends, ridge logistic regression, temperature and Platt scaling by numpy, scipy and scikit-learn.

Run: python3 tests/golden/ensembles.py > tests/golden/ensembles.json
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logit, softmax
from scipy.stats import rankdata
from sklearn.calibration import _SigmoidCalibration
from sklearn.linear_model import LogisticRegression

ROWS, CLASSES, MODELS = 60, 3, 3


def draw_members(rng, exclusive):
    truth = rng.integers(0, CLASSES, ROWS)
    labels = np.eye(CLASSES)[truth] if exclusive else (rng.random((ROWS, CLASSES)) < 0.3).astype(float)
    scores = [2 * labels + rng.normal(-1, 1.5, labels.shape) for _ in range(MODELS)]
    members = [softmax(s, axis=1) if exclusive else expit(s) for s in scores]
    # Two digits: ranks have ties.
    members = [np.round(np.clip(m, 0.01, 0.99), 2) for m in members]
    if exclusive:
        # As float32, in which equal values stay equal.
        members = [np.float32(m / m.sum(1, keepdims=True)).astype(float) for m in members]
    return labels, members


def blends(members, exclusive):
    mean = np.mean(members, axis=0)
    if exclusive:
        powers = np.exp(np.mean(np.log(members), axis=0))
        geometric = powers / powers.sum(1, keepdims=True)
    else:
        geometric = expit(np.mean(logit(members), axis=0))
    ranks = [(rankdata(m, axis=0, method="average") - 0.5) / ROWS for m in members]
    return {"mean": mean, "geometric": geometric, "rank": np.mean(ranks, axis=0)}


def temperature(labels, member, exclusive):
    def loss(power):
        if exclusive:
            return -(labels * log_softmax(np.log(member) / np.exp(power), axis=1)).sum()
        p = expit(logit(member) / np.exp(power))
        return -(labels * np.log(p) + (1 - labels) * np.log(1 - p)).sum()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x))


def platt(labels, member):
    fits = [_SigmoidCalibration().fit(logit(member[:, c]), labels[:, c]) for c in range(CLASSES)]
    return [{"slope": float(-fit.a_), "offset": float(-fit.b_)} for fit in fits]


def ridge(rng, labels, members, strength):
    features = np.stack([logit(m[:, 0]) for m in members], axis=1)
    weights = np.round(rng.uniform(0.5, 3, ROWS), 2)
    fit = LogisticRegression(C=1 / strength, tol=1e-12, max_iter=10000).fit(features, labels[:, 0], sample_weight=weights)
    return {
        "strength": strength,
        "weights": weights.tolist(),
        "coefficients": [*fit.coef_[0].tolist(), float(fit.intercept_[0])],
    }


def main():
    cases = []
    for exclusive in [False, True]:
        rng = np.random.default_rng(11)
        labels, members = draw_members(rng, exclusive)
        cases.append({
            "exclusive": exclusive,
            "labels": labels.ravel().tolist(),
            "members": [m.ravel().tolist() for m in members],
            "blends": {name: blend.ravel().tolist() for name, blend in blends(members, exclusive).items()},
            "temperature": temperature(labels, members[0], exclusive),
            "platt": platt(labels, members[0]),
            "ridge": [ridge(rng, labels, members, strength) for strength in [0.1, 1.0, 20.0]],
        })
    json.dump(cases, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
