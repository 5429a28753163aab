"""Until when files hold, for those who ask often."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from authorities import authority
from openwado.server import expiry
from openwado.server.expiry import Ends, ExpiringFile, certificates_in

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large lists take long to read, and metrics are asked for often."""
    trusted = authority(tmp_path)
    read: list[int] = []

    def reading(held: bytes) -> list[x509.CertificateRevocationList]:
        read.append(len(held))
        return [x509.load_pem_x509_crl(held)]

    monkeypatch.setattr(expiry, "revocation_lists", reading)
    ends = Ends([ExpiringFile("tls_client_crl", trusted.revoke(), is_list=True)])
    first = dict(ends.now())
    assert first == dict(ends.now()) == {"tls_client_crl": pytest.approx(time.time() + 3600, abs=60)}
    assert len(read) == 1
    trusted.revoke(lives=timedelta(hours=2))
    assert dict(ends.now()) == {"tls_client_crl": pytest.approx(time.time() + 7200, abs=60)}
    assert len(read) == 2


def test_what_is_damaged_or_gone_is_left_out(tmp_path: Path) -> None:
    """Until there is a good one."""
    path = tmp_path / "own.pem"
    ends = Ends([ExpiringFile("tls_certificate", path)])
    assert not dict(ends.now())
    path.write_text("half a file", encoding="ascii")
    assert not dict(ends.now())
    os.replace(authority(tmp_path / "authority").issue(), path)  # noqa: PTH105 -- as those do who renew it
    assert set(dict(ends.now())) == {"tls_certificate"}


def test_a_list_that_has_not_begun_counts_for_nothing_beside_another(tmp_path: Path) -> None:
    """It takes over when it begins, even if it was read before."""
    trusted = authority(tmp_path)
    both = tmp_path / "both.crl"
    early = trusted.revoke(name="early", begins=timedelta(seconds=2), lives=timedelta(hours=9))
    both.write_bytes(trusted.revoke().read_bytes() + early.read_bytes())
    ends = Ends([ExpiringFile("tls_client_crl", both, is_list=True)])
    assert dict(ends.now()) == {"tls_client_crl": pytest.approx(time.time() + 3600, abs=60)}
    time.sleep(2.1)
    assert dict(ends.now()) == {"tls_client_crl": pytest.approx(time.time() + 9 * 3600, abs=60)}


def test_certificates_that_openssl_calls_trusted(tmp_path: Path) -> None:
    """It takes them, so that they are read here as well, beside others and in their order."""
    own = authority(tmp_path).issue()
    trusted = tmp_path / "trusted.pem"
    how: list[str | Path] = ["openssl", "x509", "-in", own, "-trustout", "-addtrust", "serverAuth", "-out", trusted]
    subprocess.run(how, check=True, capture_output=True)
    assert b"TRUSTED" in trusted.read_bytes()
    plain = x509.load_pem_x509_certificates(own.read_bytes())
    assert certificates_in(trusted.read_bytes() + own.read_bytes()) == [plain[0], *plain]
    assert set(dict(Ends([ExpiringFile("tls_certificate", trusted)]).now())) == {"tls_certificate"}


@pytest.mark.parametrize("held", ["", "\n", "\nMIIB\n", "\nM\n"])
def test_certificates_that_are_damaged(held: str) -> None:
    """They are told as what they are."""
    with pytest.raises(ValueError, match=r"no certificate|asn1|base64"):
        certificates_in(f"-----BEGIN CERTIFICATE-----{held}-----END CERTIFICATE-----".encode())
