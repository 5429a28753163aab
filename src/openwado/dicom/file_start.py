"""What stands before a stored data set: preamble, prefix, file meta group (PS3.10 7.1); and how it is written."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.dicom.attributes import Attributes
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.elements import Coding, Span, is_vr, read_elements
from openwado.dicom.pydicom_dataset import is_in_dictionary
from openwado.dicom.transfer_syntaxes import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    from openwado.dicom.block_reader import BlockReader

#: Transfer syntaxes whose whole data set is deflated (PS3.5 A.5, A.7, A.11).
DEFLATED: Final = frozenset({DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})

EXPLICIT_LITTLE: Final = Coding(explicit=True, little_endian=True)

_PREAMBLE: Final = 128
_PREFIX: Final = b"DICM"
_META_GROUP: Final = 0x0002
_IDENTIFYING_GROUP: Final = 0x0008
_TRANSFER_SYNTAX_UID: Final = 0x00020010
_MEDIA_STORAGE_SOP_CLASS_UID: Final = 0x00020002
_MEDIA_STORAGE_SOP_INSTANCE_UID: Final = 0x00020003
_TAG_AND_LENGTH: Final = 8
_FIRST_GROUP_MAX: Final = 0xFF
_FIRST_LENGTH_MAX: Final = 1 << 16
_COMMAND_ELEMENTS_MAX: Final = 64
#: VRs in groups 0002 and 0008 (PS3.6).
_VRS: Final = frozenset(
    {b"AE", b"CS", b"DA", b"DT", b"LO", b"OB", b"PN", b"SH", b"SQ", b"ST", b"TM", b"UI", b"UL", b"UN", b"UR", b"US"}
)


@dataclass(frozen=True, slots=True)
class FileStart:
    """What stands before the data set.

    Attributes:
        dataset_offset: where the data set starts.
        prefixed: whether preamble and prefix are there.
        transfer_syntax_uid: (0002,0010), "" where absent.
        sop_class_uid: Media Storage SOP Class UID (0002,0002), "" where absent.
        sop_instance_uid: Media Storage SOP Instance UID (0002,0003), "" where absent.
    """

    dataset_offset: int
    prefixed: bool
    transfer_syntax_uid: str
    sop_class_uid: str
    sop_instance_uid: str


def read_file_start(blocks: BlockReader) -> FileStart:
    """Read preamble and file meta group, and pass over a command set that some files hold after it (PS3.7 6.3).

    Without preamble the bytes must start with an element of group 0002 or 0008, in any byte order, with or without VR.

    Raises:
        Unreadable: this is not DICOM, or a limit is exceeded.
    """
    prefixed, meta, offset = _read_meta(blocks)
    elements = meta.elements
    transfer_syntax_uid = meta.text(_TRANSFER_SYNTAX_UID)
    if elements and transfer_syntax_uid not in DEFLATED:
        offset = _after_command_set(blocks, offset)
    return FileStart(
        offset,
        prefixed,
        transfer_syntax_uid,
        meta.text(_MEDIA_STORAGE_SOP_CLASS_UID),
        meta.text(_MEDIA_STORAGE_SOP_INSTANCE_UID),
    )


def read_file_meta(blocks: BlockReader) -> Attributes:
    """Return the attributes of the file meta group; none where there is no such group.

    Raises:
        Unreadable: this is not DICOM, or a limit is exceeded.
    """
    return _read_meta(blocks)[1]


def _read_meta(blocks: BlockReader) -> tuple[bool, Attributes, int]:
    """Return whether preamble and prefix are there, the group, and where it ends."""
    prefixed = blocks.read(_PREAMBLE, len(_PREFIX)) == _PREFIX
    start = _PREAMBLE + len(_PREFIX) if prefixed else 0
    head = blocks.read(start, _TAG_AND_LENGTH)
    if not prefixed and not _looks_like_start(head, blocks.size):
        raise Unreadable("not DICOM")
    coding = coding_found(head, EXPLICIT_LITTLE)
    elements, offset = read_elements(blocks, Span(start, blocks.size, coding), group=_META_GROUP)
    return prefixed, Attributes(blocks, elements, coding), offset


def coding_found(head: bytes, expected: Coding) -> Coding:
    """Return how elements are written.

    Args:
        head: the first 8 bytes of the first element; where they are fewer all is as expected.
        expected: what decides about the byte order where both make sense.
    """
    if len(head) < _TAG_AND_LENGTH:
        return expected
    little = expected.little_endian
    group = int.from_bytes(head[:2], "little" if little else "big")
    swapped = int.from_bytes(head[:2], "big" if little else "little")
    if group > _FIRST_GROUP_MAX and 0 < swapped <= _FIRST_GROUP_MAX and swapped % 2 == 0:
        little = not little
    return Coding(explicit=is_vr(head[4:6]), little_endian=little)


def looks_inflated(head: bytes) -> bool:
    """Return whether a data set that should be deflated starts with a plain element of group 0008 after all.

    Args:
        head: its first 8 bytes.
    """
    return head[:2] == b"\x08\0" and (head[4:6] in _VRS or head[6:8] == b"\0\0")


def _after_command_set(blocks: BlockReader, offset: int) -> int:
    """Return where the elements of group 0000, which are always implicit little endian, have ended."""
    for _ in range(_COMMAND_ELEMENTS_MAX):
        head = blocks.read(offset, _TAG_AND_LENGTH)
        if len(head) < _TAG_AND_LENGTH or head[:2] != b"\0\0":
            break
        offset += _TAG_AND_LENGTH + int.from_bytes(head[4:8], "little")
    return offset


def _looks_like_start(head: bytes, size: int) -> bool:
    """Return whether bytes are the head of an element of group 0002 or 0008."""
    if len(head) < _TAG_AND_LENGTH:
        return False
    coding = coding_found(head, EXPLICIT_LITTLE)
    order = "<" if coding.little_endian else ">"
    group, number, length = struct.unpack_from(f"{order}HHI", head)
    if group not in (_META_GROUP, _IDENTIFYING_GROUP):
        return False
    if coding.explicit:
        return head[4:6] in _VRS
    return length <= min(size, _FIRST_LENGTH_MAX) and (number == 0 or is_in_dictionary(group << 16 | number))
