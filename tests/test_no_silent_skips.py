"""A missing part fails the tests in continuous integration, and skips them elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = {
    "test_a.py": "import pytest\ndef test_it():\n    pytest.skip('no such program')\n",
    "test_b.py": "import pytest\n@pytest.mark.skipif(True, reason='no such program')\ndef test_it(): pass\n",
    "test_c.py": "import pytest\npytest.importorskip('no_such_module')\ndef test_it(): pass\n",
    "test_d.py": ("import pytest\nfrom no_silent_skips import NO_CORPUS\ndef test_it():\n    pytest.skip(NO_CORPUS)\n"),
}


@pytest.mark.parametrize(
    ("ci", "summary"), [("true", "1 failed, 1 skipped, 2 errors"), ("", "4 skipped")], ids=["there", "elsewhere"]
)
def test_what_is_skipped_is_a_failure_in_continuous_integration(tmp_path: Path, ci: str, summary: str) -> None:
    """None of the parts that tests need may be missing silently there; the given files may be missing anywhere."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "CI": ci, "PYTHONPATH": path}
    options = [
        "-q",
        "-p",
        "no_silent_skips",
        "-p",
        "no:cacheprovider",
        "--rootdir=.",
        "--continue-on-collection-errors",
    ]
    command = [sys.executable, "-m", "pytest", *options]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert summary in ran.stdout
