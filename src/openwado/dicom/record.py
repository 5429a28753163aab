"""An object read once, when it enters: bytes to instance record, frame table and description (PS3.3, PS3.18 8.7.2)."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.acceptable_uid import is_acceptable_uid
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.encapsulated_document import ENCAPSULATED_DOCUMENT, locate_document
from openwado.dicom.evidence import read_evidence
from openwado.dicom.frame_timing import read_frame_timing
from openwado.dicom.instance import ContentFacts, Description, Instance, Reading
from openwado.dicom.pixel_reading import NO_PIXELS, read_pixels
from openwado.dicom.reader import DEFAULT_LIMITS, NotAnObject, parse
from openwado.dicom.wholeness import is_whole

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Family, Stamp
    from openwado.dicom.reader import Parsed, ReadLimits
    from openwado.dicom.source import ByteSource

_SOP_CLASS_UID: Final = 0x00080016
_SOP_INSTANCE_UID: Final = 0x00080018
_STUDY_INSTANCE_UID: Final = 0x0020000D
_SERIES_INSTANCE_UID: Final = 0x0020000E
_CONTENT_SEQUENCE: Final = 0x0040A730
_VALUE_TYPE: Final = 0x0040A040
_WAVEFORM_SEQUENCE: Final = 0x54000100
_PIXEL_DATA_PROVIDER_URL: Final = 0x00287FE0
_FRAME_INCREMENT_POINTER: Final = 0x00280009
_FRAME_TIMES: Final = frozenset({(0x0018, 0x1063), (0x0018, 0x1065)})
_FRAME_RATES: Final = (0x00180040, 0x00082144)

#: Texts of `Description` by field.
_TEXTS: Final = {
    "patient_name": 0x00100010,
    "patient_id": 0x00100020,
    "patient_birth_date": 0x00100030,
    "patient_sex": 0x00100040,
    "study_date": 0x00080020,
    "study_time": 0x00080030,
    "study_description": 0x00081030,
    "accession_number": 0x00080050,
    "modality": 0x00080060,
    "series_description": 0x0008103E,
    "issuer_of_patient_id": 0x00100021,
    "institution_name": 0x00080080,
    "institutional_department_name": 0x00081040,
    "referring_physician_name": 0x00080090,
}
_SERIES_NUMBER: Final = 0x00200011
_INSTANCE_NUMBER: Final = 0x00200013
_TEXT_MAX: Final = 1024
_INTEGER_MAX: Final = (1 << 31) - 1

_DIGEST_BYTES: Final = 16
#: The head of an object is digested this far; beyond it only the stamp tells versions apart.
_DIGESTED_MAX: Final = 16 << 20
_DIGEST_STEP: Final = 1 << 20


def read_record(source: ByteSource, key: str, stamp: Stamp, limits: ReadLimits = DEFAULT_LIMITS) -> Reading:
    """Read an object up to its pixel data, and the item headers of encapsulated pixel data.

    Values that are malformed count as absent; what makes a picture impossible becomes `Instance.undrawable`.

    Args:
        source: the stored bytes.
        key: what the store knows them by.
        stamp: size and times of the bytes.
        limits: how far to go.

    Raises:
        NotAnObject: with the reason.
        OSError: the source cannot be read.
    """
    parsed = parse(source, limits)
    try:
        return _reading(source, parsed, key, stamp, limits)
    except Unreadable as problem:
        raise NotAnObject(problem.reason) from None
    except MemoryError:
        raise NotAnObject("unreadable: out of memory") from None
    except (struct.error, ValueError, LookupError, ArithmeticError, RecursionError):
        raise NotAnObject("unreadable: malformed values") from None


def _reading(source: ByteSource, parsed: Parsed, key: str, stamp: Stamp, limits: ReadLimits) -> Reading:
    attributes = parsed.attributes
    sop_instance_uid = _uid(attributes, _SOP_INSTANCE_UID, "SOP Instance UID")
    study_instance_uid = _uid(attributes, _STUDY_INSTANCE_UID, "Study Instance UID")
    series_instance_uid = _uid(attributes, _SERIES_INSTANCE_UID, "Series Instance UID")
    sop_class_uid = attributes.text(_SOP_CLASS_UID) or parsed.media_storage_sop_class_uid
    facts = _facts(parsed)
    pixels = read_pixels(parsed, limits) if facts.has_pixels else NO_PIXELS
    transfer_syntax_uid = pixels.transfer_syntax_uid or parsed.transfer_syntax_uid
    instance = Instance(
        study_instance_uid=study_instance_uid,
        series_instance_uid=series_instance_uid,
        sop_instance_uid=sop_instance_uid,
        sop_class_uid=sop_class_uid,
        transfer_syntax_uid=transfer_syntax_uid,
        family=_family(facts),
        number_of_frames=pixels.number_of_frames,
        time_based=facts.has_pixels and _is_time_based(attributes),
        key=key,
        stamp=stamp,
        version=_version(source, parsed, stamp),
        dataset_offset=parsed.dataset_offset,
        part10=parsed.part10 and transfer_syntax_uid == parsed.named_transfer_syntax_uid,
        deflated=parsed.deflated,
        inflated_size=parsed.inflated_size,
        pixels=pixels.location,
        picture=pixels.picture,
        undrawable=pixels.undrawable,
        specific_character_set=attributes.character_set(),
        encapsulated=locate_document(attributes, sop_class_uid),
        has_waveform=_WAVEFORM_SEQUENCE in attributes,
        evidence=read_evidence(attributes) if facts.is_structured_report else (),
        timing=read_frame_timing(attributes, pixels.number_of_frames),
    )
    return Reading(
        instance=instance,
        description=_description(attributes),
        facts=msgspec.structs.replace(
            facts, whole=is_whole(parsed, pixels.location), contradicted=_contradicted(parsed, instance)
        ),
        frames=pixels.frames,
        frame_attributes=pixels.frame_attributes,
    )


def _uid(attributes: Attributes, tag: int, name: str) -> str:
    uid = attributes.text(tag)
    if not uid:
        raise NotAnObject(f"no {name}")
    if not is_acceptable_uid(uid):
        raise NotAnObject(f"malformed {name}")
    return uid


def _facts(parsed: Parsed) -> ContentFacts:
    attributes = parsed.attributes
    has_pixels = parsed.pixel_data is not None or _PIXEL_DATA_PROVIDER_URL in attributes
    return ContentFacts(
        has_pixels=has_pixels,
        has_encapsulated_document=ENCAPSULATED_DOCUMENT in attributes,
        is_structured_report=(
            not has_pixels and _CONTENT_SEQUENCE in attributes and attributes.text(_VALUE_TYPE).upper() == "CONTAINER"
        ),
    )


def _contradicted(parsed: Parsed, instance: Instance) -> str:
    """Return which attribute of the file meta information is not what the data set says (PS3.10 7.1)."""
    for name, announced, found in (
        ("Media Storage SOP Class UID", parsed.media_storage_sop_class_uid, instance.sop_class_uid),
        ("Media Storage SOP Instance UID", parsed.media_storage_sop_instance_uid, instance.sop_instance_uid),
        ("Transfer Syntax UID", parsed.named_transfer_syntax_uid, instance.transfer_syntax_uid),
    ):
        if announced and announced != found:
            return name
    return ""


def _family(facts: ContentFacts) -> Family:
    """Return the family that the content shows (conformance rule 2 of section 4); the SOP Class is judged above."""
    if facts.has_encapsulated_document:
        return "encapsulated"
    if facts.is_structured_report:
        return "text"
    return "image" if facts.has_pixels else "other"


def _is_time_based(attributes: Attributes) -> bool:
    """Return whether a frame time or rate is given (C.7.6.5, C.7.6.6)."""
    pointers = attributes.integers(_FRAME_INCREMENT_POINTER)
    named = set(zip(pointers[::2], pointers[1::2], strict=False))
    return bool(named & _FRAME_TIMES) or any(attributes.text(tag) for tag in _FRAME_RATES)


def _description(attributes: Attributes) -> Description:
    character_set = attributes.character_set()
    texts = {name: attributes.decoded_text(tag, character_set)[:_TEXT_MAX] for name, tag in _TEXTS.items()}
    return Description(
        **texts,
        series_number=_bounded(attributes.integer_string(_SERIES_NUMBER)),
        instance_number=_bounded(attributes.integer_string(_INSTANCE_NUMBER)),
    )


def _bounded(number: int | None) -> int | None:
    return number if number is not None and abs(number) <= _INTEGER_MAX else None


def _version(source: ByteSource, parsed: Parsed, stamp: Stamp) -> str:
    """Return the digest of everything before the pixel data and of the stamp."""
    digest = hashlib.blake2b(msgspec.msgpack.encode(stamp), digest_size=_DIGEST_BYTES)
    if parsed.deflated:
        digest.update(source.read_at(0, parsed.dataset_offset))
    end = min(parsed.head_end, _DIGESTED_MAX)
    for offset in range(0, end, _DIGEST_STEP):
        digest.update(parsed.source.read_at(offset, min(_DIGEST_STEP, end - offset)))
    return digest.hexdigest()
