"""Writes what timm's vision transformers compute, for tests/golden/vit_test.ts.

Weights and inputs come from the formula of models_reference.py, by timm's names, so that the fixture holds names, shapes
and results only. A net of another size gets the weights as timm gives it those of a file: with resampled positions. Run
with torch 2.15, timm 1.0.31 and pytorch-grad-cam 1.5.5:
  python3 -m venv v && v/bin/pip install torch torchvision timm safetensors grad-cam
  v/bin/python tests/golden/vit_reference.py
"""
import gzip
import json

import numpy as np
import timm
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from timm.layers import resample_abs_pos_embed
from timm.models.vision_transformer import checkpoint_filter_fn

from models_reference import CLASSES, FOLDER, adam_losses, fill, noise, picture

# By timm's name: sizes of inference; the weights are those of a file for the first.
NETS = {
    "vit_small_patch16_224": (64, 107, 40),
    "vit_base_patch16_224": (64, 80),
    "vit_small_patch14_reg4_dinov2": (70, 113, 42),
    "vit_base_patch14_reg4_dinov2": (70, 42),
}
# By timm's name: width, channels, size and batch of 20 steps of Adam.
ADAM = {
    "vit_small_patch16_224": (128, 4, 48, 6),
    "vit_small_patch14_reg4_dinov2": (128, 4, 43, 6),
}
# By timm's name: size of the picture, and the classes whose heat maps are made.
GRAD_CAM = {"vit_small_patch16_224": (112, (1, 4)), "vit_small_patch14_reg4_dinov2": (98, (2, 3))}
# Sides of grids before and after.
GRIDS = ((5, 8), (7, 3), (4, 5), (6, 6))


def reference(name, sizes):
    net = fill(timm.create_model(name, num_classes=CLASSES, img_size=sizes[0]))
    weights = net.state_dict()
    logits = {}
    for size in sizes:
        net = timm.create_model(name, num_classes=CLASSES, img_size=size).eval()
        net.load_state_dict(checkpoint_filter_fn(dict(weights), net))
        with torch.no_grad():
            logits[size] = net(picture(size, 2, 3)).ravel().tolist()
    return {"logits": logits, "shapes": {name: list(tensor.shape) for name, tensor in weights.items()}}


def training(name, width, channels, size, batch):
    net = timm.create_model(name, num_classes=CLASSES, img_size=size, in_chans=channels, embed_dim=width, num_heads=width // 64)
    losses = adam_losses(fill(net), size, batch, channels)
    return {"width": width, "channels": channels, "size": size, "batch": batch, "losses": losses.tolist()}


def heat_maps(name, size, targets):
    """Maps by class, rectified, before they are resized, of the tokens in front of the last attention."""
    net = fill(timm.create_model(name, num_classes=CLASSES, img_size=size)).eval()
    layer = net.blocks[-1].norm1
    prefix, (rows, cols) = net.num_prefix_tokens, net.patch_embed.grid_size
    as_map = lambda tokens: tokens[:, prefix:].reshape(-1, rows, cols, tokens.shape[-1]).permute(0, 3, 1, 2)
    maps = {}
    image = picture(size, 1, 3)
    with GradCAM(model=net, target_layers=[layer], reshape_transform=as_map) as cam:
        for target in targets:
            cam(image, [ClassifierOutputTarget(target)])
            kept = cam.activations_and_grads
            raw = cam.get_cam_image(image, layer, [target], kept.activations[0].numpy(), kept.gradients[0].numpy(), False)
            maps[target] = np.maximum(raw[0], 0).ravel().astype(float).tolist()
    return {"size": size, "maps": maps}


def resampled(side, to):
    positions = torch.from_numpy(noise(f"positions.{side}", side * side * 2).astype("float32").reshape(1, -1, 2))
    values = resample_abs_pos_embed(positions, [to, to], num_prefix_tokens=0)
    return {"side": side, "to": to, "values": values.ravel().tolist()}


def main():
    torch.manual_seed(1)
    text = json.dumps({
        "version": timm.__version__,
        "models": {name: reference(name, sizes) for name, sizes in NETS.items()},
        "adam": {name: training(name, *at) for name, at in ADAM.items()},
        "heat_maps": {name: heat_maps(name, *at) for name, at in GRAD_CAM.items()},
        "positions": [resampled(*grid) for grid in GRIDS],
    }, separators=(",", ":"))
    path = FOLDER / "vit.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    path.chmod(0o644)


if __name__ == "__main__":
    main()
