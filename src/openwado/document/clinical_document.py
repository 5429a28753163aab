"""Clinical documents (HL7 CDA R2 and R1) by a transformation of our own: no style sheet is ever run (REQ-TXT-7)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from openwado.document.clinical_header import header_groups
from openwado.document.clinical_words import code_of
from openwado.document.labels import label
from openwado.document.model import Document, Paragraph, Run, Section
from openwado.document.narrative import Narrative, anchor
from openwado.document.xml_tree import read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.document.labels import Language
    from openwado.document.model import Code, Node
    from openwado.document.xml_tree import XmlElement

#: What a section has besides its narrative: it is read by programs, or said in the header.
_FOR_PROGRAMS: Final = frozenset(
    {"id", "templateId", "realmCode", "typeId", "code", "title", "languageCode", "confidentialityCode", "caption_cd"}
)
_ENTRIES: Final = frozenset({"entry", "coded_entry"})
_SECTIONS: Final = frozenset({"section", "component"})
_PARTICIPATIONS: Final = frozenset({"author", "informant", "subject"})


def read_clinical_document(xml: bytes, language: Language = "en") -> Document:
    """Return a clinical document: header, sections, narrative. Of other XML documents, their text.

    Args:
        xml: the document.
        language: of our own words.

    Raises:
        CorruptObject: it cannot be read as XML, has a document type, or exceeds a bound.
    """
    root = read_xml(xml)
    body = _Body(root, language)
    header = root.find("clinical_document_header") or root
    code = code_of(header.find("code") or header.find("document_type_cd"))
    title = header.find("title") or root.find("body", "title")
    words = title.text if title is not None else ""
    return Document(
        title=words or (code.words if code is not None else ""),
        title_code=code,
        groups=header_groups(root, language),
        nodes=tuple(body.nodes(root)),
    )


class _Body:
    """Makes nodes of the body of one document."""

    def __init__(self, root: XmlElement, language: Language) -> None:
        self._language: Language = language
        self._narrative = Narrative(_media(root, language), language)

    def nodes(self, root: XmlElement) -> Iterator[Node]:
        """Yield the nodes of the body (R2: components of a structured body, or what is no XML; R1: sections)."""
        found = False
        for holder in (*root.children("component"), root):
            for body in holder.children("structuredBody", "nonXMLBody", "body"):
                found = True
                yield from self._body(body)
        if not found:
            yield from self._foreign(root)

    def _body(self, body: XmlElement) -> Iterator[Node]:
        if body.name == "nonXMLBody":
            yield from self._not_xml(body.find("text"))
            return
        for child in body.children():
            if child.name == "non_xml":
                yield from self._not_xml(child)
            elif child.name in _SECTIONS:
                yield from self._sections(child)
            elif child.name not in _FOR_PROGRAMS:
                yield from self._narrative.nodes([child])
        yield from self._narrative.take_footnotes()

    def _sections(self, element: XmlElement) -> Iterator[Node]:
        """Yield a section, or those of a component; what else a component holds is passed through."""
        if element.name == "section":
            yield self._section(element)
            return
        for child in element.children():
            if child.name in _SECTIONS:
                yield from self._sections(child)
            else:
                yield from self._narrative.nodes([child])

    def _section(self, section: XmlElement) -> Section:
        title = section.find("title") or section.find("caption")
        code = code_of(section.find("code") or (title.find("caption_cd") if title is not None else None))
        nodes = [node for part in section.parts if part is not title for node in self._part(part)]
        nodes += self._narrative.take_footnotes()
        nodes += self._entries(section)
        heading = title.text if title is not None else ""
        return Section(heading or _words(code), tuple(nodes), code, anchor(section.get("ID")))

    def _part(self, part: XmlElement | str) -> Iterator[Node]:
        if isinstance(part, str):
            yield from self._narrative.nodes([part])
        elif part.name in _SECTIONS:
            yield from self._narrative.take_footnotes()
            yield from self._sections(part)
        elif part.name == "text":
            yield from self._narrative.nodes(part.parts)
        elif part.name not in _FOR_PROGRAMS | _ENTRIES | _PARTICIPATIONS:
            yield from self._narrative.nodes([part])

    def _entries(self, section: XmlElement) -> Iterator[Node]:
        """Yield a sentence where a section has entries, but nothing that people could read (CDA R2 4.3.4)."""
        text = section.find("text")
        if section.find("entry") is not None and (text is None or not text.text):
            count = sum(1 for _ in section.children("entry"))
            yield self._sentence("only entries", count=str(count))

    def _not_xml(self, text: XmlElement | None) -> Iterator[Node]:
        """Yield a body that is no XML (CDA R2 4.3.1.1): plain text as it is, of others what they are."""
        if text is None:
            return
        media_type = (text.get("mediaType") or text.get("MT") or "text/plain").lower()
        reference = text.find("reference") or text.find("REF")
        if reference is not None:
            address = reference.get("value") or reference.get("V")
            yield self._sentence("body elsewhere", address=address, type=media_type)
            return
        written = "".join(text.pieces())
        if text.get("representation").upper() == "B64" or text.get("RP").upper() == "B64":
            data = _from_base64(written)
            written = data.decode("utf-8", "replace") if media_type == "text/plain" else ""
            size = len(data)
        else:
            size = len(written.encode())
        if media_type == "text/plain":
            for line in written.split("\n"):
                if line.strip():
                    yield Paragraph((Run(line.strip("\r")),))
        else:
            yield self._sentence("body of another type", type=media_type, count=str(size))

    def _foreign(self, root: XmlElement) -> Iterator[Node]:
        """Yield the text of a document that is no clinical document: a paragraph for each piece."""
        yield self._sentence("no clinical document")
        for piece in root.pieces():
            if words := " ".join(piece.split()):
                yield Paragraph((Run(words),))

    def _sentence(self, key: str, **values: str) -> Paragraph:
        return Paragraph((Run(label(key, self._language).format(**values), "italic"),))


def _media(root: XmlElement, language: Language) -> dict[str, str]:
    """Return what pictures and regions are, in words, by ID (CDA R2 4.3.6.4, 4.3.6.8)."""
    found: dict[str, str] = {}
    for element in root.walk():
        if element.name in ("observationMedia", "regionOfInterest", "observation_media") and element.get("ID"):
            value = element.find("value") or element.find("observation_media.value")
            reference = value.find("reference") if value is not None else None
            words = (
                (value.get("mediaType") or value.get("MT")) if value is not None else "",
                reference.get("value") if reference is not None else "",
            )
            found[element.get("ID")] = ", ".join(filter(None, words)) or label("object", language)
    return found


def _words(code: Code | None) -> str:
    return code.words if code is not None else ""


def _from_base64(written: str) -> bytes:
    try:
        return base64.b64decode("".join(written.split()))
    except (binascii.Error, ValueError):
        return written.encode()
