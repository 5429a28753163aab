"""Documents as Markdown: all that they say, read again by a reader of Markdown, and nothing of it that is markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

import made_documents as made
from openwado.document.model import Document, Entries, Paragraph, Run, Section, Table
from openwado.document.to_markdown import markdown_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from openwado.document.labels import Language

TEXTS = st.text(max_size=80)
#: What may stand in a page that is made of a document: nothing that a text could have put there.
ELEMENTS = {"div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "code", "a", "br"} | {
    *("table", "thead", "tbody", "tr", "th", "td", "html", "body")
}


def read(document: Document, language: Language = "en") -> HtmlElement:
    """Return a document as a reader of CommonMark with tables shows it."""
    reader = MarkdownIt("commonmark").enable("table")
    return html.document_fromstring(f"<div>{reader.render(''.join(markdown_of(document, language)))}</div>")


def squeezed(text: str) -> str:
    """Return a text without white space, and without what is not seen."""
    return re.sub(r"[\s\u200b-\u200f]+", "", text)


@pytest.mark.parametrize("document", made.everything())
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_all_that_a_document_says_is_there(document: Document, language: Language) -> None:
    """Every text of every kind of node arrives at a reader as it was."""
    text = squeezed(read(document, language).text_content())
    for said in made.said(document):
        if not (language == "zh-CN" and said == "male"):
            assert squeezed(said) in text


def test_each_kind_of_node_has_its_form() -> None:
    """Sections are headings of their level, lists are lists, tables are tables, code is code."""
    inner = Section("Inner", (Table(("a|b", "c"), (("1", "<b>"), ("x\ny", "_z_"))),))
    entries = Entries(((Paragraph((Run("first"),)),), (Paragraph((Run("second"),)), Entries((_entry("third"),)))))
    link = Paragraph((Run("see "), Run("there", address="#s2"), Run(", "), Run("a_`b`", "code"), Run("!", "bold")))
    document = Document(title="T*", nodes=(Section("Outer", (link, entries, inner), anchor="s2"),))
    page = read(document)
    assert [(one.tag, one.text_content()) for one in page.cssselect("h1,h2,h3")] == [
        ("h1", "T*"),
        ("h2", "Outer"),
        ("h3", "Inner"),
    ]
    assert [one.text_content() for one in page.cssselect("th")] == ["a|b", "c"]
    assert [one.text_content() for one in page.cssselect("td")] == ["1", "<b>", "xy", "_z_"]
    assert page.cssselect("p a")[0].get("href") == "#s2" == f"#{page.cssselect('h2 a')[0].get('id')}"
    assert page.cssselect("code")[0].text_content() == "a_`b`"
    assert page.cssselect("strong")[0].text_content() == "!"
    assert [one.text_content() for one in page.cssselect("li > ul > li")] == ["third"]


def _entry(text: str) -> tuple[Paragraph, ...]:
    return (Paragraph((Run(text),)),)


@given(text=TEXTS, cell=TEXTS, heading=TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_text_becomes_markup(text: str, cell: str, heading: str) -> None:
    """Whatever stands in a text, there are the elements of a harmless one, and no others."""
    nodes = (Section(heading or "x", (Paragraph((Run(text),)), Table((cell, "b"), ((cell, text),)))),)
    page = read(Document(title=heading, nodes=nodes))
    assert {str(one.tag) for one in page.iter()} <= ELEMENTS
    assert len(page.cssselect("table")) == 1
    assert len(page.cssselect("td")) == 2
    assert [one.tag for one in page.cssselect("h1,h2,h3,h4,h5,h6")] == ["h1", "h2"]
    assert not page.cssselect("a, em, code, ul, ol")


@pytest.mark.parametrize(
    "text", [*made.HOSTILE, "1. one", "- two", "+ x", "> y", "# z", "===", "---", "    code", "* a"]
)
def test_beginnings_are_no_marks(text: str) -> None:
    """What begins a list, a quotation, a rule or a heading elsewhere is a paragraph here, with all its signs."""
    page = read(Document(title="t", nodes=(Paragraph((Run(text),)),)))
    (paragraph,) = page.cssselect("p")
    assert squeezed(paragraph.text_content()) == squeezed(text)
    assert {str(one.tag) for one in page.iter()} <= {"html", "body", "div", "h1", "p"}


def test_a_document_without_content_says_so() -> None:
    """An empty page would look like a mistake of the server."""
    assert "no content" in read(Document(title="")).text_content()
