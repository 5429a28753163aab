"""Objects that somebody made up to do harm, written byte by byte: each has a name, and a UID of its own.

All are small; what they claim is not.
"""

# ruff: noqa: E501 -- tables of what is written, an object a line

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STUDY, SERIES = "1.2.3.66", "1.2.3.66.1"
UIDS: Final = "1.2.3.66.1."

CT, SC, SR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.88.11"
GSPS, WAVEFORM = "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.9.1.1"
EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"

#: What goes through every text: to a browser, a formatter, a shell, an XML reader, a terminal.
MARKUP: Final = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&#x27;{{7*7}}%n$(id)]]>"

_LONG: Final = frozenset({"OB", "OW", "OF", "OL", "OD", "OV", "SQ", "UC", "UN", "UR", "UT"})
_UNDEFINED: Final = 0xFFFFFFFF

#: Transfer syntaxes with frames in pieces, by what encodes them.
_ENCAPSULATED: Final = {
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG 12 bit": "1.2.840.10008.1.2.4.51",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "HTJ2K": "1.2.840.10008.1.2.4.201",
    "JPEG XL": "1.2.840.10008.1.2.4.110",
    "RLE": "1.2.840.10008.1.2.5",
    "deflated frame": "1.2.840.10008.1.2.8.1",
    "MPEG2": "1.2.840.10008.1.2.4.100",
    "H.264": "1.2.840.10008.1.2.4.102",
    "HEVC": "1.2.840.10008.1.2.4.107",
}

_SIZ: Final = struct.pack(">HIIIIIIIIH", 0, *[0x7FFFFFFF] * 2, 0, 0, *[0x7FFFFFFF] * 2, 0, 0, 1) + b"\x0b\1\1"

#: Beginnings of streams whose headers claim the largest picture there is.
_HEADERS: Final = {
    "JPEG": b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0?\0",
    "JPEG 12 bit": b"\xff\xd8\xff\xc1\0\x0b\x0c\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0?\0",
    "JPEG lossless": b"\xff\xd8\xff\xc3\0\x0b\x10\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\x01\0\0",
    "JPEG-LS": b"\xff\xd8\xff\xf7\0\x0b\x0c\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\0\0",
    "JPEG 2000": b"\xff\x4f\xff\x51" + struct.pack(">H", len(_SIZ) + 2) + _SIZ,
    "HTJ2K": b"\xff\x4f\xff\x51" + struct.pack(">H", len(_SIZ) + 2) + _SIZ + b"\xff\x50\0\x08\0\2\0\0\0\0",
    "JPEG XL": b"\xff\x0a\xff\xff\xff\xff\xff\xff\xff\xff",
    "RLE": struct.pack("<16I", 15, *[0xFFFFFFF0 + n for n in range(15)]),
    "deflated frame": b"",  # see `_frames`: a bomb
    "MPEG2": b"\0\0\1\xb3\xff\xff\xff\x13\xff\xff\xe0\x18\0\0\1\xb5\x14\x8a\0\x01\0\0\0\0\1\0",
    "H.264": b"\0\0\0\1\x67\x64\0\x33\xac" + b"\0\0\3\0\0\xff" * 9 + b"\0\0\0\1\x68\xee\x3c\x80\0\0\0\1\x65\x88",
    "HEVC": b"\0\0\0\1\x40\1\x0c\1\xff\xff" + b"\0\0\0\1\x42\1\1" + b"\xff" * 60 + b"\0\0\0\1\x44\1\xc1",
}


@dataclass(frozen=True, slots=True)
class HostileObject:
    """One of them.

    Attributes:
        name: what it tries.
        uid: its SOP Instance UID.
        data: the file.
        parameters: to ask for it with, beside its UIDs.
    """

    name: str
    uid: str
    data: bytes
    parameters: tuple[tuple[str, str], ...] = ()


