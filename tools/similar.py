"""What tools/similar.sh measures by HTTP, and the table of all it measures. Rows have their fields between tabs.

similar.py search URL USER:PASSWORD NUMBER...   asks a gateway for images like these, and for parts of the body, over one connection
similar.py store URL USER:PASSWORD COUNT        stores radiographs of 2048 x 2048, each of its own series, for others to see how fast they are described
similar.py table                                makes a table of the rows that come in
"""

import array
import base64
import http.client
import json
import sys
import time
import urllib.parse

ROUNDS = 6
SIDE = 2048
HEAD = ("what", "rows", "p50 ms", "p99 ms", "least ms", "times", "looked at, by level")


class Gateway:
    def __init__(self, url, user):
        parts = urllib.parse.urlsplit(url)
        self.connection, self.path = http.client.HTTPConnection(parts.netloc), parts.path
        self.headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode(), "Accept": "application/json"}

    def ask(self, path, method="GET", body=None, **headers):
        begin = time.perf_counter()
        self.connection.request(method, f"{self.path}/{path}", body, self.headers | headers)
        answer = self.connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, (path, answer.status, body[:500])
        return seconds * 1000, json.loads(body)


def row(*fields):
    print(*fields, sep="\t", flush=True)


def search(url, user, *numbers):
    gateway = Gateway(url, user)

    def measure(what, paths, **headers):
        # What the system has to read first is read before.
        for path in paths:
            gateway.ask(path, **headers)
        times = []
        for _ in range(ROUNDS):
            for path in paths:
                taken, body = gateway.ask(path, **headers)
                times.append(taken)
        times.sort()
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        found = body["matches"] if isinstance(body, dict) else body
        looks = body["looks"] if isinstance(body, dict) else ""
        row("HTTP, " + what, len(found), f"{p50:.2f}", f"{p99:.2f}", f"{times[0]:.2f}", len(times), looks)

    similar = [f"studies/1.2/series/1.2.3/instances/1.2.3.{number}/similar?limit=10" for number in numbers]
    chest, half = "&bodyregion=chest", "&ViewPosition=AP"
    for profile in ("pixels", "gradients"):
        for what, more in (
            ("", ""),
            (", of the chest", chest),
            (", of the left hand", "&bodyregion=left+hand"),
            (", by a key that half of all have", half),
            (", of the chest and by that key", chest + half),
        ):
            measure(f"ten like one, {profile}{what}", [f"{path}&profile={profile}{more}" for path in similar])
    measure("ten like one, pixels, mirrored too", [path + "&mirrored=true" for path in similar])
    parts = [f"instances?bodyregion={part}&limit=100" for part in ("left+hand", "chest", "right+knee", "head", "abdomen")]
    for what, more in (("", ""), (", from the thousandth on", "&offset=1000"), (", by a key that half of all have", half)):
        paths = [path + more for path in parts]
        measure("a hundred of a part of the body" + what, paths, Accept="application/dicom+json")


def element(tag, vr, value):
    if isinstance(value, int):
        value = value.to_bytes(2, "little")
    elif isinstance(value, str):
        value = value.encode() + (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    length = b"\0\0" + len(value).to_bytes(4, "little") if vr == "OW" else len(value).to_bytes(2, "little")
    return (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode() + length + value


def radiograph(number, pixels):
    """A CR image of 12 bits, moved down by as many rows as its number says, so that no two are the same."""
    kind, uid = "1.2.840.10008.5.1.4.1.1.1", f"1.2.4.{number}.1"
    meta = element(0x00020002, "UI", kind) + element(0x00020003, "UI", uid)
    meta += element(0x00020010, "UI", "1.2.840.10008.1.2.1")
    turn = number % SIDE * SIDE * 2
    elements = (
        (0x00080016, "UI", kind), (0x00080018, "UI", uid), (0x00080060, "CS", "CR"), (0x00100010, "PN", "Measured"),
        (0x00100020, "LO", "similar.py"), (0x00180015, "CS", "CHEST"), (0x0020000D, "UI", "1.2.4"),
        (0x0020000E, "UI", f"1.2.4.{number}"), (0x00280002, "US", 1), (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", SIDE), (0x00280011, "US", SIDE), (0x00280100, "US", 16), (0x00280101, "US", 12),
        (0x00280102, "US", 11), (0x00280103, "US", 0), (0x7FE00010, "OW", pixels[turn:] + pixels[:turn]),
    )
    length = element(0x00020000, "UL", len(meta).to_bytes(4, "little"))
    return bytes(128) + b"DICM" + length + meta + b"".join(element(*fields) for fields in elements)


def store(url, user, count):
    gateway = Gateway(url, user)
    slope = [column * (SIDE - column) >> 10 for column in range(SIDE)]
    noise = [place * 2654435761 >> 7 & 63 for place in range(SIDE)]
    pixels = array.array("H")
    for tone in slope:
        turned = noise[tone % 61 :] + noise[: tone % 61]
        pixels.extend([tone + (other >> 1) + more & 0xFFF for other, more in zip(slope, turned)])
    if sys.byteorder == "big":
        pixels.byteswap()
    pixels = pixels.tobytes()
    for number in range(int(count)):
        body = b"--A\r\nContent-Type: application/dicom\r\n\r\n" + radiograph(number, pixels) + b"\r\n--A--"
        kind = 'multipart/related; type="application/dicom"; boundary=A'
        gateway.ask("studies", "POST", body, **{"Content-Type": kind, "Accept": "application/dicom+json"})


def table():
    rows = [HEAD] + [line.rstrip("\n").split("\t") for line in sys.stdin if "\t" in line]
    widths = [max(len(fields[column]) for fields in rows) for column in range(len(HEAD))]
    for place, fields in enumerate(rows):
        cells = [text.rjust(width) if 0 < column < 6 else text.ljust(width)
                 for column, (text, width) in enumerate(zip(fields, widths))]
        print("|", " | ".join(cells), "|")
        if place == 0:
            print("|" + "|".join("-" * (width + 1) + (":" if 0 < column < 6 else "-")
                                 for column, width in enumerate(widths)) + "|")


{"search": search, "store": store, "table": table}[sys.argv[1]](*sys.argv[2:])
