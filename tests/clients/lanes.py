"""C-MOVEs by pynetdicom that the gateway sends over several associations at once.

Arguments: the gateway's port; a port for our own Storage SCP, which the gateway knows as PYSINK; a Study Instance UID; how
many Secondary Capture images it has, an even number; titles of other destinations that are there.
"""

import sys
import threading

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import SecondaryCaptureImageStorage, StudyRootQueryRetrieveInformationModelMove as MOVE

PORT, SINK_PORT, STUDY, COUNT = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
OTHERS = sys.argv[5:]
PATIENCE = 60


def counts(status):
    names = ("NumberOfCompletedSuboperations", "NumberOfFailedSuboperations", "NumberOfWarningSuboperations")
    return tuple(getattr(status, name) for name in names)


def move(destination):
    """Has the study sent; the last response, once all of them were found to count right."""
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "STUDY"
    wanted.StudyInstanceUID = STUDY
    ae = AE(ae_title="TESTER")
    ae.add_requested_context(MOVE)
    association = ae.associate("127.0.0.1", PORT, ae_title="PACS")
    assert association.is_established
    responses = list(association.send_c_move(wanted, destination, MOVE, msg_id=9))
    association.release()
    left = COUNT
    for pending, _ in responses[:-1]:
        remaining = pending.NumberOfRemainingSuboperations
        assert pending.Status == 0xFF00 and sum(counts(pending)) + remaining == COUNT, pending
        # One that is only a sign of life tells what the one before it told.
        assert remaining in (left, left - 1), pending
        left = remaining
    assert left == 1, f"{left} were left when the last response came"
    status, answer = responses[-1]
    assert sum(counts(status)) == COUNT, status
    return status, answer


class Sink:
    """Our own Storage SCP: keeps what it has taken, and whom it has turned away."""

    def __init__(self, answer, most=10):
        self.kept, self.associations, self.rejected = [], set(), threading.Event()
        self.answer, self.lock, self.number = answer, threading.Lock(), 0
        ae = AE(ae_title="PYSINK")
        ae.maximum_associations = most
        ae.add_supported_context(SecondaryCaptureImageStorage, [ExplicitVRLittleEndian])
        handlers = [(evt.EVT_C_STORE, self.store), (evt.EVT_REJECTED, lambda event: self.rejected.set())]
        self.server = ae.start_server(("127.0.0.1", SINK_PORT), block=False, evt_handlers=handlers)

    def store(self, event):
        with self.lock:
            number, self.number = self.number, self.number + 1
            self.associations.add(event.assoc)
        status = self.answer(self, event, number)
        if status == 0x0000:
            with self.lock:
                self.kept.append(event.request.AffectedSOPInstanceUID)
        return status

    def end(self):
        # The gateway keeps its associations for who asks next; to it, we go away.
        for kept in self.server.active_associations:
            kept.abort()
        self.server.shutdown()


def assert_all_kept(sink):
    assert len(set(sink.kept)) == COUNT, sink.kept


def sends_over_two_at_once():
    pair = threading.Barrier(2, timeout=PATIENCE)

    def answer(sink, event, number):
        # Nobody is answered before another one is here.
        pair.wait()
        return 0x0000

    sink = Sink(answer)
    status, _ = move("PYSINK")
    sink.end()
    assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), status
    assert len(sink.associations) == 2 and len(sink.kept) == COUNT
    assert_all_kept(sink)


def counts_what_fails_on_either():
    sink = Sink(lambda sink, event, number: 0xA700 if number % 2 else 0x0000)
    status, answer = move("PYSINK")
    sink.end()
    failed = COUNT // 2
    assert status.Status == 0xB000 and counts(status) == (COUNT - failed, failed, 0), status
    assert len(answer.FailedSOPInstanceUIDList) == failed
    assert not set(answer.FailedSOPInstanceUIDList) & set(sink.kept)


def sends_all_to_who_has_room_for_one():
    def answer(sink, event, number):
        assert sink.rejected.wait(PATIENCE), "a second association was not asked for"
        return 0x0000

    sink = Sink(answer, most=1)
    status, _ = move("PYSINK")
    sink.end()
    assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), status
    assert len(sink.associations) == 1 and len(sink.kept) == COUNT
    assert_all_kept(sink)


def loses_nothing_with_an_association():
    def answer(sink, event, number):
        if number == 1:
            event.assoc.abort()
            return 0xC000
        return 0x0000

    sink = Sink(answer)
    status, _ = move("PYSINK")
    sink.end()
    assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), status
    assert_all_kept(sink)


def sends_to_others():
    for destination in OTHERS:
        status, _ = move(destination)
        assert status.Status == 0x0000 and counts(status) == (COUNT, 0, 0), (destination, status)


sends_over_two_at_once()
counts_what_fails_on_either()
sends_all_to_who_has_room_for_one()
loses_nothing_with_an_association()
sends_to_others()
print("all is well")
