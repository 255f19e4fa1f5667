"""Writes schedulers.json: the learning rate of each epoch under PyTorch's schedulers."""
import json
import os

import torch

CASES = [
    ("step", "StepLR", {"step_size": 3, "gamma": 0.1}),
    ("multi_step", "MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.5}),
    ("exponential", "ExponentialLR", {"gamma": 0.9}),
    ("cosine", "CosineAnnealingLR", {"T_max": 5, "eta_min": 1e-5}),
    ("reduce_lr_on_plateau", "ReduceLROnPlateau",
     {"mode": "max", "factor": 0.5, "patience": 1, "threshold": 0.01, "threshold_mode": "rel", "cooldown": 1, "min_lr": 0.002}),
    ("reduce_lr_on_plateau", "ReduceLROnPlateau",
     {"mode": "min", "factor": 0.1, "patience": 0, "threshold": 0.05, "threshold_mode": "abs", "cooldown": 0, "min_lr": 0.0}),
]
RATE = 0.02
SCORES = [0.1, 0.2, 0.2005, 0.2, 0.19, 0.3, 0.3, 0.29, 0.28, 0.28, 0.1, 0.1, 0.1, 0.5]


def run(name, params):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=RATE)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **params)
    rates = []
    for score in SCORES:
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(score) if name == "ReduceLROnPlateau" else scheduler.step()
    return rates


def one_cycle():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    params = {"pct_start": 0.25, "div_factor": 25.0, "final_div_factor": 1e4, "anneal_strategy": "cos"}
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=RATE, epochs=len(SCORES), steps_per_epoch=4, cycle_momentum=False, **params)
    rates = []
    for _ in range(len(SCORES) * 4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < len(SCORES) * 4:
            scheduler.step()
    return {"name": "one_cycle", "params": {k: v for k, v in params.items() if k != "anneal_strategy"}, "rates": rates}


cases = [{"name": ours, "params": params, "rates": run(theirs, params)} for ours, theirs, params in CASES]
path = os.path.join(os.path.dirname(__file__), "schedulers.json")
json.dump({"torch": torch.__version__, "rate": RATE, "scores": SCORES, "cases": cases, "per_step": one_cycle()},
          open(path, "w"), indent=1)
