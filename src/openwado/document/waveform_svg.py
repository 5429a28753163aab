"""Drawings of waveforms as SVG: no script, no style sheet, nothing from elsewhere."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_drawing import Strokes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from openwado.document.waveform_drawing import Drawing, Page, Text

#: Between pages, mm.
_GAP: Final = 4
#: What no XML document may hold (XML 1.0, 2.2), and what would steer the direction of the words around it (UAX 9).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\x7f-\x9f]")
_TYPE: Final = "'Noto Sans','Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"


def svg_of(drawing: Drawing) -> str:
    """Return a drawing as one SVG: its pages above each other, a unit of which is 1 mm."""
    width = max(page.width for page in drawing.pages)
    height = sum(page.height for page in drawing.pages) + _GAP * (len(drawing.pages) - 1)
    title = _written(drawing.title)
    body = "".join(_pages(drawing))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{title}" lang="{drawing.language}" '
        f'xml:lang="{drawing.language}" xml:space="preserve" font-family="{_TYPE}" stroke-linecap="round" '
        f'stroke-linejoin="round"><title>{title}</title>{body}</svg>'
    )


def _pages(drawing: Drawing) -> Iterator[str]:
    top = 0.0
    for page in drawing.pages:
        yield f'<g transform="translate(0 {top:g})">{_page(page)}</g>'
        top += page.height + _GAP


def _page(page: Page) -> str:
    ground = f'<rect width="{page.width:g}" height="{page.height:g}" fill="#fff"/>'
    return ground + "".join(_strokes(mark) if isinstance(mark, Strokes) else _text(mark) for mark in page.marks)


def _strokes(strokes: Strokes) -> str:
    path = "".join(map(_path, strokes.lines))
    return f'<path d="{path}" fill="none" stroke="{strokes.ink.hexadecimal}" stroke-width="{strokes.width:g}"/>'


def _path(points: NDArray[np.float64]) -> str:
    """Return a line of a path; hundredths of a millimetre are seen by nobody."""
    return "M" + " ".join(f"{x:.2f},{y:.2f}" for x, y in points.tolist())


def _text(text: Text) -> str:
    words = _written(text.words)
    if not words.strip():
        return ""
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    ground = ' stroke="#fff" stroke-width=".9" paint-order="stroke"' if text.has_ground else ""
    return (
        f'<text x="{text.x:.2f}" y="{text.y:.2f}" font-size="{text.size:g}" fill="{text.ink.hexadecimal}"'
        f'{anchor}{ground} textLength="{text.width:.2f}" lengthAdjust="spacingAndGlyphs">{words}</text>'
    )


def _written(words: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", words))
