"""A structured report as a document (PS3.3 A.35, C.17; REQ-TXT-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import date_time, person_name
from openwado.document.content_item import read_item
from openwado.document.facts import Fact, Flag
from openwado.document.head import head_groups, identity_of, kind_of_object
from openwado.document.item_source import within
from openwado.document.model import NODES_MAX, Document
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openwado.dicom.attributes import Attributes
    from openwado.document.item_source import Source
    from openwado.document.model import Item, Place

_CONTENT: Final = 0x0040A730
_COMPLETION, _COMPLETION_DESCRIPTION, _VERIFICATION, _PRELIMINARY = 0x0040A491, 0x0040A492, 0x0040A493, 0x0040A496
_VERIFYING_OBSERVERS, _VERIFIER, _ORGANIZATION, _VERIFIED_AT = 0x0040A073, 0x0040A075, 0x0040A027, 0x0040A030
_AUTHORS, _PARTICIPANTS, _CUSTODIANS = 0x0040A078, 0x0040A07A, 0x0040A07C
_PERSON, _PARTICIPATION, _PARTICIPATED_AT = 0x0040A123, 0x0040A080, 0x0040A082
_MANUFACTURER, _MODEL, _STATION, _INSTITUTION = 0x00080070, 0x00081090, 0x00081010, 0x00080080
_PREDECESSORS, _IDENTICAL = 0x0040A360, 0x0040A525
_REFERENCED_SERIES, _REFERENCED_SOP, _UID = 0x00081115, 0x00081199, 0x00081155
#: Content items inside one another: real reports have a dozen.
DEPTH_MAX: Final = 100


def read_report(attributes: Attributes, places: Mapping[str, Place]) -> Document:
    """Return a report.

    Args:
        attributes: of the object.
        places: by SOP Instance UID, where objects are that it refers to.

    Raises:
        CorruptObject: it has more content than any report, or is nested deeper.
        openwado.dicom.block_reader.Unreadable: a limit of reading is exceeded.
    """
    source = within(attributes, attributes.character_set())
    root = _Tree().read(source)
    title = root.name.words if root.name is not None else ""
    return Document(
        title=title,
        title_code=root.name,
        kind=kind_of_object(attributes),
        flags=tuple(_flags(source)),
        groups=head_groups(attributes, _facts(source, root)),
        nodes=(root,),
        references=dict(places),
        identity=identity_of(attributes),
    )


class _Tree:
    """Reads content items, and counts them."""

    def __init__(self) -> None:
        self._count = 0

    def read(self, source: Source, identifier: str = "1", depth: int = 1) -> Item:
        """Return an item with all that is below it."""
        self._count += 1
        if self._count > NODES_MAX or depth > DEPTH_MAX:
            raise CorruptObject("The report has more content items, or more inside one another, than can be read.")
        children = tuple(
            self.read(child, f"{identifier}.{number}", depth + 1)
            for number, child in enumerate(source.all(_CONTENT), 1)
        )
        return read_item(source, identifier, children)


def _flags(source: Source) -> Iterator[Flag]:
    """Yield completion and verification (C.17.2)."""
    completion = source.attributes.text(_COMPLETION).upper()
    if completion:
        known = {"COMPLETE": "complete", "PARTIAL": "partial"}.get(completion, completion)
        yield Flag(known, source.text(_COMPLETION_DESCRIPTION), is_warning=completion != "COMPLETE")
    preliminary = source.attributes.text(_PRELIMINARY).upper()
    if preliminary:
        known = {"PRELIMINARY": "preliminary", "FINAL": "final"}.get(preliminary, preliminary)
        yield Flag(known, is_warning=preliminary != "FINAL")
    verification = source.attributes.text(_VERIFICATION).upper()
    if verification == "VERIFIED":
        observers = [_observer(observer) for observer in source.all(_VERIFYING_OBSERVERS)]
        yield Flag("verified", "; ".join(filter(None, observers)))
    elif verification:
        yield Flag("unverified" if verification == "UNVERIFIED" else verification, is_warning=True)


def _observer(observer: Source) -> str:
    """Return who verified it, of which organization in brackets since names have commas, and when."""
    name, organization = person_name(observer.text(_VERIFIER)).whole, observer.text(_ORGANIZATION)
    who = f"{name} ({organization})" if name and organization else name or organization
    return ", ".join(filter(None, (who, date_time(observer.attributes.text(_VERIFIED_AT)))))


def _facts(source: Source, root: Item) -> Iterator[Fact]:
    """Yield when it was observed, who wrote it, took part and keeps it, what it replaces or equals (C.17.2, C.17.3)."""
    yield from _fact("observed", (root.observed,))
    for author in source.all(_AUTHORS):
        yield from _fact("author", _participant(author))
    for participant in source.all(_PARTICIPANTS):
        kind, when = participant.attributes.text(_PARTICIPATION), participant.attributes.text(_PARTICIPATED_AT)
        yield from _fact("participant", (kind, *_participant(participant), date_time(when)))
    for custodian in source.all(_CUSTODIANS):
        yield from _fact("custodian", (custodian.text(_INSTITUTION),))
    for label, sequence in (("predecessor", _PREDECESSORS), ("identical document", _IDENTICAL)):
        for study in source.all(sequence):
            series = study.all(_REFERENCED_SERIES)
            yield from _fact(label, (one.attributes.text(_UID) for each in series for one in each.all(_REFERENCED_SOP)))


def _participant(source: Source) -> tuple[str, ...]:
    """Return a person or device (Identified Person or Device Macro, C.17-3b)."""
    device = (source.text(tag) for tag in (_MANUFACTURER, _MODEL, _STATION))
    return person_name(source.text(_PERSON)).whole, *device, source.text(_INSTITUTION)


def _fact(label: str, words: Iterable[str]) -> Iterator[Fact]:
    said = ", ".join(filter(None, words))
    if said:
        yield Fact(label, said)
