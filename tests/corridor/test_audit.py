"""Audit by the real command: what is asked and sent is told to a real receiver, whoever is killed (PS3.15 A.5)."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from audit_reading import Read, trail_of, wait_for
from authorities import authority
from command_line import run
from descendants import named_descendants
from dicom_sending import CT, EXPLICIT, associated, free_port, send_stored
from made_objects import SERIES, STUDY, write_object
from openwado.observe.audit_chain import Verified, files_of, verify
from serving import RunningServer, wado_parameters
from stowing import parts_of, store
from syslog_receivers import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("audit")

WINDOW = "0.4"
BIG = "1.2.3.900"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of many small objects of one study, one of another, and a big one."""
    made = tmp_path_factory.mktemp("objects")
    for number in range(40):
        write_object(made / f"{number}.dcm", f"1.2.3.1.{number}", PatientID="P-1", AccessionNumber="A-1")
    write_object(made / "other.dcm", "1.2.4.1", study="1.2.4", series="1.2.4.1", PatientID="P-2")
    rows = columns = 4096
    write_object(
        made / "big.dcm", BIG, PatientID="P-1", Rows=rows, Columns=columns, PixelData=bytes(2 * rows * columns)
    )
    return made


class Audited:
    """A server with audit on, and what it tells."""

    def __init__(self, server: RunningServer, data: Path) -> None:
        self.server = server
        self.data = data
        self.audit = data / "audit"

    def get(self, number: int, **parameters: str) -> int:
        """Ask for a small object; return the status."""
        return self.server.wado((STUDY, SERIES, f"1.2.3.1.{number}"), **parameters).status_code

    def told(self, is_there: Callable[[list[Read]], bool], seconds: float = 20.0) -> list[Read]:
        """Return the messages of the trail once those are there which are waited for."""
        return wait_for(self.audit, is_there, seconds)

    def pids(self, name: str) -> list[int]:
        """Return the ids of its processes of a name."""
        for _ in range(50):
            with suppress(FileNotFoundError, ProcessLookupError):
                return named_descendants(self.server.process.pid, name)
        raise AssertionError("processes come and go too quickly")

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self.server.process.send_signal(signal.SIGTERM)
        self.server.process.wait(timeout=40)


@pytest.fixture(scope="module")
def start(
    start_server: Callable[..., RunningServer], folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Audited]:
    """Give a function that starts a server with audit on."""

    def started(*arguments: str, data: Path | None = None, **environment: str) -> Audited:
        place = data or tmp_path_factory.mktemp("audited")
        wishes = {"OPENWADO_AUDIT": "1", "OPENWADO_AUDIT_WINDOW": WINDOW} | environment
        return Audited(start_server(folder, "--data", place, "--workers", "1", *arguments, **wishes), place)

    return started


def accessed(messages: list[Read], event: str = "110103") -> set[str]:
    """Return the instances that messages of an event name."""
    return {uid for message in messages if message.event == event for uid in message.instances}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Give a TCP receiver."""
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="module")
def audited(start: Callable[..., Audited], receiver: Receiver) -> Audited:
    """Return a server that takes objects in every way, and sends its messages."""
    port = str(free_port())
    peers = '[{"ae_title": "CT1"}]'
    environment = {"OPENWADO_AUDIT_SYSLOG": receiver.url, "OPENWADO_DICOM_PEERS": peers, "OPENWADO_DICOM_PORT": port}
    return start("--stow", **environment, OPENWADO_AUDIT_SITE="Ward 5")


def test_the_start_is_told_once(audited: Audited, receiver: Receiver) -> None:
    """Application Activity tells that the server started (A.5.3.1)."""
    del audited
    messages = receiver.wait(lambda found: any(one.type == "110120" for one in found))
    starts = [one for one in messages if one.type == "110120"]
    assert len(starts) == 1
    assert starts[0].by_role("110151").endswith(f"@{socket.gethostname()}")
    assert starts[0].text("AuditSourceIdentification/@AuditEnterpriseSiteID") == "Ward 5"


def test_pictures_of_a_study_are_one_access(audited: Audited, receiver: Receiver) -> None:
    """Twenty pictures, each asked for five times, are told as accesses of one patient's study, each instance once."""
    for _ in range(5):
        assert {audited.get(number) for number in range(20)} == {200}
    wanted = {f"1.2.3.1.{number}" for number in range(20)}
    messages = receiver.wait(lambda found: accessed(found) >= wanted)
    mine = [one for one in messages if one.event == "110103" and one.study == STUDY]
    assert len(mine) < 20
    assert all(one.patient == ("P-1", "Example^Person") for one in mine)
    assert all(one.requestor == "127.0.0.1" and one.text("//Accession/@Number") == "A-1" for one in mine)


