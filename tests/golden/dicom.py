"""Writes tests/fixtures/dicom/: small DICOM slices, and what pydicom makes of their values.

Run with pydicom 3, numpy and Pillow: python3 tests/golden/dicom.py
"""
import base64
import io
import json
import os

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_modality_lut, apply_windowing
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
)

FOLDER = os.path.join(os.path.dirname(__file__), "..", "fixtures", "dicom")
HEIGHT, WIDTH = 20, 24
random = np.random.RandomState(3)


def write(name, values, syntax=ExplicitVRLittleEndian, pixels=None, **elements):
    """One file; `values` are what is stored, `pixels` their bytes where they are compressed."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    path = os.path.join(FOLDER, name)
    file = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    file.PatientName = "Drawn^Picture"
    file.Rows, file.Columns = HEIGHT, WIDTH
    file.SamplesPerPixel = 3 if values.ndim == 3 else 1
    file.PhotometricInterpretation = "RGB" if values.ndim == 3 else "MONOCHROME2"
    file.BitsAllocated = 8 * values.itemsize
    file.BitsStored = file.BitsAllocated
    file.PixelRepresentation = 1 if values.dtype.kind == "i" else 0
    for key, value in elements.items():
        setattr(file, key, value)
    file.HighBit = file.BitsStored - 1
    file.PixelData = values.tobytes() if pixels is None else pixels
    file["PixelData"].VR = "OW" if values.itemsize == 2 else "OB"
    file.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def brightness(file, values):
    """0 to 1 of every value, MONOCHROME1 not yet inverted."""
    rescaled = apply_modality_lut(values, file).astype(np.float64)
    if "WindowCenter" not in file:
        return (rescaled - rescaled.min()) / (rescaled.max() - rescaled.min())
    shown = apply_windowing(rescaled, file, index=0)
    low, high = (0, 2**file.BitsStored - 1)
    if file.PixelRepresentation:
        low, high = -(2 ** (file.BitsStored - 1)), 2 ** (file.BitsStored - 1) - 1
    if "RescaleSlope" in file:
        low, high = (end * float(file.RescaleSlope) + float(file.RescaleIntercept) for end in (low, high))
    return (shown - low) / (high - low)


def encode(array, kind):
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def gray_rows():
    noise = lambda low, high, kind: random.randint(low, high, (HEIGHT, WIDTH)).astype(kind)
    signed, unsigned, small = noise(-900, 2000, "<i2"), noise(0, 4096, "<u2"), noise(17, 240, "u1")
    rescale = {"RescaleSlope": "1.5", "RescaleIntercept": "-1024"}
    cases = [
        ("ct.dcm", signed, {"WindowCenter": ["40", "400"], "WindowWidth": ["400", "1500"], **rescale}),
        ("implicit.dcm", unsigned, {"syntax": ImplicitVRLittleEndian, "BitsStored": 12}),
        ("deflated.dcm", unsigned, {
            "syntax": DeflatedExplicitVRLittleEndian,
            "BitsStored": 12,
            "PhotometricInterpretation": "MONOCHROME1",
            "WindowCenter": "2000",
            "WindowWidth": "3000",
        }),
        ("byte.dcm", small, {}),
        ("one_wide.dcm", small, {"WindowCenter": "100", "WindowWidth": "1"}),
        ("sigmoid.dcm", unsigned, {
            "BitsStored": 12, "WindowCenter": "1500", "WindowWidth": "700", "VOILUTFunction": "SIGMOID"}),
        ("exact.dcm", unsigned, {
            "BitsStored": 12, "WindowCenter": "1500", "WindowWidth": "700", "VOILUTFunction": "LINEAR_EXACT"}),
    ]
    for name, values, elements in cases:
        file = write(name, values, **elements)
        assert (file.pixel_array == values).all()
        yield {
            "file": name,
            "inverted": file.PhotometricInterpretation == "MONOCHROME1",
            "brightness": encode(brightness(file, values), "<f8"),
        }
    own = pydicom.dcmread(os.path.join(FOLDER, "ct.dcm"))
    own.WindowCenter, own.WindowWidth = "300.5", "1200"
    yield {"file": "ct.dcm", "window": [300.5, 1200], "inverted": False, "brightness": encode(brightness(own, signed), "<f8")}


def jpeg_row():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    drawn = (120 + 60 * np.sin(x / 4) + 50 * np.cos(y / 5)).astype("u1")
    buffer = io.BytesIO()
    Image.fromarray(drawn).save(buffer, "JPEG", quality=95)
    values = np.asarray(Image.open(buffer))
    file = write(
        "baseline.dcm", values, JPEGBaseline8Bit, encapsulate([buffer.getvalue()]),
        WindowCenter="128", WindowWidth="256",
    )
    return {"file": "baseline.dcm", "inverted": False, "brightness": encode(brightness(file, values), "<f8")}


def colour_rows():
    colour = random.randint(0, 256, (HEIGHT, WIDTH, 3)).astype("u1")
    write("colour.dcm", colour, PlanarConfiguration=0)
    planes = np.ascontiguousarray(colour.transpose(2, 0, 1)).tobytes()
    file = write("planes.dcm", colour, pixels=planes, PlanarConfiguration=1)
    assert (file.pixel_array == colour).all()
    return [{"file": name, "samples": encode(colour, "u1")} for name in ("colour.dcm", "planes.dcm")]


def write_refused():
    values = random.randint(0, 256, (HEIGHT, WIDTH)).astype("u1")
    write("frames.dcm", values, pixels=values.tobytes() * 2, NumberOfFrames="2")
    write("jpeg_ls.dcm", values, JPEGLSLossless, encapsulate([b"\xff\xd8\xff\xf7" * 4]))
    write("jpeg_2000.dcm", values, JPEG2000Lossless, encapsulate([b"\0\0\0\x0cjP  "]))
    write("palette.dcm", values, PhotometricInterpretation="PALETTE COLOR")
    write("short.dcm", values, pixels=values.tobytes()[:100])


def main():
    os.makedirs(FOLDER, exist_ok=True)
    rows = {"height": HEIGHT, "width": WIDTH, "gray": [*gray_rows(), jpeg_row()], "colour": colour_rows()}
    write_refused()
    with open(os.path.join(FOLDER, "golden.json"), "w") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")


main()
