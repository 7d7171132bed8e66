"""How long slices take over HTTP: the first one of a Series that nobody has asked for, beside pydicom, pylibjpeg and SimpleITK on the
same files, and those that follow.

slices.py FOLDER [ROUNDS]      FOLDER has the files of one Series, like data/volumes/ct-chest-lidc-0001 (133 slices in JPEG-LS)
slices.py --right FOLDER…      nothing is timed: oblique slices of these Series, tilted ones too, are compared with what numpy makes of
                               the same files on their own sheared grids
    PACS=target/release/pacs   WORK=/tmp/pacs-slices

Needs numpy, pydicom, pylibjpeg with pylibjpeg-libjpeg, and SimpleITK for what is beside; without these the gateway is measured alone.
The gateway starts anew for each round, so that it has no volume; what it is asked before is who asks, and for the Series. Beside it
the files are read and decoded by as many processes as there are processors, which have been started, and by one; the better counts.
Files are in the page cache of both.
"""

import base64
import concurrent.futures
import http.client
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import time

try:
    import numpy as np
    import pydicom
except ImportError:
    np = pydicom = None
try:
    import libjpeg  # noqa: F401
    import pylibjpeg  # noqa: F401
    import SimpleITK as sitk
except ImportError:
    sitk = None

HTTP = "127.0.0.1:18091"
PACS = os.environ.get("PACS", "target/release/pacs")
WORK = pathlib.Path(os.environ.get("WORK", "/tmp/pacs-slices"))
# Oblique, through the middle.
FIRST = "slice?normal=0.3,0.2,0.9&up=0,-1,0&size=512,512&spacing=0.7"


