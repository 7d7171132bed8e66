#!/usr/bin/env python3
"""Compares what the gateway encodes without loss with the samples it was given, by decoders of other people.

    foreign_decoders.py BASE_URL PASSWORD

Images of every kind below are stored by STOW-RS in Explicit VR Little Endian and retrieved in each transfer syntax. Each
frame must come out of each decoder bit for bit: OpenJPEG (JPEG 2000, HTJ2K), FFmpeg's own decoder (the same, of samples
without a sign), OpenJPH (HTJ2K), libjxl (JPEG XL), Thomas Richter's libjpeg (JPEG-LS, JPEG Lossless), CharLS (JPEG-LS), the
Lossless JPEG decoder of imagecodecs (JPEG Lossless of grey), and pylibjpeg-rle. Exit status 1 when one does not.
"""

import io
import sys

import av
import imagecodecs
import libjpeg
import numpy
import openjpeg
import pydicom
import requests
import rle.rle
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from stow import store

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ROWS, COLUMNS, FRAMES = 37, 54, 2

# Bits Stored, whether samples have a sign, Samples per Pixel.
KINDS = [(8, 0, 1), (8, 1, 1), (12, 0, 1), (12, 1, 1), (16, 0, 1), (16, 1, 1), (8, 0, 3)]


def rle_frame(frame, image):
    planes = rle.rle.decode_frame(frame, image.Rows * image.Columns, image.BitsAllocated, "<")
    planes = numpy.frombuffer(bytes(planes), f"<u{image.BitsAllocated // 8}")
    return planes.reshape(image.SamplesPerPixel, image.Rows, image.Columns).transpose(1, 2, 0)


def ffmpeg(frame, image):
    """It knows no samples with a sign, and gives those of 9 bits or more in the upper ones of 16."""
    if image.PixelRepresentation:
        return None
    decoder = av.CodecContext.create("jpeg2000", "r")
    decoded, *_ = [*decoder.decode(av.Packet(frame)), *decoder.decode(None)]
    (plane,) = decoded.planes
    width = image.BitsAllocated // 8 * image.SamplesPerPixel * image.Columns
    lines = numpy.frombuffer(bytes(plane), numpy.uint8).reshape(image.Rows, -1)[:, :width]
    samples = numpy.frombuffer(lines.tobytes(), f"<u{image.BitsAllocated // 8}")
    return samples >> (image.BitsAllocated - image.BitsStored)


# By transfer syntax: name, and decoders by theirs. A decoder is given a frame and the data set it came in.
SYNTAXES = {
    "1.2.840.10008.1.2.4.90": (
        "JPEG 2000 Lossless",
        {
            "OpenJPEG": lambda frame, _: openjpeg.decode(frame),
            "OpenJPEG of imagecodecs": lambda frame, _: imagecodecs.jpeg2k_decode(frame),
            "FFmpeg": ffmpeg,
        },
    ),
    "1.2.840.10008.1.2.4.201": (
        "HTJ2K Lossless",
        {
            "OpenJPH": lambda frame, _: imagecodecs.htj2k_decode(frame),
            "OpenJPEG": lambda frame, _: openjpeg.decode(frame),
            "FFmpeg": ffmpeg,
        },
    ),
    "1.2.840.10008.1.2.4.110": ("JPEG XL Lossless", {"libjxl": lambda frame, _: imagecodecs.jpegxl_decode(frame)}),
    "1.2.840.10008.1.2.4.80": (
        "JPEG-LS Lossless",
        {
            "libjpeg": lambda frame, _: libjpeg.decode(frame),
            "CharLS": lambda frame, _: imagecodecs.jpegls_decode(frame),
        },
    ),
    "1.2.840.10008.1.2.4.70": (
        "JPEG Lossless SV1",
        {
            "libjpeg": lambda frame, _: libjpeg.decode(frame),
            "ljpeg of imagecodecs": lambda frame, image: ljpeg(frame, image),
        },
    ),
    "1.2.840.10008.1.2.5": ("RLE Lossless", {"pylibjpeg-rle": rle_frame}),
}


def ljpeg(frame, image):
    """It decodes grey only."""
    return None if image.SamplesPerPixel > 1 else imagecodecs.ljpeg_decode(frame)


