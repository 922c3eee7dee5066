"""Results of volumes, opened by nibabel, highdicom and (where it is installed) dciodvfy. It is no part of the product.

Called with the root of the package and a folder to work in; each line that it prints is a check.
"""

# needs: numpy nibabel pydicom highdicom

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROOT = Path(sys.argv[1])
WORK = Path(sys.argv[2])
NODE = os.environ.get("ADZUS_NODE", "node")


def check(name, act, *args):
    try:
        print(f"ok {name}: {act(*args)}")
    except Exception as error:
        print(f"FAILED {name}: {type(error).__name__} {str(error)[:500]!r}")


def nifti(folder, told, labels, mask):
    found, inside = nib.load(folder / "labels.nii.gz"), nib.load(folder / "mask.nii.gz")
    assert found.shape == tuple(told["size"]), found.shape
    assert found.get_data_dtype().newbyteorder("=") == np.uint16, found.get_data_dtype()
    assert found.header.get_intent()[0] == "label", found.header.get_intent()
    assert np.array_equal(np.asarray(found.dataobj), labels)
    assert np.array_equal(np.asarray(inside.dataobj), mask > 0)
    if not (folder / "source.nii").exists():
        assert np.allclose(found.affine, np.array(told["affine"]).reshape(4, 4), atol=1e-4)
        assert np.allclose(found.header.get_zooms(), told["spacing"], atol=1e-5)
        return "labels, mask, affine and zooms are the same"
    own = nib.load(folder / "source.nii")
    for image in (found, inside):
        assert np.array_equal(image.affine, own.affine)
        assert image.header.get_zooms()[:3] == own.header.get_zooms()[:3]
        assert image.header.endianness == own.header.endianness
        for code in ("qform_code", "sform_code"):
            assert image.header[code] == own.header[code]
        text = bytes(image.header["descrip"]) + bytes(image.header["aux_file"])
        assert b"Somebody" not in text and b"name" not in text
    return "labels, mask, and the source's affine, zooms, codes and byte order"


def pixels_of(path, uids):
    """Labels by i, j, k, out of the slices that were segmented."""
    seg = hd.seg.segread(path)
    numbers = list(seg.segment_numbers)
    return seg, seg.get_pixels_by_source_instance(uids, segment_numbers=numbers, combine_segments=True).transpose(2, 1, 0)


def segmentation(folder, told, labels):
    uids = [f"2.25.1234567890.{k + 1}" for k in range(told["size"][2])]
    seg, pixels = pixels_of(folder / "seg.dcm", uids)
    assert seg.number_of_segments == labels.max()
    assert np.array_equal(pixels, labels)
    names = [str(seg.PatientName), str(seg.PatientID), str(seg.StudyID), str(seg.AccessionNumber)]
    assert names == ["Müster^Änne", "P-42", "S1", "A1"], names
    assert "InstitutionName" not in seg and "PatientAddress" not in seg
    if len(uids) > 1:
        affine = np.diag([-1, -1, 1, 1]) @ np.array(told["affine"]).reshape(4, 4)
        volume = seg.get_volume(combine_segments=True)
        # highdicom's axes are k, j and i, and k may run the other way.
        first = volume.affine @ [0, 0, 0, 1]
        assert any(np.allclose(first, affine @ [0, 0, k, 1], atol=1e-3) for k in (0, len(uids) - 1)), first
        assert np.allclose(sorted(volume.spacing), sorted(told["spacing"]), atol=1e-4), volume.spacing
    return f"{seg.number_of_segments} segments in {seg.NumberOfFrames} frames, pixels are the same"


def valid(path):
    said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    lines = (said.stdout + said.stderr).splitlines()
    wrong = [line for line in lines if line.startswith("Error")]
    assert not wrong and said.returncode == 0, "; ".join(lines)
    return f"no error, {sum(line.startswith('Warning') for line in lines)} warnings"


def series(folder):
    """A CT by pydicom, against the order of its slices. Returns the UIDs from the feet to the head."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height, depth = 40, 32, 6
    i, j, k = np.mgrid[0:width, 0:height, 0:depth]
    inside = ((i / width - 0.45) / 0.25) ** 2 + ((j / height - 0.5) / 0.25) ** 2 + ((k / depth - 0.5) / 0.6) ** 2 < 1
    values = (np.where(inside, -150, 20) + np.random.default_rng(1).normal(0, 8, inside.shape)).astype("<i2")
    uids = []
    for z in range(depth):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        meta.MediaStorageSOPInstanceUID = f"2.25.99.{z + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "2.25.97", "2.25.98", "2.25.96"
        data.Modality, data.PatientName, data.PatientID = "CT", "Nobody^In particular", "N-1"
        data.PatientBirthDate = data.PatientSex = data.AccessionNumber = data.ReferringPhysicianName = ""
        data.StudyDate, data.StudyTime, data.StudyID, data.InstanceNumber = "20200101", "120000", "1", depth - z
        data.ImagePositionPatient = [-10, -20, 5 * z]
        data.ImageOrientationPatient, data.PixelSpacing, data.SliceThickness = [1, 0, 0, 0, 1, 0], [0.8, 0.7], 5
        data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = height, width, 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
        data.PixelData = np.ascontiguousarray(values[:, :, z].T).tobytes()
        data.save_as(folder / f"IM{depth - z}.dcm", enforce_file_format=True)
        uids.append(data.SOPInstanceUID)
    return uids


def whole_way():
    """A folder of DICOM files through the command line: both outputs have the same labels, and the source's space."""
    study, out = WORK / "study" / "ct", WORK / "out"
    uids = series(study)
    command = [NODE, str(ROOT / "bin" / "adzus.js"), "segment", str(study), "-o", str(out), "--size", "64", "--backend", "cpu"]
    done = subprocess.run([*command, "--save", "nifti,dicom-seg,json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    labels = nib.load(out / "ct.labels.nii.gz")
    first = pydicom.dcmread(study / "IM6.dcm")
    assert np.allclose(labels.affine @ [0, 0, 0, 1], [10, 20, 0, 1]), labels.affine
    assert np.allclose(np.diag(labels.affine), [-first.PixelSpacing[1], -first.PixelSpacing[0], 5, 1]), labels.affine
    _, pixels = pixels_of(out / "ct.seg.dcm", uids)
    assert np.array_equal(pixels, np.asarray(labels.dataobj))
    text = (out / "ct.json").read_text() + done.stdout + done.stderr
    assert "Nobody" not in text and "N-1" not in text
    return f"{labels.shape} voxels, {pixels.max()} segments, NIfTI and DICOM-SEG are the same"


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run([NODE, str(ROOT / "scripts" / "formats" / "volume-files.mjs"), str(WORK / "made")], check=True)
    segs = []
    for folder in sorted((WORK / "made").iterdir()):
        told = json.loads((folder / "told.json").read_text())
        labels = np.fromfile(folder / "labels.bin", "<u2").reshape(told["size"], order="F")
        mask = np.fromfile(folder / "mask.bin", "u1").reshape(told["size"], order="F")
        check(f"nibabel, {folder.name}", nifti, folder, told, labels, mask)
        if (folder / "seg.dcm").exists():
            check(f"highdicom, {folder.name}", segmentation, folder, told, labels)
            segs.append(folder / "seg.dcm")
    check("the command line, a DICOM series", whole_way)
    if shutil.which("dciodvfy") is None:
        print("dciodvfy (Debian's dicom3tools) is not installed: not checked")
        return
    for path in [*segs, WORK / "out" / "ct.seg.dcm"]:
        check(f"dciodvfy, {path.parent.name}", valid, path)


main()
