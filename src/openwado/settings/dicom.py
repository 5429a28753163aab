"""Objects sent by DICOM's own protocol: who may, and for how long."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.archive import ArchiveSettings
from openwado.settings.kinds import Count, Port, Seconds, Tables


class DicomSettings(ArchiveSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Objects sent by DICOM's own protocol: who may, and for how long."""

    title: ClassVar[str] = "DICOM (C-STORE)"

    dicom_port: Annotated[
        Port, Meta(description="TCP port where objects are taken by C-STORE; 0: none. 104 and 11112 are usual.")
    ] = 0
    dicom_host: Annotated[str, Meta(description="Address to listen on for C-STORE. Empty: the same as host.")] = ""
    ae_title: Annotated[str, Meta(description="AE title of this server.")] = "OPENWADO"
    match_called_ae_title: Annotated[
        bool, Meta(description="Whether DICOM peers must call this server by its AE title.")
    ] = True
    dicom_peers: Annotated[
        Tables,
        Meta(
            description="Who may send by C-STORE: tables with ae_title, address (or a network such as 192.0.2.0/24), "
            "or both. An empty list: everybody who gets through to the port. In the environment: JSON."
        ),
    ] = ()
    max_associations: Annotated[
        Count, Meta(description="DICOM associations at the same time; more are rejected for the time being.")
    ] = 50
    dicom_acse_timeout: Annotated[
        Seconds, Meta(description="Longest time for a DICOM peer to ask for an association, seconds.")
    ] = 30.0
    dicom_dimse_timeout: Annotated[
        Seconds, Meta(description="Longest silence of a DICOM peer within a message, and for each unit of it, seconds.")
    ] = 60.0
    dicom_idle_timeout: Annotated[
        Seconds, Meta(description="Longest silence of a DICOM peer between messages, seconds.")
    ] = 300.0
    dicom_tls_certificate: Annotated[
        str, Meta(description="File with this server's certificate (PEM); with it, DICOM is spoken over TLS only.")
    ] = ""
    dicom_tls_key: Annotated[
        str, Meta(description="File with the certificate's private key (PEM). Empty: it is in the certificate's file.")
    ] = ""
    dicom_tls_ca: Annotated[
        str,
        Meta(
            description="File with certificates (PEM) of those who vouch for DICOM peers. With it, each peer needs a "
            "certificate of theirs."
        ),
    ] = ""
    dicom_tls_crl: Annotated[
        str,
        Meta(
            description="File with revocation lists (PEM), one of each authority in dicom_tls_ca: certificates in "
            "them are refused. Read again when it changes. Empty: nothing is revoked."
        ),
    ] = ""
