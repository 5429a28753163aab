"""What stands before the data set in a file of ours: preamble, prefix and File Meta Information (PS3.10 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.block_reader import BlockReader, Unreadable
from openwado.dicom.elements import Coding, Span, read_elements
from openwado.dicom.explicit_element import explicit_element
from openwado.dicom.reader import DEFAULT_LIMITS
from openwado.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.dicom.instance import Instance
    from openwado.dicom.source import ByteSource

#: Of this implementation (PS3.7 D.3.3.2), derived from a UUID (PS3.5 B.2).
IMPLEMENTATION_CLASS_UID: Final = "2.25.20604558447217786799851394395078069267"
IMPLEMENTATION_VERSION_NAME: Final = f"OPENWADO_{__version__}"[:16]

_PREAMBLE: Final = bytes(128)
_PREFIX: Final = b"DICM"
_META_GROUP: Final = 0x0002
_SOURCE_APPLICATION_ENTITY_TITLE: Final = 0x00020016
_SENDING_APPLICATION_ENTITY_TITLE: Final = 0x00020017
_RECEIVING_APPLICATION_ENTITY_TITLE: Final = 0x00020018
_TITLE_LENGTH: Final = 16


def file_head(
    source: ByteSource,
    instance: Instance,
    transfer_syntax_uid: str,
    *,
    sop_instance_uid: str = "",
    keep_title: bool = True,
) -> bytes:
    """Return all that a PS3.10 file has before its data set.

    Args:
        source: the stored bytes.
        instance: the object's record.
        transfer_syntax_uid: of the data set that follows.
        sop_instance_uid: of the object as it leaves; "": its own.
        keep_title: whether the Source Application Entity Title is kept: it tells where an object comes from (AN-3).
    """
    title = _source_title(source, instance.dataset_offset) if keep_title else b""
    uids = instance.sop_class_uid, sop_instance_uid or instance.sop_instance_uid
    return _head(*uids, transfer_syntax_uid, {_SOURCE_APPLICATION_ENTITY_TITLE: title})


def received_file_head(
    sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, *, sending: str, receiving: str
) -> bytes:
    """Return all that a PS3.10 file has before a data set that came through an association.

    Args:
        sop_class_uid: as the command names it.
        sop_instance_uid: as the command names it.
        transfer_syntax_uid: of the presentation context.
        sending: AE title of the peer.
        receiving: AE title of ours.
    """
    titles = {_SENDING_APPLICATION_ENTITY_TITLE: sending, _RECEIVING_APPLICATION_ENTITY_TITLE: receiving}
    encoded = {tag: title.encode("ascii", "replace") for tag, title in titles.items()}
    return _head(sop_class_uid, sop_instance_uid, transfer_syntax_uid, encoded)


def _head(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, titles: Mapping[int, bytes]) -> bytes:
    """Return preamble, prefix and File Meta Information; titles: by tag in order, those that are empty are left out."""
    elements = [
        explicit_element(0x00020001, "OB", b"\x00\x01"),
        explicit_element(0x00020002, "UI", _uid(sop_class_uid)),
        explicit_element(0x00020003, "UI", _uid(sop_instance_uid)),
        explicit_element(0x00020010, "UI", _uid(transfer_syntax_uid)),
        explicit_element(0x00020012, "UI", _uid(IMPLEMENTATION_CLASS_UID)),
        explicit_element(0x00020013, "SH", _even(IMPLEMENTATION_VERSION_NAME.encode(), b" ")),
        *(explicit_element(tag, "AE", _even(title, b" ")) for tag, title in titles.items() if title),
    ]
    group = b"".join(elements)
    return _PREAMBLE + _PREFIX + explicit_element(0x00020000, "UL", len(group).to_bytes(4, "little")) + group


def _source_title(source: ByteSource, dataset_offset: int) -> bytes:
    """Return the title that stored File Meta Information names, b"" without one."""
    if dataset_offset == 0:
        return b""
    blocks = BlockReader(source, DEFAULT_LIMITS)
    start = len(_PREAMBLE) + len(_PREFIX) if blocks.read(len(_PREAMBLE), len(_PREFIX)) == _PREFIX else 0
    span = Span(start, dataset_offset, Coding(explicit=True, little_endian=True))
    try:
        elements, _ = read_elements(blocks, span, group=_META_GROUP)
    except Unreadable:
        return b""
    element = elements.get(_SOURCE_APPLICATION_ENTITY_TITLE)
    return blocks.read(element.value_offset, min(element.length, _TITLE_LENGTH)).strip(b" \0") if element else b""


def _uid(uid: str) -> bytes:
    return _even(uid.encode("ascii", "replace"), b"\0")


def _even(value: bytes, padding: bytes) -> bytes:
    return value + padding * (len(value) % 2)
