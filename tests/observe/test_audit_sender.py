"""Messages of the trail by syslog: every way, receivers that go away, senders that are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from authorities import authority
from openwado.observe.audit_chain import Entry
from openwado.observe.audit_options import SyslogOptions, TrailOptions
from openwado.observe.audit_sender import Sender, read_place
from openwado.observe.audit_syslog import octet_counted, syslog_message
from openwado.observe.audit_trail import Trail, Written
from syslog_receivers import Receiver, receiving

if TYPE_CHECKING:
    from pathlib import Path

    from authorities import Authority

XML = (
    '<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="E" '
    'EventDateTime="2026-11-26T23:41:29.250Z" EventOutcomeIndicator="0"><EventID csd-code="110112" '
    'codeSystemName="DCM" originalText="Query"/></EventIdentification><ActiveParticipant UserID="Zoë %d" '
    'UserIsRequestor="true"/><AuditSourceIdentification AuditSourceID="here"/></AuditMessage>'
)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who vouches for the receiver and for us."""
    return authority(tmp_path_factory.mktemp("certificates"))


class Sending:
    """A trail, and a sender of it."""

    def __init__(self, folder: Path, options: SyslogOptions) -> None:
        self.folder = folder
        self.note = folder / "sent.json"
        self.trail = Trail(folder / "audit" / "trail", TrailOptions(rotate_bytes=4000))
        self.number = 0
        self.sender = Sender(options, folder / "audit" / "trail", self.note, "my host", lambda: self.trail.committed)

    def write(self, count: int) -> None:
        """Write messages."""
        numbers = range(self.number, self.number + count)
        self.number += count
        self.trail.append([Written(time.time(), 4 + number % 2, XML % number) for number in numbers], {}, "")
        self.sender.wake()

    def close(self, seconds: float = 5) -> None:
        """Stop."""
        self.sender.stop(seconds)
        self.trail.close()


def options_for(receiver: Receiver, trusted: Authority | None = None) -> SyslogOptions:
    """Return where to send to."""
    options = SyslogOptions(receiver.scheme, "127.0.0.1", receiver.port)
    if trusted is None:
        return options
    return replace(options, ca=str(trusted.certificate), certificate=str(trusted.issue("client")))


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_messages_arrive(way: str, tmp_path: Path, trusted: Authority) -> None:
    """Messages arrive by every way as RFC 5424 writes them, in order, and the place is noted (PS3.15 A.6, A.7)."""
    secured = trusted if way == "tls" else None
    with Receiver(udp=way == "udp", tls=None if secured is None else receiving(secured)) as receiver:
        sending = Sending(tmp_path, options_for(receiver, secured))
        sending.sender.start()
        for _ in range(5):
            sending.write(4)
        receiver.wait(lambda messages: len(messages) == 20)
        users = [message.text("ActiveParticipant/@UserID") for message in receiver.messages]
        assert users == [f"Zoë {number}" for number in range(20)]
        assert {one.priority for one in receiver.arrived} == {84, 85}
        numbers = [one.number for one in receiver.arrived]
        assert numbers == sorted(set(numbers))
        sending.close()
        assert read_place(sending.note).n == sending.trail._n
        assert not receiver.wrong


def test_tls_is_spoken_with_the_right_receiver_only(tmp_path: Path, trusted: Authority) -> None:
    """Nothing is sent to a receiver whose certificate nobody vouches for (RFC 5425 5.2)."""
    other = authority(tmp_path / "other")
    with Receiver(tls=receiving(trusted)) as receiver:
        sending = Sending(tmp_path, replace(options_for(receiver, trusted), ca=str(other.certificate)))
        sending.sender.start()
        sending.write(3)
        time.sleep(1.5)
        sending.close(0.1)
        assert not receiver.arrived
        assert read_place(sending.note).n == 0


