"""Paragraphs, lists and tables of narrative blocks (HL7 CDA R2 4.3.5.7 … 4.3.5.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from openwado.document.model import Cell, Entries, Grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from openwado.document.model import Node
    from openwado.document.xml_tree import XmlElement

_ROW_GROUPS: Final = ("thead", "tbody", "tfoot")
#: Columns or rows that one cell may span.
_SPAN_MAX: Final = 100


class Reader(Protocol):
    """What reads the content of a block."""

    def nodes(self, parts: Iterable[XmlElement | str]) -> tuple[Node, ...]:
        """Return the nodes of mixed content."""

    def paragraph(self, element: XmlElement) -> tuple[Node, ...]:
        """Return the nodes of an element whose ID is a place."""


def _paragraph(reader: Reader, element: XmlElement) -> tuple[Node, ...]:
    return reader.paragraph(element)


def _list(reader: Reader, element: XmlElement) -> tuple[Node, ...]:
    """Return a list; what is in it and no item is an entry by itself."""
    caption = element.find("caption")
    entries = tuple(
        nodes
        for part in element.parts
        if part is not caption
        and (
            nodes := reader.nodes([part])
            if isinstance(part, str) or part.name not in _ITEMS
            else reader.paragraph(part)
        )
    )
    numbered = element.get("listType").lower() == "ordered" or element.name == "ol"
    made = Entries(entries, numbered, caption.text if caption is not None else "")
    return (made,) if entries or made.caption else ()


def _table(reader: Reader, element: XmlElement) -> tuple[Node, ...]:
    """Return a table, its foot below its body; what is in it and no row is a row by itself."""
    caption = element.find("caption")
    rows: dict[bool, list[tuple[Cell, ...]]] = {False: [], True: []}
    for part in element.parts:
        if part is caption:
            continue
        if not isinstance(part, str) and part.name in _ROW_GROUPS:
            rows[part.name == "tfoot"].extend(_rows(reader, part.parts, is_head=part.name == "thead"))
        else:
            rows[False].extend(_rows(reader, [part], is_head=False))
    made = Grid((*rows[False], *rows[True]), caption.text if caption is not None else "")
    return (made,) if made.rows or made.caption else ()


def _rows(reader: Reader, parts: Iterable[XmlElement | str], *, is_head: bool) -> Iterator[tuple[Cell, ...]]:
    for part in parts:
        if isinstance(part, str) or part.name != "tr":
            cells = tuple(_stray(reader, part))
        else:
            cells = tuple(cell for inner in part.parts for cell in _cells(reader, inner, is_head=is_head))
        if cells:
            yield cells


def _cells(reader: Reader, part: XmlElement | str, *, is_head: bool) -> Iterator[Cell]:
    if isinstance(part, str) or part.name not in ("td", "th"):
        yield from _stray(reader, part)
        return
    nodes = reader.paragraph(part)
    yield Cell(nodes, is_head or part.name == "th", _span(part, "colspan"), _span(part, "rowspan"))


def _stray(reader: Reader, part: XmlElement | str) -> Iterator[Cell]:
    """Yield a cell for what stands where none is due, if there is a text in it."""
    nodes = reader.nodes([part])
    if nodes:
        yield Cell(nodes)


def _span(cell: XmlElement, name: str) -> int:
    written = cell.get(name)
    return max(1, min(int(written), _SPAN_MAX)) if written.isascii() and written.isdigit() and len(written) < 6 else 1  # noqa: PLR2004 -- digits enough for any table


_ITEMS: Final = ("item", "li")

#: What begins a block, and what makes its nodes; names of HTML too, as they are found.
BLOCKS: Final[Mapping[str, Callable[[Reader, XmlElement], tuple[Node, ...]]]] = {
    **dict.fromkeys(("paragraph", "p", "div"), _paragraph),
    **dict.fromkeys(("list", "ul", "ol"), _list),
    "table": _table,
}
