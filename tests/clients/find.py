"""C-FIND as pynetdicom sees it: HOST PORT CALLING CALLED. Stores its own objects first."""

import sys

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind as PatientRoot,
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind as StudyRoot,
)

host, port, calling, called = sys.argv[1:5]
ROOT = "1.2.826.0.1.3680043.10.1999.77"

# Patient's names in the character sets that hospitals send.
NAMES = {
    1: (["ISO 2022 IR 6", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    2: (["ISO 2022 IR 6", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    3: ("ISO_IR 126", "Διονυσιος"),
    4: ("ISO_IR 100", "Buc^Jérôme"),
    5: ("GB18030", "Wang^XiaoDong=王^小东"),
}


def associate(extended=None):
    entity = AE(ae_title=calling)
    for model in (PatientRoot, StudyRoot):
        entity.add_requested_context(model, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    entity.add_requested_context(SecondaryCaptureImageStorage, ExplicitVRLittleEndian)
    items = []
    for model in (PatientRoot, StudyRoot):
        if extended is not None:
            item = SOPClassExtendedNegotiation()
            item.sop_class_uid = model
            item.service_class_application_information = extended
            items.append(item)
    association = entity.associate(host, int(port), ae_title=called, ext_neg=items)
    assert association.is_established
    if extended is not None:
        answered = association.acceptor.sop_class_extended
        assert len(answered[StudyRoot]) == len(extended), answered
    return association


def store():
    association = associate()
    for study in range(1, 151):
        ds = Dataset()
        charset, name = NAMES.get(study, ("ISO_IR 6", f"Nobody^Number{study}"))
        ds.SpecificCharacterSet = charset
        ds.SOPClassUID = SecondaryCaptureImageStorage
        ds.SOPInstanceUID = f"{ROOT}.{study}.1.1"
        ds.StudyInstanceUID = f"{ROOT}.{study}"
        ds.SeriesInstanceUID = f"{ROOT}.{study}.1"
        ds.PatientName = name
        ds.PatientID = f"F{study}"
        ds.StudyDate = "20260105" if study % 2 else "20260106"
        ds.StudyTime = "230000" if study % 2 else "110000"
        ds.AccessionNumber = "" if study == 7 else f"A{study}"
        ds.Modality = "CT" if study % 3 else "MR"
        ds.SeriesNumber = 1
        ds.InstanceNumber = 1
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        assert association.send_c_store(ds).Status == 0
    association.release()


def keys(level, **more):
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def find(association, ds, model=StudyRoot):
    """The matches, the pending statuses, and the last status."""
    matches, pending, last = [], set(), None
    for status, identifier in association.send_c_find(ds, model):
        if status.Status in (0xFF00, 0xFF01):
            pending.add(status.Status)
            matches.append(identifier)
        else:
            last = status.Status
    return matches, pending, last


def names_in_every_character_set():
    association = associate()
    for study, (charset, name) in NAMES.items():
        ds = keys("STUDY", StudyInstanceUID=f"{ROOT}.{study}", PatientName="")
        (match,), _, last = find(association, ds)
        assert last == 0 and match.SpecificCharacterSet == "ISO_IR 192"
        assert str(match.PatientName) == name, (str(match.PatientName), name)
        ds = keys("STUDY", StudyInstanceUID="", PatientName=name, PatientID="")
        ds.SpecificCharacterSet = charset
        matches, _, last = find(association, ds)
        assert [match.PatientID for match in matches] == [f"F{study}"], (name, matches)
    ds = keys("STUDY", StudyInstanceUID=f"{ROOT}.10", PatientName="")
    (match,), _, _ = find(association, ds)
    assert "SpecificCharacterSet" not in match
    association.release()


def levels_and_models():
    association = associate()
    assert len(find(association, keys("PATIENT", PatientID="F1*", PatientName=""), PatientRoot)[0]) == 62
    (one,), _, _ = find(association, keys("PATIENT", PatientID="F9", NumberOfPatientRelatedStudies=""), PatientRoot)
    assert one.NumberOfPatientRelatedStudies == 1
    found, _, last = find(association, keys("STUDY", StudyInstanceUID=""))
    assert (len(found), last) == (150, 0)
    ds = keys("SERIES", StudyInstanceUID=f"{ROOT}.3", SeriesInstanceUID="", Modality="MR")
    (one,), pending, _ = find(association, ds)
    assert one.SeriesInstanceUID == f"{ROOT}.3.1" and pending == {0xFF00}
    assert one.RetrieveAETitle == called and one.InstanceAvailability == "ONLINE"
    assert find(association, keys("SERIES", SeriesInstanceUID=""))[2] == 0xA900
    assert find(association, keys("STUDY", StudyDate="nonsense"))[2] & 0xF000 == 0xC000
    association.release()


def extended_negotiation():
    association = associate(b"\x01\x01\x01\x01\x00\x01\x01")
    found, _, last = find(association, keys("IMAGE", SOPInstanceUID="", PatientID="F12"))
    assert (len(found), last) == (1, 0), "relational"
    dates = dict(StudyDate="20260105-20260106", StudyTime="2200-1200", StudyInstanceUID="")
    assert len(find(association, keys("STUDY", **dates))[0]) == 150, "from the first moment to the last"
    assert len(find(association, keys("STUDY", PatientName="numbr12 nobody", PatientID=""))[0]) >= 1, "fuzzy"
    found, _, _ = find(association, keys("STUDY", AccessionNumber='""', PatientID=""))
    assert [match.PatientID for match in found] == ["F7"], "empty value matching"
    association.release()
    association = associate()
    assert find(association, keys("STUDY", **dates))[2] & 0xF000 == 0xC000, "a time range over midnight"
    dates["StudyTime"] = "1000-1200"
    assert len(find(association, keys("STUDY", **dates))[0]) == 75, "each by itself"
    association.release()


def cancel_after_some():
    association = associate()
    statuses = []
    for status, _ in association.send_c_find(keys("STUDY", StudyInstanceUID=""), StudyRoot, msg_id=5):
        statuses.append(status.Status)
        if len(statuses) == 3:
            association.send_c_cancel(5, query_model=StudyRoot)
    assert statuses[-1] in (0xFE00, 0x0000) and len(statuses) <= 151
    assert find(association, keys("STUDY", StudyInstanceUID=f"{ROOT}.1"))[2] == 0, "the association goes on"
    association.release()


store()
names_in_every_character_set()
levels_and_models()
extended_negotiation()
cancel_after_some()
print("all is well")
