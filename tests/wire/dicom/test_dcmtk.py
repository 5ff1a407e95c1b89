"""Real bytes: what DCMTK's tools send is read, and what we build is taken by them."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from leadglass.model.ae_title import ae_field
from leadglass.wire.dicom.command import Command, build_command, parse_command, response_to
from leadglass.wire.dicom.command_elements import C_ECHO_RQ, C_STORE_RQ
from leadglass.wire.dicom.negotiation import answer, check_answer, propose
from leadglass.wire.dicom.pdu import (
    RELEASE_RP,
    RELEASE_RQ,
    AssociateRQ,
    associate_rj,
    build_associate_ac,
    build_associate_rq,
    p_data,
    parse_associate_ac,
    parse_associate_rq,
    parse_p_data,
    parse_release,
)
from leadglass.wire.dicom.uids import (
    CT_IMAGE_STORAGE,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
)

DEADLINE = 60.0  # seconds; generous, for a loaded machine
LIMIT = 1 << 20
PACS, CT1 = ae_field("PACS"), ae_field("CT1")
OF_DCMTK = ("reserved-result-byte",)
IMPLICIT = IMPLICIT_VR_LITTLE_ENDIAN


def read_pdu(connection: socket.socket) -> bytes:
    """One PDU, or nothing at the end of the stream."""
    data = b""
    wanted = 6
    while len(data) < wanted:
        got = connection.recv(wanted - len(data))
        if not got:
            return data
        data += got
        if len(data) == 6 == wanted:
            wanted += int.from_bytes(data[2:6], "big")
            assert wanted <= LIMIT
    return data


@dataclass
class Heard:
    """What a tool said on one association."""

    request: bytes = b""
    commands: list[bytes] = field(default_factory=list)
    released: bool = False
    error: BaseException | None = None


class Acceptor:
    """An archive of a few lines: accepts every context, answers every request with ``status``."""

    def __init__(self, status: int = 0, reject: bytes = b"") -> None:
        self.status, self.reject = status, reject
        self.heard = Heard()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(DEADLINE)
                self.converse(connection)
        except BaseException as error:  # noqa: BLE001  # shown by the test that waits for it
            self.heard.error = error
        finally:
            self.listener.close()

    def converse(self, connection: socket.socket) -> None:
        self.heard.request = read_pdu(connection)
        rq = parse_associate_rq(self.heard.request)
        if self.reject:
            connection.sendall(self.reject)
            return
        connection.sendall(accept(rq))
        pending = b""
        while pdu := read_pdu(connection):
            if pdu[0] == 5:
                assert parse_release(pdu) == ()
                connection.sendall(RELEASE_RP)
                self.heard.released = True
                return
            for value in parse_p_data(pdu, LIMIT):
                if value.is_command:
                    pending += value.fragment
                    if value.is_last:
                        self.heard.commands.append(pending)
                        command = parse_command(pending)
                        pending = b""
                if value.is_last and value.is_command != command.data_set_present:
                    connection.sendall(p_data(value.context_id, response_to(command, self.status)))

    def finish(self) -> Heard:
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive()
        if self.heard.error is not None:
            raise self.heard.error
        return self.heard


def accept(rq: AssociateRQ) -> bytes:
    """Every context accepted with its first transfer syntax."""
    results = [(context.id, 0, context.transfer_syntaxes[0]) for context in rq.contexts]
    return build_associate_ac(rq.called, rq.calling, results, 16384, roles=rq.user_information.roles)


def run_tool(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT instance without pixels, in implicit VR little endian."""
    instance = Dataset()
    instance.SOPClassUID = CT_IMAGE_STORAGE
    instance.SOPInstanceUID = "1.2.3.4.5"
    instance.StudyInstanceUID = "1.2.3"
    instance.SeriesInstanceUID = "1.2.3.4"
    instance.PatientID = "4711"
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = UID(IMPLICIT)
    path = tmp_path_factory.mktemp("dcmtk") / "image.dcm"
    instance.save_as(path, enforce_file_format=True)
    return path


