"""Whole objects as PS3.10 files: as stored, or with another transfer syntax, character set or identity.

PS3.18 8.7.3, 8.8 and 9.4; TR-1 … TR-6. Values that need not change are not interpreted, so wrong ones pass through.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.deidentify import deidentified
from openwado.dicom.file_head import file_head
from openwado.dicom.frames import object_source
from openwado.dicom.object_plan import ObjectPlan
from openwado.dicom.object_wishes import ObjectWishes
from openwado.dicom.parts import (
    DecodedFrames,
    FileSpan,
    FramesToEncode,
    Part,
    SpoolSpan,
    read_span,
)
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.revision import Both, Revision
from openwado.dicom.text_conversion import TextConversion, character_set_element
from openwado.dicom.transfer_syntaxes import (
    EXPLICIT_VR_LITTLE_ENDIAN,
)
from openwado.dicom.treatment import frame_bytes
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.instance import FrameEntry, Instance
    from openwado.dicom.reader import Parsed
    from openwado.dicom.source import ByteSource
    from openwado.spool import Spool

#: Bytes read from a stored object at once.
PIECE: Final = 1 << 20

#: Groups of what may stand behind the last element: zeros, stray delimiters, cut-off padding.
_NO_ELEMENTS: Final = frozenset({0x0000, 0xFFFE, 0xFFFC})
_AS_STORED: Final = "Ask with transferSyntax=* to have the object as it is stored."


def plan_as_stored(source: ByteSource, instance: Instance) -> tuple[Part, ...]:
    """Return a PS3.10 file of the stored bytes, without looking into the data set.

    Args:
        source: the stored bytes.
        instance: the object's record.

    Returns:
        The file unchanged; or, if it lacks what PS3.10 7.1 asks for, new File Meta Information and its data set.
    """
    if instance.part10:
        return (FileSpan(0, source.size),)
    data_set = FileSpan(instance.dataset_offset, source.size - instance.dataset_offset)
    return (file_head(source, instance, instance.transfer_syntax_uid), data_set)


def plan_object(
    source: ByteSource,
    instance: Instance,
    wishes: ObjectWishes,
    entries: tuple[FrameEntry, ...],
    lengths: tuple[int, ...] = (),
) -> tuple[Part, ...] | FramesToEncode:
    """Return a PS3.10 file of an object as it is wished for; of the deflated syntax not deflated yet, the head apart.

    Of frames that must be decoded one is decoded here, to know what they will be, and the others when they are sent.

    Args:
        source: the stored bytes (not the inflated ones).
        instance: the object's record.
        wishes: how it is to leave.
        entries: where its frames are; may be empty where pixel data are native.
        lengths: of the encoded frames, once they are; they are in a spool then.

    Returns:
        The parts; or what must be encoded first.

    Raises:
        NotAcceptable: the native pixel data would be too long (D-19), are one video stream (TR-4) or are not here; the
            object breaks off; or its texts do not fit the character set.
        Forbidden: it cannot be guaranteed that nobody is to be known from the pixels (AN-6).
        CorruptObject: the object cannot be read, or its first frame cannot be decoded.
        NotSupported: no decoder for its frames is here, or objects of its kind cannot be de-identified.
    """
    try:
        parsed = parse(source)
        plan = ObjectPlan(source, instance, parsed, wishes, _revision(instance, parsed, wishes))
        return plan.parts(entries, lengths)
    except NotAnObject as problem:
        raise _unreadable(problem.reason) from None
    except Unreadable as problem:
        raise _unreadable(problem.reason) from None


def _revision(instance: Instance, parsed: Parsed, wishes: ObjectWishes) -> Revision:
    """Return what changes about an object's values."""
    revision = Revision(instance.sop_instance_uid)
    if wishes.deidentification is not None:
        revision = deidentified(instance, parsed.attributes, wishes.deidentification)
    if not wishes.charset:
        return revision
    texts = TextConversion(wishes.charset, parsed.attributes.character_set(), wishes.character_set)
    scope = texts if revision.scope is None else Both(revision.scope, texts)
    named = character_set_element(wishes.character_set)
    return replace(revision, scope=scope, replaced={**revision.replaced, **named})


def plan_explicit_little_endian(
    source: ByteSource, instance: Instance, entries: tuple[FrameEntry, ...]
) -> tuple[Part, ...]:
    """Return a PS3.10 file in Explicit VR Little Endian; arguments and errors as of `plan_object`."""
    plan = plan_object(source, instance, ObjectWishes(EXPLICIT_VR_LITTLE_ENDIAN), entries)
    if isinstance(plan, FramesToEncode):
        raise TypeError(plan)
    return plan


def _unreadable(reason: str) -> CorruptObject:
    return CorruptObject("The stored object cannot be read as DICOM.", detail=reason)


def part_bytes(part: Part, stored: ByteSource, instance: Instance, spool: Spool | None = None) -> Iterator[bytes]:
    """Give a part's bytes piece by piece, without a server: bounded memory, one frame or 1 MiB at a time.

    Args:
        part: of a rendition.
        stored: the object's bytes.
        instance: its record.
        spool: the rendition's, if it has one.
    """
    match part:
        case bytes():
            yield part
        case FileSpan():
            for start in range(0, part.length, PIECE):
                yield read_span(stored, part, start, min(start + PIECE, part.length))
        case SpoolSpan():
            if spool is None:
                raise CorruptObject("Encoded frames are in a spool, not in the object.")
            for start in range(part.offset, part.offset + part.length, PIECE):
                yield spool.read_at(start, min(PIECE, part.offset + part.length - start))
        case DecodedFrames():
            source = object_source(stored, instance)
            for entry in part.entries:
                frame = frame_bytes(source, instance, entry, part.treatment)
                if len(frame) != part.frame_length:
                    raise CorruptObject("A frame of the object has another size than its header says.")
                yield frame
