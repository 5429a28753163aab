"""Documents as plain text: all that they say, in lines that everybody's screen holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from wcwidth import wcswidth

import made_documents as made
from openwado.document.model import Cell, Code, Document, Grid, Measure, Paragraph, Run, Table
from openwado.document.to_html import html_of
from openwado.document.to_pdf import pdf_of
from openwado.document.to_rtf import rtf_of
from openwado.document.to_text import text_of
from pdf_reading import opened_pdf
from rtf_reading import shown_text

TEXTS = st.text(max_size=300)


def squeezed(text: str) -> str:
    """Return a text without white space, which lines may break at, and marks of form."""
    return re.sub(r"[\s\u200b-\u200f]+", "", text)


@pytest.mark.parametrize("document", made.everything())
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_all_that_a_document_says_is_there(document: Document, language: str) -> None:
    """Words of our own change with the language, what the object says does not."""
    text = squeezed("".join(text_of(document, language)))  # type: ignore[arg-type]
    for said in made.said(document):
        if not (language == "zh-CN" and said == "male"):
            assert squeezed(said) in text


def test_a_report_reads_as_one() -> None:
    """Title, flags, facts, relationships, nesting, values with units and codes each have their place."""
    text = "".join(text_of(made.report(*made.every_value_type()), "en"))
    for line in (
        "Test Report (C11, 99TEST)\n=========================\nComprehensive SR\n*** Partial: dictated",
        "\nPatient\n-------\nName: Doe^John=杜^约翰\n",
        "\n(more exactly) [1.2] Finding site: Left lung (44029006, SCT)\n",
        "\nFinding: A nodule.\n  Second line    of it. (Observed: 2024-02-29 10:11)\n",
        "\nCount: 3 no units\n  (inferred from) Method: counted by eye\n",
        "\nMeasurement  Value                                       Unit\n",
        "\n(selected from) Source:\n  Image: CT Image Storage\n  1.2.826.0.1.3680043.8.498.11\n  Frame: 1, 7\n",
        "\n  Waveform: 12-lead ECG Waveform Storage (not in this archive)\n",
        "\nOutline: POLYLINE, Points: (1.5, 2) (3.25, 4)\n",
        "\n(inferred from) See Finding site [1.2]\n",
        "\nImpression\n==========\n  The nodule measures 5 millimeter (mm) today.\n",
    ):
        assert line in text


def test_a_table_stands_side_by_side_or_row_by_row() -> None:
    """Columns are aligned by what they show, ideographs in two; what has no room is told cell by cell."""
    narrow = made.plain_document(Table(("检查", "mm"), (("左肺", "12"), ("x", "7"))))
    assert "检查  mm\n----  --\n左肺  12\nx     7\n" in "".join(text_of(narrow, "en"))
    wide = made.plain_document(Table(("Key", "Value"), (("k", "v" * 90),)))
    assert "- Key: k\n  Value:\n    " in "".join(text_of(wide, "en"))


def test_what_steers_a_screen_is_gone() -> None:
    """No control but line feeds leaves an object, and nothing that turns the text after it."""
    text = "".join(text_of(made.report(made.item("TEXT", "1.1", "A\x1b[2J", text="a\x07b\u202ec\r\nd\x85e\0f")), "en"))
    assert "A[2J:\n  abc\n  d\n  ef\n" in text
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_an_address_is_shown_and_not_followed() -> None:
    """A place in the document needs no address to be read."""
    text = "".join(text_of(made.plain_document(*made.every_node()), "en"))
    assert "elsewhere <https://example.org/x?a=1>" in text
    assert "#p1" not in text


def test_deep_nesting_leaves_room_for_words() -> None:
    """Levels beyond what indentation shows are counted."""
    deepest = made.item("TEXT", "1", "Finding", text="here " * 30)
    for _ in range(99):
        deepest = made.item("CONTAINER", "1", "Level", children=(deepest,))
    text = "".join(text_of(made.report(deepest), "en"))
    assert "[99] Finding: here here" in text
    assert max(map(len, text.split("\n"))) <= 80


def test_a_document_without_content_says_so() -> None:
    """An empty page would look like a mistake of the server."""
    assert "This document has no content." in "".join(text_of(Document(title=""), "en"))


@given(text=TEXTS, name=TEXTS, cells=st.lists(st.tuples(TEXTS, TEXTS), max_size=3), depth=st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_eighty_columns(text: str, name: str, cells: list[tuple[str, str]], depth: int) -> None:
    """Whatever texts there are and however deep they are nested."""
    item = made.item("TEXT", "1.1", name, text=text, observed=name[:9])
    for _ in range(depth):
        item = made.item("CONTAINER", "1.1", name[:3], relationship="HAS OBS CONTEXT", children=(item,))
    for document in (made.report(item, title=name), made.plain_document(Table((), tuple(cells), name))):
        lines = "".join(text_of(document, "en")).split("\n")
        assert all(wcswidth(line) <= 80 for line in lines)


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_wrapping_loses_nothing(text: str) -> None:
    """All that can be seen of a paragraph is in its lines."""
    written = "".join(text_of(made.plain_document(Paragraph((Run(f"<{text}>"),))), "en"))
    seen = "".join(character for character in text if character.isprintable() and not "\u202a" <= character <= "\u2069")
    squeezed_text = re.sub(r"[^\w]", "", seen)
    assert squeezed_text in re.sub(r"[^\w]", "", written)


@pytest.mark.parametrize(
    "text", ["x" * 200_000, "肺" * 100_000, "a" + "\u0301" * 100_000, " " * 100_000, "a " * 100_000]
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    """Time follows the length of a text, not its square."""
    written = "".join(text_of(made.plain_document(Paragraph((Run(text),))), "en"))
    assert squeezed(text) in squeezed(written)


def test_a_title_of_its_own_is_shown() -> None:
    """HL7 CDA 4.2.1: the title of a clinical document, not what its code means; a report's title is its code."""
    code = made.code("Discharge letter", "11490-0", "LN")
    own, coded = (Document(title=title, title_code=code) for title in ("Dear colleague", code.meaning))
    for write in (text_of, rtf_of):
        assert "Dear colleague" in "".join(write(own, "en")).split("Discharge")[0]
        assert "Discharge letter (11490-0, LN)" in "".join(write(coded, "en"))
    assert "<h1>Dear colleague</h1>" in "".join(html_of(own, "en", "UTF-8"))
    assert "<h1><bdi>Discharge letter" in "".join(html_of(coded, "en", "UTF-8"))
    assert "Dear colleague" in opened_pdf(pdf_of(own, "en")).pages[0].extract_text().split("\n")[1]


