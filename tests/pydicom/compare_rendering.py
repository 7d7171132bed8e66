#!/usr/bin/env python3
"""Compares the pictures that the gateway renders with what pydicom and numpy make of the same files.

    compare_rendering.py BASE_URL PASSWORD DATA_FOLDER [NAME...]

Every file with pixels is stored by STOW-RS; its first and last frame are rendered as PNG and compared with the pipeline
of PS3.4 §N.2 written down here once more: modality, VOI and presentation, or colour, overlays on top. Grey levels may
differ by one; where a lossy decoder has its say, or a colour transform rounds, by what is said below. Differences that
are expected are listed in expected_renderings.tsv beside this file, with a reason. Exit status 1 when anything is
unexplained. Of reports every text, number and meaning must be there. The traces of electrocardiograms must be where their values
are. Mask subtraction is compared over a series that is made here. NAMEs choose files by a part of their path.
"""

import html
import io
import pathlib
import sys
import warnings

import numpy
import pydicom
import requests
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from PIL import Image
from pydicom.pixels import apply_color_lut, pixel_array
from pydicom.pixels.processing import apply_modality_lut

import stow

HERE = pathlib.Path(__file__).resolve().parent
OTHER_SUFFIXES = {".jpeg", ".jpg", ".json", ".tsv", ".gz", ".md", ".txt"}
LEFT_OUT = {"broken-fuzz"}
LOSSY = {".50", ".51", ".55", ".81", ".91", ".203", ".112", ".111"}
# Files that are larger, or frames that are, take pydicom too long.
LARGEST = 32 << 20


def main(base, password, data, *names):
    data = pathlib.Path(data)
    session = requests.Session()
    session.auth = ("admin", password)
    expected = Expected(HERE / "expected_renderings.tsv")
    compared = unexplained = 0
    without = {}
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        is_other = path.suffix in OTHER_SUFFIXES or path.relative_to(data).parts[0] in LEFT_OUT
        if not path.is_file() or is_other or path.stat().st_size > LARGEST or not chosen(name, names):
            continue
        if name.startswith("volumes/") and not is_sample(path):
            continue
        for where, what in compare(session, base, path):
            if where == "without":
                without[what] = without.get(what, 0) + 1
                continue
            compared += where == "compared"
            if where != "compared" and not expected.explains(name, what):
                unexplained += 1
                print(f"{name}\t{what}")
    for where, what in () if names else compare_subtractions(session, base):
        compared += where == "compared"
        if where != "compared":
            unexplained += 1
            print(f"a subtraction\t{what}")
    for reason, count in sorted(without.items()):
        print(f"{count} files not compared: {reason}", file=sys.stderr)
    unused = [] if names else expected.unused()
    for entry in unused:
        print("expected, but not there:", *entry, sep="\t")
    explained = sum(expected.counts.values())
    print(f"{compared} pictures alike, {unexplained} unexplained differences, {explained} explained", file=sys.stderr)
    return 1 if unexplained or unused or (not names and compared < 300) else 0


def chosen(name, names):
    return not names or any(part in name for part in names)


def is_sample(path):
    """One slice in ten of a volume: they are all alike."""
    return sorted(path.parent.iterdir()).index(path) % 10 == 0


class Expected:
    """File and difference, each as a beginning of a line, and a reason."""

    def __init__(self, path):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.entries = [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]
        self.counts = dict.fromkeys(self.entries, 0)

    def explains(self, name, what):
        for entry in self.entries:
            if name == entry[0] and what.startswith(entry[1]):
                self.counts[entry] += 1
                return True
        return False

    def unused(self):
        return [entry for entry, count in self.counts.items() if count == 0]


