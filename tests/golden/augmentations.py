"""Writes tests/fixtures/augmentations.json: what OpenCV, NumPy, SciPy and Pillow make of given pictures and given parameters.

Run with python3-opencv 4.6, numpy 1.24, scipy 1.10 and Pillow 9.4 (Debian 12): python3 tests/golden/augmentations.py
The formulas are those of albumentations 0.1.8; channels are processed by the library all at once.
"""
import hashlib
import json
import math
import os
import random

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from scipy.ndimage import gaussian_filter

SIZES = [(61, 47), (64, 96), (130, 151), (5, 3), (1, 1)]
CHANNELS = [1, 3, 4, 6]
DRAWS = 20
BORDER = cv2.BORDER_REFLECT_101


def picture(height, width, channels):
    """Bytes of a linear congruential generator, with a dark corner; tests/core/image/_golden.ts has the same."""
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


def shaped(result, channels):
    return result.reshape(result.shape[0], result.shape[1], channels)


def warp(image, matrix):
    height, width = image.shape[:2]
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=BORDER)


def rotate(image, _, draw):
    height, width = image.shape[:2]
    return warp(image, cv2.getRotationMatrix2D((width / 2, height / 2), draw["angle"], 1.0))


def shift_scale_rotate(image, _, draw):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), draw["angle"], draw["scale"])
    matrix[0, 2] += draw["dx"] * width
    matrix[1, 2] += draw["dy"] * height
    return warp(image, matrix)


