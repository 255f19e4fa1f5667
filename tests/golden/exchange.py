"""Exchanges full-size weights with torchvision, for tests/golden/exchange_test.ts.

exchange.py write NAME FOLDER   a random net as FOLDER/theirs.pth and its logits for FOLDER/image.bin
exchange.py check NAME FOLDER   loads FOLDER/ours.safetensors with strict=True and writes its logits
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torchvision

CLASSES = 7
SIZE = {"inception_v3": 151}


def make(name):
    extra = {"init_weights": False} if name == "inception_v3" else {}
    return getattr(torchvision.models, name)(num_classes=CLASSES, **extra).eval()


def read_safetensors(path):
    """The format in ten lines, so that the safetensors package is not needed."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "I64": np.int64}
    state = {}
    for key, info in header.items():
        if key == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        values = np.frombuffer(data[8 + length + begin : 8 + length + end], types[info["dtype"]])
        state[key] = torch.from_numpy(values.reshape(info["shape"]).copy())
    return state


def logits(net, name, folder):
    size = SIZE.get(name, 65)
    image = np.fromfile(folder / "image.bin", np.float32).reshape(2, 3, size, size)
    with torch.no_grad():
        return net(torch.from_numpy(image)).numpy().astype(np.float32).ravel().tolist()


def main():
    command, name, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    torch.manual_seed(1)
    net = make(name)
    if command == "write":
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.7, 1.3)
        torch.save(net.state_dict(), folder / "theirs.pth")
    else:
        net.load_state_dict(read_safetensors(folder / "ours.safetensors"), strict=True)
    print(json.dumps(logits(net, name, folder)))


if __name__ == "__main__":
    main()
