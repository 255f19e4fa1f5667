"""Writes what pytorch-grad-cam makes of torchvision's models, for tests/golden/grad_cam_test.ts.

Weights and pictures come from the formula of models_reference.py, so that the fixture holds maps only. A map of the
feature map's size is the library's before it is resized: rectified, not yet brought to 0..1. Of the map of the picture's
size a grid of values is kept. Run with torch 1.13, torchvision 0.14 and pytorch-grad-cam:
  /usr/bin/python3 -m venv --system-site-packages v
  v/bin/pip install --no-deps grad-cam==1.5.5 safetensors==0.4.5 ttach tqdm opencv-python-headless==4.8.1.78
  v/bin/pip install matplotlib==3.7.5 "numpy<1.25" "scikit-learn<1.4"
  v/bin/python tests/golden/grad_cam.py
"""
import json

import numpy as np
import torch
import torchvision
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from models_reference import CLASSES, FOLDER, fill, picture

BATCH, CHANNELS = 2, 3
TARGETS = (1, 4)
STEP = 19
# The side of the pictures and the layer that makes the last feature map.
NETS = {
    "resnet18": (224, lambda net: net.layer4[-1]),
    "efficientnet_b0": (96, lambda net: net.features[-1]),
    "convnext_tiny": (96, lambda net: net.features[-1]),
}


def reference(name, size, layer_of):
    net = fill(getattr(torchvision.models, name)(num_classes=CLASSES).eval())
    images = picture(size, BATCH, CHANNELS)
    found = []
    with GradCAM(model=net, target_layers=[layer_of(net)]) as cam:
        for target in TARGETS:
            whole = cam(images, [ClassifierOutputTarget(target)] * BATCH)
            activations = cam.activations_and_grads.activations[0].numpy()
            gradients = cam.activations_and_grads.gradients[0].numpy()
            raw = cam.get_cam_image(images, layer_of(net), [target] * BATCH, activations, gradients, False)
            for image in range(BATCH):
                found.append({
                    "image": image,
                    "target": target,
                    "map": np.maximum(raw[image], 0).astype(np.float64).round(9).tolist(),
                    "resized": whole[image][::STEP, ::STEP].astype(np.float64).round(6).tolist(),
                })
    return {"size": size, "step": STEP, "found": found}


def main():
    references = {name: reference(name, size, layer_of) for name, (size, layer_of) in NETS.items()}
    (FOLDER / "grad_cam.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
