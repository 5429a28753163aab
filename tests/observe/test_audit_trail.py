"""From journals to the trail: nothing lost, nothing twice, and no change unseen, however processes end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit_making import WHO, asked, compose, composer_of, full_disk, instances_of, options_of, shown
from audit_reading import trail_of
from openwado.observe.audit_chain import Fault, Verified, files_of, verify
from openwado.observe.audit_facts import Authenticated
from openwado.observe.audit_journal import Journal
from openwado.observe.audit_options import AuditOptions, TrailOptions
from openwado.observe.audit_trail import TrailInUse


def test_journals_become_the_trail_and_go(tmp_path: Path) -> None:
    """What two processes note is one trail: queries at once, accesses gathered; read journals are taken away."""
    options = options_of(tmp_path)
    first, second = Journal(options), Journal(options)
    composer = composer_of(options)
    first.note(shown(1))
    second.note(asked("GET /"))
    second.note(shown(2))
    composer.step()
    assert [message.event for message in trail_of(options.folder)] == ["110112"]
    first.note(shown(3))
    composer.step(last=True)
    assert [message.event for message in trail_of(options.folder)] == ["110112", "110103"]
    assert sorted(instances_of(options)) == ["1.2.3.1", "1.2.3.2", "1.2.3.3"]
    assert trail_of(options.folder)[1].patient[0] == "patient of 1.2.3"
    assert len(list(options.journals.iterdir())) == 2
    first.close()
    composer.step()
    assert len(list(options.journals.iterdir())) == 1, "the writer of the other one lives"
    second.close()
    composer.step()
    assert not list(options.journals.iterdir())
    composer.close()


def test_everything_is_for_this_user_alone(tmp_path: Path) -> None:
    """Folders have mode 0700 and files 0600."""
    options = options_of(tmp_path)
    journal = Journal(options)
    journal.note(shown(1))
    compose(options)
    paths = [options.folder, *options.folder.rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    journal.close()


def test_a_composer_that_ends_anywhere_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Whoever makes the trail next goes on where it ends: each fact is in it once."""
    options = options_of(tmp_path)
    journal = Journal(options)
    for number in range(6):
        journal.note(shown(number))
        journal.note(asked(f"GET /{number}"))
        compose(options, last=number in (2, 5))  # which ends without a word
    journal.close()
    compose(options)
    assert sorted(instances_of(options)) == [f"1.2.3.{number}" for number in range(6)]
    queries = [message.text("//ParticipantObjectQuery/text()") for message in trail_of(options.folder)]
    assert len({query for query in queries if query}) == len([query for query in queries if query]) == 6


