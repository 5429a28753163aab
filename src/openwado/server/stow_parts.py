"""The objects in the body of a Store request: each becomes a file on its way in, whatever is wrong with the others."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.admission import Expected
from openwado.archive.incoming import Incoming
from openwado.observe.log import event
from openwado.observe.metrics import TAKEN_IN
from openwado.protocol.multipart import Multipart, PartBegins, PartEnds, PartGoesOn
from openwado.protocol.store_request import part_transfer_syntax
from openwado.server.problems import ContentTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openwado.protocol.multipart import Event
    from openwado.protocol.store_request import StoreBody
    from openwado.protocol.store_response import FailureCause

#: Most parts of one request.
MOST_PARTS = 65_536

#: When there was no room for an object: seconds after which there may be some.
RETRY_SECONDS = 30

_logger = logging.getLogger("openwado.server")


@dataclass(frozen=True, slots=True)
class Failed:
    """An object that is not stored; UIDs are "" where they are not known.

    Attributes:
        cause: why.
        retry_after: seconds after which another try makes sense; 0 where none does.
    """

    cause: FailureCause
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is whole; number: its place in the body, from 0; incoming: its bytes, closed by whoever takes it."""

    number: int
    incoming: Incoming
    expected: Expected


class Parts:
    """Takes the pieces of one body and gives its parts. Belongs to one thread at a time.

    Args:
        body: what the request says of it.
        study_uid: that all objects must be of; "" where they may be of any (PS3.18 10.5.1.1).
        folder: where bytes are gathered.
        most_bytes: largest object.

    Attributes:
        failures: parts that become no objects, by their places in the body.
        ready: parts that are whole, in their order; `close` lets go of those that nobody has taken out.
        is_open: whether a part has begun and not ended.
    """

    def __init__(self, body: StoreBody, study_uid: str, folder: Path, most_bytes: int) -> None:
        self.failures: dict[int, Failed] = {}
        self.ready: list[Part] = []
        self.is_open = False
        self._multipart = None if body.boundary is None else Multipart(body.boundary)
        self._says_dicom = body.says_dicom
        self._study_uid = study_uid
        self._folder = folder
        self._most = most_bytes
        self._events: Iterator[Event] = iter(())
        self._number = -1
        self._incoming: Incoming | None = None
        self._transfer_syntax_uid = ""
        if self._multipart is None:
            self._open(body.transfer_syntax_uid)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body, once `next_part` has nothing more to give of those before."""
        self._events = self._multipart.feed(piece) if self._multipart is not None else iter((PartGoesOn(piece),))

    def next_part(self) -> Part | None:
        """Return the next whole part that what was fed so far holds; None where there is no more.

        Raises:
            ContentTooLarge: there are more parts than may be.
        """
        for happening in self._events:
            match happening:
                case PartBegins(fields):
                    self._begin(fields)
                case PartGoesOn(data):
                    self._go_on(data)
                case PartEnds():
                    part = self._end()
                    if part is not None:
                        return part
        return None

    def finish(self) -> None:
        """Take note that the body is whole: one object ends with it; a part of several that was cut off has failed."""
        if self.is_open and self._multipart is None:
            self._end()
        else:
            self.break_off()

    def break_off(self) -> None:
        """Take note that nothing more comes, though the body is not whole: the part that has begun has failed."""
        if self.is_open and self._number not in self.failures:
            self._fail("unreadable", "the body ends before the part does")
        self.is_open = False

    def close(self) -> None:
        """Let go of all bytes that nobody has taken."""
        while self.ready:
            self.ready.pop().incoming.close()
        self._drop()

    def _drop(self) -> None:
        if self._incoming is not None:
            self._incoming.close()
            self._incoming = None

    def _begin(self, fields: tuple[tuple[str, str], ...] | None) -> None:
        if self._number + 1 >= MOST_PARTS:
            raise ContentTooLarge(f"The request has more than {MOST_PARTS} parts. Send them in several requests.")
        self._open("")
        if fields is None:
            self._fail("unreadable", "the head of the part cannot be read")
            return
        try:
            self._transfer_syntax_uid = part_transfer_syntax(fields, says_dicom=self._says_dicom)
        except ValueError as error:
            self._fail("unreadable", str(error))

    def _open(self, transfer_syntax_uid: str) -> None:
        self._number += 1
        self.is_open = True
        self._transfer_syntax_uid = transfer_syntax_uid

    def _go_on(self, data: bytes | memoryview) -> None:
        if self._number in self.failures:
            return
        try:
            if self._incoming is None:
                self._incoming = Incoming(self._folder)
            if self._incoming.size + len(data) > self._most:
                self._fail("out of resources", "larger than max_object_size")
                return
            self._incoming.write(data)
        except OSError as error:
            self._fail("out of resources", str(error), retry_after=RETRY_SECONDS)

    def _end(self) -> Part | None:
        self.is_open = False
        incoming, self._incoming = self._incoming, None
        if incoming is None:
            if self._number not in self.failures:
                self._fail("unreadable", "the part is empty")
            return None
        expected = Expected(study_instance_uid=self._study_uid, transfer_syntax_uid=self._transfer_syntax_uid)
        part = Part(self._number, incoming, expected)
        self.ready.append(part)
        return part

    def _fail(self, cause: FailureCause, detail: str, *, retry_after: int = 0) -> None:
        self.failures[self._number] = Failed(cause, retry_after=retry_after)
        self._drop()
        level = logging.WARNING if retry_after else logging.INFO
        _logger.log(level, event("not stored", cause=cause, detail=detail))
        if retry_after:
            TAKEN_IN.add("http", "unavailable")
