"""What a render process may not do, for it decodes what others wrote: no network, no programs, no files of its own.

Three things that the kernel offers, each as far as it is there: rights given up for good, a filter of system calls, and
rules about files. What a decoder with a hole in it can still do is read files that the server's own account may read,
and give a wrong answer to the one request that it works for.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.bucket_url import is_bucket_url
from openwado.config import of_fault
from openwado.server import landlock
from openwado.server.system_call_filter import filter_system_calls, forbid_new_privileges, is_available
from openwado.settings.faults import Fault

if TYPE_CHECKING:
    from openwado.config import Settings

#: Descriptors that a render process may have open at once.
_DESCRIPTORS = 256

#: Capabilities kept where the server runs as root: to reach files of any owner; what is written, other rules say.
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION = 0x20080522
_PR_CAPBSET_DROP = 24
_CAPABILITIES = 64

_MIB = 1 << 20

#: What file systems say that have no files without a name.
_NO_NAMELESS = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})

_libc = ctypes.CDLL(None, use_errno=True)


class Demand(StrEnum):
    """Whether render processes are confined. AUTO: as far as the kernel can; REQUIRE: wholly, or not at all."""

    AUTO = "auto"
    REQUIRE = "require"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How render processes are confined.

    Attributes:
        demand: whether.
        network: whether they may open sockets, since objects are in a bucket.
        file_mib: largest file that one may write, MiB.
    """

    demand: Demand = Demand.OFF
    network: bool = False
    file_mib: int = 8192


#: For whoever asks for none.
NO_SANDBOX: Final = Sandbox()


class CannotConfine(Exception):  # noqa: N818 -- a state of the machine, said in one sentence
    """This machine cannot confine a process as it should."""


def sandbox_of(settings: Settings) -> Sandbox:
    """Return the sandbox that the settings ask for.

    Raises:
        SettingsError: it is required, and this machine cannot have it.
    """
    demand = Demand(settings.render_sandbox)
    if demand is Demand.REQUIRE and (lacks := missing()):
        raise of_fault(Fault("render_sandbox", f"it is require, and this machine lacks {lacks}: say auto"))
    network = is_bucket_url(settings.store)
    return Sandbox(demand, network=network, file_mib=settings.render_file_size)


def missing() -> str:
    """Return what this machine lacks for a whole sandbox, "" if nothing."""
    lacks = [
        name
        for name, there in (
            ("a filter of system calls (seccomp, on x86_64 or aarch64)", is_available()),
            ("rules about files (Landlock, Linux 5.13)", landlock.version() > 0),
        )
        if not there
    ]
    return " and ".join(lacks)


def confine(sandbox: Sandbox, spool_folder: str) -> str:
    """Confine this process, which has one thread, for good.

    Args:
        sandbox: how.
        spool_folder: where it keeps what is too large for memory; "" where the system has temporary files.

    Returns:
        What holds from now on, in a few words for the log.

    Raises:
        CannotConfine: not all of it holds, and it should.
    """
    if sandbox.demand is Demand.OFF:
        return "off"
    _bound(sandbox.file_mib)
    own = list(
        dict.fromkeys(folder for folder in (spool_folder, tempfile.gettempdir()) if folder and Path(folder).is_dir())
    )
    held, failed = [], missing()
    files_by_name = not all(map(_has_nameless, own))
    _give_up_capabilities()
    unprivileged = forbid_new_privileges()
    if unprivileged and landlock.version():
        try:
            landlock.restrict(("/",), own, network=sandbox.network)
            held.append("files")
        except OSError as error:
            failed = failed or str(error)
    if unprivileged and is_available():
        try:
            # Without rules about files, the filter is all that keeps them from being written.
            filter_system_calls(network=sandbox.network, files_by_name=files_by_name and "files" in held)
            held += ["programs", "system calls", *([] if sandbox.network else ["network"])]
        except OSError as error:
            failed = failed or str(error)
    if sandbox.demand is Demand.REQUIRE and (failed or not unprivileged):
        raise CannotConfine(f"render_sandbox is require, and this machine lacks {failed or 'no_new_privs'}.")
    return ", ".join(held) or "nothing"


def _bound(file_mib: int) -> None:
    """Bound open descriptors, written files and core dumps; never raise what is bounded already."""
    for kind, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_FSIZE, file_mib * _MIB),
    ):
        _, hard = resource.getrlimit(kind)
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (bound, bound))


def _has_nameless(folder: str) -> bool:
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return error.errno not in _NO_NAMELESS
    return True


def _give_up_capabilities() -> None:
    """Keep, of what root may do, only reaching files; a process without capabilities loses nothing."""
    kept = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH
    for number in range(_CAPABILITIES):
        if not kept >> number & 1:
            _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    if _libc.capget(header, sets) == 0:
        effective, permitted = sets[0] & kept, sets[1] & kept
        _libc.capset(header, (ctypes.c_uint32 * 6)(effective, permitted, 0, 0, 0, 0))
