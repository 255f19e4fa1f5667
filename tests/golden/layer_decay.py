"""Writes the learning-rate scales of timm's layer decay by parameter to tests/golden/layer_decay.json.

Each parameter is [name, rank, scale]. Run with timm 1.0.31 and torch 2.15: python3 tests/golden/layer_decay.py
"""
import json
from pathlib import Path

import timm
from timm.optim import param_groups_layer_decay

DECAY = 0.75
NETS = [
    "resnet18",
    "resnet50",
    "seresnext50_32x4d",
    "convnext_tiny",
    "efficientnet_b0",
    "convnextv2_tiny",
    "tf_efficientnetv2_s",
    "mobilenetv4_conv_small",
    "vit_small_patch16_224",
]


def scales(architecture):
    net = timm.create_model(architecture, pretrained=False)
    by_parameter = {
        id(parameter): group["lr_scale"]
        for group in param_groups_layer_decay(net, layer_decay=DECAY)
        for parameter in group["params"]
    }
    return [[name, parameter.ndim, by_parameter[id(parameter)]] for name, parameter in net.named_parameters()]


fixture = {"decay": DECAY, "models": {name: scales(name) for name in NETS}}
Path(__file__).with_name("layer_decay.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
