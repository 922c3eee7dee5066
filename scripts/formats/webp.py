"""WebP files of every kind with the pixels that Pillow reads; no part of the product.

    python scripts/formats/webp.py       # writes test/data/formats/webp/
"""
import hashlib
import json
import os

import numpy as np
from PIL import Image

OUT = os.path.join(os.path.dirname(__file__), "..", "..", "test", "data", "formats", "webp")
WIDTH, HEIGHT = 37, 26


def picture(channels, seed):
    """A smooth picture with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    planes = [127 + 120 * np.sin((c + 1) * x / 9 + y / (c + 5)) + rng.normal(0, 6, (HEIGHT, WIDTH)) for c in range(channels)]
    return Image.fromarray(np.clip(np.stack(planes, -1), 0, 255).astype("u1"), "RGBA" if channels == 4 else "RGB")


def main():
    os.makedirs(OUT, exist_ok=True)
    at = lambda name: os.path.join(OUT, name)
    rgb, rgba = picture(3, 1), picture(4, 2)
    rgb.save(at("lossy.webp"), quality=75)
    rgb.save(at("lossy-low.webp"), quality=5)
    rgb.save(at("lossless.webp"), lossless=True)
    rgba.save(at("lossy-alpha.webp"), quality=80)
    rgba.save(at("lossless-alpha.webp"), lossless=True, exact=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    rgb.save(at("exif.webp"), lossless=True, exif=exif)
    rgb.save(at("animated.webp"), save_all=True, append_images=[picture(3, 3), picture(3, 4)], lossless=True, duration=100)
    told = {}
    for name in sorted(os.listdir(OUT)):
        if name.endswith(".webp"):
            image = Image.open(at(name))
            data = np.asarray(image)
            told[name] = {"width": image.width, "height": image.height, "channels": data.shape[2], "sha256": hashlib.sha256(data.tobytes()).hexdigest()}
    with open(at("expected.json"), "w") as file:
        json.dump(told, file, indent=1)
        file.write("\n")


main()
