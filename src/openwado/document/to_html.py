"""A document as HTML 5: one page without script, whose only pictures come from this server (REQ-TXT-1, -5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openwado.document.contents import contents_of
from openwado.document.html_nodes import nodes
from openwado.document.html_text import Words, escaped
from openwado.document.model import Item
from openwado.document.policy import stylesheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.document.labels import Language
    from openwado.document.model import Document, FactGroup

#: Fewer parts need no table of contents.
_CONTENTS_MIN = 3
#: "Language of Content Item" (PS3.16 TID 1204), whose code value is a language tag of RFC 5646.
_LANGUAGE_OF_CONTENT = "121049"
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def html_of(document: Document, language: Language, charset: str) -> Iterator[str]:
    """Yield a document, piece by piece.

    Args:
        document: what it says.
        language: of our own words.
        charset: IANA name of the character set that the caller encodes it in.
    """
    words = Words(document, language)
    title = document.title or words.document.kind
    yield (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="{charset}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escaped(title) or words.label('untitled')}</title><style>{stylesheet()}</style></head><body>\n"
    )
    if document.has_codes:
        yield f"<label class=option><input type=checkbox id=codes> {words.label('show codes')}</label>"
    yield from _head(words)
    yield from _contents(words)
    yield f"<main{_content_language(document)}>\n"
    is_empty = True
    for piece in nodes(words, document.nodes, 2):
        is_empty = False
        yield piece
    if is_empty:
        yield f"<p>{words.label('no content')}</p>"
    yield "\n</main></body></html>\n"


def _head(words: Words) -> Iterator[str]:
    document = words.document
    title = words.code(document.shown_code) if document.shown_code is not None else escaped(document.title)
    yield f"<header><h1>{title or words.label('untitled')}</h1><p class=kind>{escaped(document.kind)}</p>"
    if document.flags:
        yield "<ul class=flags>"
        for flag in document.flags:
            more = f": {escaped(flag.value)}" if flag.value else ""
            yield f"<li{' class=care' if flag.is_warning else ''}>{words.label(flag.label)}{more}</li>"
        yield "</ul>"
    if document.groups:
        yield "<div class=facts>"
        yield from (_group(words, group) for group in document.groups)
        yield "</div>"
    yield "</header>\n"


def _group(words: Words, group: FactGroup) -> str:
    facts = "".join(f"<dt>{words.label(fact.label)}</dt><dd dir=auto>{words.value(fact)}</dd>" for fact in group.facts)
    return f"<section><h2>{words.label(group.label)}</h2><dl>{facts}</dl></section>"


def _contents(words: Words) -> Iterator[str]:
    """Yield links to the parts of a document that has several, those inside a part below it."""
    entries = contents_of(words.document.nodes)
    if len(entries) < _CONTENTS_MIN:
        return
    is_numbered = all(entry.name[:1].isdecimal() for entry in entries)  # by the document itself
    name = words.label("contents")
    yield f'<nav aria-label="{name}"><details open><summary>{name}</summary>'
    yield "<ol class=numbered>" if is_numbered else "<ol>"
    for at, entry in enumerate(entries):
        before = entries[at - 1].level if at else 1
        after = entries[at + 1].level if at + 1 < len(entries) else 1
        opened = ("<li>" if not at else "") + "<ul>" if entry.level > before else ""
        yield f'{opened}<li><a href="#{escaped(entry.anchor)}">{escaped(entry.name)}</a>'
        yield "</li></ul></li>" if after < entry.level else "" if after > entry.level else "</li>"
    yield "</ol></details></nav>\n"


def _content_language(document: Document) -> str:
    """Return the language that a report says it is written in (PS3.16 TID 1204)."""
    for node in document.nodes:
        for child in node.children if isinstance(node, Item) else ():
            code = child.code
            if child.name is not None and child.name.value == _LANGUAGE_OF_CONTENT and code is not None:
                found = _LANGUAGE_TAG.fullmatch(code.value)
                return f' lang="{found[0]}"' if found else ""
    return ""
