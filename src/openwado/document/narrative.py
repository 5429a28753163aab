"""Narrative blocks of clinical documents (HL7 CDA R2 4.3.5, and R1 body): text in paragraphs, lists and tables.

No text is lost: what is unknown is passed through for what is in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.document.labels import label
from openwado.document.model import Paragraph, Run
from openwado.document.narrative_blocks import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from openwado.document.labels import Language
    from openwado.document.model import Node
    from openwado.document.xml_tree import XmlElement

#: Style codes (CDA R2 4.3.5.11) and elements to styles of runs.
_STYLE_CODES: Final = {"bold": "bold", "italics": "italic", "emphasis": "italic", "underline": "underline"}
_STYLES_OF_ELEMENTS: Final = {
    "sub": "sub",
    "sup": "sup",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
}
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_LINE: Final = Run("\n")
#: Characters up to which a run grows by what follows in the same style.
_JOINED_MAX: Final = 4096


def anchor(identifier: str) -> str:
    """Return the name of a place for an ID of the document, which can be no name of a place of ours."""
    return f"doc-{_NOT_IN_NAMES.sub('_', identifier)}" if identifier else ""


class Narrative:
    """Turns blocks of one document into nodes.

    Args:
        media: what renderMultiMedia shows, in words, by ID (CDA R2 4.3.5.5).
        language: of our own words.
    """

    def __init__(self, media: Mapping[str, str], language: Language) -> None:
        self.media = media
        self.language = language
        self.footnotes: list[Node] = []
        self._notes_by_id: dict[str, int] = {}
        self._number_of_notes = 0

    def nodes(self, parts: Iterable[XmlElement | str]) -> tuple[Node, ...]:
        """Return the nodes of mixed content."""
        flow = _Flow(self)
        flow.take_all(parts, "")
        return flow.finish()

    def paragraph(self, element: XmlElement) -> tuple[Node, ...]:
        """Return the nodes of an element whose ID is a place."""
        flow = _Flow(self)
        flow.take_block(element)
        return flow.finish()

    def take_footnotes(self) -> tuple[Node, ...]:
        """Return the footnotes since the last time, to stand below the text."""
        found = tuple(self.footnotes)
        self.footnotes.clear()
        return found

    def number_of(self, identifier: str) -> int:
        """Return the number of a footnote: each has one, whether it or a reference to it comes first."""
        if identifier and identifier in self._notes_by_id:
            return self._notes_by_id[identifier]
        self._number_of_notes += 1
        if identifier:
            self._notes_by_id[identifier] = self._number_of_notes
        return self._number_of_notes


class _Flow:
    """Runs that become paragraphs, and what stands between them."""

    def __init__(self, narrative: Narrative) -> None:
        self._narrative = narrative
        self._nodes: list[Node] = []
        self._runs: list[Run] = []
        self._anchor = ""

    def finish(self) -> tuple[Node, ...]:
        self._end_paragraph()
        return tuple(self._nodes)

    def take_block(self, element: XmlElement) -> None:
        self._anchor = anchor(element.get("ID"))
        self._content(element, "", "")

    def take_all(self, parts: Iterable[XmlElement | str], style: str, address: str = "") -> None:
        for part in parts:
            if isinstance(part, str):
                self._write(part, style, address)
            else:
                self._take(part, style, address)

    def _take(self, element: XmlElement, style: str, address: str) -> None:
        block = BLOCKS.get(element.name)
        if block is not None:
            self._end_paragraph()
            self._nodes.extend(block(self._narrative, element))
            return
        self._anchor = self._anchor or anchor(element.get("ID"))
        own = _INLINE.get(element.name)
        if own is not None:
            own(self, element, style, address)
        else:
            self._content(element, style, address)

    def _content(self, element: XmlElement, style: str, address: str) -> None:
        """Take content, or what is unknown: struck text says so (CDA R2 4.3.5.1)."""
        deleted = element.get("revised").lower() == "delete"
        if deleted:
            self._write(f"[{label('deleted', self._narrative.language)} ", style, address)
        self.take_all(element.parts, _style_of(element) or style, address)
        if deleted:
            self._write("]", style, address)

    def caption(self, element: XmlElement, _style: str, address: str) -> None:
        self.take_all(element.parts, "bold", address)
        self._write(" ", "", "")

    def line(self, _element: XmlElement, _style: str, _address: str) -> None:
        self._trim()
        self._runs.append(_LINE)

    def link(self, element: XmlElement, style: str, _address: str) -> None:
        """Take a link: places in the document are followed, other addresses are only shown (CDA R2 4.3.5.2)."""
        target = element.get("href")
        address = f"#{anchor(target[1:])}" if target.startswith("#") else target
        before = len(self._runs)
        self.take_all(element.parts, style, address)
        if target and not any(run.text.strip() for run in self._runs[before:]):
            self._write(target, style, address)

    def footnote(self, element: XmlElement, style: str, _address: str) -> None:
        """Leave a number, and put the note aside (CDA R2 4.3.5.6)."""
        narrative = self._narrative
        number = narrative.number_of(element.get("ID"))
        place = f"doc-note-{number}"
        self._write(f"[{number}]", "sup", f"#{place}")
        note = _Flow(narrative)
        note.take_all(element.parts, style)
        nodes = note.finish()
        marked = Run(f"[{number}] ", "sup")
        first = nodes[0] if nodes else None
        if isinstance(first, Paragraph):
            narrative.footnotes += [Paragraph((marked, *first.runs), place), *nodes[1:]]
        else:
            narrative.footnotes += [Paragraph((marked,), place), *nodes]

    def footnote_reference(self, element: XmlElement, _style: str, _address: str) -> None:
        number = self._narrative.number_of(element.get("IDREF"))
        self._write(f"[{number}]", "sup", f"#doc-note-{number}")

    def media(self, element: XmlElement, style: str, address: str) -> None:
        """Say what is shown there: caption, and what the entry says of it."""
        names = element.get("referencedObject").split()
        shown = [self._narrative.media.get(name, name) for name in names]
        words = [element.text, *shown]
        said = ", ".join(word for word in words if word)
        self._write(f"[{label('picture', self._narrative.language)}{': ' if said else ''}{said}]", style, address)

    def _write(self, text: str, style: str, address: str) -> None:
        text = _SPACE.sub(" ", text)
        if not self._runs or self._runs[-1].text.endswith((" ", "\n")):
            text = text.removeprefix(" ")
        if not text:
            return
        last = self._runs[-1] if self._runs else _LINE
        if last is not _LINE and (last.style, last.address) == (style, address) and len(last.text) < _JOINED_MAX:
            text = self._runs.pop().text + text
        self._runs.append(Run(text, style, address))

    def _trim(self) -> None:
        """Take away a space at the end."""
        if self._runs and self._runs[-1] is not _LINE:
            last = self._runs.pop()
            if text := last.text.rstrip(" "):
                self._runs.append(Run(text, last.style, last.address))

    def _end_paragraph(self) -> None:
        self._trim()
        if self._runs:
            self._nodes.append(Paragraph(tuple(self._runs), self._anchor))
            self._anchor = ""
        self._runs = []


def _style_of(element: XmlElement) -> str:
    codes = (_STYLE_CODES.get(code.lower()) for code in element.get("styleCode").split())
    return _STYLES_OF_ELEMENTS.get(element.name) or next(filter(None, codes), "")


_INLINE: Final[Mapping[str, Callable[[_Flow, XmlElement, str, str], None]]] = {
    "br": _Flow.line,
    "caption": _Flow.caption,
    "linkHtml": _Flow.link,
    "link_html": _Flow.link,
    "footnote": _Flow.footnote,
    "footnoteRef": _Flow.footnote_reference,
    "renderMultiMedia": _Flow.media,
}
