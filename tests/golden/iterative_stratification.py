"""Folds of the Python package iterative-stratification on random label matrices, as digests.

    python3 -m venv --system-site-packages venv && venv/bin/pip install iterative-stratification
    venv/bin/python tests/golden/iterative_stratification.py > tests/golden/iterative_stratification.json

Written with iterative-stratification 0.1.9, NumPy 1.24.2. Each matrix is made of the words of MT19937 seeded with its
number, so that the test makes it again.
"""
import hashlib
import json
import warnings

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

warnings.filterwarnings("ignore")


def matrix(number):
    words = np.random.RandomState(number)._bit_generator
    rows, classes = 20 + number * 23, 2 + number * 7 % 27
    label = np.arange(classes)
    threshold = 2000 + 20000 * label * label // (classes * classes)
    cells = words.random_raw(rows * classes).reshape(rows, classes) & 0xFFFF
    return (cells < threshold[None, :]).astype(int)


def folds_of(y, folds, seed, shuffle):
    # scikit-learn refuses a seed without shuffling, which upstream asks for; the package itself does not.
    splitter = MultilabelStratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    splitter.shuffle = shuffle
    result = np.zeros(len(y), int)
    for fold, (_, test) in enumerate(splitter.split(np.zeros(len(y)), y)):
        result[test] = fold
    return result


def main():
    cases = []
    for number in range(1, 25):
        y = matrix(number)
        folds = 2 + number % 10
        for seed in (0, 1, 7, 1234, 4294967295):
            for shuffle in (False, True):
                text = ",".join(str(fold) for fold in folds_of(y, folds, seed, shuffle))
                digest = hashlib.sha256(text.encode()).hexdigest()[:16]
                cases.append(dict(matrix=number, folds=folds, seed=seed, shuffle=shuffle, digest=digest))
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


if __name__ == "__main__":
    main()
