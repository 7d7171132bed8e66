"""Asks a gateway that tools/similar.sh filled for similar images and parts of the body, over one connection, and prints how long it took.

similar.py URL USER:PASSWORD NUMBER...
"""

import base64
import http.client
import json
import sys
import time
import urllib.parse

ROUNDS = 6


def main(url, user, numbers):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode(), "Accept": "application/json"}

    def ask(path):
        begin = time.perf_counter()
        connection.request("GET", f"{parts.path}/{path}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, (path, answer.status, body[:500])
        return seconds * 1000, json.loads(body)

    def measure(what, paths):
        first = [ask(path)[0] for path in paths]
        times = []
        for _ in range(ROUNDS):
            for path in paths:
                time_of, body = ask(path)
                times.append(time_of)
        times.sort()
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        rows = len(body["matches"] if isinstance(body, dict) else body)
        seen = "   of {}, compared {}".format(body.get("among", "many"), body["looks"]) if isinstance(body, dict) else ""
        print(f"{what:34} {rows:4} rows   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   least {times[0]:7.2f} ms   "
              f"{len(times)} times, first {max(first):.0f} ms{seen}", flush=True)

    def similar(more):
        return [f"studies/1.2/series/1.2.3/instances/1.2.3.{number}/similar?limit=10{more}" for number in numbers]

    measure("ten like one, pixels", similar(""))
    measure("ten like one, mirrored too", similar("&mirrored=true"))
    measure("ten like one, gradients", similar("&profile=gradients"))
    measure("ten like one, gradients, of the chest", similar("&profile=gradients&bodyregion=chest"))
    headers["Accept"] = "application/dicom+json"
    places = ("left+hand", "chest", "right+knee", "head", "abdomen")
    measure("a hundred of a part of the body", [f"instances?bodyregion={place}&limit=100" for place in places])
    measure("the same, from the thousandth on", [f"instances?bodyregion={place}&limit=100&offset=1000" for place in places])


main(sys.argv[1], sys.argv[2], sys.argv[3:])
