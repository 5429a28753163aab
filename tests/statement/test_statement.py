"""The statement: the same in both languages, made of the program's tables, and true of the server that it is about."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

import pytest
from lxml import html
from markdown_it import MarkdownIt

from openwado.dicom.codecs import CODECS
from openwado.dicom.confidentiality_profile import profile_table
from openwado.document.document_blocks import blocks_of
from openwado.document.model import Entries, Grid, Paragraph, Section, Table
from openwado.protocol.decisions import DECISIONS
from openwado.protocol.parameters import PARAMETERS
from openwado.server.dicom_syntaxes import TRANSFER_SYNTAXES
from openwado.server.problems import KINDS
from openwado.statement.conformance_statement import document_of
from openwado.statement.kinds import sop_classes
from openwado.statement.requirements import requirements
from openwado.statement.wording import Wording, sentences, terms
from openwado.statement.writing import written
from statement.situations import SECRETS, closed_server, open_server, usual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.document.labels import Language
    from openwado.document.model import Document, Node

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
#: Two words of a sentence, not of a name: what a translation would not leave as it is.
ENGLISH: Final = re.compile(r"\b(?:the|of|is|are|with|and|or|which|that|not|by)\b")
SITUATIONS: Final = {"usual": usual, "open": open_server, "closed": closed_server}


@cache
def statement(name: str, language: Language = "en") -> tuple[Document, Wording]:
    """Return a statement, and the words that it was made with."""
    words = Wording(language)
    return document_of(SITUATIONS[name](), words, with_contents=True), words


@cache
def markdown(name: str, language: Language = "en") -> str:
    """Return a statement as Markdown."""
    return written(SITUATIONS[name](), "md", language).decode()


@cache
def page(language: Language = "en") -> html.HtmlElement:
    """Return the usual statement as a page."""
    return html.fromstring(written(usual(), "html", language).decode())


def nodes_in(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield all nodes in order."""
    for node in nodes:
        yield node
        if isinstance(node, Section):
            yield from nodes_in(node.nodes)
        if isinstance(node, Entries):
            for entry in node.entries:
                yield from nodes_in(entry)


def shape_of(node: Node) -> tuple[object, ...]:
    """Return what a node is, without what it says."""
    match node:
        case Section():
            return ("section", node.anchor)
        case Table():
            return ("table", len(node.head), len(node.rows), *map(len, node.rows))
        case Grid():
            return ("grid", *map(len, node.rows))
        case Entries():
            return ("entries", len(node.entries))
        case Paragraph():
            return ("paragraph", sum(run.style == "code" for run in node.runs))
    return (type(node).__name__,)


def cells(name: str, anchor: str) -> list[tuple[str, ...]]:
    """Return the rows of the tables in a section of the English statement."""
    document, _ = statement(name)
    sections = (node for node in nodes_in(document.nodes) if isinstance(node, Section) and node.anchor == anchor)
    found = next(sections)
    return [row for node in nodes_in(found.nodes) if isinstance(node, Table) for row in node.rows]


def test_every_sentence_is_there_in_both_languages() -> None:
    """The same values go into both, and neither is the other."""
    for key, (english, chinese) in sentences().items():
        assert english.strip(), key
        assert chinese.strip(), key
        fields = [sorted(field for _, field, _, _ in Formatter().parse(text) if field) for text in (english, chinese)]
        assert fields[0] == fields[1], key
        assert not HAN.search(english), key
        assert bool(HAN.search(chinese)) or not ENGLISH.search(english), key
    for english, chinese in terms().items():
        assert english.count("#") == len([field for _, field, _, _ in Formatter().parse(chinese) if field is not None])
        assert bool(HAN.search(chinese)) or not ENGLISH.search(english), english


def test_every_sentence_is_said_of_some_server() -> None:
    """What nobody says, and what nobody has put into words, is found."""
    used = {key for name in SITUATIONS for language in ("en", "zh-CN") for key in statement(name, language)[1].used}
    assert sorted(set(sentences()) - used) == []
    assert sorted(set(terms()) - used) == []
    assert sorted(used - set(sentences()) - set(terms())) == []


@pytest.mark.parametrize("name", SITUATIONS)
def test_both_languages_say_the_same_things(name: str) -> None:
    """Sections, paragraphs and tables stand in the same places, tables with as many rows."""
    english, chinese = (list(nodes_in(statement(name, language)[0].nodes)) for language in ("en", "zh-CN"))
    assert [shape_of(node) for node in english] == [shape_of(node) for node in chinese]
    assert len(english) > 150


def test_the_chinese_statement_is_chinese() -> None:
    """No sentence of it is left in English; names of SOP Classes and the like are registered in English."""
    names = {row.name for row in sop_classes()} | {kind.title for kind in KINDS.values()}
    names |= {codec.name for codec in CODECS.values()}
    left = []
    for line in markdown("usual", "zh-CN").splitlines():
        for cell in re.split(r"(?<!\\)\|", line):
            text = re.sub(r"`[^`]*`", "", cell).strip()
            if ENGLISH.search(text) and not HAN.search(text) and text not in names:
                left.append(text)
    assert left == []


