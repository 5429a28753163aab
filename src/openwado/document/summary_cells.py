"""Cells of the tables that sum an object up: one value of an attribute each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from openwado.document.attribute_names import attribute_vr
from openwado.document.attribute_values import attribute_words
from openwado.document.labels import label
from openwado.document.model import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language

#: Rows of a table: the tree below has all.
ROWS_MAX: Final = 1000
_CELL_MAX: Final = 500


class Cells:
    """Writes values for the cells of one object's tables.

    Args:
        attributes: of the data set.
        language: of our own words.
    """

    def __init__(self, attributes: Attributes, language: Language) -> None:
        self._character_set = attributes.character_set()
        self._language = language

    def value(self, found: Attributes | None, tag: int) -> str:
        """Return a value as people read it, "" where it is absent."""
        if found is None or tag not in found:
            return ""
        vr = attribute_vr(found, tag, signed=False)
        if vr == "SQ":
            return ""
        return attribute_words(found, tag, vr, self._character_set, self._language).text[:_CELL_MAX]

    def joined(self, found: Attributes | None, *tags: int, separator: str = " ") -> str:
        """Return several values in one cell: those that there are."""
        return separator.join(filter(None, (self.value(found, tag) for tag in tags)))

    def table(self, caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Table]:
        """Yield a table of the columns in which there is something; none if there is no row.

        Args:
            caption: key of a label.
            head: keys of labels.
            rows: of as many cells.
        """
        kept = [tuple(row) for row in islice(rows, ROWS_MAX)]
        columns = [number for number in range(len(head)) if any(row[number] for row in kept)]
        if columns:
            yield Table(
                head=tuple(label(head[number], self._language) for number in columns),
                rows=tuple(tuple(row[number] for number in columns) for row in kept),
                caption=label(caption, self._language),
            )

    def facts(self, caption: str, rows: Iterable[tuple[str, str]]) -> Iterator[Table]:
        """Yield a table of names (keys of labels) and values, those that there are."""
        kept = tuple((label(key, self._language), value) for key, value in rows if value)
        if kept:
            yield Table(head=(), rows=kept, caption=label(caption, self._language))


def by_number(sequence: Iterable[Attributes], tag: int) -> dict[int, Attributes]:
    """Return the items of a sequence by a number in them: the first of each."""
    found: dict[int, Attributes] = {}
    for item in sequence:
        number = item.integer_string(tag)
        if number is not None:
            found.setdefault(number, item)
    return found