@pytest.mark.parametrize("title", ["Letter", "Encapsulated PDF"])
def test_what_the_title_says_already_is_not_said_again(title: str) -> None:
    """Of an object without a title its kind is the title, and stands there once, in every form."""
    document = Document(title=title, kind="Encapsulated PDF")
    header = html.document_fromstring("".join(html_of(document, "en", "UTF-8"))).find(".//header")
    assert header is not None
    shown = (
        ["".join(map(str, element.itertext())) for element in header],
        "".join(text_of(document, "en")).split("\n"),
        opened_pdf(pdf_of(document, "en")).pages[0].extract_text().split("\n")[1:],  # after what every page bears
        shown_text("".join(rtf_of(document, "en"))).split("\n"),
    )
    assert [lines.count("Encapsulated PDF") for lines in shown] == [1] * 4


def test_an_item_without_a_value_says_so() -> None:
    """A bare name reads as a heading of what follows, most of all where something follows; a container is one."""
    report = made.report(
        made.item("TEXT", "1.1", "Target Region"),
        made.item("NUM", "1.2", "Length"),
        made.item("PNAME", "1.3", "Person", children=(made.item("CODE", "1.3.1", "Role", text="a"),)),
        made.item("IMAGE", "1.4", "", children=(made.item("TEXT", "1.4.1", "Text", text="b"),)),
        made.item("SQ", "1.5", "Beams", children=(made.item("ITEM", "1.5.1", "Item 1"),)),
        made.item("CONTAINER", "1.6", "Findings"),
    )
    text = "".join(text_of(report, "en"))
    assert (
        "\nTarget Region: (no value)\nLength: (no value)\nPerson: (no value)\n  Role: a\n(no value)\n  Text: b\n"
        "Beams\n  Item 1: (no value)\n\nFindings\n========\n"
    ) in text
    shown = opened_pdf(pdf_of(report, "en")).pages[0].extract_text()
    assert "Person: (no value)\nRole: a\n" in shown
    assert r"(no value)" in "".join(rtf_of(report, "en")).split("Person")[1].split("Role")[0]
    prose = (made.item("TEXT", "1.1.1", text="seen by"), made.item("PNAME", "1.1.2", "Physician"))
    text = "".join(text_of(made.report(made.item("CONTAINER", "1.1", separate=False, children=prose)), "en"))
    assert "\n  seen by (no value) [Physician]\n" in text
    numbers = made.report(*(made.item("NUM", f"1.{at}", f"Length {at}") for at in (1, 2)))
    assert "\nLength 1     (no value)" in "".join(text_of(numbers, "en"))


def test_when_a_number_of_a_table_was_observed() -> None:
    """As on a page: beside its name, so that value and unit keep their columns."""
    rate = (Measure("72", Code("per minute", "/min", "UCUM")),)
    pulse = [made.item("NUM", f"1.{at}", "Pulse", measures=rate, observed=f"2026-01-31 09:1{at}") for at in (1, 2)]
    text = "".join(text_of(made.report(*pulse), "en"))
    assert "\nPulse (Observed: 2026-01-31 09:11)  72     per minute (/min)\n" in text


def test_a_power_is_no_digit_of_its_number() -> None:
    """Ten to the ninth is not 109, also in a table; marks of footnotes and letters need no sign."""
    power = (Run("10"), Run("9", "sup"), Run("/l, 10"), Run("-3", "sup"), Run(" m, H"), Run("2", "sub"), Run("O"))
    words = (Run("7"), Run("th", "sup"), Run(" day"), Run("[1]", "sup"))
    grid = Grid(((Cell((Paragraph(power),)), Cell((Paragraph((Run("x"),)),))),))
    text = "".join(text_of(made.plain_document(Paragraph(power), Paragraph(words), grid), "en"))
    assert text.count("10^9/l, 10^-3 m, H2O") == 2
    assert "7th day[1]" in text
