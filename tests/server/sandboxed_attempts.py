"""What code in a render process might try that has taken it over; each says what came of it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openwado.jobs import Rendition

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.jobs import Job

_ELSEWHERE = Path.home() / "made-by-a-render-process"


def _thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _system_call(number: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, 0, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")


#: What is to fail, by name.
FORBIDDEN: dict[str, Callable[[], object]] = {
    "tcp": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "pair": socket.socketpair,
    "program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 -- that is the question
    "shell": lambda: subprocess.run(["/bin/true"], check=True),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "fork": os.fork,
    "write": lambda: _ELSEWHERE.write_text("x", encoding="ascii"),
    "append": lambda: os.open(__file__, os.O_WRONLY | os.O_APPEND),
    "nameless elsewhere": lambda: os.open(Path.home(), os.O_TMPFILE | os.O_RDWR),
    "remove": lambda: Path(__file__).unlink(),
    "rename": lambda: Path(__file__).rename(_ELSEWHERE),
    "folder": _ELSEWHERE.mkdir,
    "link": lambda: _ELSEWHERE.symlink_to("/etc/passwd"),
    "mode": lambda: Path(__file__).chmod(0o777),
    "kill parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "kill all": lambda: os.kill(-1, signal.SIGKILL),
    "read parent's memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "read parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "own memory": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "more descriptors": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100_000, 100_000)),
    "io_uring": lambda: _system_call(425),  # the same number on every machine
    "user namespace": lambda: _system_call(97 if os.uname().machine == "aarch64" else 272),
    "key ring": lambda: _system_call(219 if os.uname().machine == "aarch64" else 250),
    "trace": lambda: _system_call(117 if os.uname().machine == "aarch64" else 101),
}

#: What is not.
ALLOWED: dict[str, Callable[[], object]] = {
    "read": lambda: Path(__file__).read_bytes(),
    "thread": _thread,
    "clock and chance": lambda: os.urandom(8),
}


def attempt(name: str) -> str:
    """Try something; return what kept it from success, "done" if nothing."""
    try:
        (FORBIDDEN | ALLOWED)[name]()
    except (OSError, ValueError) as error:
        return type(error).__name__
    return "done"


def producer() -> Callable[[Job], Rendition]:
    """Give what tries all of it in a render process, whatever the job."""

    def produce(_: Job) -> Rendition:
        found = {name: attempt(name) for name in FORBIDDEN | ALLOWED}
        return Rendition("application/json", (msgspec.json.encode(found),))

    return produce
