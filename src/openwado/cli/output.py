"""Files that a command writes."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole_file(output: Path) -> Iterator[IO[bytes]]:
    """Give a file aside, which takes the output's name only when it is whole; what is no plain file is written to.

    Raises:
        OSError: it cannot be written.
    """
    output = output.resolve() if output.is_symlink() else output
    if output.exists() and not output.is_file():
        with output.open("wb") as written:
            yield written
        return
    handle, aside = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        Path(aside).replace(output)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def goes_to_journal() -> bool:
    """Say whether what is printed is kept in systemd's journal (JOURNAL_STREAM): then it should name no patients."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _umask() -> int:
    """Return the mask that new files of this process get; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
