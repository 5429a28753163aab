"""How values of a document are put into words, the same in every writer for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import uid_name
from openwado.document.labels import label
from openwado.document.plain_text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openwado.document.facts import Flag
    from openwado.document.labels import Language
    from openwado.document.model import Code, Coordinates, Document, Item, Measure, Place, Reference

#: Facts of the patient that every page bears.
_WHOSE: Final = ("name", "patient id")
#: Types that say something by what is in them: of no type, sequences and their items (PS3.5 7.5).
_HOLDING: Final = frozenset({"", "SQ", "ITEM"})
_KINDS: Final = {"IMAGE": "image", "COMPOSITE": "object", "WAVEFORM": "waveform"}


def patient_of(document: Document) -> str:
    """Return whose a document is, in one line, for every page of it to bear."""
    facts = (fact for group in document.groups if group.label == "patient" for fact in group.facts)
    return ", ".join(cleaned(fact.value).replace("\n", " ") for fact in facts if fact.label in _WHOSE)


def code_words(code: Code) -> str:
    """Return a coded value: meaning (value, scheme)."""
    identity = ", ".join(part for part in (code.value, code.scheme) if part)
    if not code.meaning or not identity:
        return code.meaning or identity
    return f"{code.meaning} ({identity})"


def unit_symbol(unit: Code) -> str:
    """Return the sign of a unit; "" where nobody writes it, as of none: "1", "{ratio}" (UCUM 2.1.3, 4.3)."""
    return "" if unit.value == "1" or unit.value.startswith("{") else unit.value


def unit_words(unit: Code | None) -> str:
    """Return a unit: its meaning, and its sign where that is another one."""
    if unit is None:
        return ""
    symbol = unit_symbol(unit)
    return unit.words if symbol in ("", unit.words) else f"{unit.meaning} ({symbol})"


def measure_words(measure: Measure) -> str:
    """Return a number with its unit."""
    return f"{measure.number} {unit_words(measure.unit)}".strip()


def value_words(item: Item) -> str:
    """Return the value of a content item in one line: text, code, numbers and what is special about them."""
    texts = [item.text or item.stored]
    if item.code is not None:
        texts.append(code_words(item.code))
    texts.append(", ".join(measure_words(measure) for measure in item.measures))
    if item.qualifier is not None:
        texts.append(f"[{code_words(item.qualifier)}]")
    return " ".join(text for text in texts if text)


def is_without_value(item: Item) -> bool:
    """Say whether an item names something and says nothing of it: no value, nothing it refers to.

    What is below it says something about it, not in its stead; only containers and the like have their value there.
    """
    if item.value_type == "CONTAINER" or (item.children and item.value_type in _HOLDING):
        return False
    return not (item.target or item.reference or item.coordinates or item.table or value_words(item))


def reference_words(item: Item, places: Mapping[str, Place], language: Language) -> Iterator[str]:
    """Yield lines about the object that an item refers to: what it is, and which part of it is meant."""
    reference = item.reference
    if reference is None:
        return
    kind = label(_KINDS.get(item.value_type, "object"), language)
    sop_class = uid_name(reference.sop_class_uid) if reference.sop_class_uid else ""
    place = places.get(reference.sop_instance_uid)
    absent = f" ({label('not here', language)})" if place is not None and not place.here else ""
    yield f"{kind}: {sop_class}{absent}".strip() if sop_class else f"{kind}{absent}"
    yield reference.sop_instance_uid
    yield from _part_words(reference, language)


def _part_words(reference: Reference, language: Language) -> Iterator[str]:
    channels = [f"{group}/{channel}" for group, channel in reference.channels]
    parts = (("frame", reference.frames), ("segment", reference.segments), ("channel", channels))
    for key, numbers in parts:
        if numbers:
            yield f"{label(key, language)}: {', '.join(map(str, numbers))}"
    if reference.presentation_state:
        yield f"{label('presentation state', language)}: {reference.presentation_state}"


def coordinates_words(coordinates: Coordinates, language: Language) -> str:
    """Return points in space or time: kind and each point."""
    size = max(coordinates.dimensions, 1)
    numbers = [number_words(number) for number in coordinates.numbers]
    points = [", ".join(numbers[at : at + size]) for at in range(0, len(numbers), size)]
    written = [f"({point})" for point in points] if size > 1 else points
    listed = (" " if size > 1 else ", ").join([*written, *coordinates.texts])
    return f"{coordinates.kind}, {label('points', language)}: {listed}" if listed else coordinates.kind


def number_words(number: float) -> str:
    """Return a number with the digits that single precision means (PS3.5 6.2, FL)."""
    return f"{number:.0f}" if number == int(number) else f"{number:.7g}"


def flag_words(flag: Flag, language: Language) -> str:
    """Return a flag of a document."""
    return f"{label(flag.label, language)}: {flag.value}" if flag.value else label(flag.label, language)


def relationship_words(item: Item, language: Language) -> str:
    """Return how an item belongs to its parent, "" where it is just in it (PS3.3 C.17.3.2.4)."""
    if item.relationship in ("", "CONTAINS"):
        return ""
    return label(item.relationship, language)
