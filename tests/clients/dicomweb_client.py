"""dicomweb-client against the gateway: python dicomweb_client.py URL PASSWORD FOLDER."""
import sys
from pathlib import Path

# This file's own name would hide the library of the same name.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import pydicom
import requests
from dicomweb_client.api import DICOMwebClient

url, password, folder = sys.argv[1:4]
session = requests.Session()
session.auth = ("admin", password)
client = DICOMwebClient(url, session=session)

sets = [pydicom.dcmread(path) for path in sorted(Path(folder).glob("*.dcm"))]
response = client.store_instances(sets)
assert len(response.ReferencedSOPSequence) == len(sets), response

first = sets[0]
uids = (first.StudyInstanceUID, first.SeriesInstanceUID)
studies = client.search_for_studies(search_filters={"PatientName": "Test^P*"}, fields=["StudyDescription"])
assert [study["0020000D"]["Value"][0] for study in studies] == [uids[0]], studies
assert studies[0]["00201208"]["Value"][0] == len(sets), studies
assert client.search_for_studies(search_filters={"PatientID": "nobody"}) == []
series = client.search_for_series(uids[0], search_filters={"Modality": "OT"})
assert len(series) == 1, series
assert len(client.search_for_instances(*uids)) == len(sets)

metadata = client.retrieve_series_metadata(*uids)
assert len(metadata) == len(sets)
back = client.retrieve_series(*uids)
assert sorted(item.SOPInstanceUID for item in back) == sorted(item.SOPInstanceUID for item in sets)
for item in back:
    sent = next(other for other in sets if other.SOPInstanceUID == item.SOPInstanceUID)
    assert item.PixelData == sent.PixelData, item.SOPInstanceUID
frames = client.retrieve_instance_frames(*uids, first.SOPInstanceUID, frame_numbers=[1])
assert frames[0] == first.PixelData, len(frames[0])
bulk = client.retrieve_bulkdata(metadata[0]["7FE00010"]["BulkDataURI"])
bulk = bulk if isinstance(bulk, bytes) else bulk[0]
assert bulk == sets[metadata[0]["00200013"]["Value"][0] - 1].PixelData, bulk[:80]
image = client.retrieve_instance_rendered(*uids, first.SOPInstanceUID, media_types=("image/png",))
assert image[:4] == b"\x89PNG"
print("all is well")
