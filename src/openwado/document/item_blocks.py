"""Content items as blocks: a line for each, with its name, its value and how it belongs to its parent."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from openwado.document.blocks import Heading, Passage, Words, even_rows
from openwado.document.labels import label
from openwado.document.plain_text import cleaned
from openwado.document.prose import is_apart, is_prose, is_spoken, sentence
from openwado.document.wording import (
    coordinates_words,
    is_without_value,
    reference_words,
    relationship_words,
    unit_words,
    value_words,
)
from openwado.render.text_direction import is_right_to_left

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openwado.document.blocks import Block
    from openwado.document.labels import Language
    from openwado.document.model import Item, Place
    from openwado.document.prose import Said

#: Containers so deep have headings; others have lines.
_HEADING_LEVELS: Final = 3


class ItemBlocks:
    """Content items as blocks.

    Attributes:
        places: where objects are that items refer to.
        language: of our own words.
        targets: names of the items that others mean by reference, by identifier.
    """

    def __init__(self, places: Mapping[str, Place], language: Language, targets: Mapping[str, str]) -> None:
        self.places = places
        self.language = language
        self.targets = targets

    def of_items(self, items: Sequence[Item], depth: int, level: int) -> Iterator[Block]:
        """Yield blocks of items that follow one another: numbers as one table."""
        for is_row, group in groupby(items, self._is_row):
            found = tuple(group)
            if is_row and len(found) > 1:
                yield self._measurements(found, depth)
            else:
                for item in found:
                    yield from self.of_item(item, depth, level)

    def of_item(self, item: Item, depth: int, level: int) -> Iterator[Block]:
        """Yield blocks of an item and of all below it."""
        words, below = self._words(item), depth + 1
        anchor = item.identifier if item.identifier in self.targets else ""
        if item.value_type == "CONTAINER" and level <= _HEADING_LEVELS and item.name is not None:
            yield Heading("".join(part.text for part in words), level, depth, anchor, item.identifier)
        elif words:
            yield from _line(words, depth, anchor)
        if item.table is not None:
            yield even_rows(item.table.head, item.table.rows, below, item.table.caption)
        yield from self._inside(item, below, level + 1)

    def root(self, item: Item) -> Iterator[Block]:
        """Yield blocks of the root of a report, whose name is the title."""
        yield from self._inside(item, 0, 1)

    def _inside(self, item: Item, depth: int, level: int) -> Iterator[Block]:
        if is_prose(item):
            yield from self._flow(item, depth, level)
        else:
            yield from self.of_items(item.children, depth, level)

    def _is_row(self, item: Item) -> bool:
        return item.value_type == "NUM" and not item.children and item.identifier not in self.targets

    def _words(self, item: Item) -> tuple[Words, ...]:
        """Return the line of an item: (relationship) Name: value (observed)."""
        words = []
        relationship = relationship_words(item, self.language)
        if relationship:
            words.append(Words(f"({relationship}) ", "relation"))
        if item.identifier in self.targets:
            words.append(Words(f"[{item.identifier}] ", "relation"))
        value = self._value(item)
        is_missing = is_without_value(item)
        if item.name is not None:
            words.append(Words(cleaned(item.name.words) + (": " if value or item.target or is_missing else ""), "name"))
        if is_missing:
            words.append(Words(self._missing(), "relation"))
        if value:
            words.append(Words(cleaned(value).rstrip()))
        if item.target:
            words.append(self._see(item.target))
        if item.observed:
            words.append(Words(cleaned(f" {self._observed(item)}"), "relation"))
        return tuple(words)

    def _missing(self) -> str:
        return f"({label('no value', self.language)})"

    def _see(self, target: str) -> Words:
        name = self.targets.get(target, "")
        shown = f"{name} [{target}]" if name else f"[{target}]"
        return Words(cleaned(f"{label('see item', self.language)} {shown}"), "", f"#{target}")

    def _value(self, item: Item) -> str:
        lines = [value_words(item), *reference_words(item, self.places, self.language)]
        if item.coordinates is not None:
            lines.append(coordinates_words(item.coordinates, self.language))
        return "\n".join(line for line in lines if line)

    def _flow(self, item: Item, depth: int, level: int) -> Iterator[Block]:
        """Yield a continuous container: words as one passage, what belongs to one of them below it by its number."""
        for spoken, group in groupby(item.children, is_spoken):
            if not spoken:
                yield from self.of_items(tuple(group), depth, level)
                continue
            found = tuple(sentence(group))
            yield Passage(tuple(flowing([words for said in found for words in self._said(said)])), depth)
            for said in found:
                if said.note:
                    named = f" {said.item.name.words}:" if said.item.name is not None else ""
                    yield Passage((Words(cleaned(f"[{said.note}]{named}"), "relation"),), depth + 1, leads=True)
                    yield from self.of_items(said.item.children, depth + 2, level)

    def _said(self, said: Said) -> Iterator[Words]:
        """Yield what a sentence says of an item: its value, and what it is called."""
        if said.lead is not None:
            yield Words(cleaned(f"{said.lead.words}:"), "name")
        if is_without_value(said.item):
            yield Words(self._missing(), "relation")
        yield Words(cleaned(value_words(said.item)))
        if said.name is not None:
            yield Words(cleaned(f"[{said.name.words}]"), "relation")
        if said.item.observed:
            yield Words(cleaned(self._observed(said.item)), "relation")
        if said.note:
            yield Words(f"[{said.note}]", "relation")

    def _measurements(self, items: tuple[Item, ...], depth: int) -> Block:
        """Return a table of numbers that have nothing below them."""
        rows = []
        for item in items:
            name = item.name.words if item.name is not None else ""
            relationship = relationship_words(item, self.language)
            parts = (f"({relationship})" if relationship else "", name, self._observed(item))
            rows.append((" ".join(filter(None, parts)), *self._cells(item)))
        head = tuple(label(key, self.language) for key in ("measurement", "value", "unit"))
        return even_rows(head, tuple(rows), depth, "")

    def _cells(self, item: Item) -> tuple[str, str]:
        """Return value and unit."""
        if len(item.measures) == 1 and item.qualifier is None and not item.text:
            measure = item.measures[0]
            return measure.number, unit_words(measure.unit)
        return self._missing() if is_without_value(item) else value_words(item), ""

    def _observed(self, item: Item) -> str:
        """Return when an item was observed, in brackets; "" where it does not say."""
        return f"({label('observed', self.language)}: {item.observed})" if item.observed else ""


def flowing(parts: Sequence[Words]) -> Iterator[Words]:
    """Yield words as one flow of text: with spaces between them, but none before a sign that ends something."""
    before = ""
    for part in parts:
        if part.text:
            yield Words(f" {part.text}" if is_apart(before, part.text) else part.text, part.style)
            before = part.text


def _line(words: tuple[Words, ...], depth: int, anchor: str) -> Iterator[Block]:
    """Yield one passage, or two where name and value do not run on in one line."""
    names = tuple(part for part in words if part.style in ("name", "relation"))
    values = tuple(part for part in words if part.style not in ("name", "relation"))
    value = "".join(part.text for part in values)
    turns = is_right_to_left(value) != is_right_to_left(names[-1].text if names else value)
    if names and value and words[-1] is values[-1] and ((_is_long(value) and turns) or "\n" in value.strip("\n")):
        yield Passage(names, depth, anchor=anchor, leads=True)
        yield Passage(values, depth + 1)
    else:
        yield Passage(words, depth, anchor=anchor)


def _is_long(text: str) -> bool:
    return len(text) > 40  # noqa: PLR2004 -- about half a line
