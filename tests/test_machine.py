"""What a process may have of its machine: the least that its control groups, and those above them, say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from openwado.machine import cores, memory

if TYPE_CHECKING:
    from pathlib import Path

ALL = len(os.sched_getaffinity(0))
MIB = 1 << 20
TOTAL = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def groups(folder: Path, mine: str, files: dict[str, str]) -> tuple[Path, Path]:
    """Write control groups; return where they are, and the file that names those of a process."""
    for name, text in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="ascii")
    own = folder / "own"
    own.write_text(mine, encoding="ascii")
    return folder / "cgroup", own


@pytest.mark.parametrize(
    ("mine", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000"}, 1),
        ("0::/\n", {"cpu.max": "50000 100000"}, 1),
        ("0::/\n", {"cpu.max": "100001 100000"}, 2),
        ("0::/\n", {"cpu.max": "max 100000"}, ALL),
        ("0::/\n", {"cpu.max": f"{ALL + 4}00000 100000"}, ALL),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000", "a/b/cpu.max": "max 100000"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "max 100000", "a/b/cpu.max": "100000 100000"}, 1),
        ("0::/of/the/machine\n", {"cpu.max": "100000 100000"}, 1),
        ("1:cpu,cpuacct:/a\n0::/\n", {"cpu/a/cpu.cfs_quota_us": "100000", "cpu/a/cpu.cfs_period_us": "100000"}, 1),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, ALL),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "100000"}, ALL),
        ("0::/\n", {"cpu.max": "what is this"}, ALL),
        ("0::/\n", {}, ALL),
    ],
)
def test_cores(tmp_path: Path, mine: str, files: dict[str, str], expected: int) -> None:
    """A share of cores is rounded up; there are never more than the process may run on."""
    assert cores(*groups(tmp_path, mine, files)) == min(ALL, expected)


@pytest.mark.parametrize(
    ("mine", "files", "expected"),
    [
        ("0::/a\n", {"a/memory.max": str(64 * MIB)}, 64 * MIB),
        ("0::/a\n", {"memory.max": str(32 * MIB), "a/memory.max": str(64 * MIB)}, 32 * MIB),
        ("0::/\n", {"memory.max": "max"}, TOTAL),
        ("4:memory:/a\n", {"memory/memory.limit_in_bytes": str(64 * MIB)}, 64 * MIB),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, TOTAL),
    ],
)
def test_memory(tmp_path: Path, mine: str, files: dict[str, str], expected: int) -> None:
    """The least limit holds, and the machine has no more than it has."""
    assert memory(*groups(tmp_path, mine, files)) == expected


def test_without_control_groups(tmp_path: Path) -> None:
    """The machine's own figures hold."""
    assert cores(tmp_path, tmp_path / "none") == ALL
    assert memory(tmp_path, tmp_path / "none") == TOTAL
