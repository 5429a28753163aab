"""What holds in the server that a statement is about: its settings, and what the doors alone know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.config import Settings


@dataclass(frozen=True, slots=True)
class StatusFact:
    """A status of HTTP that is answered.

    Attributes:
        cause: name of the error, by which its condition is told.
        status: its number.
        title: its words.
        temporary: whether the same request may succeed later.
    """

    cause: str
    status: int
    title: str
    temporary: bool


@dataclass(frozen=True, slots=True)
class RejectionFact:
    """Why an association is refused: result, source and reason (PS3.8 table 9-21), and the words for it."""

    result: int
    source: int
    reason: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What the tables of the server say.

    Attributes:
        methods: of the URI service.
        http_versions: that are spoken.
        statuses: of HTTP, from the table of errors.
        dicom_statuses: of C-STORE, by name.
        received_syntaxes: transfer syntaxes that objects may be sent in.
        maximum_length: of a PDU that is taken, bytes.
        rejections: of associations.
        most_parts: of a Store request.
        tls_ciphers: of TLS 1.2, as OpenSSL writes them.
        public_addresses: that answer without asking who it is.
    """

    methods: str
    http_versions: tuple[str, ...]
    statuses: tuple[StatusFact, ...]
    dicom_statuses: tuple[tuple[str, int], ...]
    received_syntaxes: frozenset[str]
    maximum_length: int
    rejections: tuple[RejectionFact, ...]
    most_parts: int
    tls_ciphers: str
    public_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """What a statement is about.

    Attributes:
        settings: of the server.
        facts: of its doors.
        video_encoders: media type and name of each encoder of video that is here; those of the table where the
            statement is about no installation.
        is_running: whether a server that runs makes the statement.
        resolved: what settings come to that leave it to the machine, by name.
    """

    settings: Settings
    facts: ServerFacts
    video_encoders: tuple[tuple[str, str], ...]
    is_running: bool = False
    resolved: Mapping[str, int] = field(default_factory=dict)

    @property
    def video_types(self) -> tuple[str, ...]:
        """Media types of video that are made."""
        return tuple(dict.fromkeys(media_type for media_type, _ in self.video_encoders))