def element(tag: int, vr: str, value: bytes | str | int = b"", length: int | None = None) -> bytes:
    """Return an element (explicit VR, little endian), with a length that may be a lie."""
    if isinstance(value, int):
        value = value.to_bytes({"US": 2, "SS": 2, "UL": 4}[vr], "little", signed=value < 0)
    elif isinstance(value, str):
        text = value.encode()
        value = text + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)
    said = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    size = struct.pack("<HI", 0, said) if vr in _LONG else struct.pack("<H", said & 0xFFFF)
    return head + size + value


def item(content: bytes, length: int | None = None) -> bytes:
    """Return an item of a sequence, or a fragment."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


def fragments(*pieces: bytes, table: bytes = b"") -> bytes:
    """Return encapsulated pixel data (PS3.5 A.4)."""
    stop = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return element(0x7FE00010, "OB", b"".join(map(item, (table, *pieces))) + stop, _UNDEFINED)


def file(syntax: str, sop_class: str, uid: str, data_set: bytes) -> bytes:
    """Return a file with its meta information."""
    meta = b"".join(
        (
            element(0x00020001, "OB", b"\0\1"),
            element(0x00020002, "UI", sop_class),
            element(0x00020003, "UI", uid),
            element(0x00020010, "UI", syntax),
        )
    )
    return bytes(128) + b"DICM" + element(0x00020000, "UL", len(meta)) + meta + data_set


def image(
    *, rows: int = 4, columns: int = 4, frames: int = 1, bits: int = 16, samples: int = 1, interpretation: str = ""
) -> dict[int, bytes]:
    """Return the elements of a picture, by tag, without its pixels."""
    words = interpretation or ("MONOCHROME2" if samples == 1 else "RGB")
    return {
        0x00280002: element(0x00280002, "US", samples),
        0x00280004: element(0x00280004, "CS", words),
        0x00280006: element(0x00280006, "US", 0),
        0x00280008: element(0x00280008, "IS", str(frames)),
        0x00280010: element(0x00280010, "US", rows),
        0x00280011: element(0x00280011, "US", columns),
        0x00280100: element(0x00280100, "US", bits),
        0x00280101: element(0x00280101, "US", bits),
        0x00280102: element(0x00280102, "US", bits - 1),
        0x00280103: element(0x00280103, "US", 0),
    }


class Making:
    """Numbers the objects as they are made."""

    def __init__(self) -> None:
        self._number = 0

    def make(
        self,
        name: str,
        elements: Iterable[bytes] | dict[int, bytes],
        *,
        sop_class: str = CT,
        syntax: str = EXPLICIT,
        cut: int | None = None,
        parameters: tuple[tuple[str, str], ...] = (),
    ) -> HostileObject:
        """Return an object of elements that follow its UIDs; cut: bytes of its data set that are there."""
        self._number += 1
        uid = f"{UIDS}{self._number}"
        head = {
            0x00080016: element(0x00080016, "UI", sop_class),
            0x00080018: element(0x00080018, "UI", uid),
            0x00080060: element(0x00080060, "CS", "SR" if sop_class == SR else "CT"),
            0x0020000D: element(0x0020000D, "UI", STUDY),
            0x0020000E: element(0x0020000E, "UI", SERIES),
        }
        if isinstance(elements, dict):
            found = head | elements
            data_set = b"".join(found[tag] for tag in sorted(found))
        else:
            data_set = b"".join((*head.values(), *elements))
        data_set = data_set[:cut]
        if syntax == DEFLATED:
            packer = zlib.compressobj(9, wbits=-15)
            data_set = packer.compress(data_set) + packer.flush()
        return HostileObject(name, uid, file(syntax, sop_class, uid, data_set), parameters)


def hostile_objects() -> Iterator[HostileObject]:
    """Yield them all."""
    making = Making()
    for kind in (_claims, _codestreams, _tables, _nested, _texts, _look_up_tables, _cut_off, _states):
        yield from kind(making)


def _claims(making: Making) -> Iterator[HostileObject]:
    """Yield headers and lengths that the bytes do not bear out."""
    pixels = element(0x7FE00010, "OW", bytes(32))
    for name, changed in (
        ("65535 by 65535 and no pixels", image(rows=65535, columns=65535) | {0x7FE00010: element(0x7FE00010, "OW")}),
        ("65535 by 65535 and 97 KB", image(rows=65535, columns=65535) | {0x7FE00010: element(0x7FE00010, "OW", bytes(97_000))}),
        ("3 GB said in 97 KB", image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(97_000), 3_000_000_000)}),
        ("4 GB said", image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(32), 0xFFFFFFFE)}),
        ("undefined and native", image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(32), _UNDEFINED)}),
        ("two thousand million frames", image(frames=2_000_000_000) | {0x7FE00010: pixels}),
        ("frames below nothing", image(frames=-5) | {0x7FE00010: pixels}),
        ("no rows", image(rows=0) | {0x7FE00010: pixels}),
        ("one column", image(rows=65535, columns=1, bits=8) | {0x7FE00010: element(0x7FE00010, "OW", bytes(65536))}),
        ("65535 samples", image(samples=65535) | {0x7FE00010: pixels}),
        ("64 bits", image(bits=64) | {0x7FE00010: pixels}),
        ("0 bits", image() | {0x00280100: element(0x00280100, "US", 0), 0x7FE00010: pixels}),
        ("bits that are not there", image() | {0x00280101: element(0x00280101, "US", 65535), 0x7FE00010: pixels}),
        ("a high bit up there", image() | {0x00280102: element(0x00280102, "US", 65535), 0x7FE00010: pixels}),
        ("odd length", image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(31))}),
        ("spacing of nothing", image() | {0x00280034: element(0x00280034, "IS", "0\\0"), 0x7FE00010: pixels}),
        ("pixels like needles", image() | {0x00280034: element(0x00280034, "IS", "1\\2147483647"), 0x7FE00010: pixels}),
        ("window of NaN", image() | {0x00281050: element(0x00281050, "DS", "NaN"), 0x00281051: element(0x00281051, "DS", "inf"), 0x7FE00010: pixels}),
        ("slope of nothing", image() | {0x00281052: element(0x00281052, "DS", "1e999"), 0x00281053: element(0x00281053, "DS", "0"), 0x7FE00010: pixels}),
        ("float pixels of NaN", image(bits=32) | {0x7FE00008: element(0x7FE00008, "OF", b"\xff" * 64)}),
        ("two pixel data", image() | {0x7FE00008: element(0x7FE00008, "OF", bytes(64)), 0x7FE00009: element(0x7FE00009, "OD", bytes(128)), 0x7FE00010: pixels}),
        ("overlay everywhere", image() | _overlay(65535, 65535, -32768) | {0x7FE00010: pixels}),
        ("overlay of many frames", image() | _overlay(4, 4, 1, frames=2_147_483_647) | {0x7FE00010: pixels}),
        ("overlay of nothing", image() | _overlay(0, 0, 0) | {0x7FE00010: pixels}),
    ):  # fmt: skip
        yield making.make(name, changed)
    million = image(frames=1_000_000, rows=1, columns=1, bits=8)
    million |= {0x7FE00010: element(0x7FE00010, "OB", bytes(1_000_000))}
    for kind in ("image/gif", "image/apng", "video/mp4"):
        yield making.make(f"a million frames as {kind}", million, parameters=(("contentType", kind),))
    bomb = image() | {0x00204000: element(0x00204000, "UT", bytes(40_000_000)), 0x7FE00010: pixels}
    yield making.make("deflate bomb", bomb, syntax=DEFLATED)
    yield making.make("deflated and cut off", image() | {0x7FE00010: pixels}, syntax=DEFLATED, cut=200)


def _overlay(rows: int, columns: int, origin: int, frames: int = 1) -> dict[int, bytes]:
    return {
        0x60000010: element(0x60000010, "US", rows),
        0x60000011: element(0x60000011, "US", columns),
        0x60000015: element(0x60000015, "IS", str(frames)),
        0x60000040: element(0x60000040, "CS", "G"),
        0x60000050: element(0x60000050, "SS", struct.pack("<hh", origin, origin)),
        0x60000100: element(0x60000100, "US", 1),
        0x60000102: element(0x60000102, "US", 0),
        0x60003000: element(0x60003000, "OW", b"\xff" * 8),
    }


def _codestreams(making: Making) -> Iterator[HostileObject]:
    """Yield frames of each codec: none, nonsense, the start of one, and headers that claim the largest picture."""
    for codec, syntax in _ENCAPSULATED.items():
        head = _HEADERS[codec]
        frames = {
            "no frame": fragments(),
            "an empty frame": fragments(b""),
            "noise": fragments(bytes(range(256)) * 4),
            "the largest picture": fragments(head + b"\0" * (len(head) % 2)),
            "the largest picture and noise": fragments(head + b"\x5a\xa5" * 3000 + b"\0" * (len(head) % 2)),
            "markers without end": fragments(b"\xff\xd8" + b"\xff\xfe\0\2" * 3000),
        }
        if codec == "deflated frame":
            packer = zlib.compressobj(9, wbits=-15)
            frames["the largest picture"] = fragments(packer.compress(bytes(64_000_000)) + packer.flush())
        for name, pixels in frames.items():
            wide = image(bits=8, rows=65535, columns=65535) if "largest" in name else image(bits=8)
            yield making.make(f"{codec}: {name}", wide | {0x7FE00010: pixels}, sop_class=SC, syntax=syntax)


def _tables(making: Making) -> Iterator[HostileObject]:
    """Yield tables of frames that point anywhere (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""
    jpeg, rle = _ENCAPSULATED["JPEG"], _ENCAPSULATED["RLE"]
    for name, table in (
        ("past the end", struct.pack("<2I", 0, 0xFFFFFFF0)),
        ("backwards", struct.pack("<2I", 40, 0)),
        ("all the same", struct.pack("<2I", 0, 0)),
        ("into the middle", struct.pack("<2I", 3, 5)),
        ("of odd length", b"\0\0\0\0\1\0"),
        ("of a million", struct.pack("<I", 8) * 1_000),
    ):
        for syntax in (jpeg, rle):
            pixels = fragments(bytes(64), bytes(64), table=table)
            yield making.make(f"offsets {name}", image(frames=2, bits=8) | {0x7FE00010: pixels}, syntax=syntax)
    for name, offsets, lengths in (
        ("past 64 bits", [0xFFFFFFFFFFFFFFF0, 8], [8, 8]),
        ("of lying lengths", [0, 72], [1 << 60, 1 << 62]),
        ("of nothing", [], []),
    ):
        extended = {
            0x7FE00001: element(0x7FE00001, "OV", struct.pack(f"<{len(offsets)}Q", *offsets)),
            0x7FE00002: element(0x7FE00002, "OV", struct.pack(f"<{len(lengths)}Q", *lengths)),
        }
        found = image(frames=2, bits=8) | extended | {0x7FE00010: fragments(bytes(64), bytes(64))}
        yield making.make(f"extended offsets {name}", found, syntax=rle)
    for name, length in (("4 GB", 0xFFFFFFFE), ("odd", 63), ("undefined", _UNDEFINED)):
        pixels = element(0x7FE00010, "OB", item(b"") + item(bytes(64), length), _UNDEFINED)
        yield making.make(f"a fragment of length {name}", image(bits=8) | {0x7FE00010: pixels}, syntax=jpeg)
    endless = element(0x7FE00010, "OB", item(b"") + item(b"") * 20_000, _UNDEFINED)
    yield making.make("twenty thousand empty fragments", image(bits=8) | {0x7FE00010: endless}, syntax=jpeg)


def _nested(making: Making) -> Iterator[HostileObject]:
    """Yield sequences in sequences, ten thousand deep."""
    depth = 10_000
    tags = {"content": (0x0040A730, SR), "referenced": (0x00081115, CT), "private": (0x00091010, CT)}
    end_item, end_sequence = struct.pack("<HHI", 0xFFFE, 0xE00D, 0), struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    for name, (tag, sop_class) in tags.items():
        opening = element(tag, "SQ", b"", _UNDEFINED) + item(b"", _UNDEFINED)
        for what, deep in (
            ("undefined", opening * depth + (end_item + end_sequence) * depth),
            ("never closed", opening * depth),
            ("defined", _defined(tag, depth)),
            ("lying", (element(tag, "SQ", b"", 0x7FFFFFFE) + item(b"", 0x7FFFFFF0)) * depth),
        ):
            rest = image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(32))} if sop_class == CT else {}
            yield making.make(f"{name} sequences, {what}", rest | {tag: deep}, sop_class=sop_class)
    yield making.make("closing without opening", [end_item * 50, end_sequence * 50])