def test_echoscu_is_read_and_satisfied() -> None:
    acceptor = Acceptor()
    done = run_tool("echoscu", "-aet", "MOD.1", "-aec", "PACS", "127.0.0.1", str(acceptor.port))
    heard = acceptor.finish()
    assert done.returncode == 0, done.stderr
    rq = parse_associate_rq(heard.request)
    assert rq.tolerated == OF_DCMTK
    assert (rq.called, rq.calling) == (PACS, ae_field("MOD.1"))
    assert [(c.id, c.abstract_syntax, c.transfer_syntaxes) for c in rq.contexts] == [(1, VERIFICATION, (IMPLICIT,))]
    assert rq.user_information.maximum_length == 16384
    assert rq.user_information.implementation_version_name.startswith("OFFIS_DCMTK_")
    assert propose(rq, frozenset((1,)), 16384) == heard.request
    (command,) = (parse_command(data) for data in heard.commands)
    assert command == Command(C_ECHO_RQ, message_id=1, affected_sop_class=VERIFICATION)
    assert build_command(command) == heard.commands[0]
    assert heard.released


def test_echoscu_with_128_contexts_is_read() -> None:
    acceptor = Acceptor()
    done = run_tool(
        "echoscu", "--propose-pc", "128", "--propose-ts", "38", "-aec", "PACS", "127.0.0.1", str(acceptor.port)
    )
    heard = acceptor.finish()
    assert done.returncode == 0, done.stderr
    rq = parse_associate_rq(heard.request)
    assert len(rq.contexts) == 128
    assert rq.tolerated == OF_DCMTK
    assert propose(rq, frozenset(range(256)), 16384) == heard.request


def test_storescu_is_read_and_satisfied(image: Path) -> None:
    acceptor = Acceptor()
    done = run_tool("storescu", "-v", "-aet", "CT1", "-aec", "PACS", "127.0.0.1", str(acceptor.port), str(image))
    heard = acceptor.finish()
    assert done.returncode == 0, done.stderr
    assert parse_associate_rq(heard.request).tolerated == OF_DCMTK
    assert propose(parse_associate_rq(heard.request), frozenset(range(256)), 16384) == heard.request
    command = parse_command(heard.commands[0])
    assert command.tolerated == ()
    assert (command.operation, command.sop_class, command.sop_instance) == ("C-STORE", CT_IMAGE_STORAGE, "1.2.3.4.5")
    assert command.data_set_present
    assert build_command(command) == heard.commands[0]


def test_storescu_understands_a_refusal(image: Path) -> None:
    acceptor = Acceptor(status=0x0124)
    done = run_tool("storescu", "-v", "127.0.0.1", str(acceptor.port), str(image))
    acceptor.finish()
    assert done.returncode != 0
    assert "0x124" in done.stdout + done.stderr


