"""The body of a document as blocks: sections, paragraphs, lists and tables, and the content items of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.document.blocks import Drawing, Heading, Passage, Rows, Words, even_rows, plain
from openwado.document.item_blocks import ItemBlocks
from openwado.document.model import Cell, Entries, Figure, Grid, Item, Paragraph, Section, Table
from openwado.document.plain_text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.document.blocks import Block
    from openwado.document.labels import Language
    from openwado.document.model import Document, Node, Run

#: Columns of a grid: cells beyond are written below each other in the last one.
_COLUMNS_MAX: Final = 64
_BULLET: Final = "-"


def blocks_of(document: Document, language: Language) -> Iterator[Block]:
    """Yield the blocks of a document's body."""
    items = ItemBlocks(document.references, language, _targets(document.nodes))
    for node in document.nodes:
        if isinstance(node, Item) and node.value_type == "CONTAINER" and len(document.nodes) == 1:
            yield from items.root(node)
        else:
            yield from _Body(items).of_nodes((node,), 0, 1)


def _targets(nodes: Sequence[Node]) -> dict[str, str]:
    """Return the names of what items by reference mean, by identifier."""
    meant = {item.target for item in _items(nodes) if item.target}
    if not meant:
        return {}
    return {item.identifier: item.name.words if item.name else "" for item in _items(nodes) if item.identifier in meant}


def _items(nodes: Sequence[Node]) -> Iterator[Item]:
    """Yield all content items of a report."""
    waiting = [node for node in nodes if isinstance(node, Item)]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += item.children


class _Body:
    def __init__(self, items: ItemBlocks) -> None:
        self.items = items

    def of_nodes(self, nodes: Sequence[Node], depth: int, level: int) -> Iterator[Block]:
        for node in nodes:
            yield from self.of_node(node, depth, level)

    def of_node(self, node: Node, depth: int, level: int) -> Iterator[Block]:
        """Yield the blocks of one node."""
        match node:
            case Item():
                yield from self.items.of_item(node, depth, level)
            case Section():
                if node.heading or node.anchor:
                    yield Heading(cleaned(node.heading), level, depth, node.anchor)
                yield from self.of_nodes(node.nodes, depth, level + 1)
            case Paragraph():
                yield Passage(tuple(map(_words, node.runs)), depth, anchor=node.anchor)
            case Entries():
                yield from self._entries(node, depth, level)
            case Grid():
                yield self._grid(node, depth)
            case Table():
                yield even_rows(node.head, node.rows, depth, node.caption)
            case Figure():
                yield Drawing(node.svg, cleaned(node.caption), depth)

    def _entries(self, node: Entries, depth: int, level: int) -> Iterator[Block]:
        """Yield a list: its mark is before the first passage of each entry."""
        if node.caption:
            yield plain(node.caption, depth)
        for number, entry in enumerate(node.entries, 1):
            mark = f"{number}." if node.numbered else _BULLET
            blocks = self.of_nodes(entry, depth + 1, level)
            first = next(blocks, None)
            if isinstance(first, Passage) and not first.mark:
                yield Passage(first.words, first.depth, mark, first.anchor)
            else:
                yield Passage((), depth + 1, mark)
                if first is not None:
                    yield first
            yield from blocks

    def _grid(self, node: Grid, depth: int) -> Rows:
        """Return rows of a grid, whose cells stand in the first of the rows and columns that they span."""
        rows: list[tuple[str, ...]] = []
        heads: list[bool] = []
        spanned: dict[int, int] = {}  # column -> rows below that a cell covers
        for row in node.rows:
            cells: list[str] = []
            covered: dict[int, int] = {}
            for cell in row:
                _skip(cells, spanned)
                width = max(1, min(cell.columns, _COLUMNS_MAX - len(cells)))
                if len(cells) >= _COLUMNS_MAX:
                    cells[-1] += f"\n{self._cell(cell)}"
                    continue
                covered |= {len(cells) + at: cell.rows for at in range(width)}
                cells += [self._cell(cell), *[""] * (width - 1)]
            _skip(cells, spanned)
            spanned = {at: left - 1 for at, left in (spanned | covered).items() if left > 1}
            rows.append(tuple(cells))
            heads.append(all(cell.is_head for cell in row) and bool(row))
        head = rows.pop(0) if len(rows) > 1 and heads[0] else ()
        return even_rows(head, tuple(rows), depth, node.caption)

    def _cell(self, cell: Cell) -> str:
        """Return what a cell holds as lines."""
        return "\n".join(line for block in self.of_nodes(cell.nodes, 0, 1) for line in _lines(block))


def _skip(cells: list[str], spanned: dict[int, int]) -> None:
    """Leave the columns empty that a cell above covers."""
    while len(cells) in spanned:
        cells.append("")


def _words(run: Run) -> Words:
    """Return a run; an address outside this document is shown behind it, as text that nobody follows."""
    if not run.address or run.address.startswith("#"):
        return Words(cleaned(run.text), run.style, run.address)
    return Words(cleaned(run.text if run.address in run.text else f"{run.text} <{run.address}>"), run.style)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Passage():
            yield f"{block.mark} {block.plain}".strip()
        case Rows():
            if block.caption:
                yield block.caption
            yield from (", ".join(filter(None, row)) for row in (block.head, *block.rows) if any(row))
        case Drawing():
            yield block.caption
