"""Reads results of volumes with nibabel, highdicom and dciodvfy: `check-volume.mjs` calls it. No part of the product.

Every folder holds labels.bin (u16) and mask.bin as they were written, told.json (size, spacing, affine), and the files to read.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np


def nifti(folder, told, labels, mask):
    size = tuple(told["size"])
    found = nib.load(folder / "labels.nii.gz")
    assert found.shape == size, found.shape
    assert found.get_data_dtype().newbyteorder("=") == np.uint16, found.get_data_dtype()
    assert found.header.get_intent()[0] == "label", found.header.get_intent()
    assert np.array_equal(np.asarray(found.dataobj), labels)
    inside = nib.load(folder / "mask.nii.gz")
    assert np.array_equal(np.asarray(inside.dataobj), mask > 0)
    affine = np.array(told["affine"]).reshape(4, 4)
    source = folder / "source.nii"
    if source.exists():
        own = nib.load(source)
        for image in (found, inside):
            assert np.array_equal(image.affine, own.affine)
            assert image.header.get_zooms()[:3] == own.header.get_zooms()[:3]
            assert image.header.endianness == own.header.endianness
            for code in ("qform_code", "sform_code"):
                assert image.header[code] == own.header[code]
            text = bytes(image.header["descrip"]) + bytes(image.header["aux_file"])
            assert b"Somebody" not in text and b"name" not in text
    else:
        assert np.allclose(found.affine, affine, atol=1e-4)
        assert np.allclose(found.header.get_zooms(), told["spacing"], atol=1e-5)
    return "nibabel: labels, mask, affine and zooms are the same"


def segmentation(folder, told, labels):
    path = folder / "seg.dcm"
    columns, rows, slices = told["size"]
    seg = hd.seg.segread(path)
    assert seg.number_of_segments == labels.max()
    numbers = list(seg.segment_numbers)
    uids = [f"2.25.1234567890.{k + 1}" for k in range(slices)]
    pixels = seg.get_pixels_by_source_instance(uids, segment_numbers=numbers, combine_segments=True)
    # Slices, rows, columns against i, j, k.
    assert np.array_equal(pixels.transpose(2, 1, 0), labels)
    if slices > 1:
        volume = seg.get_volume(combine_segments=True)
        affine = np.diag([-1, -1, 1, 1]) @ np.array(told["affine"]).reshape(4, 4)
        # highdicom's axes are k, j, i, and k may run the other way.
        places = volume.affine @ np.array([0, 0, 0, 1])
        assert any(np.allclose(places, affine @ [0, 0, k, 1], atol=1e-3) for k in (0, slices - 1)), places
        assert np.allclose(sorted(volume.spacing), sorted(told["spacing"]), atol=1e-4), volume.spacing
    names = {str(seg.PatientName), str(seg.PatientID), str(seg.StudyID), str(seg.AccessionNumber)}
    assert names == {"Müster^Änne", "P-42", "S1", "A1"}, names
    assert "InstitutionName" not in seg and "PatientAddress" not in seg
    done = "highdicom: pixels of every slice are the same"
    if shutil.which("dciodvfy") is None:
        return f"{done}; dciodvfy is not installed"
    said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    lines = [line for line in (said.stdout + said.stderr).splitlines() if line]
    errors = [line for line in lines if line.startswith("Error")]
    assert not errors and said.returncode == 0, "\n".join(lines)
    return f"{done}; dciodvfy: no error, {sum(line.startswith('Warning') for line in lines)} warnings"


def main():
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        told = json.loads((folder / "told.json").read_text())
        labels = np.fromfile(folder / "labels.bin", "<u2").reshape(told["size"], order="F")
        mask = np.fromfile(folder / "mask.bin", "u1").reshape(told["size"], order="F")
        if (folder / "labels.nii.gz").exists():
            print(f"{folder.name}: {nifti(folder, told, labels, mask)}")
        if (folder / "seg.dcm").exists():
            print(f"{folder.name}: {segmentation(folder, told, labels)}")


main()
