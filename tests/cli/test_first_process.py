"""As process 1 of a container (here: of a PID namespace) the command hears signals at once, and leaves no zombies."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from openwado import __version__

#: The second is for those who may not: a user namespace in which they may.
_WAYS = (("unshare", "--pid", "--kill-child"), ("unshare", "--user", "--map-root-user", "--pid", "--kill-child"))

_ASIDE = "import os, signal, sys; from openwado.cli.first_process import stand_aside; stand_aside(); "
_WAITS = "print(flush=True); signal.pause()"
_ENDS = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); "

#: An orphan ends; it is gone when no signal can be sent to it any more.
_ORPHAN = """
read, write = os.pipe()
if os.fork() == 0:
    orphan = os.fork()
    if orphan:
        os.write(write, b"%d" % orphan)
    os._exit(0)
orphan = int(os.read(read, 9))
os.wait()
for _ in range(1_000_000):
    try:
        os.kill(orphan, 0)
    except ProcessLookupError:
        sys.exit(0)
sys.exit(1)
"""


@functools.cache
def way() -> tuple[str, ...]:
    """Return how a PID namespace is made here."""
    for found in _WAYS:
        if subprocess.run([*found, "true"], capture_output=True, check=False).returncode == 0:
            return found
    pytest.xfail("no PID namespace may be made here")


def status(code: str) -> int:
    """Return the exit status of a program that is process 1."""
    return subprocess.run([*way(), sys.executable, "-c", code], check=False, timeout=60).returncode


def first_of(process: subprocess.Popen[str]) -> int:
    """Return what process 1 of a namespace is called out here."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii"))


def test_the_status_is_that_of_the_command() -> None:
    """Whatever it is."""
    assert status(_ASIDE + "sys.exit(7)") == 7
    assert status(_ASIDE + "sys.exit(os.getpid() == 1)") == 0


@pytest.mark.parametrize(("handler", "expected"), [("", 128 + signal.SIGTERM), (_ENDS, 7)])
def test_signals_are_heard(handler: str, expected: int) -> None:
    """By a command that has no handler for them yet as well, which the kernel would not tell process 1."""
    command = [*way(), sys.executable, "-c", _ASIDE + handler + _WAITS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(first_of(process), signal.SIGTERM)
        assert process.wait(60) == expected


def test_orphans_are_buried() -> None:
    """A process that has lost its parent does not stay a zombie."""
    assert status(_ASIDE + "\n" + _ORPHAN) == 0


def test_the_command_does_so() -> None:
    """`openwado` itself stands aside, and does nothing of that where it is not process 1."""
    for within in (way(), ()):
        command = [*within, sys.executable, "-X", "importtime", "-m", "openwado", "--version"]
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert ended.stdout == f"openwado {__version__}\n"
        imported = ended.stderr.split("openwado.cli.first_process")[0]
        assert "click" not in imported  # nothing that takes time goes before
