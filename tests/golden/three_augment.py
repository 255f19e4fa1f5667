"""Writes tests/fixtures/three_augment.json: what Pillow makes of given pictures by the operations of 3-Augment.

Run with Pillow 13.0 and numpy 2.4: python3 tests/golden/three_augment.py
"""
import hashlib
import json
import random
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageFilter, ImageOps

SIZES = [(61, 47), (64, 96), (130, 151), (5, 3), (1, 1)]
CHANNELS = [1, 3, 4, 6]
DRAWS = 20


def picture(height, width, channels):
    """The picture of augmentations.py."""
    state = height * 65536 + width * 16 + channels
    values = bytearray(height * width * channels)
    for i in range(len(values)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    image = np.frombuffer(bytes(values), np.uint8).reshape(height, width, channels).copy()
    image[: height // 3, : width // 2] = 0
    return image


def digest(image):
    shape = "x".join(str(side) for side in image.shape).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(image).tobytes()).hexdigest()[:16]


def by_channel(operation, image):
    planes = [Image.fromarray(np.ascontiguousarray(image[..., c])) for c in range(image.shape[2])]
    return np.stack([np.asarray(operation(plane)) for plane in planes], -1)


def grayscale(image):
    """Pillow's luma where it has one, else the mean of all channels."""
    channels = image.shape[2]
    if channels == 3:
        gray = np.asarray(Image.fromarray(image).convert("L"))
    else:
        gray = np.floor(image.mean(-1) + 0.5).astype(np.uint8)
    return np.repeat(gray[..., None], channels, -1)


def apply(image, draw):
    if draw["name"] == "Grayscale":
        return grayscale(image)
    if draw["name"] == "Solarize":
        return by_channel(ImageOps.solarize, image)
    return by_channel(lambda plane: plane.filter(ImageFilter.GaussianBlur(draw["sigma"])), image)


def case(draw):
    digests = {
        f"{height}x{width}x{channels}": digest(apply(picture(height, width, channels), draw))
        for height, width in SIZES
        for channels in CHANNELS
    }
    return {"params": {}, "sampled": draw, "digests": digests}


def draws():
    rng = random.Random("ThreeAugment")
    for name in ["Grayscale", "Solarize"]:
        yield {"name": name, "sigma": 1}
    for sigma in [0.1, 2.0]:
        yield {"name": "GaussianBlur", "sigma": sigma}
    for _ in range(DRAWS - 4):
        yield {"name": "GaussianBlur", "sigma": rng.uniform(0.1, 2)}


fixture = {"versions": {"pillow": PIL.__version__}, "operations": {"ThreeAugment": [case(draw) for draw in draws()]}}
path = Path(__file__).parent.parent / "fixtures" / "three_augment.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
