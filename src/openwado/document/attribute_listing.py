"""Every attribute of any object, as a list that a page shows: nested as in the object, nothing folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.attributes import Attributes
from openwado.dicom.block_reader import BlockReader
from openwado.dicom.elements import Span, read_elements
from openwado.dicom.file_start import read_file_meta
from openwado.dicom.readable import readable
from openwado.dicom.reader import DEFAULT_LIMITS, PIXEL_ELEMENTS, parse
from openwado.document.attribute_names import attribute_keyword, chinese_name, tag_text
from openwado.document.attribute_tree import AttributeTree, breaks_off
from openwado.document.html_text import escaped
from openwado.document.labels import label
from openwado.document.model import Code, Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.reader import Parsed
    from openwado.dicom.source import ByteSource
    from openwado.document.labels import Language
    from openwado.document.model import Paragraph

#: Attributes and items that one page lists, and characters of their values: a browser searches as many at once.
ITEMS_MAX: Final = 40_000
CHARACTERS_MAX: Final = 4_000_000

_PIXEL_TAGS: Final = {name: tag for tag, name in PIXEL_ELEMENTS.items()}
#: Items of a sequence, and sequences inside one another, that stand open at first.
_OPEN_ITEMS, _OPEN_DEPTH = 1, 2


class AttributeListing(NamedTuple):
    """What is listed.

    Attributes:
        meta: the file meta group (PS3.10 7.1).
        data_set: everything else, the pixel data as how many bytes they are.
        shortfalls: why something is missing.
    """

    meta: tuple[Item, ...]
    data_set: tuple[Item, ...]
    shortfalls: tuple[Paragraph, ...]


def read_listing(stored: ByteSource, language: Language, tail_offset: int | None = None) -> AttributeListing:
    """Read all attributes of an object.

    Args:
        stored: its bytes.
        language: of our own words.
        tail_offset: where its pixel data end, in the bytes that `parse` counts in; None if it is not known.

    Raises:
        CorruptObject: it cannot be read.
    """
    with readable("This object"):
        parsed = parse(stored)
        tree = AttributeTree(language, most=ITEMS_MAX, characters=CHARACTERS_MAX, folds_codes=False)
        meta = tree.of_data_set(read_file_meta(BlockReader(stored, DEFAULT_LIMITS)))
        data_set = (
            *tree.of_data_set(parsed.attributes),
            *_pixel_data(parsed, language),
            *tree.of_data_set(_behind_pixel_data(parsed, tail_offset)),
        )
        cut_off = parsed.pixel_data is None and breaks_off(parsed.attributes)
        return AttributeListing(meta, data_set, tuple(tree.shortfalls(breaks_off=cut_off)))


def _pixel_data(parsed: Parsed, language: Language) -> Iterator[Item]:
    found = parsed.pixel_data
    if found is None:
        return
    tag = _PIXEL_TAGS[found.element]
    words = label("encapsulated bytes" if found.undefined else "bytes", language)
    yield Item(
        value_type=found.vr or "OW",
        identifier="pixels",
        name=Code(
            {0x7FE00008: "Float Pixel Data", 0x7FE00009: "Double Float Pixel Data"}.get(tag, "Pixel Data"),
            tag_text(tag),
        ),
        text=f"{found.length} {words}",
    )


def _behind_pixel_data(parsed: Parsed, tail_offset: int | None) -> Attributes:
    """Return what follows the pixel data: signatures and padding, mostly nothing."""
    found, blocks = parsed.pixel_data, parsed.attributes.blocks
    tail = None if found is None else found.tail_offset if found.tail_offset is not None else tail_offset
    if tail is None or tail >= blocks.size:
        return Attributes(blocks, {}, parsed.coding)
    elements, _ = read_elements(blocks, Span(tail, blocks.size, parsed.coding))
    return Attributes(blocks, elements, parsed.coding)


def html_of_listing(listing: AttributeListing, language: Language) -> Iterator[str]:
    """Yield a listing as HTML, piece by piece: lists and details that a page puts into its own frame.

    Args:
        listing: what is listed.
        language: of our own words.
    """
    for paragraph in listing.shortfalls:
        yield f'<p class="shortfall">{escaped("".join(run.text for run in paragraph.runs))}</p>\n'
    for heading, items in (("file meta", listing.meta), ("data set", listing.data_set)):
        if items:
            yield f'<section class="part"><h2>{escaped(label(heading, language))}</h2>\n<ul class="attributes">\n'
            yield from _rows(items, language, 0)
            yield "</ul></section>\n"


def _rows(items: tuple[Item, ...], language: Language, depth: int) -> Iterator[str]:
    for item in items:
        if item.value_type == "SQ":
            yield from _sequence(item, language, depth)
        else:
            yield f'<li><div class="attribute">{_head(item, language)}{_value(item)}</div></li>\n'


def _sequence(item: Item, language: Language, depth: int) -> Iterator[str]:
    count = label("no items" if not item.children else "items", language).format(count=len(item.children))
    head = f'{_head(item, language)}<span class="count">{escaped(item.text or count)}</span>'
    if not item.children:
        yield f'<li><div class="attribute">{head}</div></li>\n'
        return
    yield f'<li>{_details(is_open=depth < _OPEN_DEPTH)}<summary class="attribute">{head}</summary>\n'
    yield '<ul class="items">\n'
    for number, child in enumerate(item.children):
        is_open = number < _OPEN_ITEMS and depth < _OPEN_DEPTH
        words = f"{child.name.words if child.name is not None else ''}{': ' if child.text else ''}{child.text}"
        yield f'<li>{_details(is_open=is_open)}<summary class="item" dir="auto">{escaped(words)}</summary>\n'
        yield '<ul class="attributes">\n'
        yield from _rows(child.children, language, depth + 1)
        yield "</ul></details></li>\n"
    yield "</ul></details></li>\n"


def _details(*, is_open: bool) -> str:
    return "<details open>" if is_open else "<details>"


def _head(item: Item, language: Language) -> str:
    """Return tag, VR and what the attribute is called."""
    name = item.name or Code("")
    tag = int(name.value.strip("()").replace(",", ""), 16)
    keyword = attribute_keyword(tag)
    chinese = chinese_name(keyword) if language == "zh-CN" else ""
    names = f"<b>{escaped(chinese or name.words)}</b>{f' <span>{escaped(name.words)}</span>' if chinese else ''}"
    known = f' <code class="keyword">{escaped(keyword)}</code>' if keyword else ""
    return (
        f'<code class="tag">{escaped(name.value)}</code> <abbr class="vr">{escaped(item.value_type)}</abbr> '
        f'<span class="named">{names}{known}</span> '
    )


def _value(item: Item) -> str:
    stored = f' <code class="stored">{escaped(item.stored)}</code>' if item.stored else ""
    return f'<span class="says"><span class="value" dir="auto">{escaped(item.text)}</span>{stored}</span>'
