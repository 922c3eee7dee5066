"""Makes figures.json beside this file: seeded masks and label maps, and what others make of them.

    python -m venv venv && venv/bin/pip install numpy scipy torch monai pycocotools
    venv/bin/python test/references/evaluation/make.py

- Surface figures are MONAI's definitions in 64 bits by SciPy; MONAI itself (32 bits) must agree.
- COCO's average precision is pycocotools' COCOeval.
- Objects without scores are StarDist's `matching` (criterion IoU), the aggregated Jaccard index is
  Kumar et al. 2017, algorithm 1, written out from masks.
- Distances and components are scipy.ndimage's.
- Intervals are NumPy's percentiles over the same seeded draws (mulberry32).

Last made with numpy 2.4.6, scipy 1.17.1, torch 2.13.0, monai 1.6.1 and pycocotools 2.0.11.
"""

import contextlib
import io
import json
import math
import pathlib
import warnings

import numpy as np
import torch
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260101)
LEVELS = [(10 + i) / 20 for i in range(10)]
CROSS = ndimage.generate_binary_structure(2, 1)


def stored(picture):
    """[value, length, value, length …] in reading order."""
    flat = np.asarray(picture).astype(np.int64).ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    runs = np.stack([flat[starts], lengths], 1).ravel().tolist()
    return {"width": picture.shape[1], "height": picture.shape[0], "runs": runs}


def blobs(height, width, sigma, share):
    """Smoothed noise above a threshold."""
    smooth = ndimage.gaussian_filter(rng.standard_normal((height, width)), sigma)
    return smooth > np.quantile(smooth, 1 - share)


def disc(height, width, x, y, radius):
    rows, columns = np.mgrid[:height, :width]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


# Masks


def surface_of(mask):
    return mask ^ ndimage.binary_erosion(mask, CROSS)


def surface_figures(truth, result, spacing, tolerance):
    """HD95 and NSD as monai.metrics defines them, in 64 bits; spacing is [x, y]."""
    a, b = surface_of(truth), surface_of(result)
    sampling = spacing[::-1]
    to_a = ndimage.distance_transform_edt(~a, sampling=sampling)[b]
    to_b = ndimage.distance_transform_edt(~b, sampling=sampling)[a]
    hd95 = max(np.percentile(to_a, 95), np.percentile(to_b, 95))
    within = np.sum(to_a <= tolerance * (1 + 1e-12)) + np.sum(to_b <= tolerance * (1 + 1e-12))
    nsd = within / (to_a.size + to_b.size)
    as_batch = [torch.tensor(mask)[None, None].float() for mask in (result, truth)]
    options = dict(include_background=True, spacing=tuple(sampling))
    theirs = compute_hausdorff_distance(*as_batch, percentile=95, **options).item()
    assert math.isclose(theirs, hd95, rel_tol=1e-5, abs_tol=1e-6), (theirs, hd95)
    theirs = compute_surface_dice(*as_batch, class_thresholds=[tolerance + 1e-6], **options).item()
    assert math.isclose(theirs, nsd, rel_tol=1e-5), (theirs, nsd)
    return float(hd95), float(nsd)


def mask_case(name, truth, result, spacing=(1.0, 1.0), tolerance=1.0):
    both = int((truth & result).sum())
    a, b = int(truth.sum()), int(result.sum())
    hd95, nsd = surface_figures(truth, result, list(spacing), tolerance)
    expected = {
        "dice": 2 * both / (a + b),
        "iou": both / (a + b - both),
        "precision": both / b,
        "recall": both / a,
        "hd95": hd95,
        "nsd": nsd,
        "volumeDifference": (b - a) / a,
    }
    options = {"spacing": list(spacing), "tolerance": tolerance}
    return {"name": name, "truth": stored(truth), "result": stored(result), "options": options, "expected": expected}


def mask_cases():
    whole = np.ones((20, 30), bool)
    pixel = np.zeros((20, 30), bool)
    pixel[4, 7] = True
    other = np.zeros((20, 30), bool)
    other[15, 25] = True
    line = np.zeros((1, 40), bool)
    line[0, 5:20] = True
    shifted = np.roll(line, 7, 1)
    first = blobs(60, 80, 5, 0.3)
    second = first ^ (blobs(60, 80, 2, 0.1) & blobs(60, 80, 5, 0.4))
    a, b = disc(48, 64, 30, 20, 13), disc(48, 64, 34, 24, 11)
    return [
        mask_case("two discs", a, b),
        mask_case("two discs, pixels that are not square", a, b, (0.5, 1.25), 1.5),
        mask_case("two discs, tenths of a millimetre", a, b, (0.1, 0.1), 0.3),
        mask_case("tolerance 0", a, b, tolerance=0.0),
        mask_case("equal", a, a),
        mask_case("blobs that touch the edges", first, second, tolerance=2.0),
        mask_case("blobs, pixels that are not square", first, second, (2.0, 0.7), 1.4),
        mask_case("unrelated blobs", blobs(40, 33, 2, 0.5), blobs(40, 33, 2, 0.2)),
        mask_case("noise", rng.random((17, 23)) < 0.4, rng.random((17, 23)) < 0.5),
        mask_case("all of the picture and a pixel", whole, pixel),
        mask_case("a pixel and another", pixel, other, (3.0, 4.0), 5.0),
        mask_case("corners", disc(30, 30, 0, 0, 9), disc(30, 30, 29, 29, 9)),
        mask_case("a picture of one row", line, shifted),
        mask_case("a picture of one column", line.T.copy(), shifted.T.copy(), (1.0, 2.5), 2.5),
    ]


