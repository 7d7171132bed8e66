"""Asks a gateway that tools/searches.sh filled what viewers ask, over one connection, and prints how long it took.

searches.py URL USER:PASSWORD STUDIES
"""

import base64
import http.client
import itertools
import json
import sys
import time
import urllib.parse

SECONDS = 5
OHIF = "limit=101&offset={offset}&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030"


def main(url, user, studies):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    headers = {
        "Authorization": "Basic " + base64.b64encode(user.encode()).decode(),
        "Accept": "application/dicom+json",
    }

    def ask(query):
        begin = time.perf_counter()
        connection.request("GET", query if query.startswith("/") else f"{parts.path}/studies?{query}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, (query, answer.status, body[:500])
        return seconds, body, answer

    def measure(what, queries):
        for query in queries:
            ask(query)
        times, rows = [], 0
        begin = time.perf_counter()
        for query in itertools.cycle(queries):
            seconds, body, answer = ask(query)
            times.append(seconds * 1000)
            if len(times) >= 400 or (time.perf_counter() - begin > SECONDS and len(times) >= 10):
                break
        rows = len(json.loads(body))
        times.sort()
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        print(f"{what:36} {rows:5} rows   p50 {p50:8.2f} ms   p99 {p99:8.2f} ms   {len(times)} times", flush=True)
        return answer

    page = OHIF.format(offset=0)
    print(f"{studies} studies")
    measure("study list as OHIF asks", [page])
    measure("PatientID exact", [f"PatientID=QA0000{n:04}&{page}" for n in (17, 391, 1234, 4711)])
    measure("name prefix", [f"PatientName={name}*&{page}" for name in ("lobeb", "lazub", "lamal", "nadod")])
    measure("name infix, selective", [f"PatientName=*{name}^*&{page}" for name in ("beboba", "zubaba", "malaba")])
    weeks = ("20150302-20150308", "20111010-20111016", "20180514-20180520")
    measure("week of dates", [f"StudyDate={week}&{page}" for week in weeks])
    measure("ModalitiesInStudy", [f"ModalitiesInStudy={modality}&{page}" for modality in ("MG", "CT")])
    measure("StudyInstanceUID", ["StudyInstanceUID=1.2.826.0.1.3680043.9.7433.9.77"])
    measure("name with a typo, two words", [f"PatientName=eva%20lobeboba&fuzzymatching=true&limit=101"])
    answer = measure("offset nine tenths down", [OHIF.format(offset=studies * 9 // 10)])
    link = next((link for link in (answer.headers.get_all("Link") or []) if 'rel="next"' in link), None)
    if link:
        following = urllib.parse.urlsplit(link[link.index("<") + 1 : link.index(">")])
        measure('the page after that, rel="next"', [f"{following.path}?{following.query}"])


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
