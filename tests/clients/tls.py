"""pynetdicom over TLS: echo, C-STORE, C-FIND, C-GET, and C-MOVE to a Storage SCP of ours that listens with TLS.

Arguments: the gateway's port; a port for our Storage SCP, which the gateway knows as PYSINK; a folder with ca.crt,
client.crt and client.key; a DICOM file.
"""

import ssl
import sys
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind as FIND,
    StudyRootQueryRetrieveInformationModelGet as GET,
    StudyRootQueryRetrieveInformationModelMove as MOVE,
    Verification,
)

PORT, SINK_PORT, FOLDER, FILE = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), dcmread(sys.argv[4])


def client(shows):
    context = ssl.create_default_context(cafile=FOLDER / "ca.crt")
    if shows:
        context.load_cert_chain(FOLDER / "client.crt", FOLDER / "client.key")
    return context


def associate(shows=True, **more):
    ae = AE(ae_title="TESTER")
    ae.acse_timeout = 5
    for model in (Verification, FIND, GET, MOVE):
        ae.add_requested_context(model)
    ae.add_requested_context(SecondaryCaptureImageStorage, FILE.file_meta.TransferSyntaxUID)
    return ae.associate("127.0.0.1", PORT, ae_title="PACS", tls_args=(client(shows), "127.0.0.1"), **more)


def wanted():
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.StudyInstanceUID = FILE.StudyInstanceUID
    return identifier


kept = []


def keep(event):
    kept.append(event.dataset)
    return 0x0000


assert not associate(shows=False).is_established, "let in without a certificate"

role = build_role(SecondaryCaptureImageStorage, scu_role=True, scp_role=True)
association = associate(ext_neg=[role], evt_handlers=[(evt.EVT_C_STORE, keep)])
assert association.is_established
assert association.send_c_echo().Status == 0x0000
assert association.send_c_store(FILE).Status == 0x0000
found = [answer for status, answer in association.send_c_find(wanted(), FIND) if status.Status == 0xFF00]
assert [match.StudyInstanceUID for match in found] == [FILE.StudyInstanceUID]
status, _ = list(association.send_c_get(wanted(), GET))[-1]
assert status.Status == 0x0000 and len(kept) == 1 and kept[0].PixelData == FILE.PixelData, status

server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=FOLDER / "ca.crt")
server.verify_mode = ssl.CERT_REQUIRED
server.load_cert_chain(FOLDER / "client.crt", FOLDER / "client.key")
sink = AE(ae_title="PYSINK")
sink.add_supported_context(SecondaryCaptureImageStorage, FILE.file_meta.TransferSyntaxUID)
listening = sink.start_server(
    ("127.0.0.1", SINK_PORT), block=False, ssl_context=server, evt_handlers=[(evt.EVT_C_STORE, keep)]
)
status, _ = list(association.send_c_move(wanted(), "PYSINK", MOVE))[-1]
assert status.Status == 0x0000 and len(kept) == 2 and kept[1].PixelData == FILE.PixelData, status
association.release()
for lasting in listening.active_associations:
    lasting.abort()
listening.shutdown()
print("all is well")
