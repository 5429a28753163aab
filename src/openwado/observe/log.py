"""The log: one line an event, on standard error, as `name key=value …` that both people and programs read.

A line holds no patient data. UIDs stand in it only at level debug, or where an object broke something.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_BARE = re.compile(r"[A-Za-z0-9._:/+*@-]+")


def event(name: str, **fields: object) -> str:
    """Write an event as text: its name and `key=value` pairs; fields that are None are left out.

    A value with blanks, quotes or control characters becomes a JSON string in ASCII, so that no value can start a line
    or a field of its own.
    """
    return " ".join([name, *(f"{key}={_value(value)}" for key, value in fields.items() if value is not None)])


def _value(value: object) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)


def configure(level: str) -> None:
    """Send all logging of this process to standard error.

    Args:
        level: debug, info, warning or error. What the HTTP library says of itself is shown from warnings upwards only,
            except at level debug.
    """
    logging._srcfile = None  # noqa: SLF001 -- no line names its caller: the manual's way
    logging.logThreads = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(LEVELS[level])
    quiet = logging.DEBUG if level == "debug" else max(LEVELS[level], logging.WARNING)
    for name in ("uvicorn", "asyncio", "multiprocessing"):
        logging.getLogger(name).setLevel(quiet)


class _Formatter(logging.Formatter):
    """UTC with milliseconds, level in small letters, logger, process, text: quickly, for each request has a line."""

    _second = -1
    _stamp = ""

    def format(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        level, text = record.levelname.lower(), record.getMessage()
        line = f"{self._stamp}.{int(record.msecs):03d}Z {level} {record.name} pid={record.process} {text}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return f"{line}\n{self.formatStack(record.stack_info)}" if record.stack_info else line
