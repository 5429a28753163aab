"""Peers that may not send, send nonsense, or stop in the middle: refused, logged, and nothing of theirs is left."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from dicom_receiver import ECHO
from dicom_sending import (
    C_ECHO,
    C_FIND,
    C_STORE,
    COMMAND,
    CT,
    EXPLICIT,
    LAST,
    VERIFICATION,
    RawPeer,
    associated,
    command_set,
    data_unit,
    free_port,
    request_unit,
    storescu,
)
from openwado.samples import write_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicom_receiver import Receiver

pytestmark = pytest.mark.xdist_group("dicom_peers")

PERMANENT, TRANSIENT = 1, 2


@pytest.fixture(scope="module")
def receiver(start_receiver: Callable[..., Receiver]) -> Receiver:
    """Return a server with narrow bounds."""
    return start_receiver(
        OPENWADO_MAX_ASSOCIATIONS="3",
        OPENWADO_MAX_OBJECT_SIZE="1",
        OPENWADO_DICOM_ACSE_TIMEOUT="1",
        OPENWADO_DICOM_DIMSE_TIMEOUT="1",
        OPENWADO_DICOM_IDLE_TIMEOUT="2",
    )


def test_other_title_is_called(receiver: Receiver) -> None:
    """PS3.8 table 9-21: rejected for good, by the service user, called AE title not recognized."""
    with RawPeer(receiver.port) as peer:
        peer.send(request_unit(called="SOMEBODY"))
        assert peer.unit() == (3, bytes([0, PERMANENT, 1, 7]))
    receiver.until_logged('called=SOMEBODY reason="called AE title not recognized"')
    assert receiver.is_well()


def test_peers_are_those_of_the_setting(start_receiver: Callable[..., Receiver]) -> None:
    """PS3.8 table 9-21: calling AE title not recognized, where neither title nor address are allowed."""
    peers = '[{"ae_title": "CT1", "address": "127.0.0.0/8"}, {"ae_title": "CT2", "address": "192.0.2.7"}]'
    receiver = start_receiver(OPENWADO_DICOM_PEERS=peers, OPENWADO_MATCH_CALLED_AE_TITLE="false")
    with associated(receiver.port, ECHO, calling="CT1", called="WHOEVER") as association:
        assert association.send_c_echo().Status == 0
    for calling in ("CT2", "CT3"):
        with associated(receiver.port, ECHO, calling=calling) as association:
            assert association.is_rejected
            answer = association.acceptor.primitive
            assert answer is not None
            assert (answer.result, answer.result_source, answer.diagnostic) == (PERMANENT, 1, 3)


def test_more_associations_than_allowed(receiver: Receiver) -> None:
    """PS3.8 table 9-21: rejected for the time being, local limit exceeded; afterwards there is room again."""
    peers = [RawPeer(receiver.port, established=True) for _ in range(3)]
    with RawPeer(receiver.port) as fourth:
        fourth.send(request_unit())
        assert fourth.unit() == (3, bytes([0, TRANSIENT, 3, 2]))
    for peer in peers:
        peer.socket.close()
    assert receiver.is_well()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x01\x00\xff\xff\xff\xff" + bytes(1000),
        b"\x04\x00\xff\xff\xff\xff" + bytes(1000),
        b"\x01\x00\x00\x00\x00\x44" + bytes(68),
        data_unit(command_set(C_ECHO, data=False), COMMAND | LAST),
        request_unit()[:-10] + bytes([0x50, 0xFF, 0xFF, 0xFF] + [0] * 6),
    ],
    ids=["http", "endless request", "endless data", "empty request", "data first", "broken items"],
)
def test_what_is_no_request_to_begin_with(receiver: Receiver, sent: bytes) -> None:
    """PS3.8 9.3.8: an A-ABORT of the service provider; no room is made for what such bytes announce."""
    with RawPeer(receiver.port) as peer:
        peer.send(sent)
        kind, body = peer.unit()
        assert (kind, body[2]) == (7, 2)
        assert peer.unit()[0] == 0
    assert receiver.is_well()


ANNOUNCED = data_unit(command_set(C_STORE), COMMAND | LAST)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x04\x00\xff\xff\xff\xff" + bytes(1000),
        b"\x09\x00\x00\x00\x00\x04" + bytes(4),
        request_unit(),
        struct.pack(">BxLLBB", 4, 6, 0xFFFFFFFF, 1, 3),
        struct.pack(">BxLLBB", 4, 6, 1, 1, 3),
        data_unit(b"\x00" * 7, COMMAND | LAST),
        data_unit(b"", COMMAND | LAST),
        data_unit(command_set(C_STORE), COMMAND | LAST, context_id=5),
        data_unit(b"data", LAST),
        ANNOUNCED + ANNOUNCED,
        ANNOUNCED + data_unit(b"data", LAST, context_id=3),
        ANNOUNCED + b"\x05\x00\x00\x00\x00\x04" + bytes(4),
        data_unit(command_set(0x8001, data=False), COMMAND | LAST),
        data_unit(bytes(16000), COMMAND) * 3,
        ANNOUNCED + data_unit(bytes(60000), 0) * 60,
        ANNOUNCED + data_unit(b"", 0) * 400_000,
    ],
    ids=[
        "length",
        "type",
        "second request",
        "fragment beyond the unit",
        "fragment without its head",
        "no command",
        "empty command",
        "context not accepted",
        "data without command",
        "command twice",
        "data of another context",
        "release within a message",
        "response",
        "endless command",
        "endless data set",
        "endless nothing",
    ],
)
def test_units_that_may_not_be(receiver: Receiver, sent: bytes) -> None:
    """PS3.8 9.2, 9.3.8: the association is aborted by the service provider, and what came of an object is gone."""
    with RawPeer(receiver.port, established=True) as peer:
        try:
            peer.send(sent)
        except (ConnectionResetError, BrokenPipeError):
            pass  # an answer to the first part, while the rest was still on its way
        else:
            kind, body = peer.unit()
            assert (kind, body[2:3]) in {(7, b"\x02"), (0, b"")}
    assert receiver.is_well()


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (command_set(C_STORE, uid="../../../etc/passwd"), 0x0117),
        (command_set(C_STORE, uid=b"1.2.3\\4"), 0x0117),
        (command_set(C_STORE, uid=""), 0x0117),
        (command_set(C_STORE, uid="1" * 65), 0x0117),
        (command_set(C_STORE, sop_class=""), 0x0212),
        (command_set(C_STORE, sop_class="1.2.840.10008.5.1.4.1.1.4"), 0x0122),
        (command_set(C_FIND), 0x0211),
    ],
    ids=["path", "several", "missing", "too long", "no class", "class of another context", "query"],
)
def test_commands_that_lie(receiver: Receiver, command: bytes, status: int) -> None:
    """PS3.7 annex C: a status when the data set is over; the association goes on."""
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(data_unit(command, COMMAND | LAST) + data_unit(bytes(5000), 0) + data_unit(bytes(10), LAST))
        assert peer.status() == status
        peer.send(data_unit(command_set(C_STORE, data=False), COMMAND | LAST))
        assert peer.status() == 0x0212
    assert receiver.is_well()


def test_object_that_is_too_large(receiver: Receiver) -> None:
    """PS3.4 B.2.3: A700H once all of it came, and the association goes on."""
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(ANNOUNCED + data_unit(bytes(60000), 0) * 20 + data_unit(b"", LAST))
        assert peer.status() == 0xA700
        peer.send(data_unit(command_set(C_ECHO, data=False, sop_class=VERIFICATION), COMMAND | LAST))
        assert peer.status() == 0x0000
    assert receiver.is_well()


@pytest.mark.parametrize("how", ["abort", "close", "silence"])
def test_peers_that_stop_in_the_middle(receiver: Receiver, how: str) -> None:
    """PS3.8 9.2: what came of the object is thrown away when the peer aborts, is gone, or says nothing any more."""
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(ANNOUNCED + data_unit(bytes(60000), 0))
        if how == "abort":
            peer.send(b"\x07\x00\x00\x00\x00\x04" + bytes(4))
            assert peer.unit()[0] == 0
        else:
            peer.send(b"\x04\x00\x00\x00\xff\xff" + bytes(100))
        if how == "silence":
            assert peer.unit()[0] == 7
    assert receiver.is_well()


def test_peers_that_never_begin(receiver: Receiver) -> None:
    """PS3.8 9.1.5: the ARTIM timer ends connections on which nothing is asked for, or too slowly."""
    silent = [RawPeer(receiver.port) for _ in range(20)]
    for number, peer in enumerate(silent):
        peer.send(request_unit()[: number * 3])
    for peer in silent:
        assert peer.unit()[0] == 0
        peer.socket.close()
    assert receiver.is_well()


def test_more_connections_than_are_listened_to(receiver: Receiver) -> None:
    """Half-open connections take a bounded number of threads; when they are gone, all is as before."""
    held = [RawPeer(receiver.port) for _ in range(120)]
    receiver.until_logged('reason="too many of them"')
    assert receiver.threads() <= 3 + 64 + 1
    for peer in held:
        peer.socket.close()
    assert receiver.is_well()


def test_large_object_takes_no_memory(start_receiver: Callable[..., Receiver]) -> None:
    """An object goes to its file while it comes: half a gibibyte of it changes the memory of the process little."""
    receiver = start_receiver()
    assert receiver.is_well()

    def peak() -> int:
        lines = Path(f"/proc/{receiver.process()}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])

    before = peak()
    with RawPeer(receiver.port, established=True) as peer:
        peer.send(ANNOUNCED)
        unit = data_unit(bytes(200_000), 0) * 10
        for _ in range(270):
            peer.send(unit)
        peer.send(data_unit(b"", LAST))
        assert peer.status() == 0xC000
    assert peak() - before < 48 * 1024
    assert receiver.is_well()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two authorities, a server's certificate of the first and a client's of each."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607 -- from PATH

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost")
        signed = ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", "-days", "2")
    return folder


def client_context(certificates: Path, name: str) -> ssl.SSLContext:
    """Return TLS of a peer that shows a certificate; "" for none."""
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    context.check_hostname = False
    if name:
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    return context


def test_tls(start_receiver: Callable[..., Receiver], certificates: Path, tmp_path: Path) -> None:
    """PS3.15 B.12: with a certificate of ours and one of the peer's; without the right one nothing is heard."""
    receiver = start_receiver(
        OPENWADO_DICOM_TLS_CERTIFICATE=str(certificates / "server.pem"),
        OPENWADO_DICOM_TLS_KEY=str(certificates / "server.key"),
        OPENWADO_DICOM_TLS_CA=str(certificates / "ca.pem"),
        OPENWADO_DICOM_ACSE_TIMEOUT="2",
    )
    with associated(receiver.port, ECHO, tls=client_context(certificates, "client")) as association:
        assert association.send_c_echo().Status == 0
    write_samples(tmp_path)
    samples = sorted(tmp_path.rglob("*.dcm"))
    sample = next(path for path in samples if dcmread(path).file_meta.TransferSyntaxUID == EXPLICIT)
    options = ["+tls", certificates / "client.key", certificates / "client.pem", "+cf", certificates / "ca.pem"]
    ran = storescu(receiver.port, *options, sample)
    assert ran.returncode == 0, ran.stderr
    for name in ("stranger", ""):
        with associated(receiver.port, ECHO, tls=client_context(certificates, name)) as association:
            assert not association.is_established
    old = client_context(certificates, "client")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")
    with associated(receiver.port, ECHO, tls=old) as association:
        assert not association.is_established
    with associated(receiver.port, [(CT, [EXPLICIT])]) as association:  # no TLS at all
        assert not association.is_established
    receiver.until_logged('reason="TLS: ')