def main(base, password):
    session = requests.Session()
    session.auth = ("admin", password)
    random = numpy.random.default_rng(20260315)
    compared, wrong = 0, []
    for bits, signed, samples_per_pixel in KINDS:
        samples = picture(random, bits, signed, samples_per_pixel)
        source = data_set(samples, bits, signed, samples_per_pixel)
        url = store(session, base, source)
        for syntax, (name, decoders) in SYNTAXES.items():
            what = f"{name}, {bits} bits, {'signed' if signed else 'unsigned'}, {samples_per_pixel} samples"
            answer = session.get(url, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"}, timeout=60)
            if answer.status_code != 200:
                wrong.append(f"{what}: {answer.status_code} {answer.text}")
                continue
            image = pydicom.dcmread(io.BytesIO(answer.content))
            wrong += [f"{what}: {words}" for words in differences(image, source, syntax)]
            frames = list(generate_frames(image.PixelData, number_of_frames=FRAMES))
            for decoder, decode in decoders.items():
                for number, (frame, expected) in enumerate(zip(frames, samples, strict=True), 1):
                    try:
                        decoded = decode(frame, image)
                    except Exception as error:
                        wrong.append(f"{what}: {decoder} refuses frame {number}: {error!r}")
                        continue
                    if decoded is None:
                        continue
                    compared += 1
                    if not numpy.array_equal(values(decoded, image), expected):
                        wrong.append(f"{what}: frame {number} is another by {decoder}")
    print(f"{compared} frames compared", *wrong, sep="\n")
    return 1 if wrong or compared < 2 * len(KINDS) * len(SYNTAXES) else 0


def picture(random, bits, signed, samples_per_pixel):
    """Slopes with noise, and the least and the greatest value that there can be."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    rows, columns = numpy.mgrid[0:ROWS, 0:COLUMNS]
    frames = []
    for frame in range(FRAMES):
        planes = []
        for plane in range(samples_per_pixel):
            slope = (rows * (3 + plane) + columns * (2 + frame)) / (ROWS * (3 + plane) + COLUMNS * (2 + frame))
            noise = random.integers(-(1 << (bits - 4)), 1 << (bits - 4), (ROWS, COLUMNS))
            planes.append(numpy.clip((low + slope * (high - low)).astype(numpy.int64) + noise, low, high))
        frames.append(numpy.stack(planes, axis=-1))
        frames[-1][0, 0], frames[-1][-1, -1] = high, low
    return numpy.stack(frames)


def data_set(samples, bits, signed, samples_per_pixel):
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.PatientName, image.PatientID, image.Modality = "Foreign^Decoder", "F1", "OT"
    image.Rows, image.Columns, image.NumberOfFrames = ROWS, COLUMNS, FRAMES
    image.SamplesPerPixel = samples_per_pixel
    image.PhotometricInterpretation = "MONOCHROME2" if samples_per_pixel == 1 else "RGB"
    if samples_per_pixel > 1:
        image.PlanarConfiguration = 0
    image.BitsAllocated = 8 if bits <= 8 else 16
    image.BitsStored, image.HighBit, image.PixelRepresentation = bits, bits - 1, signed
    # Bits beyond those stored are those of the sign.
    image.PixelData = samples.astype(f"<i{image.BitsAllocated // 8}").tobytes()
    image["PixelData"].VR = "OB" if bits <= 8 else "OW"
    return image


def differences(image, source, syntax):
    """What an object that lost nothing must say of itself."""
    if image.file_meta.TransferSyntaxUID != syntax:
        yield f"it came as {image.file_meta.TransferSyntaxUID}"
    for keyword in (
        "SOPInstanceUID", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "BitsStored",
        "HighBit", "PixelRepresentation",
    ):
        if image[keyword].value != source[keyword].value:
            yield f"{keyword} is {image[keyword].value}"
    if "LossyImageCompression" in image and image.LossyImageCompression == "01":
        yield "it says that it lost something"


def values(decoded, image):
    """The samples as numbers: the bits that are stored, with their sign, wherever the decoder left it."""
    bits = image.BitsStored
    decoded = decoded.reshape(image.Rows, image.Columns, image.SamplesPerPixel).astype(numpy.int64)
    decoded &= (1 << bits) - 1
    if image.PixelRepresentation:
        decoded = numpy.where(decoded >= 1 << (bits - 1), decoded - (1 << bits), decoded)
    return decoded


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