def compare(session, base, path):
    """Yields ("compared", frame) or ("differs", what) for each frame, ("without", why) for a file that has no pictures."""
    try:
        dataset = pydicom.dcmread(path, force=True)
        frames = int(dataset.get("NumberOfFrames") or 1)
        has_pixels = any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
        is_report = str(dataset.get("SOPClassUID", "")).startswith("1.2.840.10008.5.1.4.1.1.88.")
        is_ecg = str(dataset.get("SOPClassUID", "")).startswith("1.2.840.10008.5.1.4.1.1.9.1.")
        if not has_pixels and not is_report and not is_ecg:
            yield "without", "they have no pixels and are no reports"
            return
        uids = [str(dataset[keyword].value) for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
    except Exception:
        yield "without", "pydicom does not read them or they have no UIDs"
        return
    stored = stow.send(session, base, path.read_bytes())
    if stored.status_code not in (200, 202):
        yield "without", "they are not taken (no UIDs, or other objects of the same UID came before)"
        return
    instance = "{}/studies/{}/series/{}/instances/{}".format(base, *uids)
    if is_report:
        yield from compare_report(session, instance, dataset)
        return
    if is_ecg:
        yield from compare_traces(session, instance, dataset)
        return
    for frame in sorted({1, frames}):
        try:
            wanted = picture(dataset, frame - 1)
        except Unsupported as why:
            yield "without", str(why)
            return
        except Exception as error:
            yield "without", f"pydicom does not decode them ({type(error).__name__})"
            return
        answer = session.get(f"{instance}/frames/{frame}/rendered", headers={"Accept": "image/png"})
        if answer.status_code != 200:
            yield "differs", f"frame {frame}: {answer.status_code} {answer.text[:150]}"
            continue
        found = numpy.asarray(Image.open(io.BytesIO(answer.content)))
        what = difference(found, wanted, tolerance(dataset, wanted))
        yield ("differs", f"frame {frame}: {what}") if what else ("compared", frame)


def rendered(session, url):
    answer = session.get(url, headers={"Accept": "image/png"})
    if answer.status_code != 200:
        raise Unsupported(f"{answer.status_code} {answer.text[:150]}")
    return numpy.asarray(Image.open(io.BytesIO(answer.content)))


def compare_traces(session, instance, dataset):
    """Where a value is, by 4 pixels a millimetre, 25 mm a second and 10 mm a millivolt, there is ink."""
    picture = rendered(session, f"{instance}/rendered")
    ink = (picture < 110).all(axis=2)
    # A pixel beside it counts as well.
    wide = ink | numpy.roll(ink, 1, 0) | numpy.roll(ink, -1, 0)
    for index, group in enumerate(dataset.WaveformSequence):
        units = {"uV": 0.001, "mV": 1.0}
        scale = [units[channel.ChannelSensitivityUnitsSequence[0].CodeValue] for channel in group.ChannelDefinitionSequence]
        values = dataset.waveform_array(index) * numpy.array(scale)
        columns = numpy.rint(12 + numpy.arange(len(values)) / float(group.SamplingFrequency) * 100).astype(int)
        rows, top = numpy.empty(values.shape), 0
        for channel in range(values.shape[1]):
            least, most = values[:, channel].min(), values[:, channel].max()
            height = 4 * numpy.ceil(numpy.clip((most - least) * 10 + 6, 15, 45))
            rows[:, channel] = top + height / 2 - (values[:, channel] - (least + most) / 2) * 40
            top += height
        rows = numpy.rint(rows).astype(int)
        found = max(wide[rows + offset, columns[:, None]].mean() for offset in range(picture.shape[0] - rows.max()))
        if found < 0.99:
            yield "differs", f"group {index + 1}: ink for {found:.2%} of the samples"
        else:
            yield "compared", index


def compare_subtractions(session, base):
    """An angiogram of six frames, subtracted in every way that the Standard knows."""
    random = numpy.random.default_rng(7)
    frames = random.integers(500, 900, (6, 12, 16)).astype(numpy.uint16)
    for operation, more, masks in (
        ("AVG_SUB", {"MaskFrameNumbers": [1, 2]}, lambda frame: frames[:2].astype(float).mean(axis=0)),
        ("TID", {"TIDOffset": 2, "ApplicableFrameRange": [3, 6]}, lambda frame: frames[frame - 2]),
        ("REV_TID", {"TIDOffset": 1, "ApplicableFrameRange": [4, 6]}, lambda frame: frames[2 - (frame - 3)]),
        ("AVG_SUB", {"MaskFrameNumbers": [1], "MaskSubPixelShift": [0.5, -1.25]}, lambda frame: moved(frames[0], 0.5, -1.25)),
    ):
        dataset = angiogram(frames, operation, more)
        content = io.BytesIO()
        dataset.save_as(content, enforce_file_format=True)
        stow.send(session, base, content.getvalue()).raise_for_status()
        instance = "{}/studies/{}/series/{}/instances/{}".format(
            base, dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID
        )
        for frame in (3, 5) if operation != "TID" else (2, 5):
            values = frames[frame].astype(float) - masks(frame)
            wanted = numpy.floor((values - values.min()) / (values.max() - values.min()) * 255 + 0.5).astype(numpy.uint8)
            what = difference(rendered(session, f"{instance}/frames/{frame + 1}/rendered"), wanted, (1, 0.0))
            yield ("differs", f"{operation} frame {frame + 1}: {what}") if what else ("compared", frame)


def moved(frame, down, right):
    """Linear between pixels; at the edges the outermost go on."""
    rows, columns = (numpy.arange(length) for length in frame.shape)
    across = numpy.stack([numpy.interp(columns - right, columns, row) for row in frame.astype(float)])
    return numpy.stack([numpy.interp(rows - down, rows, column) for column in across.T], axis=1)


def angiogram(frames, operation, more):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.12.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.PatientID, dataset.Modality = "SUBTRACTED", "XA"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 10, 9, 0
    dataset.RecommendedViewingMode = "SUB"
    mask = Dataset()
    mask.MaskOperation = operation
    for keyword, value in more.items():
        setattr(mask, keyword, value)
    dataset.MaskSubtractionSequence = [mask]
    dataset.PixelData = frames.tobytes()
    return dataset


def compare_report(session, instance, dataset):
    """Every text, number and meaning of the report is in its two representations."""
    said = sorted(set(said_by(dataset)))
    for kind in ("text/plain", "text/html"):
        answer = session.get(f"{instance}/rendered", headers={"Accept": kind})
        text = html.unescape(answer.content.decode("utf-8")) if answer.status_code == 200 else ""
        missing = [words for words in said if squeezed(words) not in squeezed(text)]
        if answer.status_code != 200 or missing:
            yield "differs", f"{kind}: {answer.status_code}, without {missing[:3]}"
        else:
            yield "compared", kind


def said_by(item):
    for keyword in ("TextValue", "NumericValue", "DateTime", "UID", "PersonName"):
        if keyword in item and item.get("ValueType", "NUM") != "CONTAINER":
            yield str(item[keyword].value)
    for keyword in ("ConceptNameCodeSequence", "ConceptCodeSequence", "MeasuredValueSequence"):
        for code in (item.get(keyword) or [])[:1]:
            yield from said_by(code) if keyword == "MeasuredValueSequence" else [str(code.get("CodeMeaning", ""))]
    for child in item.get("ContentSequence") or []:
        yield from said_by(child)


def squeezed(text):
    return "".join(text.split())


class Unsupported(Exception):
    """What this script does not know how to render."""


def tolerance(dataset, wanted):
    """Grey levels by which a pixel may differ, and the share of pixels that may differ by more."""
    syntax = str(dataset.file_meta.TransferSyntaxUID) if "TransferSyntaxUID" in getattr(dataset, "file_meta", {}) else ""
    lossy = any(syntax.endswith(f".4{suffix}") for suffix in LOSSY)
    if lossy:
        # Decoders of lossy streams may round, and a narrow window makes a level of it many; chrominance is scaled up
        # in more ways than one.
        return (4, 0.02) if wanted.ndim == 2 else (12, 0.05)
    return (1, 0.0)


def difference(found, wanted, allowed):
    if found.shape != wanted.shape:
        return f"{found.shape} instead of {wanted.shape}"
    distance = numpy.abs(found.astype(int) - wanted.astype(int))
    levels, share = allowed
    beyond = (distance > levels).mean()
    if beyond <= share:
        return None
    return f"{beyond:.4%} of samples differ by more than {levels}, by {distance.max()} at most"


def picture(dataset, index):
    """The frame as 8-bit grey levels or RGB."""
    photometric = dataset.get("PhotometricInterpretation") or "MONOCHROME2"
    stored = pixel_array(dataset, index=index)
    if int(dataset.get("SamplesPerPixel") or 1) == 1:
        if photometric == "PALETTE COLOR":
            return laid_over(dataset, index, eight_bits(apply_color_lut(stored, dataset), palette_bits(dataset)))
        if dataset.get("PixelPresentation") in ("COLOR", "MIXED") and "RedPaletteColorLookupTableDescriptor" in dataset:
            return laid_over(dataset, index, supplemental(dataset, stored, index))
        return laid_over(dataset, index, grey(dataset, stored, index))
    return laid_over(dataset, index, eight_bits(stored, int(dataset.BitsStored)))


def palette_bits(dataset):
    keyword = "RedPaletteColorLookupTableData"
    data = dataset.get(keyword)
    bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    if bits == 16 and data is not None and max(numpy.frombuffer(data, "<u2")) < 256:
        return 8
    return bits


def eight_bits(samples, bits):
    most = 2**bits - 1
    return numpy.floor(samples.astype(float) * 255 / most + 0.5).clip(0, 255).astype(numpy.uint8)


def groups(dataset, index):
    """The functional groups of a frame: shared, then its own."""
    found = []
    shared = dataset.get("SharedFunctionalGroupsSequence")
    own = dataset.get("PerFrameFunctionalGroupsSequence")
    if own and index < len(own):
        found.append(own[index])
    if shared:
        found.append(shared[0])
    return found


def grey(dataset, stored, index):
    values = stored.astype(float)
    rescaled = "RescaleSlope" in dataset or "RescaleIntercept" in dataset
    modality = rescaled
    transformed = [group.PixelValueTransformationSequence[0] for group in groups(dataset, index)
                   if group.get("PixelValueTransformationSequence")]
    if transformed:
        values = values * float(transformed[0].RescaleSlope) + float(transformed[0].RescaleIntercept)
        modality = (transformed[0].RescaleSlope, transformed[0].RescaleIntercept) != (1, 0)
    elif has_table(dataset, "ModalityLUTSequence"):
        values = apply_modality_lut(stored, dataset).astype(float)
        modality = True
    elif rescaled:
        slope = dataset.get("RescaleSlope")
        slope = 1.0 if slope in (None, "") or float(slope) == 0 else float(slope)
        intercept = float(dataset.get("RescaleIntercept") or 0)
        values = values * slope + intercept
        modality = (slope, intercept) != (1, 0)
    levels = voi(dataset, stored, values, index, modality)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE":
        levels = 1 - levels
    return numpy.floor(levels.clip(0, 1) * 255 + 0.5).astype(numpy.uint8)


def has_table(dataset, keyword):
    items = dataset.get(keyword)
    return bool(items) and items[0].get("LUTDescriptor") is not None


def voi(dataset, stored, values, index, modality):
    """Levels from 0 to 1."""
    for group in groups(dataset, index):
        frame = group.get("FrameVOILUTSequence")
        if frame and "WindowCenter" in frame[0]:
            return windowed(frame[0], values)
    if dataset.get("WindowCenter") not in (None, "") and dataset.get("WindowWidth") not in (None, ""):
        levels = windowed(dataset, values)
        if levels is not None:
            return levels
    if has_table(dataset, "VOILUTSequence"):
        return table(dataset.VOILUTSequence[0], values)
    bits = int(dataset.get("BitsStored") or 16)
    if bits <= 8 and not int(dataset.get("PixelRepresentation") or 0) and not modality and stored.dtype.kind in "ub":
        return values / (2**bits - 1)
    return full_range(dataset, stored, values)


def first(value):
    return float(value[0] if isinstance(value, pydicom.multival.MultiValue) else value)


def windowed(item, values):
    center, width = first(item.WindowCenter), first(item.WindowWidth)
    function = item.get("VOILUTFunction") or "LINEAR"
    if function == "LINEAR" and width < 1:
        function = "LINEAR_EXACT"
    if width <= 0:
        return None
    if function == "SIGMOID":
        return 1 / (1 + numpy.exp(-4 * (values - center) / width))
    if function == "LINEAR" and width == 1:
        return (values > center - 0.5).astype(float)
    if function == "LINEAR":
        return ((values - (center - 0.5)) / (width - 1) + 0.5).clip(0, 1)
    return ((values - center) / width + 0.5).clip(0, 1)


def table(item, values):
    count, start, bits = (int(number) for number in item.LUTDescriptor)
    count = count or 65536
    if start > 32767 and values.min() < 0:
        start -= 65536
    data = item["LUTData"]
    raw = data.value
    entries = numpy.frombuffer(raw, "<u2") if isinstance(raw, bytes) else numpy.asarray(raw)
    entries = entries[:count]
    return entries[(values.astype(int) - start).clip(0, len(entries) - 1)] / (2**bits - 1)


def full_range(dataset, stored, values):
    shown = numpy.isfinite(values)
    if "PixelPaddingValue" in dataset and dataset.PixelPaddingValue is not None:
        one = signed(dataset, dataset.PixelPaddingValue)
        other = signed(dataset, dataset.get("PixelPaddingRangeLimit", dataset.PixelPaddingValue))
        shown &= ~((stored >= min(one, other)) & (stored <= max(one, other)))
    if not shown.any():
        return numpy.where(values > 0, 1.0, 0.0)
    least, most = values[shown].min(), values[shown].max()
    if least == most:
        return (values > most).astype(float)
    return numpy.nan_to_num((values - least) / (most - least), nan=0.0).clip(0, 1)


def signed(dataset, value):
    value = int.from_bytes(value[:2], "little") if isinstance(value, bytes) else int(value)
    return value - 65536 if int(dataset.get("PixelRepresentation") or 0) and value > 32767 else value


def supplemental(dataset, stored, index):
    levels = grey(dataset, stored, index)
    count, start, _ = (int(number) for number in dataset.RedPaletteColorLookupTableDescriptor)
    # pydicom does not know supplemental palettes.
    channels = [
        numpy.frombuffer(dataset[f"{colour}PaletteColorLookupTableData"].value, "<u2")
        for colour in ("Red", "Green", "Blue")
    ]
    places = (stored.astype(int) - start).clip(0, count - 1)
    colours = eight_bits(numpy.stack([channel[places] for channel in channels], -1), palette_bits(dataset))
    return numpy.where((stored >= start)[..., None], colours, levels[..., None]).astype(numpy.uint8)


def laid_over(dataset, index, picture):
    """With the overlay planes in white."""
    picture = picture.copy()
    for group in range(0x6000, 0x6020, 2):
        if not all((group, element) in dataset and dataset[group, element].value for element in (0x3000, 0x0010, 0x0011)):
            continue
        rows, columns = int(dataset[group, 0x0010].value), int(dataset[group, 0x0011].value)
        bits = numpy.unpackbits(numpy.frombuffer(dataset[group, 0x3000].value, numpy.uint8), bitorder="little")
        count = (group, 0x0015) in dataset or (group, 0x0051) in dataset
        place = index - (int(dataset[group, 0x0051].value or 1) - 1 if (group, 0x0051) in dataset else 0) if count else 0
        mask = bits[place * rows * columns : (place + 1) * rows * columns]
        if place < 0 or len(mask) < rows * columns:
            continue
        top, left = (int(number) - 1 for number in (dataset[group, 0x0050].value or (1, 1)))
        for row, column in numpy.argwhere(mask.reshape(rows, columns)):
            if 0 <= row + top < picture.shape[0] and 0 <= column + left < picture.shape[1]:
                picture[row + top, column + left] = 255
    return picture


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import logging

    logging.disable(logging.CRITICAL)
    sys.exit(main(*sys.argv[1:]))