def test_the_tables_of_the_program_stand_in_it() -> None:
    """Parameters, transfer syntaxes, statuses, SOP Classes, the profile, decisions and requirements: all of them."""
    assert {row[0].split()[0] for row in cells("usual", "s5-2")} >= {row.name for row in PARAMETERS}
    syntaxes = {row[1]: row[2] for row in cells("usual", "s6-4")}
    assert set(CODECS) <= set(syntaxes)
    assert {uid for uid, received in syntaxes.items() if received == "yes"} == TRANSFER_SYNTAXES & set(syntaxes)
    assert {(row[0], row[1]) for row in cells("usual", "s6-2")} >= {
        (str(kind.status), kind.title) for kind in KINDS.values()
    }
    assert [row[1] for row in cells("usual", "s5-11")] == [row.uid for row in sop_classes()]
    assert len(cells("usual", "s8-2")) >= len(list(profile_table())) > 600
    assert [row[0] for row in cells("usual", "s8-3")] == list(DECISIONS)
    document, _ = statement("usual")
    matrix = [row for node in nodes_in(document.nodes) if isinstance(node, Grid) for row in node.rows[1:]]
    numbers = [node.runs[0].text for row in matrix for node in row[0].nodes if isinstance(node, Paragraph)]
    assert sorted(numbers) == sorted(row.id for row in requirements())


def test_settings_change_what_is_said() -> None:
    """What is switched on is said to be so, with the values in use; what is off, or not installed, is not claimed."""
    services = {row[0]: row[2:] for row in cells("usual", "s1-2")}
    assert services["Store (STOW-RS)"][-1] == "no"
    assert services["Verification (C-ECHO)"] == ("-", "no")
    services = {row[0]: row[2:] for row in cells("open", "s1-2")}
    assert services["Store (STOW-RS)"][-1] == "yes"
    assert "ARCHIVE" in services["Verification (C-ECHO)"][0]
    assert "11112" in services["Verification (C-ECHO)"][0]
    assert services["Retrieve DICOM Instance"] == ("GET /see", "yes")
    associations = {row[0]: row[1:] for row in cells("open", "s6-5")}
    assert associations["max_associations"][:2] == ("1234", str(usual().settings.max_associations))
    here = {name: {row[1]: row[-1] for row in cells(name, "s6-1")} for name in ("usual", "open")}
    assert (here["usual"]["/, /studies/..."], here["open"]["/, /studies/..."]) == ("yes", "no")
    made = {name: {row[0] for row in cells(name, "s1-3") if "yes" in row} for name in ("usual", "open")}
    assert made["usual"] - made["open"] == {"video/mpeg", "video/mp4"}
    assert "(any free port)" in markdown("closed")
    assert next(row for row in cells("closed", "s6-1") if row[0] == "workers")[1:3] == ("0 (here: 6)", "0")
    assert "https://" in markdown("closed")
    assert "a server with the settings that the statement was made with" in markdown("usual")


@pytest.mark.parametrize("name", ["open", "closed"])
def test_no_secret_stands_in_it(name: str) -> None:
    """Keys, passwords and places of files are for the administrator alone."""
    said = markdown(name) + markdown(name, "zh-CN")
    assert [secret for secret in SECRETS if secret in said] == []
    assert "index.example" not in said


def test_the_page_of_the_repository_is_fresh() -> None:
    """docs/conformance-statement.md is what the program would write."""
    path = CHECKOUT / "docs" / "conformance-statement.md"
    assert path.read_text(encoding="utf-8") == markdown("usual")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_page_is_whole(language: Language) -> None:
    """Contents lead to every chapter and section, no identifier stands twice, and nothing is loaded from elsewhere."""
    shown = page(language)
    anchors = [element.get("id") for element in shown.iter() if element.get("id")]
    assert len(set(anchors)) == len(anchors)
    links = [link.get("href").removeprefix("#") for link in shown.iterfind(".//nav//a")]
    headings = [element.get("id") for element in shown.iter("section", "h2", "h3") if element.get("id")]
    assert set(links) == {anchor for anchor in headings if re.fullmatch(r"s\d+(-\d+)?", anchor)}
    assert len(links) > 30
    assert shown.get("lang") == language
    assert not list(shown.iter("script", "link", "img"))
    assert shown.find(".//nav//ol").get("class") == "numbered"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_markdown_is_read_as_it_is_meant(language: Language) -> None:
    """Every table is one, every heading is one, and every link leads somewhere."""
    text = markdown("usual", language)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    document, _ = statement("usual", language)
    nodes = list(nodes_in(document.nodes))
    assert sum(token.type == "table_open" for token in tokens) == sum(isinstance(node, Table | Grid) for node in nodes)
    assert sum(token.type == "heading_open" for token in tokens) == 1 + sum(isinstance(node, Section) for node in nodes)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == set(re.findall(r'<a id="([^"]+)">', text))
    assert len(list(blocks_of(document, language))) > 150


def test_a_sentence_that_nobody_wrote_is_an_error() -> None:
    """It cannot be left out silently."""
    with pytest.raises(KeyError):
        Wording("zh-CN")("system.no_such_sentence")
    with pytest.raises(KeyError):
        Wording("zh-CN").term("A new thing of 5 mm")


def test_figures_of_tables_stand_in_both_languages() -> None:
    """They go into the words of the other language as the table has them."""
    english = next(text for text in terms() if text.count("#") >= 1)
    figures = [str(number) for number in range(11, 11 + english.count("#"))]
    text = english
    for figure in figures:
        text = text.replace("#", figure, 1)
    assert Wording("en").term(text) == text
    assert [found for found in re.findall(r"\d+", Wording("zh-CN").term(text)) if found in figures] == figures
