"""Writes linear_heads.json: linear heads of scikit-learn on the pixels of fixtures/digits, for linear_heads_test.ts.

    python3 tests/golden/linear_heads.py

Rows 0 to 1197 train and the rest are held out; features are standardized by the training rows.
"""
import json
import os

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TRAIN, FEW, SHOWN = 1198, 40, 5
STRENGTHS = [1e5, 3e4, 1e4, 3e3, 1e3, 300, 100, 30, 10, 3, 1, 0.3, 0.1]

pixels, digit = load_digits(return_X_y=True)
scaler = StandardScaler().fit(pixels[:TRAIN])
x = scaler.transform(pixels)
labels = np.stack([digit % 2 == 0, digit >= 5, np.isin(digit, [2, 3, 5, 7]), digit == 0], 1).astype(int)


def logistic(strength):
    return LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=1e-13, max_iter=1_000)


def weights(head):
    return {"weights": head.coef_.tolist(), "intercepts": np.ravel(head.intercept_).tolist()}


def probabilities(head):
    return head.predict_proba(x[TRAIN : TRAIN + SHOWN]).tolist()


def relative_error(head, features, digits):
    """Less the mean over classes of the squared error as a share of the variance of +1 and -1."""
    targets = 2.0 * (digits[:, None] == np.arange(10)) - 1
    errors = ((head.decision_function(features) - targets) ** 2).sum(0)
    return -np.mean(errors / ((targets - targets.mean(0)) ** 2).sum(0))


def chosen(head, grid, scoring):
    """Accuracy of held-out rows, in points, of a head whose strength is the best of the grid in three folds."""
    folds = PredefinedSplit(np.arange(TRAIN) % 3)
    search = GridSearchCV(make_pipeline(StandardScaler(), head), grid, cv=folds, scoring=scoring)
    search.fit(pixels[:TRAIN], digit[:TRAIN])
    print(search.best_params_)
    return 100 * np.mean(search.predict(pixels[TRAIN:]) == digit[TRAIN:])


ridge = RidgeClassifier(alpha=100, solver="cholesky").fit(x[:TRAIN], digit[:TRAIN])
few = RidgeClassifier(alpha=10).fit(x[:FEW], digit[:FEW])
value = Ridge(alpha=100).fit(x[:TRAIN], digit[:TRAIN])
multinomial = logistic(10).fit(x[:TRAIN], digit[:TRAIN])
pair = logistic(10).fit(x[:TRAIN], labels[:TRAIN, 1])
each = [logistic(10).fit(x[:TRAIN], labels[:TRAIN, label]) for label in range(labels.shape[1])]
reference = {
    "scikit_learn": sklearn.__version__,
    "ridge": weights(ridge) | {"points": 100 * ridge.score(x[TRAIN:], digit[TRAIN:])},
    "few": weights(few),
    "value": weights(value),
    "multinomial": weights(multinomial)
    | {"probabilities": probabilities(multinomial), "points": 100 * multinomial.score(x[TRAIN:], digit[TRAIN:])},
    "pair": weights(pair) | {"probabilities": probabilities(pair)},
    "labels": {
        "weights": [head.coef_[0].tolist() for head in each],
        "intercepts": [head.intercept_[0] for head in each],
    },
    "chosen": {
        "ridge": chosen(RidgeClassifier(), {"ridgeclassifier__alpha": STRENGTHS}, relative_error),
        "logistic": chosen(
            LogisticRegression(solver="newton-cholesky"),
            {"logisticregression__C": [1 / strength for strength in STRENGTHS]},
            "neg_log_loss",
        ),
    },
}
path = os.path.join(os.path.dirname(__file__), "linear_heads.json")
with open(path, "w") as file:
    json.dump(reference, file)
    file.write("\n")
print(reference["chosen"], reference["ridge"]["points"], reference["multinomial"]["points"])