@pytest.mark.parametrize("way", ["tcp", "tls"])
def test_a_receiver_that_was_away_gets_everything(way: str, tmp_path: Path, trusted: Authority) -> None:
    """What a receiver misses while it is away, it gets when it is back."""
    secured = trusted if way == "tls" else None
    context = None if secured is None else receiving(secured)
    first = Receiver(tls=context)
    sending = Sending(tmp_path, options_for(first, secured))
    sending.sender.start()
    sending.write(10)
    first.wait(lambda messages: len(messages) == 10)
    first.close()
    sending.write(10)
    time.sleep(1)
    sending.write(10)
    with Receiver(first.port, tls=context) as second:
        deadline = time.monotonic() + 25
        while {one.number for one in first.arrived + second.arrived} < _numbers_of(sending):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        sending.close()


def _numbers_of(sending: Sending) -> set[int]:
    from openwado.observe.audit_chain import files_of, read_line  # noqa: PLC0415 -- only here

    lines = [line for path in files_of(sending.folder / "audit" / "trail") for line in path.read_bytes().splitlines()]
    return {entry.n for line in lines if (entry := read_line(line)[2]).xml}


def _send_forever(folder: Path, options: SyslogOptions, size: tuple[str, int]) -> None:
    sender = Sender(options, folder / "audit" / "trail", folder / "sent.json", "host", lambda: size)
    sender.start()
    time.sleep(60)


def test_a_sender_that_is_killed_sends_again(tmp_path: Path) -> None:
    """However often a sender is killed, each message arrives at least once (SIGKILL)."""
    with Receiver() as receiver:
        sending = Sending(tmp_path, options_for(receiver))
        sending.write(2000)
        context = multiprocessing.get_context("fork")
        for pause in (0.05, 0.1, 0.3, 1.5):
            arguments = (tmp_path, options_for(receiver), sending.trail.committed)
            process = context.Process(target=_send_forever, args=arguments)
            process.start()
            time.sleep(pause)
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        process = context.Process(target=_send_forever, args=(tmp_path, options_for(receiver), sending.trail.committed))
        process.start()
        receiver.wait(lambda messages: len(messages) == 2000)
        process.kill()
        process.join()
        sending.trail.close()


def test_the_place_is_noted_only_for_what_stays_delivered(tmp_path: Path) -> None:
    """What a receiver takes and drops with its connection at once is sent again over the next one."""
    first = Receiver()
    sending = Sending(tmp_path, options_for(first))
    sending.sender.start()
    sending.write(5)
    first.wait(lambda messages: len(messages) == 5)
    first.close()  # in the moment that counts
    with Receiver(first.port) as second:
        second.wait(lambda messages: len(messages) == 5)
        sending.close()


def test_what_is_written_last_is_sent_before_the_end(tmp_path: Path) -> None:
    """What is in the trail when the sender is told to stop is sent, whatever it is at when it is told."""
    for round_number in range(3):
        with Receiver() as receiver:
            folder = tmp_path / str(round_number)
            folder.mkdir()
            sending = Sending(folder, options_for(receiver))
            sending.sender.start()
            sending.write(5)
            receiver.wait(lambda messages: len(messages) == 5)
            time.sleep(0.4 * round_number)  # while it sees whether they stay delivered, or when it waits
            sending.write(1)
            sending.close()
            receiver.wait(lambda messages: len(messages) == 6, 2)


def test_frames_of_the_transports() -> None:
    """TCP and TLS count octets, not characters; the sequence begins anew at 1 (RFC 6587 3.4.1, RFC 5424 7.3.1)."""
    message = syslog_message(Entry(2_147_483_648, 0.0, 5, "<ä/>"), "a b\x7fü", 7)
    assert message == (
        b'<85>1 1970-01-01T00:00:00.000Z ab openwado 7 DICOM+RFC3881 [meta sequenceId="1"] \xef\xbb\xbf<\xc3\xa4/>'
    )
    assert octet_counted("ä".encode()) == b"2 \xc3\xa4"
