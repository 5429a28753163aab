"""Documents as XML for programs: everything that the model says, in no language (schema: report.xsd).

Characters that XML 1.0 does not know (2.2) become U+FFFD; there is no document type, no entity and no link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.document.model import Entries, Figure, Grid, Item, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openwado.document.facts import Identity
    from openwado.document.model import Code, Coordinates, Document, Node, Place, Reference

NAMESPACE: Final = "urn:openwado:document:1"

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNKNOWN: Final = "\ufffd"
_TEXT: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
#: Within an attribute, white space would become spaces (3.3.3).
_ATTRIBUTE: Final = _TEXT | {ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}


def xml_of(document: Document, encoding: str) -> Iterator[str]:
    """Yield a document as XML, a few elements at a time.

    Args:
        document: what it says.
        encoding: name of the one in which the caller writes it.
    """
    yield f'<?xml version="1.0" encoding="{encoding}"?>\n<document xmlns="{NAMESPACE}"'
    yield f"{_attributes(title=document.title, kind=document.kind)}{_identity(document.identity)}>\n"
    if document.title_code is not None:
        yield f"{_code('titleCode', document.title_code)}\n"
    for flag in document.flags:
        yield f"<flag{_attributes(label=flag.label, value=flag.value, warning=flag.is_warning)}/>\n"
    for group in document.groups:
        facts = "".join(
            f"<fact{_attributes(label=fact.label, value=fact.value, stored=fact.stored)}/>" for fact in group.facts
        )
        yield f"<group{_attributes(label=group.label)}>{facts}</group>\n"
    yield "<body>\n"
    yield from _Writer(document.references).nodes(document.nodes)
    yield "</body>\n</document>\n"


def _identity(identity: Identity) -> str:
    return _attributes(
        sopClass=identity.sop_class_uid,
        sopInstance=identity.sop_instance_uid,
        study=identity.study_instance_uid,
        series=identity.series_instance_uid,
    )


def _escaped(text: str) -> str:
    return _FORBIDDEN.sub(_UNKNOWN, text).translate(_TEXT)


def _attributes(**values: str | float | bool) -> str:
    """Return attributes; empty ones, numbers that are 0 and what is not so are left out."""
    written = ((name, "true" if value is True else str(value)) for name, value in values.items() if value)
    return "".join(f' {name}="{_FORBIDDEN.sub(_UNKNOWN, value).translate(_ATTRIBUTE)}"' for name, value in written)


def _element(name: str, text: str) -> str:
    """Return an element of text, "" where there is none."""
    return f"<{name}>{_escaped(text)}</{name}>" if text else ""


def _code(name: str, code: Code | None) -> str:
    if code is None:
        return ""
    head = _attributes(value=code.value, scheme=code.scheme, version=code.version)
    return f"<{name}{head}>{_escaped(code.meaning)}</{name}>"


def _numbers(name: str, numbers: Sequence[float]) -> str:
    return f"<{name}>{' '.join(map(_number, numbers))}</{name}>" if numbers else ""


def _number(number: float) -> str:
    """Return a number as XML Schema writes doubles (3.2.5)."""
    return repr(number).replace("inf", "INF").replace("nan", "NaN")


def _coordinates(coordinates: Coordinates) -> str:
    size = max(coordinates.dimensions, 1)
    starts = range(0, len(coordinates.numbers), size)
    points = "".join(_numbers("point", coordinates.numbers[at : at + size]) for at in starts)
    times = "".join(f"<time>{_escaped(text)}</time>" for text in coordinates.texts)
    head = _attributes(
        kind=coordinates.kind,
        dimensions=coordinates.dimensions,
        frameOfReference=coordinates.frame_of_reference,
        pixelOrigin=coordinates.pixel_origin,
    )
    return f"<coordinates{head}>{points}{times}</coordinates>"


def _table(table: Table) -> Iterator[str]:
    yield f"<table>{_element('caption', table.caption)}"
    for name, row in (*([("head", table.head)] if table.head else []), *(("row", row) for row in table.rows)):
        yield f"<{name}>{''.join(f'<cell>{_escaped(cell)}</cell>' for cell in row)}</{name}>"
    yield "</table>\n"


class _Writer:
    def __init__(self, places: Mapping[str, Place]) -> None:
        self.places = places

    def nodes(self, nodes: Sequence[Node]) -> Iterator[str]:
        for node in nodes:
            yield from self.node(node)

    def node(self, node: Node) -> Iterator[str]:
        """Yield one node."""
        match node:
            case Item():
                yield from self._item(node)
            case Section():
                yield f"<section{_attributes(anchor=node.anchor)}>{_element('heading', node.heading)}"
                yield _code("code", node.code)
                yield from self.nodes(node.nodes)
                yield "</section>\n"
            case Paragraph():
                runs = (
                    f"<run{_attributes(style=run.style, address=run.address)}>{_escaped(run.text)}</run>"
                    for run in node.runs
                )
                yield f"<paragraph{_attributes(anchor=node.anchor)}>{''.join(runs)}</paragraph>\n"
            case Entries():
                yield from self._entries(node)
            case Grid():
                yield from self._grid(node)
            case Table():
                yield from _table(node)
            case Figure():
                yield f"<figure>{_element('caption', node.caption)}{_element('drawing', node.svg)}</figure>\n"

    def _item(self, item: Item) -> Iterator[str]:
        """Yield a content item: what it is as attributes, what it says as elements."""
        yield f"<item{_attributes(type=item.value_type, identifier=item.identifier, relationship=item.relationship)}"
        yield _attributes(
            target=item.target,
            observed=item.observed,
            uid=item.uid,
            template=item.template,
            continuous=not item.separate,
        )
        yield f">{_code('name', item.name)}{_element('text', item.text)}{_element('stored', item.stored)}"
        yield _code("code", item.code)
        for measure in item.measures:
            head = _attributes(number=measure.number, precise=measure.precise)
            yield f"<measure{head}>{_code('unit', measure.unit)}</measure>"
        yield _code("qualifier", item.qualifier)
        if item.reference is not None:
            yield self._reference(item.reference)
        if item.coordinates is not None:
            yield _coordinates(item.coordinates)
        if item.table is not None:
            yield from _table(item.table)
        yield from self.nodes(item.children)
        yield "</item>\n"

    def _reference(self, reference: Reference) -> str:
        """Return a reference, with the study and series of its object where they are known."""
        place = self.places.get(reference.sop_instance_uid)
        known = (
            _attributes(study=place.study_instance_uid, series=place.series_instance_uid, here=place.here)
            if place
            else ""
        )
        state = _attributes(presentationState=reference.presentation_state)
        uids = _attributes(sopClass=reference.sop_class_uid, sopInstance=reference.sop_instance_uid)
        parts = _numbers("frames", reference.frames) + _numbers("segments", reference.segments)
        channels = (f'<channel group="{group}" number="{number}"/>' for group, number in reference.channels)
        return f"<reference{uids}{known}{state}>{parts}{''.join(channels)}</reference>"

    def _entries(self, node: Entries) -> Iterator[str]:
        yield f"<list{_attributes(numbered=node.numbered)}>{_element('caption', node.caption)}"
        for entry in node.entries:
            yield "<entry>"
            yield from self.nodes(entry)
            yield "</entry>"
        yield "</list>\n"

    def _grid(self, node: Grid) -> Iterator[str]:
        yield f"<grid>{_element('caption', node.caption)}"
        for row in node.rows:
            yield "<gridRow>"
            for cell in row:
                yield f"<gridCell{_attributes(columns=cell.columns, rows=cell.rows, head=cell.is_head)}>"
                yield from self.nodes(cell.nodes)
                yield "</gridCell>"
            yield "</gridRow>"
        yield "</grid>\n"
