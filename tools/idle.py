"""Opens associations that ask for nothing, and prints how much memory of a gateway on this machine each takes.

idle.py PORT CALLED PID [COUNT]

The gateway has to take as many of one AE (`dimse.max_associations` a third above), from any AE
(`dimse.accept_unknown`). Each proposes twenty storage SOP Classes, as modalities do, and has echoed once.
"""

import socket
import struct
import sys
import time

VERIFICATION = b"1.2.840.10008.1.1"
STORAGE = [b"1.2.840.10008.5.1.4.1.1." + number for number in (
    b"1", b"1.1", b"1.1.1", b"1.2", b"1.3", b"2", b"2.1", b"4", b"4.1", b"6.1", b"3.1", b"7", b"12.1", b"12.2", b"20",
    b"88.11", b"88.22", b"88.33", b"104.1", b"128")]
SYNTAXES = [b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.4.70", b"1.2.840.10008.1.2.4.80"]


def item(kind, content):
    return struct.pack(">BBH", kind, 0, len(content)) + content


def request(called):
    contexts = b"".join(
        item(0x20, bytes([2 * at + 1, 0, 0, 0]) + item(0x30, abstract) + b"".join(item(0x40, one) for one in SYNTAXES))
        for at, abstract in enumerate([VERIFICATION, *STORAGE]))
    user = item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.3.4"))
    titles = called.encode().ljust(16) + b"IDLE".ljust(16)
    body = struct.pack(">HH", 1, 0) + titles + bytes(32) + item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + user
    return struct.pack(">BBI", 1, 0, len(body)) + body


def echo():
    def element(number, value):
        return struct.pack("<HHI", 0, number, len(value)) + value
    command = element(0x0002, VERIFICATION + b"\0") + element(0x0100, struct.pack("<H", 0x0030))
    command += element(0x0110, struct.pack("<H", 1)) + element(0x0800, struct.pack("<H", 0x0101))
    command = element(0x0000, struct.pack("<I", len(command))) + command
    body = struct.pack(">IBB", len(command) + 2, 1, 3) + command
    return struct.pack(">BBI", 4, 0, len(body)) + body


def answer(peer):
    def exactly(count):
        read = b""
        while len(read) < count:
            more = peer.recv(count - len(read))
            if not more:
                raise SystemExit("the gateway has closed an association: may it take as many?")
            read += more
        return read
    kind, _, length = struct.unpack(">BBI", exactly(6))
    exactly(length)
    return kind


def opened(port, called):
    peer = socket.create_connection(("127.0.0.1", port), timeout=30)
    peer.sendall(request(called))
    if answer(peer) != 2:
        raise SystemExit("an association was rejected: set dimse.max_associations and dimse.accept_unknown")
    peer.sendall(echo())
    answer(peer)
    return peer


def private(pid):
    """KiB that this process alone has in memory."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def main():
    port, called, pid = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 500
    warm = [opened(port, called) for _ in range(8)]
    time.sleep(2)
    before = private(pid)
    peers = [opened(port, called) for _ in range(count)]
    time.sleep(2)
    grown = private(pid) - before
    print(f"{count} idle associations: {grown} KiB, {grown / count:.1f} KiB each")
    del warm, peers


main()
