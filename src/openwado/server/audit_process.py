"""The process that makes the audit trail of what all processes note, and sends it.

It begins with the server and ends last: it waits until those that note are gone, and tells then that the server stops.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from openwado.observe.log import configure, event
from openwado.observe.metrics import AUDIT_FAILURES, AUDIT_UNSENT
from openwado.server.side_beginning import begin
from openwado.server.side_process import CANNOT_START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.observe.audit_composer import Composer
    from openwado.observe.audit_facts import Agent
    from openwado.observe.audit_options import AuditOptions
    from openwado.observe.audit_sender import Sender
    from openwado.observe.metric_sheet import MetricSheet

#: Between looks at the journals; and after a failure, seconds.
_LOOK_SECONDS, _FAILED_SECONDS = 0.2, 2.0

#: For what is left to be sent when the server stops, seconds; less where the receiver is away.
_LAST_SECONDS: Final = 10.0

_logger = logging.getLogger("openwado.audit")


def run(environment: Mapping[str, str], run_name: str, user: str, sheet: MetricSheet | None) -> None:
    """Make the trail until SIGTERM or SIGINT; called in a fork of the nursery.

    Args:
        environment: of the command, with the settings in it.
        run_name: of this start of the server, the same when this process is replaced.
        user: who started it.
        sheet: where processes count; None: nowhere.
    """
    stopped = threading.Event()
    begin("audit", environment, sheet, stopped.set)
    try:
        from openwado.observe.audit_facts import Agent  # noqa: PLC0415 -- heavy, and only needed here

        work, grace = _assemble(stopped)
    except Exception:
        _logger.exception(event("cannot start"))
        os._exit(CANNOT_START)
    if work is not None:
        work.run(run_name, Agent(user=user), grace)


def _assemble(stopped: threading.Event) -> tuple[AuditWork | None, float]:
    from openwado.assemble import from_environment, log_style  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.audit_wiring import audit_options, study_facts_of  # noqa: PLC0415 -- as above
    from openwado.observe.audit_composer import Composer  # noqa: PLC0415 -- as above
    from openwado.observe.audit_trail import TrailInUse  # noqa: PLC0415 -- as above

    system = from_environment()
    configure(log_style(system.settings))
    options = audit_options(system.settings)
    if options is None:
        raise ValueError("audit is switched off")
    is_told = False
    while not stopped.is_set():
        try:
            composer = Composer(options, study_facts_of(system.index))
        except TrailInUse:
            if not is_told:
                is_told = True
                _logger.warning(event("audit trail is written by another process; this one waits"))
        except OSError as error:
            _logger.error(event("AUDIT CANNOT BE WRITTEN", detail=str(error)))  # noqa: TRY400 -- the system's own words
        else:
            return AuditWork(composer, options, stopped), float(system.settings.shutdown_grace)
        stopped.wait(_FAILED_SECONDS)
    return None, 0.0


class AuditWork:
    """Steps of the composer, and the sender beside it.

    Args:
        composer: makes the trail.
        options: how it is kept and sent.
        stopped: set when the server is to stop.
    """

    def __init__(self, composer: Composer, options: AuditOptions, stopped: threading.Event) -> None:
        self._composer = composer
        self._stopped = stopped
        self._sender = _sender_of(composer, options)
        self._swept = ""

    def run(self, run_name: str, launcher: Agent, grace: float) -> None:
        """Work until the server stops; grace: seconds that those who note have to end."""
        self._composer.begin(run_name, launcher)
        if self._sender is not None:
            self._sender.start()
        while not self._stopped.is_set():
            self._stopped.wait(_LOOK_SECONDS if self._step() else _FAILED_SECONDS)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and self._composer.has_writers():
            self._step()
            time.sleep(_LOOK_SECONDS / 2)
        self._composer.end(launcher)
        self._step(last=True)
        if self._sender is not None:
            self._sender.stop(_LAST_SECONDS)
        self._composer.close()

    def _step(self, *, last: bool = False) -> bool:
        """Take a step; return False where the trail cannot be written."""
        try:
            if self._composer.step(last=last) and self._sender is not None:
                self._sender.wake()
            self._sweep()
            if self._sender is not None:
                AUDIT_UNSENT.set(max(0, self._composer.trail.n - self._sender.delivered.n))
        except OSError as error:
            AUDIT_FAILURES.add("trail")
            _logger.error(event("AUDIT CANNOT BE WRITTEN", detail=error.strerror, where="trail"))  # noqa: TRY400 -- the system's own words
            return False
        return True

    def _sweep(self) -> None:
        """Remove old files, once for each file that is begun."""
        name = self._composer.trail.committed[0]
        if name != self._swept:
            self._swept = name
            self._composer.trail.remove_old(None if self._sender is None else self._sender.delivered.file)


def _sender_of(composer: Composer, options: AuditOptions) -> Sender | None:
    from openwado.observe.audit_sender import Sender  # noqa: PLC0415 -- as above

    if options.syslog is None:
        return None
    return Sender(
        options.syslog,
        options.trails,
        options.folder / "sent.json",
        options.source.host,
        lambda: composer.trail.committed,
    )
