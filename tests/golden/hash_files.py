"""Makes tests/fixtures/hash: 1,000 small pictures of mixed formats and modes with the hashes that imagehash gives them.

    python3 -m venv --system-site-packages venv && venv/bin/pip install imagehash==4.3.2 pillow
    venv/bin/python tests/golden/hash_files.py

Written with Pillow 9.4.0, NumPy 1.24.2, SciPy 1.10.1. pictures.bin holds the files one after the other; hashes.tsv has a
line for each: name, length, average_hash, phash, dhash of size 8, average_hash and phash of size 16.
"""
import io
import os

import imagehash
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

FOLDER = os.path.join(os.path.dirname(__file__), "..", "fixtures", "hash")
COUNT = 1000


def smooth(rng, width, height):
    noise = rng.randint(0, 256, (height, width, 3)).astype(np.uint8)
    blurred = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(rng.uniform(1.5, 6)))
    pixels = np.asarray(blurred).astype(float)
    low, high = pixels.min(), pixels.max()
    return ((pixels - low) / max(high - low, 1) * 255).astype(np.uint8)


def cells(rng, width, height):
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(2, 9)):
        x, y, r = rng.randint(0, width), rng.randint(0, height), rng.randint(1, max(2, width // 4))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(v) for v in rng.randint(30, 256, 3)))
    return np.asarray(image)


def gradient(rng, width, height):
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    planes = [(x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)) * 127 + 127 for _ in range(3)]
    return np.stack(planes, 2).clip(0, 255).astype(np.uint8)


def flat(rng, width, height):
    return np.full((height, width, 3), rng.randint(0, 256), np.uint8)


def mirrored(rng, width, height):
    pixels = smooth(rng, width, height)
    return np.ascontiguousarray(np.where(np.arange(width)[None, :, None] * 2 < width, pixels, pixels[:, ::-1]))


def symmetric(rng, width, height):
    side = min(width, height)
    pixels = smooth(rng, side, side)
    return np.maximum(pixels, pixels.transpose(1, 0, 2))


def stripes(rng, width, height):
    line = rng.randint(0, 256, (1, width, 3)).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(line, height, 0))


def noise(rng, width, height):
    return rng.randint(0, 256, (height, width, 3)).astype(np.uint8)


CONTENTS = [smooth, cells, smooth, gradient, cells, smooth, flat, mirrored, symmetric, stripes, cells, noise]


def mode_of(rgb, mode, rng):
    image = Image.fromarray(rgb)
    if mode == "P":
        return image.quantize(int(rng.choice([2, 7, 16, 64])))
    if mode in ("LA", "RGBA"):
        alpha = Image.fromarray(smooth(rng, image.width, image.height)[:, :, 0])
        image = image.convert("L" if mode == "LA" else "RGB")
        image.putalpha(alpha)
        return image
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    return image.convert(mode)


JPEG = dict(format="JPEG")
KINDS = [
    ("png", m, dict(format="PNG")) for m in ("L", "LA", "RGB", "RGBA", "P", "1")
] + [
    ("png-optimized", "RGB", dict(format="PNG", optimize=True)),
    ("jpeg-420", "RGB", dict(JPEG, subsampling=2, quality=85)),
    ("jpeg-422", "RGB", dict(JPEG, subsampling=1, quality=75)),
    ("jpeg-444", "RGB", dict(JPEG, subsampling=0, quality=90)),
    ("jpeg-progressive", "RGB", dict(JPEG, progressive=True, quality=80)),
    ("jpeg-gray", "L", dict(JPEG, quality=85)),
    ("jpeg-rotated", "RGB", dict(JPEG, quality=85, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")),
    ("webp-lossless", "RGB", dict(format="WEBP", lossless=True)),
    ("webp-lossless", "RGBA", dict(format="WEBP", lossless=True, exact=True)),
    ("webp", "RGB", dict(format="WEBP", quality=80)),
    ("tiff", "L", dict(format="TIFF")),
    ("tiff-lzw", "RGB", dict(format="TIFF", compression="tiff_lzw")),
    ("tiff-deflate", "RGB", dict(format="TIFF", compression="tiff_adobe_deflate")),
    ("tiff-packbits", "1", dict(format="TIFF", compression="packbits")),
    ("tiff-lzw", "P", dict(format="TIFF", compression="tiff_lzw")),
    ("gif", "P", dict(format="GIF")),
    ("gif", "L", dict(format="GIF")),
    ("gif-animated", "P", dict(format="GIF", save_all=True)),
    ("jpeg-cmyk", "CMYK", dict(JPEG, quality=85)),
    ("png-16bit", "I;16", dict(format="PNG")),
]


def make_file(index, rng):
    name, mode, save = KINDS[index % len(KINDS)]
    content = CONTENTS[rng.randint(len(CONTENTS))]
    costly = mode in ("RGB", "RGBA", "LA") and name.split("-")[0] in ("png", "webp", "tiff") or content is noise
    largest = 36 if costly else 90
    width, height = (int(v) for v in rng.randint(3, largest, 2))
    if index % 97 == 0 and not costly:
        width, height = 130, 70
    image = mode_of(content(rng, width, height), mode, rng)
    if save.get("save_all"):
        save = dict(save, append_images=[image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    buffer = io.BytesIO()
    image.save(buffer, **save)
    return f"{index:04}.{name}.{mode.replace(';', '')}.{content.__name__}", buffer.getvalue()


def main():
    rng = np.random.RandomState(20181010)
    os.makedirs(FOLDER, exist_ok=True)
    lines, files = [], []
    for index in range(COUNT):
        name, data = make_file(index, rng)
        image = Image.open(io.BytesIO(data))
        hashes = [
            imagehash.average_hash(image), imagehash.phash(image), imagehash.dhash(image),
            imagehash.average_hash(image, 16), imagehash.phash(image, 16),
        ]
        lines.append("\t".join([name, str(len(data)), *map(str, hashes)]))
        files.append(data)
    with open(os.path.join(FOLDER, "hashes.tsv"), "w") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(FOLDER, "pictures.bin"), "wb") as file:
        file.write(b"".join(files))


if __name__ == "__main__":
    main()
