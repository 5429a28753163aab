"""What is fuzzed: readers in pure Python, each a function of bytes that raises only where the reader has a defect.

Errors that a reader says it raises are answers; anything else is a finding. `benchmarks/fuzz.py` runs them under the
guidance of coverage, `tests/test_fuzz_targets.py` with a few examples.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hostile_objects import hostile_objects
from hostile_requests import hostile_requests
from openwado.dicom.frames import native_entry, object_source, read_frame
from openwado.dicom.instance import Instance, Stamp
from openwado.dicom.iso_2022 import decode_extended
from openwado.dicom.jp2_file import jp2_file
from openwado.dicom.jpeg2000_stream import codestream_of, is_whole, read_jpeg2000_stream
from openwado.dicom.jpeg_interchange import interchange_file
from openwado.dicom.jpeg_stream import read_jpeg_stream, whole_jpeg_stream
from openwado.dicom.jpeg_xl_stream import read_jpeg_xl_stream
from openwado.dicom.mp4_boxes import file_boxes, padding_after, read_index, sample_formats
from openwado.dicom.readable import readable
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.dicom.state_label import state_label
from openwado.dicom.state_reading import read_presentation_state
from openwado.dicom.stream_metadata import without_metadata
from openwado.dicom.stream_syntax import stream_kind, transfer_syntax_of
from openwado.dicom.video_container import container_of
from openwado.document.clinical_document import read_clinical_document
from openwado.document.structured_report import read_report
from openwado.document.to_html import html_of
from openwado.document.to_text import text_of
from openwado.document.to_xml import xml_of
from openwado.errors import WadoError
from openwado.protocol.charset import parse_accept_charset, parse_charset
from openwado.protocol.conditional import if_none_match, if_range_matches, parse_range
from openwado.protocol.language import choose_language
from openwado.protocol.media import parse_accept, parse_content_type
from openwado.protocol.multipart import Multipart, PartGoesOn
from openwado.protocol.request import parse_request
from openwado.protocol.store_request import part_transfer_syntax, read_store_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Frames of an object that are looked at.
_FRAMES = 3

#: Bytes of a body that comes byte by byte too.
_SHORT = 1000

_STREAM_SYNTAXES: Final = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (50, 70, 80, 90, 110, 201))


def query(data: bytes) -> None:
    """Read a query."""
    try:
        parse_request(data.decode("latin-1"), frozenset({"bitDepth"}))
    except WadoError:
        return


def negotiation(data: bytes) -> None:
    """Read every header field that a client may say what it wants in."""
    text = data.decode("latin-1")
    readers: tuple[Callable[[str], object], ...] = (
        parse_accept,
        parse_content_type,
        parse_charset,
        parse_accept_charset,
        choose_language,
        lambda value: if_none_match(value, '"a"'),
        lambda value: if_range_matches(value, '"a"'),
        lambda value: parse_range(value, 1000),
        lambda value: read_store_body([value], [value[:20]]),
    )
    for reader in readers:
        try:
            reader(text)
        except WadoError:
            continue
    with suppress(ValueError):  # which it says it raises
        part_transfer_syntax([("content-type", text)], says_dicom=True)


def multipart(data: bytes) -> None:
    """Take a body apart, in pieces of three sizes; what comes out may not depend on them."""
    sizes = (1, 7, 1 << 20) if len(data) < _SHORT else (61, 1 << 20)
    outcomes = {tuple(_parts(data, size)) for size in sizes}
    assert len(outcomes) == 1, "parts depend on how the body arrives"


def _parts(data: bytes, size: int) -> Iterator[str]:
    reader = Multipart(b"b")
    body = b""
    for start in range(0, len(data), size):
        for event in reader.feed(data[start : start + size]):
            if isinstance(event, PartGoesOn):
                body += bytes(event.data)
            else:
                yield f"{body!r} {event!r}"
                body = b""
    yield f"{body!r} {reader.is_closed}"


def record(data: bytes) -> None:
    """Read an object as the index does, and its first frames as they are stored."""
    source = BytesSource(data)
    try:
        reading = read_record(source, "key", Stamp(len(data), 0, 0, 0))
    except NotAnObject:
        return
    instance = reading.instance
    if instance.picture is None or instance.pixels is None or (instance.pixels.encapsulated and not reading.frames):
        return
    try:
        inflated = object_source(source, instance)
        for number in range(1, min(instance.number_of_frames, _FRAMES) + 1):
            entry = reading.frames[number - 1] if reading.frames else native_entry(instance, number)
            read_frame(inflated, instance, entry)
    except WadoError:
        return


def report(data: bytes) -> None:
    """Read an object's content as a report, and write it in three ways."""
    try:
        with readable("It"):
            document = read_report(parse(BytesSource(data)).attributes, {})
            for piece in html_of(document, "en", "UTF-8"):
                assert "<script>alert" not in piece
            for pieces in (text_of(document, "en"), xml_of(document, "UTF-8")):
                assert sum(map(len, pieces))
    except WadoError:
        return


