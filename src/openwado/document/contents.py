"""The contents of a document: its parts, each under a name that tells it from those beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.document.model import Item, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openwado.document.model import Node

#: Entries of the contents, parts beside one another that are told apart, and what is looked at in each for that.
_ENTRIES_MAX: Final = 600
_ALIKE_MAX: Final = 2000
_LOOKED_AT: Final = 50
#: More entries than a reader looks through: then those of the first level alone, where there are some.
_LONG: Final = 40
_SOME: Final = 3
_LEVELS: Final = 2
#: Longest value that tells, characters: longer ones are prose.
_TELLING_MAX: Final = 60
#: Types of values that people know a part by (PS3.3 C.17.3.2.1): a UID is none.
_TELLING: Final = frozenset({"TEXT", "CODE", "NUM", "PNAME", "DATE", "TIME", "DATETIME"})


class Entry(msgspec.Struct, frozen=True):
    """A part of a document: where it is, what it is called, on which level (1 or 2)."""

    anchor: str
    name: str
    level: int


def contents_of(nodes: Sequence[Node]) -> tuple[Entry, ...]:
    """Return the parts of a document and those in them: at most 600, of more than 40 only the first level.

    Args:
        nodes: of the document; the root of a report is not a part of it.
    """
    shown = tuple(chain.from_iterable(map(_without_root, nodes)))
    entries = tuple(islice(_parts(shown, 1, _LEVELS), _ENTRIES_MAX))
    if len(entries) <= _LONG:
        return entries
    first = tuple(islice(_parts(shown, 1, 1), _ENTRIES_MAX))
    return first if len(first) >= _SOME else entries


def names_below(nodes: Sequence[Node], levels: int = 4) -> dict[str, str]:
    """Return the names, told apart, of the containers in a report, by identifier: so many levels with its root."""
    items = [node for node in nodes if isinstance(node, Item)]
    found = _names_apart(items)
    for item in items if levels > 1 else ():
        if item.children:
            found |= names_below(item.children, levels - 1)
    return found


def _names_apart(items: Iterable[Item]) -> dict[str, str]:
    """Return names of the containers among some that stand beside one another, by identifier.

    Of several of one name each has the value besides by which they differ, "Organ Dose: Liver": that of the first
    concept that differs in all, else in most of them. What is still alike is numbered, "Filter (2)".

    Args:
        items: in order; containers without a concept name have none here.
    """
    found: dict[str, str] = {}
    alike: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.value_type == "CONTAINER" and item.name is not None:
            found[item.identifier] = item.name.words
            alike[item.name.words].append(item)
    for name, group in alike.items():
        if 1 < len(group) <= _ALIKE_MAX:
            names = (f"{name}: {value}" if value else name for value in _values_apart(group))
            found.update(zip((item.identifier for item in group), _numbered(names), strict=True))
    return found


def _without_root(node: Node) -> tuple[Node, ...]:
    is_root = isinstance(node, Item) and node.value_type == "CONTAINER" and not node.relationship
    return node.children if isinstance(node, Item) and is_root else (node,)


def _parts(nodes: Sequence[Node], level: int, depth: int) -> Iterator[Entry]:
    """Yield sections and containers, so many levels of them; what is in one without a name counts as beside it."""
    names = _names_apart(node for node in nodes if isinstance(node, Item))
    for node in nodes:
        name = anchor = ""
        inner: Sequence[Node] = ()
        if isinstance(node, Section):
            name, anchor, inner = node.heading, node.anchor, node.nodes
        elif isinstance(node, Item):
            name, anchor, inner = names.get(node.identifier, ""), f"i{node.identifier}", node.children
        is_part = bool(name and anchor)
        if is_part:
            yield Entry(anchor, name, level)
        if depth > 1:
            yield from _parts(inner, level + is_part, depth - 1)


def _values_apart(group: Sequence[Item]) -> tuple[str, ...]:
    """Return of each item the value of the concept by which most of them differ; "" where it has none."""
    concepts: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for at, item in enumerate(group):
        for child in item.children[:_LOOKED_AT]:
            if child.value_type in _TELLING and child.name is not None:
                concepts[child.name.value, child.name.scheme].setdefault(at, _told(child))
    best: dict[int, str] = {}
    most = 1
    for values in concepts.values():
        different = len(set(values.values()) - {""})
        if different > most and max(map(len, values.values())) <= _TELLING_MAX:
            best, most = values, different
    return tuple(best.get(at, "") for at in range(len(group)))


def _told(item: Item) -> str:
    """Return a value in as few words as there are."""
    if item.code is not None:
        return item.code.words
    numbers = (f"{measure.number} {measure.unit.words if measure.unit else ''}".strip() for measure in item.measures)
    return " ".join((item.text or next(numbers, "")).split())


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """Yield names, from the second that is the same on with its number."""
    count: Counter[str] = Counter()
    for name in names:
        count[name] += 1
        yield f"{name} ({count[name]})" if count[name] > 1 else name
