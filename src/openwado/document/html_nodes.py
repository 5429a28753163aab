"""Sections, paragraphs, lists, grids and figures as HTML."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from openwado.document.html_items import Items
from openwado.document.html_table import table
from openwado.document.html_text import escaped
from openwado.document.model import Entries, Figure, Grid, Item, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.document.html_text import Words
    from openwado.document.model import Cell, Node, Run

_LOWEST_HEADING = 6
_ELEMENTS = {"bold": "b", "italic": "i", "underline": "u", "sub": "sub", "sup": "sup", "code": "code"}


def nodes(words: Words, shown: Iterable[Node], level: int) -> Iterator[str]:
    """Yield nodes in order.

    Args:
        words: writes texts.
        shown: the nodes.
        level: of headings.
    """
    for is_item, run in groupby(shown, lambda node: isinstance(node, Item)):
        if is_item:
            yield from _items(words, [node for node in run if isinstance(node, Item)], level)
        else:
            yield from _others(words, run, level)


def _items(words: Words, items: list[Item], level: int) -> Iterator[str]:
    """Yield what is in the root of a report, whose name is the title; or a list of items."""
    (first, *further) = items
    if not further and first.value_type == "CONTAINER" and not first.relationship:
        yield from Items(words, first).children(first, level)
    else:
        yield from Items(words, first).listed(items, level)


def _others(words: Words, shown: Iterable[Node], level: int) -> Iterator[str]:
    for node in shown:
        match node:
            case Section():
                yield from _section(words, node, level)
            case Paragraph():
                yield f"<p{_identifier(node.anchor)} dir=auto>{''.join(map(_run, node.runs))}</p>"
            case Entries():
                yield from _entries(words, node, level)
            case Grid():
                yield from _grid(words, node, level)
            case Table():
                yield table(node)
            case Figure():
                yield f"<figure class=drawing>{node.svg}<figcaption>{escaped(node.caption)}</figcaption></figure>"


def _section(words: Words, section: Section, level: int) -> Iterator[str]:
    heading = min(level, _LOWEST_HEADING)
    yield f"<section class=part{_identifier(section.anchor)}>"
    if section.heading:
        code = section.code
        detail = ", ".join(filter(None, (code.value, code.scheme))) if code is not None else ""
        hidden = f"<span class=code> ({escaped(detail)})</span>" if detail else ""
        yield f"<h{heading} dir=auto>{escaped(section.heading)}{hidden}</h{heading}>"
    yield from nodes(words, section.nodes, level + 1)
    yield "</section>"


def _entries(words: Words, entries: Entries, level: int) -> Iterator[str]:
    element = "ol" if entries.numbered else "ul"
    if entries.caption:
        yield f"<p><b>{escaped(entries.caption)}</b></p>"
    yield f"<{element}>"
    for entry in entries.entries:
        yield "<li>"
        yield from nodes(words, entry, level)
        yield "</li>"
    yield f"</{element}>"


def _grid(words: Words, grid: Grid, level: int) -> Iterator[str]:
    caption = f"<caption>{escaped(grid.caption)}</caption>" if grid.caption else ""
    yield f"<div class=wide><table>{caption}<tbody>"
    for row in grid.rows:
        yield "<tr>"
        for cell in row:
            yield from _cell(words, cell, level)
        yield "</tr>"
    yield "</tbody></table></div>"


def _cell(words: Words, cell: Cell, level: int) -> Iterator[str]:
    element = "th" if cell.is_head else "td"
    spans = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    yield f"<{element}{' class=head' if cell.is_head else ''}{spans}>"
    yield from nodes(words, cell.nodes, level)
    yield f"</{element}>"


def _run(run: Run) -> str:
    text = escaped(run.text).replace("\n", "<br>")
    element = _ELEMENTS.get(run.style)
    text = f"<{element}>{text}</{element}>" if element else text
    if run.address.startswith("#"):
        return f'<a href="#{escaped(run.address[1:])}">{text}</a>'
    return f"{text} <span class=soft>({escaped(run.address)})</span>" if run.address else text


def _identifier(anchor: str) -> str:
    return f' id="{escaped(anchor)}"' if anchor else ""
