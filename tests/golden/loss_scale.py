"""Writes what PyTorch's GradScaler does with scripted gradients to tests/golden/loss_scale.json.

Each update has one batch or several. Lists are shortened to [value, how often it is repeated]: of each update whether its batches
overflow, the scale that their losses were multiplied by, and whether the optimizer stepped.
Run with torch 2.15: python3 tests/golden/loss_scale.py
"""
import json
import random
from pathlib import Path

import torch

RATE = 2.0**-10


def script():
    """Overflows at the start, one by one, in the middle of accumulated batches; then long stretches without any."""
    chance = random.Random(5)
    updates = [[True], [True], [False], [True], [False, False], [False, True], [True, False], [True, True], [False]]
    updates += [[chance.random() < 0.2] for _ in range(20)]
    # After an overflow 1999 good updates are one too few; 2000 make the scale grow, 4000 twice.
    return updates + [[True]] + [[False]] * 1999 + [[True]] + [[False]] * 2000 + [[True]] + [[False]] * 4001


def run(updates):
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([weight], lr=RATE)
    scaler = torch.amp.GradScaler("cpu")
    rows = []
    for batches in updates:
        used, before = scaler.get_scale(), weight.item()
        for overflow in batches:
            # A loss whose gradient is 1, or infinite.
            factor = torch.tensor([float("inf") if overflow else 1.0])
            scaler.scale((weight * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        rows.append([used, weight.item() != before])
    return rows, scaler.get_scale()


def runs_of_equal(values):
    """[value, count] of each stretch of equal values."""
    stretches = []
    for value in values:
        if stretches and stretches[-1][0] == value:
            stretches[-1][1] += 1
        else:
            stretches.append([value, 1])
    return stretches


updates = script()
rows, last = run(updates)
fixture = {
    "updates": runs_of_equal(updates),
    "scales": runs_of_equal([scale for scale, _ in rows]),
    "stepped": runs_of_equal([stepped for _, stepped in rows]),
    "last_scale": last,
}
Path(__file__).with_name("loss_scale.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
