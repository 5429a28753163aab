"""Character sets: IANA names and DICOM defined terms, and the choice among them (PS3.18 8.1.6 legacy; 8.8, annex D)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from openwado.errors import BadRequest, NotAcceptable
from openwado.protocol.list_syntax import read_quality, split_unquoted

#: Longer values are refused in charset and cut in an Accept-Charset header.
MAXIMUM_LENGTH = 1024

_WORDS = r"[A-Za-z0-9_.:()\\+\-]+(?: [A-Za-z0-9_.:()\\+\-]+)*"  # defined terms hold spaces and backslashes
_NAME = re.compile(rf'{_WORDS}|"({_WORDS})"|\*')
_QUALITY = re.compile(r"[qQ]=([0-9.]+)")


@dataclass(frozen=True, slots=True)
class CharsetRange:
    """One entry of charset or Accept-Charset: a lower-case name (or "*", header only) and its q (0 … 1)."""

    name: str
    q: float


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """A row of the annex (section 6).

    Attributes:
        name: IANA preferred MIME name.
        defined_terms: values of (0008,0005) that say it; () where the element is to be absent.
        also_stored: other values of (0008,0005) under which the same bytes are found.
        aliases: other names that clients write, lower case.
    """

    name: str
    defined_terms: tuple[str, ...]
    also_stored: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()


def _single_byte(name: str, registration: int, *aliases: str) -> CharacterSet:
    """Return a row whose terms are `ISO_IR n` and, alone under code extensions, `ISO 2022 IR n` (PS3.3 C.12.1.1.2)."""
    return CharacterSet(name, (f"ISO_IR {registration}",), ((f"ISO 2022 IR {registration}",),), aliases)


def _multi_byte(name: str, first: str, second: str, *aliases: str) -> CharacterSet:
    """Return a row of an ISO 2022 set: a single-byte set, then the multi-byte one."""
    firsts = ("", "ISO 2022 IR 6", "ISO 2022 IR 13") if name == "ISO-2022-JP" else ("", "ISO 2022 IR 6")
    others = tuple((other, second) for other in firsts if other != first)
    return CharacterSet(name, (first, second), (*others, (second,)), aliases)


CHARACTER_SETS = (
    CharacterSet("US-ASCII", (), (("",), ("ISO_IR 6",), ("ISO 2022 IR 6",)), ("ascii", "iso646-us", "ansi_x3.4-1968")),
    _single_byte("ISO-8859-1", 100, "iso_8859-1", "iso8859-1", "latin1", "l1"),
    _single_byte("ISO-8859-2", 101, "iso_8859-2", "iso8859-2", "latin2", "l2"),
    _single_byte("ISO-8859-3", 109, "iso_8859-3", "iso8859-3", "latin3", "l3"),
    _single_byte("ISO-8859-4", 110, "iso_8859-4", "iso8859-4", "latin4", "l4"),
    _single_byte("ISO-8859-5", 144, "iso_8859-5", "iso8859-5", "cyrillic"),
    _single_byte("ISO-8859-6", 127, "iso_8859-6", "iso8859-6", "arabic"),
    _single_byte("ISO-8859-7", 126, "iso_8859-7", "iso8859-7", "greek"),
    _single_byte("ISO-8859-8", 138, "iso_8859-8", "iso8859-8", "hebrew"),
    _single_byte("ISO-8859-9", 148, "iso_8859-9", "iso8859-9", "latin5", "l5"),
    _single_byte("ISO-8859-15", 203, "iso_8859-15", "iso8859-15", "latin-9"),
    _single_byte("TIS-620", 166),
    _multi_byte("ISO-2022-JP", "ISO 2022 IR 13", "ISO 2022 IR 87"),
    _multi_byte("ISO-2022-KR", "ISO 2022 IR 6", "ISO 2022 IR 149"),
    _multi_byte("ISO-2022-CN", "ISO 2022 IR 6", "ISO 2022 IR 58"),
    CharacterSet("GB18030", ("GB18030",)),
    CharacterSet("GBK", ("GBK",), (), ("cp936", "ms936", "windows-936")),
    CharacterSet("UTF-8", ("ISO_IR 192",), (), ("utf8",)),
)

_BY_NAME = {
    name.lower(): row
    for row in CHARACTER_SETS
    for name in (row.name, *row.aliases, *filter(None, map("\\".join, (row.defined_terms, *row.also_stored))))
}


def iana_name(name: str) -> str | None:
    """Return the IANA preferred name of a character set; None if the annex does not have it.

    Args:
        name: an IANA name, a usual alias, or DICOM defined terms joined by a backslash; any case (REQ-WEB-8.8-1).
    """
    row = _BY_NAME.get(name.lower())
    return None if row is None else row.name


def defined_terms(name: str) -> tuple[str, ...] | None:
    """Return the values of Specific Character Set (0008,0005) for a name.

    Args:
        name: as `iana_name` takes it.

    Returns:
        The values; () for the default repertoire, where the element is absent; None if the annex does not have it.
    """
    row = _BY_NAME.get(name.lower())
    return None if row is None else row.defined_terms


def matches_stored(name: str, specific_character_set: tuple[str, ...]) -> bool:
    """Say whether an object is held in a character set already, so that nothing has to be converted.

    Args:
        name: as `iana_name` takes it.
        specific_character_set: the values of (0008,0005), () where absent.
    """
    row = _BY_NAME.get(name.lower())
    if row is None:
        return False
    stored = tuple(value.strip().upper() for value in specific_character_set)
    return stored == row.defined_terms or stored in row.also_stored


def _read_entry(text: str) -> CharsetRange:
    name, *parameters = (piece.strip(" \t") for piece in split_unquoted(text, ";"))
    named = _NAME.fullmatch(name)
    if named is None or len(parameters) > 1:
        raise ValueError(text)
    quality = 1.0
    if parameters:
        written = _QUALITY.fullmatch(parameters[0])
        if written is None:
            raise ValueError(text)
        quality = read_quality(written[1])
    return CharsetRange((named[1] or named[0]).lower(), quality)


@lru_cache(maxsize=256)
def parse_charset(value: str) -> tuple[CharsetRange, ...]:
    """Return the entries of a charset parameter (REQ-URI-8.1.6-1, REQ-WEB-8.3.3.2-1).

    Args:
        value: decoded: names with an optional `;q=`, separated by commas. Names that are not known are kept: the choice
            passes over them.

    Raises:
        BadRequest: it is malformed or has a wildcard.
    """
    try:
        if len(value) > MAXIMUM_LENGTH:
            raise ValueError(value)  # noqa: TRY301 -- the one place that says what is right
        ranges = tuple(_read_entry(entry) for entry in split_unquoted(value, ","))
    except ValueError as error:
        raise BadRequest(
            "charset is malformed: give names such as UTF-8, separated by commas, each with an optional ;q= from 0 to "
            "1.",
            parameter="charset",
        ) from error
    if any(entry.name == "*" for entry in ranges):
        raise BadRequest("charset takes no wildcard: name each character set.", parameter="charset")
    return ranges


def parse_accept_charset(header: str | None) -> tuple[CharsetRange, ...]:
    """Return the usable entries of an Accept-Charset header field (RFC 9110 12.5.2); () where there are none."""
    return _parse_accept_charset(header[:MAXIMUM_LENGTH]) if header else ()


@lru_cache(maxsize=256)
def _parse_accept_charset(header: str) -> tuple[CharsetRange, ...]:
    ranges: list[CharsetRange] = []
    for entry in split_unquoted(header, ","):
        try:
            ranges.append(_read_entry(entry))
        except ValueError:
            continue
    return tuple(ranges)


def _quality(name: str, ranges: tuple[CharsetRange, ...]) -> float:
    """Return the q of a character set in a list: that of `*`, or 0, where it is not named (REQ-WEB-8.8.4-1)."""
    named = [entry.q for entry in ranges if iana_name(entry.name) == name]
    return max(named or [entry.q for entry in ranges if entry.name == "*"], default=0.0)


def choose_charset(
    request_charset: tuple[CharsetRange, ...] | None,
    accept_charset: tuple[CharsetRange, ...],
    supported: tuple[str, ...],
    *,
    media_type_charset: str | None = None,
) -> str | None:
    """Return the character set to answer in (REQ-WEB-8.8.5-1, REQ-URI-8.1.6-2, REQ-URI-6.2.3-1).

    The order is: the selected media type's own charset parameter, the charset parameter as far as Accept-Charset covers
    it, Accept-Charset. What is not supported is passed over at each step.

    Args:
        request_charset: the charset parameter, None where absent.
        accept_charset: the Accept-Charset header field, () where absent.
        supported: IANA names of the annex that the answer can be written in, best first.
        media_type_charset: the charset parameter of the selected media type.

    Returns:
        A name of `supported`; None where nothing usable is asked for: the server's choice, that is UTF-8 for text and
        the stored character set for application/dicom.
    """
    covered = [name for name in supported if not accept_charset or _quality(name, accept_charset) > 0]
    own = iana_name(media_type_charset) if media_type_charset else None
    if own in covered:
        return own
    lists = (request_charset or (), () if all(entry.name == "*" for entry in accept_charset) else accept_charset)
    for ranges in lists:
        wanted = [(name, _quality(name, ranges)) for name in covered]
        best = max((quality for _, quality in wanted), default=0.0)
        if best > 0:
            return next(name for name, quality in wanted if quality == best)
    return None


def object_charset(
    charset: tuple[CharsetRange, ...] | None, accept_charset: str | None, stored: tuple[str, ...]
) -> str | None:
    """Return the IANA name of the character set that an object is converted to; None: it stays as it is (8.8.5).

    Where several are as welcome, the stored one is best, and UTF-8 next. Names that are not known or that
    Accept-Charset does not cover are passed over (REQ-WEB-8.3.3.2-1, 8.1.6-2).

    Args:
        charset: the charset parameter, None where absent.
        accept_charset: the Accept-Charset header field.
        stored: the values of Specific Character Set.
    """
    if charset is None and accept_charset is None:
        return None
    accepted = parse_accept_charset(accept_charset)
    names = sorted(
        (row.name for row in CHARACTER_SETS), key=lambda name: (not matches_stored(name, stored), name != "UTF-8")
    )
    chosen = choose_charset(charset, accepted, tuple(names))
    return None if chosen is None or matches_stored(chosen, stored) else chosen


def text_charset(charset: tuple[CharsetRange, ...] | None, accept_charset: str | None, own: str | None) -> str:
    """Return the IANA name of the character set that a text is written in: UTF-8 unless another is asked for (8.8.5).

    Args:
        charset: the charset parameter, None where absent.
        accept_charset: the Accept-Charset header field.
        own: the charset parameter of the selected media type.

    Raises:
        NotAcceptable: Accept-Charset covers no character set that there is (REQ-WEB-8.8.4-1).
    """
    accepted = parse_accept_charset(accept_charset)
    names = ("UTF-8", *(row.name for row in CHARACTER_SETS if row.name != "UTF-8"))
    chosen = choose_charset(charset, accepted, names, media_type_charset=own)
    if chosen is not None:
        return chosen
    if accepted and not any(_quality(name, accepted) > 0 for name in names):
        raise NotAcceptable(
            f"Accept-Charset accepts none of the character sets that there are: {', '.join(names)}.",
            parameter="Accept-Charset",
        )
    return names[0] if not accepted else next(name for name in names if _quality(name, accepted) > 0)