def test_head_shows_nothing_and_304_does(audited: Audited) -> None:
    """HEAD has no picture in it; a client that is told that its picture is still right shows it."""
    uids = wado_parameters((STUDY, SERIES, "1.2.3.1.30"))
    etag = audited.server.client.head("/wado", params=uids).headers["etag"]
    uids = wado_parameters((STUDY, SERIES, "1.2.3.1.31"))
    audited.server.client.head("/wado", params=uids)
    uids = wado_parameters((STUDY, SERIES, "1.2.3.1.30"))
    answer = audited.server.client.get("/wado", params=uids, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    messages = audited.told(lambda found: "1.2.3.1.30" in accessed(found))
    assert "1.2.3.1.31" not in accessed(messages)


def test_errors_are_no_accesses(audited: Audited) -> None:
    """What was not found or could not be made was not seen."""
    assert audited.server.wado((STUDY, SERIES, "1.2.3.404")).status_code == 404
    assert audited.get(32, contentType="video/mp4") == 406
    assert audited.get(33) == 200
    assert not accessed(audited.told(lambda found: "1.2.3.1.33" in accessed(found))) & {"1.2.3.404", "1.2.3.1.32"}


def test_native_objects_are_transferred(audited: Audited) -> None:
    """application/dicom begins to be transferred, and is; anonymized objects are told as such (A.5.3.3, A.5.3.7)."""
    assert audited.get(1, contentType="application/dicom") == 200
    assert audited.get(2, contentType="application/dicom", anonymize="yes") == 200
    messages = audited.told(lambda found: accessed(found, "110104") >= {"1.2.3.1.1", "1.2.3.1.2"})
    assert accessed(messages, "110102") >= {"1.2.3.1.1", "1.2.3.1.2"}
    sent = [one for one in messages if one.event == "110104"]
    anonymized = {uid for one in sent if one.text("//Anonymized/text()") == "true" for uid in one.instances}
    assert anonymized == {"1.2.3.1.2"}


def test_a_transfer_that_breaks_off_has_failed(audited: Audited) -> None:
    """A client that goes away in the middle of an object leaves a transfer that failed (A.5.2: outcome)."""
    query = urlencode(wado_parameters((STUDY, SERIES, BIG)) | {"contentType": "application/dicom"})
    address = urlsplit(audited.server.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as client:
        client.sendall(f"GET /wado?{query} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    messages = audited.told(lambda found: BIG in accessed(found, "110104"))
    assert [one.outcome for one in messages if one.event == "110104" and BIG in one.instances] == ["8"]


def test_pages_are_accesses_and_queries(audited: Audited) -> None:
    """The list of studies is a Query, a study's page an access to it; an unknown study is none (A.5.3.10, A.5.3.6)."""
    client = audited.server.client
    assert client.get("/?page=1").status_code == 200
    assert client.get("/studies/1.2.4").status_code == 200
    assert client.get("/studies/1.2.5").status_code == 404
    messages = audited.told(
        lambda found: {"110112", "1.2.4"} <= {one.event for one in found} | {o.study for o in found}
    )
    page = next(one for one in messages if one.study == "1.2.4")
    assert (page.event, page.action, page.patient[0]) == ("110103", "R", "P-2")
    assert "1.2.5" not in {one.study for one in messages}


def test_stored_objects_are_transferred_to_us(audited: Audited, tmp_path: Path) -> None:
    """What comes by STOW-RS is told by patient and study; what is refused is an alert (A.5.3.7, A.5.3.11)."""
    path = write_object(tmp_path / "new.dcm", "1.2.6.1", study="1.2.6", series="1.2.6.1", PatientID="P-6")
    other = write_object(tmp_path / "x.dcm", "1.2.6.1", study="1.2.6", series="1.2.6.1", PatientID="P-7").read_bytes()
    whole = path.read_bytes()
    assert store(audited.server, parts_of(whole)).status_code == 200
    assert store(audited.server, parts_of(other, b"no object")).status_code == 409
    messages = audited.told(lambda found: len([one for one in found if one.event == "110113"]) >= 2)
    created = next(one for one in messages if one.study == "1.2.6")
    assert (created.event, created.action, created.patient[0]) == ("110104", "C", "P-6")
    assert created.by_role("110153") == "127.0.0.1"
    alerts = {one.alert for one in messages if one.event == "110113"}
    assert {
        "1 object refused that came by STOW-RS: conflict",
        "1 object refused that came by STOW-RS: unreadable",
    } <= alerts


def test_c_store_is_told_and_unknown_peers_are(audited: Audited, tmp_path: Path) -> None:
    """Objects by C-STORE have the AE title as their source; a peer that is refused failed to log in (A.5.3.12)."""
    port = int(audited.server.printed.rpartition(":")[2].split()[0])
    path = write_object(tmp_path / "sent.dcm", "1.2.8.1", study="1.2.8", series="1.2.8.1", PatientID="P-8")
    with associated(port, [(CT, [EXPLICIT])], calling="CT1") as association:
        assert send_stored(association, path) == 0
    with associated(port, [(CT, [EXPLICIT])], calling="STRANGER") as refused:
        assert refused.is_rejected
    messages = audited.told(
        lambda found: {"110114"} <= {one.event for one in found} and "1.2.8" in {o.study for o in found}
    )
    received = next(one for one in messages if one.study == "1.2.8")
    assert (received.event, received.action, received.by_role("110153")) == ("110104", "C", "CT1")
    assert received.text("ActiveParticipant[@UserID='CT1']/@AlternativeUserID") == "AETITLES=CT1"
    login = next(one for one in messages if one.event == "110114")
    assert (login.type, login.outcome, login.requestor) == ("110122", "4", "STRANGER")


def test_deletion_and_reading_of_the_log_are_told(audited: Audited, tmp_path: Path) -> None:
    """`openwado delete` and `openwado audit` beside a running server are told as what they are (A.5.3.8, A.5.3.2)."""
    path = write_object(tmp_path / "new.dcm", "1.2.9.1", study="1.2.9", series="1.2.9.1", PatientID="P-9")
    assert store(audited.server, parts_of(path.read_bytes())).status_code == 200
    environment = {"OPENWADO_AUDIT": "1"}
    deleted = run("delete", "--study", "1.2.9", "--yes", "--data", audited.data, **environment)
    assert deleted.returncode == 0, deleted.stderr
    checked = run("audit", "--data", audited.data, **environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    messages = audited.told(lambda found: {"110105", "110101"} <= {one.event for one in found})
    gone = next(one for one in messages if one.event == "110105")
    assert (gone.action, gone.study, gone.patient[0], gone.number) == ("D", "1.2.9", "P-9", 1)
    assert gone.requestor.endswith(f"@{socket.gethostname()}")


def test_everything_has_been_sent_and_the_stop_too(audited: Audited, receiver: Receiver) -> None:
    """When the server has stopped, the receiver has what the trail has, and the last of it is the stop."""
    audited.stop()
    messages = trail_of(audited.audit)
    assert messages[-1].type == "110121"
    receiver.wait(lambda found: len(found) == len(messages))
    checked = {"OPENWADO_AUDIT": "1", "OPENWADO_AUDIT_SYSLOG": receiver.url}
    path = files_of(audited.audit / "trail")[-1]
    whole = path.read_bytes()
    assert run("audit", "--data", audited.data, **checked).returncode == 0
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-3]))
    cut = run("audit", "--data", audited.data, **checked)
    assert (cut.returncode, "lines that were sent are missing at the end" in cut.stdout) == (1, True)
    path.write_bytes(whole)
    assert list(verify(audited.audit / "trail", b"", Verified())) == []
    assert not receiver.wrong
    assert not list((audited.audit / "journal").iterdir())


def test_whoever_is_killed_every_answer_is_told(start: Callable[..., Audited]) -> None:
    """HTTP and audit processes are killed between answers: each answer is told, and the start once (SIGKILL)."""
    audited = start(OPENWADO_AUDIT_WINDOW="1")
    answered = set()
    for number in range(24):
        with suppress(OSError, Exception):
            if audited.get(number) == 200:
                answered.add(f"1.2.3.1.{number}")
        if number % 4 == 3:
            for pid in audited.pids("openwado-http" if number % 8 == 3 else "openwado-audit"):
                os.kill(pid, signal.SIGKILL)
            _wait_for_answers(audited)
    assert len(answered) >= 18
    audited.told(lambda found: answered <= accessed(found))
    audited.stop()
    messages = trail_of(audited.audit)
    assert [one.type for one in messages if one.event == "110100"] == ["110120", "110121"]
    assert list(verify(audited.audit / "trail", b"", Verified())) == []


def _wait_for_answers(audited: Audited) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(Exception):
            if audited.server.client.get("/health").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("it does not answer any more")


def test_the_next_start_tells_what_was_left(start: Callable[..., Audited]) -> None:
    """A server that is killed as a whole before anything is told: the next one tells it (SIGKILL)."""
    first = start(OPENWADO_AUDIT_WINDOW="3600")
    assert {first.get(number) for number in range(10)} == {200}
    first.server.process.kill()
    first.server.process.wait()
    assert not accessed(trail_of(first.audit))
    second = start(data=first.data)
    wanted = {f"1.2.3.1.{number}" for number in range(10)}
    messages = second.told(lambda found: accessed(found) >= wanted)
    assert [one.type for one in messages if one.type == "110120"] == ["110120", "110120"]


def test_a_receiver_that_is_away_keeps_nobody_waiting(start: Callable[..., Audited], tmp_path: Path) -> None:
    """Without a receiver answers are as before; when it is there, by TLS, it gets everything from the beginning."""
    trusted = authority(tmp_path)
    with Receiver(tls=receiving(trusted)) as probe:
        port = probe.port
    audited = start(
        OPENWADO_AUDIT_SYSLOG=f"tls://127.0.0.1:{port}",
        OPENWADO_AUDIT_SYSLOG_CA=str(trusted.certificate),
        OPENWADO_AUDIT_SYSLOG_CERTIFICATE=str(trusted.issue("client")),
    )
    assert {audited.get(number) for number in range(10)} == {200}
    audited.told(lambda found: len(accessed(found)) == 10)
    with Receiver(port, tls=receiving(trusted)) as receiver:
        receiver.wait(lambda found: len(accessed(found)) == 10 and any(one.type == "110120" for one in found))
        assert not receiver.wrong
        assert "audit messages cannot be sent" in audited.server.log.read_text()


def _fill(audited: Audited, *, is_full: bool) -> None:
    """Let no file of the HTTP processes grow any more, or let all of them."""
    for pid in audited.pids("openwado-http"):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if is_full else hard, hard))


