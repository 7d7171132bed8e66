"""C-GET and C-MOVE by pynetdicom.

Arguments: the gateway's port; a port for our own Storage SCP, which the gateway knows as PYSINK; a Study Instance UID;
how many Secondary Capture images it has, stored in Explicit VR Little Endian.
"""

import sys

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelGet as GET,
    StudyRootQueryRetrieveInformationModelMove as MOVE,
)

PORT, SINK_PORT, STUDY, COUNT = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])


def identifier():
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "STUDY"
    wanted.StudyInstanceUID = STUDY
    return wanted


def last_of(responses):
    responses = list(responses)
    status, answer = responses[-1]
    return responses, status, answer


def counts(status):
    names = ("NumberOfCompletedSuboperations", "NumberOfFailedSuboperations", "NumberOfWarningSuboperations")
    return tuple(getattr(status, name) for name in names)


def get(handler, roles=True, syntax=ExplicitVRLittleEndian):
    ae = AE(ae_title="TESTER")
    ae.add_requested_context(GET)
    ae.add_requested_context(SecondaryCaptureImageStorage, [syntax])
    negotiation = [build_role(SecondaryCaptureImageStorage, scp_role=True)] if roles else []
    association = ae.associate(
        "127.0.0.1", PORT, ae_title="PACS", ext_neg=negotiation, evt_handlers=[(evt.EVT_C_STORE, handler)]
    )
    assert association.is_established
    answer = last_of(association.send_c_get(identifier(), GET, msg_id=7))
    association.release()
    return answer


def gets_everything():
    kept = []

    def keep(event):
        kept.append(event.dataset)
        assert event.context.transfer_syntax == ExplicitVRLittleEndian
        return 0x0000

    responses, status, _ = get(keep)
    assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), status
    assert len(kept) == COUNT and all(len(image.PixelData) == 256 for image in kept)
    remaining = [pending.NumberOfRemainingSuboperations for pending, _ in responses[:-1]]
    assert remaining == list(range(COUNT - 1, 0, -1)), remaining


def gets_in_another_transfer_syntax():
    syntaxes = set()

    def keep(event):
        syntaxes.add(event.context.transfer_syntax)
        assert len(event.dataset.PixelData) == 256
        return 0x0000

    _, status, _ = get(keep, syntax=ImplicitVRLittleEndian)
    assert status.Status == 0x0000 and syntaxes == {ImplicitVRLittleEndian}


def gets_the_same_images_in_big_endian():
    def images(syntax):
        kept = {}

        def keep(event):
            assert event.context.transfer_syntax == syntax
            image = event.dataset
            image.file_meta = event.file_meta
            kept[image.SOPInstanceUID] = (image.Rows, str(image.PatientName), image.pixel_array.tolist())
            return 0x0000

        _, status, _ = get(keep, syntax=syntax)
        assert status.Status == 0x0000 and len(kept) == COUNT, status
        return kept

    assert images(ExplicitVRBigEndian) == images(ExplicitVRLittleEndian)


def gets_nothing_without_the_role():
    _, status, answer = get(lambda event: 0x0000, roles=False)
    assert status.Status == 0xA702 and counts(status) == (0, COUNT, 0), status
    assert len(answer.FailedSOPInstanceUIDList) == COUNT


def goes_on_past_failures():
    numbers = iter(range(COUNT))
    _, status, answer = get(lambda event: 0xC000 if next(numbers) % 2 else 0x0000)
    failed = COUNT // 2
    assert status.Status == 0xB000 and counts(status) == (COUNT - failed, failed, 0), status
    assert len(answer.FailedSOPInstanceUIDList) == failed


def get_is_cancelled():
    def cancel(event):
        event.assoc.send_c_cancel(7, query_model=GET)
        return 0x0000

    _, status, _ = get(cancel)
    assert status.Status == 0xFE00, status
    assert status.NumberOfRemainingSuboperations + sum(counts(status)) == COUNT


def move(handler, syntax=ExplicitVRLittleEndian, cancel=False, destination="PYSINK"):
    sink = AE(ae_title="PYSINK")
    sink.add_supported_context(SecondaryCaptureImageStorage, [syntax])
    server = sink.start_server(("127.0.0.1", SINK_PORT), block=False, evt_handlers=[(evt.EVT_C_STORE, handler)])
    ae = AE(ae_title="TESTER")
    ae.add_requested_context(MOVE)
    association = ae.associate("127.0.0.1", PORT, ae_title="PACS")
    assert association.is_established
    responses = []
    for status, answer in association.send_c_move(identifier(), destination, MOVE, msg_id=9):
        responses.append((status, answer))
        if cancel and len(responses) == 1:
            association.send_c_cancel(9, query_model=MOVE)
    association.release()
    # The gateway keeps its association for who asks next; to it, we go away.
    for kept in server.active_associations:
        kept.abort()
    server.shutdown()
    return last_of(responses)


def moves_everything():
    originators = set()

    def keep(event):
        request = event.request
        originators.add((request.MoveOriginatorApplicationEntityTitle.strip(), request.MoveOriginatorMessageID))
        return 0x0000

    responses, status, _ = move(keep)
    assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), status
    assert originators == {("TESTER", 9)}, originators
    assert [pending.Status for pending, _ in responses[:-1]] == [0xFF00] * (COUNT - 1)


def moves_to_whoever_takes_implicit_vr_only():
    syntaxes = set()

    def keep(event):
        syntaxes.add(event.context.transfer_syntax)
        assert len(event.dataset.PixelData) == 256
        return 0x0000

    _, status, _ = move(keep, syntax=ImplicitVRLittleEndian)
    assert status.Status == 0x0000 and syntaxes == {ImplicitVRLittleEndian}, status


def moves_past_failures():
    numbers = iter(range(COUNT))
    _, status, answer = move(lambda event: 0xA700 if next(numbers) % 2 else 0x0000)
    failed = COUNT // 2
    assert status.Status == 0xB000 and counts(status) == (COUNT - failed, failed, 0), status
    assert len(answer.FailedSOPInstanceUIDList) == failed


def move_is_cancelled():
    _, status, _ = move(lambda event: 0x0000, cancel=True)
    # Whoever is very quick is done before it hears of it.
    assert status.Status in (0xFE00, 0x0000), status


def moves_nowhere_that_is_not_known():
    _, status, _ = move(lambda event: 0x0000, destination="NOBODY")
    assert status.Status == 0xA801, status


gets_everything()
gets_in_another_transfer_syntax()
gets_the_same_images_in_big_endian()
gets_nothing_without_the_role()
goes_on_past_failures()
get_is_cancelled()
moves_everything()
moves_to_whoever_takes_implicit_vr_only()
moves_past_failures()
move_is_cancelled()
moves_nowhere_that_is_not_known()
print("all is well")
