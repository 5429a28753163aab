"""Paragraphs, tables and drawings of a PDF, from the top of a page to its end, and on to the next one."""

from __future__ import annotations

import io
import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from fpdf.errors import FPDFException

from openwado.document.blocks import Words, words_of
from openwado.document.pdf_runs import BOLD_STYLES, IDEOGRAPHS
from openwado.document.plain_text import line_slices
from openwado.render.fonts import drawable, font_of
from openwado.render.text_direction import is_right_to_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openwado.document.blocks import Drawing, Passage, Rows
    from openwado.document.pdf_canvas import Canvas
    from openwado.document.pdf_runs import Styles

#: Points: margins at the sides, above and below; lines of text, and one level of depth.
MARGIN: Final = 51.0
_TOP, _BOTTOM = 62.0, 56.0
_STEP: Final = 11.0
_DEEPEST: Final = 14
SIZE: Final = 9.0
#: Height of a line, and of what is above its base line, as parts of the size.
_LEADING: Final = 1.42
_ASCENT: Final = 1.07
_PADDING: Final = 3.0
_CELL_SIZE: Final = 8.5
#: Rows of a table that is not torn apart, and of a longer one that stay together at its beginning.
_ROWS_WHOLE, _ROWS_FIRST = 12, 2
#: Lines of a passage that stay with what leads to it: an image with its frames and its state has so many.
_LINES_FIRST: Final = 4
#: Columns that have room beside each other; what is beyond stands in the last one.
_COLUMNS_MAX: Final = 16
_COLUMN_MIN: Final = 20.0
#: Characters of a cell that are measured at once: more never have room.
_MEASURED: Final = 400
#: What is replaced, or no part of the drawing.
_UNDRAWN = re.compile(r'\bfont-family="[^"]*"|<(title|desc)>.*?</\1>', re.DOTALL)
_VIEW_BOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')

#: A line that is ready: text, styles, and whether it runs to the left.
Line = tuple[str, "Styles", bool]