def test_a_new_certificate_is_taken_without_a_restart(
    start_receiver: Callable[..., Receiver], certificates: Path, tmp_path: Path
) -> None:
    """New associations see what the files hold by now; files that do not fit together change nothing."""

    def put(name: str) -> None:
        for suffix in ("key", "pem"):
            (tmp_path / f"new.{suffix}").write_bytes((certificates / f"{name}.{suffix}").read_bytes())
            (tmp_path / f"new.{suffix}").replace(tmp_path / f"own.{suffix}")

    def shown(port: int) -> bytes:
        time.sleep(1.1)  # the files are looked at once a second
        context = client_context(certificates, "client")
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            return secured.getpeercert(binary_form=True) or b""

    put("server")
    receiver = start_receiver(
        OPENWADO_DICOM_TLS_CERTIFICATE=str(tmp_path / "own.pem"), OPENWADO_DICOM_TLS_KEY=str(tmp_path / "own.key")
    )
    before = shown(receiver.port)
    put("client")
    after = shown(receiver.port)
    assert after != before
    (tmp_path / "own.key").write_bytes((certificates / "server.key").read_bytes())
    assert shown(receiver.port) == after
    receiver.until_logged("certificates not read")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DICOM_TLS_CERTIFICATE", "/nowhere.pem", "dicom_tls_certificate"),
        ("DICOM_TLS_CA", "/nowhere.pem", "dicom_tls_ca (the environment): it needs dicom_tls_certificate"),
        (
            "DICOM_TLS_CRL",
            "/nowhere.crl",
            "dicom_tls_crl (the environment): it needs dicom_tls_certificate and dicom_tls_ca",
        ),
        (
            "TLS_CLIENT_CRL",
            "/nowhere.crl",
            "tls_client_crl (the environment): it needs tls_certificate and tls_client_ca",
        ),
        ("AE_TITLE", "A TITLE THAT IS TOO LONG", "ae_title"),
        ("DICOM_PEERS", '[{"address": "10.0.0.1/8"}]', "10.0.0.1/8"),
        ("DICOM_PEERS", '[{"title": "A"}]', "dicom_peers"),
        ("DICOM_PEERS", "[{}]", "dicom_peers"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    """A setting that cannot be is said before the server starts, by its name."""
    command = [sys.executable, "-m", "openwado", "serve", "--data", str(tmp_path), "--port", "0"]
    ran = subprocess.run(
        [*command, "--dicom-port", str(free_port())],
        env=os.environ | {f"OPENWADO_{name}": value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr
