"""What the doors tell the conformance statement about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.assemble import share_of_cores
from openwado.server.authenticate import PUBLIC, PUBLIC_FOLDERS
from openwado.server.dicom_command import Status
from openwado.server.dicom_negotiation import REJECTIONS
from openwado.server.dicom_syntaxes import TRANSFER_SYNTAXES
from openwado.server.dicom_wire import MAXIMUM_LENGTH
from openwado.server.http_version import SPOKEN
from openwado.server.methods import METHODS
from openwado.server.problems import KINDS
from openwado.server.stow_parts import MOST_PARTS
from openwado.server.tls import CIPHERS
from openwado.statement.situation import RejectionFact, ServerFacts, Situation, StatusFact

if TYPE_CHECKING:
    from openwado.config import Settings


def server_facts() -> ServerFacts:
    """Return what the tables of the server say."""
    return ServerFacts(
        methods=METHODS,
        http_versions=tuple(sorted(SPOKEN)),
        statuses=tuple(
            StatusFact(error.__name__, kind.status, kind.title, kind.temporary) for error, kind in KINDS.items()
        ),
        dicom_statuses=tuple((name, code) for name, code in vars(Status).items() if name.isupper()),
        received_syntaxes=TRANSFER_SYNTAXES,
        maximum_length=MAXIMUM_LENGTH,
        rejections=tuple(RejectionFact(one.result, one.source, one.reason, one.words) for one in REJECTIONS),
        most_parts=MOST_PARTS,
        tls_ciphers=CIPHERS,
        public_addresses=(*sorted(PUBLIC), *PUBLIC_FOLDERS),
    )


def situation_here(settings: Settings, *, is_running: bool) -> Situation:
    """Return what holds for a server of this installation.

    Args:
        settings: of the server.
        is_running: whether it is the one that runs.
    """
    from openwado.render.video_codecs import usable_codecs  # noqa: PLC0415 -- loads libraries of video

    encoders = tuple((codec.media_type, codec.encoder) for codec in usable_codecs().values())
    resolved = dict(zip(("workers", "render_processes"), share_of_cores(settings), strict=True)) if is_running else {}
    return Situation(settings, server_facts(), encoders, is_running, resolved)


def situation_of_table(settings: Settings) -> Situation:
    """Return what holds wherever everything is installed that the tables name."""
    from openwado.render.video_codecs import VIDEO_CODECS  # noqa: PLC0415 -- as above

    best = {codec.media_type: codec.encoder for codec in reversed(VIDEO_CODECS)}
    return Situation(settings, server_facts(), tuple(best.items()))
