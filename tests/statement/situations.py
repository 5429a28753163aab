"""Servers that statements are about, of all kinds that they differ by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openwado.config import Settings
from openwado.server.statement_facts import situation_of_table

if TYPE_CHECKING:
    from openwado.statement.situation import Situation

#: What stands in settings and in no statement.
SECRETS = ("hidden-word", "hidden-hash", "hidden-link-key", "hidden-chain", "hidden-folder")


def usual() -> Situation:
    """Return a server with the default settings."""
    return situation_of_table(Settings())


def open_server() -> Situation:
    """Return a running one that takes objects in by all ways and asks nobody who it is; it makes no video."""
    settings = Settings(
        stow=True,
        dicom_port=11112,
        ae_title="ARCHIVE",
        duplicates="replace",
        insecure_no_auth=True,
        tls_certificate="/hidden-folder/certificate.pem",
        tls_client_ca="/hidden-folder/clients.pem",
        cors_origins=("https://viewer.example",),
        annotation_extensions=True,
        audit_chain_key="hidden-chain",
        index="postgresql://reader:hidden-word@index.example/archive",
        max_associations=1234,
        wado_path="/see",
        page=False,
    )
    return replace(situation_of_table(settings), is_running=True, video_encoders=())


def closed_server() -> Situation:
    """Return a running one that asks for keys and certificates."""
    settings = Settings(
        tls_certificate="/hidden-folder/certificate.pem",
        tls_client_ca="/hidden-folder/clients.pem",
        tls_client_certificates="required",
        access_api_keys=({"name": "viewer", "hash": "hidden-hash"},),
        port=0,
        access_link_keys=({"id": "one", "key": "hidden-link-key"},),
    )
    return replace(situation_of_table(settings), is_running=True, resolved={"workers": 6})