def _defined(tag: int, depth: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for _ in range(depth):
        head = element(tag, "SQ", b"", size + 8) + item(b"", size)
        pieces.append(head)
        size += len(head)
    return b"".join(reversed(pieces))


def _texts(making: Making) -> Iterator[HostileObject]:
    """Yield markup in every text that is shown."""
    texts = {
        tag: element(tag, vr, MARKUP[:64] if vr in ("LO", "SH", "PN", "CS") else MARKUP)
        for tag, vr in (
            (0x00080005, "CS"), (0x00080008, "CS"), (0x00080020, "DA"), (0x00080030, "TM"), (0x00080050, "SH"), (0x00080070, "LO"),
            (0x00080080, "LO"), (0x00080081, "ST"), (0x00080090, "PN"), (0x00081010, "SH"), (0x00081030, "LO"), (0x0008103E, "LO"),
            (0x00100010, "PN"), (0x00100020, "LO"), (0x00100030, "DA"), (0x00100040, "CS"), (0x00104000, "LT"), (0x00180015, "CS"),
            (0x00200010, "SH"), (0x00200011, "IS"), (0x00200013, "IS"), (0x00200020, "CS"), (0x00204000, "LT"), (0x00280034, "IS"),
            (0x00281050, "DS"), (0x00281051, "DS"), (0x00281055, "LO"),
        )
    }  # fmt: skip
    pixels = {0x7FE00010: element(0x7FE00010, "OW", bytes(32))}
    yield making.make("markup", texts | image() | pixels)
    calm = {tag: value for tag, value in texts.items() if tag not in (0x00080005, 0x00280034)}
    annotated = (("annotation", "patient,technique"),)
    yield making.make("markup that is read", calm | image() | pixels, parameters=annotated)
    for charset in ("ISO 2022 IR 87", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 149", "ISO_IR 6\\" * 9):
        said = {
            0x00080005: element(0x00080005, "CS", charset),
            0x00100010: element(0x00100010, "PN", b"\x1b$B\xff\xfe\x1b(\x80"),
        }
        yield making.make(f"broken text in {charset}", said | image() | pixels, parameters=annotated)
    yield making.make("report of markup", calm | _report(MARKUP), sop_class=SR)
    yield making.make("report of control characters", calm | _report("\x1b[2J\x07\0\x9b" * 20), sop_class=SR)
    yield making.make("report of one long word", calm | _report("W" * 60_000), sop_class=SR)
    yield making.make("report of right-to-left marks", calm | _report("\u202e\u2066" * 5000), sop_class=SR)


def _report(text: str) -> dict[int, bytes]:
    name = element(0x00080100, "SH", "1") + element(0x00080102, "SH", "99X") + element(0x00080104, "LO", text[:64])
    coded = element(0x0040A043, "SQ", item(name))
    relation, kind = element(0x0040A010, "CS", "CONTAINS"), element(0x0040A040, "CS", "TEXT")
    content = relation + kind + coded + element(0x0040A160, "UT", text)
    link = element(0x0040A010, "CS", "CONTAINS") + element(0x0040A040, "CS", "UIDREF") + coded
    link += element(0x0040A124, "UI", "javascript:alert(1)")
    return {
        0x0040A040: element(0x0040A040, "CS", "CONTAINER"),
        0x0040A043: coded,
        0x0040A050: element(0x0040A050, "CS", "SEPARATE"),
        0x0040A491: element(0x0040A491, "CS", "COMPLETE"),
        0x0040A493: element(0x0040A493, "CS", "UNVERIFIED"),
        0x0040A730: element(0x0040A730, "SQ", item(content) + item(link)),
    }


def _look_up_tables(making: Making) -> Iterator[HostileObject]:
    """Yield tables that are not as long, or not as wide, as they say."""
    pixels = {0x7FE00010: element(0x7FE00010, "OW", bytes(range(32)))}
    descriptors = (
        ("huge", (0, 0, 16), 2), ("none", (256, 0, 8), 0), ("of no bits", (4, 0, 0), 8), ("of 65535 bits", (4, 0, 65535), 8),
        ("short", (4096, 65535, 16), 6), ("odd", (5, 0, 16), 9),
    )  # fmt: skip
    for name, descriptor, length in descriptors:
        words = struct.pack("<3H", *descriptor)
        table = element(0x00283002, "US", words) + element(0x00283004, "LO", "US")
        sequence = item(table + element(0x00283006, "OW", b"\xff" * length))
        for what, tag in (("modality", 0x00283000), ("VOI", 0x00283010)):
            yield making.make(f"{what} LUT {name}", image() | {tag: element(tag, "SQ", sequence)} | pixels)
        palette = {tag: element(tag, "US", words) for tag in (0x00281101, 0x00281102, 0x00281103)}
        palette |= {tag: element(tag, "OW", b"\xff" * length) for tag in (0x00281201, 0x00281202, 0x00281203)}
        colored = image(interpretation="PALETTE COLOR")
        yield making.make(f"palette {name}", colored | palette | pixels, sop_class=SC)
    segmented = {tag: element(tag, "US", struct.pack("<3H", 0, 0, 16)) for tag in (0x00281101, 0x00281102, 0x00281103)}
    endless = struct.pack("<3H", 2, 2, 0) + struct.pack("<2H", 1, 65535) * 50 + struct.pack("<4H", 2, 65535, 0, 0)
    segmented |= {tag: element(tag, "OW", endless) for tag in (0x00281221, 0x00281222, 0x00281223)}
    yield making.make("segmented palette of itself", image(interpretation="PALETTE COLOR") | segmented | pixels)
    profile = {0x00282000: element(0x00282000, "OB", struct.pack(">I", 0xFFFFFFF0) + b"acsp" * 9000)}
    yield making.make(
        "ICC profile of acsp", image(samples=3, bits=8) | profile | {0x7FE00010: element(0x7FE00010, "OW", bytes(48))}
    )
    waves = item(
        element(0x003A0005, "US", 65535) + element(0x003A0010, "UL", 0xFFFFFFFF) + element(0x003A001A, "DS", "1e-300")
    )
    yield making.make("waveform of all samples", {0x54000100: element(0x54000100, "SQ", waves)}, sop_class=WAVEFORM)


def _cut_off(making: Making) -> Iterator[HostileObject]:
    """Yield an image and a report cut off at every boundary of an element, and a byte before and after some."""
    picture = image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(32))}
    for what, elements, sop_class in (("image", picture, CT), ("report", _report("text"), SR)):
        whole = making.make(f"{what}, whole", elements, sop_class=sop_class)
        yield whole
        meta = len(file(EXPLICIT, sop_class, whole.uid, b""))
        place = 0
        for step, size in enumerate(_sizes(whole.data[meta:])):
            for cut in (place, *((place + 3, place + 7) if step % 4 == 0 else ())):
                yield making.make(f"{what}, cut off at {cut}", elements, sop_class=sop_class, cut=cut)
            place += size


