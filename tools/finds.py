"""Asks a gateway that tools/searches.sh filled by C-FIND, over one association, and prints how long it took. Also for other
servers that hold the same studies.

finds.py HOST PORT CALLED STUDIES [CALLING]
"""

import itertools
import socket
import struct
import sys
import time

SECONDS = 5
STUDY_ROOT = b"1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = b"1.2.840.10008.1.2"
# What a study list asks for: level, date, time, accession number, modalities, description, name, ID, study, instances.
LIST = {
    0x00080020: b"", 0x00080030: b"", 0x00080050: b"", 0x00080052: b"STUDY", 0x00080061: b"", 0x00081030: b"",
    0x00100010: b"", 0x00100020: b"", 0x0020000D: b"", 0x00201208: b"",
}


def item(kind, content):
    return struct.pack(">BBH", kind, 0, len(content)) + content


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def element(group, number, value):
    value += b"\0" * (len(value) % 2) if (group, number) in ((0, 2), (0x0020, 0x000D)) else b" " * (len(value) % 2)
    return struct.pack("<HHI", group, number, len(value)) + value


def status_of(command):
    at = 0
    while at < len(command):
        group, number, length = struct.unpack_from("<HHI", command, at)
        if number == 0x900:
            return struct.unpack_from("<H", command, at + 8)[0]
        at += 8 + length
    raise AssertionError("a response without a status")


def value(control, content):
    return struct.pack(">IBB", len(content) + 2, 1, control) + content


class Association:
    def __init__(self, host, port, called, calling):
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        context = b"\1\0\0\0" + item(0x30, STUDY_ROOT) + item(0x40, IMPLICIT)
        user = item(0x51, struct.pack(">I", 131072)) + item(0x52, b"2.25.186162021364830478110386527014418274552")
        body = b"\0\1\0\0" + called.encode().ljust(16) + calling.encode().ljust(16) + bytes(32)
        body += item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, context) + item(0x50, user)
        self.socket.sendall(pdu(1, body))
        kind, answer = self.receive()
        assert kind == 2, f"not let in: PDU {kind} {answer[:4]}"
        self.id = 0

    def receive(self):
        while len(self.buffer) < 6 or len(self.buffer) < 6 + struct.unpack(">I", self.buffer[2:6])[0]:
            more = self.socket.recv(1 << 20)
            assert more, "the server has hung up"
            self.buffer += more
        end = 6 + struct.unpack(">I", self.buffer[2:6])[0]
        whole, self.buffer = self.buffer[:end], self.buffer[end:]
        return whole[0], whole[6:]

    def find(self, **more):
        """Matches, bytes, seconds to the first match, seconds in all."""
        self.id = self.id % 60000 + 1
        keys = {**LIST, **{int(tag, 16): text for tag, text in more.items()}}
        identifier = b"".join(element(tag >> 16, tag & 0xFFFF, text) for tag, text in sorted(keys.items()))
        us = lambda number, content: element(0, number, struct.pack("<H", content))
        command = element(0, 2, STUDY_ROOT) + us(0x100, 0x20) + us(0x110, self.id) + us(0x700, 0) + us(0x800, 1)
        command = element(0, 0, struct.pack("<I", len(command))) + command
        begin = time.perf_counter()
        self.socket.sendall(pdu(4, value(3, command)) + pdu(4, value(2, identifier)))
        matches, length, first = 0, 0, None
        # Many PDUs come at once: the buffer is read where it lies.
        while True:
            at, buffer = 0, self.buffer
            while len(buffer) - at >= 6:
                (size,) = struct.unpack_from(">I", buffer, at + 2)
                if len(buffer) - at < 6 + size:
                    break
                place, at = at + 6, at + 6 + size
                while place < at:
                    (inner,) = struct.unpack_from(">I", buffer, place)
                    control = buffer[place + 5]
                    content = buffer[place + 6 : place + 4 + inner]
                    place += 4 + inner
                    if control == 3:
                        status = status_of(content)
                        if status not in (0xFF00, 0xFF01):
                            assert status == 0, f"status {status:04X}"
                            self.buffer = buffer[at:]
                            return matches, length, first, time.perf_counter() - begin
                    else:
                        length += len(content)
                        if control == 2:
                            matches += 1
                            first = first or time.perf_counter() - begin
            self.buffer = buffer[at:] + self.socket.recv(1 << 20)


def main(host, port, called, studies, calling="SEARCHES"):
    association = Association(host, int(port), called, calling)

    def measure(what, queries):
        times, matches = [], 0
        begin = time.perf_counter()
        for query in itertools.cycle(queries):
            matches, length, first, seconds = association.find(**query)
            times.append(seconds * 1000)
            if len(times) >= 400 or (time.perf_counter() - begin > SECONDS and len(times) >= 3):
                break
        times.sort()
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        first = f"first {(first or 0) * 1000:.1f} ms" if matches else ""
        print(f"C-FIND {what:29} {matches:6} matches p50 {p50:8.2f} ms   p99 {p99:8.2f} ms   {len(times)} times  {first}", flush=True)

    print(f"{studies} studies")
    measure("PatientID exact", [{"00100020": b"QA0000%04d" % n} for n in (17, 391, 1234, 4711)])
    weeks = (b"20150302-20150308", b"20111010-20111016", b"20180514-20180520")
    measure("week of dates", [{"00080020": week} for week in weeks])
    measure("name prefix", [{"00100010": name + b"*"} for name in (b"lobeb", b"lazub", b"lamal", b"nadod")])
    measure("StudyInstanceUID", [{"0020000D": b"1.2.826.0.1.3680043.9.7433.9.77"}])
    measure("everything", [{}])


main(*sys.argv[1:])
