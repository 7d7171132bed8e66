"""Relational retrieval by pynetdicom: PORT SINK_PORT STUDY SERIES INSTANCE; the gateway knows our Storage SCP as PYSINK."""

import sys

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelGet as PATIENT_GET,
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelGet as GET,
    StudyRootQueryRetrieveInformationModelMove as MOVE,
)

PORT, SINK_PORT = int(sys.argv[1]), int(sys.argv[2])
STUDY, SERIES, INSTANCE = sys.argv[3:6]
arrived = []


def keep(event):
    arrived.append(event.dataset.SOPInstanceUID)
    return 0x0000


def identifier(level, **keys):
    wanted = Dataset()
    wanted.QueryRetrieveLevel = level
    for name, value in keys.items():
        setattr(wanted, name, value)
    return wanted


def associate(relational):
    ae = AE(ae_title="TESTER")
    negotiation = [build_role(SecondaryCaptureImageStorage, scp_role=True)]
    for model in (GET, PATIENT_GET, MOVE):
        ae.add_requested_context(model)
        if relational:
            extended = SOPClassExtendedNegotiation()
            extended.sop_class_uid, extended.service_class_application_information = model, b"\x01"
            negotiation.append(extended)
    ae.add_requested_context(SecondaryCaptureImageStorage, ExplicitVRLittleEndian)
    association = ae.associate(
        "127.0.0.1", PORT, ae_title="PACS", ext_neg=negotiation, evt_handlers=[(evt.EVT_C_STORE, keep)]
    )
    assert association.is_established
    agreed = association.acceptor.sop_class_extended
    if relational:
        assert all(agreed[model][0] == 1 for model in (GET, PATIENT_GET, MOVE)), agreed
    return association


def ask(association, wanted, model, move=False):
    arrived.clear()
    responses = association.send_c_move(wanted, "PYSINK", model) if move else association.send_c_get(wanted, model)
    status, _ = list(responses)[-1]
    return status.Status, sorted(arrived)


sink = AE(ae_title="PYSINK")
sink.add_supported_context(SecondaryCaptureImageStorage, ExplicitVRLittleEndian)
listening = sink.start_server(("127.0.0.1", SINK_PORT), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])

series_alone = identifier("SERIES", SeriesInstanceUID=SERIES)
image_alone = identifier("IMAGE", SOPInstanceUID=INSTANCE)

association = associate(relational=False)
for wanted in (series_alone, image_alone):
    assert ask(association, wanted, GET) == (0xA900, []), "nobody agreed on that"
    assert ask(association, wanted, MOVE, move=True) == (0xA900, [])
association.release()

association = associate(relational=True)
for move, model in ((False, GET), (True, MOVE)):
    status, got = ask(association, series_alone, model, move)
    assert status == 0x0000 and INSTANCE in got and len(got) == 2, (status, got)
    assert ask(association, image_alone, model, move) == (0x0000, [INSTANCE])
assert ask(association, image_alone, PATIENT_GET) == (0x0000, [INSTANCE])
both = identifier("IMAGE", StudyInstanceUID=STUDY, SOPInstanceUID=INSTANCE)
assert ask(association, both, GET) == (0x0000, [INSTANCE])
association.release()
for lasting in listening.active_associations:
    lasting.abort()
listening.shutdown()
print("all is well")
