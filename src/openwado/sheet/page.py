"""A page of a contact sheet: where the tiles are, and how pictures, refusals and labels look."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

PAPER = (228, 228, 228)
MOUNT = (128, 128, 128)
INK = (16, 16, 16)
REFUSAL = (250, 210, 196)
REFUSAL_INK = (128, 16, 0)

#: Pixels between tiles, and around them.
GAP = 8

_LABEL_LINES = 3
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_SHORTER_HEAD = 3  # the end of a file's name says more than its beginning: that gets one third of what is left


@dataclass(frozen=True, slots=True)
class Layout:
    """How a page is laid out.

    Attributes:
        tile: side of the square that each picture fits into, pixels.
        columns: most tiles beside each other.
        rows: most rows of tiles of a page.
    """

    tile: int = 256
    columns: int = 8
    rows: int = 8

    @property
    def tiles(self) -> int:
        """Most tiles of a page."""
        return self.columns * self.rows

    @property
    def font_size(self) -> int:
        """Size of the labels' font, pixels."""
        return max(9, self.tile // 22)

    @property
    def row_height(self) -> int:
        """Height of a tile with its label and the gap below, pixels."""
        return self.tile + _LABEL_LINES * _line_height(self.font_size) + GAP

    def size(self, count: int) -> tuple[int, int]:
        """Return width and height of a page with so many tiles: no wider and no higher than they need."""
        columns, rows = min(count, self.columns), -(-count // self.columns)
        return GAP + columns * (self.tile + GAP), GAP + rows * self.row_height

    def corner(self, place: int) -> tuple[int, int]:
        """Return left and top of the tile at a place, from 0, row by row."""
        row, column = divmod(place, self.columns)
        return GAP + column * (self.tile + GAP), GAP + row * self.row_height


class Page:
    """A page, filled tile by tile.

    Args:
        layout: where the tiles are.
        count: how many there will be.
    """

    def __init__(self, layout: Layout, count: int) -> None:
        self.image = Image.new("RGB", layout.size(count), PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._layout = layout
        self._filled = 0

    def add_picture(self, png: bytes, label: tuple[str, str, str]) -> None:
        """Add a picture, in the middle of its tile; it is not larger than that."""
        left, top = self._begin(MOUNT, label)
        with Image.open(io.BytesIO(png)) as picture:
            picture.load()
            right, down = ((self._layout.tile - side) // 2 for side in picture.size)
            self.image.paste(picture.convert("RGB"), (left + right, top + down))

    def add_refusal(self, status: int, sentence: str, label: tuple[str, str, str]) -> None:
        """Add a tile that says why there is no picture."""
        left, top = self._begin(REFUSAL, label)
        size = self._layout.font_size
        room = self._layout.tile - 2 * GAP
        self._write(left + GAP, top + GAP, str(status), 2 * size, REFUSAL_INK)
        first = GAP + _line_height(2 * size)
        most = max(0, (self._layout.tile - GAP - first) // _line_height(size))
        for number, line in enumerate(wrapped(sentence, room, size, most)):
            self._write(left + GAP, top + first + number * _line_height(size), line, size, REFUSAL_INK)

    def _begin(self, color: tuple[int, int, int], label: tuple[str, str, str]) -> tuple[int, int]:
        """Lay the next tile's ground, write its label, and return its corner."""
        left, top = self._layout.corner(self._filled)
        self._filled += 1
        side, size = self._layout.tile, self._layout.font_size
        self._draw.rectangle((left, top, left + side - 1, top + side - 1), fill=color)
        for number, line in enumerate(label):
            below = top + side + number * _line_height(size)
            self._write(left, below, shortened(line, side, size), size, INK)
        return left, top

    def _write(self, left: int, top: int, text: str, size: int, color: tuple[int, int, int]) -> None:
        self._draw.text((left, top), text, fill=color, font=_font(size))


def writable(text: str) -> str:
    """Return a text with escapes for what the font has not: all but ASCII, the middle dot and the ellipsis."""
    return "".join(
        character
        if character in (_ELLIPSIS, "\N{MIDDLE DOT}")
        else character.encode("unicode_escape").decode("ascii")
        if not character.isascii() or not character.isprintable()
        else character
        for character in text
    )


def shortened(text: str, room: int, size: int) -> str:
    """Return a text that is not wider than some pixels: what is left out is in the middle.

    Args:
        text: of one line.
        room: pixels.
        size: of the font.
    """
    text = writable(text)
    if _width(text, size) <= room:
        return text
    for kept in range(min(len(text) - 1, room), 0, -1):
        head = kept // _SHORTER_HEAD
        candidate = text[:head] + _ELLIPSIS + text[len(text) - kept + head :]
        if _width(candidate, size) <= room:
            return candidate
    return ""


def wrapped(text: str, room: int, size: int, most: int) -> list[str]:
    """Return a text as lines not wider than some pixels, at most so many; an ellipsis ends what is cut."""
    lines = list(_lines(text, room, size))
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], shortened(f"{lines[most - 1]} {_ELLIPSIS}", room, size)] if most else []


def _lines(text: str, room: int, size: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {shortened(word, room, size)}".lstrip()
        if line and _width(longer, size) > room:
            yield line
            longer = shortened(word, room, size)
        line = longer
    if line:
        yield line


def _width(text: str, size: int) -> float:
    return _font(size).getlength(text)


@cache
def _line_height(size: int) -> int:
    ascent, descent = _font(size).getmetrics()
    return ascent + descent


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow has no FreeType here, which its scalable font needs")
    return font
