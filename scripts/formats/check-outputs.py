"""
Opens what adzus saves of pictures with the libraries that others use, and compares it with the PNG
label maps. It is no part of the product.
"""
# needs: numpy PIL=pillow pycocotools shapely roifile zarr ome_zarr=ome-zarr

import contextlib
import csv
import io
import json
import logging
import re
import shutil
import uuid
import xml.etree.ElementTree
from functools import reduce
from pathlib import Path

import numpy as np
import pycocotools.mask
import roifile
import shapely
import zarr
from checks import ROOT, WORK, adzus, check, close, equal
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from PIL import Image
from pycocotools.coco import COCO

ALL = "labels,mask,overlay,objects,geojson,roi,svg,segments-csv,objects-csv,zarr,coco,csv,json"
# It tells of label images without a picture, which these are.
logging.getLogger("ome_zarr").setLevel(logging.ERROR)
ODD = '=1+1, "x"'
LONG = 33000
"""Wider than the 16-bit numbers of traced ROIs."""


def samples():
    """Pictures of many objects and of one, with holes, corners that touch, sizes in mm, an odd name."""
    folder = WORK / "pictures"
    (folder / "sub").mkdir(parents=True)
    shutil.copy(sorted((ROOT / "data/nuclei/images").glob("*.png"))[0], folder / "nuclei.png")
    shutil.copy(ROOT / "data/bccd/images/BloodImage_00163.jpg", folder / "sub" / "blood.jpg")
    y, x = np.mgrid[0:96, 0:128]
    grey = np.full((96, 128), 30, np.uint8)
    for cy in range(16, 96, 32):
        for cx in range(16, 128, 32):
            distance = np.hypot(y - cy, x - cx)
            grey[(distance < 11) & (distance > 4)] = 220
    # Two squares that meet in a corner.
    grey[0:8, 120:128] = grey[8:16, 112:120] = 220
    rgb = np.stack([grey, grey // 2 + 40, 255 - grey], -1)
    Image.fromarray(rgb).save(folder / "rings.png", dpi=(254, 127))
    Image.fromarray(rgb).save(folder / f"{ODD}.png")
    y, x = np.mgrid[0:16, 0:LONG]
    Image.fromarray(np.where(x % 6000 < 3000, 40, 200).astype(np.uint8)).save(folder / "long.png")
    return folder


def run(folder, out, *options):
    """Names of the pictures whose results have many objects."""
    lines = adzus("segment", folder, "-o", out, "--save", ALL, "--json", *options).splitlines()
    done = [line for line in map(json.loads, lines) if line["status"] == "done"]
    return {Path(line["input"]).relative_to("pictures").with_suffix("").as_posix() for line in done if "objectCount" in line}


def read(out, name, kind):
    return np.asarray(Image.open(out / f"{name}.{kind}.png")).astype(np.int64)


def shapes(out, name, many):
    """Pixels of each shape that outlines are saved of, by name."""
    mask, labels = read(out, name, "mask") > 0, read(out, name, "labels")
    found = {f"segment-{i}": labels == i for i in np.unique(labels)}
    if mask.any():
        found["foreground"] = mask
    if many:
        objects = read(out, name, "objects")
        found.update({f"object-{i}": objects == i for i in np.unique(objects) if i})
    return found


def rasterised(shape, like):
    """Pixels whose centres lie in a shape."""
    left, top, right, bottom = map(int, shape.bounds)
    out = np.zeros_like(like)
    y, x = np.mgrid[top:bottom, left:right]
    shapely.prepare(shape)
    out[top:bottom, left:right] = shapely.contains_xy(shape, x + 0.5, y + 0.5)
    return out


def same(what, shape, pixels):
    if not shape.is_valid:
        raise AssertionError(f"{what}: {shapely.is_valid_reason(shape)}")
    equal(f"{what}: area", shape.area, int(pixels.sum()))
    if not np.array_equal(rasterised(shape, pixels), pixels):
        raise AssertionError(f"{what}: other pixels")


def geojson(out, name, expected):
    features = json.loads((out / f"{name}.geojson").read_text())["features"]
    ids = set()
    for feature in features:
        properties = feature["properties"]
        title = properties["name"].lower().replace(" ", "-")
        geometry = shapely.geometry.shape(feature["geometry"])
        same(title, geometry, expected[title])
        for part in getattr(geometry, "geoms", [geometry]):
            equal(f"{title}: counterclockwise", part.exterior.is_ccw, True)
            equal(f"{title}: holes", any(hole.is_ccw for hole in part.interiors), False)
        ids.add(uuid.UUID(feature["id"]))
        equal(f"{title}: type", properties["objectType"], "detection" if title.startswith("object") else "annotation")
        equal(f"{title}: colour", len(properties["classification"]["color"]), 3)
        equal(f"{title}: area", properties["measurements"]["Area px^2"], int(expected[title].sum()))
        if any(value is None for value in properties.values()):
            raise AssertionError(f"{title}: null")
    equal("names", {f["properties"]["name"].lower().replace(" ", "-") for f in features}, set(expected))
    equal("identifiers", len(ids), len(features))
    return f"{len(features)} features are valid, of the right area and the same pixels"


def of_roi(roi):
    """Its shape; rings that lie in others are holes."""
    if roi.multi_coordinates is not None:
        rings = roifile.ImagejRoi.path2coords(roi.multi_coordinates)
    else:
        equal("type", roi.roitype, roifile.ROI_TYPE.TRACED)
        rings = [roi.integer_coordinates + [roi.left, roi.top]]
    return reduce(lambda a, b: a ^ b, [shapely.Polygon(ring) for ring in rings])


def roi(out, name, expected):
    rois = roifile.roiread(out / f"{name}.rois.zip")
    equal("names", sorted(r.name for r in rois), sorted(expected))
    for r in rois:
        equal("version", r.version, 227)
        same(r.name, of_roi(r), expected[r.name])
    traced = sum(r.multi_coordinates is None for r in rois)
    return f"{traced} traced and {len(rois) - traced} composite outlines are the same pixels"


def svg(out, name, expected):
    root = xml.etree.ElementTree.parse(out / f"{name}.svg").getroot()
    size = next(iter(expected.values())).shape[::-1]
    equal("viewBox", root.get("viewBox"), f"0 0 {size[0]} {size[1]}")
    equal("size", (int(root.get("width")), int(root.get("height"))), size)
    found = set()
    for group in root:
        equal("rule", group.get("fill-rule"), "evenodd")
        for path in group:
            rings = []
            for letter, numbers in re.findall(r"([Mhvz])([-\d ]*)", path.get("d")):
                if letter == "M":
                    rings.append([tuple(map(int, numbers.split()))])
                elif letter != "z":
                    x, y = rings[-1][-1]
                    rings[-1].append((x + int(numbers), y) if letter == "h" else (x, y + int(numbers)))
            same(path.get("id"), reduce(lambda a, b: a ^ b, map(shapely.Polygon, rings)), expected[path.get("id")])
            found.add(path.get("id"))
    equal("paths", found, set(expected))
    return f"{len(found)} paths are the same pixels"


def figures(row, pixels, rgb, mask, spacing, tolerance):
    y, x = np.nonzero(pixels)
    what = f"{row['kind']} {row['id']}"
    equal(f"{what}: area", int(row["area_px"]), len(x))
    box = [x.min(), y.min(), x.max() - x.min() + 1, y.max() - y.min() + 1]
    equal(f"{what}: box", [int(row[f"bbox_{k}"]) for k in ("x", "y", "width", "height")], [int(v) for v in box])
    close(f"{what}: x", float(row["centroid_x"]), x.mean(), 0.00501)
    close(f"{what}: y", float(row["centroid_y"]), y.mean(), 0.00501)
    for c, colour in enumerate(("red", "green", "blue")):
        close(f"{what}: {colour}", float(row[f"mean_{colour}"]), rgb[..., c][pixels].mean(), tolerance)
    close(f"{what}: share", float(row["foreground_share"]), mask[pixels].mean(), 1e-6)
    equal(f"{what}: unit", row["area_unit"], "mm2" if spacing else "")
    if spacing:
        close(f"{what}: area in mm²", float(row["area"]), len(x) * spacing, 1e-6 * len(x))


def picture(name):
    path = next(PICTURES.glob(f"{name}.*"))
    return np.asarray(Image.open(path).convert("RGB")).astype(float), 0.51 if path.suffix == ".jpg" else 0.00501


def tables(out, name):
    rgb, tolerance = picture(name)
    mask = read(out, name, "mask") > 0
    spacing = (25.4 / 254) * (25.4 / 127) if name == "rings" else None
    count = 0
    for kind, file in (("segments", "labels"), ("objects", "objects")):
        labels = read(out, name, file)
        with open(out / f"{name}.{kind}.csv", newline="", encoding="utf-8") as text:
            rows = list(csv.DictReader(text))
        equal(kind, [int(row["id"]) for row in rows], [int(i) for i in np.unique(labels) if i])
        for row in rows:
            base = name.split("/")[-1]
            equal("image", row["image"], f"'{base}" if base == ODD else base)
            figures(row, labels == int(row["id"]), rgb, mask, spacing, tolerance)
        count += len(rows)
    return f"{count} rows have the figures of their pixels"


def table_of_run(out, names):
    with open(out / "regions.csv", newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    single = []
    for name in sorted(names):
        for kind in ("segments", "objects"):
            with open(out / f"{name}.{kind}.csv", newline="", encoding="utf-8") as text:
                single += list(csv.DictReader(text))
    equal("rows", [{**row, "image": ""} for row in rows], [{**row, "image": ""} for row in single])
    equal("images", sorted({row["image"].lstrip("'") for row in rows}), sorted(names))
    return f"{len(rows)} rows of {len(names)} images are those of their tables"


def coco(out, names):
    with contextlib.redirect_stdout(io.StringIO()):
        data = COCO(out / "annotations.coco.json")
    equal("images", len(data.imgs), len(names))
    count = 0
    for image in data.imgs.values():
        path = (out / image["file_name"]).resolve()
        name = path.relative_to(PICTURES.resolve()).with_suffix("").as_posix()
        equal("size", (image["width"], image["height"]), Image.open(path).size)
        for supercategory, file in (("object", "objects"), ("segment", "labels")):
            labels = read(out, name, file)
            annotations = data.loadAnns(
                data.getAnnIds([image["id"]], data.getCatIds(supNms=[supercategory]), iscrowd=int(file == "labels"))
            )
            ids = [i for i in np.unique(labels) if i]
            equal(f"{name}: {file}", len(annotations), len(ids))
            for label, annotation in zip(ids, annotations):
                pixels = labels == label
                rle = annotation["segmentation"]
                if not np.array_equal(data.annToMask(annotation), pixels):
                    raise AssertionError(f"{name}: {file} {label}: other pixels")
                again = pycocotools.mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
                equal(f"{name}: {file} {label}", rle["counts"].encode(), again["counts"])
                equal("area", annotation["area"], int(pycocotools.mask.area(again)))
                equal("box", annotation["bbox"], pycocotools.mask.toBbox(again).tolist())
                count += 1
    equal("annotations", count, len(data.anns))
    return f"{count} annotations are the same pixels, and the same bytes when pycocotools encodes them"


def ome(out, name):
    path = out / f"{name}.labels.zarr"
    expected = {"segments": read(out, name, "labels"), "foreground": read(out, name, "mask") > 0, "objects": read(out, name, "objects")}
    equal("labels", zarr.open_group(path, mode="r").attrs["ome"]["labels"], list(expected))
    for label, pixels in expected.items():
        [node, *_] = list(Reader(parse_url(path / label))())
        levels = [np.asarray(level) for level in node.data]
        if not np.array_equal(levels[0], pixels):
            raise AssertionError(f"{label}: other pixels")
        for i, level in enumerate(levels):
            if not np.array_equal(level, pixels[:: 2**i, :: 2**i]):
                raise AssertionError(f"{label}: other pixels in level {i}")
        equal("axes", [axis["name"] for axis in node.metadata["axes"]], ["y", "x"])
        equal("colours", len(node.metadata["color"]), len([i for i in np.unique(pixels) if i]))
        scale = node.metadata["coordinateTransformations"][0][0]["scale"]
        for found, value in zip(scale, [0.2, 0.1] if name == "rings" else [1, 1]):
            close("scale", found, value, 1e-4)
    equal("nodes", len(list(Reader(parse_url(path))())), 3 + 1)
    return f"{len(expected)} label images of {len(levels)} levels are the same pixels"


def resumed():
    """A run that found some done makes the same files of the run as one that did all."""
    adzus("segment", PICTURES / "sub", PICTURES / "rings.png", "-o", WORK / "resumed", "--save", ALL)
    # Of one image the record lacks what the new files need.
    adzus("segment", PICTURES / "sub", "-o", WORK / "resumed", "--save", "json")
    for _ in range(2):
        adzus("segment", PICTURES, "-o", WORK / "resumed", "--save", ALL, "--resume")
        for file in ("annotations.coco.json", "regions.csv"):
            equal(file, (WORK / "resumed" / file).read_bytes(), (WORK / "default" / file).read_bytes())
    return "the files of the run are those of a run from the beginning"


PICTURES = samples()
NAMES = sorted(p.relative_to(PICTURES).with_suffix("").as_posix() for p in PICTURES.rglob("*.*"))
for title, options in {"default": [], "many": ["--objects", "many", "--no-fill-holes"], "all": ["--foreground", "all"]}.items():
    results = WORK / title
    seen = run("pictures", results, *options)
    for name in NAMES:
        expected = shapes(results, name, name in seen)
        check(f"{title}/{name}.geojson (shapely)", lambda: geojson(results, name, expected))
        check(f"{title}/{name}.rois.zip (roifile)", lambda: roi(results, name, expected))
        check(f"{title}/{name}.svg", lambda: svg(results, name, expected))
        check(f"{title}/{name}.*.csv", lambda: tables(results, name))
        check(f"{title}/{name}.labels.zarr (ome-zarr)", lambda: ome(results, name))
    check(f"{title}/regions.csv", lambda: table_of_run(results, NAMES))
    check(f"{title}/annotations.coco.json (pycocotools)", lambda: coco(results, NAMES))
check("--resume", resumed)