def test_a_full_disk_stops_no_answers(start: Callable[..., Audited]) -> None:
    """While nothing can be written, answers go on; what they showed is told when there is room (default)."""
    audited = start("--no-cache")
    _fill(audited, is_full=True)
    assert {audited.get(number) for number in range(10)} == {200}
    counts = audited.server.client.get("/metrics").text
    assert re.search(r'openwado_audit_write_failures_total\{where="journal"\} [1-9]', counts)
    assert re.search(r"openwado_audit_waiting [1-9]", counts)
    _fill(audited, is_full=False)
    wanted = {f"1.2.3.1.{number}" for number in range(10)}
    assert accessed(audited.told(lambda found: accessed(found) >= wanted)) == wanted


def test_a_full_disk_stops_answers_where_audit_is_required(start: Callable[..., Audited]) -> None:
    """With `audit_required` nothing is shown, listed or taken in that cannot be recorded: 503, until there is room."""
    audited = start("--no-cache", "--stow", OPENWADO_AUDIT_REQUIRED="1")
    _fill(audited, is_full=True)
    assert {audited.get(number) for number in (0, 1, 2, 0, 1, 2)} == {503}
    assert audited.get(4, contentType="application/dicom") == 503
    answer = audited.server.client.get("/studies/1.2.4")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert audited.server.client.get("/").status_code == 503
    assert audited.server.client.get("/health").status_code == 200
    _fill(audited, is_full=False)
    assert {audited.get(number) for number in range(10, 13)} == {200}
    messages = audited.told(lambda found: "1.2.3.1.12" in accessed(found))
    assert accessed(messages) == {"1.2.3.1.10", "1.2.3.1.11", "1.2.3.1.12"}


