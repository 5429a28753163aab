"""Documents as PDF: text that can be taken out again, fonts that are inside, and the same bytes each time."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

import made_documents as made
from openwado.document.model import Document, Figure, Paragraph, Run, Section, Table
from openwado.document.pdf_fonts import embedded_font, shape
from openwado.document.pdf_runs import IDEOGRAPHS, language_of_ideographs
from openwado.document.to_pdf import pdf_of
from pdf_reading import fonts_of, opened_pdf

if TYPE_CHECKING:
    import pypdf


def opened(document: Document) -> pypdf.PdfReader:
    """Return a document as PDF, opened."""
    return opened_pdf(pdf_of(document, "en"))


def text_of(reader: pypdf.PdfReader) -> str:
    """Return the text of all pages without white space, and without what is not seen."""
    return squeezed("".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    """Return a text without white space and marks of form."""
    return re.sub(r"[\s\u200b-\u200f]+", "", text)


@pytest.mark.parametrize("document", made.everything())
def test_all_that_a_document_says_is_there(document: Document) -> None:
    """In the same letters, those of right-to-left scripts word by word."""
    text = text_of(opened(document))
    for said in made.said(document):
        turns = any("\u0590" <= character <= "\u06ff" for character in said)
        for word in re.findall(r"\w+", said) if turns else [said]:
            assert squeezed(word) in text


def test_the_same_document_is_the_same_bytes() -> None:
    """There is no time of day in it: an entity tag holds."""
    document = made.report(*made.every_value_type())
    first = pdf_of(document, "en")
    time.sleep(1.1)
    assert pdf_of(document, "en") == first
    assert b"D:19700101000000" in first


def test_every_font_is_inside() -> None:
    """Whoever opens it sees what was written, whatever fonts there are (ISO 32000-1, 9.9)."""
    pages = [page for document in made.everything() for page in opened(document).pages]
    fonts = {font["/BaseFont"]: font for page in pages for font in fonts_of(page)}
    assert len(fonts) == 9
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font


@pytest.mark.parametrize("text", ["\u3002", "\uff0c", "\uff1b"])
def test_signs_alone_stand_as_among_ideographs(text: str) -> None:
    """Chinese full stops and commas beside Latin words: in the corner of their square, as beside Chinese words."""
    signs = frozenset(map(ord, f"\u4e2d{text}"))
    font = embedded_font(FPDF(), IDEOGRAPHS, signs, bold=False)
    alone, beside = (
        shape(font, given, language_of_ideographs("", "zh-CN"), rtl=False).glyphs[-1]
        for given in (text, f"\u4e2d{text}")
    )
    assert alone == beside


def test_pages_bear_title_patient_and_number() -> None:
    """No sheet is taken for another patient's."""
    reader = opened(made.report(*(made.item("TEXT", f"1.{at}", "Finding", text="text " * 60) for at in range(60))))
    count = len(reader.pages)
    assert count > 2
    for number, page in enumerate(reader.pages, 1):
        text = squeezed(page.extract_text())
        assert text.startswith("TestReportDoe^John=杜^约翰,P-0042")
        assert text.endswith(f"{number}/{count}")
    assert reader.metadata is not None
    assert reader.metadata.title == "Test Report"


@pytest.mark.parametrize("lines", range(32, 46, 2))
def test_a_short_table_is_whole_and_below_its_heading(lines: int) -> None:
    """Wherever it comes to stand: no row of it is alone on another page, nor what it is of."""
    rows = tuple(made.item("NUM", f"1.2.{at}", f"Number{at}", text=f"{at}") for at in range(2, 8))
    source = made.item("TEXT", "1.2.1", "Source", text="TubeA")
    table = made.item("CONTAINER", "1.2", "Parameters", children=(source, *rows))
    before = (made.item("TEXT", f"1.1.{at}", "Line", text="text") for at in range(lines))
    pages = opened(made.report(*before, table)).pages
    (found,) = (squeezed(page.extract_text()) for page in pages if "Number2" in page.extract_text())
    assert all(word in found for word in ("Parameters", "TubeA", *(f"Number{at}" for at in range(2, 8))))


def test_a_hebrew_title_above_pages_is_in_order() -> None:
    """UAX 9: its first word is the right one."""
    first, second = "\u05d3\u05d5\u05d7", "\u05d7\u05d6\u05d4"
    (page,) = opened_pdf(pdf_of(Document(title=f"{first} CT {second}"), "en")).pages
    places: dict[str, float] = {}

    def note(text: str, _cm: object, matrix: list[float], *_: object) -> None:
        if matrix[5] > page.mediabox.height - 45:
            places.update({word: matrix[4] for word in (first, "CT", second) if word in text or word[::-1] in text})

    page.extract_text(visitor_text=note)
    assert places[first] > places["CT"] > places[second]


