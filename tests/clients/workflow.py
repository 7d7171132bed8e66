"""pynetdicom as a modality: worklist, performed steps, storage commitment.

workflow.py STEP PORT [LISTEN_PORT] ...: each step ends with "all is well", or with a traceback.
"""

import sys
import threading

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, generate_uid
from pynetdicom import AE, evt, build_role
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityPerformedProcedureStepRetrieve,
    ModalityWorklistInformationFind,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

TITLE = "TESTER"
PATIENCE = 60


def associate(port, classes, handlers=()):
    ae = AE(ae_title=TITLE)
    for each in classes:
        ae.add_requested_context(each)
    association = ae.associate("127.0.0.1", int(port), ae_title="PACS", evt_handlers=list(handlers))
    assert association.is_established, "no association"
    return association


def worklist(port):
    """Keys inside the sequence and outside; names in another script; cancellation."""
    association = associate(port, [ModalityWorklistInformationFind])

    def find(station="", name="", date=""):
        query = Dataset()
        query.SpecificCharacterSet = "ISO_IR 192"
        query.PatientName = name
        query.PatientID = ""
        query.StudyInstanceUID = ""
        query.PatientBirthDate = ""
        step = Dataset()
        step.ScheduledStationAETitle = station
        step.ScheduledProcedureStepStartDate = date
        step.ScheduledProcedureStepStartTime = ""
        step.Modality = ""
        step.ScheduledProcedureStepID = ""
        query.ScheduledProcedureStepSequence = [step]
        found = []
        for status, identifier in association.send_c_find(query, ModalityWorklistInformationFind):
            if status.Status in (0xFF00, 0xFF01):
                found.append(identifier)
            last = status
        return last, found

    last, found = find()
    assert last.Status == 0 and len(found) == 3, (hex(last.Status), len(found))
    first = found[0]
    assert first.PatientName.ideographic == "山田^太郎", first.PatientName
    assert "PatientBirthDate" in first and first.PatientBirthDate == ""
    assert first.ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "CT1"
    assert "AccessionNumber" not in first
    assert [len(find(station=station)[1]) for station in ("CT1", "MR1", "NONE")] == [2, 1, 0]
    assert len(find(name="=山田*")[1]) == 3
    assert len(find(date="20261126-20261126")[1]) == 2
    last, found = find(date="yesterday")
    assert last.Status == 0xA900 and not found, hex(last.Status)
    association.release()


def start_of_step(study):
    step = Dataset()
    scheduled = Dataset()
    scheduled.StudyInstanceUID = study
    scheduled.AccessionNumber = "A1"
    scheduled.ScheduledProcedureStepID = "S1"
    step.ScheduledStepAttributesSequence = [scheduled]
    step.PatientName = "Yamada^Tarou"
    step.PatientID = "P1"
    step.PatientBirthDate = ""
    step.PerformedProcedureStepID = "PP1"
    step.PerformedStationAETitle = TITLE
    step.PerformedProcedureStepStartDate = "20261126"
    step.PerformedProcedureStepStartTime = "0805"
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.Modality = "CT"
    return step


def end_of_step(status):
    step = Dataset()
    step.PerformedProcedureStepStatus = status
    step.PerformedProcedureStepEndDate = "20261126"
    step.PerformedProcedureStepEndTime = "0815"
    series = Dataset()
    series.SeriesInstanceUID = generate_uid()
    series.ProtocolName = "Head"
    step.PerformedSeriesSequence = [series]
    return step


