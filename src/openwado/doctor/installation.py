"""Whether the program and its libraries are there: Python, what is required, and the optional extras."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from openwado.bucket_url import is_bucket_url
from openwado.doctor.finding import Finding
from openwado.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings

_REQUIREMENT: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:>=(?P<least>[0-9.]+))?")

_LEAST_PYTHON: Final = (3, 11)

#: Extras: what must be importable, and what they are for.
_EXTRAS: Final = {
    "cloud": ("obstore", "objects and pictures in buckets"),
    "postgresql": ("psycopg", "an index in PostgreSQL"),
    "video": ("av", "moving pictures as MP4 and MPEG-2"),
    "tracing": ("opentelemetry.exporter.otlp.proto.http", "traces by OpenTelemetry"),
}


def installation(settings: Settings | None) -> Iterator[Finding]:
    """Look at the installation.

    Args:
        settings: those of the server, None if they cannot be read.
    """
    python = platform.python_version()
    if sys.version_info[:2] < _LEAST_PYTHON:
        yield Finding("fault", "python", f"Python {python} is too old.", "Install Python 3.11 or newer.")
    elif sys.platform != "linux":
        yield Finding("fault", "platform", f"{sys.platform} cannot serve.", "Serve on Linux; other commands work here.")
    else:
        yield Finding("ok", "python", f"openwado {__version__} on Python {python}, {platform.machine()}.")
    yield _libraries()
    for extra, (module, use) in _EXTRAS.items():
        yield _extra(extra, module, use, is_wanted=settings is not None and _wants(settings, extra))


def _libraries() -> Finding:
    try:
        wanted = [text for text in requires("openwado") or () if "extra ==" not in text]
    except PackageNotFoundError:
        return Finding(
            "warning", "libraries", "openwado is not installed as a package.", "Install it: pip install openwado."
        )
    wrong = [fault for text in wanted if (fault := _fault_of(text))]
    if wrong:
        return Finding("fault", "libraries", f"{'; '.join(wrong)}.", "Install openwado again: pip install -U openwado.")
    return Finding("ok", "libraries", f"All {len(wanted)} that are required are here.")


def _fault_of(requirement: str) -> str:
    found = _REQUIREMENT.match(requirement)
    if found is None:
        return ""
    name, least = found["name"], found["least"]
    try:
        here = version(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} is {here}, at least {least} is needed" if least and _release(here) < _release(least) else ""


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]+", text.partition("+")[0])[:3])


def _extra(extra: str, module: str, use: str, *, is_wanted: bool) -> Finding:
    try:
        is_here = find_spec(module) is not None
    except ModuleNotFoundError:
        is_here = False
    if is_here:
        return Finding("ok", f"extra {extra}", f"Installed: {use}.")
    how = f"pip install 'openwado[{extra}]'"
    if is_wanted:
        return Finding(
            "fault", f"extra {extra}", f"The settings ask for {use}, and it is not installed.", f"Run {how}."
        )
    return Finding("note", f"extra {extra}", f"Not installed: no {use}.", f"If you want that: {how}.")


def _wants(settings: Settings, extra: str) -> bool:
    return {
        "cloud": is_bucket_url(settings.store) or bool(settings.cache_shared),
        "postgresql": settings.index.startswith(("postgresql:", "postgres:")),
        "tracing": bool(settings.tracing_endpoint),
    }.get(extra, False)
