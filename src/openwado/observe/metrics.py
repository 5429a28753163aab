"""The one table of what is counted (docs/monitoring.md)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from openwado import errors
from openwado.observe.log import event
from openwado.observe.metric import OTHER, Counter, Family, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.observe.metric_sheet import MetricSheet

#: What a request is for; `wado` is one that was refused before it was clear what it would get.
REQUEST_TYPES: Final = (
    "picture",
    "motion",
    "document",
    "object",
    "wado",
    "store",
    "page",
    "health",
    "ready",
    "metrics",
    OTHER,
)

#: Steps of an answer. decode, render and encode are parts of produce; send is from the first byte to the last.
STAGES: Final = ("locate", "negotiate", "cache", "queue", "produce", "decode", "render", "encode", "send")

#: Where a rendition came from: kept in memory, on disk, as a file, in the shared bucket, or by another process while
#: this one waited; made, together with others who asked for the same meanwhile (joined); or the stored frame as it is.
CACHE_RESULTS: Final = ("memory", "disk", "file", "shared", "waited", "joined", "made", "passed")

#: What ended a render process before its time.
LOSSES: Final = ("crashed", "memory", "deadline", "abandoned")

#: Processes of a server that count.
PROCESS_KINDS: Final = ("command", "http", "dicom", "watch", "audit")

#: How objects come in.
WAYS: Final = ("dicom", "http", "watch")

#: What becomes of them.
OUTCOMES: Final = (
    "stored",
    "same",
    "replaced",
    "indexed",
    "unreadable",
    "contradictory",
    "conflict",
    "not authorized",
    "unavailable",
    "failed",
)

_STATUSES: Final = tuple(
    map(
        str,
        (
            *(200, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412),
            *(413, 414, 415, 416, 417, 421, 429, 431, 500, 501, 502, 503, 504, 505, 507),
        ),
    )
)

#: Of requests that got no answer: the client was gone before.
NO_STATUS: Final = "none"

_REQUEST_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STAGE_BOUNDS: Final = (0.0001, 0.0005, *_REQUEST_BOUNDS)

_CAUSES: Final = tuple(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.WadoError) and kind is not errors.WadoError
)

#: Errors of the doors themselves (`openwado.server.problems`), beside those of `openwado.errors`.
DOOR_CAUSES: Final = (
    "NoSuchPath",
    "MethodNotAllowed",
    "RequestTimeout",
    "ContentTooLarge",
    "UriTooLong",
    "VersionNotSupported",
    "RangeNotSatisfiable",
    "TooManyRequests",
    "UnexpectedError",
)

REQUESTS: Final = Counter(
    "openwado_http_requests_total", "Requests answered.", type=REQUEST_TYPES, status=(*_STATUSES, NO_STATUS, OTHER)
)
REQUEST_SECONDS: Final = Histogram(
    "openwado_http_request_seconds",
    "From the head of a request to the last byte of its answer.",
    _REQUEST_BOUNDS,
    type=REQUEST_TYPES,
)
SENT_BYTES: Final = Counter("openwado_http_sent_bytes_total", "Bytes of bodies sent.", type=REQUEST_TYPES)
ABORTED: Final = Counter(
    "openwado_http_aborted_total", "Answers that did not reach their end, whoever is to blame.", type=REQUEST_TYPES
)
RUNNING: Final = Gauge("openwado_http_requests_running", "Requests that are being answered.")
ERRORS: Final = Counter(
    "openwado_errors_total",
    "Answers that are errors, by cause.",
    cause=(*dict.fromkeys((*_CAUSES, *DOOR_CAUSES)), OTHER),
)
STAGE_SECONDS: Final = Histogram("openwado_stage_seconds", "Steps of WADO answers.", _STAGE_BOUNDS, stage=STAGES)
CACHE: Final = Counter("openwado_renditions_total", "Renditions by where they came from.", source=CACHE_RESULTS)
CACHE_MEMORY: Final = Gauge("openwado_cache_memory_bytes", "Renditions kept in memory.")
POOL_PROCESSES: Final = Gauge("openwado_render_processes", "Render processes that take jobs.")
POOL_BUSY: Final = Gauge("openwado_render_processes_busy", "Render processes at work.")
POOL_WAITING: Final = Gauge("openwado_render_queue_waiting", "Jobs that wait for a render process.")
POOL_REFUSED: Final = Counter(
    "openwado_render_queue_refused_total",
    "Jobs refused because too many waited (full), or because they waited too long (timeout).",
    reason=("full", "timeout"),
)
POOL_LOST: Final = Counter(
    "openwado_render_processes_lost_total", "Render processes that ended before their time.", reason=LOSSES
)
TAKEN_IN: Final = Counter(
    "openwado_objects_taken_in_total", "Objects that came in, by what became of them.", way=WAYS, outcome=OUTCOMES
)
TAKEN_IN_BYTES: Final = Counter("openwado_objects_taken_in_bytes_total", "Bytes of objects that came in.", way=WAYS)
ASSOCIATIONS: Final = Gauge("openwado_dicom_associations", "DICOM associations that are open.")
PROCESSES: Final = Gauge("openwado_processes", "Processes of the server that live.", kind=PROCESS_KINDS)
PROCESS_STARTS: Final = Counter("openwado_process_starts_total", "Processes started.", kind=PROCESS_KINDS)
RELOADS: Final = Counter(
    "openwado_reloads_total",
    "Times that the settings were read again on SIGHUP.",
    outcome=("done", "refused", "failed"),
)
RELOAD_FAILED: Final = Gauge(
    "openwado_reload_failed", "1 if the settings that were read last could not be put to use, so that older ones hold."
)
AUDIT_FAILURES: Final = Counter(
    "openwado_audit_write_failures_total",
    "Times that audit could not be written: notes of a process (journal), messages (trail).",
    where=("journal", "trail"),
)
AUDIT_LOST: Final = Counter("openwado_audit_lost_total", "Notes for the audit trail that were lost.")
AUDIT_WAITING: Final = Gauge("openwado_audit_waiting", "Notes for the audit trail that wait in memory for the disk.")
AUDIT_UNSENT: Final = Gauge("openwado_audit_unsent", "Lines of the audit trail that are not delivered as yet.")

FAMILIES: Final[Sequence[Family]] = (
    REQUESTS,
    REQUEST_SECONDS,
    SENT_BYTES,
    ABORTED,
    RUNNING,
    ERRORS,
    STAGE_SECONDS,
    CACHE,
    CACHE_MEMORY,
    POOL_PROCESSES,
    POOL_BUSY,
    POOL_WAITING,
    POOL_REFUSED,
    POOL_LOST,
    TAKEN_IN,
    TAKEN_IN_BYTES,
    ASSOCIATIONS,
    PROCESSES,
    PROCESS_STARTS,
    RELOADS,
    RELOAD_FAILED,
    AUDIT_FAILURES,
    AUDIT_LOST,
    AUDIT_WAITING,
    AUDIT_UNSENT,
)


class _Here:
    """Where this process counts; None: in memory of its own."""

    sheet: MetricSheet | None = None


def join(sheet: MetricSheet | None, kind: str) -> None:
    """Have this process count where all of a server do; None: nowhere.

    Args:
        sheet: made for `FAMILIES`.
        kind: one of `PROCESS_KINDS`.
    """
    if sheet is None:
        return
    _Here.sheet = sheet
    if sheet.join(FAMILIES):
        PROCESSES.set(1.0, kind)
        PROCESS_STARTS.add(kind)
    else:
        logging.getLogger("openwado.server").error(event("no row for the counts of this process", kind=kind))


def totals() -> Sequence[Sequence[float]]:
    """Return the cells of each of `FAMILIES`, over all processes of the server."""
    return [family.cells for family in FAMILIES] if _Here.sheet is None else _Here.sheet.totals(FAMILIES)
