"""Traces by OpenTelemetry: one span for each request, one below it for each of its stages.

They are made when the answer is sent, from what the stages have noted, so that nothing of it stands in the way of an
answer, and nothing at all is loaded where there is no tracing.
"""

from __future__ import annotations

import re
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from openwado.version import __version__

if TYPE_CHECKING:
    from starlette.types import Scope

    from openwado.server.callers import Callers
    from openwado.server.observed import Answered
    from openwado.server.timing import Timing

_BILLION: Final = 1_000_000_000

#: Statuses from which on an answer is the server's fault.
_OUR_FAULT: Final = 500

#: W3C Trace Context 3.2; version ff is none.
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")

#: Stages that are parts of another one.
_WITHIN_PRODUCE: Final = frozenset({"decode", "render", "encode"})


class TracingNotInstalledError(Exception):
    """The libraries are not there; the message says how to get them."""


def check_installed() -> None:
    """See whether the extra is there.

    Raises:
        TracingNotInstalledError: it is not.
    """
    try:
        is_here = find_spec("opentelemetry.exporter.otlp.proto.http.trace_exporter") is not None
        is_here = is_here and find_spec("opentelemetry.sdk.trace") is not None
    except ModuleNotFoundError:
        is_here = False
    if not is_here:
        raise TracingNotInstalledError(
            "Settings: tracing_endpoint needs the extra `tracing`: pip install 'openwado[tracing]'."
        )


class Tracing:
    """Where traces go. Made in the process that uses it, since it has a thread.

    Args:
        endpoint: OTLP over HTTP, whole URL.
        share: of requests that are traced, 0 … 1, where the caller does not say.
        callers: whose traceparent is taken over.

    Raises:
        TracingNotInstalledError: the extra is missing.
    """

    def __init__(self, endpoint: str, share: float, callers: Callers) -> None:
        check_installed()
        from opentelemetry import trace  # noqa: PLC0415 -- an extra
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 -- as above
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 -- as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 -- as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 -- as above
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415 -- as above

        self._api: Any = trace
        self._callers = callers
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({"service.name": "openwado", "service.version": __version__}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=10)))
        self._tracer = self._provider.get_tracer("openwado", __version__)
        self._offset = time.time() - time.perf_counter()

    def record(self, scope: Scope, answer: Answered, timing: Timing | None) -> None:
        """Make the spans of a request that has been answered."""
        kind = timing.kind if timing is not None else "other"
        span = self._tracer.start_span(
            f"{scope['method']} {kind}",
            context=self._parent(scope),
            kind=self._api.SpanKind.SERVER,
            start_time=self._at(answer.began),
            attributes={
                "http.request.method": scope["method"],
                "http.response.status_code": answer.status,
                "http.response.body.size": answer.sent,
                "openwado.request_id": scope["state"]["request_id"],
                "openwado.type": kind,
            },
        )
        if not span.is_recording():
            return
        if timing is not None:
            if timing.source:
                span.set_attribute("openwado.source", timing.source)
            self._record_stages(span, timing)
        problem = scope["state"].get("problem")
        if problem is not None:
            span.set_attribute("error.type", problem)
        if answer.status >= _OUR_FAULT or not answer.whole:
            span.set_status(self._api.StatusCode.ERROR)
        span.end(end_time=self._at(answer.ended))

    def close(self) -> None:
        """Send what waits, and end the thread; blocks."""
        self._provider.shutdown()

    def _record_stages(self, root: Any, timing: Timing) -> None:  # noqa: ANN401 -- a span of the extra
        below = self._api.set_span_in_context(root)
        stages = timing.notes.stages
        produce = None
        if (produced := stages.get("produce")) is not None:
            produce = self._tracer.start_span("produce", context=below, start_time=self._at(produced.began))
        within = below if produce is None else self._api.set_span_in_context(produce)
        for stage in stages.values():
            if stage.name == "produce":
                continue
            context = within if stage.name in _WITHIN_PRODUCE else below
            began, seconds = stage.began, stage.seconds
            if stage.name == "negotiate" and (located := stages.get("locate")) is not None:
                began = located.began + located.seconds  # most of it comes after
            span = self._tracer.start_span(stage.name, context=context, start_time=self._at(began))
            for subject, text in timing.notes.remarks.items() if stage.name == "decode" else ():
                span.set_attribute(f"openwado.{subject}", text)
            span.end(end_time=self._at(began + seconds))
        if produce is not None and produced is not None:
            produce.end(end_time=self._at(produced.began + produced.seconds))

    def _at(self, moment: float) -> int:
        """Return a time of `time.perf_counter` as nanoseconds since 1970."""
        return int((moment + self._offset) * _BILLION)

    def _parent(self, scope: Scope) -> Any:  # noqa: ANN401 -- a context of the extra
        """Return the span that a caller has named, as W3C Trace Context says; an empty context where there is none."""
        context = self._api.set_span_in_context(self._api.INVALID_SPAN)
        if not self._callers.include_caller(scope):
            return context
        given = [value for name, value in scope["headers"] if name == b"traceparent"]
        found = _TRACEPARENT.fullmatch(given[0].decode("latin-1").strip()) if len(given) == 1 else None
        if found is None:
            return context
        parent = self._api.SpanContext(
            trace_id=int(found.group(1), 16),
            span_id=int(found.group(2), 16),
            is_remote=True,
            trace_flags=self._api.TraceFlags(int(found.group(3), 16) & 1),
        )
        return self._api.set_span_in_context(self._api.NonRecordingSpan(parent)) if parent.is_valid else context
