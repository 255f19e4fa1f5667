"""Writes PyTorch files for tests/core/weights/pth_test.ts. Run with torch 1.13: python3 tests/golden/pth_reference.py"""
import collections
import os
import pathlib
import pickle
import zipfile

import torch

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "nn"


class Command:
    def __reduce__(self):
        return (os.system, ("echo executed > executed.txt",))


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8
    state = collections.OrderedDict()
    state["conv1.weight"] = base
    state["turned"] = base.permute(2, 0, 1)
    state["part"] = base[1, 1:, ::2]
    state["half"] = torch.tensor([1.5, -2.0]).half()
    state["bfloat"] = torch.tensor([1.5, -2.0]).bfloat16()
    state["double"] = torch.tensor([1e300], dtype=torch.float64)
    state["bn1.num_batches_tracked"] = torch.tensor(41)
    state["parameter"] = torch.nn.Parameter(torch.tensor([0.25]))
    state["empty"] = torch.zeros(0, 3)
    return state


def main():
    torch.save(tensors(), FOLDER / "zip.pth")
    torch.save(tensors(), FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    optimizer = {"state": {0: {"step": 3, "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]}
    checkpoint = {"epoch": 7, "state_dict": tensors(), "optimizer": optimizer}
    torch.save(checkpoint, FOLDER / "checkpoint.pth")
    torch.save(checkpoint, FOLDER / "checkpoint_legacy.pth", _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(FOLDER / "malicious.pth", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"weight": Command()}, protocol=2))
    (FOLDER / "malicious_legacy.pth").write_bytes(pickle.dumps(Command(), protocol=2))


if __name__ == "__main__":
    main()
