"""Writes fixtures/digits: scikit-learn's 1,797 handwritten digits as one gray picture, 40 in a row, and their labels.

The set is the test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository, 1998), licensed under CC BY 4.0. Its levels 0 to 16 are written as multiples of 15.
"""
import json
import os

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

ACROSS = 40
digits = load_digits()
down = -(-len(digits.target) // ACROSS)
sheet = np.zeros((8 * down, 8 * ACROSS), dtype=np.uint8)
for place, image in enumerate(digits.images):
    row, column = divmod(place, ACROSS)
    sheet[8 * row:8 * row + 8, 8 * column:8 * column + 8] = 15 * image.astype(np.uint8)
folder = os.path.join(os.path.dirname(__file__), "..", "fixtures", "digits")
Image.fromarray(sheet).save(os.path.join(folder, "digits.png"), optimize=True)
json.dump({"across": ACROSS, "labels": "".join(map(str, digits.target))}, open(os.path.join(folder, "digits.json"), "w"))
