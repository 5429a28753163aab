"""Which files this process may touch, and that it connects to nobody (Landlock, Linux 5.13 and later)."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_VERSION, _PATH_BENEATH = 1, 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14

#: What is allowed below a folder that is read, and what moreover below one for files of our own.
_READ: Final = _READ_FILE | _READ_DIR
_OWN: Final = _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE

#: How many rights about files there are, by the version of the interface: REFER came with 2, TRUNCATE with 3,
#: IOCTL_DEV with 5.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_FILE_RIGHTS = 16

#: TCP came with version 4 (bind and connect), abstract Unix sockets and signals to others with version 6.
_NET_FROM, _BIND_CONNECT = 4, 3
_SCOPES_FROM, _SCOPES = 6, 3

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION)))


def restrict(readable: Sequence[str], own: Sequence[str], *, network: bool) -> None:
    """Restrict this thread, and those that it starts, from now on; needs that no new privileges are possible.

    Args:
        readable: folders below which files may be read.
        own: folders below which files may be made, written and removed too.
        network: whether TCP may be used.

    Raises:
        OSError: the kernel does not want to, or a folder is not there.
    """
    known = version()
    files = (1 << _FILE_RIGHTS.get(known, _MOST_FILE_RIGHTS)) - 1
    net = _BIND_CONNECT if known >= _NET_FROM and not network else 0
    scopes = _SCOPES if known >= _SCOPES_FROM else 0
    attributes = struct.pack("=QQQ", files, net, scopes)
    size = 24 if known >= _SCOPES_FROM else 16 if known >= _NET_FROM else 8
    ruleset = _checked(_libc.syscall(_CREATE_RULESET, ctypes.c_char_p(attributes), size, 0))
    try:
        for folders, rights in ((readable, _READ), (own, (_READ | _OWN) & files)):
            for folder in folders:
                _allow(ruleset, folder, rights)
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, folder: str, rights: int) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        attributes = ctypes.c_char_p(struct.pack("=Qi", rights, descriptor))
        _checked(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, attributes, 0))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result
