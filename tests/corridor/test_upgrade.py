"""A server that finds the index of an older program: nothing that was indexed is lost."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from made_objects import SERIES, STUDY, write_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("doors")


def test_serve_without_paths_reads_an_older_index_again(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """Records of an older program are read again before the first answer; no sample object takes their place."""
    for number in range(3):
        write_object(tmp_path / "objects" / f"{number}.dcm", f"1.2.8.{number}")
    data = tmp_path / "data"
    first = start_server(tmp_path / "objects", "--data", data)
    first.process.terminate()
    first.process.wait(timeout=40)
    (tmp_path / "objects" / "2.dcm").unlink()
    connection = sqlite3.connect(data / "index.sqlite", isolation_level=None)
    connection.execute("UPDATE program SET record_version = 0")
    connection.execute("UPDATE file SET record_version = 0")
    connection.execute("UPDATE instance SET record = CAST(x'0000' || substr(record, 3) AS BLOB), description = x'0000'")
    connection.close()
    second = start_server("--data", data)
    assert "another version" in second.printed
    assert "serves 2 objects" in second.printed
    assert second.wado((STUDY, SERIES, "1.2.8.1")).status_code == 200
    assert second.wado((STUDY, SERIES, "1.2.8.2")).status_code == 404
    second.process.terminate()
    second.process.wait(timeout=40)
    assert "another version" not in start_server("--data", data).printed
