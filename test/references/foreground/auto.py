"""Reference values for what `--foreground auto` measures of candidates, on a seeded picture of 128 x 128 pixels, by OpenCV, SciPy and NumPy.

python test/references/foreground/auto.py > test/references/foreground/auto.json   (opencv-python-headless, scipy, numpy)
"""
import json

import cv2
import numpy as np
from scipy import ndimage

SIDE = 128
DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17))


def hash_of(mask):
    """Which pixels are inside, as two numbers: their count and the sum of their positions."""
    return [int(mask.sum()), int(np.flatnonzero(mask).sum())]


def picture():
    """Three blobs on a slope; written down by a formula, so that no generator has to be the same."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    values = 100 + x // 2 + 60 * (np.hypot(x - 40, y - 50) < 21) + 40 * (np.hypot(x - 100, y - 20) < 9) - 50 * (abs(x - 90) + abs(y - 100) < 18)
    values = values - 60 * (np.hypot(x - 40, y - 50) < 6)
    return values + (x * 7 + y * 13) % 11


def main():
    values = picture().astype(np.float32)
    mask = values > 150
    labels8, _ = ndimage.label(mask, np.ones((3, 3)))
    labels4, count4 = ndimage.label(mask)
    areas8 = np.bincount(labels8.ravel())[1:]
    areas4 = np.bincount(labels4.ravel())[1:]
    largest = labels4 == 1 + areas4.argmax()
    ring = (cv2.dilate(mask.astype(np.uint8), DISC) > 0) & ~mask
    groups = (values // 8).astype(int) % 24
    inside, around = (np.bincount(groups[m], minlength=24) / m.sum() for m in (mask, ring))
    print(json.dumps({
        "mask": hash_of(mask),
        "parts4": sorted(areas4.tolist()),
        "parts8": sorted(areas8.tolist()),
        "filled": hash_of(ndimage.binary_fill_holes(largest)),
        "ring": hash_of(ring),
        "ringLikeness": float(np.sqrt(inside * around).sum()),
        "darkness": float((values[ring].mean() - values[mask].mean()) / 100),
        "contrast": float(1 - (values[mask].var() * mask.sum() + values[ring].var() * ring.sum()) / (values[mask | ring].var() * (mask | ring).sum())),
        "blur": [float(v) for v in cv2.GaussianBlur(values, (0, 0), 1.5).ravel()[::1021]],
        "quantiles": [float(v) for v in np.quantile(values[mask], [0.01, 0.5, 0.99])],
    }))


main()
