"""Large pictures in Pillow: makes them, and takes the time to read one at a small size.

    python pictures.py make PICTURE SIDE FOLDER    files of SIDE x SIDE pixels, enlarged from PICTURE; prints their names
    python pictures.py time FILE SIZE RAW          prints the milliseconds of processor time of decoding and resizing; RAW gets the RGB
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, __version__

Image.MAX_IMAGE_PIXELS = None


def make(picture, side, folder):
    rgb = np.asarray(Image.open(picture).convert("RGB").resize((side, side), Image.BICUBIC)).astype(np.int16)
    # A camera's noise: enlarged pictures compress too well.
    random = np.random.default_rng(1)
    rgb = np.clip(rgb + random.integers(-2, 3, rgb.shape, dtype=np.int16), 0, 255).astype(np.uint8)
    colours = Image.fromarray(rgb)
    grey = colours.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 256)
    files = {
        "PNG, RGB": (colours, "rgb.png", {}),
        "PNG, grey": (grey, "grey.png", {}),
        "PNG, grey, 16 bits": (deep, "deep.png", {}),
        "JPEG, baseline": (colours, "baseline.jpg", {"quality": 90}),
        "JPEG, progressive": (colours, "progressive.jpg", {"quality": 90, "progressive": True}),
    }
    for image, name, options in files.values():
        image.save(Path(folder, name), **options)
    print(json.dumps({"version": __version__, "files": {title: name for title, (_, name, _) in files.items()}}))


def take(file, size, raw):
    start = time.process_time()
    image = Image.open(file)
    image.load()
    # Pillow shows 16 bits by a plain shift; ours goes by percentiles, which is not compared.
    rgb = image.point(lambda v: v / 256).convert("L").convert("RGB") if image.mode.startswith("I") else image.convert("RGB")
    small = rgb.resize((size, size), Image.LANCZOS)
    print((time.process_time() - start) * 1000)
    Path(raw).write_bytes(small.tobytes())


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    take(sys.argv[2], int(sys.argv[3]), sys.argv[4])
