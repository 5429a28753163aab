"""How the DICOM way in is run, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.config import refuse
from openwado.server.dicom_peers import Peer, Peers, fault_of_ae_title
from openwado.server.dicom_tls import dicom_tls_files
from openwado.server.tls import Certificates
from openwado.settings.faults import Fault, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings

_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class DicomOptions:
    """How associations are dealt with.

    Attributes:
        ae_title: of this application entity.
        match_called_ae_title: whether a peer has to call it so.
        peers: who may send.
        max_associations: at the same time.
        acse_seconds: for a peer to say what it wants, and to end.
        dimse_seconds: of silence within a message, and for one unit of it.
        idle_seconds: of silence between messages.
        max_object_bytes: of the data set of one object.
        tls: None where connections are not secured.
    """

    ae_title: str
    match_called_ae_title: bool
    peers: Peers
    max_associations: int
    acse_seconds: float
    dimse_seconds: float
    idle_seconds: float
    max_object_bytes: int
    tls: Certificates | None


def dicom_options(settings: Settings) -> DicomOptions:
    """Return the options.

    Raises:
        SettingsError: a setting cannot be.
    """
    refuse(dicom_faults(settings))
    return DicomOptions(
        ae_title=settings.ae_title.strip(" "),
        match_called_ae_title=settings.match_called_ae_title,
        peers=Peers(read_rows("dicom_peers", settings.dicom_peers, Peer)[0]),
        max_associations=settings.max_associations,
        acse_seconds=settings.dicom_acse_timeout,
        dimse_seconds=settings.dicom_dimse_timeout,
        idle_seconds=settings.dicom_idle_timeout,
        max_object_bytes=settings.max_object_size * _MIB,
        tls=Certificates(dicom_tls_files(settings)) if settings.dicom_tls_certificate else None,
    )


def dicom_faults(settings: Settings) -> Iterator[Fault]:
    """Give what is wrong with the settings of the DICOM way in, but for its files."""
    if text := fault_of_ae_title(settings.ae_title):
        yield Fault("ae_title", text)
    yield from read_rows("dicom_peers", settings.dicom_peers, Peer)[1]
