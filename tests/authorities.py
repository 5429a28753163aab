"""Certificates for tests: an authority, and what it vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Authority:
    """One authority, with its files in a folder.

    Attributes:
        ca: it.
        folder: where the files are.
    """

    ca: trustme.CA
    folder: Path

    @property
    def certificate(self) -> Path:
        """The file with its own certificate."""
        path = self.folder / "ca.pem"
        if not path.exists():
            self.ca.cert_pem.write_to_path(str(path))
        return path

    def issue(self, name: str = "server", *, common_name: str | None = None) -> Path:
        """Write a certificate for this machine, with its key, into one file; a new one each time."""
        path = self.folder / f"{name}.pem"
        issued = self.ca.issue_cert(*NAMES, common_name=common_name)
        fresh = path.with_suffix(".new")
        issued.private_key_and_cert_chain_pem.write_to_path(str(fresh))
        fresh.replace(path)
        return path

    def trusting(self, shown: Path | None = None) -> ssl.SSLContext:
        """Return TLS of a client that trusts this authority, and shows a certificate if one is given."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if shown is not None:
            context.load_cert_chain(shown)
        return context


def authority(folder: Path) -> Authority:
    """Return a new authority with its files in a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Authority(trustme.CA(), folder)
