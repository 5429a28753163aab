"""Senders of objects: DCMTK's storescu, pynetdicom's SCU, and single bytes of one's own."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from pydicom import dcmread
from pynetdicom import AE, _config
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification
from pynetdicom.presentation import build_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from pynetdicom.association import Association

CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"

#: For an association that pynetdicom gives up by mistake.
_TRIES = 5

C_STORE, C_ECHO, C_FIND = 0x0001, 0x0030, 0x0020
COMMAND, LAST = 1, 2


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dcmtk_sender(tool: str) -> str:
    """Return the path of DCMTK's storescu or echoscu: pynetdicom has programs of these names, beside its Python."""
    ours = Path(sys.executable).parent.resolve()
    folders = [name for name in os.environ["PATH"].split(os.pathsep) if Path(name).resolve() != ours]
    for name in folders:
        found = shutil.which(tool, path=name)
        if found is not None and b"python" not in Path(found).read_bytes()[:64]:
            return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{tool} of DCMTK is not installed")
    pytest.skip(f"{tool} of DCMTK is not installed")


def storescu(port: int, *arguments: object, title: str = "OPENWADO") -> subprocess.CompletedProcess[str]:
    """Send files with DCMTK."""
    command = [dcmtk_sender("storescu"), "-v", "-aec", title, "127.0.0.1", str(port), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def data_set_bytes(file: bytes) -> bytes:
    """Return what follows the File Meta Information of a file (PS3.10 7.1)."""
    assert file[128:132] == b"DICM"
    assert file[132:140] == b"\x02\x00\x00\x00UL\x04\x00"
    return file[144 + struct.unpack("<L", file[140:144])[0] :]


@contextmanager
def associated(  # noqa: D103 -- a test's own client
    port: int,
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    called: str = "OPENWADO",
    calling: str = "TESTER",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Association]:
    entity = AE(ae_title=calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 30
    requested = [build_context(abstract, list(syntaxes)) for abstract, syntaxes in contexts]
    for _ in range(_TRIES):
        association = entity.associate(
            "127.0.0.1", port, requested, ae_title=called, tls_args=(tls, "localhost") if tls else None
        )
        # A rejection that is there at once closes the connection before pynetdicom has seen that it was open.
        if not (association.is_aborted and association.acceptor.primitive is None):
            break
        _let_go(association)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        _let_go(association)


def _let_go(association: Association) -> None:
    association.dul.join(10)
    if association.dul.socket is not None and association.dul.socket.socket is not None:
        association.dul.socket.socket.close()


def send_stored(association: Association, path: Path) -> int:
    """Send the data set of a file as it is stored; return the status."""
    before = _config.STORE_SEND_CHUNKED_DATASET
    _config.STORE_SEND_CHUNKED_DATASET = True
    try:
        return int(association.send_c_store(path).Status)
    finally:
        _config.STORE_SEND_CHUNKED_DATASET = before


def uids_of(path: Path) -> tuple[str, str, str]:
    """Return study, series and object UID of a file."""
    found = dcmread(path, specific_tags=["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
    return str(found.StudyInstanceUID), str(found.SeriesInstanceUID), str(found.SOPInstanceUID)


def request_unit(
    contexts: Sequence[tuple[str, Sequence[str]]] = ((CT, (EXPLICIT,)),), *, called: str = "OPENWADO"
) -> bytes:
    """Return an A-ASSOCIATE-RQ."""
    wanted = A_ASSOCIATE()
    wanted.application_context_name = "1.2.840.10008.3.1.1.1"
    wanted.calling_ae_title, wanted.called_ae_title = "RAW", called
    definitions = []
    for number, (abstract, syntaxes) in enumerate(contexts):
        context = build_context(abstract, list(syntaxes))
        context.context_id = 2 * number + 1
        definitions.append(context)
    wanted.presentation_context_definition_list = definitions
    length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received = 16384
    implementation.implementation_class_uid = "1.2.3.4"
    wanted.user_information = [length, implementation]
    return bytes(A_ASSOCIATE_RQ(wanted).encode())


def command_set(field: int, *, data: bool = True, sop_class: str = CT, uid: str | bytes = "1.2.3") -> bytes:
    """Return a command set (PS3.7 9.3.1.1)."""

    def element(number: int, value: bytes) -> bytes:
        value += b"\0" * (len(value) % 2)
        return struct.pack("<HHL", 0, number, len(value)) + value

    raw = uid.encode() if isinstance(uid, str) else uid
    group = b"".join(
        [
            element(0x0002, sop_class.encode()) if sop_class else b"",
            element(0x0100, struct.pack("<H", field)),
            element(0x0110, struct.pack("<H", 7)),
            element(0x0700, struct.pack("<H", 0)),
            element(0x0800, struct.pack("<H", 1 if data else 0x0101)),
            element(0x1000, raw) if raw else b"",
        ]
    )
    return element(0x0000, struct.pack("<L", len(group))) + group


def data_unit(fragment: bytes, control: int, *, context_id: int = 1) -> bytes:
    """Return a P-DATA-TF with one presentation data value."""
    value = struct.pack(">LBB", len(fragment) + 2, context_id, control) + fragment
    return struct.pack(">BxL", 4, len(value)) + value


class RawPeer:
    """A connection on which a test sends what it likes.

    Args:
        port: of the server.
        established: whether an association for CT in Explicit VR Little Endian is asked for first.
    """

    def __init__(self, port: int, *, established: bool = False) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        if established:
            self.send(request_unit())
            assert self.unit()[0] == 2

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def unit(self) -> tuple[int, bytes]:
        """Return type and variable field of the next unit; (0, b"") where the connection was closed."""
        head = self._exactly(6)
        if len(head) < 6:
            return 0, b""
        return head[0], self._exactly(struct.unpack(">L", head[2:])[0])

    def status(self) -> int:
        """Return the status of a response."""
        kind, body = self.unit()
        assert kind == 4
        return response_elements(body)[0x0900]

    def _exactly(self, length: int) -> bytes:
        found = b""
        try:
            while len(found) < length and (part := self.socket.recv(length - len(found))):
                found += part
        except ConnectionResetError:
            return b""
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def response_elements(body: bytes) -> dict[int, int]:
    """Return the numbers of a response in a P-DATA-TF with one presentation data value."""
    found, place = {}, 6
    while place < len(body):
        _, number, length = struct.unpack_from("<HHL", body, place)
        if length == 2:
            found[number] = struct.unpack_from("<H", body, place + 8)[0]
        place += 8 + length
    return found
