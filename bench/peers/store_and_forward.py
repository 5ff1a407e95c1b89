"""A gateway as it is usually written with pynetdicom: receive an instance, send it on. Never inspects or records.

`python -m bench.peers.store_and_forward --port P --archive-port A`: one association in, one kept association out.
Success is answered only after the archive's own answer, as a gateway must.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys

from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, Verification

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_OUT_OF_RESOURCES = 0xA700


def main() -> None:
    """Serves until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--archive-port", type=int, required=True)
    parser.add_argument("--no-delay", action="store_true", help="set TCP_NODELAY, which pynetdicom leaves off")
    arguments = parser.parse_args()
    entity = AE(ae_title="FORWARD")
    for sop_class in (CTImageStorage, Verification):
        entity.add_supported_context(sop_class, EXPLICIT_LITTLE)
    entity.add_requested_context(CTImageStorage, EXPLICIT_LITTLE)

    def no_delay(event: evt.Event) -> None:
        """Switches off Nagle's algorithm."""
        connection = event.assoc.dul.socket.socket
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    opened = [(evt.EVT_CONN_OPEN, no_delay)] if arguments.no_delay else []
    archive = entity.associate(
        "127.0.0.1",
        arguments.archive_port,
        ae_title="ARCHIVE",
        evt_handlers=opened,
    )
    if not archive.is_established:
        sys.exit("the archive did not accept the association")

    def forward(event: evt.Event) -> int:
        data_set = event.dataset
        data_set.file_meta = event.file_meta
        answer = archive.send_c_store(data_set)
        return int(answer.Status) if "Status" in answer else _OUT_OF_RESOURCES

    server = entity.start_server(
        ("127.0.0.1", arguments.port),
        block=False,
        evt_handlers=[(evt.EVT_C_STORE, forward), *opened],
    )
    print(json.dumps({"port": arguments.port}), flush=True)
    sys.stdin.read()
    server.shutdown()
    archive.release()


if __name__ == "__main__":
    main()
