"""A drawing of waveforms: pages in millimetres from their upper left corner, with strokes and lines of text on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from openwado.render.typeface import drawn_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Pixels of a millimetre of a picture, and of the measuring of texts.
PIXELS_PER_MM: Final = 8
#: Height of capitals as a part of the size of type.
CAPS: Final = 0.714
#: From one line of text to the next, as a part of the size of type.
LEADING: Final = 1.45

Anchor = Literal["start", "middle", "end"]


class Ink(Enum):
    """What things are drawn in: red, green, blue."""

    FINE_GRID = (250, 222, 217)
    GRID = (240, 176, 168)
    TRACE = (10, 10, 20)
    TEXT = (20, 20, 24)
    QUIET = (95, 95, 105)
    MARKER = (0, 84, 166)
    RULE = (190, 190, 198)

    @property
    def hexadecimal(self) -> str:
        """As SVG writes it."""
        return "#" + "".join(f"{part:02x}" for part in self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Lines of one width and ink.

    Attributes:
        lines: each of shape (points, 2): x and y, mm.
        ink: its colour.
        width: mm.
    """

    lines: tuple[NDArray[np.float64], ...]
    ink: Ink
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text.

    Attributes:
        x, y: of its anchor on the base line, mm.
        words: in logical order.
        size: of type, mm.
        ink: its colour.
        anchor: which end of the text stands at x.
        has_ground: whether white is around the letters, so that they are read on a trace.
    """

    x: float
    y: float
    words: str
    size: float
    ink: Ink = Ink.TEXT
    anchor: Anchor = "start"
    has_ground: bool = False

    @property
    def width(self) -> float:
        """Length in the type of our own pictures, mm."""
        return text_width(self.words, self.size)

    @property
    def left(self) -> float:
        """Where it begins, mm."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width


Mark = Strokes | Text


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page.

    Attributes:
        width, height: mm.
        marks: in the order in which they are drawn.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Pages, and what they are called.

    Attributes:
        title: for those who do not see it, too.
        language: of our words, as BCP 47 writes it.
        pages: at least one.
    """

    title: str
    language: str
    pages: tuple[Page, ...]

    def first(self, pages: int) -> Drawing:
        """Return the first so many pages."""
        return replace(self, pages=self.pages[:pages])


def text_width(words: str, size: float) -> float:
    """Return the length of a line of text, mm."""
    return _columns(words, caps_pixels(size)) / PIXELS_PER_MM


def caps_pixels(size: float) -> int:
    """Return the height of capitals, pixels, for a size of type, mm."""
    return max(1, round(size * CAPS * PIXELS_PER_MM))


@lru_cache(maxsize=4096)
def _columns(words: str, caps: int) -> int:
    return drawn_line(words, caps).width if words.strip() else 0


def fitted(words: str, width: float, size: float) -> str:
    """Return a text, or the longest beginning of it with an ellipsis, that is no longer than so many mm."""
    words = words[: max(1, round(8 * width / size))]
    if text_width(words, size) <= width:
        return words
    shortest, longest = 0, len(words)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if text_width(f"{words[:middle].rstrip()}…", size) <= width:
            shortest = middle
        else:
            longest = middle - 1
    return f"{words[:shortest].rstrip()}…" if shortest else ""


def wrapped(words: str, width: float, size: float, most: int) -> list[str]:
    """Return the lines of a text that are no longer than so many mm; the last of `most` lines is cut."""
    lines: list[str] = []
    rest = " ".join(words.split())
    while rest and len(lines) < most - 1 and text_width(rest[: round(8 * width / size)], size) > width:
        piece = fitted(rest, width, size).removesuffix("…")
        if not piece:
            break
        breakable = piece.rfind(" ")
        end = breakable if breakable > len(piece) // 2 and rest[len(piece)] != " " else len(piece)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, fitted(rest, width, size)] if rest and most > 0 else lines
