#!/usr/bin/env python3
"""How well plain descriptors find pictures of the same origin: what the profiles of `compute::similar` are measured beside.

    hog.py FOLDER

FOLDER has squares of 16-bit samples in files `ORIGIN_VARIANT.u16`, as `pictures.py` writes them. Prints recall@1 and mean average
precision over the 50 nearest, as the example `similar_quality` of `compute` does on the same folder, of

- thumbnails of 32 x 32 without their mean, compared by their angle: the floor;
- HOG (Dalal and Triggs, scikit-image): the picture at 64 x 64, 9 directions, cells of 8 x 8, blocks of 2 x 2, compared by their angle.

Needs numpy, pillow and scikit-image.
"""
import pathlib
import sys
import time

import numpy as np
from PIL import Image
from skimage.feature import hog

NEAREST = 50


def thumbnail(picture):
    small = np.asarray(Image.fromarray(picture).resize((32, 32), Image.BOX), np.float32).ravel()
    return small - small.mean()


def gradients(picture):
    small = np.asarray(Image.fromarray(picture).resize((64, 64), Image.BOX))
    return hog(small, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)).astype(np.float32)


def quality(descriptors, origins):
    descriptors = descriptors / (np.linalg.norm(descriptors, axis=1, keepdims=True) + 1e-9)
    alike = descriptors @ descriptors.T
    np.fill_diagonal(alike, -np.inf)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
    hits = origins[nearest] == origins[:, None]
    relatives = (origins[:, None] == origins[None, :]).sum(1) - 1
    precision = np.cumsum(hits, 1) / np.arange(1, hits.shape[1] + 1)
    return hits[:, 0].mean(), ((precision * hits).sum(1) / np.maximum(relatives, 1)).mean()


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.u16"))
    origins = np.array([int(file.stem.split("_")[0]) for file in files])
    pictures = []
    for file in files:
        samples = np.fromfile(file, "<u2").astype(np.float32)
        side = int(len(samples) ** 0.5)
        least, most = samples.min(), samples.max()
        pictures.append((255 * (samples - least) / max(most - least, 1)).astype(np.uint8).reshape(side, side))
    for name, make in (("thumbnail 32", thumbnail), ("HOG 64", gradients)):
        begun = time.perf_counter()
        made = np.stack([make(picture) for picture in pictures])
        each = 1e3 * (time.perf_counter() - begun) / len(pictures)
        recall, precision = quality(made, origins)
        print(f"{name}: recall@1 {recall:.3f}, mAP {precision:.3f}, {len(files)} pictures, {each:.2f} ms each to make")


if __name__ == "__main__":
    main()