class Gateway:
    def __init__(self):
        self.log = open(WORK / "gateway.log", "a")
        command = [PACS, "--data-dir", str(WORK / "data"), "serve", "--http", HTTP, "--dimse", "127.0.0.1:18123"]
        self.process = subprocess.Popen(command + ["--set", "log.filter=warn"], stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                self.connection = http.client.HTTPConnection(HTTP)
                self.connection.request("GET", "/health/live")
                self.connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        lines = (WORK / "gateway.log").read_text().splitlines()
        password = next(line.split("password ")[1].strip() for line in lines if "user admin  password " in line)
        self.user = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()

    def ask(self, path, accept):
        begin = time.perf_counter()
        self.connection.request("GET", "/dicom-web/" + path, headers={"Authorization": self.user, "Accept": accept})
        answer = self.connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, (path, answer.status, body[:500])
        return 1e3 * seconds, body

    def series(self):
        _, body = self.ask("series", "application/dicom+json")
        found = json.loads(body)[0]
        return f"studies/{found['0020000D']['Value'][0]}/series/{found['0020000E']['Value'][0]}/"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def read(path):
    image = pydicom.dcmread(path)
    measured = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
    place = [float(x) for x in image.ImagePositionPatient]
    return place, measured.astype(np.float32), [float(x) for x in image.PixelSpacing]


def theirs(files, each):
    """A slice by pydicom, pylibjpeg and SimpleITK; `each` maps a function over the files. For axial slices."""
    begin = time.perf_counter()
    slices = sorted(each(read, files), key=lambda one: one[0][2])
    image = sitk.GetImageFromArray(np.stack([samples for _, samples, _ in slices]))
    between = (slices[-1][0][2] - slices[0][0][2]) / (len(slices) - 1)
    rows, columns = slices[0][2]
    image.SetSpacing((columns, rows, between))
    image.SetOrigin(slices[0][0])
    normal = np.array([0.3, 0.2, 0.9])
    normal /= np.linalg.norm(normal)
    across = np.cross(normal, [0.0, -1.0, 0.0])
    across /= np.linalg.norm(across)
    down = np.cross(normal, across)
    centre = np.array(image.TransformContinuousIndexToPhysicalPoint([(side - 1) / 2 for side in image.GetSize()]))
    resample = sitk.ResampleImageFilter()
    resample.SetOutputOrigin((centre - 0.7 * 255.5 * (across + down)).tolist())
    resample.SetOutputSpacing((0.7, 0.7, 1.0))
    resample.SetOutputDirection(np.column_stack([across, down, normal]).ravel().tolist())
    resample.SetSize((512, 512, 1))
    resample.SetDefaultPixelValue(float("nan"))
    values = sitk.GetArrayFromImage(resample.Execute(image))[0]
    return 1e3 * (time.perf_counter() - begin), values


def interpolated(slices, places):
    """Linear values at places (in mm) of slices in equal steps, each of (position, samples, cosines, spacing); nan beside them."""
    first, last = slices[0], slices[-1]
    step = (np.array(last[0]) - first[0]) / (len(slices) - 1)
    rows, columns = first[1].shape
    # Tilted or not: the step from slice to slice is what it is.
    grid = np.column_stack([first[2][:3] * first[3][1], first[2][3:] * first[3][0], step])
    at = np.linalg.solve(grid, (places - first[0]).reshape(-1, 3).T)
    inside = np.all((at >= 0) & (at <= np.array([columns - 1, rows - 1, len(slices) - 1])[:, None]), axis=0)
    samples = np.stack([one[1] for one in slices])
    base = np.clip(np.floor(at), 0, np.array([columns - 2, rows - 2, len(slices) - 2])[:, None]).astype(int)
    share, values = at - base, np.zeros(at.shape[1])
    for corner in range(8):
        offset = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
        weight = np.prod(np.where(offset[:, None] == 1, share, 1 - share), axis=0)
        column, row, place = base + offset[:, None]
        values += weight * samples[place, row, column]
    return np.where(inside, values, np.nan).reshape(places.shape[:-1])


def right(folder):
    """Oblique slices of a Series beside those that numpy makes."""
    files = sorted(str(path) for path in pathlib.Path(folder).glob("*.dcm"))
    gateway = Gateway()
    try:
        images = [pydicom.dcmread(path) for path in files]
        cosines = np.array([float(x) for x in images[0].ImageOrientationPatient])
        normal = np.cross(cosines[:3], cosines[3:])
        images.sort(key=lambda image: np.dot(normal, [float(x) for x in image.ImagePositionPatient]))
        slices = [(np.array([float(x) for x in image.ImagePositionPatient]),
                   image.pixel_array * float(image.get("RescaleSlope", 1)) + float(image.get("RescaleIntercept", 0)),
                   cosines, [float(x) for x in image.PixelSpacing]) for image in images]
        lean = math.degrees(math.acos(min(1, np.dot(normal, slices[-1][0] - slices[0][0])
                                          / np.linalg.norm(slices[-1][0] - slices[0][0]))))
        path = next(f"studies/{image.StudyInstanceUID}/series/{image.SeriesInstanceUID}/" for image in images)
        worst, within, count = 0.0, 0, 0
        for direction in ("0.3,0.2,0.9", "0.9,-0.2,0.4", "0.1,1,0.2", "0,0,1"):
            query = f"slice?normal={direction}&up=0.1,-1,0.3&size=300,260&spacing=0.9&outside=nan"
            gateway.connection.request("GET", f"/dicom-web/{path}{query}", headers={
                "Authorization": gateway.user, "Accept": "application/octet-stream"})
            answer = gateway.connection.getresponse()
            own = np.frombuffer(answer.read(), "<f4").reshape(260, 300)
            assert answer.status == 200, (query, answer.status)
            numbers = {name: np.array([float(x) for x in answer.headers[name].split(",")]) for name in (
                "x-image-position-patient", "x-image-orientation-patient", "x-pixel-spacing")}
            rows, columns = np.mgrid[:260, :300]
            down, across = numbers["x-pixel-spacing"]
            turned = numbers["x-image-orientation-patient"]
            places = (numbers["x-image-position-patient"] + columns[..., None] * across * turned[:3]
                      + rows[..., None] * down * turned[3:])
            values = interpolated(slices, places)
            both = ~np.isnan(own) & ~np.isnan(values)
            differ = np.abs(own - values)[both]
            worst, within, count = max(worst, differ.max(initial=0)), within + (differ <= 0.01).sum(), count + differ.size
        print(f"{pathlib.Path(folder).name}: {len(files)} slices, tilted by {lean:.1f} degrees: {within / max(count, 1):.3%} of {count} "
              f"pixels within 0.01 of numpy's, {worst:.3f} at most")
        assert count > 1000 and within >= 0.999 * count, "they differ"
    finally:
        gateway.stop()


def cold(files, rounds):
    ours, beside, workers = [], {}, os.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        for number in range(rounds):
            gateway = Gateway()
            path = gateway.series()
            taken, body = gateway.ask(path + FIRST + "&outside=nan", "application/octet-stream")
            ours.append(taken)
            gateway.stop()
            if np is None or sitk is None:
                continue
            if number == 0:
                list(pool.map(read, files[:workers]))
            for how, each in [("one process", map), (f"{workers} processes", lambda work, all: pool.map(work, all, chunksize=4))]:
                taken, values = theirs(files, each)
                beside.setdefault(how, []).append(taken)
    print(f"first slice of {len(files)} files: {min(ours):.0f} ms (least of {rounds}; most {max(ours):.0f})")
    if not beside:
        wanted = "numpy pydicom pylibjpeg pylibjpeg-libjpeg SimpleITK"
        print(f"  nothing is beside it, as one of these is missing: {sys.executable} -m pip install {wanted}")
    for how, times in beside.items():
        print(f"  pydicom + pylibjpeg + SimpleITK {sitk.Version_VersionString()}, {how}: {min(times):.0f} ms (most {max(times):.0f})")
    if beside:
        own = np.frombuffer(body, "<f4").reshape(512, 512)
        both = ~np.isnan(own) & ~np.isnan(values)
        differ = np.abs(own - values)[both]
        print(f"  {min(map(min, beside.values())) / min(ours):.1f} times as fast; {both.mean():.0%} of the pixels are in both, "
              f"{(differ <= 0.01).mean():.2%} of these within 0.01, {differ.max():.3f} at most")


def warm():
    gateway = Gateway()
    path = gateway.series()
    for form in ("image/jpeg", "application/octet-stream"):
        times = []
        for number in range(220):
            turn = 2.399963 * number
            tilt = 0.2 + 0.8 * (number * 0.618034 % 1)
            normal = f"{math.cos(turn):.4f},{math.sin(turn):.4f},{tilt:.4f}"
            query = f"slice?normal={normal}&size=512,512&spacing=0.7&offset={number % 40 - 20}"
            window = "&window=40,400,linear" if form == "image/jpeg" else ""
            times.append(gateway.ask(path + query + window, form)[0])
        times = sorted(times[20:])
        print(f"next slices of 512 × 512, {form}: p50 {times[100]:.1f} ms, p90 {times[180]:.1f} ms, least {times[0]:.1f} ms")
    gateway.stop()


def imported(folders):
    """A gateway's data with these folders in it."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    Gateway().stop()
    for folder in folders:
        subprocess.run([PACS, "--data-dir", str(WORK / "data"), "import", folder], check=True, stdout=subprocess.DEVNULL)


def main(*asked):
    try:
        if asked[0] == "--right":
            imported(asked[1:])
            for folder in asked[1:]:
                right(folder)
        else:
            imported(asked[:1])
            timed(*asked)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


def timed(folder, rounds=5):
    files = sorted(str(path) for path in pathlib.Path(folder).glob("*.dcm"))
    cold(files, int(rounds))
    warm()


if __name__ == "__main__":
    main(*sys.argv[1:])