# Objects


def objects(height, width, count, low, high):
    labels = np.zeros((height, width), int)
    for label in range(1, count + 1):
        spot = disc(height, width, rng.integers(width), rng.integers(height), rng.uniform(low, high))
        labels[spot & (labels == 0)] = label
    return relabelled(labels)


def relabelled(labels):
    """Numbers 1 … n without gaps."""
    values = np.unique(labels)
    return np.searchsorted(values[values > 0], labels) * (labels > 0) + (labels > 0)


def imitation(labels):
    """A result as a tool makes them: moved, merged, missing and surplus objects."""
    moved = np.zeros_like(labels)
    for label in range(1, labels.max() + 1):
        if rng.random() < 0.15:
            continue
        spot = labels == label
        if rng.random() < 0.6:
            spot = ndimage.shift(spot.astype(float), rng.normal(0, 0.9, 2), order=1) > 0.5
        if rng.random() < 0.3:
            spot = ndimage.binary_dilation(spot)
        moved[spot] = label - (rng.random() < 0.1)
    extra = disc(*labels.shape, rng.integers(labels.shape[1]), rng.integers(labels.shape[0]), 3)
    moved[extra & (moved == 0)] = moved.max() + 1
    return relabelled(moved)


def ious(truth, result):
    count, other = truth.max(), result.max()
    table = np.zeros((count, other))
    for i in range(count):
        for j in range(other):
            a, b = truth == i + 1, result == j + 1
            table[i, j] = (a & b).sum() / (a | b).sum()
    return table


def object_figures(truth, result):
    table = ious(truth, result)
    count, other = table.shape
    accuracy = []
    for level in LEVELS:
        # StarDist: as many pairs above the level as can be, then the largest sum of IoUs.
        costs = -(table >= level).astype(float) - table / (2 * max(1, min(count, other)))
        rows, columns = linear_sum_assignment(costs)
        true = int((table[rows, columns] >= level).sum())
        accuracy.append(true / (count + other - true))
    shared, union, taken = 0, 0, set()
    for i in range(count):
        a = truth == i + 1
        if other and table[i].max() > 0:
            j = int(table[i].argmax())
            b = result == j + 1
            shared += int((a & b).sum())
            union += int((a | b).sum())
            taken.add(j)
        else:
            union += int(a.sum())
    union += sum(int((result == j + 1).sum()) for j in range(other) if j not in taken)
    return {"counts": {"truth": int(count), "result": int(other)}, "objectPrecision": accuracy, "aji": shared / union}


def coco_figures(pictures):
    truths, results = [], []
    for number, (truth, result, scores) in enumerate(pictures, 1):
        for label in range(1, truth.max() + 1):
            code = rle.encode(np.asfortranarray(truth == label).astype(np.uint8))
            area = float(rle.area(code))
            truths.append({"id": len(truths) + 1, "image_id": number, "category_id": 1, "iscrowd": 0, "area": area, "segmentation": code})
        for label in range(1, result.max() + 1):
            code = rle.encode(np.asfortranarray(result == label).astype(np.uint8))
            results.append({"image_id": number, "category_id": 1, "segmentation": code, "score": scores[label - 1]})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        images = [{"id": i + 1, "height": t.shape[0], "width": t.shape[1]} for i, (t, _, _) in enumerate(pictures)]
        coco.dataset = {"info": {}, "images": images, "categories": [{"id": 1}], "annotations": truths}
        coco.createIndex()
        found = coco.loadRes(results)
        evaluation = COCOeval(coco, found, "segm")
        evaluation.evaluate()
        evaluation.accumulate()
    # [levels, recalls, classes, areas, limits]: all areas, at most 100 objects a picture.
    curves = evaluation.eval["precision"][:, :, 0, 0, 2]
    return {"all": float(curves.mean()), "at": curves.mean(1).tolist()}