def test_imports_are_told_without_a_server(folder: Path, tmp_path: Path) -> None:
    """`openwado import` tells whose studies came from where; deleting a part of a study is an access (A.5.3.5, .6)."""
    data = tmp_path / "data"
    assert run("import", folder, "--data", data, OPENWADO_AUDIT="1").returncode == 0
    messages = trail_of(data / "audit")
    assert {one.event for one in messages} == {"110107"}
    assert {one.study: one.number for one in messages} == {STUDY: 41, "1.2.4": 1}
    assert messages[0].by_role("110155") == folder.absolute().as_uri()
    assert run("delete", "--object", "1.2.3.1.5", "--yes", "--data", data, OPENWADO_AUDIT="1").returncode == 0
    last = trail_of(data / "audit")[-1]
    assert (last.event, last.action, last.instances) == ("110103", "D", ["1.2.3.1.5"])


def test_a_setting_that_cannot_be_keeps_the_server_from_starting(tmp_path: Path) -> None:
    """A wrong setting is named in a sentence; nothing is started."""
    ran = run("serve", "--data", tmp_path, "--port", "0", OPENWADO_AUDIT="1", OPENWADO_AUDIT_SYSLOG="http://somewhere")
    assert (ran.returncode, "audit_syslog (the environment): it names no receiver" in ran.stderr) == (
        2,
        True,
    )


def test_what_leaves_the_domain_is_an_export(start: Callable[..., Audited]) -> None:
    """Clients outside the networks of `audit_domain` get exports (A.5.3.4)."""
    audited = start(OPENWADO_AUDIT_DOMAIN="192.0.2.0/24")
    assert audited.get(1) == 200
    messages = audited.told(lambda found: "110106" in {one.event for one in found})
    assert accessed(messages, "110106") == {"1.2.3.1.1"}
