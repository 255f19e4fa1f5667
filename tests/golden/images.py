"""Writes tests/fixtures/images/: small picture files of every kind, and digests of what Pillow makes of them.

Run with Pillow 9.4, numpy and python3-opencv (Debian 12): python3 tests/golden/images.py
"""
import hashlib
import json
import os

import cv2
import numpy as np
from PIL import Image

FOLDER = os.path.join(os.path.dirname(__file__), "..", "fixtures", "images")
HEIGHT, WIDTH = 24, 20


def picture():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = np.random.RandomState(1)
    yellow = noise.randint(0, 256, (HEIGHT, WIDTH)) * (noise.rand(HEIGHT, WIDTH) > 0.3)
    return np.stack([x * 12 % 256, y * 10 % 256, x * y % 256, yellow], -1).astype(np.uint8)


def digest(array):
    array = array.reshape(array.shape[0], array.shape[1], -1)
    shape = "x".join(str(side) for side in array.shape).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def write_files(path):
    rgby = picture()
    colour = Image.fromarray(rgby[..., :3])
    gray = Image.fromarray(rgby[..., 2])
    Image.fromarray(rgby, "RGBA").save(path("rgby.png"))
    for index, name in enumerate(("red", "green", "blue", "yellow")):
        Image.fromarray(rgby[..., index]).save(path(f"{name}.png"))
    colour.save(path("colour.png"))
    colour.save(path("colour.jpg"), quality=90)
    colour.save(path("colour.webp"), lossless=True)
    colour.save(path("colour.tif"))
    colour.save(path("colour.gif"))
    colour.convert("CMYK").save(path("ink.jpg"), quality=95)
    colour.quantize(16).save(path("palette.png"))
    colour.convert("1").save(path("bits.png"))
    gray.save(path("gray.png"))
    colour.save(path("colour.bmp"))
    colour.convert("RGBA").save(path("colour32.bmp"))
    colour.quantize(16).save(path("palette.bmp"))
    gray.save(path("gray.bmp"))
    gray.save(path("gray.jpg"))
    Image.fromarray(rgby[..., [2, 3]], "LA").save(path("gray_alpha.png"))
    fine = rgby.astype(np.uint16) * 256 + np.random.RandomState(2).randint(0, 256, rgby.shape).astype(np.uint16)
    cv2.imwrite(path("colour16.png"), fine[..., :3])
    cv2.imwrite(path("gray16.png"), fine[..., 2])
    with open(path("rgby.png"), "rb") as file:
        whole = file.read()
    with open(path("no_end.png"), "wb") as file:
        file.write(whole[:-12])
    with open(path("truncated.png"), "wb") as file:
        file.write(whole[: len(whole) // 2])
    with open(path("truncated.jpg"), "wb") as file, open(path("colour.jpg"), "rb") as source:
        file.write(source.read()[:500])


def expected(name, path):
    image = Image.open(path(name))
    if name == "gray16.png":
        # Pillow would clip at 255; the high byte is what OpenCV gives.
        high = (cv2.imread(path(name), cv2.IMREAD_UNCHANGED) >> 8).astype(np.uint8)
        return {"stored": digest(high), "gray": digest(high)}
    stored = {"LA": "L", "P": "RGB", "1": "L", "CMYK": "RGB"}.get(image.mode, image.mode)
    luma = image.convert("RGB").convert("L") if image.mode == "CMYK" else image.convert("L")
    return {"stored": digest(np.asarray(image.convert(stored))), "gray": digest(np.asarray(luma))}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    path = lambda name: os.path.join(FOLDER, name)
    write_files(path)
    names = sorted(name for name in os.listdir(FOLDER) if not name.startswith(("truncated", "digests")))
    with open(path("digests.json"), "w") as file:
        json.dump({name: expected(name, path) for name in names}, file, indent=1)
        file.write("\n")


main()
