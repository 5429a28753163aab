"""Where processes note: a disk that is full or hangs holds nobody up, and what it costs is told."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest

from audit_making import asked, compose, full_disk, instances_of, options_of, shown, until
from audit_reading import trail_of
from openwado.errors import Unavailable
from openwado.observe import audit_journal
from openwado.observe.audit_journal import Journal
from openwado.observe.audit_journal_file import JournalFile

if TYPE_CHECKING:
    from pathlib import Path


class HangingDisk:
    """Journals whose writes do not end before the test says so; real disks do that within the system call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._takes = threading.Event()
        append = JournalFile.append

        def hanging(file: JournalFile, line: bytes) -> None:
            self._takes.wait(60)
            append(file, line)

        monkeypatch.setattr(JournalFile, "append", hanging)
        self.recover = self._takes.set


def test_a_full_disk_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While the disk takes nothing, notes wait, with one loud line in the log; then all of them are written, whole."""
    options = options_of(tmp_path)
    journal = Journal(options)
    journal.note(asked("GET /0"))
    with caplog.at_level(logging.ERROR), full_disk(journal._file.size + 30):  # which takes the half of a line
        for number in range(1, 200):
            journal.note(asked(f"GET /{number}"))
        until(lambda: journal.waiting == 198)
        assert journal.failures
    assert [record.getMessage().split(" detail")[0] for record in caplog.records] == ["AUDIT CANNOT BE WRITTEN"]
    until(lambda: not journal.waiting)
    journal.note(asked("GET /200"))
    journal.close()
    compose(options)
    assert len(trail_of(options.folder)) == 201
    assert journal.lost == 0


def test_a_disk_that_hangs_holds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever notes while a write hangs waits for it once at the most; later all is written, in order."""
    disk = HangingDisk(monkeypatch)
    monkeypatch.setattr(audit_journal, "_PATIENCE_SECONDS", 0.5)
    options = options_of(tmp_path)
    journal = Journal(options)
    waited = []
    for number in range(100):
        began = time.monotonic()
        journal.note(asked(f"GET /{number}"))
        waited.append(time.monotonic() - began)
    assert waited[0] >= 0.5
    assert sum(waited[1:]) < 10, "they waited for the disk, too"
    assert journal.waiting == 100
    disk.recover()
    until(lambda: not journal.waiting)
    monkeypatch.setattr(audit_journal, "_PATIENCE_SECONDS", 30.0)
    until(lambda: not journal._is_behind)
    journal.note(asked("GET /100"))  # is in the system's memory at once, as before
    assert journal.waiting == 0
    compose(options)
    assert [message.query for message in trail_of(options.folder)] == [f"GET /{number}" for number in range(101)]
    assert (journal.lost, journal.failures) == (0, 0)
    journal.close()


def test_the_end_of_a_process_does_not_wait_for_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes after a second, and counts what is lost."""
    disk = HangingDisk(monkeypatch)
    monkeypatch.setattr(audit_journal, "_PATIENCE_SECONDS", 0.01)
    journal = Journal(options_of(tmp_path))
    for number in range(3):
        journal.note(asked(f"GET /{number}"))
    journal.close()
    journal.note(asked("GET /3"))
    assert journal.lost == 4
    disk.recover()


def test_where_audit_is_required_a_disk_that_hangs_refuses_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is refused after its time, further ones at once; what was refused and not begun is never noted."""
    disk = HangingDisk(monkeypatch)
    monkeypatch.setattr(audit_journal, "_PATIENCE_REQUIRED_SECONDS", 0.2)
    options = options_of(tmp_path, required=True)
    journal = Journal(options)
    for number in range(3):
        with pytest.raises(Unavailable):
            journal.note_before(shown(number))
    disk.recover()
    until(lambda: not journal._is_behind)
    monkeypatch.setattr(audit_journal, "_PATIENCE_REQUIRED_SECONDS", 30.0)
    journal.note_before(shown(3))
    journal.close()
    compose(options)
    assert instances_of(options) == ["1.2.3.0", "1.2.3.3"], "the disk had the first one in its hands"


def test_what_is_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more waits than memory holds, the oldest is lost; the trail says that recording stopped, and started."""
    monkeypatch.setattr("openwado.observe.audit_journal._MOST_WAITING", 10)
    options = options_of(tmp_path)
    journal = Journal(options)
    with full_disk():
        for number in range(25):
            journal.note(asked(f"GET /{number}"))
    journal.close()
    assert journal.lost == 15
    compose(options)
    messages = trail_of(options.folder)
    alerts = [message for message in messages if message.event == "110113"]
    assert [(alert.type, alert.outcome) for alert in alerts] == [("110133", "12"), ("110134", "0")]
    assert "15 facts were lost" in alerts[0].alert
    assert len(messages) == 12


def test_where_audit_is_required_nothing_happens_without_it(tmp_path: Path) -> None:
    """With `required`, what cannot be noted may not happen; as soon as the disk takes it, it may."""
    options = options_of(tmp_path, required=True)
    journal = Journal(options)
    with full_disk():
        with pytest.raises(Unavailable):
            journal.note_before(shown(1))
        journal.note(shown(2))  # which has happened
        with pytest.raises(Unavailable):
            journal.check()
        with pytest.raises(Unavailable):
            journal.note_before(shown(3))
        with pytest.raises(Unavailable):
            Journal(options).check()  # which has not failed as yet
    journal.close()
    Journal(options).check()
    compose(options)
    assert instances_of(options) == ["1.2.3.2"]
