"""Certificates that their authority has revoked, by the real command: over HTTPS, and with DICOM peers."""

from __future__ import annotations

import ssl
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from audit_reading import wait_for
from authorities import authority
from dicom_sending import EXPLICIT, VERIFICATION, associated
from openwado.config import SettingsError
from openwado.server.tls import TlsFiles, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from authorities import Authority
    from dicom_receiver import Receiver

pytestmark = pytest.mark.xdist_group("revocation")

#: The files are looked at once a second.
LOOKED_SECONDS = 1.1

BOTH_WAYS = 2


class Guarded:
    """A server that asks its clients and its DICOM peers for certificates, and knows which are revoked."""

    def __init__(self, start: Callable[..., Receiver], folder: Path) -> None:
        self.trusted = authority(folder)
        self.shown = {name: self.trusted.issue(name, common_name=name) for name in ("kept", "stolen")}
        self.revoked = self.trusted.revoke()
        own = str(self.trusted.issue("server"))
        self.receiver = start(
            OPENWADO_TLS_CERTIFICATE=own,
            OPENWADO_TLS_CLIENT_CA=str(self.trusted.certificate),
            OPENWADO_TLS_CLIENT_CRL=str(self.revoked),
            OPENWADO_DICOM_TLS_CERTIFICATE=own,
            OPENWADO_DICOM_TLS_CA=str(self.trusted.certificate),
            OPENWADO_DICOM_TLS_CRL=str(self.revoked),
            OPENWADO_AUDIT="true",
            OPENWADO_WORKERS="1",  # each process looks at the files when somebody comes to it
        )

    def revoke(self, *names: str, lives: timedelta = timedelta(hours=1)) -> None:
        """Publish a new list."""
        self.trusted.revoke(*(self.shown[name] for name in names), lives=lives)
        time.sleep(LOOKED_SECONDS)

    def client(self, name: str) -> httpx.Client:
        """Return a client that shows a certificate; "" for none."""
        context = self.trusted.trusting(self.shown[name] if name else None)
        return httpx.Client(base_url=self.receiver.server.url, verify=context, timeout=60)

    def over_https(self, name: str) -> int:
        """Return the status that a new connection gets, 0 if it is refused."""
        with self.client(name) as client:
            try:
                return client.get("/health").status_code
            except (httpx.NetworkError, httpx.ProtocolError):  # and no timeout
                return 0

    def over_dicom(self, name: str) -> bool:
        """Return whether a peer is heard."""
        context = self.trusted.trusting(self.shown[name])
        context.check_hostname = False
        with associated(self.receiver.port, [(VERIFICATION, [EXPLICIT])], tls=context) as association:
            return bool(association.is_established and association.send_c_echo().Status == 0)


