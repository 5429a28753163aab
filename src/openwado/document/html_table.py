"""Tables of plain cells as HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openwado.document.html_text import escaped

if TYPE_CHECKING:
    from openwado.document.model import Table

#: Columns from which a table is wider than a telephone: it is scrolled, not squeezed into rows of many lines.
_MANY = 5
#: Letters without a space from which a word, such as a UID, is broken rather than let it make its column as wide.
_LONG_WORD = re.compile(r"\S{25}")


def table(shown: Table) -> str:
    """Return a table."""
    caption = f"<caption>{escaped(shown.caption)}</caption>" if shown.caption else ""
    head = "".join(f"<th scope=col>{escaped(cell)}</th>" for cell in shown.head)
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    rows = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in shown.rows)
    is_many = max(map(len, (shown.head, *shown.rows)), default=0) >= _MANY
    return (
        f"<div class=wide><table{' class=many' if is_many else ''}>{caption}{head}<tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: str) -> str:
    """Return a cell that keeps its lines."""
    lines = escaped(cell).replace("\n", "<br>")
    return f"<td{' class=long' if _LONG_WORD.search(cell) else ''} dir=auto>{lines}</td>"
