"""The process that takes objects from DICOM peers: it listens, and gives every connection a thread of its own.

How many associations there are is bounded twice: by the setting, beyond which a peer is told so in the words of the
standard, and by connections that have not asked for anything yet, beyond which they are closed unheard.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from openwado.observe.log import configure, event
from openwado.observe.metrics import ASSOCIATIONS
from openwado.server.listening import allow_many_connections
from openwado.server.side_beginning import begin
from openwado.server.side_process import CANNOT_START
from openwado.server.tls import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openwado.observe.metric_sheet import MetricSheet
    from openwado.server.dicom_association import Association
    from openwado.server.dicom_options import DicomOptions
    from openwado.server.dicom_wire import Wire
    from openwado.server.store_scp import StoreScp

#: Connections, beside those with an association, that are listened to at the same time.
_WAITING_ROOM: Final = 64

#: Pause after the system could not give a connection, seconds: most often there are no descriptors left.
_PAUSE_SECONDS: Final = 0.1

#: Time for threads to end once their connections are gone, seconds.
_LAST_SECONDS: Final = 3.0

_logger = logging.getLogger("openwado.dicom")


def run(environment: Mapping[str, str], sockets: Sequence[socket.socket], sheet: MetricSheet | None) -> None:
    """Take objects until SIGTERM or SIGINT, then let what is being received finish; called in a fork of the nursery.

    Args:
        environment: of the command, with the settings in it.
        sockets: to listen on.
        sheet: where processes count; None: nowhere.
    """
    stop, woken = socket.socketpair()
    stop.settimeout(0)
    signal.set_wakeup_fd(stop.fileno())
    begin("dicom", environment, sheet, lambda: None)  # the wake-up is enough
    allow_many_connections()
    try:
        server, grace = _assemble()
    except Exception:
        _logger.exception(event("cannot start"))
        os._exit(CANNOT_START)
    server.serve(sockets, woken)
    server.stop(grace)


def _assemble() -> tuple[DicomServer, float]:
    from openwado.assemble import from_environment, log_style  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.audit_wiring import journal_of  # noqa: PLC0415 -- as above
    from openwado.server import dicom_association  # noqa: F401, PLC0415 -- before the first peer waits for it
    from openwado.server.audit_notes import AuditNotes  # noqa: PLC0415 -- as above
    from openwado.server.dicom_options import dicom_options  # noqa: PLC0415 -- as above
    from openwado.server.store_scp import StoreScp  # noqa: PLC0415 -- as above

    system = from_environment()
    configure(log_style(system.settings))
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it writes down what peers send
    options = dicom_options(system.settings)
    journal = journal_of(system.settings)
    audit = None if journal is None else AuditNotes(journal, system.settings.audit_window)
    scp = StoreScp(system.admission, system.store.kept.incoming, options.ae_title, options.max_object_bytes, audit)
    return DicomServer(options, scp), float(system.settings.shutdown_grace)


class DicomServer:
    """Gives connections to threads.

    Args:
        options: how associations are dealt with.
        scp: where objects go.
    """

    def __init__(self, options: DicomOptions, scp: StoreScp) -> None:
        self._options = options
        self._scp = scp
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, Wire] = {}
        self._associations: dict[threading.Thread, Association] = {}
        self._admitted: set[threading.Thread] = set()

    def serve(self, sockets: Sequence[socket.socket], woken: socket.socket) -> None:
        """Take connections until there is something to read from `woken`; then the sockets are closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            for listener in sockets:
                listener.settimeout(0)
                selector.register(listener, selectors.EVENT_READ)
            is_stopped = False
            while not is_stopped:
                for key, _ in selector.select():
                    if key.fileobj is woken:
                        is_stopped = True
                    elif isinstance(key.fileobj, socket.socket):
                        self._take(key.fileobj)
        for listener in sockets:
            listener.close()

    def stop(self, grace: float) -> None:
        """End all associations: those with a message under way when it is dealt with, or when the grace is over.

        Args:
            grace: seconds.
        """
        with self._lock:
            associations = list(self._associations.values())
        for association in associations:
            association.drain()
        self._wait(grace)
        with self._lock:
            wires = list(self._connections.values())
        for wire in wires:
            wire.interrupt(altogether=True)
        self._wait(_LAST_SECONDS)
        if self._scp.audit is not None:
            self._scp.audit.close()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._lock:
            threads = list(self._connections)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _take(self, listener: socket.socket) -> None:
        from openwado.server.dicom_wire import Wire  # noqa: PLC0415 -- heavy, and not needed by the command

        try:
            connection, address = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            _logger.error(event("connection not taken", detail=error.strerror))  # noqa: TRY400 -- the system's own words
            time.sleep(_PAUSE_SECONDS)
            return
        peer = str(address[0])
        with self._lock:
            is_full = len(self._connections) >= self._options.max_associations + _WAITING_ROOM
        if is_full:
            _logger.warning(event("connection closed", peer=peer, reason="too many of them"))
            connection.close()
            return
        thread = threading.Thread(target=self._run, args=(connection, peer), name="association", daemon=True)
        with self._lock:
            self._connections[thread] = Wire(connection)
        try:
            thread.start()
        except RuntimeError:
            _logger.error(event("connection closed", peer=peer, reason="no thread for it"))  # noqa: TRY400 -- as said
            self._forget(thread)

    def _run(self, connection: socket.socket, peer: str) -> None:
        from openwado.server.dicom_association import Association  # noqa: PLC0415 -- as above
        from openwado.server.dicom_wire import Wire  # noqa: PLC0415 -- as above

        me = threading.current_thread()
        try:
            secured = self._secured(connection, peer)
            if secured is None:
                return
            wire = Wire(secured)
            association = Association(wire, peer, self._options, self._scp, self._admit)
            with self._lock:
                self._connections[me] = wire
                self._associations[me] = association
            association.run()
        except Exception:
            _logger.exception(event("association failed", peer=peer))
        finally:
            self._forget(me)

    def _secured(self, connection: socket.socket, peer: str) -> socket.socket | None:
        """Return the connection after the handshake of TLS, where there is one; None where that failed."""
        if self._options.tls is None:
            return connection
        try:
            connection.settimeout(self._options.acse_seconds)
            return self._options.tls.context().wrap_socket(connection, server_side=True)
        except (OSError, ValueError) as error:
            reason = refusal(error)
            _logger.warning(event("connection refused", peer=peer, reason=f"TLS: {reason}"))
            if self._scp.audit is not None:
                self._scp.audit.alert_node(peer, reason)
            return None

    def _admit(self) -> bool:
        """Return whether there is room for the association of this thread, and take it."""
        with self._lock:
            if len(self._admitted) >= self._options.max_associations:
                return False
            self._admitted.add(threading.current_thread())
            ASSOCIATIONS.set(len(self._admitted))
            return True

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            wire = self._connections.pop(thread, None)
            self._associations.pop(thread, None)
            self._admitted.discard(thread)
            ASSOCIATIONS.set(len(self._admitted))
        if wire is not None:
            with suppress(OSError):
                wire.close()
