"""The commands that fill, check and empty an archive, as a person types them, beside a server that runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bound_process import bound
from command_line import run
from made_objects import SERIES, STUDY, write_object

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two objects of one series, one of another study, and a text."""
    made = tmp_path / "folder"
    made.mkdir()
    write_object(made / "a.dcm", "1.2.3.10")
    write_object(made / "b.dcm", "1.2.3.11")
    write_object(made / "c.dcm", "1.2.3.12", study="1.2.3.2", series="1.2.3.2.1")
    (made / "read.me").write_text("no object", encoding="utf-8")
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data folder."""
    return tmp_path / "data"


def test_import_says_what_it_did(folder: Path, data: Path) -> None:
    """How many came in, what was left out and why; a second run has nothing to do."""
    first = run("import", folder, "--data", data)
    assert first.returncode == 0, first.stderr
    assert "3 imported, 0 replaced, 0 there already, 0 imported by earlier runs" in first.stdout
    assert "1 file left out: not DICOM" in first.stdout
    assert "3 objects in the index." in first.stdout
    assert "3 imported by earlier runs" in run("import", folder, "--data", data).stdout


def test_verify_tells_by_its_exit_status(folder: Path, data: Path) -> None:
    """0 where all is well or was mended, 1 where something is left to be done; each thing is named with its UID."""
    imported = run("import", folder, "--data", data)
    assert "3 imported" in imported.stdout, imported.stderr + imported.stdout
    sound = run("verify", "--data", data)
    assert (sound.returncode, "3 sound" in sound.stdout) == (0, True)
    file = next((data / "archive" / "objects").rglob("*.dcm"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"!")
    damaged = run("verify", "--repair", "--data", data)
    assert damaged.returncode == 1
    assert "damaged" in damaged.stdout
    assert "1.2.3.1" in damaged.stdout
    file.write_bytes(whole)
    for index in data.glob("index.sqlite*"):
        index.unlink()
    assert run("verify", "--data", data).returncode == 1
    mended = run("verify", "--repair", "--data", data)
    assert (mended.returncode, "3 mended" in mended.stdout) == (0, True)


def test_delete_asks_and_then_objects_are_gone(folder: Path, data: Path) -> None:
    """A study, a series, an object; without an answer nothing happens; what is unknown is said."""
    imported = run("import", folder, "--data", data)
    assert "3 imported" in imported.stdout, imported.stderr + imported.stdout
    assert run("delete", "--study", STUDY, "--data", data).returncode == 1  # nobody answers
    assert "2 objects deleted" in run("delete", "--series", f"{STUDY}/{SERIES}", "--yes", "--data", data).stdout
    again = run("delete", "--study", STUDY, "--yes", "--data", data)
    assert (again.returncode, "no such object" in again.stderr) == (1, True)
    assert "1 object deleted" in run("delete", "--object", "1.2.3.12", "--yes", "--data", data).stdout
    assert list((data / "archive" / "objects").rglob("*.dcm")) == []


@pytest.mark.parametrize("arguments", [(), ("--series", "1.2.3")])
def test_delete_without_saying_what_is_a_usage_error(data: Path, arguments: tuple[str, ...]) -> None:
    """Nothing is deleted because somebody forgot an option."""
    ran = run("delete", *arguments, "--yes", "--data", data)
    assert (ran.returncode, "Usage:" in ran.stderr) == (2, True)


def test_a_store_that_is_none_is_a_clear_error(folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is named, and what would be right."""
    monkeypatch.setenv("OPENWADO_STORE", "ftp://example/objects")
    ran = run("import", folder, "--data", data)
    assert ran.returncode == 2
    assert "store" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_watch_moves_objects_until_it_is_stopped(data: Path, tmp_path: Path) -> None:
    """SIGTERM ends it in good order."""
    watched = tmp_path / "watched"
    watched.mkdir()
    command = [sys.executable, "-m", "openwado", "watch", str(watched), "--move", "--every", "0.1", "--data", str(data)]
    with subprocess.Popen(bound(command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "Watching" in process.stdout.readline()
        path = write_object(tmp_path / "a.dcm", "1.2.3.10")
        os.rename(path, watched / "a.dcm")  # noqa: PTH104 -- as a sender does it
        deadline = time.monotonic() + 60
        while (watched / "a.dcm").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "1 sound" in run("verify", "--data", data).stdout
