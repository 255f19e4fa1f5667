"""cleanlab's ranking of label issues: one JSON line {"classes", "labels", "probabilities"} in, the ranked rows out.

Equal numbers stay in their order, which numpy's default sort leaves to the processor.
"""
import json
import sys
import warnings

import numpy as np

_argsort = np.argsort
np.argsort = lambda values, *args, **kwargs: _argsort(values, *args, **{**kwargs, "kind": "stable"})

from cleanlab.multilabel_classification.filter import find_label_issues  # noqa: E402

warnings.filterwarnings("ignore")

for text in sys.stdin:
    request = json.loads(text)
    given = np.array(request["labels"]).reshape(-1, request["classes"])
    probabilities = np.array(request["probabilities"], dtype=float).reshape(given.shape)
    labels = [[int(c) for c in np.flatnonzero(row)] for row in given]
    ranked = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    print(json.dumps([int(row) for row in ranked]), flush=True)
