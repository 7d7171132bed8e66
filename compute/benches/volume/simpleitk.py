#!/usr/bin/env python3
"""Volume operations beside those of SimpleITK: a table of the least times, on the same samples, with as many threads.

    simpleitk.py COMMAND …      the bench `volume` of `compute` with the word `beside`, which prints a JSON object a line

The command runs before and after SimpleITK, and the better of its times counts. Results are compared: a mean of values, or a
count. Without SimpleITK the table has one column.
"""
import json
import os
import subprocess
import sys
import time

try:
    import numpy as np
    import SimpleITK as sitk
except ImportError:
    sitk = None

SIZE = (512, 512, 400)
SHAPES = [
    ((0.0, 0.0, 0.0), (150.0, 105.0, 260.0), 40),
    ((-70.0, 0.0, 40.0), (50.0, 70.0, 110.0), -820),
    ((70.0, 0.0, 40.0), (50.0, 70.0, 110.0), -820),
    ((0.0, 75.0, 0.0), (18.0, 18.0, 250.0), 600),
    ((20.0, -30.0, 0.0), (40.0, 35.0, 50.0), 180),
]


def ours(command):
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in answer.splitlines() if line.startswith("{")]


def body():
    """The samples that the bench makes (`body.rs`)."""
    x, y = np.arange(SIZE[0], dtype=np.uint64), np.arange(SIZE[1], dtype=np.uint64)[:, None]
    places = [0.7 * x.astype(float) - 178.85, 0.7 * y.astype(float) - 178.85]
    within = [sum(((place - centre[axis]) / radii[axis]) ** 2 for axis, place in enumerate(places)) for centre, radii, _ in SHAPES]
    noise = (x * np.uint64(2_654_435_761)) ^ (y * np.uint64(40_503))
    samples = np.empty(SIZE[::-1], np.int16)
    for z in range(SIZE[2]):
        values = np.full(SIZE[1::-1], -1000, np.int16)
        for (centre, radii, value), plane in zip(SHAPES, within):
            values[plane + ((z - 199.5 - centre[2]) / radii[2]) ** 2 <= 1.0] = value
        samples[z] = values + ((noise ^ np.uint64(z * 9_973)) >> np.uint64(4) & np.uint64(31)).astype(np.int16) - 16
    image = sitk.GetImageFromArray(samples)
    image.SetSpacing((0.7, 0.7, 1.0))
    image.SetOrigin((-178.85, -178.85, -199.5))
    return image


def mean(image):
    return float(sitk.GetArrayViewFromImage(image).mean(dtype=np.float64))


def sliced(row):
    across, down = np.array(row["across"]), np.array(row["down"])
    lengths = [float(np.linalg.norm(way)) for way in (across, down)]
    across, down = across / lengths[0], down / lengths[1]
    resample = sitk.ResampleImageFilter()
    resample.SetOutputOrigin(row["corner"])
    resample.SetOutputSpacing((*lengths, 1.0))
    resample.SetOutputDirection(np.column_stack([across, down, np.cross(across, down)]).ravel().tolist())
    resample.SetSize((*row["size"], 1))
    resample.SetInterpolator(sitk.sitkNearestNeighbor if "nearest" in row["name"] else sitk.sitkLinear)
    resample.SetDefaultPixelValue(-1000)
    resample.SetOutputPixelType(sitk.sitkFloat32)
    return lambda image: mean(resample.Execute(image)), lambda image: resample.Execute(image)


def theirs(row, image):
    """What SimpleITK makes of the volume, and how to time it."""
    name = row["name"]
    if name.startswith("slice"):
        check, run = sliced(row)
        return check, run, 21
    if "along" in name:
        project = sitk.MaximumProjection if name.startswith("maximum") else sitk.MeanProjection
        run = lambda image: project(image, row["axis"])
        return lambda image: mean(run(image)), run, 3
    if "Otsu" in name:
        otsu = sitk.OtsuMultipleThresholdsImageFilter()
        otsu.SetNumberOfThresholds(2)
        otsu.SetNumberOfHistogramBins(512)

        def check(image):
            otsu.Execute(image)
            return otsu.GetThresholds()[1]

        return check, otsu.Execute, 1
    above = sitk.Cast(image >= row["cut"], sitk.sitkUInt8)

    def largest(_):
        parts = sitk.ConnectedComponent(above)
        return int(np.bincount(sitk.GetArrayViewFromImage(parts).ravel())[1:].max())

    return largest, lambda _: sitk.ConnectedComponent(above), 1


def main():
    # Both take this many, and not each what it finds.
    threads = int(os.environ.setdefault("RAYON_NUM_THREADS", str(len(os.sched_getaffinity(0)))))
    rows = ours(sys.argv[1:])
    if sitk is None:
        print(f"{'':<36} {'ms':>9}   nothing is beside it: {sys.executable} -m pip install numpy SimpleITK")
        for row in rows:
            print(f"{row['name']:<36} {row['ms']:>9.2f}")
        return
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    image = body()
    for row in rows:
        check, run, runs = theirs(row, image)
        row["their result"], row["theirs"] = check(image), float("inf")
        for _ in range(runs):
            start = time.perf_counter()
            run(image)
            row["theirs"] = min(row["theirs"], 1e3 * (time.perf_counter() - start))
    for row, again in zip(rows, ours(sys.argv[1:])):
        row["ms"] = min(row["ms"], again["ms"])
    version = f"SimpleITK {sitk.Version_VersionString()}"
    print(f"{f'512 × 512 × 400 of 16 bits, {threads} threads':<36} {'ms':>9} {version:>18} {'times':>6}   result, theirs")
    for row in rows:
        results = f"{row['result']:.6g}, {row['their result']:.6g}"
        print(f"{row['name']:<36} {row['ms']:>9.2f} {row['theirs']:>18.2f} {row['theirs'] / row['ms']:>6.1f}   {results}")


if __name__ == "__main__":
    main()
