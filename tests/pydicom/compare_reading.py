#!/usr/bin/env python3
"""Compares what our reader makes of DICOM files with what pydicom makes of them.

    compare_reading.py PATH_OF_EXAMPLE_dicom_json DATA_FOLDER

Every element of every file must have the same VR and the same values, every Pixel Data element the same position and
number of frames. A difference that is expected is listed in expected_differences.tsv beside this file, with a reason;
one that is listed and no longer there fails too. Exit status 1 when anything is unexplained.
"""

import base64
import fnmatch
import json
import math
import pathlib
import struct
import subprocess
import sys
import warnings

import pydicom
import pydicom.config
import pydicom.encaps
from pydicom.dataelem import RawDataElement

HERE = pathlib.Path(__file__).resolve().parent
OTHER_SUFFIXES = {".jpeg", ".jpg", ".json", ".tsv", ".gz", ".md", ".txt"}
BINARY = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}
PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}


def main(example, data):
    data = pathlib.Path(data)
    paths = sorted(
        path
        for path in data.rglob("*")
        if path.is_file() and path.suffix not in OTHER_SUFFIXES and path.relative_to(data).parts[0] != "broken-fuzz"
    )
    listing = "\n".join(str(path) for path in paths)
    ours = subprocess.run([example], input=listing, stdout=subprocess.PIPE, check=True, text=True, encoding="utf-8")
    expected = Expected(HERE / "expected_differences.tsv")
    unexplained = 0
    for path, line in zip(paths, ours.stdout.split("\n")):
        name = path.relative_to(data).as_posix()
        for where, what in differences(path, json.loads(line)):
            if not expected.explains(name, where, what):
                unexplained += 1
                print(f"{name}\t{where}\t{what}")
    unused = expected.unused()
    for entry in unused:
        print("expected, but not there:", *entry, sep="\t")
    print(f"{len(paths)} files, {unexplained} unexplained differences, {expected.used()} explained", file=sys.stderr)
    return 1 if unexplained or unused else 0


class Expected:
    """The allow-list: file, element and difference as patterns, and a reason."""

    def __init__(self, path):
        lines = path.read_text(encoding="utf-8").splitlines()
        self.entries = [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]
        self.counts = dict.fromkeys(self.entries, 0)

    def explains(self, name, where, what):
        for entry in self.entries:
            patterns = entry[:3]
            if all(fnmatch.fnmatchcase(text, pattern) for text, pattern in zip((name, where, what), patterns)):
                self.counts[entry] += 1
                return True
        return False

    def unused(self):
        return [entry for entry, count in self.counts.items() if count == 0]

    def used(self):
        return sum(self.counts.values())


def differences(path, ours):
    """Yields (element path, what differs)."""
    try:
        theirs = pydicom.dcmread(path, force=True)
    except Exception as error:
        if "error" not in ours:
            yield "file", f"pydicom cannot read it: {error}"
        return
    if "error" in ours:
        yield "file", f"we cannot read it: {ours['error']}"
        return
    meta = getattr(theirs, "file_meta", None)
    syntax = str(getattr(meta, "TransferSyntaxUID", ""))
    if syntax and syntax != ours["transfer_syntax"]:
        yield "file", f"transfer syntax: {ours['transfer_syntax']!r}, not {syntax!r}"
    yield from compare_items(theirs, ours["json"], "")
    yield from compare_pixels(theirs, ours)


def compare_items(theirs, ours, where):
    """Compares the data set or Item `theirs` with the JSON object `ours`."""
    known = set()
    for tag in sorted(theirs.keys()):
        if tag.element == 0 or tag.group in (0x0002, 0xFFFE):
            continue
        key = f"{tag.group:04X}{tag.element:04X}"
        known.add(key)
        here = where + key
        if key not in ours:
            yield here, f"missing: {theirs.get_item(tag)!r:.80}"
            continue
        raw = theirs.get_item(tag)
        untouched = isinstance(raw, RawDataElement) or not raw.value
        if untouched and ours[key]["vr"] == "UN" and "BulkDataURI" not in ours[key]:
            # pydicom knows private dictionaries. What counts are the bytes.
            if base64.b64decode(ours[key].get("InlineBinary", "")) != (raw.value or b""):
                yield here, "other bytes of UN"
            continue
        try:
            element = theirs[tag]
        except Exception as error:
            yield here, f"pydicom cannot read it: {type(error).__name__}"
            continue
        yield from compare_elements(element, ours[key], here, not theirs.original_encoding[1])
    for key in sorted(set(ours) - known):
        yield where + key, f"not there for pydicom: {json.dumps(ours[key])[:80]}"