def object_cases():
    cases, sets = [], []
    sizes = [(60, 70, 12, 4, 8), (80, 64, 25, 2, 6), (50, 50, 1, 10, 12), (64, 96, 40, 1, 4)]
    pictures = []
    for size in sizes:
        truth = objects(*size)
        result = imitation(truth)
        scores = np.round(rng.random(result.max()), 1 if size[2] == 25 else 6).tolist()
        pictures.append((truth, result, scores))
        cases.append({"truth": stored(truth), "result": stored(result), "expected": object_figures(truth, result)})
    crowded = objects(120, 120, 170, 2, 4)
    result = imitation(crowded)
    assert result.max() > 100
    pictures.append((crowded, result, np.round(rng.random(result.max()), 2).tolist()))
    # Recalls k / 20 and halves that reach 0.5 twice: where rounding and ties decide.
    rows = np.repeat(np.arange(1, 21), 4).reshape(1, -1)
    guesses = rows.copy()
    guesses[:, 28:40] = np.repeat([8, 9, 10, 11, 12, 13], 2)
    guesses[:, 40:48] = 14
    guesses[:, 48:] = np.repeat(np.arange(15, 23), 4)
    pictures.append((rows, guesses, np.linspace(0.99, 0.3, 22).tolist()))
    for numbers in ([0], [0, 1, 2, 3], [2], [4], [4, 1], [5]):
        chosen = [pictures[i] for i in numbers]
        stored_pictures = [{"truth": stored(t), "result": stored(r), "scores": s} for t, r, s in chosen]
        sets.append({"pictures": stored_pictures, "expected": coco_figures(chosen)})
    return cases, sets


# Grids


def distance_cases():
    cases = []
    for mask, spacing in [
        (rng.random((12, 17)) < 0.05, [1.0, 1.0]),
        (rng.random((15, 11)) < 0.03, [0.3, 1.7]),
        (blobs(14, 14, 2, 0.3), [2.5, 0.9]),
    ]:
        distances = ndimage.distance_transform_edt(~mask, sampling=spacing[::-1])
        cases.append({"mask": stored(mask), "spacing": spacing, "expected": distances.ravel().tolist()})
    return cases


def component_cases():
    cases = []
    for mask in [rng.random((30, 41)) < 0.45, blobs(60, 50, 1, 0.4), np.ones((3, 4), bool), np.zeros((3, 4), bool)]:
        for connectivity in (4, 8):
            labels, _ = ndimage.label(mask, ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2))
            cases.append({"mask": stored(mask), "connectivity": connectivity, "expected": stored(labels)})
    return cases


def click(truth, result):
    best = None
    for positive, error in ((True, truth & ~result), (False, result & ~truth)):
        labels, count = ndimage.label(error, np.ones((3, 3)))
        for label in range(1, count + 1):
            part = labels == label
            if best is None or part.sum() > best[0]:
                best = (part.sum(), positive, part)
    _, positive, part = best
    depth = ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return {"x": int(x), "y": int(y), "positive": positive}


def click_cases():
    pairs = [(blobs(40, 56, 3, 0.4), blobs(40, 56, 3, 0.3)) for _ in range(4)]
    pairs += [(disc(30, 40, 20, 15, 9), disc(30, 40, 20, 15, 4)), (disc(30, 40, 3, 3, 5), disc(30, 40, 30, 20, 9))]
    return [{"truth": stored(t), "result": stored(r), "expected": click(t, r)} for t, r in pairs]


# Intervals


def mulberry32(seed):
    state, mask = seed, 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & mask
        x = ((state ^ (state >> 15)) * (state | 1)) & mask
        x ^= (x + ((x ^ (x >> 7)) * (x | 61))) & mask
        yield ((x ^ (x >> 14)) & mask) / 2**32


def resampled(values, groups, resamples, seed):
    names = list(dict.fromkeys(groups)) if groups else range(len(values))
    units = [[v for v, g in zip(values, groups or range(len(values))) if g == name] for name in names]
    draws = mulberry32(seed)
    means = []
    for _ in range(resamples):
        drawn = [units[math.floor(next(draws) * len(units))] for _ in units]
        means.append(np.mean(np.concatenate(drawn)))
    return np.array(means)


def interval_cases():
    cases = []
    for count, groups, seed, level in [(12, None, 0, 0.95), (9, list("aabbbcdde"), 7, 0.9), (1, None, 3, 0.95)]:
        a, b = rng.random(count).tolist(), rng.random(count).tolist()
        ends = [50 - 50 * level, 50 + 50 * level]
        options = {"resamples": 500, "seed": seed, "level": level, **({"groups": groups} if groups else {})}
        low, high = np.percentile(resampled(a, groups, 500, seed), ends)
        one = {"n": count, "mean": float(np.mean(a)), "median": float(np.median(a)), "low": float(low), "high": float(high)}
        means = resampled([x - y for x, y in zip(a, b)], groups, 500, seed)
        low, high = np.percentile(means, ends)
        share = float(np.mean(means > 0) + np.mean(means == 0) / 2)
        two = {"n": count, "difference": float(np.mean(a) - np.mean(b)), "low": float(low), "high": float(high), "share": share}
        cases.append({"a": a, "b": b, "options": options, "one": one, "paired": two})
    return cases


instances, coco = object_cases()
contents = {
    "masks": mask_cases(),
    "instances": instances,
    "coco": coco,
    "distances": distance_cases(),
    "components": component_cases(),
    "clicks": click_cases(),
    "intervals": interval_cases(),
}
lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in contents.items()]
path = pathlib.Path(__file__).parent / "figures.json"
path.write_text("{" + ",\n".join(lines) + "}\n")
