"""Where objects and their index are, and what is taken in."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kinds import Count, CountOrNone, Seconds
from openwado.settings.listening import ListeningSettings


class ArchiveSettings(ListeningSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where objects and their index are, and what is taken in."""

    title: ClassVar[str] = "Archive"

    data: Annotated[
        str, Meta(description="Folder for the index. Empty: the platform's place for a user's application data.")
    ] = ""
    index: Annotated[
        str,
        Meta(
            description="Address of the index: sqlite:///absolute/path, or for one that several servers share "
            "postgresql://user:password@host:5432/database (extra postgresql). Empty: SQLite in the data folder."
        ),
    ] = ""
    index_timeout: Annotated[
        Seconds,
        Meta(
            description="Longest time for an answer of the index's PostgreSQL server to one question, seconds; then "
            "requests are answered 503 with Retry-After. Getting a connection has up to 5 seconds of its own."
        ),
    ] = 15.0
    store: Annotated[
        str,
        Meta(
            description="Where objects are kept that are taken in: a folder, as a path or file:///path, or a bucket, "
            "as s3://bucket/prefix, az://container/prefix or gs://bucket/prefix (extra `cloud`; docs/scaling.md). "
            "Empty: the folder `archive` in the data folder."
        ),
    ] = ""
    duplicates: Annotated[
        str,
        Meta(
            pattern=r"^(reject|replace)$",
            description="What becomes of an object taken in whose SOP Instance UID another one holds that has other "
            "bytes: reject it, or replace that one.",
        ),
    ] = "reject"
    max_object_size: Annotated[Count, Meta(description="Largest object that is taken in, MiB.")] = 4096
    stow: Annotated[
        bool, Meta(description="Whether objects are taken in over HTTP, by POST to /studies (STOW-RS, PS3.18 10.5).")
    ] = False
    max_request_size: Annotated[Count, Meta(description="Largest body of such a request, MiB; beyond it 413.")] = 16384
    accept_contradictory_meta: Annotated[
        bool,
        Meta(
            description="Whether objects are taken in whose data set contradicts their file meta information (PS3.10 "
            "7.1); what the data set says holds."
        ),
    ] = False
    index_processes: Annotated[
        CountOrNone,
        Meta(description="Processes that read files while indexing; 0 means one per processor core that it may use."),
    ] = 0
