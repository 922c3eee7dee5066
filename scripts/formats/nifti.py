"""NIfTI files of every kind with what nibabel reads from them; no part of the product.

    python scripts/formats/nifti.py            # writes test/data/formats/nifti/
    python scripts/formats/nifti.py FILE…      # prints what nibabel reads from other files

Expected of each file (the first volume): its size, the affine, the codes of the axes, and the
SHA-256 of the values as little-endian floats of 32 bits, i fastest (colours: before i).
"""
import gzip
import hashlib
import json
import os
import sys
import warnings

import nibabel as nib
import numpy as np

warnings.filterwarnings("ignore")
OUT = os.path.join(os.path.dirname(__file__), "..", "..", "test", "data", "formats", "nifti")
SIZE = (11, 10, 9)


def values(image):
    """Values of the first volume, as 32-bit floats, colours before i."""
    # Colours have no slope (nifti1.h), which nibabel would apply.
    colours = image.get_data_dtype().names is not None
    data = image.dataobj.get_unscaled() if colours else np.asanyarray(image.dataobj)
    if data.dtype.names:
        data = np.stack([data[name] for name in data.dtype.names])
        lead = 1
    else:
        lead = 0
    while data.ndim > 3 + lead:
        data = data[..., 0]
    if lead == 0:
        data = data[np.newaxis]
    while data.ndim < 4:
        data = data[..., np.newaxis]
    return data.astype("<f8").astype("<f4")


def expected(path):
    image = nib.load(path)
    data = values(image)
    return {
        "size": list(data.shape[1:]),
        "channels": data.shape[0],
        "affine": image.affine.ravel().tolist(),
        "codes": "".join(nib.aff2axcodes(image.affine)),
        "sha256": hashlib.sha256(data.tobytes(order="F")).hexdigest(),
    }


def rotated(zooms=(1.5, 2, 3), shift=(10, -20, 30), angles=(0.3, 0.2, 0.1)):
    affine = np.eye(4)
    affine[:3, :3] = nib.eulerangles.euler2mat(*angles) * zooms
    affine[:3, 3] = shift
    return affine


def write(name, data, *, sform=None, qform=None, kind=nib.Nifti1Image, order="<", slope=None, edit=None, units="mm"):
    header = kind.header_class(endianness=order)
    header.set_data_shape(data.shape)
    header.set_data_dtype(data.dtype)
    header.set_xyzt_units(units)
    header.set_sform(sform, 1 if sform is not None else 0)
    header.set_qform(qform, 1 if qform is not None else 0)
    if sform is None and qform is None:
        header["pixdim"][1:4] = [0.8, 0.9, 1.1]
    header["magic"] = b"n+1" if kind is nib.Nifti1Image else b"n+2\0\r\n\x1a\n"
    offset = 352 if kind is nib.Nifti1Image else 544
    header["vox_offset"] = offset
    if slope is not None:
        header["scl_slope"], header["scl_inter"] = slope
    if edit:
        edit(header)
    raw = header.binaryblock + b"\0\0\0\0"
    raw = raw.ljust(int(header["vox_offset"]), b"x") if int(header["vox_offset"]) > offset else raw
    raw += data.astype(data.dtype.newbyteorder(order) if not data.dtype.names else data.dtype).tobytes(order="F")
    if name.endswith(".gz"):
        raw = gzip.compress(raw, mtime=0)
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(raw)


def main():
    os.makedirs(OUT, exist_ok=True)
    rng = np.random.default_rng(1)
    count = int(np.prod(SIZE))
    straight = np.diag([-2, 2.5, 3, 1.0])
    for kind in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]:
        info = np.iinfo(kind)
        least, most = max(info.min, -(2**52)), min(info.max, 2**52)
        data = rng.integers(least, most, SIZE, dtype=kind, endpoint=True)
        for order in "<>":
            write(f"{kind}{'be' if order == '>' else 'le'}.nii", data, sform=straight, order=order)
    for kind in ["f4", "f8"]:
        data = (rng.normal(size=SIZE) * 1000).astype(kind)
        data[0, 0, 0], data[1, 0, 0] = 0, -0.5
        for order in "<>":
            write(f"{kind}{'be' if order == '>' else 'le'}.nii", data, sform=straight, order=order)
    rgb = np.zeros(SIZE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgba = np.zeros(SIZE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1"), ("A", "u1")])
    for data in (rgb, rgba):
        for channel in data.dtype.names:
            data[channel] = rng.integers(0, 256, SIZE)
    write("rgb24.nii", rgb, sform=straight, slope=(2, 1))
    write("rgba32.nii.gz", rgba, sform=straight)

    small = rng.integers(-1000, 3000, SIZE).astype("i2")
    write("slope.nii", small, sform=straight, slope=(0.5, -1024))
    write("slope-i4.nii", rng.integers(-(2**31), 2**31, SIZE).astype("i4"), sform=straight, slope=(1e-4, 3))
    write("slope-zero.nii", small, sform=straight, slope=(0, 7))
    write("slope-nan.nii", small, sform=straight, slope=(np.nan, 7))
    oblique = rotated()
    write("qform.nii.gz", small, qform=oblique)
    write("qfac.nii.gz", small, qform=oblique @ np.diag([1, 1, -1, 1]))
    write("both.nii.gz", small, qform=straight, sform=oblique)
    write("sagittal.nii.gz", small, sform=np.array([[0, 0, 3.0, 5], [-1, 0, 0, 6], [0, -2, 0, 7], [0, 0, 0, 1]]))
    write("sheared.nii.gz", small, sform=oblique @ np.array([[1, 0.2, 0, 0], [0, 1, 0.1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    write("pixdim.nii.gz", small)

    def negative(header):
        header["pixdim"][:4] = [-1, -1.5, 2, 3]

    def zero(header):
        header["pixdim"][:4] = [0, 0, 2, 3]

    write("pixdim-negative.nii.gz", small, qform=oblique, edit=negative)
    write("pixdim-zero.nii.gz", small, qform=oblique, edit=zero)
    write("nifti2.nii", small, sform=oblique, kind=nib.Nifti2Image, slope=(2, 0.25))
    write("nifti2-be.nii.gz", small, qform=oblique, kind=nib.Nifti2Image, order=">")
    write("times.nii.gz", rng.integers(0, 255, (*SIZE, 3)).astype("u1"), sform=straight)
    write("flat.nii.gz", rng.integers(0, 255, SIZE[:2]).astype("u1"), sform=straight)

    def extended(header):
        header["vox_offset"] = 512

    write("extension.nii", small, sform=straight, edit=extended)
    write("window.nii.gz", small, sform=straight, slope=(1, -1000), edit=lambda h: h.__setitem__("cal_max", 240) or h.__setitem__("cal_min", -160))

    told = {name: expected(os.path.join(OUT, name)) for name in sorted(os.listdir(OUT)) if ".nii" in name}
    with open(os.path.join(OUT, "expected.json"), "w") as file:
        json.dump(told, file, indent=1)
        file.write("\n")
    print(len(told), "files,", count, "voxels each")


if sys.argv[1:]:
    print(json.dumps({path: expected(path) for path in sys.argv[1:]}))
else:
    main()
