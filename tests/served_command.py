"""The command, started as a service manager would start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bound_process import bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@contextmanager
def served(
    arguments: Sequence[str | Path], folder: Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command, with little in its environment and nowhere at home; give the process and its address.

    Args:
        arguments: of the command.
        folder: where its log is written.
        environment: more of it.
    """
    usual = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "openwado", *map(str, arguments)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            bound(command), cwd="/", stdout=subprocess.PIPE, stderr=log, text=True, env=usual | environment
        )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"page\s+(https?://\S+)/", printed)
    assert found, (folder / "log").read_text(encoding="utf-8")
    try:
        yield process, found[1]
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(40)
        process.stdout.close()
