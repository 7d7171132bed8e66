"""How long slices take over HTTP: the first one of a Series that nobody has asked for, beside pydicom, pylibjpeg and SimpleITK on the
same files, and those that follow.

slices.py FOLDER [ROUNDS]      FOLDER has the files of one Series, like data/volumes/ct-chest-lidc-0001 (133 slices in JPEG-LS)
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


def cold(files, rounds):
    ours, beside, workers = [], {}, os.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        for number in range(rounds):
            gateway = Gateway()
            path = gateway.series()
            taken, body = gateway.ask(path + FIRST + "&outside=nan", "application/octet-stream")
            ours.append(taken)
            gateway.stop()
            if sitk is None:
                continue
            if number == 0:
                list(pool.map(read, files[:workers]))
            for how, each in [("one process", map), (f"{workers} processes", lambda work, all: pool.map(work, all, chunksize=4))]:
                taken, values = theirs(files, each)
                beside.setdefault(how, []).append(taken)
    print(f"first slice of {len(files)} files: {min(ours):.0f} ms (least of {rounds}; most {max(ours):.0f})")
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


def main(folder, rounds=5):
    files = sorted(str(path) for path in pathlib.Path(folder).glob("*.dcm"))
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    gateway = Gateway()
    gateway.stop()
    subprocess.run([PACS, "--data-dir", str(WORK / "data"), "import", folder], check=True, stdout=subprocess.DEVNULL)
    try:
        cold(files, int(rounds))
        warm()
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
