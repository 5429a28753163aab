"""The HTTP process's end of the template: starts it, orders render processes from it, hears when they end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from openwado.observe.log import event
from openwado.server.render_wire import (
    CONTROL_MESSAGE,
    Fork,
    Kill,
    Setup,
    decode_report,
    encode_message,
)
from openwado.server.template_process import start_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.server.options import PoolOptions
    from openwado.server.render_wire import Order, Report

#: Bytes of answers that the kernel takes from a render process before it has to wait for us.
_SEND_BUFFER = 1 << 20

_logger = logging.getLogger("openwado.render")


class TemplateLink:
    """One template process.

    Args:
        options: how its render processes work.
        on_report: called with whatever it reports.
        on_lost: called once when it has ended, however.
    """

    def __init__(
        self, options: PoolOptions, on_report: Callable[[Report], None], on_lost: Callable[[TemplateLink], None]
    ) -> None:
        self._on_report = on_report
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._control, self._process = start_template()
        self._control.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        self._loop.add_reader(self._control, self._readable)
        self._open = True
        self._order(
            Setup(
                producer=options.producer,
                search_path=tuple(sys.path),
                deadline_seconds=options.deadline_seconds,
                memory_mib=options.memory_mib,
                log=options.log,
                spool_folder=options.spool_folder,
                sandbox=options.sandbox,
            )
        )

    def fork(self, number: int) -> socket.socket:
        """Order a render process and return our end of its job socket, which works as soon as it is there."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            self._order(Fork(number), theirs.fileno())
        ours.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        return ours

    def kill(self, number: int) -> None:
        """Order the end of a render process. Nothing happens if it has ended."""
        self._order(Kill(number))

    async def stop(self) -> None:
        """End the template and all its render processes."""
        self._close()
        for _ in range(500):
            if self._process.poll() is not None:
                return
            await asyncio.sleep(0.01)
        self._process.kill()
        self._process.wait()

    def _order(self, order: Order, *descriptors: int) -> None:
        if not self._open:
            return
        try:
            socket.send_fds(self._control, [encode_message(order)], descriptors)
        except OSError as error:  # full or closed: either way it does not work any more
            _logger.warning(event("render template deaf", error=str(error)))
            self._process.kill()

    def _readable(self) -> None:
        try:
            message = self._control.recv(CONTROL_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._lose()
            return
        with contextlib.suppress(msgspec.DecodeError):
            self._on_report(decode_report(message))

    def _lose(self) -> None:
        self._close()
        self._process.kill()  # most likely it has ended already
        self._process.wait()
        self._on_lost(self)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._control)
            self._control.close()
