"""Writes what timm's models compute, and what timm calls their tensors, for tests/golden/timm_test.ts.

Weights and inputs come from the formula of models_reference.py, by timm's names, so that the fixture holds names, shapes
and results only. Run with timm 1.0.31 and torch 2.15:
  python3 -m venv v && v/bin/pip install timm==1.0.31 && v/bin/python tests/golden/timm_reference.py
"""
import gzip
import json

import timm
import torch

from models_reference import CLASSES, FOLDER, fill, picture

# Ours and timm's name of an architecture, sizes of inference.
NETS = {
    "resnet18": ("resnet18", (64, 75)),
    "resnet34": ("resnet34", (64, 75)),
    "resnet50": ("resnet50", (64, 75)),
    "inception_v3": ("inception_v3", (100, 141)),
    "se_resnext50": ("legacy_seresnext50_32x4d", (64, 75)),
    "seresnext50_32x4d": ("seresnext50_32x4d", (64, 75)),
    "efficientnet_b0": ("efficientnet_b0", (64, 75)),
    "efficientnet_b1": ("efficientnet_b1", (64, 75)),
    "efficientnet_b2": ("efficientnet_b2", (64, 75)),
    "efficientnet_b3": ("efficientnet_b3", (64, 75)),
    "efficientnet_b4": ("efficientnet_b4", (64, 75)),
    "convnext_tiny": ("convnext_tiny", (64, 75)),
    "convnextv2_atto": ("convnextv2_atto", (64, 75)),
    "convnextv2_femto": ("convnextv2_femto", (64, 75)),
    "convnextv2_pico": ("convnextv2_pico", (64, 75)),
    "convnextv2_nano": ("convnextv2_nano", (64, 75)),
    "convnextv2_tiny": ("convnextv2_tiny", (64, 75)),
    "efficientnetv2_rw_s": ("efficientnetv2_rw_s", (64, 75)),
    "tf_efficientnetv2_s": ("tf_efficientnetv2_s", (64, 75)),
    "mobilenetv4_conv_small": ("mobilenetv4_conv_small", (64, 75)),
}
# Variants of the same sizes, by timm's wildcards.
CANDIDATES = ["*resnet*18*", "*resnet*34*", "*resnet*50*", "*resnext50*", "*efficientnet_b[01234]*", "convnext*tiny*", "convnext*atto*", "convnext*femto*", "convnext*pico*", "convnext*nano*", "*inception_v3*", "*efficientnetv2*s", "mobilenetv4*small*"]
# Has the tensors of tf_efficientnetv2_s, but no trained weights.
UNTRAINED = "efficientnetv2_s"


def reference(architecture, sizes):
    net = fill(timm.create_model(architecture, pretrained=False, num_classes=CLASSES)).eval()
    with torch.no_grad():
        logits = {str(size): net(picture(size, 2, 3)).ravel().tolist() for size in sizes}
    shapes = {name: list(tensor.shape) for name, tensor in net.state_dict().items()}
    return {"timm": architecture, "logits": logits, "shapes": shapes}


def signature(net):
    return {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}


def largest_difference(one, other):
    with torch.no_grad():
        values = [fill(net).eval()(picture(96, 1, 3)) for net in (one, other)]
    return (values[0] - values[1]).abs().max().item()


def lookalikes():
    """timm's nets with the tensors of one of ours that compute something else, and the largest difference of a logit."""
    ours = {name: timm.create_model(name, num_classes=CLASSES) for name, _ in NETS.values()}
    found = {}
    for name in timm.list_models(CANDIDATES, exclude_filters=UNTRAINED):
        net = timm.create_model(name, num_classes=CLASSES)
        for twin, our in ours.items():
            if name != twin and signature(net) == signature(our):
                found[name] = [twin, largest_difference(our, net)]
    return found


def main():
    found = {name: reference(*net) for name, net in NETS.items()}
    alike = lookalikes()
    text = json.dumps({"version": timm.__version__, "models": found, "lookalikes": alike}, separators=(",", ":"))
    path = FOLDER / "timm.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    path.chmod(0o644)
    for name, model in found.items():
        print(name, {size: [round(value, 3) for value in logits[:3]] for size, logits in model["logits"].items()})


if __name__ == "__main__":
    main()
