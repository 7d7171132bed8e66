#!/usr/bin/env python3
"""Pictures of known origin for the benchmark and the quality of `compute::similar`.

    pictures.py OUT [--origins 300] [--variants 4] [--side 512] [--seed 12]
    pictures.py OUT --studies FOLDER

Reads the JPEG and PNG files below `radiographs/` of the folder that PACS_TEST_DATA names, takes some of them (which ones is the seed's
choice), and writes each, and variants of it, as `OUT/ORIGIN_VARIANT.u16`: squares of 12-bit samples, 16 bits each, little endian. A variant
is turned (3 degrees), scaled (3 %), moved (2 % of the side) and bent (1.2 %), its gamma changed (15 %) and noise added (4 of 255): all of
them standard deviations. With --studies it makes none, but reads the DICOM images of a folder whose `truth.json` says which are of the
same origin, [{"file": ..., "base": 0, "variant": 0}, ...]: uncompressed, square, of 8 or 16 bits. Needs numpy and pillow, or pydicom.
"""
import argparse
import json
import math
import os
import pathlib

import numpy as np

try:
    from PIL import Image
except ImportError:
    Image = None


def variant(picture, random):
    side = len(picture)
    turn, scale = math.radians(random.normal(0, 3)), 1 + random.normal(0, 0.03)
    move = random.normal(0, 0.02, 2) * side
    bends = random.normal(0, 0.012, (2, 4, 4)).astype(np.float32)
    bend = [np.asarray(Image.fromarray(part).resize((side, side), Image.BICUBIC)) * side for part in bends]
    y, x = np.mgrid[:side, :side].astype(np.float32) - side / 2
    column = (math.cos(turn) * x - math.sin(turn) * y) / scale + side / 2 + move[0] + bend[0]
    row = (math.sin(turn) * x + math.cos(turn) * y) / scale + side / 2 + move[1] + bend[1]
    column, row = np.clip(column, 0, side - 1.001), np.clip(row, 0, side - 1.001)
    left, top = column.astype(int), row.astype(int)
    across, down = column - left, row - top
    upper = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    lower = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    moved = np.clip(upper * (1 - down) + lower * down, 0, 255) / 255
    return np.clip(255 * moved ** math.exp(random.normal(0, 0.15)) + random.normal(0, 4, picture.shape), 0, 255)


def stored(folder, out):
    """The images of a folder with a truth.json."""
    import pydicom

    for told in json.loads((folder / "truth.json").read_text()):
        image = pydicom.dcmread(folder / told["file"])
        samples = image.pixel_array.astype("<u2") * (1 if image.BitsStored > 8 else 16)
        samples.tofile(out / f"{told['base']:05d}_{told['variant']:02d}.u16")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    for name, default in (("origins", 300), ("variants", 4), ("side", 512), ("seed", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--studies", type=pathlib.Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.studies:
        return stored(asked.studies, asked.out)
    folder = pathlib.Path(os.environ["PACS_TEST_DATA"]) / "radiographs"
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    random = np.random.default_rng(asked.seed)
    for origin, place in enumerate(random.permutation(len(files))[: asked.origins]):
        picture = np.asarray(Image.open(files[place]).convert("L").resize((asked.side, asked.side), Image.BICUBIC), float)
        for number in range(asked.variants + 1):
            made = variant(picture, random) if number else picture
            (made * 16).astype("<u2").tofile(asked.out / f"{origin:05d}_{number:02d}.u16")


if __name__ == "__main__":
    main()
