"""Writes optimizers.json: parameters after each of some steps of PyTorch's optimizers under given gradients."""
import json
import os

import torch

CASES = [
    ("adam", "Adam", {"lr": 0.0005}),
    ("adam", "Adam", {"lr": 0.01, "betas": [0.8, 0.99], "eps": 1e-3, "weight_decay": 0.1}),
    ("adam", "Adam", {"lr": 0.01, "amsgrad": True}),
    ("adamw", "AdamW", {"lr": 0.01, "weight_decay": 0.05}),
    ("sgd", "SGD", {"lr": 0.1, "momentum": 0.0, "nesterov": False}),
    ("sgd", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": False}),
    ("sgd", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
]
STEPS = 6


def gradient(step, index):
    """Small and large, changing sign, so that eps and the decay of the second moment show."""
    scale = [1e-8, 1e-3, 1.0, 100.0][index]
    return scale * (1.0 + 0.5 * step) * (-1.0 if (step + index) % 3 == 0 else 1.0)


def run(name, params):
    values = torch.nn.Parameter(torch.tensor([[0.5, -1.0], [2.0, 0.25]]))
    arguments = dict(params)
    if "betas" in arguments:
        arguments["betas"] = tuple(arguments["betas"])
    optimizer = getattr(torch.optim, name)([values], **arguments)
    history = []
    for step in range(STEPS):
        values.grad = torch.tensor([gradient(step, i) for i in range(4)]).reshape(2, 2)
        optimizer.step()
        history.append(values.detach().reshape(-1).tolist())
    return history


gradients = [[gradient(step, i) for i in range(4)] for step in range(STEPS)]
cases = [{"name": ours, "params": params, "after": run(theirs, params)} for ours, theirs, params in CASES]
path = os.path.join(os.path.dirname(__file__), "optimizers.json")
json.dump({"torch": torch.__version__, "gradients": gradients, "cases": cases}, open(path, "w"), indent=1)
