"""The training pipeline in Python, for tests/bench/loader.ts: decode, D4, upstream's policy, resize, normalise.

One JSON request a line: {"files": [...], "workers": n, "decoder": "cv2" or "pil", "policies": path, "size": n};
one JSON answer a line: {"rate": images a second, "processor": milliseconds an image}. Needs cv2, numpy, scipy and PIL.
"""
import ast
import json
import multiprocessing
import random
import sys
import time

import cv2
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

cv2.setNumThreads(1)
BORDER = cv2.BORDER_REFLECT_101


def limits(value):
    return value if isinstance(value, tuple) else (-value, value)


def uniform(value):
    return random.uniform(*limits(value))


def warp(image, matrix):
    return cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=BORDER)


def rotation(image, angle):
    return cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), angle, 1.0)


def rotate(image, params):
    return warp(image, rotation(image, uniform(params["limit"])))


def shift(image, params):
    matrix = rotation(image, 0)
    matrix[0, 2] += uniform(params["shift_limit"]) * image.shape[1]
    matrix[1, 2] += uniform(params["shift_limit"]) * image.shape[0]
    return warp(image, matrix)


def scale(image, params):
    factor = 1 + uniform(params["scale_limit"])
    return cv2.resize(image, (int(image.shape[1] * factor), int(image.shape[0] * factor)))


def axis(length, params):
    steps = params["num_steps"]
    step, out, previous = length // steps, np.zeros(length, np.float32), 0
    for start in range(0, length, step):
        end = start + step
        last = length if end > length else previous + step * (1 + uniform(params["distort_limit"]))
        out[start:end] = np.linspace(previous, last, min(end, length) - start)
        previous = last
    return out


def grid(image, params):
    x, y = np.meshgrid(axis(image.shape[1], params), axis(image.shape[0], params))
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=BORDER)


def elastic(image, params):
    state = np.random.RandomState(random.randint(0, 10000))
    height, width = image.shape[:2]
    center, reach = np.float32((height, width)) // 2, min(height, width) // 3
    source = np.float32([center + reach, [center[0] + reach, center[1] - reach], center - reach])
    move = params["alpha_affine"]
    target = source + state.uniform(-move, move, size=source.shape).astype(np.float32)
    image = warp(image, cv2.getAffineTransform(source, target))
    dx, dy = (np.float32(gaussian_filter(state.rand(height, width) * 2 - 1, params["sigma"]) * params["alpha"])
              for _ in range(2))
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return cv2.remap(image, np.float32(x + dx), np.float32(y + dy), cv2.INTER_LINEAR, borderMode=BORDER)


def side(params):
    return random.choice(range(3, max(3, params["blur_limit"]) + 1, 2))


def blur(image, params):
    size = side(params)
    return cv2.blur(image, (size, size))


def motion_blur(image, params):
    size = side(params)
    kernel = np.zeros((size, size), np.uint8)
    points = [tuple(random.randint(0, size - 1) for _ in range(2)) for _ in range(2)]
    cv2.line(kernel, *points, 1, thickness=1)
    return cv2.filter2D(image, -1, kernel / np.sum(kernel))


def gamma(image, params):
    inverse = 100 / random.randint(*params["gamma_limit"])
    return cv2.LUT(image, (np.power(np.arange(256) / 255, inverse) * 255).astype(np.uint8))


def adjust(image, alpha, beta):
    return np.clip(image.astype("float32") * alpha + beta * np.mean(image), 0, 255).astype(np.uint8)


OPERATIONS = {
    "Rotate": rotate, "ShiftScaleRotate": shift, "RandomScale": scale, "GridDistortion": grid,
    "ElasticTransform": elastic, "Blur": blur, "MotionBlur": motion_blur, "RandomGamma": gamma,
    "InvertImg": lambda image, _: 255 - image,
    "RandomContrast": lambda image, params: adjust(image, 1 + uniform(params["limit"]), 0),
    "RandomBrightness": lambda image, params: adjust(image, 1, uniform(params["limit"])),
}


def transform(job):
    """Transforms one file; gives the processor time it took."""
    start = time.process_time()
    path, decoder, policies, size = job
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED) if decoder == "cv2" else np.array(Image.open(path))
    if random.random() < 0.5:
        image = np.ascontiguousarray(np.rot90(image, random.randint(0, 3)))
    if random.random() < 0.5:
        image = cv2.flip(image, random.randint(-1, 1))
    if random.random() < 0.5:
        image = np.ascontiguousarray(image.transpose(1, 0, 2))
    for name, params in random.choice(policies):
        if random.random() < params["p"]:
            image = OPERATIONS[name](image, params)
    values = cv2.resize(image, (size, size)).astype(np.float32)
    values -= 127.5
    values /= 255.0
    np.ascontiguousarray(values.transpose(2, 0, 1))
    return time.process_time() - start


def measure(request):
    with open(request["policies"]) as file:
        policies = [sub for policy in ast.literal_eval(file.read()) for sub in policy]
    jobs = [(path, request["decoder"], policies, request["size"]) for path in request["files"]]
    with multiprocessing.Pool(request["workers"]) as pool:
        pool.map(transform, jobs[: 2 * request["workers"]], 1)
        start = time.perf_counter()
        processor = sum(pool.map(transform, jobs, 4))
        return {"rate": len(jobs) / (time.perf_counter() - start), "processor": 1000 * processor / len(jobs)}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)
