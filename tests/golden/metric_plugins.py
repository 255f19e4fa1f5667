"""Writes metric_plugins.json: the scores of 1,000 random cases, which tests/golden/metric_cases.ts draws alike.

All but two metrics are scikit-learn's. MAP@k and pF1, which it lacks, are written here from the definitions that Kaggle
published: `apk` and `mapk` of its metrics package, `pfbeta` of the RSNA Screening Mammography competition.
Run with numpy and scikit-learn (Debian: python3-sklearn): python3 tests/golden/metric_plugins.py
"""
import json
import os
import warnings

import numpy as np
from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score, cohen_kappa_score,
                             f1_score, fbeta_score, log_loss, mean_absolute_error, mean_squared_error,
                             roc_auc_score)

# Undefined scores and classes that are answered but absent are meant.
warnings.filterwarnings("ignore")

CASES = 1000
# Numbers that one case draws at most.
DRAWS = 700
KINDS = ["class_set"] * 4 + ["class"] * 3 + ["grade"] * 2 + ["value"]


class Draws:
    """Integers from FNV-1a of a name and a mixed counter, as `noise` of formula.ts."""

    def __init__(self, name):
        seed = 0x811C9DC5
        for unit in name.encode():
            seed = ((seed ^ unit) * 0x01000193) & 0xFFFFFFFF
        x = np.arange(1, DRAWS + 1, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(seed)
        x &= np.uint64(0xFFFFFFFF)
        for shift, factor in ((15, 0x85EBCA77), (13, 0xC2B2AE3D)):
            x ^= x >> np.uint64(shift)
            x = (x * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
        x ^= x >> np.uint64(16)
        self.units = iter((x.astype(np.float64) / 2147483648.0 - 1.0 + 1.0) / 2.0)

    def below(self, count):
        return int(next(self.units) * count)

    def matrix(self, rows, columns, count):
        return np.array([[self.below(count) for _ in range(columns)] for _ in range(rows)], dtype=float)


def draw_case(index):
    """Target kind, predictions and targets; few steps make ties, one row in eight cases, an absent class in half."""
    draws = Draws(f"metrics {index}")
    kind = KINDS[index % len(KINDS)]
    rows = 1 if draws.below(8) == 0 else 2 + draws.below(29)
    classes = draws.below(6) + (2 if kind in ("class", "grade") else 1)
    steps = [1, 4, 20, 1000000][draws.below(4)]
    same, absent, share = draws.below(10) == 0, draws.below(2 * classes), 1 + draws.below(9)
    if kind == "value":
        targets, predictions = draws.matrix(rows, classes, 2001), draws.matrix(rows, classes, 2001)
        return kind, (predictions - 1000) / 64, (targets - 1000) / 64
    if kind == "class_set":
        targets = (draws.matrix(rows, classes, 10) < share).astype(float)
        if absent < classes:
            targets[:, absent] = 0
        predictions = draws.matrix(rows, classes, steps + 1) / steps
        return kind, np.full_like(predictions, 0.75) if same else predictions, targets
    truth = np.array([draws.below(classes) for _ in range(rows)])
    truth = np.where(truth == absent, (truth + 1) % classes, truth)
    weights = draws.matrix(rows, classes, steps + 1)
    weights[np.arange(rows), truth] += share
    if same:
        weights[:] = 1
    return kind, weights / weights.sum(1, keepdims=True), np.eye(classes)[truth]


def apk(actual, predicted, k):
    """Kaggle's average precision at k."""
    score, hits = 0.0, 0
    for i, answer in enumerate(predicted[:k]):
        if answer in actual:
            hits += 1
            score += hits / (i + 1.0)
    return score / min(len(actual), k) if len(actual) else 0.0


def mapk(targets, predictions, k):
    ranked = np.argsort(-predictions, axis=1, kind="stable")
    return np.mean([apk(set(np.flatnonzero(row)), list(order), k) for row, order in zip(targets, ranked)])


def pf1(labels, predictions):
    """Kaggle's probabilistic F score with beta 1; 0 where it divides by 0."""
    true_positives = sum(p for label, p in zip(labels, predictions) if label)
    false_positives = sum(p for label, p in zip(labels, predictions) if not label)
    count = labels.sum()
    if count == 0 or true_positives == 0:
        return 0.0
    precision, recall = true_positives / (true_positives + false_positives), true_positives / count
    return 2 * precision * recall / (precision + recall)


def mean_or_none(scores):
    return np.mean(scores) if scores else None


def shared_scores(predictions, targets, columns):
    """Scores that do not depend on decisions; `columns` are those of average precision and pF1."""
    classes = targets.shape[1]
    occurring = [c for c in range(classes) if targets[:, c].any()]
    both = [c for c in occurring if not targets[:, c].all()]
    return {
        "roc_auc": mean_or_none([roc_auc_score(targets[:, c], predictions[:, c]) for c in both]),
        "average_precision": mean_or_none(
            [average_precision_score(targets[:, c], predictions[:, c]) for c in columns if c in occurring]),
        "map_at_k": mapk(targets, predictions, 5),
        "map_at_2": mapk(targets, predictions, 2),
        "pf1": np.mean([pf1(targets[:, c], predictions[:, c]) for c in columns]),
    }


def class_set(predictions, targets):
    classes = targets.shape[1]
    answers = (predictions > 0.5).astype(float)
    # A second column keeps scikit-learn from reading one column as the labels of two classes.
    labels, chosen = (np.hstack([m, np.zeros((len(m), 1))]) for m in (targets, answers))
    f1 = f1_score(labels, chosen, average=None, zero_division=0)[:classes]
    occurring = targets.any(0)
    columns = range(classes)
    return {
        "macro_f1": f1.mean(),
        "macro_f1_occurring": f1[occurring].mean() if occurring.any() else 0,
        "micro_f1": f1_score(labels, chosen, average="micro", zero_division=0),
        "f2": fbeta_score(labels, chosen, beta=2, average="samples", zero_division=0),
        "accuracy": accuracy_score(targets.ravel(), answers.ravel()),
        "balanced_accuracy": np.mean([balanced_accuracy_score(targets[:, c], answers[:, c]) for c in columns]),
        "log_loss": np.mean([log_loss(targets[:, c], predictions[:, c], labels=[0, 1]) for c in columns]),
        **shared_scores(predictions, targets, columns),
    }


def one_class(predictions, targets, grades):
    classes = targets.shape[1]
    truth, answers, columns = targets.argmax(1), predictions.argmax(1), range(classes)
    f1 = f1_score(truth, answers, labels=columns, average=None, zero_division=0)
    one_hot = np.eye(classes)[answers]
    # The running sum in order of the grades, then a half up: np.round would take it to the even number.
    expectation = sum(c * predictions[:, c] for c in columns) / sum(predictions[:, c] for c in columns)
    graded = np.floor(expectation + 0.5).astype(int) if grades else answers
    kappa = cohen_kappa_score(truth, graded, labels=columns, weights="quadratic")
    return {
        "macro_f1": f1.mean(),
        "macro_f1_occurring": f1[sorted(set(truth))].mean(),
        "micro_f1": f1_score(truth, answers, labels=columns, average="micro", zero_division=0),
        "f2": fbeta_score(targets, one_hot, beta=2, average="samples", zero_division=0),
        "accuracy": accuracy_score(truth, answers),
        "balanced_accuracy": balanced_accuracy_score(truth, answers),
        "log_loss": log_loss(truth, predictions, labels=columns),
        "quadratic_weighted_kappa": None if np.isnan(kappa) else kappa,
        **shared_scores(predictions, targets, [1] if classes == 2 else columns),
    }


def values(predictions, targets):
    return {
        "rmse": mean_squared_error(targets.ravel(), predictions.ravel()) ** 0.5,
        "mae": mean_absolute_error(targets.ravel(), predictions.ravel()),
    }


def scores_of(kind, predictions, targets):
    if kind == "value":
        return values(predictions, targets)
    return class_set(predictions, targets) if kind == "class_set" else one_class(predictions, targets, kind == "grade")


scores = {}
for index in range(CASES):
    kind, predictions, targets = draw_case(index)
    for name, score in scores_of(kind, predictions, targets).items():
        scores.setdefault(kind, {}).setdefault(name, []).append(None if score is None else float(score))
path = os.path.join(os.path.dirname(__file__), "metric_plugins.json")
with open(path, "w") as file:
    json.dump(scores, file, indent=2)
    file.write("\n")