def clinical_document(data: bytes) -> None:
    """Read a CDA document, and write it as HTML."""
    try:
        for piece in html_of(read_clinical_document(data), "en", "UTF-8"):
            assert "<script>alert" not in piece
    except WadoError:
        return


def state(data: bytes) -> None:
    """Read an object as a presentation state over an image of four by four."""
    source = BytesSource(data)
    try:
        with readable("It"):
            attributes = parse(source).attributes
            found = read_record(source, "key", Stamp(len(data), 0, 0, 0)).instance
            state_label(attributes)
            image = _IMAGE
            if image.picture is not None:
                read_presentation_state(attributes, found, image, image.picture.image_pixel, 1)
    except WadoError:
        return


def codestream(data: bytes) -> None:
    """Read the headers of a frame, whatever encoded it."""
    stream_kind(data)
    readers: tuple[Callable[[bytes], object], ...] = (
        transfer_syntax_of,
        read_jpeg_stream,
        whole_jpeg_stream,
        lambda stream: read_jpeg2000_stream(codestream_of(stream)),
        lambda stream: is_whole(codestream_of(stream)),
        read_jpeg_xl_stream,
        lambda stream: interchange_file(stream, "YBR_FULL_422"),
        lambda stream: jp2_file(stream, _PIXEL),
        *(lambda stream, syntax=syntax: without_metadata(stream, syntax) for syntax in _STREAM_SYNTAXES),
    )
    for reader in readers:
        try:
            reader(data)
        except WadoError:
            continue


def video(data: bytes) -> None:
    """Read the boxes of a video file."""
    container_of(data[:4096])
    source = BytesSource(data)
    try:
        boxes = list(file_boxes(source))
        padding_after(source)
        sample_formats(read_index(source, boxes))
    except WadoError:
        return


def text(data: bytes) -> None:
    """Decode text with code extensions (PS3.3 C.12.1.1.2)."""
    for first in ("ascii", "latin-1", "shift_jis"):
        decode_extended(data, first, "\\^=")


def _made(wanted: str) -> bytes:
    return next(one.data for one in hostile_objects() if one.name == wanted)


def _picture_of(data: bytes) -> Instance:
    return read_record(BytesSource(data), "key", Stamp(len(data), 0, 0, 0)).instance


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    function.__name__: function
    for function in (query, negotiation, multipart, record, report, clinical_document, state, codestream, video, text)
}


def seeds(target: str) -> list[bytes]:
    """Return what a target begins with: what tests know to be hostile."""
    if target in ("query", "negotiation", "multipart"):
        heads = [
            request.data for request in hostile_requests("/wado?requestType=WADO&studyUID=1&seriesUID=2&objectUID=3")
        ]
        if target == "multipart":
            return [head.partition(b"\r\n\r\n")[2] for head in heads if head.startswith(b"POST") and b"--b" in head]
        if target == "query":
            return [head.split(b" ")[1].partition(b"?")[2] for head in heads if b"?" in head[:60]]
        return [value[:3000] for head in heads for value in head.split(b": ")[2:3]]
    objects = [one.data for one in hostile_objects() if len(one.data) < 100_000]
    if target in ("codestream", "video"):
        return [data[data.find(b"\xe0\x7f\x10\0") + 28 :][:4000] for data in objects if b"\xe0\x7f\x10\0OB" in data]
    if target == "clinical_document":
        return [_CDA, _CDA.replace(b"text", b"section"), b"<!DOCTYPE a [<!ENTITY a 'x'>]>" + _CDA]
    return [b'\x1b$B$"\x1b(B^a\\b', b"\x1b)I\xb1\xb2", b"\x1b$)C\xb0\xa1"] if target == "text" else objects


_CDA: Final = (
    b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>t</title><component><structuredBody><component><section><title>s'
    b"</title><text><paragraph>p<br/><content>c</content></paragraph><list><item>i</item></list><table><tbody><tr><td "
    b'colspan="2">d</td></tr></tbody></table><renderMultiMedia referencedObject="x"/></text></section></component>'
    b"</structuredBody></component></ClinicalDocument>"
)
_IMAGE: Final = _picture_of(_made("image, whole"))
assert _IMAGE.picture is not None
_PIXEL: Final = _IMAGE.picture.image_pixel