@pytest.fixture(scope="module")
def guarded(start_receiver: Callable[..., Receiver], tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """Start the server."""
    return Guarded(start_receiver, tmp_path_factory.mktemp("authority"))


def expiry(guarded: Guarded) -> dict[str, float]:
    """Return what /metrics says of when what expires."""
    with guarded.client("") as client:
        lines = client.get("/metrics").text.splitlines()
    found = [line.partition("} ") for line in lines if line.startswith("openwado_expires_timestamp_seconds{")]
    return {labels.split('"')[1]: float(value) for labels, _, value in found}


def test_a_revoked_certificate_is_refused_at_both_ways_in(guarded: Guarded) -> None:
    """From a second after the list was published; others go on, and so does who shows none. The audit trail has it."""
    guarded.revoke()
    assert [guarded.over_https(name) for name in ("kept", "stolen", "")] == [200, 200, 200]
    assert guarded.over_dicom("kept")
    assert guarded.over_dicom("stolen")
    with guarded.client("stolen") as before:
        assert before.get("/health").status_code == 200
        guarded.revoke("stolen")
        assert before.get("/health").status_code == 200  # agreed before it was revoked
    assert [guarded.over_https(name) for name in ("kept", "stolen", "")] == [200, 0, 200]
    assert guarded.over_dicom("kept")
    assert not guarded.over_dicom("stolen")
    reason = "CERTIFICATE_VERIFY_FAILED: certificate revoked"
    wait_for(guarded.receiver.data / "audit", lambda told: sum(reason in one.alert for one in told) >= BOTH_WAYS)
    guarded.receiver.until_logged("certificate revoked")


def test_a_list_that_has_expired_lets_nobody_in(guarded: Guarded) -> None:
    """Not even those who are not in it, until there is a new one; without a certificate, all is as before."""
    guarded.revoke(lives=timedelta(minutes=-5))
    assert [guarded.over_https(name) for name in ("kept", "")] == [0, 200]
    assert not guarded.over_dicom("kept")
    assert expiry(guarded)["tls_client_crl"] < time.time()
    guarded.revoke()
    assert guarded.over_https("kept") == 200
    assert guarded.over_dicom("kept")


def test_metrics_say_when_what_expires(guarded: Guarded) -> None:
    """By the setting, the certificates and the lists."""
    guarded.revoke(lives=timedelta(minutes=30))
    ends = expiry(guarded)
    assert set(ends) == {"tls_certificate", "dicom_tls_certificate", "tls_client_crl", "dicom_tls_crl"}
    assert ends["tls_client_crl"] == ends["dicom_tls_crl"] == pytest.approx(time.time() + 1800, abs=60)
    certificate = x509.load_pem_x509_certificate((guarded.trusted.folder / "server.pem").read_bytes())
    assert ends["tls_certificate"] == certificate.not_valid_after_utc.timestamp()


def test_metrics_say_until_when_the_list_in_use_holds(guarded: Guarded) -> None:
    """An old one beside it, which OpenSSL passes over, does not count."""
    old = guarded.trusted.revoke(name="old", lives=timedelta(minutes=-5)).read_bytes()
    guarded.revoke(lives=timedelta(minutes=20))
    guarded.revoked.write_bytes(old + guarded.revoked.read_bytes())
    time.sleep(LOOKED_SECONDS)
    assert guarded.over_https("kept") == 200
    assert expiry(guarded)["tls_client_crl"] == pytest.approx(time.time() + 1200, abs=60)


def test_a_file_that_is_no_list_changes_nothing(guarded: Guarded) -> None:
    """What was read before stays in use, and the log says so."""
    guarded.revoke("stolen")
    assert guarded.over_https("stolen") == 0
    guarded.revoked.write_text("half a file", encoding="ascii")
    time.sleep(LOOKED_SECONDS)
    assert [guarded.over_https(name) for name in ("kept", "stolen")] == [200, 0]
    guarded.receiver.until_logged("certificates not read")
    guarded.revoke()
    assert guarded.over_https("stolen") == 200


def _files(trusted: Authority, lists: Path, *, authorities: bool = True) -> TlsFiles:
    own, authority_file = str(trusted.issue("own")), str(trusted.certificate) if authorities else ""
    return TlsFiles(own, client_authorities=authority_file, revocation_lists=str(lists))


def test_lists_that_cannot_be(tmp_path: Path) -> None:
    """Each is told by its setting and what would be right: DER, nothing, certificates, nowhere, without authorities."""
    trusted = authority(tmp_path / "a")
    good = trusted.revoke()
    binary, empty, mixed = (tmp_path / name for name in ("binary", "empty", "mixed"))
    binary.write_bytes(x509.load_pem_x509_crl(good.read_bytes()).public_bytes(Encoding.DER))
    empty.write_bytes(trusted.certificate.read_bytes())
    mixed.write_bytes(good.read_bytes() + authority(tmp_path / "b").certificate.read_bytes())
    for path, words in (
        (binary, "openssl crl -inform DER"),
        (empty, "holds no revocation list"),
        (mixed, "belong into tls_client_ca"),
        (tmp_path / "nowhere", "no such file"),
    ):
        with pytest.raises(SettingsError, match="tls_client_crl") as caught:
            tls_context(_files(trusted, path))
        assert words in str(caught.value)
    with pytest.raises(SettingsError, match="tls_client_crl: it needs tls_client_ca"):
        tls_context(_files(trusted, good, authorities=False))


def test_every_authority_of_a_chain_needs_a_list(tmp_path: Path) -> None:
    """One between the root and the client that has no list of its own is not trusted: nobody knows whom it revoked."""
    root = authority(tmp_path / "root")
    between = root.ca.create_child_ca()
    issued = between.issue_cert("localhost")
    shown = tmp_path / "shown.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(str(shown))
    context = tls_context(_files(root, root.revoke()))
    assert _refusal(context, root, shown) == "unable to get certificate CRL"
    assert _refusal(context, root, root.issue("direct")) == ""


def _refusal(context: ssl.SSLContext, trusted: Authority, shown: Path) -> str:
    """Return why a client's certificate is refused, "" if it is not; both sides talk in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = trusted.trusting(shown).wrap_bio(to_client, to_server, server_hostname="localhost")
    done = set()
    for _ in range(10):
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return str(error.verify_message)
        if len(done) == 2:
            return ""
    raise AssertionError("they do not agree")
