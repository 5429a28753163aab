"""Whether the files and folders that settings name can be read and written. Whoever looks leaves nothing behind."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path


def why_not_read(file: str) -> str:
    """Return why a file cannot be read; "" if it can, or none is named."""
    try:
        if file:
            Path(file).open("rb").close()
    except (OSError, ValueError) as error:
        return _words(error)
    return ""


def why_not_written(folder: Path) -> str:
    """Return why nothing can be written in a folder; "" if it can be: it may have to be made for that."""
    made: list[Path] = []
    try:
        for each in _missing(folder):
            each.mkdir(mode=0o700)
            made.append(each)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        return _words(error)
    finally:
        for each in reversed(made):
            with suppress(OSError):  # somebody has put something into it meanwhile
                each.rmdir()
    return ""


def _missing(folder: Path) -> list[Path]:
    """Return the folders that are not there, the outermost first."""
    found = []
    while not folder.exists() and folder != folder.parent:
        found.append(folder)
        folder = folder.parent
    return found[::-1]


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
