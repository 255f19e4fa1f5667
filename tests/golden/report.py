"""Writes report.json: what scikit-learn and numpy say of made predictions, which the report's statistics must equal.

precision_recall_fscore_support, confusion_matrix, multilabel_confusion_matrix, calibration_curve, f1_score, the errors of
values; the expected calibration error by its definition; quantiles of the bootstrap with resampled groups that are given
in the file. Probabilities are rounded to float32, as prediction files have them.
Run with numpy and scikit-learn (Debian: python3-sklearn): python3 tests/golden/report.py
"""
import json
import os

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import (confusion_matrix, f1_score, mean_absolute_error, mean_squared_error,
                             multilabel_confusion_matrix, precision_recall_fscore_support, r2_score)

ROWS, CLASSES, GROUPS, RESAMPLES, BINS = 60, 5, 40, 30, 15
random = np.random.default_rng(7)


def floats(values):
    """NaN as null, else the shortest text that reads back as the same number."""
    return [None if np.isnan(value) else float(value) for value in np.ravel(values)]


def rows_of(groups, drawn):
    """The rows of drawn groups, a group as often as it was drawn."""
    return np.concatenate([np.flatnonzero(groups == group) for group in drawn])


def interval(values):
    return floats(np.quantile(values, [0.05, 0.95]))


def expected_calibration_error(confidences, right):
    """Guo et al., 2017: bins (k / 15, (k + 1) / 15], the mean of |accuracy - confidence| by their counts."""
    edges = np.linspace(0, 1, BINS + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidences > low) & (confidences <= high)
        if low == 0:
            inside |= confidences == 0
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidences[inside].mean())
    return error


def calibration(confidences, right):
    true, mean = calibration_curve(right, confidences, n_bins=BINS, strategy="uniform")
    return {"accuracy": floats(true), "confidence": floats(mean),
            "ece": float(expected_calibration_error(confidences, right))}


def class_scores(labels, answers):
    """[precision, recall, F1, support][classes]"""
    return np.array(precision_recall_fscore_support(labels, answers, labels=range(CLASSES), zero_division=0)
                    if labels.ndim == 1 else
                    precision_recall_fscore_support(labels, answers, zero_division=0))


def occurring_f1(labels, answers):
    scores = class_scores(labels, answers)
    return float(scores[2][scores[3] > 0].mean())


def bootstrap(labels, answers, draws):
    """Intervals of each class's scores and of macro F1 over the classes that occur."""
    samples = np.array([class_scores(labels[rows], answers[rows])[:3] for rows in draws])
    macro = [occurring_f1(labels[rows], answers[rows]) for rows in draws]
    low, high = np.quantile(samples, [0.05, 0.95], axis=0)
    return {"low": [floats(part) for part in low], "high": [floats(part) for part in high],
            "macro": interval(macro)}


def case(labels, answers, shown, draws, confidences):
    scores = class_scores(labels, answers)
    return {"labels": np.ravel(shown).astype(int).tolist(),
            "scores": [floats(part) for part in scores[:3]], "support": scores[3].astype(int).tolist(),
            "macro_f1_occurring": occurring_f1(labels, answers),
            "bootstrap": bootstrap(labels, answers, draws), "calibration": calibration(*confidences)}


groups = random.integers(0, GROUPS, ROWS)
groups = np.unique(groups, return_inverse=True)[1]
drawn = random.integers(0, groups.max() + 1, (RESAMPLES, groups.max() + 1))
draws = [rows_of(groups, one) for one in drawn]

# One label an image; the last class does not occur.
truth = random.integers(0, CLASSES - 1, ROWS)
logits = random.normal(size=(ROWS, CLASSES))
logits[np.arange(ROWS), truth] += 1.2
one = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32).astype(np.float64)
answer = one.argmax(1)
single = case(truth, answer, np.eye(CLASSES)[truth], draws, (one.max(1), (answer == truth).astype(float)))
single["probabilities"] = floats(one)
single["confusion"] = confusion_matrix(truth, answer, labels=range(CLASSES)).tolist()

# Several labels, one half as threshold.
labels = (random.random((ROWS, CLASSES)) < [0.5, 0.3, 0.2, 0.1, 0.0]).astype(int)
several = 1 / (1 + np.exp(-(2.2 * labels - 1.1 + random.normal(size=labels.shape))))
several = several.astype(np.float32).astype(np.float64)
several[0, 0], several[1, 1] = 1 / 3, 0.2
answers = (several > 0.5).astype(int)
multi = case(labels, answers, labels, draws, (several.ravel(), labels.ravel().astype(float)))
multi["probabilities"] = floats(several)
missed, wrong = labels & ~answers & 1, answers & ~labels & 1
clean, whole = wrong.sum(1) == 0, missed.sum(1) == 0
counts = multilabel_confusion_matrix(labels, answers)
errors = np.zeros((CLASSES + 1, CLASSES + 1), int)
errors[:-1, :-1] = missed.T @ wrong + np.diag(counts[:, 1, 1])
errors[:-1, -1], errors[-1, :-1] = missed[clean].sum(0), wrong[whole].sum(0)
multi["co_errors"] = errors.tolist()
multi["curves"] = [[float(f1_score(labels[:, c], several[:, c] > step / 50, zero_division=0)) for step in range(51)]
                   for c in range(CLASSES)]
better = (1 / (1 + np.exp(-(3 * labels - 1.5 + random.normal(size=labels.shape)))) > 0.5).astype(int)
gains = [occurring_f1(labels[rows], better[rows]) - occurring_f1(labels[rows], answers[rows]) for rows in draws]
multi["paired"] = {"answers": better.ravel().tolist(), "interval": interval(gains),
                   "better": float(np.mean(np.array(gains) > 0))}

# Values.
value = random.normal(3, 2, ROWS).astype(np.float32).astype(np.float64)
predicted = (value + random.normal(0.2, 1, ROWS)).astype(np.float32).astype(np.float64)


def value_errors(rows):
    a, b = value[rows], predicted[rows]
    return [mean_squared_error(a, b) ** 0.5, mean_absolute_error(a, b), np.mean(b - a), r2_score(a, b)]


samples = np.quantile([value_errors(rows) for rows in draws], [0.05, 0.95], axis=0)
counted, edges = np.histogram(predicted - value, 31)
values = {"truth": floats(value), "predicted": floats(predicted), "errors": floats(value_errors(slice(None))),
          "low": floats(samples[0]), "high": floats(samples[1]),
          "histogram": {"counts": counted.tolist(), "edges": floats(edges)}}

document = {"rows": ROWS, "classes": CLASSES, "groups": groups.tolist(), "drawn": drawn.tolist(),
            "one": single, "several": multi, "values": values}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.json"), "w") as file:
    json.dump(document, file)
    file.write("\n")