def performed(port, study):
    """The life of a step, and what is refused of it."""
    association = associate(port, [ModalityPerformedProcedureStep, ModalityPerformedProcedureStepRetrieve])
    uid = generate_uid()

    def create(step, instance):
        status, _ = association.send_n_create(step, ModalityPerformedProcedureStep, instance)
        return status

    def change(step, instance):
        status, _ = association.send_n_set(step, ModalityPerformedProcedureStep, instance)
        return status

    assert change(end_of_step("COMPLETED"), uid).Status == 0x0112
    done = start_of_step(study)
    done.PerformedProcedureStepStatus = "COMPLETED"
    assert create(done, uid).Status == 0x0106
    bare = start_of_step(study)
    del bare.Modality
    assert create(bare, uid).Status == 0x0120
    empty = start_of_step(study)
    empty.Modality = ""
    assert create(empty, uid).Status == 0x0121
    assert create(start_of_step(study), uid).Status == 0x0000
    assert create(start_of_step(study), uid).Status == 0x0111
    other = Dataset()
    other.Modality = "MR"
    assert change(other, uid).Status == 0x0105
    wrong = Dataset()
    wrong.PerformedProcedureStepStatus = "DONE"
    assert change(wrong, uid).Status == 0x0106
    early = end_of_step("COMPLETED")
    del early.PerformedProcedureStepEndDate
    assert change(early, uid).Status == 0x0120
    assert change(end_of_step("COMPLETED"), uid).Status == 0x0000
    final = change(end_of_step("DISCONTINUED"), uid)
    assert final.Status == 0x0110 and final.ErrorID == 0xA710, final
    assert "no longer be updated" in final.ErrorComment
    retrieve = ModalityPerformedProcedureStepRetrieve
    status, step = association.send_n_get([(0x0040, 0x0252), (0x0008, 0x0060)], retrieve, uid)
    assert status.Status == 0 and step.PerformedProcedureStepStatus == "COMPLETED" and step.Modality == "CT"
    status, _ = association.send_n_get([], retrieve, generate_uid())
    assert status.Status == 0x0112, hex(status.Status)
    assert create(start_of_step(study), None).Status == 0x0000
    association.release()


def action(instances):
    request = Dataset()
    request.TransactionUID = generate_uid()
    request.ReferencedSOPSequence = []
    for instance in instances:
        reference = Dataset()
        reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        reference.ReferencedSOPInstanceUID = instance
        request.ReferencedSOPSequence.append(reference)
    return request


class Reports:
    """What was reported."""

    def __init__(self):
        self.got = threading.Event()
        self.event = None

    def __call__(self, event):
        self.event = (event.event_type, event.event_information)
        self.got.set()
        return 0x0000, None

    def check(self, request, committed, failed):
        assert self.got.wait(PATIENCE), "no report came"
        kind, report = self.event
        assert report.TransactionUID == request.TransactionUID
        assert kind == (2 if failed else 1), kind
        found = [item.ReferencedSOPInstanceUID for item in report.get("ReferencedSOPSequence", [])]
        assert sorted(found) == sorted(committed), found
        missing = {i.ReferencedSOPInstanceUID: i.FailureReason for i in report.get("FailedSOPSequence", [])}
        assert missing == {uid: 0x0112 for uid in failed}, missing


def send_action(association, request, expected=0x0000, action_type=1):
    instance = StorageCommitmentPushModelInstance
    status, _ = association.send_n_action(request, action_type, StorageCommitmentPushModel, instance)
    assert status.Status == expected, hex(status.Status)


def commitment_here(port, *instances):
    """The report comes on the association of the request."""
    reports = Reports()
    association = associate(port, [StorageCommitmentPushModel], [(evt.EVT_N_EVENT_REPORT, reports)])
    request = action([*instances, "1.2.3.4.5"])
    send_action(association, request)
    reports.check(request, instances, ["1.2.3.4.5"])
    second, request = Reports(), action(instances)
    association.unbind(evt.EVT_N_EVENT_REPORT, reports)
    association.bind(evt.EVT_N_EVENT_REPORT, second)
    send_action(association, request)
    second.check(request, instances, [])
    send_action(association, request, 0x0123, action_type=2)
    send_action(association, action([]), 0x0114)
    association.release()


def listen(listen_port, reports):
    ae = AE(ae_title=TITLE)
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    return ae.start_server(("127.0.0.1", int(listen_port)), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, reports)])


def commitment_elsewhere(port, listen_port, *instances):
    """The association is released at once; the report comes on one that the gateway asks for."""
    reports = Reports()
    server = listen(listen_port, reports)
    association = associate(port, [StorageCommitmentPushModel])
    request = action(instances)
    send_action(association, request)
    association.release()
    reports.check(request, instances, [])
    server.shutdown()


def commitment_asked(port, file, *instances):
    """Asks, and is gone; the Transaction UID is in the file."""
    association = associate(port, [StorageCommitmentPushModel])
    request = action(instances)
    send_action(association, request)
    association.abort()
    with open(file, "w", encoding="ascii") as out:
        out.write(request.TransactionUID)


def commitment_told(listen_port, file, *instances):
    """Waits for the report of what was asked before."""
    reports = Reports()
    server = listen(listen_port, reports)
    request = action(instances)
    with open(file, encoding="ascii") as asked:
        request.TransactionUID = asked.read()
    reports.check(request, instances, [])
    server.shutdown()


globals()[sys.argv[1]](*sys.argv[2:])
print("all is well")
