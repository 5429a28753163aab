"""What an object says in words about its patient and about how it was made (PS3.18 8.2.1 legacy; section 9.1)."""

from __future__ import annotations

import re
from math import hypot
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.formatting import age
from openwado.dicom.reader import parse

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.source import ByteSource

_PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE, _SEX, _AGE = 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00101010
_STUDY_DATE, _STUDY_TIME = 0x00080020, 0x00080030
_MODALITY, _STUDY_DESCRIPTION, _SERIES_DESCRIPTION = 0x00080060, 0x00081030, 0x0008103E
_SERIES_NUMBER, _INSTANCE_NUMBER = 0x00200011, 0x00200013
_SLICE_LOCATION, _SLICE_THICKNESS, _PATIENT_POSITION = 0x00201041, 0x00180050, 0x00185100
_BODY_PART, _VIEW_POSITION = 0x00180015, 0x00185101
_LATERALITY, _IMAGE_LATERALITY, _FRAME_LATERALITY = 0x00200060, 0x00200062, 0x00209072
_LOSSY: Final = 0x00282110
_SHARED_GROUPS, _PER_FRAME_GROUPS = 0x52009229, 0x52009230
_PLANE_ORIENTATION, _PIXEL_MEASURES, _FRAME_ANATOMY = 0x00209116, 0x00289110, 0x00209071
_ORIENTATION, _PATIENT_ORIENTATION = 0x00200037, 0x00200020
_ANATOMICAL_ORIENTATION_TYPE: Final = 0x00102210
_PIXEL_SPACING, _IMAGER_PIXEL_SPACING = 0x00280030, 0x00181164

