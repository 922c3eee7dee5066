"""Makes pixels.json beside this file: small pictures, and what others make of them.

    python -m venv venv && venv/bin/pip install numpy scipy scikit-image opencv-python-headless
    venv/bin/python test/references/pixels/make.py        # from the repository's root

- Lab colours and watersheds are scikit-image's, tidied masks SciPy's and scikit-image's.
- GrabCut and areas' means are OpenCV's, from pictures of the two bundled sets.

Last made with numpy 2.4.6, scipy 1.17.1, scikit-image 0.26.0 and opencv-python-headless 5.0.0.
"""

import base64
import json
import pathlib

import cv2
import numpy as np
from scipy import ndimage
from skimage.color import rgb2lab
from skimage.morphology import remove_small_objects
from skimage.segmentation import clear_border, watershed

rng = np.random.default_rng(20260102)
CROSS = ndimage.generate_binary_structure(2, 1)
EIGHT = np.ones((3, 3), bool)


def stored(picture):
    """[value, length, value, length …] in reading order."""
    flat = np.asarray(picture).astype(np.int64).ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    return {"width": picture.shape[1], "height": picture.shape[0], "runs": np.stack([flat[starts], lengths], 1).ravel().tolist()}


def rgb(picture):
    return {"width": picture.shape[1], "height": picture.shape[0], "base64": base64.b64encode(np.ascontiguousarray(picture)).decode()}


def read(path, width, height):
    return cv2.resize(cv2.imread(path), (width, height), interpolation=cv2.INTER_AREA)[..., ::-1]


def colours():
    some = np.concatenate([rng.integers(0, 256, (60, 3)), [[0, 0, 0], [255, 255, 255], [255, 0, 0], [1, 2, 3]]]).astype(np.uint8)
    return [{"rgb": some.ravel().tolist(), "lab": rgb2lab(some[None])[0].ravel().tolist()}]


def trimap(height, width, y, x, radius):
    """Surely inside within half of the radius, surely outside beyond twice of it."""
    v, u = np.mgrid[0:height, 0:width]
    r = np.hypot(v - y, u - x) / radius
    return np.select([r < 0.5, r < 1, r < 2], [1, 3, 2], 0).astype(np.uint8)


def grab_cuts():
    noise = rng.normal(0, 18, (72, 96, 3))
    v, u = np.mgrid[0:72, 0:96]
    made = np.clip(np.where(((v - 34) ** 2 / 300 + (u - 50) ** 2 / 700 < 1)[..., None], [150, 90, 110], [110, 110, 90]) + noise, 0, 255).astype(np.uint8)
    cell = read("data/bccd/images/BloodImage_00001.jpg", 128, 96)
    other = read("data/bccd/images/BloodImage_00163.jpg", 128, 96)
    cases = []
    for name, picture, at in [("made", made, (36, 48, 22)), ("cell", cell, (43, 58, 24)), ("cells", other, (48, 64, 40))]:
        start = trimap(*picture.shape[:2], *at)
        expected = {}
        for rounds in (1, 4):
            mask = start.copy()
            cv2.setRNGSeed(0)
            work = np.zeros((1, 65)), np.zeros((1, 65))
            cv2.grabCut(np.ascontiguousarray(picture[..., ::-1]), mask, None, *work, rounds, cv2.GC_INIT_WITH_MASK)
            expected[rounds] = stored(mask % 2)
        cases.append({"name": name, "picture": rgb(picture), "trimap": stored(start), "expected": expected})
    return cases


def watersheds():
    smooth = ndimage.gaussian_filter(rng.standard_normal((40, 50)), 3)
    # No height twice: the order of equal ones is each library's own.
    heights = smooth.ravel().argsort().argsort().reshape(smooth.shape)
    markers = np.zeros(heights.shape, int)
    markers.flat[rng.choice(heights.size, 9, replace=False)] = np.arange(1, 10)
    mask = smooth < np.quantile(smooth, 0.8)
    return [{"heights": heights.ravel().tolist(), "markers": stored(markers), "mask": stored(mask), "expected": stored(watershed(heights, markers, mask=mask))}]


def tidied():
    cases = []
    for sigma in (0.7, 2):
        smooth = ndimage.gaussian_filter(rng.standard_normal((50, 61)), sigma)
        mask = smooth > np.quantile(smooth, 0.55)
        labels = ndimage.label(mask, EIGHT)[0]
        cases.append({
            "mask": stored(mask),
            "open": stored(ndimage.binary_opening(mask, CROSS, 2)),
            "close": stored(ndimage.binary_closing(mask, CROSS, 2)),
            "fillHoles": stored(ndimage.binary_fill_holes(mask)),
            "removeSmall": stored(remove_small_objects(mask, max_size=11, connectivity=2)),
            "clearBorder": stored(clear_border(labels) > 0),
        })
    return cases


def shrunk():
    picture = cv2.imread("data/bccd/images/BloodImage_00048.jpg")[100:141, 200:253, ::-1]
    return [{"picture": rgb(picture), "most": 20, "expected": rgb(cv2.resize(picture, (20, 15), interpolation=cv2.INTER_AREA))}]


parts = {"colours": colours(), "grabCuts": grab_cuts(), "watersheds": watersheds(), "tidied": tidied(), "shrunk": shrunk()}
(pathlib.Path(__file__).parent / "pixels.json").write_text(json.dumps(parts, separators=(",", ":")) + "\n")
