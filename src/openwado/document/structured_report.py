"""A structured report as a document (PS3.3 A.35, C.17; REQ-TXT-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import date_time, person_name
from openwado.document.content_item import read_item
from openwado.document.head import head_groups, kind_of_object
from openwado.document.item_source import within
from openwado.document.model import NODES_MAX, Document, Fact, Flag
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openwado.dicom.attributes import Attributes
    from openwado.document.item_source import Source
    from openwado.document.model import Item, Place

_CONTENT: Final = 0x0040A730
_COMPLETION, _COMPLETION_DESCRIPTION, _VERIFICATION, _PRELIMINARY = 0x0040A491, 0x0040A492, 0x0040A493, 0x0040A496
_VERIFYING_OBSERVERS, _VERIFIER, _ORGANIZATION, _VERIFIED_AT = 0x0040A073, 0x0040A075, 0x0040A027, 0x0040A030
_AUTHORS, _PERSON, _OBSERVER_TYPE, _STATION = 0x0040A078, 0x0040A123, 0x0040A084, 0x00081010
_MANUFACTURER, _INSTITUTION = 0x00080070, 0x00080080
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
        groups=head_groups(attributes, _authors(source)),
        nodes=(root,),
        references=dict(places),
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
    said = (
        person_name(observer.text(_VERIFIER)).whole,
        observer.text(_ORGANIZATION),
        date_time(observer.attributes.text(_VERIFIED_AT)),
    )
    return ", ".join(filter(None, said))


def _authors(source: Source) -> Iterator[Fact]:
    """Yield who wrote it: persons and devices (C.17.2, Author Observer Sequence)."""
    for author in source.all(_AUTHORS):
        device = (author.text(tag) for tag in (_MANUFACTURER, _STATION))
        words = (person_name(author.text(_PERSON)).whole, *device, author.text(_INSTITUTION))
        if any(words):
            yield Fact("author", ", ".join(filter(None, words)))
