"""The instance record: what is remembered about an object, so that no request has to parse it again.

These are values only; `openwado.dicom.record` reads them from an object. They are kept in the index as MessagePack, so
a change of any field here raises `RECORD_VERSION`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from openwado.dicom.frame_timing import FrameTiming
from openwado.dicom.picture_record import FrameAttributes, Picture

RECORD_VERSION = 4

Family = Literal["image", "text", "encapsulated", "other"]


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What tells that stored bytes are still the ones that were read: size in bytes, times in ns, inode."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int


class PixelLocation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the pixel data element's value is.

    Attributes:
        encapsulated: whether the value is a sequence of items (PS3.5 A.4) rather than native values.
        offset: of the value's first byte (native), or of the first item tag after the Basic Offset Table item.
            In the stored file, or in the inflated data set where `Instance.deflated`.
        length: bytes of the value really there (native: as the element says, cut to what is present; encapsulated: from
            `offset` to the end of the last item).
        swap: bytes of one word whose order must be reversed to make it little endian: 1 (none), 2, 4 or 8.
        element_offset: of the element's tag: everything before it is the data set's head.
        tail_offset: of the first byte after the whole element (after the sequence delimiter where there is one).
    """

    encapsulated: bool
    offset: int
    length: int
    swap: int
    element_offset: int
    tail_offset: int


class FrameEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where one frame is.

    Attributes:
        offset: native: of the frame's first byte; encapsulated: of its first item's tag. Same base as `PixelLocation`.
        length: native: bytes; encapsulated: up to the end of its last item, item headers included.
        first_bit: native frames of packed bits need not start on a byte: the bit (0 … 7, LSB first) they start at.
            Where words are swapped the entry covers whole words, and this counts after the swap: up to 15.
        attributes: 0 if `Picture.frame_attributes` is in force, else the number (from 1) of the frame's own ones.
        picture_number: of a video stream, which offset and length give as a whole: which of its pictures the frame is,
            from 1, in the order in which they are shown. 0 for all other frames; never in the index.
    """

    offset: int
    length: int
    first_bit: int = 0
    attributes: int = 0
    picture_number: int = 0


class EncapsulatedDocument(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The document that an object encapsulates (PS3.3 C.24.2).

    Attributes:
        media_type: that it is sent as, in lower case: application/pdf, text/xml, model/stl, model/obj or model/mtl; ""
            where it is of none of these.
        offset: of its first byte. In the stored file, or in the inflated data set where `Instance.deflated`.
        length: bytes of it, without padding.
    """

    media_type: str
    offset: int
    length: int


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """Objects of one series that a report refers to (PS3.3 C.17.2); study and series are "" where it does not say."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: tuple[str, ...]


class Instance(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One object of the archive.

    Attributes:
        study_instance_uid: (0020,000D).
        series_instance_uid: (0020,000E).
        sop_instance_uid: (0008,0018).
        sop_class_uid: (0008,0016).
        transfer_syntax_uid: of the stored bytes: as file meta says, or as found where it says nothing.
        family: what the SOP Class (or, for unknown ones, the content) makes of it.
        number_of_frames: 0 for objects that are no images.
        time_based: whether a frame time or rate is given, so that the frames can be played.
        key: what the store knows the bytes by.
        stamp: size and times of the stored bytes when they were read.
        version: hex digest of header and stamp: the root of every ETag.
        dataset_offset: of the data set in the stored file, after preamble and file meta.
        part10: whether the file starts with preamble, DICM and a file meta group that names the transfer syntax.
        deflated: whether the data set is deflated; offsets in `pixels` and `FrameEntry` then count inflated bytes.
        inflated_size: bytes of the inflated data set; 0 where not deflated.
        pixels: where the pixel data are; None if there are none.
        picture: the picture record; None if this is no image or it cannot be drawn.
        undrawable: why there is no picture record for an image: a public sentence; else "".
        specific_character_set: the values of (0008,0005), () where absent.
        encapsulated: the document inside of it; None if there is none.
        has_waveform: whether it has a Waveform Sequence (5400,0100).
        evidence: of a report: where the objects that it refers to are, as it says; () for all other objects.
        timing: of an image of several frames: when they are shown; None where it says nothing about it.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    family: Family
    number_of_frames: int
    time_based: bool
    key: str
    stamp: Stamp
    version: str
    dataset_offset: int
    part10: bool
    deflated: bool = False
    inflated_size: int = 0
    pixels: PixelLocation | None = None
    picture: Picture | None = None
    undrawable: str = ""
    specific_character_set: tuple[str, ...] = ()
    encapsulated: EncapsulatedDocument | None = None
    has_waveform: bool = False
    evidence: tuple[Evidence, ...] = ()
    timing: FrameTiming | None = None


class Description(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Words about an object for people who browse, and for rules of who may see it; decoded, "" where absent.

    Patient names keep their component groups separated by "=" as DICOM writes them.
    """

    patient_name: str = ""
    patient_id: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    accession_number: str = ""
    modality: str = ""
    series_number: int | None = None
    series_description: str = ""
    instance_number: int | None = None
    issuer_of_patient_id: str = ""
    institution_name: str = ""
    institutional_department_name: str = ""
    referring_physician_name: str = ""


class ContentFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an object holds, and whether it is in order.

    Attributes:
        has_pixels, has_encapsulated_document, is_structured_report: for the category of a SOP Class in no table.
        whole: whether it is there to its end.
        contradicted: name of the attribute of its file meta information that its data set contradicts, "" if none.
    """

    has_pixels: bool
    has_encapsulated_document: bool
    is_structured_report: bool
    whole: bool = True
    contradicted: str = ""


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """All that one reading of an object yields.

    Attributes:
        instance: the instance record.
        description: words for people.
        facts: what it holds.
        frames: one entry a frame where they cannot be computed from `instance.pixels` (encapsulated data, or frames
            with frame attributes of their own), else empty.
        frame_attributes: the distinct frame attributes that `FrameEntry.attributes` counts from 1.
    """

    instance: Instance
    description: Description
    facts: ContentFacts
    frames: tuple[FrameEntry, ...] = ()
    frame_attributes: tuple[FrameAttributes, ...] = ()