def test_the_outline_leads_to_headings() -> None:
    """Containers and sections, as they are nested."""
    reader = opened(made.plain_document(*made.every_node()))
    outline: Any = reader.outline
    history, deeper = outline
    assert history["/Title"] == "History"
    assert [entry["/Title"] for entry in deeper] == ["Deeper"]


def test_the_outline_tells_parts_of_one_name_apart() -> None:
    """As the contents of a page do; the headings themselves are as the report has them."""
    finding = [made.item("TEXT", f"1.{at}.1", "Site", text=site) for at, site in enumerate(("liver", "lung"), 1)]
    parts = (made.item("CONTAINER", f"1.{at}", "Dose", children=(one,)) for at, one in enumerate(finding, 1))
    reader = opened(made.report(*parts))
    outline: Any = reader.outline
    assert [entry["/Title"] for entry in outline] == ["Dose: liver", "Dose: lung"]
    assert "Dose: l" not in "".join(page.extract_text() for page in reader.pages)


def test_links_stay_in_the_document() -> None:
    """One leads to the paragraph that it names; an address outside is text."""
    reader = opened(made.plain_document(*made.every_node()))
    links = [link.get_object() for page in reader.pages for link in page.get("/Annots", [])]
    assert len(links) == 1
    assert "/A" not in links[0] or "/URI" not in links[0]["/A"]
    assert "https://example.org/x?a=1" in text_of(reader)


def test_a_drawing_is_drawn() -> None:
    """Lines as lines; what is no drawing is said in its caption."""
    drawn = opened(made.plain_document(Figure(made.SVG, "Twelve leads")))
    assert b" l" in drawn.pages[0].get_contents().get_data()  # type: ignore[union-attr]
    assert "Twelveleads" in text_of(drawn)
    for svg in (
        "",
        "<svg viewBox='0 0 9 9'>",
        '<svg viewBox="0 0 1 1"><text>左</text></svg>',
        '<svg viewBox="0 0 1 1"',
    ):
        assert "Twelveleads" in text_of(opened(made.plain_document(Figure(svg, "Twelve leads"))))


def test_tables_go_on_on_the_next_page() -> None:
    """With their heads again; a cell that is longer than a page goes on too."""
    rows = tuple((f"row {number}", "word " * 20) for number in range(120))
    reader = opened(made.plain_document(Table(("Name", "Value"), (*rows, ("long", "text " * 6000)))))
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    assert all("NameValue" in page for page in pages)
    assert "".join(pages).count("text") == 6000
    assert all(f"row{number}" in "".join(pages) for number in range(120))


def test_no_heading_is_the_last_of_its_page() -> None:
    """A heading, and one below it, stand on the page where their table begins."""
    table = Table(("Measurement", "Value"), (("Dose", "1"), ("Time", "2")))
    filler = Paragraph((Run("text"),))
    parts = [Section(f"Part{n}.", (Section(f"Inner{n}.", (table, *[filler] * (n % 7))),)) for n in range(100, 220)]
    pages = [squeezed(page.extract_text()) for page in opened(made.plain_document(*parts)).pages]
    assert len(pages) > 10
    for number in range(100, 220):
        (page,) = [text for text in pages if f"Part{number}." in text]
        assert f"Part{number}.Inner{number}.MeasurementValue" in page


def test_nothing_leaves_the_page() -> None:
    """Every letter begins within the margins."""
    wide = Table(tuple(f"column {number}" for number in range(40)), (tuple("x" * 30 for _ in range(40)),))
    reader = opened(made.plain_document(wide, Paragraph((Run("y" * 3000),)), Paragraph((Run("左" * 900),))))
    places: list[tuple[float, float]] = []
    for page in reader.pages:
        page.extract_text(
            visitor_text=lambda text, _, place, *__: places.append((place[4], place[5])) if text.strip() else None
        )
    assert all(50 <= x <= 545 and 25 <= y <= 805 for x, y in places)


@pytest.mark.parametrize("text", made.HOSTILE)
def test_no_text_becomes_an_operator(text: str) -> None:
    """What would end a string is part of it."""
    reader = opened(made.report(made.item("TEXT", "1.1", text, text=text), title=text))
    assert squeezed(text) in text_of(reader)
    root: Any = reader.trailer["/Root"]
    assert not {"/JS", "/AA", "/AcroForm", "/Names"} & set(root)


@given(text=st.text(max_size=60), style=st.sampled_from(["", "bold", "italic", "sub", "underline"]))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_written(text: str, style: str) -> None:
    """Letters that no font here has are shown as unknown."""
    reader = opened(
        made.plain_document(Paragraph((Run(text, style),)), Table((text,), ((text, text),), text), title=text)
    )
    assert len(reader.pages) == 1


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "肺" * 60_000, "a" + "\u0301" * 60_000, "שלום " * 12_000, "हैया" * 15_000]
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    """Time follows the length of a text, not its square."""
    started = time.perf_counter()
    pdf_of(made.plain_document(Paragraph((Run(text),))), "en")
    assert time.perf_counter() - started < 30