def random_scale(image, _, draw):
    height, width = image.shape[:2]
    size = (max(1, int(width * draw["scale"])), max(1, int(height * draw["scale"])))
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def axis(length, steps, factors):
    step = max(1, length // steps)
    out = np.zeros(length, np.float32)
    previous = 0
    for cell, start in enumerate(range(0, length, step)):
        end = start + step
        last = length if end > length else previous + step * factors[min(cell, steps)]
        end = min(end, length)
        out[start:end] = np.linspace(previous, last, end - start)
        previous = last
    return out


def grid_distortion(image, params, draw):
    height, width = image.shape[:2]
    xs = axis(width, params["num_steps"], draw["x"])
    ys = axis(height, params["num_steps"], draw["y"])
    map_x, map_y = np.meshgrid(xs, ys)
    return cv2.remap(image, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=BORDER)


def elastic_transform(image, params, draw):
    state = np.random.RandomState(draw["seed"])
    height, width = image.shape[:2]
    center = np.float32((height, width)) // 2
    reach = min(height, width) // 3
    alpha, sigma, alpha_affine = (float(params[key]) for key in ("alpha", "sigma", "alpha_affine"))
    source = np.float32([center + reach, [center[0] + reach, center[1] - reach], center - reach])
    target = source + state.uniform(-alpha_affine, alpha_affine, size=source.shape).astype(np.float32)
    channels = image.shape[2]
    bent = shaped(warp(image, cv2.getAffineTransform(source, target)), channels)
    dx = np.float32(gaussian_filter(state.rand(height, width) * 2 - 1, sigma) * alpha)
    dy = np.float32(gaussian_filter(state.rand(height, width) * 2 - 1, sigma) * alpha)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return cv2.remap(bent, np.float32(x + dx), np.float32(y + dy), cv2.INTER_LINEAR, borderMode=BORDER)


def blur(image, _, draw):
    return cv2.blur(image, (draw["size"], draw["size"]))


def motion_blur(image, _, draw):
    kernel = np.zeros((draw["size"], draw["size"]), np.uint8)
    cv2.line(kernel, tuple(draw["from"]), tuple(draw["to"]), 1, thickness=1)
    return cv2.filter2D(image, -1, kernel / np.sum(kernel))


def invert_img(image, *_):
    return 255 - image


def random_gamma(image, _, draw):
    inverse = 1.0 / draw["gamma"]
    table = np.array([((i / 255.0) ** inverse) * 255 for i in np.arange(0, 256)]).astype("uint8")
    return cv2.LUT(image, table)


def adjust(image, alpha, beta):
    return np.clip(image.astype("float32") * alpha + beta * np.mean(image), 0, 255).astype(np.uint8)


def random_contrast(image, _, draw):
    return adjust(image, draw["factor"], 0)


def random_brightness(image, _, draw):
    return adjust(image, 1, draw["part"])


def random_rotate90(image, _, draw):
    return np.rot90(image, draw["turns"])


def flip(image, _, draw):
    return cv2.flip(image, draw["axis"])


def transpose(image, *_):
    return image.transpose(1, 0, 2)


def resize(image, _, draw):
    return cv2.resize(image, (draw["width"], draw["height"]), interpolation=cv2.INTER_LINEAR)


def hue_saturation_value(image, _, draw):
    if image.shape[2] < 3:
        return np.clip(image.astype(np.int32) + draw["value"], 0, 255).astype(np.uint8)
    # Up to 31 pixels at the end of each row would go through other code, which rounds otherwise.
    width = image.shape[1]
    wide = np.pad(image[..., :3], ((0, 0), (0, -width % 64), (0, 0)))
    hue, saturation, value = cv2.split(cv2.cvtColor(wide, cv2.COLOR_RGB2HSV).astype(np.int32))
    hue = hue + draw["hue"]
    hue = np.where(hue < 0, hue + 180, hue)
    hue = np.where(hue > 180, hue - 180, hue)
    saturation = np.clip(saturation + draw["saturation"], 0, 255)
    value = np.clip(value + draw["value"], 0, 255)
    changed = cv2.cvtColor(cv2.merge((hue, saturation, value)).astype(np.uint8), cv2.COLOR_HSV2RGB)
    return np.concatenate([changed[:, :width], image[..., 3:]], -1)


def clahe(image, params, draw):
    rows, columns = params["tile_grid_size"]
    equalizer = cv2.createCLAHE(clipLimit=draw["clipLimit"], tileGridSize=(columns, rows))
    return np.stack([equalizer.apply(np.ascontiguousarray(image[..., c])) for c in range(image.shape[2])], -1)


def by_channel(operation):
    """A Pillow operation that treats channels alike, on any number of them."""
    def apply(image, params, draw):
        planes = [Image.fromarray(np.ascontiguousarray(image[..., c])) for c in range(image.shape[2])]
        return np.stack([np.asarray(operation(plane, draw)) for plane in planes], -1)
    return apply


def factors(rng, steps):
    return [1 + rng.uniform(-0.5, 0.5) for _ in range(steps + 1)]


def line(rng, i):
    size = [3, 5, 7][i % 3]
    xs, xe = rng.randint(0, size - 1), rng.randint(0, size - 1)
    ys, ye = rng.sample(range(size), 2) if xs == xe else (rng.randint(0, size - 1), rng.randint(0, size - 1))
    return {"size": size, "from": [xs, ys], "to": [xe, ye]}


def elastic(rng, i):
    params = {"alpha": 1, "sigma": rng.randint(30, 70), "alpha_affine": rng.randint(30, 70)}
    if i % 4 == 3:
        # Strong fields move every pixel; upstream's move hardly any.
        params = {"alpha": 200, "sigma": rng.randint(4, 12), "alpha_affine": 3}
    return params, {"seed": rng.randint(0, 10000)}


def resized(rng, i):
    if i == 0:
        return {"height": 64, "width": 48}
    return {"height": rng.randint(1, 200), "width": rng.randint(1, 200)}


OPERATIONS = {
    "Rotate": (rotate, lambda rng, i: ({}, {"angle": rng.uniform(-45, 45) if i else 90.0})),
    "ShiftScaleRotate": (shift_scale_rotate, lambda rng, i: ({}, {
        "angle": 0 if i < 10 else rng.uniform(-45, 45),
        "scale": 1 if i < 10 else rng.uniform(0.8, 1.2),
        "dx": rng.uniform(-0.12, 0.12),
        "dy": rng.uniform(-0.12, 0.12),
    })),
    "RandomScale": (random_scale, lambda rng, i: ({}, {"scale": rng.uniform(0.8, 1.2) if i else 0.5})),
    "GridDistortion": (grid_distortion, lambda rng, i: (
        {"num_steps": 3 + i % 3}, {"x": factors(rng, 3 + i % 3), "y": factors(rng, 3 + i % 3)})),
    "ElasticTransform": (elastic_transform, elastic),
    "Blur": (blur, lambda rng, i: ({}, {"size": [3, 5, 7, 9][i % 4]})),
    "MotionBlur": (motion_blur, lambda rng, i: ({}, line(rng, i))),
    "InvertImg": (invert_img, lambda rng, i: ({}, {})),
    "RandomGamma": (random_gamma, lambda rng, i: ({}, {"gamma": (70 + 3 * i) / 100})),
    "RandomContrast": (random_contrast, lambda rng, i: ({}, {"factor": 1 + rng.uniform(-0.3, 0.3)})),
    "RandomBrightness": (random_brightness, lambda rng, i: ({}, {"part": rng.uniform(-0.3, 0.3)})),
    "RandomRotate90": (random_rotate90, lambda rng, i: ({}, {"turns": i % 4})),
    "Flip": (flip, lambda rng, i: ({}, {"axis": i % 3 - 1})),
    "Transpose": (transpose, lambda rng, i: ({}, {})),
    "HueSaturationValue": (hue_saturation_value, lambda rng, i: ({}, {
        "hue": rng.randint(-20, 20), "saturation": rng.randint(-30, 30), "value": rng.randint(-20, 20)})),
    "CLAHE": (clahe, lambda rng, i: (
        {"tile_grid_size": [[8, 8], [4, 5], [1, 1], [3, 2]][i % 4]}, {"clipLimit": rng.uniform(1, 6)})),
    "Equalize": (by_channel(lambda plane, _: ImageOps.equalize(plane)), lambda rng, i: ({}, {})),
    "Posterize": (by_channel(lambda plane, draw: ImageOps.posterize(plane, draw["bits"])),
                  lambda rng, i: ({}, {"bits": 1 + i % 8})),
    "Solarize": (by_channel(lambda plane, draw: ImageOps.solarize(plane, draw["threshold"])),
                 lambda rng, i: ({}, {"threshold": rng.uniform(0, 256)})),
    "Sharpness": (by_channel(lambda plane, draw: ImageEnhance.Sharpness(plane).enhance(draw["factor"])),
                  lambda rng, i: ({}, {"factor": rng.uniform(0.1, 1.9)})),
    "Resize": (resize, lambda rng, i: ({}, resized(rng, i))),
}


def case(apply, params, draw):
    digests = {}
    for height, width in SIZES:
        for channels in CHANNELS:
            image = picture(height, width, channels)
            result = shaped(apply(image, params, draw), channels)
            digests[f"{height}x{width}x{channels}"] = digest(result)
    return {"params": params, "sampled": draw, "digests": digests}


def main():
    fixture = {"versions": {"opencv": cv2.__version__, "numpy": np.__version__}, "operations": {}}
    for name, (apply, sample) in OPERATIONS.items():
        rng = random.Random(name)
        fixture["operations"][name] = [case(apply, *sample(rng, i)) for i in range(DRAWS)]
    assert math.isclose(fixture["operations"]["Rotate"][0]["sampled"]["angle"], 90)
    path = os.path.join(os.path.dirname(__file__), "..", "fixtures", "augmentations.json")
    with open(path, "w") as file:
        json.dump(fixture, file, separators=(",", ":"))
        file.write("\n")


main()