def _sizes(data_set: bytes) -> Iterator[int]:
    place = 0
    while place + 8 <= len(data_set):
        vr = data_set[place + 4 : place + 6].decode()
        long = vr in _LONG
        length = int.from_bytes(data_set[place + 8 : place + 12] if long else data_set[place + 6 : place + 8], "little")
        size = (12 if long else 8) + length
        yield size
        place += size


def _states(making: Making) -> Iterator[HostileObject]:
    """Yield presentation states of hostile geometry, each over an image of its own."""
    pixels = image() | {0x7FE00010: element(0x7FE00010, "OW", bytes(32))}
    corner = "<2i"
    for name, elements in (
        ("area of nothing", {0x0070005A: _area(struct.pack(corner, 5, 5), struct.pack(corner, 1, 1))}),
        ("area of everything", {0x0070005A: _area(struct.pack(corner, -(2**31), -(2**31)), struct.pack(corner, 2**31 - 1, 2**31 - 1))}),
        ("magnified by 1e30", {0x0070005A: _area(struct.pack(corner, 1, 1), struct.pack(corner, 4, 4), "MAGNIFY", b"\xca\xf2\x49\x71")}),
        ("magnified by NaN", {0x0070005A: _area(struct.pack(corner, 1, 1), struct.pack(corner, 4, 4), "MAGNIFY", b"\xff\xff\xff\x7f")}),
        ("turned by 45", {0x00700042: element(0x00700042, "US", 45)}),
        ("graphics far away", {0x00700001: _graphics(struct.pack("<4f", 1e38, -1e38, 3e38, 1e38))}),
        ("graphics of NaN", {0x00700001: _graphics(b"\xff" * 16)}),
        ("graphics without end", {0x00700001: _graphics(struct.pack("<2f", 1, 4) * 40_000, 40_000)}),
        ("graphics of lying number", {0x00700001: _graphics(struct.pack("<4f", 1, 1, 2, 2), 65535)}),
        ("shutter of everything", {0x00181600: element(0x00181600, "CS", "CIRCULAR"), 0x00181610: element(0x00181610, "IS", "1\\1"), 0x00181612: element(0x00181612, "IS", "2147483647")}),
        ("shutter of many corners", {0x00181600: element(0x00181600, "CS", "POLYGONAL"), 0x00181620: element(0x00181620, "IS", "\\".join(["1", "2147483647", "-9"] * 2000))}),
    ):  # fmt: skip
        shown = making.make(f"shown with {name}", pixels)
        reference = element(0x00081150, "UI", CT) + element(0x00081155, "UI", shown.uid)
        series = element(0x00081140, "SQ", item(reference)) + element(0x0020000E, "UI", SERIES)
        label = {0x00700080: element(0x00700080, "CS", "X"), 0x00081115: element(0x00081115, "SQ", item(series))}
        state = making.make(name, label | elements, sop_class=GSPS)
        yield state
        parameters = (("presentationUID", state.uid), ("presentationSeriesUID", SERIES))
        yield HostileObject(shown.name, shown.uid, shown.data, parameters)


def _area(first: bytes, last: bytes, mode: str = "SCALE TO FIT", ratio: bytes = b"") -> bytes:
    content = element(0x00700052, "SL", first) + element(0x00700053, "SL", last) + element(0x00700100, "CS", mode)
    content += element(0x00700102, "IS", "1\\1") + (element(0x00700103, "FL", ratio) if ratio else b"")
    return element(0x0070005A, "SQ", item(content))


def _graphics(points: bytes, number: int = 2) -> bytes:
    drawn = (
        element(0x00700005, "CS", "PIXEL") + element(0x00700020, "US", 2) + element(0x00700021, "US", number & 0xFFFF)
    )
    drawn += element(0x00700022, "FL", points) + element(0x00700023, "CS", "POLYLINE") + element(0x00700024, "CS", "Y")
    return element(0x00700001, "SQ", item(element(0x00700002, "CS", "L") + element(0x00700009, "SQ", item(drawn))))
