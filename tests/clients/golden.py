"""Command sets as pynetdicom writes them, a line each: name, tab, hexadecimal digits (dimse-scp/src/message/golden.tsv)."""

from io import BytesIO

from pynetdicom import dimse_messages, dimse_primitives

CT, STUDY_FIND, STUDY_GET, STUDY_MOVE = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.2.2.1",
    "1.2.840.10008.5.1.4.1.2.2.3",
    "1.2.840.10008.5.1.4.1.2.2.2",
)
MPPS, MPPS_GET = "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.3.1.2.3.4"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
INSTANCE = "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873"


def data():
    return BytesIO(b"\x08\x00\x52\x00\x06\x00\x00\x00STUDY ")


MESSAGES = [
    ("C_ECHO_RQ", "C_ECHO", dict(MessageID=7, AffectedSOPClassUID="1.2.840.10008.1.1")),
    ("C_ECHO_RSP", "C_ECHO", dict(MessageIDBeingRespondedTo=8, AffectedSOPClassUID="1.2.840.10008.1.1", Status=0)),
    (
        "C_STORE_RQ",
        "C_STORE",
        dict(
            MessageID=7, AffectedSOPClassUID=CT, AffectedSOPInstanceUID=INSTANCE, Priority=0,
            MoveOriginatorApplicationEntityTitle="UNITTEST", MoveOriginatorMessageID=3, DataSet=data(),
        ),
    ),
    (
        "C_STORE_RSP",
        "C_STORE",
        dict(
            MessageIDBeingRespondedTo=5, AffectedSOPClassUID=CT, AffectedSOPInstanceUID=INSTANCE, Status=0xA700,
            ErrorComment="no room",
        ),
    ),
    ("C_FIND_RQ", "C_FIND", dict(MessageID=7, AffectedSOPClassUID=STUDY_FIND, Priority=2, Identifier=data())),
    (
        "C_FIND_RSP",
        "C_FIND",
        dict(MessageIDBeingRespondedTo=5, AffectedSOPClassUID=STUDY_FIND, Status=0xFF00, Identifier=data()),
    ),
    ("C_CANCEL_RQ", "C_CANCEL", dict(MessageIDBeingRespondedTo=5)),
    ("C_GET_RQ", "C_GET", dict(MessageID=7, AffectedSOPClassUID=STUDY_GET, Priority=2, Identifier=data())),
    (
        "C_GET_RSP",
        "C_GET",
        dict(
            MessageIDBeingRespondedTo=5, AffectedSOPClassUID=STUDY_GET, Status=0xFF00,
            NumberOfRemainingSuboperations=3, NumberOfCompletedSuboperations=1, NumberOfFailedSuboperations=2,
            NumberOfWarningSuboperations=4,
        ),
    ),
    (
        "C_MOVE_RQ",
        "C_MOVE",
        dict(
            MessageID=7, AffectedSOPClassUID=STUDY_MOVE, Priority=2, MoveDestination="MOVE_SCP", Identifier=data()
        ),
    ),
    (
        "C_MOVE_RSP",
        "C_MOVE",
        dict(
            MessageIDBeingRespondedTo=5, AffectedSOPClassUID=STUDY_MOVE, Status=0xB000,
            NumberOfCompletedSuboperations=1, NumberOfFailedSuboperations=2, NumberOfWarningSuboperations=0,
            Identifier=data(),
        ),
    ),
    (
        "N_EVENT_REPORT_RQ",
        "N_EVENT_REPORT",
        dict(
            MessageID=7, AffectedSOPClassUID=COMMITMENT, AffectedSOPInstanceUID=COMMITMENT_INSTANCE, EventTypeID=2,
            EventInformation=data(),
        ),
    ),
    (
        "N_EVENT_REPORT_RSP",
        "N_EVENT_REPORT",
        dict(
            MessageIDBeingRespondedTo=5, AffectedSOPClassUID=COMMITMENT, AffectedSOPInstanceUID=COMMITMENT_INSTANCE,
            EventTypeID=2, Status=0,
        ),
    ),
    (
        "N_GET_RQ",
        "N_GET",
        dict(
            MessageID=7, RequestedSOPClassUID=MPPS_GET, RequestedSOPInstanceUID=INSTANCE,
            AttributeIdentifierList=[0x00400252, 0x00400340],
        ),
    ),
    (
        "N_SET_RQ",
        "N_SET",
        dict(MessageID=7, RequestedSOPClassUID=MPPS, RequestedSOPInstanceUID=INSTANCE, ModificationList=data()),
    ),
    (
        "N_SET_RSP",
        "N_SET",
        dict(
            MessageIDBeingRespondedTo=5, AffectedSOPClassUID=MPPS, AffectedSOPInstanceUID=INSTANCE, Status=0x0110,
            ErrorID=0xA710,
        ),
    ),
    (
        "N_ACTION_RQ",
        "N_ACTION",
        dict(
            MessageID=7, RequestedSOPClassUID=COMMITMENT, RequestedSOPInstanceUID=COMMITMENT_INSTANCE, ActionTypeID=1,
            ActionInformation=data(),
        ),
    ),
    (
        "N_CREATE_RQ",
        "N_CREATE",
        dict(MessageID=7, AffectedSOPClassUID=MPPS, AffectedSOPInstanceUID=INSTANCE, AttributeList=data()),
    ),
    (
        "N_CREATE_RSP",
        "N_CREATE",
        dict(MessageIDBeingRespondedTo=5, AffectedSOPClassUID=MPPS, AffectedSOPInstanceUID=INSTANCE, Status=0),
    ),
]


def command_set(name, kind, values):
    primitive = getattr(dimse_primitives, kind)()
    for attribute, value in values.items():
        setattr(primitive, attribute, value)
    message = getattr(dimse_messages, name)()
    message.primitive_to_message(primitive)
    first = next(iter(message.encode_msg(1, 16382)))
    ((_, fragment),) = first.presentation_data_value_list
    assert fragment[0] == 3, "the command set is not whole"
    return fragment[1:]


for name, kind, values in MESSAGES:
    print(f"{name}\t{command_set(name, kind, values).hex()}")
