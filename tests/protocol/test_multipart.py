"""Multipart bodies taken apart (RFC 2046 5.1), in pieces of any size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openwado.protocol.multipart import LONGEST_HEAD, Multipart, PartBegins, PartEnds, PartGoesOn

Part = tuple[tuple[tuple[str, str], ...] | None, bytes, bool]

HEAD = b"--b\r\nContent-Type: application/dicom\r\n\r\n"
FIELDS = (("content-type", "application/dicom"),)


def parts(body: bytes, piece: int = 1 << 20) -> tuple[list[Part], bool]:
    """Return the parts of a body with boundary b: fields, data, whether it ended; and whether the body closed."""
    multipart = Multipart(b"b")
    found: list[Part] = []
    for start in range(0, len(body), piece):
        for event in multipart.feed(body[start : start + piece]):
            match event:
                case PartBegins(fields):
                    found.append((fields, b"", False))
                case PartGoesOn(data):
                    found[-1] = (found[-1][0], found[-1][1] + data, False)
                case PartEnds():
                    found[-1] = (found[-1][0], found[-1][1], True)
    return found, multipart.is_closed


@given(
    bodies=st.lists(st.lists(st.sampled_from([b"\r\n", b"--b", b"\n", b"\r", b"-", b" ", b"b", b"x"])).map(b"".join)),
    piece=st.integers(1, 12),
)
def test_rfc_2046_5_1_1_parts_come_out_as_they_went_in(bodies: list[bytes], piece: int) -> None:
    """Whatever is in them, unless it is a boundary on a line of its own; in pieces of any size the same."""
    data = [
        one for one in bodies if not any(mark in b"\r\n" + one + b"\r\n" for mark in (b"\r\n--b--", b"\r\n--b\r\n"))
    ]
    data = [one for one in data if b"\r\n--b " not in b"\r\n" + one]
    body = b"".join(HEAD + one + b"\r\n" for one in data) + b"--b--\r\n"
    expected = [(FIELDS, one, True) for one in data]
    assert parts(body) == (expected, True)
    assert parts(body, piece) == (expected, True)


def test_a_head_that_is_too_long_or_none_spoils_its_part_only() -> None:
    """The next part is read as if nothing had been."""
    for head in (b"A: " + b"a" * LONGEST_HEAD, b"no field"):
        found, closed = parts(b"--b\r\n" + head + b"\r\n\r\nAB\r\n" + HEAD + b"C\r\n--b--")
        assert found[0][0] is None
        assert found[0][2]
        assert found[1:] == [(FIELDS, b"C", True)]
        assert closed


def test_a_body_that_ends_early_is_not_closed() -> None:
    """Its last part has not ended."""
    assert parts(HEAD + b"AB\r\n--b") == ([(FIELDS, b"AB", False)], False)
    assert parts(b"nothing at all") == ([], False)


def test_line_ends_are_those_of_the_first_boundary() -> None:
    """LF alone is read where a sender writes so; a CR before it is then the object's own."""
    assert parts(b"--b\nA: 1;\n 2\n\nX\r\n--b--\n") == ([((("a", "1; 2"),), b"X\r", True)], True)
