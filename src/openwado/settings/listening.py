"""Where the server listens for HTTP, and under which names."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from openwado.settings.kinds import Count, CountOrNone, Port, Processes


class ListeningSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the server listens for HTTP, and under which names."""

    title: ClassVar[str] = "HTTP"

    host: Annotated[str, Meta(description="Address to listen on. 127.0.0.1 is this machine only.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port to listen on; 0 takes any free one.")] = 8080
    workers: Annotated[
        Processes,
        Meta(description="HTTP processes that share the port; 0 means one per processor core that it may use."),
    ] = 0
    wado_path: Annotated[
        str, Meta(pattern=r"^/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-]$", description="Path of the WADO service.")
    ] = "/wado"
    page: Annotated[bool, Meta(description="Whether the web page is served at /.")] = True
    viewer_lists: Annotated[
        bool,
        Meta(
            description="Whether a study has a list for the viewers OHIF and Weasis: /studies/{UID}/ohif.json and "
            "/studies/{UID}/weasis.xml (docs/clients.md)."
        ),
    ] = True
    ohif_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$",
            description="Address of an OHIF viewer with its data source dicomjson, such as https://viewer.example/: "
            "pages of studies lead to it. Empty: they do not.",
        ),
    ] = ""
    weasis_links: Annotated[
        bool,
        Meta(
            description="Whether pages of studies have a link that opens the study in Weasis, on machines that have it."
        ),
    ] = False
    manual: Annotated[bool, Meta(description="Whether the manual is served at /docs, beside the web page.")] = True
    cors_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins of web pages that may read answers by script, e.g. https://viewer.example; * for all. "
            "In the environment: separated by commas."
        ),
    ] = ()
    cors_credentials: Annotated[
        bool,
        Meta(description="Whether such pages may send cookies or authorization. Needs origins by name, never *."),
    ] = False
    cache_max_age: Annotated[
        CountOrNone,
        Meta(
            description="Seconds a browser may show an answer without asking again; 0: it always asks (304 is cheap)."
        ),
    ] = 0
    keep_alive: Annotated[Count, Meta(description="Seconds an idle connection is kept open for the next request.")] = 65
    shutdown_grace: Annotated[
        Count, Meta(description="Seconds that running requests get to finish when the server is stopped.")
    ] = 30
