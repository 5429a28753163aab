"""DCMTK's tools as independent readers and writers."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def dcmtk(tool: str) -> str:
    """Return the path of a DCMTK tool; skip where it is not installed, unless the tests run in CI."""
    path = shutil.which(tool)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} of DCMTK is not installed")
        pytest.skip(f"{tool} of DCMTK is not installed")
    return path


def run_dcmtk(tool: str, *arguments: object) -> None:
    """Run a tool; what it complains of fails the test."""
    ran = subprocess.run([dcmtk(tool), "-q", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
