"""A document on pages of PDF: what every page bears, the head, and block by block the body."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from openwado.document.blocks import Drawing, Heading, Passage, Rows, Words, texts_of
from openwado.document.contents import names_below
from openwado.document.document_blocks import blocks_of
from openwado.document.labels import LABELS, fact_value, label
from openwado.document.model import Code
from openwado.document.pdf_canvas import Canvas
from openwado.document.pdf_flow import MARGIN, SIZE, Flow, kept_of_passage, kept_of_rows
from openwado.document.plain_text import cleaned
from openwado.document.wording import code_words, flag_words, patient_of
from openwado.render.fonts import drawable
from openwado.render.text_direction import is_right_to_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.document.blocks import Block
    from openwado.document.labels import Language
    from openwado.document.model import Document, FactGroup

#: Sizes of headings by level, 0 for the title.
_SIZES: Final = {0: 16.0, 1: 12.5, 2: 11.0, 3: 10.0}
#: What stays on the page of a heading, in its size: another heading, and the first rows of a table.
_KEPT_WITH_HEADING: Final = 6.5
#: Height of a heading with the space before it, in its size; blocks that stay together, and their height at most.
_HEADING_HEIGHT: Final = 2.5
_KEPT_BLOCKS: Final = 4
_KEPT_MAX: Final = 300.0
_SMALL: Final = 7.5
_ALWAYS: Final = "".join(map(chr, range(32, 127))) + "…\ufffd"
#: Entries of the outline: more make no reader find anything.
_OUTLINE_MAX: Final = 2000
_GROUPS_MAX: Final = 3
_GUTTER: Final = 14.0


class PdfWriter:
    """Writes one document.

    Args:
        document: what it says.
        language: of our own words.
    """

    def __init__(self, document: Document, language: Language) -> None:
        self.document = document
        self.language = language
        self.title = cleaned(document.title).replace("\n", " ") or label("untitled", language)
        self.blocks = list(blocks_of(document, language))
        self.names = names_below(document.nodes)
        self.canvas = Canvas(frozenset(self._characters()), language)
        self.canvas.set_title(self.title)
        self.flow = Flow(self.canvas, self._running_head)
        self.headings = 0

    def written(self) -> bytes:
        """Return the file."""
        self._head()
        for at, block in enumerate(self.blocks):
            self.flow.keep(self._kept(at))
            self._block(block)
        if not self.blocks:
            self.flow.passage(Passage((Words(label("no content", self.language)),)))
        self.flow.link()
        self._footers()
        return self.canvas.finished()

    def _characters(self) -> set[str]:
        """Return all characters that may be written: those of the document, of our words, and of numbers."""
        found = set(_ALWAYS)
        for labels in LABELS.values():
            found.update(*labels.values())
        document = self.document
        found.update(
            drawable(code_words(document.title_code or Code(""))), drawable(self.title), drawable(document.kind)
        )
        for flag in document.flags:
            found.update(drawable(flag.label), drawable(flag.value))
        for group in document.groups:
            found.update(drawable(label(group.label, self.language)))
            for fact in group.facts:
                found.update(drawable(label(fact.label, self.language)), drawable(fact.value))
        for block in self.blocks:
            found.update(*map(drawable, texts_of(block)))
        return found

    def _kept(self, at: int) -> float:
        """Return the height of a block with what stays on its page: headings and what follows, a line and its table."""
        height = 0.0
        for block, after in pairwise((*self.blocks[at : at + _KEPT_BLOCKS], None)):
            match block:
                case Heading():
                    height += _SIZES.get(block.level, SIZE) * _HEADING_HEIGHT
                    continue
                case Passage():
                    height += kept_of_passage(block)
                    if isinstance(after, Rows):
                        continue
                case Rows():
                    height += kept_of_rows(block)
            break
        return height if height < _KEPT_MAX else 0.0

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Passage():
                self.flow.passage(block)
            case Rows():
                self.flow.rows(block)
            case Drawing():
                self.flow.drawing(block)

    def _heading(self, heading: Heading) -> None:
        size = _SIZES.get(heading.level, SIZE)
        self.flow.space(size * 0.8, size * _KEPT_WITH_HEADING)
        self.flow.anchor(heading.anchor)
        self.headings += 1
        if self.headings <= _OUTLINE_MAX and heading.text.strip():
            self.canvas.y = self.flow.y
            name = cleaned(self.names.get(heading.identifier, heading.text)).replace("\n", " ")
            self.canvas.start_section(name, min(heading.level, 3) - 1, strict=False)
        self.flow.passage(Passage((Words(heading.text, "title"),), heading.depth), size)

    def _head(self) -> None:
        """Write title, flags and facts."""
        code = self.document.shown_code
        title = cleaned(code_words(code)) if code is not None and code.value else self.title
        self.flow.passage(Passage((Words(title, "title"),)), _SIZES[0])
        self.flow.passage(Passage((Words(cleaned(self.document.kind), "relation"),)))
        for flag in self.document.flags:
            style = "warning" if flag.is_warning else ""
            self.flow.passage(Passage((Words(cleaned(flag_words(flag, self.language)), style),)), 10)
        groups = self.document.groups
        for at in range(0, len(groups), _GROUPS_MAX):
            self._facts(groups[at : at + _GROUPS_MAX])
        self.flow.space(6)

    def _facts(self, groups: Sequence[FactGroup]) -> None:
        """Write groups of facts beside each other; too long ones below each other."""
        width = (self.flow.width - _GUTTER * (_GROUPS_MAX - 1)) / _GROUPS_MAX
        columns = [list(self.flow.lines(self._fact_words(group), width, _SMALL + 1)) for group in groups]
        height = 12.0 * max(map(len, columns))
        self.flow.space(8, min(height, 400))
        if height > self.flow.room:
            for lines in columns:
                for line in lines:
                    self.flow.line(line, MARGIN, MARGIN + self.flow.width, _SMALL + 1)
            return
        top = self.flow.y
        self.canvas.fill(MARGIN, top - 2, self.flow.width, 0.6, 0.6)
        ends = []
        for at, lines in enumerate(columns):
            self.flow.y = top + 2
            for line in lines:
                left = MARGIN + at * (width + _GUTTER)
                self.flow.line(line, left, left + width, _SMALL + 1)
            ends.append(self.flow.y)
        self.flow.y = max(ends) + 4
        self.canvas.fill(MARGIN, self.flow.y, self.flow.width, 0.6, 0.6)
        self.flow.y += 4

    def _fact_words(self, group: FactGroup) -> tuple[Words, ...]:
        words = [Words(label(group.label, self.language), "title")]
        for fact in group.facts:
            words.append(Words(f"\n{label(fact.label, self.language)}: ", "relation"))
            words.append(Words(cleaned(fact_value(fact, self.language))))
        return tuple(words)

    def _running_head(self) -> None:
        """Write title and patient above a page, so that no sheet is taken for another patient's."""
        for text, is_right in ((self.title, False), (patient_of(self.document), True)):
            shown = self._cut(text, self.canvas.w / 2 - MARGIN - _GUTTER)
            width = self.canvas.measure(shown) * _SMALL
            rtl = is_right_to_left(shown)
            left = self.canvas.w - MARGIN - width if is_right else MARGIN
            if shown:
                begin = left + width if rtl else left
                self.canvas.write_line(shown, ((len(shown), "relation"),), (begin, 40), _SMALL, rtl=rtl)
        self.canvas.fill(MARGIN, 45, self.canvas.w - 2 * MARGIN, 0.4, 0.7)

    def _cut(self, text: str, width: float) -> str:
        """Return as much of a text as has room."""
        shown = drawable(text[:200])
        while shown and self.canvas.measure(shown) * _SMALL > width:
            shown = shown.removesuffix("…")[:-1].rstrip() + "…"
        return shown

    def _footers(self) -> None:
        """Write the numbers of pages, whose count is known now."""
        count = self.canvas.pages_count
        for number in range(1, count + 1):
            self.canvas.page = number
            text = f"{number} / {count}"
            place = (self.canvas.w / 2 - self.canvas.measure(text) * _SMALL / 2, self.canvas.h - 30)
            self.canvas.write_line(text, ((len(text), "relation"),), place, _SMALL)