#: Longest text that is drawn; what is longer is cut anyway.
_LONGEST: Final = 200
_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_TIME = re.compile(r"(\d\d):?(\d\d)(?::?(\d\d))?")
_SIDES: Final = {"L": "Left", "R": "Right", "B": "Both", "U": "Unpaired"}
_ORIENTATION_NUMBERS: Final = 6
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: What steers the direction of texts, or is not seen; joiners stay, which letters need.
_STEERING = re.compile(r"[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DIRECTION = re.compile(r"[LRAPHF]{1,3}")
#: Longest length that is written out, mm.
_FAR: Final = 1e6


class AnnotationTexts(msgspec.Struct, frozen=True):
    """Lines for the corners of a picture, and what places its letters and its scale.

    Attributes:
        patient: name in one or two scripts, ID, birth date and sex.
        study: modality and description, date and time of the study, description of the series.
        image: numbers of series, image and frame, position and side.
        row_direction, column_direction: letters of the patient's directions to the right and downwards, "" unknown.
        pixel_spacing: vertical and horizontal distance of pixels, mm; None unknown.
    """

    patient: tuple[str, ...] = ()
    study: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    row_direction: str = ""
    column_direction: str = ""
    pixel_spacing: tuple[float, float] | None = None


def annotation_texts(source: ByteSource, frame_number: int, number_of_frames: int) -> AnnotationTexts:
    """Read the words of an object.

    Args:
        source: the stored bytes.
        frame_number: of the frame that is shown, from 1.
        number_of_frames: of the object.

    Raises:
        openwado.dicom.reader.NotAnObject: it cannot be read.
    """
    attributes = parse(source).attributes
    macros = _Macros(attributes, frame_number)
    row, column = _directions(attributes, macros)
    return AnnotationTexts(
        patient=_lines(*_names(attributes), *_identity(attributes)),
        study=_lines(
            _joined(_plain(attributes, _MODALITY), _decoded(attributes, _STUDY_DESCRIPTION)),
            formatted_date(attributes.text(_STUDY_DATE)),
            formatted_time(attributes.text(_STUDY_TIME)),
            _decoded(attributes, _SERIES_DESCRIPTION),
        ),
        image=_lines(
            _joined(
                _numbered("Se", _plain(attributes, _SERIES_NUMBER)),
                _numbered("Im", _plain(attributes, _INSTANCE_NUMBER)),
                f"Fr {frame_number}/{number_of_frames}" if number_of_frames > 1 else "",
            ),
            _joined(_plain(attributes, _BODY_PART), _side(attributes, macros), _plain(attributes, _VIEW_POSITION)),
            _joined(
                _plain(attributes, _PATIENT_POSITION),
                _millimetres("Loc", attributes.decimal(_SLICE_LOCATION)),
                _millimetres("Thk", attributes.decimal(_SLICE_THICKNESS)),
            ),
            "Lossy" if attributes.text(_LOSSY) == "01" else "",
        ),
        row_direction=row,
        column_direction=column,
        pixel_spacing=_pixel_spacing(attributes, macros),
    )


def formatted_name(name: str) -> tuple[str, ...]:
    """Return a person's name as lines: as it is written at home, then in the alphabet (PS3.5 6.2.1.2).

    Args:
        name: up to three component groups separated by "=": alphabetic, ideographic, phonetic; each of family name,
            given name, middle name, prefix and suffix, separated by "^".
    """
    alphabetic, ideographic, phonetic = (*name.split("="), "", "")[:3]
    first = _components(ideographic or phonetic, latin=False)
    return tuple(filter(None, (first, _components(alphabetic, latin=True))))


def formatted_date(date: str) -> str:
    """Return YYYY-MM-DD of a DA, also of the old form with dots; "" of anything else."""
    found = _DATE.fullmatch(date)
    return "-".join(found.groups()) if found else ""


def formatted_time(time: str) -> str:
    """Return HH:MM or HH:MM:SS of a TM; "" of anything else."""
    found = _TIME.match(time)
    return ":".join(part for part in found.groups() if part) if found else ""


def _components(group: str, *, latin: bool) -> str:
    family, given, middle, prefix, suffix = ([part.strip() for part in group.split("^")] + [""] * 5)[:5]
    if not latin:
        return _joined(prefix, family, given, middle, suffix)
    names = _joined(given, middle)
    full = f"{family}, {names}" if family and names else family or names
    return ", ".join(filter(None, (_joined(prefix, full), suffix)))


def _names(attributes: Attributes) -> tuple[str, ...]:
    return formatted_name(_decoded(attributes, _PATIENT_NAME).split("\\")[0])


def _identity(attributes: Attributes) -> tuple[str, ...]:
    identifier = _decoded(attributes, _PATIENT_ID)
    return (
        f"ID {identifier}" if identifier else "",
        formatted_date(attributes.text(_BIRTH_DATE)),
        _joined(
            _plain(attributes, _SEX),
            age(attributes.text(_AGE)),
        ),
    )


def _decoded(attributes: Attributes, tag: int) -> str:
    """Return a text without what would steer the writing of others."""
    return _harmless(attributes.decoded_text(tag, attributes.character_set()))


def _plain(attributes: Attributes, tag: int) -> str:
    """Return a text of the default repertoire likewise: whatever is stored there, of any length."""
    return _harmless(attributes.text(tag))


def _harmless(text: str) -> str:
    return _UNPRINTABLE.sub(" ", _STEERING.sub("", text[:_LONGEST])).strip()


def _joined(*words: str) -> str:
    return "  ".join(filter(None, words))


def _lines(*lines: str) -> tuple[str, ...]:
    return tuple(filter(None, lines))


def _numbered(name: str, number: str) -> str:
    return f"{name} {number[:12]}" if number else ""


def _millimetres(name: str, length: float | None) -> str:
    if length is None:
        return ""
    return f"{name} {round(length, 1) + 0.0:.1f} mm" if abs(length) < _FAR else f"{name} {length:g} mm"


def _side(attributes: Attributes, macros: _Macros) -> str:
    anatomy = macros.find(_FRAME_ANATOMY)
    said = anatomy.text(_FRAME_LATERALITY) if anatomy is not None else ""
    said = said or attributes.text(_IMAGE_LATERALITY) or attributes.text(_LATERALITY)
    return _SIDES.get(said, "")


class _Macros:
    """Functional group macros in force for a frame (PS3.3 C.7.6.16)."""

    def __init__(self, attributes: Attributes, frame_number: int) -> None:
        frames = enumerate(attributes.items(_PER_FRAME_GROUPS), 1)
        own = next((group for number, group in frames if number == frame_number), None)
        self._groups = [group for group in (own, attributes.first_item(_SHARED_GROUPS)) if group is not None]

    def find(self, tag: int) -> Attributes | None:
        """Return the item of a macro, the frame's own before the shared one."""
        return next((item for group in self._groups if (item := group.first_item(tag)) is not None), None)


def _pixel_spacing(attributes: Attributes, macros: _Macros) -> tuple[float, float] | None:
    measures = macros.find(_PIXEL_MEASURES)
    for holder, tag in ((measures, _PIXEL_SPACING), (attributes, _PIXEL_SPACING), (attributes, _IMAGER_PIXEL_SPACING)):
        numbers = holder.decimals(tag)[:2] if holder is not None else ()
        if len(numbers) == 2 and all(number is not None and number > 0 for number in numbers):  # noqa: PLR2004 -- two axes
            return numbers[0] or 0.0, numbers[1] or 0.0
    return None


def _directions(attributes: Attributes, macros: _Macros) -> tuple[str, str]:
    """Return the letters to the right and downwards: computed, else as they are said (PS3.3 C.7.6.1.1.1).

    None of animals, whose directions have other names.
    """
    if attributes.text(_ANATOMICAL_ORIENTATION_TYPE) == "QUADRUPED":
        return "", ""
    plane = macros.find(_PLANE_ORIENTATION) or attributes
    cosines = plane.decimals(_ORIENTATION)
    if len(cosines) == _ORIENTATION_NUMBERS and None not in cosines:
        numbers = [number or 0.0 for number in cosines]
        return direction_letters(numbers[:3]), direction_letters(numbers[3:])
    said = attributes.texts(_PATIENT_ORIENTATION)
    known = all(_DIRECTION.fullmatch(direction) for direction in said)
    return (said[0], said[1]) if known and len(said) == 2 else ("", "")  # noqa: PLR2004 -- two axes


def direction_letters(cosines: list[float]) -> str:
    """Return the letters of a direction in the patient's space, the strongest first; faint ones left out.

    None of what is no direction: cosines make a vector of length 1.

    Args:
        cosines: to the left, to the back, and to the head.
    """
    if abs(hypot(*cosines) - 1) > _CARELESS:
        return ""
    axes = sorted(zip(cosines, ("LR", "PA", "HF"), strict=True), key=lambda axis: -abs(axis[0]))
    return "".join(letters[value < 0] for value, letters in axes if abs(value) > _FAINT)


#: Cosine below which a direction is not named: 25 degrees off the plane across it.
_FAINT: Final = 0.42
#: By how much the length of a vector of cosines may be wrong.
_CARELESS: Final = 0.1
