#!/usr/bin/env python3
"""Compares what the gateway renders under Grayscale Softcopy Presentation States (PS3.4 Annex N) with DCMTK's dcmp2pgm,
which draws no shutters and always the whole image.

    presentation_states.py BASE_URL PASSWORD

Images and states of every kind below are made here, stored by STOW-RS, and rendered as PNG. Grey levels may differ by one.
Exit status 1 when they do by more.
"""

import io
import pathlib
import subprocess
import sys
import tempfile

import numpy
import requests
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from stow import store

COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
GRAYSCALE_SOFTCOPY_PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
ROWS, COLUMNS = 40, 56

# Bits Stored, whether samples have a sign, Photometric Interpretation, Rescale Slope and Intercept.
IMAGES = {
    "12 bits": (12, 0, "MONOCHROME2", None),
    "12 bits, inverted": (12, 0, "MONOCHROME1", None),
    "16 bits, signed, rescaled": (16, 1, "MONOCHROME2", (0.5, -1024)),
    "8 bits": (8, 0, "MONOCHROME2", None),
}


def main(base, password):
    session = requests.Session()
    session.auth = ("admin", password)
    random = numpy.random.default_rng(20261127)
    compared, wrong = 0, []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, kind in IMAGES.items():
            image = picture(random, *kind)
            store(session, base, image)
            image.save_as(folder / "image.dcm", enforce_file_format=True)
            for what, state in states(image, kind):
                state.save_as(folder / "state.dcm", enforce_file_format=True)
                expected = by_dcmtk(folder)
                url = store(session, base, state)
                answer = session.get(f"{url}/rendered", headers={"Accept": "image/png"}, timeout=60)
                if answer.status_code != 200:
                    wrong.append(f"{name}, {what}: {answer.status_code} {answer.text}")
                    continue
                got = numpy.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(int)
                compared += 1
                if got.shape != expected.shape:
                    wrong.append(f"{name}, {what}: {got.shape} for {expected.shape}")
                elif (most := numpy.abs(got - expected).max()) > 1:
                    count = (numpy.abs(got - expected) > 1).sum()
                    wrong.append(f"{name}, {what}: {count} pixels differ, by {most} at most")
    print(f"{compared} pictures compared", *wrong, sep="\n")
    return 1 if wrong or compared < 50 else 0


def by_dcmtk(folder):
    command = ["dcmp2pgm", "-p", folder / "state.dcm", folder / "image.dcm", folder / "picture.pgm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return numpy.asarray(Image.open(folder / "picture.pgm").convert("L")).astype(int)


def picture(random, bits, signed, photometric_interpretation, rescale):
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    rows, columns = numpy.mgrid[0:ROWS, 0:COLUMNS]
    slope = (rows * 3 + columns * 2) / (ROWS * 3 + COLUMNS * 2)
    noise = random.integers(-(1 << (bits - 4)), 1 << (bits - 4), (ROWS, COLUMNS))
    samples = numpy.clip((low + slope * (high - low)).astype(numpy.int64) + noise, low, high)
    image = data_set(COMPUTED_RADIOGRAPHY, "CR", generate_uid())
    image.Rows, image.Columns, image.SamplesPerPixel = ROWS, COLUMNS, 1
    image.PhotometricInterpretation = photometric_interpretation
    image.BitsAllocated = 8 if bits <= 8 else 16
    image.BitsStored, image.HighBit, image.PixelRepresentation = bits, bits - 1, signed
    if rescale:
        image.RescaleSlope, image.RescaleIntercept = rescale
        image.RescaleType = "US"
    image.PixelData = samples.astype(f"<i{image.BitsAllocated // 8}").tobytes()
    image["PixelData"].VR = "OB" if bits <= 8 else "OW"
    return image


def states(image, kind):
    """Every way of each module once, and some together."""
    bits, signed, _, rescale = kind
    slope, intercept = rescale or (1, 0)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    low, high = low * slope + intercept, high * slope + intercept
    centre, width = (low + high) / 2, (high - low) / 2
    window = {"window": (centre, width)}
    yield "a window", state_of(image, rescale, **window)
    yield "a narrow window", state_of(image, rescale, window=(centre + width / 5, width / 16))
    yield "VOI LUT", state_of(image, rescale, voi_lut=lut(int(low), 1 << min(bits, 14)))
    yield "presentation inverse", state_of(image, rescale, **window, shape="INVERSE")
    yield "Presentation LUT", state_of(image, rescale, **window, presentation_lut=lut(0, 4096))
    for rotation in (0, 90, 180, 270):
        for flip in "NY":
            yield f"turned by {rotation}, flip {flip}", state_of(image, rescale, **window, rotation=rotation, flip=flip)
    yield "inverse, turned", state_of(image, rescale, **window, rotation=90, flip="Y", shape="INVERSE")


def lut(first, entries):
    """A bent curve of 12 bits."""
    item = Dataset()
    values = (numpy.linspace(0, 1, entries) ** 1.7 * 4095).round().astype("<u2")
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [entries % 65536, first, 12])
    item.add_new("LUTData", "OW", values.tobytes())
    return item


