"""The order of tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from schedule import LONG

HERE = Path(__file__).parent

#: Tests of one group, each of which says by which process it ran.
GROUPED = """
import os, pathlib, pytest
pytestmark = pytest.mark.xdist_group("ceph")
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    pathlib.Path(f"{number}.{os.environ['PYTEST_XDIST_WORKER']}").touch()
"""


def test_what_is_said_to_be_long_is_there() -> None:
    """Each name of the table is a group or a module, so that no renamed one falls back unseen."""
    paths = [path for path in HERE.rglob("test_*.py") if path != Path(__file__)]
    groups = {found for path in paths for found in re.findall(r'xdist_group\("([^"]+)"\)', path.read_text("utf-8"))}
    assert set(LONG) <= groups | {path.stem for path in paths}


def test_every_group_has_a_place() -> None:
    """Tests are put into a group for what they start: that takes long."""
    paths = [path for path in HERE.rglob("test_*.py") if path != Path(__file__)]
    groups = {found for path in paths for found in re.findall(r'xdist_group\("([^"]+)"\)', path.read_text("utf-8"))}
    assert groups <= set(LONG)


def test_a_group_is_run_by_one_process(tmp_path: Path) -> None:
    """What it starts is started once, in whatever version of pytest and xdist."""
    (tmp_path / "test_grouped.py").write_text(GROUPED, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        f"import sys; sys.path.insert(0, {str(HERE)!r})\nfrom schedule import pytest_collection_modifyitems\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    done = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    ran = [path.suffix for path in tmp_path.glob("[0-9].gw*")]
    assert len(ran) == 6
    assert len(set(ran)) == 1
