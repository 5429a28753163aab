"""The chain that makes changes of the audit trail evident: each line's digest covers the one before.

With a key (HMAC-SHA-256) nobody without it can write a chain anew; without (SHA-256) a chain that was written anew is
found by comparing its last digest with one that was noted elsewhere, and by the messages at the receiver.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".trail"

#: What the first line of all follows.
NOTHING_BEFORE: Final = "0" * 64

_DIGEST_LENGTH: Final = 64

#: Looks for the end of a line that is being written, and pauses between them, seconds.
_TRIES, _PAUSE_SECONDS = 10, 0.1


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the trail: a message, or a note about how far the journals are in it.

    Attributes:
        n: number of the line, from 1, through all files.
        time: of the event of a message, seconds since 1970.
        severity: of the message for syslog.
        xml: the message; "" for a note.
        before: of the first line of a file, the digest of the last one before.
        taken: of a note: by the names of journals, up to where they are in the trail.
        run: of a note: which start of the server has been told.
    """

    n: int
    time: float = 0.0
    severity: int = 5
    xml: str = ""
    before: str = ""
    taken: dict[str, tuple[int, int]] | None = None
    run: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


def line_of(entry: Entry, before: str, key: bytes) -> tuple[bytes, str]:
    """Return an entry as a line, and its digest; before: the digest of the line before."""
    text = _encode(entry)
    digest = digest_of(text, before, key)
    return digest.encode() + b" " + text + b"\n", digest


def digest_of(text: bytes, before: str, key: bytes) -> str:
    """Return the digest of a line's text."""
    data = before.encode() + text
    return hmac.new(key, data, hashlib.sha256).hexdigest() if key else hashlib.sha256(data).hexdigest()


def read_line(line: bytes) -> tuple[str, bytes, Entry]:
    """Return digest, text and entry of a line without its end.

    Raises:
        ValueError: it is none.
    """
    digest, text = line[:_DIGEST_LENGTH], line[_DIGEST_LENGTH + 1 :]
    try:
        return digest.decode("ascii"), text, _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


def files_of(folder: Path) -> list[Path]:
    """Return the files of a trail, the oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written: in which file, at which line of it (from 1), and what."""

    file: str
    line: int
    what: Literal["changed", "missing before", "cut off", "not a line"]


@dataclass(slots=True)
class Verified:
    """What a look over a trail came to: files, lines and messages in it, number and digest of the last line."""

    files: int = 0
    lines: int = 0
    messages: int = 0
    n: int = 0
    digest: str = NOTHING_BEFORE


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Give the lines of a file; one that is being written is waited for."""
    for line in stream:
        whole, tries = line, 0
        while not whole.endswith(b"\n") and tries < _TRIES:
            time.sleep(_PAUSE_SECONDS)
            whole, tries = whole + stream.readline(), tries + 1
        yield whole


def verify(folder: Path, key: bytes, verified: Verified) -> Iterator[Fault]:
    """Give what is wrong with a trail, and count what is there.

    Args:
        folder: of its files.
        key: of the chain.
        verified: filled on the way.
    """
    for path in files_of(folder):
        verified.files += 1
        with path.open("rb") as stream:
            for place, line in enumerate(_lines(stream), 1):
                if not line.endswith(b"\n"):
                    yield Fault(path.name, place, "cut off")
                    break
                try:
                    digest, text, entry = read_line(line[:-1])
                except ValueError:
                    yield Fault(path.name, place, "not a line")
                    continue
                if verified.lines == 0:
                    verified.digest, verified.n = entry.before or NOTHING_BEFORE, entry.n - 1
                if entry.n != verified.n + 1:
                    yield Fault(path.name, place, "missing before")
                    verified.digest = entry.before or verified.digest
                if not hmac.compare_digest(digest, digest_of(text, verified.digest, key)):
                    yield Fault(path.name, place, "changed")
                verified.lines += 1
                verified.messages += bool(entry.xml)
                verified.digest, verified.n = digest, entry.n
