"""The system calls that a render process may make, by name, with their numbers on the machines that are known.

What is in none of these groups is answered "not implemented", so that a C library takes an older way to the same end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Rule(StrEnum):
    """When a system call is allowed.

    ALWAYS: in every render process. READING: opening a file, unless it would be made or written under a name.
    BY_NAME: only where files without a name cannot be had. TERMINAL: of what it is asked, only what opening a file
    asks. THREAD: to start a thread, never a process. ITSELF: about this process, no other. NETWORK: only where objects
    are read from a bucket. NEVER: not at all, and said so.
    """

    ALWAYS = "always"
    READING = "reading"
    BY_NAME = "by name"
    TERMINAL = "terminal"
    THREAD = "thread"
    ITSELF = "itself"
    NETWORK = "network"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SystemCall:
    """One of them.

    Attributes:
        name: of the kernel.
        x86_64, aarch64: its number there, -1 where there is none.
        rule: when it is allowed.
    """

    name: str
    x86_64: int
    aarch64: int
    rule: Rule


#: name, number on x86_64 and on aarch64 (-: none), by rule.
_TABLE: Final = {
    Rule.ALWAYS: """
        read 0 63, readv 19 65, pread64 17 67, preadv 295 69, preadv2 327 286, write 1 64, writev 20 66,
        pwrite64 18 68, pwritev 296 70, lseek 8 62, close 3 57, close_range 436 436, dup 32 23, dup2 33 -,
        dup3 292 24, fstat 5 80, stat 4 -, lstat 6 -, newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48,
        faccessat2 439 439, readlink 89 -, readlinkat 267 78, getdents64 217 61, getcwd 79 17, statfs 137 43,
        fstatfs 138 44, ftruncate 77 46, fallocate 285 47, fadvise64 221 223, fsync 74 82, fdatasync 75 83,
        sendfile 40 71, copy_file_range 326 285, pipe 22 -, pipe2 293 59, eventfd2 290 19, epoll_create1 291 20,
        epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72,
        recvfrom 45 207, recvmsg 47 212, sendto 44 206, sendmsg 46 211, shutdown 48 210, getsockname 51 204,
        getpeername 52 205, getsockopt 55 209, setsockopt 54 208, mmap 9 222, munmap 11 215, mprotect 10 226,
        mremap 25 216, madvise 28 233, brk 12 214, mincore 27 232, membarrier 324 283, fcntl 72 25, futex 202 98,
        futex_waitv 449 449, set_robust_list 273 99, get_robust_list 274 100, rseq 334 293, set_tid_address 218 96,
        arch_prctl 158 -, gettid 186 178, getpid 39 172, getppid 110 173, getuid 102 174, geteuid 107 175,
        getgid 104 176, getegid 108 177, getpgrp 111 -, getpgid 121 155, sched_yield 24 124,
        sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125,
        sched_get_priority_min 147 126, getcpu 309 168, getpriority 140 141, rt_sigaction 13 134,
        rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137,
        sigaltstack 131 132, restart_syscall 219 128, setitimer 38 103, getitimer 36 102, alarm 37 -,
        clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101, gettimeofday 96 169,
        time 201 -, times 100 153, getrandom 318 278, getrlimit 97 163, getrusage 98 165, sysinfo 99 179,
        uname 63 160, exit 60 93, exit_group 231 94, wait4 61 260
    """,
    Rule.READING: """
        open 2 -, openat 257 56
    """,
    Rule.BY_NAME: """
        unlink 87 -, unlinkat 263 35
    """,
    Rule.TERMINAL: """
        ioctl 16 29
    """,
    Rule.THREAD: """
        clone 56 220
    """,
    Rule.ITSELF: """
        kill 62 129, tgkill 234 131, prlimit64 302 261
    """,
    Rule.NETWORK: """
        socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, sendmmsg 307 269, recvmmsg 299 243
    """,
    Rule.NEVER: """
        execve 59 221, execveat 322 281, fork 57 -, vfork 58 -, ptrace 101 117
    """,
}


def _number(text: str) -> int:
    return -1 if text == "-" else int(text)


def _calls() -> tuple[SystemCall, ...]:
    return tuple(
        SystemCall(name, _number(x86_64), _number(aarch64), rule)
        for rule, text in _TABLE.items()
        for name, x86_64, aarch64 in (entry.split() for entry in text.split(","))
    )


#: All that is known of them.
SYSTEM_CALLS: Final = _calls()
