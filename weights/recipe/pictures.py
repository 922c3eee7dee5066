"""Squares of unlabelled pictures, with captions: four of ten are whole pictures, squeezed to a square as the segmentation
sees them, the others random crops; half of them are brighter or darker, with more or less contrast.

DATA holds a folder for each set, with its pictures in SET/images. DATA/sets.json, else the one beside this file, says for
each set its captions, its weight (1 where it is left out), and whether its pictures stand upright (then none is flipped
upside down). A folder that it does not name has the caption "".

A quarter of every set is held out and never trained on: those whose name's MD5 is divisible by 4.
"""
import hashlib
import json
import os
import random
from pathlib import Path

import numpy as np
from PIL import Image

# The shorter side that pictures are kept at.
SIDE = 320


def held_out(name):
    return int(hashlib.md5(name.split(".")[0].encode()).hexdigest(), 16) % 4 == 0


def read_sets(data):
    own = Path(data, "sets.json")
    described = json.loads((own if own.exists() else Path(__file__).with_name("sets.json")).read_text())
    sets = {}
    for folder in sorted(Path(data).iterdir()):
        if not (folder / "images").is_dir():
            continue
        names = [name for name in sorted(os.listdir(folder / "images")) if not held_out(name)]
        if names:
            sets[folder.name] = {"captions": [""], "weight": 1, "upright": False, **described.get(folder.name, {}), "names": names}
    if not sets:
        raise SystemExit(f"pictures ({data}): expected folders SET/images with pictures, got none")
    return sets


class Squares:
    def __init__(self, data, size, seed=0):
        self.data, self.size, self.random, self.kept = data, size, random.Random(seed), {}
        self.sets = read_sets(data)

    def picture(self, name, file):
        key = name, file
        if key not in self.kept:
            picture = Image.open(Path(self.data, name, "images", file)).convert("RGB")
            scale = SIDE / min(picture.size)
            size = tuple(max(SIDE, round(side * scale)) for side in picture.size)
            self.kept[key] = np.asarray(picture.resize(size, Image.LANCZOS))
        return self.kept[key]

    def sample(self):
        names = list(self.sets)
        name = self.random.choices(names, [self.sets[n]["weight"] for n in names])[0]
        known = self.sets[name]
        picture = self.picture(name, self.random.choice(known["names"]))
        height, width = picture.shape[:2]
        if self.random.random() >= 0.4:
            side = min(height, width, max(self.size, int(min(height, width) * self.random.uniform(0.6, 1.0))))
            y, x = self.random.randint(0, height - side), self.random.randint(0, width - side)
            picture = picture[y : y + side, x : x + side]
        square = Image.fromarray(picture).resize((self.size, self.size), Image.BILINEAR)
        values = np.asarray(square, np.float32) / 127.5 - 1
        if self.random.random() < 0.5:
            mean, contrast, light = values.mean(), self.random.uniform(0.7, 1.3), self.random.uniform(-0.15, 0.15)
            values = np.clip((values - mean) * contrast + mean + light, -1, 1)
        if self.random.random() < 0.5:
            values = values[:, ::-1]
        if self.random.random() < 0.5 and not known["upright"]:
            values = values[::-1]
        return values.transpose(2, 0, 1).copy(), self.random.choice(known["captions"])

    def batch(self, count):
        """count squares [3, size, size] in -1 ... 1, and their captions."""
        pictures, captions = zip(*(self.sample() for _ in range(count)))
        return np.stack(pictures), list(captions)
