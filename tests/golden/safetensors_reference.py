"""Writes the reference implementation's bytes for tests/core/weights/safetensors_test.ts.

python3 -m venv --system-site-packages v && v/bin/pip install safetensors numpy && v/bin/python tests/golden/safetensors_reference.py
"""
import pathlib

import numpy as np
from safetensors.numpy import save

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "nn"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors = {
        "layer1.0.conv1.weight": np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2) / 7,
        "bn1.num_batches_tracked": np.array(41, dtype=np.int64),
        "bn1.weight": np.array([0.5, -0.25], dtype=np.float32),
        "half": np.array([1.5, -2.0, 65504.0], dtype=np.float16),
        "bytes": np.array([1, 2, 3, 250, 255], dtype=np.uint8),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "mask": np.array([True, False, True]),
        "double": np.array([[1e300]], dtype=np.float64),
        "größe \"quoted\" \\ \n\t\x01": np.array([3], dtype=np.int32),
        "__proto__": np.array([9], dtype=np.int32),
        "\U0001f9ec": np.array([1], dtype=np.int32),
        "\uffee": np.array([2], dtype=np.int32),
    }
    (FOLDER / "reference.safetensors").write_bytes(save(tensors, {"epoch": "7 \u2028\u007f"}))
    (FOLDER / "reference_plain.safetensors").write_bytes(save({"a": np.ones((2, 2), dtype=np.float32)}))


if __name__ == "__main__":
    main()
