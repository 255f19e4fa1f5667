"""Writes losses.json: losses and gradients with respect to the logits, in float64, by PyTorch's autodiff."""
import json
import os

import torch
import torch.nn.functional as F

LOGITS = [[0.0, 1.0, 5.0, -5.0], [100.0, -100.0, 0.3, -2.5], [-0.7, 20.0, -20.0, 2.0]]
LABELS = [[0, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0]]
ONE_HOT = [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]
SOFT = [[0.3, 0.7, 0, 0], [0.0, 1.0, 0.25, 0.75], [0.5, 0.5, 0.1, 0.9]]


def focal(x, t, gamma):
    """Linear between the two hard labels, so that mixed labels mix the losses."""
    on = torch.sigmoid(-x) ** gamma * F.softplus(-x, threshold=1000)
    off = torch.sigmoid(x) ** gamma * F.softplus(x, threshold=1000)
    return (t * on + (1 - t) * off).mean()


def asymmetric(x, t, gamma_pos, gamma_neg, clip):
    """Ben-Baruch et al. 2020, eq. 7: shifted probability of the negatives."""
    p = torch.sigmoid(x)
    shifted = (p - clip).clamp(min=0)
    on = (1 - p) ** gamma_pos * -F.logsigmoid(x)
    off = shifted ** gamma_neg * -torch.log1p(-shifted.clamp(max=1 - 1e-12))
    return (t * on + (1 - t) * off).mean()


def soft_f1(x, t):
    p = torch.sigmoid(x)
    tp, fp, fn = (p * t).sum(0), (p * (1 - t)).sum(0), ((1 - p) * t).sum(0)
    return (1 - (2 * tp + 1e-7) / (2 * tp + fp + fn + 1e-7)).mean()


def cumulative(x, t):
    """One question less than there are grades: is it at least grade k?"""
    grades = t.argmax(1)
    questions = torch.stack([(grades >= k).double() for k in range(1, t.shape[1])], 1)
    return F.binary_cross_entropy_with_logits(x[:, 1:], questions)


def on_scale(loss):
    """A loss of the first output against the grade."""
    return lambda x, t: loss(x[:, 0], t.argmax(1).double())


def case(name, params, labels, compute, logits=LOGITS, target="class_set"):
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(labels, dtype=torch.float64)
    loss = compute(x, t)
    loss.backward()
    return {"name": name, "target": target, "params": params, "logits": logits, "labels": labels, "loss": loss.item(),
            "gradient": x.grad.tolist()}


VALUES = [[0.5, -1.0, 5.25, 40.0], [2.0, -30.0, 0.0, -2.0], [-0.2, 4.5, -6.0, 1.0]]
MILD = [[0.0, 1.0, 5.0, -5.0], [2.0, -3.0, 0.3, -2.5], [-0.7, 4.0, -6.0, 2.0]]
cases = [
    case("binary_focal_loss", {}, LABELS, lambda x, t: focal(x, t, 2.0)),
    case("binary_focal_loss", {"gamma": 0.5}, LABELS, lambda x, t: focal(x, t, 0.5)),
    case("binary_focal_loss", {"gamma": 2}, SOFT, lambda x, t: focal(x, t, 2.0)),
    case("cross_entropy", {}, LABELS, F.binary_cross_entropy_with_logits),
    case("cross_entropy", {}, SOFT, F.binary_cross_entropy_with_logits),
    case("softmax_cross_entropy", {}, ONE_HOT, F.cross_entropy),
    case("softmax_cross_entropy", {"label_smoothing": 0.1}, ONE_HOT,
         lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1)),
    case("asymmetric_loss", {}, LABELS, lambda x, t: asymmetric(x, t, 1.0, 4.0, 0.05), MILD),
    case("asymmetric_loss", {"gamma_pos": 0, "gamma_neg": 2, "clip": 0}, LABELS,
         lambda x, t: asymmetric(x, t, 0.0, 2.0, 0.0), MILD),
    case("soft_f1_loss", {}, LABELS, soft_f1, MILD),
    case("mse_loss", {}, VALUES, F.mse_loss, MILD, "value"),
    case("smooth_l1_loss", {}, VALUES, F.smooth_l1_loss, MILD, "value"),
    case("smooth_l1_loss", {"beta": 3}, VALUES, lambda x, t: F.smooth_l1_loss(x, t, beta=3), MILD, "value"),
    case("mse_loss", {"mean": [1, 0, 2, 5], "deviation": 2.5}, VALUES,
         lambda x, t: F.mse_loss(x, (t - torch.tensor([1, 0, 2, 5])) / 2.5), MILD, "value"),
    case("mse_loss", {}, ONE_HOT, on_scale(F.mse_loss), MILD, "grade"),
    case("smooth_l1_loss", {}, ONE_HOT, on_scale(F.smooth_l1_loss), MILD, "grade"),
    case("cumulative_loss", {}, ONE_HOT, cumulative, LOGITS, "grade"),
]
path = os.path.join(os.path.dirname(__file__), "losses.json")
json.dump({"torch": torch.__version__, "cases": cases}, open(path, "w"), indent=1)
