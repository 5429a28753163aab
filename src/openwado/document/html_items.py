"""Content items as HTML: containers as sections, the rest as lists, tables and pictures (REQ-TXT-1)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from openwado.document.html_pictures import details, picture
from openwado.document.html_table import table
from openwado.document.html_text import escaped
from openwado.document.prose import is_apart, is_prose, is_spoken, sentence
from openwado.document.wording import is_without_value, value_words
from openwado.render.text_direction import is_right_to_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.document.html_text import Words
    from openwado.document.model import Coordinates, Item
    from openwado.document.prose import Said

_LOWEST_HEADING = 6
#: Fewer numbers in a row make no table.
_TABLE_FROM = 2
#: Coordinates that are written out.
_NUMBERS_SHOWN = 3000
_OBJECTS = frozenset({"IMAGE", "COMPOSITE", "WAVEFORM"})


class Items:
    """Writes content items.

    Args:
        words: writes texts.
        root: of the report, where items by reference are looked up.
    """

    def __init__(self, words: Words, root: Item) -> None:
        self._words = words
        self._root = root

    def children(self, item: Item, level: int) -> Iterator[str]:
        """Yield what is below an item.

        Args:
            item: whose children.
            level: of headings below it.
        """
        if is_prose(item):
            yield from self._flow(item.children, level)
        else:
            yield from self.listed(item.children, level)

    def listed(self, items: Iterable[Item], level: int) -> Iterator[str]:
        """Yield items in order, neighbours of a kind together; level: of headings."""
        for kind, run in groupby(items, _kind):
            yield from self._run(kind, list(run), level)

    def _run(self, kind: str, run: list[Item], level: int) -> Iterator[str]:
        if kind == "container":
            for item in run:
                yield from self._container(item, level)
        elif kind == "number" and len(run) >= _TABLE_FROM:
            yield from self._numbers(run, level)
        elif kind == "picture":
            yield "<div class=gallery>"
            yield from (f'<div id="{_anchor(item)}">{self._figure(item)}</div>' for item in run)
            yield "</div>"
        else:
            shared = kind if kind in _CONTEXTS and len(run) > 1 else ""
            if shared:
                yield f"<p class=relation>{self._words.label(shared)}</p>"
            yield f'<dl class="items{" context" if shared else ""}">'
            for item in run:
                yield from self._entry(item, level, shared)
            yield "</dl>"

    def _container(self, item: Item, level: int) -> Iterator[str]:
        heading = min(level, _LOWEST_HEADING)
        name = self._words.code(item.name) if item.name is not None else ""
        yield f'<section class=part id="{_anchor(item)}">'
        if name or item.relationship not in ("", "CONTAINS"):
            yield f"<h{heading}>{self._relation(item)}{name}{self._notes(item)}</h{heading}>"
        yield from self.children(item, level + 1)
        yield "</section>"

    def _flow(self, items: Iterable[Item], level: int) -> Iterator[str]:
        """Yield the items of a continuous container: what it says in words as paragraphs, the rest as it always is."""
        for spoken, run in groupby(items, is_spoken):
            if spoken:
                yield from self._sentence(list(sentence(run)), level)
            else:
                yield from self.listed(run, level)

    def _sentence(self, found: list[Said], level: int) -> Iterator[str]:
        """Yield words that run on as their language does, and below them what belongs to one of them."""
        rtl = is_right_to_left(" ".join(value_words(said.item) for said in found))
        yield f"<p{' dir=rtl' if rtl else ''}>"
        before = ""
        for said in found:
            value = value_words(said.item)
            lead = f"<span class=relation>{self._words.code(said.lead)}:</span> " if said.lead is not None else ""
            name = f" <span class=relation>[{self._words.code(said.name)}]</span>" if said.name is not None else ""
            note = f"<sup>[{said.note}]</sup>" if said.note else ""
            space = " " if is_apart(before, "a" if lead else value) else ""
            yield f'{space}<span id="{_anchor(said.item)}">{lead}{self._value(said.item)}{name}'
            yield f"{self._notes(said.item)}{note}</span>"
            before = "]" if name or note else value or before
        yield "</p>"
        for said in found:
            if said.note:
                name = f" {self._name(said.item)}:" if said.item.name is not None else ""
                yield f"<div class=note><p class=relation>[{said.note}]{name}</p>"
                yield from self.children(said.item, level)
                yield "</div>"

    def _numbers(self, run: list[Item], level: int) -> Iterator[str]:
        """Yield measurements as a table, what is below each of them in its last column."""
        further = any(item.children or item.qualifier for item in run)
        heads = ["measurement", "value", "unit", *(["further"] if further else [])]
        yield "<div class=wide><table><thead><tr>"
        yield from (f"<th scope=col>{self._words.label(head)}</th>" for head in heads)
        yield "</tr></thead><tbody>"
        for item in run:
            yield f'<tr id="{_anchor(item)}"><th scope=row>{self._relation(item)}{self._name(item)}'
            yield f"{self._notes(item)}</th>"
            numbers = "<br>".join(self._words.number(measure.number) for measure in item.measures) or self._missing(
                item
            )
            units = "<br>".join(self._words.unit(measure.unit) for measure in item.measures)
            yield f"<td class=number>{numbers}</td><td>{units}</td>"
            if further:
                yield f"<td>{self._words.code(item.qualifier)}"
                yield from self.children(item, level)
                yield "</td>"
            yield "</tr>"
        yield "</tbody></table></div>"

    def _entry(self, item: Item, level: int, shared: str = "") -> Iterator[str]:
        """Yield a name and a value; shared: a relationship that was told for the whole list."""
        relation = "" if shared == item.relationship else self._relation(item)
        yield f'<div id="{_anchor(item)}"><dt>{relation}{self._name(item)}</dt><dd>{self._value(item)}'
        yield self._notes(item)
        yield from self.children(item, level)
        yield "</dd></div>"

    def _name(self, item: Item) -> str:
        if item.name is not None:
            return self._words.code(item.name)
        return self._words.label(_UNNAMED.get(item.value_type, item.value_type))

    def _relation(self, item: Item) -> str:
        """Return how an item stands to its parent, unless it is simply in it."""
        if item.relationship in ("", "CONTAINS"):
            return ""
        return f"<span class=relation>{self._words.label(item.relationship)}</span> "

    def _notes(self, item: Item) -> str:
        observed = f" <span class=soft>{self._words.label('observed')} {escaped(item.observed)}</span>"
        uid = f" <span class=code>{escaped(item.uid)}</span>"
        template = f" <span class=code>TID {escaped(item.template)}</span>"
        return "".join(
            note for note, said in ((observed, item.observed), (uid, item.uid), (template, item.template)) if said
        )

    def _value(self, item: Item) -> str:
        if is_without_value(item):
            return self._missing(item)
        if item.value_type == "REFERENCE":
            return self._by_reference(item)
        if item.reference is not None:
            return self._figure(item)
        if item.coordinates is not None:
            return self._coordinates(item, item.coordinates)
        return table(item.table) if item.table is not None else self._words_of(item)

    def _missing(self, item: Item) -> str:
        return f"<span class=soft>({self._words.label('no value')})</span>" if is_without_value(item) else ""

    def _words_of(self, item: Item) -> str:
        words = self._words
        if item.measures or item.qualifier is not None:
            said = "; ".join(map(words.measure, item.measures))
            return f"{said} {words.code(item.qualifier)}".strip()
        if item.code is not None:
            return f"<span class=value>{words.code(item.code)}</span>"
        stored = f" <span class=code>{escaped(item.stored)}</span>" if item.stored else ""
        return f"{words.text(item.text)}{stored}"

    def _by_reference(self, item: Item) -> str:
        target = self._found(item.target)
        name = self._name(target) if target is not None else escaped(item.target)
        if target is None:
            return f"{self._words.label('see item')} {name}"
        return f'{self._words.label("see item")} <a href="#{_anchor(target)}">{name} ({escaped(target.identifier)})</a>'

    def _found(self, identifier: str) -> Item | None:
        """Return the item at a place in the tree (C.17.3.2.4)."""
        steps = [int(step) for step in identifier.split(".") if step]
        if not steps or steps[0] != 1:
            return None
        item = self._root
        for step in steps[1:]:
            if not 1 <= step <= len(item.children):
                return None
            item = item.children[step - 1]
        return item

    def _figure(self, item: Item, outlines: list[Coordinates] | None = None) -> str:
        if item.reference is None:
            return ""
        caption = self._caption(item) if _is_picture(item) else ""
        if item.value_type == "IMAGE" and item.relationship != "SELECTED FROM":  # its outline is drawn on that one
            return picture(self._words, item.reference, caption, outlines or [])
        place = self._words.document.references.get(item.reference.sop_instance_uid)
        return f"{caption} {details(self._words, item.reference, place)}"

    def _caption(self, item: Item) -> str:
        """Return what an image in a gallery is called, nothing where it has no name."""
        said = f"{self._words.code(item.name) if item.name is not None else ''}{self._notes(item)}".strip()
        return f"{self._relation(item)}{said}{':' if said else ''}"

    def _coordinates(self, item: Item, coordinates: Coordinates) -> str:
        """Return an outline: drawn on the images that it was selected from, and its numbers for whoever asks."""
        images = [self._found(child.target) if child.target else child for child in item.children]
        drawn = "".join(
            picture(self._words, image.reference, "", [coordinates])
            for image in images
            if image is not None and image.value_type == "IMAGE" and image.reference and item.value_type == "SCOORD"
            if self._words.document.references.get(image.reference.sop_instance_uid)
        )
        shown = coordinates.numbers[:_NUMBERS_SHOWN]
        groups = zip(*[iter(shown)] * coordinates.dimensions, strict=False)
        points = "; ".join(", ".join(f"{number:g}" for number in group) for group in groups)
        count = len(coordinates.numbers) // max(coordinates.dimensions, 1)
        rest = " &#8230;" if len(shown) < len(coordinates.numbers) else ""
        moments = "; ".join(map(escaped, coordinates.texts))
        listed = f"<p>{points}{rest} {moments}</p>" if points or moments else ""
        kind = escaped(coordinates.kind)
        if coordinates.is_in_matrix:
            kind += f" ({self._words.label('in matrix')})"
        return (
            f"{drawn}<details class=points><summary>{kind}, {self._words.label('points')}: "
            f"{count or len(coordinates.texts)}</summary>{listed}</details>"
        )


_UNNAMED = {
    "NUM": "measurement",
    "IMAGE": "image",
    "COMPOSITE": "object",
    "WAVEFORM": "waveform",
    "REFERENCE": "reference",
}
#: Relationships that are told once for a list.
_CONTEXTS = frozenset({"HAS OBS CONTEXT", "HAS ACQ CONTEXT"})


def _kind(item: Item) -> str:
    if item.value_type == "CONTAINER":
        return "container"
    if item.value_type == "NUM":
        return "number"
    if _is_picture(item):
        return "picture"
    return item.relationship if item.relationship in _CONTEXTS else "entry"


def _is_picture(item: Item) -> bool:
    """Say whether an item is an image that stands for itself, in a gallery."""
    return item.value_type == "IMAGE" and item.relationship == "CONTAINS" and not item.children


def _anchor(item: Item) -> str:
    return f"i{item.identifier}"
