"""The log: one line an event, on standard error, as `name key=value …` or as JSON.

A line holds no patient data. Instance UIDs and the keys of objects, which may be paths that name patients, stand in it
as short keyed hashes: equal ones look alike, and nobody finds out whose they are by trying, unless a setting lets them
through.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from contextvars import ContextVar
from typing import Final

import msgspec

from openwado.observe.pseudonyms import Pseudonyms

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_BARE = re.compile(r"[A-Za-z0-9._:/+*@-]+")

#: Fields that hold what the store knows an object by.
_KEYS: Final = frozenset({"object", "former", "by", "file"})

#: Events whose detail is what the system or a library said of an object: it may name its file.
_ABOUT_OBJECTS: Final = frozenset(
    {"problem", "answer broken off", "not stored", "object not stored", "shared rendition damaged", "unexpected"}
)

#: The request that this task works for, "" for none: it stands in each line.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class LogStyle(msgspec.Struct, frozen=True, array_like=True):
    """How a process writes its log.

    Attributes:
        level: debug, info, warning or error. What the HTTP library says of itself is shown from warnings upwards only,
            except at level debug.
        form: text or json.
        key: of the hashes, in hexadecimal; "" lets instance UIDs and keys of objects stand as they are.
    """

    level: str = "info"
    form: str = "text"
    key: str = ""


#: Lines of text from level info on, nothing hidden.
DEFAULT_STYLE: Final = LogStyle()


class Event:
    """One event: its name, and fields with values."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, fields: dict[str, object]) -> None:
        self.name = name
        self.fields = fields

    def __str__(self) -> str:
        pairs = (f"{key}={_value(value)}" for key, value in self.fields.items() if value is not None)
        return " ".join([self.name, *pairs])


def event(name: str, **fields: object) -> Event:
    """Describe an event; as text it is its name and `key=value` pairs. Fields that are None are left out.

    A value with blanks, quotes or control characters becomes a JSON string in ASCII, so that no value can start a line
    or a field of its own.
    """
    return Event(name, fields)


def _value(value: object) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)


def configure(style: LogStyle) -> None:
    """Send all logging of this process to standard error."""
    logging._srcfile = None  # noqa: SLF001 -- no line names its caller: the manual's way
    logging.logThreads = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    pseudonyms = Pseudonyms(bytes.fromhex(style.key)) if style.key else None
    handler.setFormatter(_JsonLines(pseudonyms) if style.form == "json" else _TextLines(pseudonyms))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(LEVELS[style.level])
    quiet = logging.DEBUG if style.level == "debug" else max(LEVELS[style.level], logging.WARNING)
    for name in ("uvicorn", "asyncio", "multiprocessing", "opentelemetry", "urllib3"):
        logging.getLogger(name).setLevel(quiet)


class _Lines(logging.Formatter):
    """What both forms have in common; quick, for each request has a line.

    Args:
        pseudonyms: of UIDs and keys; None: they stand as they are.
    """

    _second = -1
    _stamp = ""

    def __init__(self, pseudonyms: Pseudonyms | None) -> None:
        super().__init__()
        self._pseudonyms = pseudonyms

    def _time(self, record: logging.LogRecord) -> str:
        """Return the time, UTC with milliseconds."""
        second = int(record.created)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._stamp}.{int(record.msecs):03d}Z"

    def _private(self, found: Event) -> Event:
        """Return an event without keys of objects."""
        if self._pseudonyms is None or (_KEYS.isdisjoint(found.fields) and "detail" not in found.fields):
            return found
        fields = dict(found.fields)
        for name in _KEYS.intersection(fields):
            fields[name] = self._pseudonyms.of_key(fields[name])
        if found.name in _ABOUT_OBJECTS and fields.get("detail"):
            fields["detail"] = self._pseudonyms.without_paths(str(fields["detail"]))
        return Event(found.name, fields)

    def _without_uids(self, text: str) -> str:
        return text if self._pseudonyms is None else self._pseudonyms.without_uids(text)

    def _trace(self, record: logging.LogRecord) -> str:
        """Return what stands below a line."""
        found = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            found.append(self.formatStack(record.stack_info))
        text = "\n".join(found)
        return text if self._pseudonyms is None else self._pseudonyms.without_words_of(text)


class _TextLines(_Lines):
    """Time, level in small letters, logger, process, request, text."""

    def format(self, record: logging.LogRecord) -> str:
        text = str(self._private(record.msg)) if isinstance(record.msg, Event) else record.getMessage()
        request = request_id.get()
        about = f" request={request}" if request else ""
        line = f"{self._time(record)} {record.levelname.lower()} {record.name} pid={record.process}{about} {text}"
        trace = self._trace(record)
        return self._without_uids(f"{line}\n{trace}" if trace else line)


class _JsonLines(_Lines):
    """One JSON object a line: time, level, logger, pid, request, event (or message), the event's fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": self._time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
        }
        if request := request_id.get():
            line["request"] = request
        if isinstance(record.msg, Event):
            found = self._private(record.msg)
            line["event"] = found.name
            for key, value in found.fields.items():
                if value is not None:
                    short = round(value, 3) if isinstance(value, float) else value
                    line[f"{key}_" if key in line else key] = short
        else:
            line["message"] = record.getMessage()
        if trace := self._trace(record):
            line["exception"] = trace
        return self._without_uids(msgspec.json.encode(line, enc_hook=str).decode())