class Flow:
    """Where the next line goes.

    Args:
        canvas: the pages.
        on_page: called when a page begins, to write what every page bears.
    """

    def __init__(self, canvas: Canvas, on_page: Callable[[], None]) -> None:
        self.canvas = canvas
        self.y = 0.0
        self._on_page = on_page
        self._places: dict[str, tuple[int, float]] = {}
        self._links: list[tuple[int, tuple[float, float, float, float], str]] = []
        self.new_page()

    @property
    def width(self) -> float:
        """Width between the margins."""
        return float(self.canvas.w) - 2 * MARGIN

    @property
    def room(self) -> float:
        """Height that is left on the page."""
        return float(self.canvas.h) - _BOTTOM - self.y

    def new_page(self) -> None:
        """Begin a page."""
        self.canvas.add_page()
        self._on_page()
        self.y = _TOP

    def space(self, height: float, then: float = 0) -> None:
        """Leave some height free, or begin a page where what follows has no room."""
        if self.room < height + then:
            self.new_page()
        elif self.y > _TOP:
            self.y += height

    def keep(self, height: float) -> None:
        """Begin a page where what must stay together has no room on this one."""
        if self.room < height and self.y > _TOP:
            self.new_page()

    def anchor(self, name: str) -> None:
        """Remember that a link to `name` leads here."""
        if name:
            self._places[name] = (self.canvas.page, self.y)

    def passage(self, passage: Passage, size: float = SIZE) -> None:
        """Write a passage."""
        left = MARGIN + _STEP * min(passage.depth, _DEEPEST)
        self.space(1.5, size * _LEADING)
        self.anchor(passage.anchor)
        if passage.mark:
            place = (left - _STEP, self.y + size * _ASCENT)
            mark = drawable(passage.mark)
            self.canvas.write_line(mark, ((len(mark), ""),), place, size)
        top = (self.canvas.page, self.y)
        for line in self.lines(passage.words, MARGIN + self.width - left, size):
            self.line(line, left, MARGIN + self.width, size)
        if not passage.words:
            self.y += size * _LEADING
        for words in passage.words:
            if words.address and top[0] == self.canvas.page:
                self._links.append(
                    (top[0], (left, top[1], MARGIN + self.width - left, self.y - top[1]), words.address[1:])
                )

    def line(self, line: Line, left: float, right: float, size: float) -> None:
        """Write one line, on the next page if there is no room for it."""
        height = size * _LEADING
        if self.room < height:
            self.new_page()
        self._write(line, (left, right), self.y, size)
        self.y += height

    def lines(self, words: Sequence[Words], width: float, size: float) -> Iterator[Line]:
        """Yield the lines of words that run on."""
        for parts in _own_lines(words):
            text = "".join(part for part, _ in parts)
            rtl = is_right_to_left("".join(part for part, style in parts if style != "relation"))
            styles, end = [], 0
            for part, style in parts:
                end += len(part)
                styles.append((end, style))
            measure = partial(self._measure, text, styles)
            for begin, stop in line_slices(text, width / size, width / size, measure):
                yield text[begin:stop], _within(styles, begin, stop), rtl

    def _measure(self, text: str, styles: Sequence[tuple[int, str]], begin: int, end: int) -> float:
        if len(styles) == 1:
            return self.canvas.measure(text[begin:end], bold=styles[0][1] in BOLD_STYLES)
        width, start = 0.0, begin
        for stop, style in styles:
            if stop > start and start < end:
                width += self.canvas.measure(text[start : min(stop, end)], bold=style in BOLD_STYLES)
                start = min(stop, end)
        return width

    def rows(self, rows: Rows) -> None:
        """Write a table: a short one on one page, the head of a longer one again on each."""
        self.keep(kept_of_rows(rows))
        left = MARGIN + _STEP * min(rows.depth, _DEEPEST)
        if rows.caption:
            for line in self.lines((Words(rows.caption, "bold"),), MARGIN + self.width - left, SIZE):
                self.line(line, left, MARGIN + self.width, SIZE)
        head, every = _narrowed(rows.head), [_narrowed(row) for row in rows.rows]
        if not head and not (every and every[0]):
            return
        columns = self._columns(head, [head, *every] if head else every, left)
        self.space(3)
        if head:
            self._row(head, columns, "bold", lambda: None)
        for row in every:
            self._row(row, columns, "", lambda: self._row(head, columns, "bold", lambda: None) if head else None)
        self.y += 4

    def _columns(self, head: Sequence[str], every: Sequence[Sequence[str]], left: float) -> list[tuple[float, float]]:
        """Return left and right edges of columns: as wide as their texts where there is room, else in proportion."""
        room = MARGIN + self.width - left
        widths = [_COLUMN_MIN] * len(every[0])
        for row in every:
            measure = partial(self.canvas.measure, bold=row is head)
            for at, cell in enumerate(row):
                if widths[at] < room:
                    longest = max(measure(drawable(line[:_MEASURED])) for line in cell.split("\n"))
                    widths[at] = min(max(widths[at], longest * _CELL_SIZE * 1.02 + 2 * _PADDING + 1), room)
        if sum(widths) > room:
            widths = _shrunk(widths, room)
        edges = [left + sum(widths[:at]) for at in range(len(widths) + 1)]
        return list(pairwise(edges))

    def _row(
        self, row: Sequence[str], columns: Sequence[tuple[float, float]], style: str, on_page: Callable[[], None]
    ) -> None:
        """Write a row, whose cells go on on the next page where they are longer than this one."""
        cells = [
            list(self.lines((Words(cell, style),), right - left - 2 * _PADDING, _CELL_SIZE)) if cell else []
            for cell, (left, right) in zip(row, columns, strict=True)
        ]
        height = _CELL_SIZE * _LEADING
        count, done = max(1, *map(len, cells)), 0
        while done < count:
            if self.room < height + _PADDING:
                self.new_page()
                on_page()
            part = max(1, min(count - done, int((self.room - _PADDING) / height)))
            if style:
                self.canvas.fill(columns[0][0], self.y, columns[-1][1] - columns[0][0], part * height + _PADDING, 0.93)
            for lines, (left, right) in zip(cells, columns, strict=True):
                for at, line in enumerate(lines[done : done + part]):
                    self._write(line, (left + _PADDING, right - _PADDING), self.y + 1 + at * height, _CELL_SIZE)
            self.y += part * height + _PADDING
            self.canvas.fill(columns[0][0], self.y - 0.4, columns[-1][1] - columns[0][0], 0.4, 0.7)
            done += part

    def _write(self, line: Line, sides: tuple[float, float], top: float, size: float) -> None:
        text, styles, rtl = line
        if text:
            self.canvas.write_line(text, styles, (sides[rtl], top + size * _ASCENT), size, rtl=rtl)

    def drawing(self, drawing: Drawing) -> None:
        """Draw a figure as wide as the page, and say what it shows; one that cannot be drawn is said only."""
        left = MARGIN + _STEP * min(drawing.depth, _DEEPEST)
        width = MARGIN + self.width - left
        found = _VIEW_BOX.search(drawing.svg)
        sides = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
        if all(sides):
            scale = min(width / sides[0], 0.7 * float(self.canvas.h) / sides[1])
            self.space(6, sides[1] * scale + 2 * SIZE * _LEADING)
            self._draw(self._with_font(drawing), left, sides[0] * scale, sides[1] * scale)
        for line in self.lines((Words(drawing.caption, "relation"),), width, SIZE):
            self.line(line, left, MARGIN + self.width, SIZE)

    def _with_font(self, drawing: Drawing) -> str:
        """Return SVG whose words are written in one of our fonts."""
        words = drawable("".join(words_of(drawing)))
        family = self.canvas.family(IDEOGRAPHS if any((font_of(letter) or 0) == IDEOGRAPHS for letter in words) else 0)
        return re.sub(r"<svg\b", f'<svg font-family="{family}"', _UNDRAWN.sub("", drawing.svg), count=1)

    def _draw(self, svg: str, left: float, width: float, height: float) -> None:
        """Draw SVG; what fpdf2 does not know of it is left out."""
        try:
            self.canvas.image(io.BytesIO(svg.encode()), left, self.y, width, height)
        except (ValueError, LookupError, TypeError, ArithmeticError, SyntaxError, OSError, FPDFException):
            return
        self.y += height + 4

    def link(self) -> None:
        """Make links of what leads to a place that was found."""
        for page, (x, y, width, height), name in self._links:
            if name in self._places:
                self.canvas.page = page
                found = self.canvas.add_link(page=self._places[name][0], y=self._places[name][1])
                self.canvas.link(x, y, width, height, found)


