"""What the processes of a server are run with, at first and when its settings are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.cli.checking import check
from openwado.config import read
from openwado.settings.restarting import NEEDS_RESTART

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openwado.config import Settings
    from openwado.observe.metric_sheet import MetricSheet
    from openwado.server.http_process import ServeOptions
    from openwado.server.replacing import Reading
    from openwado.server.side_process import SideProcess


class Running:
    """A server's settings, and what is made of them; takes the DICOM port.

    Args:
        settings: as they are now.
        given: as they were given; another folder of data may have taken the place of that one.
        config: the file that they come from, among others.
        command_line: settings given there.
        watched: folders that are looked at again and again.

    Raises:
        CannotListen: the DICOM port cannot be had.
    """

    def __init__(
        self,
        settings: Settings,
        given: Settings,
        config: Path | None,
        command_line: Mapping[str, object],
        watched: Sequence[Path],
    ) -> None:
        from openwado.assemble import share_of_cores  # noqa: PLC0415 -- heavy, and only needed here
        from openwado.observe.metric_sheet import MetricSheet  # noqa: PLC0415 -- as above
        from openwado.observe.metrics import FAMILIES  # noqa: PLC0415 -- as above
        from openwado.server.http_processes import rows_for  # noqa: PLC0415 -- as above

        self._settings = settings
        self._given = given
        self._config = config
        self._command_line = command_line
        self._watched = [str(path.absolute()) for path in watched]
        self._workers, _ = share_of_cores(settings)
        self._sheet: MetricSheet | None = MetricSheet(rows_for(self._workers), FAMILIES) if settings.metrics else None
        self._dicom_sockets: list[socket.socket] = _dicom_sockets(settings) if settings.dicom_port else []

    @property
    def options(self) -> ServeOptions:
        """How the HTTP processes are run."""
        return self._options(self._settings)

    @property
    def beside(self) -> list[SideProcess]:
        """The processes beside them."""
        from openwado.server import dicom_process, watch_process  # noqa: PLC0415 -- heavy, and only needed here
        from openwado.server.side_process import SideProcess  # noqa: PLC0415 -- as above

        arguments = self._arguments(self._settings)
        found = []
        if "dicom" in arguments:
            found.append(SideProcess("dicom", dicom_process.run, arguments["dicom"]))
        if "watch" in arguments:  # two would index the same file
            found.append(SideProcess("watch", watch_process.run, arguments["watch"], overlaps=False))
        if self._settings.audit:
            found.append(_audit_process(self._settings, self._sheet))
        return found

    def read_again(self) -> Reading:
        """Read the settings again.

        Raises:
            SettingsError: something is wrong with them; nothing has changed.
        """
        from openwado.cache_wiring import prepare_rendition_cache  # noqa: PLC0415 -- heavy, and only needed here
        from openwado.server.replacing import Reading  # noqa: PLC0415 -- as above

        reading = read(config=self._config, **self._command_line)
        given = reading.settings
        kept = {name: getattr(self._settings, name) for name in NEEDS_RESTART}
        settings = check(reading, msgspec.structs.replace(given, **kept))
        with reading.placing():
            prepare_rendition_cache(settings)
        unheeded = tuple(name for name in sorted(NEEDS_RESTART) if getattr(given, name) != getattr(self._given, name))
        return Reading(self._options(settings), self._arguments(settings), unheeded)

    def _options(self, settings: Settings) -> ServeOptions:
        from openwado.assemble import environment_of, log_style  # noqa: PLC0415 -- heavy, and only needed here
        from openwado.server.connection_options import connection_options  # noqa: PLC0415 -- as above
        from openwado.server.http_process import ServeOptions  # noqa: PLC0415 -- as above
        from openwado.server.request_rates import RequestRate  # noqa: PLC0415 -- as above

        return ServeOptions(
            host=settings.host,
            port=settings.port,
            workers=self._workers,
            keep_alive=settings.keep_alive,
            shutdown_grace=settings.shutdown_grace,
            log=log_style(settings),
            sheet=self._sheet,
            environment=environment_of(settings),
            connections=connection_options(settings),
            request_rate=RequestRate(settings.max_request_rate, settings.max_request_burst),
        )

    def _arguments(self, settings: Settings) -> dict[str, Sequence[object]]:
        from openwado.assemble import environment_of  # noqa: PLC0415 -- heavy, and only needed here

        found: dict[str, Sequence[object]] = {}
        if self._dicom_sockets:
            found["dicom"] = (environment_of(settings), self._dicom_sockets, self._sheet)
        if self._watched:
            found["watch"] = (environment_of(settings), self._watched, self._sheet)
        return found


def _audit_process(settings: Settings, sheet: MetricSheet | None) -> SideProcess:
    """Return the process that makes the audit trail, and sends it."""
    from openwado.assemble import environment_of  # noqa: PLC0415 -- heavy, and only needed where it is wanted
    from openwado.audit_wiring import new_run, this_user  # noqa: PLC0415 -- as above
    from openwado.server import audit_process  # noqa: PLC0415 -- as above
    from openwado.server.side_process import SideProcess  # noqa: PLC0415 -- as above

    arguments = environment_of(settings), new_run(), this_user(), sheet
    return SideProcess("audit", audit_process.run, arguments, stays=True)  # its end says that the server stops


def _dicom_sockets(settings: Settings) -> list[socket.socket]:
    from openwado.server.listening import open_sockets  # noqa: PLC0415 -- only needed where it is wanted

    return open_sockets(settings.dicom_host or settings.host, settings.dicom_port)
