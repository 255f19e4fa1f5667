"""Writes metric_plugins.json: scikit-learn's scores of random predictions, with ties and absent classes."""
import json
import os

import numpy as np
from sklearn.metrics import (accuracy_score, f1_score, log_loss, mean_absolute_error, mean_squared_error,
                             roc_auc_score)

random = np.random.RandomState(7)
CASES = 40


def several(rows, classes):
    probabilities = (random.rand(rows, classes) * 20).round() / 20
    labels = (random.rand(rows, classes) < random.uniform(0.1, 0.6)).astype(int)
    labels[:, random.randint(classes)] = 0
    answers = (probabilities > 0.5).astype(int)
    occurring = [c for c in range(classes) if labels[:, c].any()]
    both = [c for c in occurring if not labels[:, c].all()]
    f1 = f1_score(labels, answers, average=None, zero_division=0)
    scores = {
        "macro_f1": f1.mean(),
        "macro_f1_occurring": f1[occurring].mean() if occurring else None,
        "accuracy": float((labels == answers).mean()),
        "log_loss": np.mean([log_loss(labels[:, c], probabilities[:, c], labels=[0, 1]) for c in range(classes)]),
        "roc_auc": np.mean([roc_auc_score(labels[:, c], probabilities[:, c]) for c in both]) if both else None,
    }
    return {"target": "class_set", "exclusive": False, "predictions": probabilities, "targets": labels, "scores": scores}


def one(rows, classes):
    weights = random.randint(1, 6, (rows, classes)).astype(float)
    probabilities = weights / weights.sum(1, keepdims=True)
    truth = random.randint(0, classes - 1, rows)
    answers = probabilities.argmax(1)
    labels = np.eye(classes, dtype=int)[truth]
    occurring = sorted(set(truth))
    both = [c for c in occurring if not labels[:, c].all()]
    f1 = f1_score(truth, answers, labels=range(classes), average=None, zero_division=0)
    scores = {
        "macro_f1": f1.mean(),
        "macro_f1_occurring": f1[occurring].mean(),
        "accuracy": accuracy_score(truth, answers),
        "log_loss": log_loss(truth, probabilities, labels=range(classes)),
        "roc_auc": np.mean([roc_auc_score(labels[:, c], probabilities[:, c]) for c in both]) if both else None,
    }
    return {"target": "class", "exclusive": True, "predictions": probabilities, "targets": labels, "scores": scores}


def values(rows, columns):
    predictions, targets = random.randn(rows, columns) * 10, (random.randn(rows, columns) * 10).astype(np.float32)
    targets = targets.astype(float)
    scores = {
        "rmse": mean_squared_error(targets.ravel(), predictions.ravel()) ** 0.5,
        "mae": mean_absolute_error(targets.ravel(), predictions.ravel()),
    }
    return {"target": "value", "exclusive": False, "predictions": predictions, "targets": targets, "scores": scores}


def plain(case):
    made = {**case, "predictions": case["predictions"].tolist(), "targets": case["targets"].tolist()}
    return {**made, "scores": {name: score for name, score in case["scores"].items() if score is not None}}


cases = [make(random.randint(3, 30), random.randint(2, 6)) for _ in range(CASES) for make in (several, one, values)]
path = os.path.join(os.path.dirname(__file__), "metric_plugins.json")
json.dump([plain(case) for case in cases], open(path, "w"), default=float)
