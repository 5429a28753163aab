"""Content items of a structured report: their concept names and values (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openwado.dicom.formatting import date, date_time, exact_time, person_name
from openwado.document.item_source import item_code
from openwado.document.model import Coordinates, Item, Measure, Reference
from openwado.document.tabulated_values import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.attributes import Attributes
    from openwado.document.item_source import Source

#: Longest list of coordinates that is read, bytes.
COORDINATES_MAX: Final = 16 << 20

_VALUE_TYPE, _RELATIONSHIP, _CONCEPT_NAME = 0x0040A040, 0x0040A010, 0x0040A043
_TARGET: Final = 0x0040DB73
_TEXT, _NAME, _DATE, _TIME, _DATE_TIME, _UID = 0x0040A160, 0x0040A123, 0x0040A121, 0x0040A122, 0x0040A120, 0x0040A124
_CONCEPT_CODE: Final = 0x0040A168
_MEASURED, _QUALIFIER, _NUMBER, _UNITS = 0x0040A300, 0x0040A301, 0x0040A30A, 0x004008EA
_FLOATING_POINT, _NUMERATOR, _DENOMINATOR = 0x0040A161, 0x0040A162, 0x0040A163
_REFERENCED_SOP, _REFERENCED_CLASS, _REFERENCED_INSTANCE = 0x00081199, 0x00081150, 0x00081155
_FRAMES, _SEGMENTS, _CHANNELS = 0x00081160, 0x0062000B, 0x0040A0B0
_GRAPHIC_DATA, _GRAPHIC_TYPE = 0x00700022, 0x00700023
_FRAME_OF_REFERENCE, _ORIGIN = 0x30060024, 0x00480301
_RANGE_TYPE, _SAMPLES, _OFFSETS, _MOMENTS = 0x0040A130, 0x0040A132, 0x0040A138, 0x0040A13A
_OBSERVED, _OBSERVATION_UID, _CONTINUITY = 0x0040A032, 0x0040A171, 0x0040A050
_TEMPLATES, _TEMPLATE = 0x0040A504, 0x0040DB00


def read_item(source: Source, identifier: str, children: tuple[Item, ...]) -> Item:
    """Return a content item.

    Args:
        source: an item of a Content Sequence, or the data set of the report for its root.
        identifier: positions from the root.
        children: read before.
    """
    attributes = source.attributes
    relationship = attributes.text(_RELATIONSHIP)
    if _TARGET in attributes and _VALUE_TYPE not in attributes:
        target = ".".join(map(str, attributes.integers(_TARGET)))
        return Item(value_type="REFERENCE", identifier=identifier, relationship=relationship, target=target)
    value_type = attributes.text(_VALUE_TYPE).upper()
    value = _READERS.get(value_type, _nothing)(source)
    template = attributes.first_item(_TEMPLATES) if value_type == "CONTAINER" else None
    return Item(
        value_type=value_type,
        identifier=identifier,
        relationship=relationship,
        name=item_code(source.inner(_CONCEPT_NAME)),
        observed=date_time(attributes.text(_OBSERVED)),
        uid=attributes.text(_OBSERVATION_UID),
        template=template.text(_TEMPLATE) if template is not None else "",
        separate=attributes.text(_CONTINUITY).upper() != "CONTINUOUS",
        children=children,
        **value,
    )


def _nothing(source: Source) -> dict[str, Any]:
    """Return the text of an item of unknown type, if it has one."""
    return {"text": source.text(_TEXT)}


def _shown(tag: int, show: Callable[[str], str]) -> Callable[[Source], dict[str, Any]]:
    def read(source: Source) -> dict[str, Any]:
        stored = source.text(tag)
        text = show(stored)
        return {"text": text, "stored": "" if text == stored else stored}

    return read


def _number(source: Source) -> dict[str, Any]:
    """Return the values of a NUM item, each with its unit (C.18.1)."""
    measures = []
    for measured in source.all(_MEASURED):
        unit = item_code(measured.inner(_UNITS))
        numbers = measured.attributes.texts(_NUMBER)
        precise = _precise(measured.attributes)
        if numbers or precise:
            measures.append(Measure(", ".join(numbers) or precise, unit, precise if numbers else ""))
    return {"measures": tuple(measures), "qualifier": item_code(source.inner(_QUALIFIER))}


def _precise(measured: Attributes) -> str:
    """Return a value that is given as floating point number or fraction, "" where it is not."""
    number = measured.decimal(_FLOATING_POINT) if _FLOATING_POINT in measured else None
    if number is not None:
        return repr(number)
    above, below = measured.integer(_NUMERATOR, signed=True), measured.integer(_DENOMINATOR)
    return f"{above}/{below}" if above is not None and below is not None else ""


def _reference(source: Source) -> dict[str, Any]:
    """Return what an IMAGE, COMPOSITE or WAVEFORM item refers to (C.18.3 … C.18.5)."""
    item = source.attributes.first_item(_REFERENCED_SOP)
    if item is None:
        return {}
    channels = item.integers(_CHANNELS)
    state = item.first_item(_REFERENCED_SOP)
    return {
        "reference": Reference(
            sop_class_uid=item.text(_REFERENCED_CLASS),
            sop_instance_uid=item.text(_REFERENCED_INSTANCE),
            frames=tuple(int(number) for number in item.decimals(_FRAMES) if number is not None),
            segments=item.integers(_SEGMENTS),
            channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
            presentation_state=state.text(_REFERENCED_INSTANCE) if state is not None else "",
        )
    }


def _graphic(dimensions: int) -> Callable[[Source], dict[str, Any]]:
    def read(source: Source) -> dict[str, Any]:
        numbers = source.attributes.decimals(_GRAPHIC_DATA, COORDINATES_MAX)
        kind, frame, origin = (source.attributes.text(tag) for tag in (_GRAPHIC_TYPE, _FRAME_OF_REFERENCE, _ORIGIN))
        points = tuple(number or 0.0 for number in numbers)
        made = Coordinates(kind, points, dimensions, frame_of_reference=frame, pixel_origin=origin)
        return {"coordinates": made}

    return read


def _temporal(source: Source) -> dict[str, Any]:
    """Return a TCOORD: sample positions, else seconds, else moments (C.18.7)."""
    attributes = source.attributes
    offsets = tuple(number for number in attributes.decimals(_OFFSETS) if number is not None)
    return {
        "coordinates": Coordinates(
            attributes.text(_RANGE_TYPE),
            tuple(map(float, attributes.integers(_SAMPLES))) or offsets,
            1,
            tuple(map(date_time, attributes.texts(_MOMENTS))),
        )
    }


_READERS: Final[dict[str, Callable[[Source], dict[str, Any]]]] = {
    "CONTAINER": lambda _: {},
    "TEXT": lambda source: {"text": source.text(_TEXT)},
    "CODE": lambda source: {"code": item_code(source.inner(_CONCEPT_CODE))},
    "NUM": _number,
    "PNAME": _shown(_NAME, lambda value: person_name(value).whole),
    "DATE": _shown(_DATE, date),
    "TIME": _shown(_TIME, exact_time),
    "DATETIME": _shown(_DATE_TIME, date_time),
    "UIDREF": lambda source: {"text": source.text(_UID)},
    "IMAGE": _reference,
    "COMPOSITE": _reference,
    "WAVEFORM": _reference,
    "SCOORD": _graphic(2),
    "SCOORD3D": _graphic(3),
    "TCOORD": _temporal,
    "TABLE": lambda source: {"table": read_table(source)},
}