def kept_of_rows(rows: Rows) -> float:
    """Return the height of what is not torn apart of a table whose cells are one line each."""
    count = len(rows.rows) if len(rows.rows) <= _ROWS_WHOLE else _ROWS_FIRST
    caption = SIZE * _LEADING if rows.caption else 0
    return caption + 3 + (bool(rows.head) + count) * (_CELL_SIZE * _LEADING + _PADDING)


def kept_of_passage(passage: Passage) -> float:
    """Return the height of the first lines of a passage, whose lines are as it has them itself."""
    lines = 1 + sum(part.text.count("\n") for part in passage.words)
    return 1.5 + SIZE * _LEADING * min(lines, _LINES_FIRST)


def _own_lines(words: Sequence[Words]) -> Iterator[list[tuple[str, str]]]:
    """Yield the lines that the words have themselves, as texts that can be drawn and their styles."""
    line: list[tuple[str, str]] = []
    for part in words:
        first, *others = part.text.split("\n")
        line.append((drawable(first), part.style))
        for other in others:
            yield line
            line = [(drawable(other), part.style)]
    yield line


def _within(ends: Sequence[tuple[int, str]], begin: int, end: int) -> Styles:
    """Return the styles of a slice."""
    found = tuple((min(stop, end) - begin, style) for stop, style in ends if stop > begin)
    return found[: next((at for at, (stop, _) in enumerate(found) if stop == end - begin), len(found)) + 1]


def _narrowed(row: Sequence[str]) -> tuple[str, ...]:
    if len(row) <= _COLUMNS_MAX:
        return tuple(row)
    return (*row[: _COLUMNS_MAX - 1], "\n".join(filter(None, row[_COLUMNS_MAX - 1 :])))


def _shrunk(widths: Sequence[float], room: float) -> list[float]:
    """Return widths that have room: narrow columns keep theirs, wide ones share what is left."""
    kept: list[float] = []
    left, open_columns = room, len(widths)
    for width in sorted(widths):
        fair = left / open_columns
        kept.append(min(width, fair))
        left -= kept[-1]
        open_columns -= 1
    limit = max(kept)
    return [min(width, limit) for width in widths]
