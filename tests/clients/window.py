"""pynetdicom proposes an asynchronous operations window: window.py PORT TITLE."""

import sys

from pynetdicom import AE
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation
from pynetdicom.sop_class import Verification

port, title = int(sys.argv[1]), sys.argv[2]
for invoked, performed in [(8, 4), (0, 0), (1, 1)]:
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = invoked
    window.maximum_number_operations_performed = performed
    ae = AE(ae_title=title)
    ae.add_requested_context(Verification)
    association = ae.associate("127.0.0.1", port, ae_title="PACS", ext_neg=[window])
    assert association.is_established, "no association"
    assert association.acceptor.asynchronous_operations == (1, 1), association.acceptor.asynchronous_operations
    assert association.send_c_echo().Status == 0
    association.release()
print("all is well")