def state_of(
    image, rescale, window=None, voi_lut=None, shape="IDENTITY", presentation_lut=None, rotation=None, flip="N"
):
    state = data_set(GRAYSCALE_SOFTCOPY_PRESENTATION_STATE, "PR", image.StudyInstanceUID)
    state.PresentationCreationDate, state.PresentationCreationTime = "20261127", "120000"
    state.ContentLabel, state.ContentDescription, state.ContentCreatorName = "STATE", "", ""
    referenced, series = Dataset(), Dataset()
    referenced.ReferencedSOPClassUID, referenced.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    series.SeriesInstanceUID, series.ReferencedImageSequence = image.SeriesInstanceUID, Sequence([referenced])
    state.ReferencedSeriesSequence = Sequence([series])
    if rescale:
        state.RescaleSlope, state.RescaleIntercept = rescale
        state.RescaleType = "US"
    voi = Dataset()
    if window:
        voi.WindowCenter, voi.WindowWidth = (f"{value:.10g}" for value in window)
    else:
        voi.VOILUTSequence = Sequence([voi_lut])
    state.SoftcopyVOILUTSequence = Sequence([voi])
    if presentation_lut:
        state.PresentationLUTSequence = Sequence([presentation_lut])
    else:
        state.PresentationLUTShape = shape
    if rotation is not None:
        state.ImageRotation, state.ImageHorizontalFlip = rotation, flip
    displayed = Dataset()
    # Corners are those of the picture as it is shown: which is the left one on top after a flip and turns by 90 degrees.
    left, right = (COLUMNS, 1) if flip == "Y" else (1, COLUMNS)
    corners = [(left, 1), (left, ROWS), (right, ROWS), (right, 1)]
    first = (rotation or 0) // 90 * (-1 if flip == "Y" else 1) % 4
    displayed.DisplayedAreaTopLeftHandCorner = list(corners[first])
    displayed.DisplayedAreaBottomRightHandCorner = list(corners[(first + 2) % 4])
    displayed.PresentationSizeMode, displayed.PresentationPixelAspectRatio = "SCALE TO FIT", [1, 1]
    state.DisplayedAreaSelectionSequence = Sequence([displayed])
    return state


def data_set(sop_class, modality, study):
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = sop_class
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
    made.PatientName, made.PatientID, made.Modality = "State^Presented", "P1", modality
    made.PatientBirthDate = made.PatientSex = made.StudyDate = made.StudyTime = made.StudyID = made.AccessionNumber = ""
    made.ReferringPhysicianName = made.Manufacturer = ""
    made.SeriesNumber = made.InstanceNumber = 1
    return made


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
