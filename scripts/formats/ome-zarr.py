"""OME-Zarr folders of both versions with what zarr-python reads; no part of the product.

    python scripts/formats/ome-zarr.py     # writes test/data/formats/zarr/

Each folder is stored as one JSON text of its files (base64), since hundreds of small files help
nobody; tests unfold it. Expected of each: SHA-256 of the values of level 0 as little-endian floats
of 32 bits, in the order t, c, z, y, x.
"""
import base64
import hashlib
import json
import os
import shutil
import tempfile

import numpy as np
import zarr
from numcodecs import LZ4, Blosc, GZip, Zlib, Zstd
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

OUT = os.path.join(os.path.dirname(__file__), "..", "..", "test", "data", "formats", "zarr")
rng = np.random.default_rng(1)


def axes_of(axes, unit="micrometer"):
    kind = {"t": "time", "c": "channel"}
    return [{"name": a, "type": kind.get(a, "space"), **({"unit": unit} if a in "zyx" else {})} for a in axes]


def multiscales(axes, scales):
    datasets = [{"path": str(i), "coordinateTransformations": [{"type": "scale", "scale": scale}]} for i, scale in enumerate(scales)]
    return [{"name": "picture", "axes": axes_of(axes), "datasets": datasets}]


def make(folder, name, data, axes, *, version=3, labels=None, levels=1, chunks=None, scale=None, **options):
    path = os.path.join(folder, name)
    group = zarr.open_group(path, mode="w", zarr_format=version)
    scale = scale or [1.0] * (len(axes) - 2) + [0.25, 0.5]
    scales = []
    for level in range(levels):
        step = 2**level
        small = data[..., ::step, ::step]
        array = group.create_array(str(level), shape=small.shape, dtype=small.dtype, chunks=chunks or tuple(min(13, n) if a in "yx" else 1 for a, n in zip(axes, small.shape)), **options)
        array[:] = small
        scales.append([s * (step if a in "yx" else 1) for a, s in zip(axes, scale)])
    told = {"multiscales": multiscales(axes, scales)}
    if labels:
        told["omero"] = {"channels": [{"label": label, "color": "FFFFFF"} for label in labels]}
    if version == 2:
        told["multiscales"][0]["version"] = "0.4"
        group.attrs.update(told)
    else:
        group.attrs["ome"] = {"version": "0.5", **told}
    read = zarr.open_group(path, mode="r")["0"][...]
    assert np.array_equal(read, data, equal_nan=data.dtype.kind == "f")
    full = read
    for i, axis in enumerate("tczyx"):
        if axis not in axes:
            full = np.expand_dims(full, i)
    values = np.ascontiguousarray(full.astype("<f8").astype("<f4"))
    return {"axes": axes, "shape": list(full.shape), "type": str(data.dtype), "sha256": hashlib.sha256(values.tobytes()).hexdigest()}


def numbers(shape, dtype):
    if np.dtype(dtype).kind == "f":
        return (rng.normal(size=shape) * 100).astype(dtype)
    if np.dtype(dtype).kind == "b":
        return rng.random(shape) < 0.5
    info = np.iinfo(dtype)
    return rng.integers(max(info.min, -(2**40)), min(info.max, 2**40), shape, dtype=dtype)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    folder = tempfile.mkdtemp()
    stack = numbers((2, 3, 19, 26), "u2")
    names = ["DAPI", "GFP"]
    told = {}

    def one(name, *args, **options):
        told[name] = make(folder, name, *args, **options)

    one("v2-blosc", stack, "czyx", version=2, labels=names, compressors=Blosc(cname="lz4"))
    one("v2-gzip", stack, "czyx", version=2, compressors=GZip(5))
    one("v2-zlib", stack, "czyx", version=2, compressors=Zlib(5))
    one("v2-zstd", stack, "czyx", version=2, compressors=Zstd())
    one("v2-lz4", stack, "czyx", version=2, compressors=LZ4())
    one("v2-plain", stack, "czyx", version=2, compressors=None)
    one("v2-fortran", stack, "czyx", version=2, order="F")
    one("v3-zstd", stack, "czyx", labels=names, levels=2, scale=[1.0, 2.0, 0.25, 0.5])
    one("v3-blosc", stack, "czyx", compressors=BloscCodec(cname="zstd"))
    one("v3-gzip", stack, "czyx", compressors=GzipCodec())
    one("v3-sharded", stack, "czyx", chunks=(1, 1, 8, 8), shards=(1, 3, 16, 16), compressors=ZstdCodec())
    one("v3-time", numbers((2, 2, 2, 9, 11), "i2"), "tczyx")
    one("v3-flat", numbers((19, 26), "f4"), "yx")
    one("v3-rgb", numbers((3, 19, 26), "u1"), "cyx")
    one("v3-empty-chunks", np.where(np.arange(26) < 13, 0, stack[0, 0]), "yx")
    for dtype in ["?", "u1", "i1", "i2", "u4", "i4", "u8", "i8", "f8"]:
        one(f"type-{np.dtype(dtype).name}", numbers((9, 11), dtype), "yx")
    one("type-big-endian", numbers((9, 11), "i2").astype(">i2"), "yx", version=2)
    files = {}
    for name in told:
        root = os.path.join(folder, name)
        files[name] = {
            os.path.relpath(os.path.join(at, file), root).replace(os.sep, "/"): base64.b64encode(open(os.path.join(at, file), "rb").read()).decode()
            for at, _, found in os.walk(root)
            for file in sorted(found)
        }
    with open(os.path.join(OUT, "folders.json"), "w") as file:
        json.dump(files, file, indent=1)
        file.write("\n")
    with open(os.path.join(OUT, "expected.json"), "w") as file:
        json.dump(told, file, indent=1)
        file.write("\n")
    shutil.rmtree(folder)


main()
