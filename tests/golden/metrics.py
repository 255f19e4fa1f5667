"""Writes metrics.json: sklearn's scores of random logits, with a class that never occurs and one never predicted."""
import json
import os

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

random = np.random.RandomState(0)
ROWS, CLASSES = 40, 6
logits = random.randn(ROWS, CLASSES).round(3)
labels = (random.rand(ROWS, CLASSES) < 0.3).astype(int)
labels[:, 2] = 0
logits[:, 2] = -1.0
logits[:, 4] = -1.0
labels[:, 5] = 0
predicted = (logits > 0).astype(int)
single = random.randint(0, CLASSES - 1, ROWS)
chosen = logits.argmax(1)
path = os.path.join(os.path.dirname(__file__), "metrics.json")
json.dump({
    "logits": logits.tolist(),
    "multi": {
        "labels": labels.tolist(),
        "macro_f1": f1_score(labels, predicted, average="macro", zero_division=0),
        "f1": f1_score(labels, predicted, average=None, zero_division=0).tolist(),
        "accuracy": float((labels == predicted).mean()),
    },
    "single": {
        "labels": np.eye(CLASSES, dtype=int)[single].tolist(),
        "macro_f1": f1_score(single, chosen, labels=range(CLASSES), average="macro", zero_division=0),
        "macro_f1_occurring": f1_score(single, chosen, labels=sorted(set(single)), average="macro", zero_division=0),
        "f1": f1_score(single, chosen, labels=range(CLASSES), average=None, zero_division=0).tolist(),
        "accuracy": accuracy_score(single, chosen),
    },
}, open(path, "w"), indent=1)