def test_a_process_that_is_killed_has_noted_all_it_answered(tmp_path: Path) -> None:
    """What was noted before a process was killed is in the trail; a half line at its end does no harm (SIGKILL)."""
    options = options_of(tmp_path)
    program = f"""
import os, signal, sys, time
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from pathlib import Path
from openwado.observe import audit_journal
from openwado.observe.audit_journal import Journal
from audit_making import asked, options_of
audit_journal._PATIENCE_SECONDS = 30.0
journal = Journal(options_of(Path({str(tmp_path)!r})))
for number in range(1000):
    journal.note(asked(str(number)))
os.write(journal._file._descriptor, b'{{"type":"As')
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    compose(options)
    assert len(trail_of(options.folder)) == 1000
    assert not list(options.journals.iterdir())


def test_one_process_makes_the_trail(tmp_path: Path) -> None:
    """A second one that would make the trail is told that it is in use."""
    options = options_of(tmp_path)
    composer = composer_of(options)
    with pytest.raises(TrailInUse):
        composer_of(options)
    composer.close()
    composer_of(options).close()


def faults_of(options: AuditOptions, key: bytes = b"") -> list[Fault]:
    """Return what is wrong with a trail."""
    return list(verify(options.trails, key, Verified()))


def filled(tmp_path: Path, **trail: object) -> AuditOptions:
    """Return options of a trail with messages in it."""
    options = options_of(tmp_path, trail=TrailOptions(**trail))  # type: ignore[arg-type]
    journal = Journal(options)
    for number in range(5):
        journal.note(asked(f"GET /{number}"))
        compose(options)
    journal.close()
    return options


def test_changes_are_evident(tmp_path: Path) -> None:
    """A character changed, a line taken out, lines exchanged, and a file taken out are each found."""
    options = filled(tmp_path, rotate_bytes=2500)
    files = files_of(options.trails)
    assert len(files) >= 3
    assert faults_of(options) == []
    middle = files[1]
    whole = middle.read_bytes()
    lines = whole.splitlines(keepends=True)
    for changed in (
        whole.replace(b"openwado@here", b"openwado@hers", 1),
        b"".join(lines[:1] + lines[2:]),
        b"".join([lines[0], lines[2], lines[1], *lines[3:]]),
        whole[:-5],
    ):
        middle.write_bytes(changed)
        assert faults_of(options), changed
    middle.unlink()
    assert faults_of(options)[0].what == "missing before"
    middle.write_bytes(whole)
    assert faults_of(options) == []


def test_a_keyed_chain_cannot_be_written_without_the_key(tmp_path: Path) -> None:
    """With a key the digests are HMACs: the right key finds nothing wrong, another one everything."""
    options = filled(tmp_path, key=b"secret")
    assert faults_of(options, b"secret") == []
    assert faults_of(options, b"another")
    assert faults_of(options)
    assert b"secret" not in b"".join(path.read_bytes() for path in files_of(options.trails))
    assert "secret" not in repr(options)


def test_a_trail_that_a_crash_cut_off_goes_on(tmp_path: Path) -> None:
    """A last line that is not whole was never acknowledged: it is taken away, and its facts are told again."""
    options = options_of(tmp_path)
    journal = Journal(options)
    journal.note(asked("GET /1"))
    compose(options)
    path = files_of(options.trails)[-1]
    whole = path.read_bytes()
    journal.note(asked("GET /2"))
    compose(options)
    path.write_bytes(path.read_bytes()[: len(whole) + 40])
    compose(options)
    assert len(trail_of(options.folder)) == 2
    assert faults_of(options) == []
    journal.close()


def test_files_are_begun_anew_by_age_and_removed_once_sent(tmp_path: Path) -> None:
    """A file that is old enough is followed by another; old ones go when their time is over and they are sent."""
    options = filled(tmp_path, rotate_seconds=1e-6, keep_seconds=100.0)
    files = files_of(options.trails)
    assert len(files) >= 4
    for path in files:
        os.utime(path, (time.time() - 1000, time.time() - 1000))
    composer = composer_of(options)
    composer.trail.remove_old(files[1].name)
    assert files_of(options.trails)[0] == files[1], "what is not sent stays"
    composer.trail.remove_old(None)
    assert files_of(options.trails) == files[-1:], "the last one stays"
    assert faults_of(options) == []
    composer.close()


def test_a_full_disk_under_the_trail_keeps_the_journals(tmp_path: Path) -> None:
    """Where the trail cannot be written, everything stays in the journals, and comes once when it can."""
    options = options_of(tmp_path)
    journal = Journal(options)
    composer = composer_of(options)
    journal.note(shown(1))
    journal.note(asked("GET /"))
    composer.step(last=True)
    size = files_of(options.trails)[-1].stat().st_size
    journal.note(shown(2))
    journal.note(asked("GET /2"))
    with full_disk(size + 100):
        for _ in range(3):
            with pytest.raises(OSError, match="too large"):
                composer.step(last=True)
    assert files_of(options.trails)[-1].stat().st_size == size
    composer.step(last=True)
    composer.close()
    journal.close()
    assert instances_of(options) == ["1.2.3.1", "1.2.3.2"]
    assert len(trail_of(options.folder)) == 4
    assert faults_of(options) == []


def test_repeated_failures_are_an_alert_at_once(tmp_path: Path) -> None:
    """The fifth failed authentication of one agent in a window is a Security Alert, before the window is over."""
    options = options_of(tmp_path)
    journal = Journal(options)
    composer = composer_of(options)
    for _ in range(12):
        journal.note(Authenticated(time=time.time(), agent=WHO, method="basic", succeeded=False, reason="no"))
        composer.step()
    alerts = trail_of(options.folder)
    assert [(alert.event, alert.type, alert.outcome) for alert in alerts] == [("110113", "110132", "8")]
    assert alerts[0].alert == "5 failed authentications (basic: no) within 3600 s"
    composer.step(last=True)
    assert [message.event for message in trail_of(options.folder)[1:]] == ["110114"]
    composer.close()
    journal.close()


def test_events_can_be_left_out(tmp_path: Path) -> None:
    """Events that a setting names are not recorded (A.5.3: on an individual basis)."""
    options = options_of(tmp_path, left_out=frozenset({"query"}))
    journal = Journal(options)
    journal.note(asked("GET /"))
    journal.note(shown(1))
    journal.close()
    compose(options)
    assert [message.event for message in trail_of(options.folder)] == ["110103"]


def test_without_a_window_each_request_is_a_message(tmp_path: Path) -> None:
    """With a window of 0 nothing is gathered."""
    options = options_of(tmp_path, window=0.0)
    journal = Journal(options)
    for number in range(3):
        journal.note(shown(number))
    journal.close()
    compose(options)
    assert [message.number for message in trail_of(options.folder)] == [1, 1, 1]


def test_a_line_that_is_none_is_left_out_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A line of a journal that cannot be read is named in the log without what is in it; the others are told."""
    options = options_of(tmp_path)
    journal = Journal(options)
    journal.note(asked("GET /1"))
    os.write(journal._file._descriptor, b'{"type":"Asked","time":"Lovelace^Ada"}\n\xff\xfe\n')
    journal.note(asked("GET /2"))
    journal.close()
    compose(options)
    assert len(trail_of(options.folder)) == 2
    assert "has a line that is none" in caplog.text
    assert "Lovelace" not in caplog.text