def compare_elements(element, ours, where, big_endian):
    if element.VR != ours["vr"]:
        yield where, f"VR {ours['vr']}, not {element.VR}"
        return
    if element.VR == "SQ":
        items = ours.get("Value", [])
        if len(items) != len(element.value):
            yield where, f"{len(items)} items, not {len(element.value)}"
        for number, (inner, our_item) in enumerate(zip(element.value, items), 1):
            yield from compare_items(inner, our_item, f"{where}/{number}/")
        return
    if "BulkDataURI" in ours:
        if ours["BulkDataURI"] != "bulk:" + where:
            yield where, f"BulkDataURI {ours['BulkDataURI']!r}"
        return
    if element.VR in BINARY:
        value = base64.b64decode(ours.get("InlineBinary", ""))
        if value != (element.value or b"") and not (big_endian and swapped(value, element.VR) == element.value):
            yield where, "other bytes"
        return
    try:
        value = element.to_json_dict(None, 1 << 30).get("Value", [])
    except Exception as error:
        yield where, f"pydicom cannot write it: {type(error).__name__}"
        return
    ours, value = normal(ours.get("Value", []), element.VR), normal(value, element.VR)
    if ours != value:
        yield where, f"{element.VR} {ours!r:.150}, not {value!r:.150}"


def swapped(value, vr):
    size = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}.get(vr, 1)
    return b"".join(value[at : at + size][::-1] for at in range(0, len(value), size))


def normal(values, vr):
    """Values as they compare: numbers by what they are, texts without padding, empty ones as None."""
    return [one(value, vr) for value in values] if any(value not in ("", None) for value in values) else []


def one(value, vr):
    if value in ("", None, {}):
        return None
    if vr == "PN":
        return {key: group.rstrip(" \0") for key, group in value.items() if group.rstrip(" \0")} or None
    if vr == "FL":
        return number(struct.unpack("<f", struct.pack("<f", float(value)))[0])
    if vr in ("FD", "DS"):
        try:
            return number(float(value))
        except ValueError:
            return value.strip(" \0")
    if vr in ("IS", "SV", "UV"):
        try:
            return int(value)
        except ValueError:
            return value.strip(" \0")
    if isinstance(value, str):
        return (value if vr in ("LT", "ST", "UT", "UC") else value.lstrip(" \0")).rstrip(" \0") or None
    return value


def number(value):
    return "NaN" if math.isnan(value) else value


def compare_pixels(theirs, ours):
    """Position of Pixel Data and number of frames."""
    found = [tag for tag in sorted(PIXELS) if tag in theirs]
    if not found:
        if ours["pixel_data_start"] is not None:
            yield "pixels", "there are none for pydicom"
        return
    raw = theirs.get_item(found[-1])
    start = raw.value_tell if isinstance(raw, RawDataElement) else raw.file_tell
    if ours["deflated"]:
        # We count on from where the deflated part begins, pydicom begins anew.
        start += ours["data_set_start"]
    if start != ours["pixel_data_start"]:
        yield "pixels", f"begin at {ours['pixel_data_start']}, not {start}"
    try:
        count = frames(theirs, theirs[found[-1]].value)
    except Exception as error:
        yield "pixels", f"pydicom cannot count the frames: {type(error).__name__}"
        return
    if ours["frames"] != count:
        yield "pixels", f"{ours['frames']} frames, not {count}"


def frames(theirs, value):
    if not value:
        return 0
    declared = int(theirs.get("NumberOfFrames", 1) or 1)
    if not value.startswith(b"\xfe\xff\x00\xe0"):
        return declared
    offsets = theirs.get("ExtendedOffsetTable"), theirs.get("ExtendedOffsetTableLengths")
    table = offsets if all(offsets) else None
    return sum(1 for _ in pydicom.encaps.generate_frames(value, number_of_frames=declared, extended_offsets=table))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    warnings.simplefilter("ignore")
    pydicom.config.logger.setLevel("CRITICAL")
    sys.exit(main(*sys.argv[1:]))
