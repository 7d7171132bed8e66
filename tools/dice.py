"""How well the classes of a CT's intensity histogram are the bones that a label map says: Dice's coefficient, 2 |A ∩ B| / (|A| + |B|).

dice.py FOLDER LABELS.nii.gz NAMES.json
    FOLDER has the slices of one Series; LABELS numbers the structures of the same volume (NIfTI, as TotalSegmentator writes them);
    NAMES has {"labels": [{"label": 1, "name": "spleen"}, …]}
    PACS=target/release/pacs   WORK=/tmp/pacs-slices

Asks a gateway of its own for `…/segmentation` as octets, by each method, whole and its largest connected part. Needs numpy.
"""

import gzip
import json
import shutil
import struct
import sys

import numpy as np
from slices import WORK, Gateway, imported

BONES = ("vertebrae", "rib_", "sternum", "scapula", "clavicula", "humerus", "femur", "hip_", "sacrum", "skull", "costal_bone")
ASKED = [
    ("histogram", "method=histogram", 2),
    ("histogram, largest part", "method=histogram&class=2&components=largest", 1),
    ("Otsu of 3 classes", "method=otsu&classes=3", 2),
    ("Otsu of 4 classes", "method=otsu&classes=4", 3),
    ("Otsu of 4 classes, largest part", "method=otsu&classes=4&class=3&components=largest", 1),
    ("Otsu of 5 classes", "method=otsu&classes=5", 4),
]
TYPES = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 256: "i1", 512: "<u2", 768: "<u4"}


def nifti(path):
    """Values by i, j, k, and the matrix from these to mm, left and posterior and up."""
    data = gzip.open(path).read()
    size = struct.unpack_from("<8h", data, 40)[1:4]
    kind, start = struct.unpack_from("<h", data, 70)[0], int(struct.unpack_from("<f", data, 108)[0])
    by_quaternion, by_matrix = struct.unpack_from("<2h", data, 252)
    assert by_matrix > 0, f"the file has no sform ({by_quaternion})"
    matrix = np.vstack([np.frombuffer(data, "<f4", 12, 280).reshape(3, 4), [0, 0, 0, 1]])
    values = np.frombuffer(data, TYPES[kind], int(np.prod(size)), start).reshape(size, order="F")
    return values, np.diag([-1, -1, 1, 1]) @ matrix


def like(values, matrix, size, place):
    """The values as an array of slices, rows and columns that `place` says where they lie."""
    turned = np.linalg.inv(matrix) @ place
    picked = [None] * 3
    for axis in range(3):
        along = int(np.argmax(np.abs(turned[axis, :3])))
        others = np.delete(turned[axis, :3], along)
        assert np.abs(others).max() < 0.01 and abs(abs(turned[axis, along]) - 1) < 0.01, "the label map has another grid"
        at = np.rint(turned[axis, along] * np.arange(size[along]) + turned[axis, 3]).astype(int)
        assert at.min() >= 0 and at.max() < values.shape[axis], "the label map is smaller"
        picked[axis] = (along, at)
    chosen = values[np.ix_(*(at for _, at in picked))]
    return np.transpose(chosen, [[along for along, _ in picked].index(axis) for axis in (2, 1, 0)])


def segmented(gateway, path, query):
    headers = {"Authorization": gateway.user, "Accept": "application/octet-stream"}
    gateway.connection.request("GET", f"/dicom-web/{path}segmentation?{query}", headers=headers)
    answer = gateway.connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (query, answer.status, body[:500])
    return np.frombuffer(body, np.uint8), answer.headers


def numbers(text):
    return np.array([float(number) for number in text.split(",")])


def main(folder, labels, names):
    structures = {one["label"]: one["name"] for one in json.load(open(names))["labels"]}
    imported([folder])
    gateway = Gateway()
    try:
        path = gateway.series()
        bone = None
        for name, query, label in ASKED:
            found, headers = segmented(gateway, path, query)
            rows, columns = int(headers["x-rows"]), int(headers["x-columns"])
            found = found.reshape(-1, rows, columns) == label
            if bone is None:
                positions = [numbers(place) for place in headers["x-slice-positions"].split()]
                down, across = numbers(headers["x-pixel-spacing"])
                cosines = numbers(headers["x-image-orientation-patient"])
                step = (positions[-1] - positions[0]) / (len(found) - 1)
                place = np.eye(4)
                place[:3] = np.column_stack([cosines[:3] * across, cosines[3:] * down, step, positions[0]])
                values = like(*nifti(labels), (columns, rows, len(found)), place)
                wanted = [label for label, words in structures.items() if words.startswith(BONES)]
                bone = np.isin(values, wanted)
                print(f"bones: {', '.join(structures[label] for label in wanted)}")
            both = np.count_nonzero(found & bone)
            dice = 2 * both / (np.count_nonzero(found) + np.count_nonzero(bone))
            print(f"{name:32} Dice {dice:.3f}, of the bones {both / np.count_nonzero(bone):.1%}, "
                  f"of what was found {both / max(np.count_nonzero(found), 1):.1%} is bone")
        print(gateway.ask(path + "segmentation", "application/json")[1].decode())
    finally:
        gateway.stop()
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