def test_echoscu_understands_a_rejection() -> None:
    acceptor = Acceptor(reject=associate_rj(1, 1, 3))
    done = run_tool("echoscu", "127.0.0.1", str(acceptor.port))
    acceptor.finish()
    assert done.returncode != 0
    assert "Calling AE Title Not Recognized" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("tool", "operation", "roles"),
    [
        (("findscu", "-W", "-k", "PatientName"), "C-FIND", 0),
        (("movescu", "-S", "-aem", "WS1", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"), "C-MOVE", 0),
        (("getscu", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"), "C-GET", 100),
    ],
)
def test_query_and_retrieve_tools_are_read(tool: tuple[str, ...], operation: str, roles: int) -> None:
    acceptor = Acceptor()
    done = run_tool(*tool, "-aec", "PACS", "127.0.0.1", str(acceptor.port))
    heard = acceptor.finish()
    assert done.returncode == 0, done.stderr
    rq = parse_associate_rq(heard.request)
    assert rq.tolerated == OF_DCMTK
    assert len(rq.user_information.roles) >= roles
    assert propose(rq, frozenset(range(256)), rq.user_information.maximum_length) == heard.request
    command = parse_command(heard.commands[0])
    assert command.tolerated == ()
    assert command.operation == operation
    assert command.data_set_present
    assert command.move_destination == ("WS1" if operation == "C-MOVE" else "")
    assert build_command(command) == heard.commands[0]


@contextmanager
def storescp(folder: Path) -> Iterator[int]:
    """DCMTK's storescp on a free port, in ``folder``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with subprocess.Popen(
        ["storescp", "-dhl", "-aet", "PACS", "-od", str(folder), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield port
        finally:
            process.terminate()
            process.wait(DEADLINE)


def connect(port: int) -> socket.socket:
    """A connection, once the port listens."""
    until = time.monotonic() + DEADLINE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        except ConnectionRefusedError:
            assert time.monotonic() < until, "storescp does not listen"
            time.sleep(0.02)


def test_storescp_takes_what_we_build(tmp_path: Path, image: Path) -> None:
    file = image.read_bytes()
    data_set = file[132 + 12 + int.from_bytes(file[140:144], "little") :]  # behind preamble and file meta group
    contexts = [(1, VERIFICATION, [IMPLICIT]), (3, CT_IMAGE_STORAGE, [IMPLICIT]), (5, "1.2.3.4", [IMPLICIT])]
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, contexts, 131072))
    with storescp(tmp_path) as port, connect(port) as connection:
        connection.sendall(propose(rq, frozenset((1, 3, 5)), 131072))
        ac = parse_associate_ac(read_pdu(connection))
        assert ac.tolerated == ()
        assert [(context.id, context.result) for context in ac.contexts] == [(1, 0), (3, 0), (5, 3)]
        assert check_answer(rq, frozenset((1, 3, 5)), ac) == ""
        assert check_answer(rq, frozenset((1, 5)), ac) == "context-not-proposed"
        mirrored = parse_associate_ac(answer(rq, ac, frozenset((1, 3, 5)), 131072))
        assert [context.raw for context in mirrored.contexts] == [context.raw for context in ac.contexts]

        echo = build_command(Command(C_ECHO_RQ, message_id=1, affected_sop_class=VERIFICATION))
        connection.sendall(p_data(1, echo, None, 60))
        (value,) = parse_p_data(read_pdu(connection), LIMIT)
        response = parse_command(value.fragment)
        assert (response.operation, response.status, response.message_id_being_responded_to) == ("C-ECHO", 0, 1)

        store = Command(
            C_STORE_RQ,
            message_id=2,
            affected_sop_class=CT_IMAGE_STORAGE,
            affected_sop_instance="1.2.3.4.5",
            data_set_present=True,
            priority=0,
        )
        connection.sendall(p_data(3, build_command(store), data_set, 60))
        (value,) = parse_p_data(read_pdu(connection), LIMIT)
        response = parse_command(value.fragment)
        assert (response.operation, response.status, response.sop_instance) == ("C-STORE", 0, "1.2.3.4.5")
        assert response_to(store, 0) == value.fragment, "DCMTK's own response is the one we would build"

        connection.sendall(RELEASE_RQ)
        assert read_pdu(connection) == RELEASE_RP
    (stored,) = tmp_path.glob("CT*")
    assert stored.read_bytes().endswith(data_set)


def test_storescp_is_offered_only_what_is_kept(tmp_path: Path) -> None:
    contexts = [
        (1, VERIFICATION, [IMPLICIT]),
        (3, CT_IMAGE_STORAGE, [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT]),
    ]
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, contexts, 16384))
    keep = frozenset((3,))
    with storescp(tmp_path) as port, connect(port) as connection:
        connection.sendall(propose(rq, keep, 16384))
        ac = parse_associate_ac(read_pdu(connection))
        assert [(context.id, context.result) for context in ac.contexts] == [(3, 0)]
        assert check_answer(rq, keep, ac) == ""
        connection.sendall(RELEASE_RQ)
        assert read_pdu(connection) == RELEASE_RP
    reply = parse_associate_ac(answer(rq, ac, keep, 16384))
    assert [(context.id, context.result) for context in reply.contexts] == [(1, 1), (3, 0)]
