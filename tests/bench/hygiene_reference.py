"""The Python packages' side of the hygiene benchmark. Reads one JSON request a line, answers with one JSON line.

{"hash": [paths]}: average_hash and phash of each file, one open per hash: seconds of processor and of wall time.
{"rows": [[labels]], "classes": n, "folds": k, "seed": s}: MultilabelStratifiedKFold: seconds, and the folds.
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def hash_files(paths):
    import imagehash
    from PIL import Image

    cpu, wall = time.process_time(), time.perf_counter()
    last = []
    for path in paths:
        last = [str(imagehash.average_hash(Image.open(path))), str(imagehash.phash(Image.open(path)))]
    return dict(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall, last=last)


def stratify(rows, classes, folds, seed):
    import numpy as np
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    y = np.zeros((len(rows), classes), int)
    for row, labels in enumerate(rows):
        y[row, labels] = 1
    # scikit-learn refuses a seed without shuffling, which upstream asks for; the package itself does not.
    splitter = MultilabelStratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    splitter.shuffle = False
    cpu = time.process_time()
    result = np.zeros(len(rows), int)
    for fold, (_, test) in enumerate(splitter.split(np.zeros(len(rows)), y)):
        result[test] = fold
    return dict(cpu=time.process_time() - cpu, folds=result.tolist())


def main():
    for line in sys.stdin:
        request = json.loads(line)
        answer = hash_files(request["hash"]) if "hash" in request else stratify(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
