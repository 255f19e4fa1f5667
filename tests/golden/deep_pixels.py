"""Writes tests/fixtures/deep/: 16-bit picture files, and what OpenCV reads of them and makes of 16-bit pictures.

Run with numpy and python3-opencv 4.6 (Debian 12): /usr/bin/python3 tests/golden/deep_pixels.py
"""
import hashlib
import json
import os

import cv2
import numpy as np

FOLDER = os.path.join(os.path.dirname(__file__), "..", "fixtures", "deep")
SHAPES = [(37, 53, 1), (40, 64, 3), (33, 31, 4), (20, 26, 2)]
TARGETS = [(20, 20), (71, 90), (64, 17), (1, 1)]


def picture(height, width, channels):
    """A linear congruential generator that the test repeats."""
    state, values = 1, np.empty(height * width * channels, np.uint16)
    for i in range(values.size):
        state = (state * 1103515245 + 12345) % 2**31
        values[i] = state >> 15
    return values.reshape(height, width, channels)


def told(array):
    values = np.ascontiguousarray(array, "<u2")
    return {
        "first": [int(value) for value in values.ravel()[:8]],
        "digest": hashlib.sha256(values.tobytes()).hexdigest()[:16],
    }


def write_files():
    """Files of every 16-bit kind, with their samples in the order red, green, blue, alpha."""
    rows = []
    for name, channels in (("gray", 1), ("colour", 3), ("alpha", 4)):
        source = picture(9, 7, channels)
        for ending in ("png", "tif"):
            file = f"{name}.{ending}"
            stored = source if channels == 1 else source[..., [2, 1, 0, 3][:channels]]
            cv2.imwrite(os.path.join(FOLDER, file), stored)
            rows.append({"file": file, "shape": [9, 7, channels], **told(source)})
    return rows


def main():
    os.makedirs(FOLDER, exist_ok=True)
    rows = []
    for shape in SHAPES:
        height, width, _ = shape
        source = picture(*shape)
        add = lambda what, given, made: rows.append({"shape": shape, "what": what, "given": given, **told(made)})
        for target in TARGETS + ([(height // 2, width // 2)] if height % 2 == 0 else []):
            add("resize", target, cv2.resize(source, target[::-1], interpolation=cv2.INTER_LINEAR))
        for angle, scale in ((17, 1), (-71.5, 0.8), (180, 1.3)):
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
            made = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            add("warpAffine", [angle, scale], made)
        column = np.arange(width, dtype=np.float32) * np.float32(0.83) + np.float32(1.21)
        row = np.arange(height, dtype=np.float32) * np.float32(1.1) - np.float32(2.5)
        maps = np.meshgrid(column, row)
        made = cv2.remap(source, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        add("remap", [], made)
        for size in (3, 5):
            add("blur", [size], cv2.blur(source, (size, size)))
        for taps in (2, 3, 5, 6):
            kernel = np.zeros((7, 7), np.float32)
            for tap in range(taps):
                kernel[tap, (2 * tap) % 7] = 1
            add("filter2D", [taps], cv2.filter2D(source, -1, kernel / kernel.sum()))
    with open(os.path.join(FOLDER, "golden.json"), "w") as file:
        json.dump({"files": write_files(), "operations": rows}, file, indent=1)
        file.write("\n")


main()
