"""A filter of system calls for this process (seccomp): a small program that the kernel runs before each of them.

There is libseccomp, and bindings for it; it would be one more system library for a program of some three hundred
instructions that never changes, so the program is written here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import TYPE_CHECKING, Final

from openwado.server.system_calls import SYSTEM_CALLS, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2

#: All threads of the process; and no brake on speculation, which the decoders would pay for and the filter need not.
_TSYNC, _SPEC_ALLOW = 1, 4

_RET_KILL_PROCESS, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000

#: Instructions of the filter language: load a word of the call; jump if equal, if any bit is set; return.
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06

#: Where the words of a call are: its number, the machine, the lower half of each argument.
_NUMBER, _MACHINE = 0, 4

_CLONE_THREAD = 0x10000
_TMPFILE = 0x400000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_TCGETS, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX = 0x5401, 0x541B, 0x5421, 0x5450, 0x5451

#: Name of the machine, as `platform` has it: the audit number, and number of the system call `seccomp`.
_MACHINES: Final = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}

_libc = ctypes.CDLL(None, use_errno=True)

Instruction = tuple[int, int, int, int]


def is_available() -> bool:
    """Return whether this kernel, on this machine, filters system calls."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return False
    action = ctypes.c_uint32(_RET_KILL_PROCESS)
    return int(_libc.syscall(known[1], _GET_ACTION_AVAIL, 0, ctypes.byref(action))) == 0


def forbid_new_privileges() -> bool:
    """Keep this process, and all that it may start, from ever gaining rights; return whether that holds."""
    return int(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) == 0


def filter_system_calls(*, network: bool, files_by_name: bool) -> None:
    """Filter the system calls of this process from now on; needs `forbid_new_privileges`.

    Args:
        network: whether sockets may be opened.
        files_by_name: whether files may be made and written under a name.

    Raises:
        OSError: the kernel does not want to.
    """
    program = _program(network=network, files_by_name=files_by_name, process=os.getpid())
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    wrapped = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _, seccomp = _MACHINES[platform.machine()]
    if _libc.syscall(seccomp, _SET_MODE_FILTER, _TSYNC | _SPEC_ALLOW, ctypes.c_char_p(wrapped)) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def _program(*, network: bool, files_by_name: bool, process: int) -> list[Instruction]:
    machine = platform.machine()
    allowed = {Rule.ALWAYS, *([Rule.NETWORK] if network else []), *([Rule.BY_NAME] if files_by_name else [])}
    conditions: dict[Rule, Callable[[str], list[Instruction]]] = {
        Rule.READING: _always if files_by_name else _reading,
        Rule.TERMINAL: lambda _: _one_of(1, (_TCGETS, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX)),
        Rule.THREAD: lambda _: [_load(0), (_IF_ANY_BIT, 0, 1, _CLONE_THREAD), _allow(), _refuse(errno.EPERM)],
        Rule.ITSELF: lambda name: _one_of(0, (process,) if "kill" in name else (process, 0)),
    }
    program: list[Instruction] = [
        (_LOAD, 0, 0, _MACHINE),
        (_IF_EQUAL, 1, 0, _MACHINES[machine][0]),
        (_RETURN, 0, 0, _RET_KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for call in SYSTEM_CALLS:
        number = call.x86_64 if machine == "x86_64" else call.aarch64
        if number >= 0:
            unless = _always if call.rule in allowed else _never
            block = conditions.get(call.rule, unless)(call.name)
            program += [(_IF_EQUAL, 0, len(block), number), *block]
    return [*program, _refuse(errno.ENOSYS)]


def _always(_: str) -> list[Instruction]:
    return [_allow()]


def _never(_: str) -> list[Instruction]:
    return [_refuse(errno.EPERM)]


def _reading(name: str) -> list[Instruction]:
    """Allow opening a file to read it, or one without a name."""
    return [
        _load(2 if name == "openat" else 1),
        (_IF_ANY_BIT, 0, 1, _TMPFILE),
        _allow(),
        (_IF_ANY_BIT, 0, 1, _WRITING),
        _refuse(errno.EACCES),
        _allow(),
    ]


def _one_of(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    """Allow a call whose argument is one of some values."""
    tests = [test for value in values for test in ((_IF_EQUAL, 0, 1, value), _allow())]
    return [_load(argument), *tests, _refuse(errno.EPERM)]


def _load(argument: int) -> Instruction:
    """Load the lower half of an argument: both machines have it first."""
    return (_LOAD, 0, 0, 16 + 8 * argument)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _RET_ALLOW)


def _refuse(error: int) -> Instruction:
    return (_RETURN, 0, 0, _RET_ERRNO | error)
