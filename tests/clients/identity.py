"""pynetdicom with a user identity: PORT CALLING FILE, then NAME PASSWORD of a device and of a researcher."""

import sys

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import (
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind as FIND,
    StudyRootQueryRetrieveInformationModelGet as GET,
    Verification,
)

PORT, CALLING, FILE = int(sys.argv[1]), sys.argv[2], dcmread(sys.argv[3])
DEVICE, RESEARCHER = sys.argv[4:6], sys.argv[6:8]
kept = []


def keep(event):
    kept.append(event.dataset)
    return 0x0000


def associate(name, password, response=True, kind=2):
    identity = UserIdentityNegotiation()
    identity.user_identity_type = kind
    identity.positive_response_requested = response
    identity.primary_field = name.encode()
    if kind == 2:
        identity.secondary_field = password.encode()
    role = build_role(SecondaryCaptureImageStorage, scu_role=True, scp_role=True)
    ae = AE(ae_title=CALLING)
    for model in (Verification, FIND, GET):
        ae.add_requested_context(model)
    ae.add_requested_context(SecondaryCaptureImageStorage, FILE.file_meta.TransferSyntaxUID)
    return ae.associate(
        "127.0.0.1", PORT, ae_title="PACS", ext_neg=[identity, role], evt_handlers=[(evt.EVT_C_STORE, keep)]
    )


def is_answered(association):
    identity = association.acceptor.user_identity
    return identity is not None and not identity.server_response


def identifier():
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "STUDY"
    wanted.StudyInstanceUID = FILE.StudyInstanceUID
    wanted.PatientName = ""
    wanted.PatientID = ""
    return wanted


association = associate(*DEVICE)
assert association.is_established and is_answered(association), "no positive response"
assert association.send_c_store(FILE).Status == 0x0000
found = [answer for status, answer in association.send_c_find(identifier(), FIND) if answer]
assert [match.PatientName for match in found] == [FILE.PatientName]
association.release()

association = associate(*DEVICE, response=False)
assert association.is_established and not is_answered(association), "a response that nobody asked for"
association.release()

association = associate(DEVICE[0], "not the password")
assert association.is_rejected and association.acceptor.primitive.result == 1, "a wrong password"

association = associate(DEVICE[0], "", kind=1)
assert association.is_established and not is_answered(association), "a name alone proves nothing"
association.release()

# The AE may store; the user may not.
association = associate(*RESEARCHER)
assert association.is_established and is_answered(association)
assert association.send_c_store(FILE).Status == 0x0124
answers = list(association.send_c_find(identifier(), FIND))
assert answers[-1][0].Status in (0x0000, 0x0124) or 0xA700 <= answers[-1][0].Status <= 0xCFFF, answers
told = [answer for _, answer in answers if answer]
assert all(match.PatientName != FILE.PatientName and match.PatientID != FILE.PatientID for match in told), told
assert all(match.StudyInstanceUID != FILE.StudyInstanceUID for match in told), told
status, _ = list(association.send_c_get(identifier(), GET))[-1]
assert status.Status != 0x0000 or not kept, status
assert all(image.PatientName != FILE.PatientName for image in kept), kept
association.release()
print("all is well")
