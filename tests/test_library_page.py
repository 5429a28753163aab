"""The page about use in programs: its Python runs as it stands, on the sample objects."""

from __future__ import annotations

import gc
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: What the page calls them.
NAMES = {
    "ct.dcm": "head/1-ct-04.dcm",
    "state.dcm": "head/4-pr-01.dcm",
    "report.dcm": "head/3-sr-01.dcm",
    "heart.dcm": "heart/3-xa-01.dcm",
}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_python_of_the_page_runs(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks run in their order in one namespace, and leave what they say."""
    for name, sample in NAMES.items():
        shutil.copy(samples / sample, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENWADO_DATA", str(tmp_path / "data"))
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 7
    found: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), found)  # noqa: S102 -- the page of this very project
    assert (tmp_path / "ct.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (found["shown"].dtype.name, found["fine"].dtype.name) == ("uint8", "uint16")
    assert found["shown"].shape == found["fine"].shape == (512, 512)
    for name in ("ct", "heart", "slice_"):
        found[name].close()
    found.clear()
    gc.collect()  # what the page opens and does not close, as in a notebook, ends here
