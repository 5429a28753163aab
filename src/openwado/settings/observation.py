"""What is told about the running server, and to whom."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.limits import LimitSettings


class ObservationSettings(LimitSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told about the running server, and to whom (docs/monitoring.md)."""

    title: ClassVar[str] = "Observation"

    log_level: Annotated[
        str, Meta(pattern=r"^(debug|info|warning|error)$", description="What is logged: debug, info, warning or error.")
    ] = "info"
    log_format: Annotated[
        str, Meta(pattern=r"^(text|json)$", description="How log lines are written: text, or json, one object a line.")
    ] = "text"
    log_uids: Annotated[
        bool,
        Meta(
            description="Whether UIDs and file names of patients' objects stand in the log as they are; else as short "
            "hashes under a key that is kept in the data folder."
        ),
    ] = False
    metrics: Annotated[bool, Meta(description="Whether requests are counted, and /metrics answers (Prometheus).")] = (
        True
    )
    metrics_readers: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks whose clients may read /metrics; * for all. Requests that came through "
            "a proxy are refused unless it is *. In the environment: separated by commas."
        ),
    ] = ("127.0.0.0/8", "::1")
    request_id_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies whose X-Request-ID and traceparent are taken over. In the "
            "environment: separated by commas."
        ),
    ] = ("127.0.0.0/8", "::1")
    server_timing: Annotated[
        bool, Meta(description="Whether answers say in Server-Timing how long their steps took.")
    ] = True
    explain_parameter: Annotated[
        bool,
        Meta(
            description="Whether the extra query parameter explain=1 is answered: why the answer is as it is, instead "
            "of it. Otherwise it gets 400."
        ),
    ] = False
    tracing_endpoint: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s]+)?$",
            description="Where traces go by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces (extra `tracing`). "
            "Empty: nowhere.",
        ),
    ] = ""
    tracing_share: Annotated[
        Annotated[float, Meta(ge=0, le=1)],
        Meta(description="Share of requests that are traced, where the client does not say whether its request is."),
    ] = 1.0
