"""What a service manager is told of the server: that it answers, reads its settings again, or stops (sd_notify(3))."""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import Final

from openwado.observe.log import event

_PLACE: Final = "NOTIFY_SOCKET"
_MICROSECONDS: Final = 1e6

_logger = logging.getLogger("openwado.server")


def tell_ready(status: str = "") -> None:
    """Say that the server answers; with a sentence for who asks how it is, or with the one that it said last."""
    _tell("READY=1", *([f"STATUS={status}"] if status else []))


def tell_reloading() -> None:
    """Say that settings are read again; `tell_ready` has to follow."""
    _tell("RELOADING=1", f"MONOTONIC_USEC={int(time.monotonic() * _MICROSECONDS)}")


def tell_stopping() -> None:
    """Say that the server stops."""
    _tell("STOPPING=1")


def _tell(*lines: str) -> None:
    place = os.environ.get(_PLACE, "")
    if not place:
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place  # an abstract one
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
            told.sendto("\n".join(lines).encode(), address)
    except OSError as error:
        _logger.warning(event("service manager not told", what=lines[0], detail=error.strerror))
