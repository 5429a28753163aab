"""Documents as HTML: complete, well-formed, linked to this server, and without anything that a browser would run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from document.made_reports import code, item, number, read, reference, report
from openwado.document.facts import Fact, FactGroup, Flag
from openwado.document.model import (
    Cell,
    Code,
    Document,
    Entries,
    Figure,
    Grid,
    Item,
    Paragraph,
    Place,
    Run,
    Section,
    Table,
)
from openwado.document.policy import content_security_policy, stylesheet
from openwado.document.to_html import html_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from openwado.document.labels import Language

#: Elements of our own for the styles of runs, of which a text may be the name.
STYLES = {"b", "i", "u", "sub", "sup", "code"}
HERE = Place("1.1", "1.2", drawn=True, rows=200, columns=100, number_of_frames=5, here=True)


def page(document: Document, language: Language = "en") -> html.HtmlElement:
    """Return a document as a tree of elements."""
    return html.document_fromstring("".join(html_of(document, language, "UTF-8")))


def seen(element: html.HtmlElement) -> str:
    """Return what people see of an element that did not ask for codes."""
    for hidden in element.find_class("code"):
        hidden.drop_tree()
    return " ".join(element.text_content().split())


def test_every_value_is_there() -> None:
    """REQ-TXT-1: names, texts, codes with their values, numbers with units, references and relationships."""
    made = page(
        read(
            report(
                item("TEXT", "Finding", TextValue="a mass"),
                item("CODE", "Side", "HAS CONCEPT MOD", ConceptCodeSequence=[code("Left", "7771000", "SCT")]),
                number("Long axis", "3.5", "mm", ObservationUID="1.2.99"),
                number("Short axis", "2.5", "mm"),
                item("COMPOSITE", "Earlier", ReferencedSOPSequence=[reference("1.77")]),
                item("CONTAINER", "Part", ContentSequence=[item("DATE", "Day", Date="20260131")]),
            )
        )
    )
    text = " ".join(made.find("body").text_content().split())
    for expected in (
        *("Report", "T-1", "Doe, Jane", "P-1", "Finding", "a mass", "Left", "7771000, SCT", "more exactly"),
        *("Long axis", "3.5", "mm", "1.2.99", "Short axis", "2.5", "1.77", "CT Image", "Part", "Day", "2026-01-31"),
    ):
        assert expected in text
    (table,) = made.cssselect("table")
    assert [head.text_content() for head in table.cssselect("thead th")] == ["Measurement", "Value", "Unit"]
    assert made.cssselect("section h2")[-1].text_content().startswith("Part")


def test_pictures_are_linked_with_frame_and_state() -> None:
    """REQ-TXT-4: a small picture of the referenced frame under the referenced state, by a WADO query of this server."""
    shown = reference("1.5", frames=[3], state="1.6")
    places = {"1.5": HERE, "1.6": Place("1.1", "1.9", here=True)}
    made = page(read(report(item("IMAGE", "Key", ReferencedSOPSequence=[shown])), places))
    (picture,) = made.cssselect("img")
    assert picture.get("src") == (
        "?requestType=WADO&studyUID=1.1&seriesUID=1.2&objectUID=1.5&contentType=image/jpeg"
        "&presentationSeriesUID=1.9&presentationUID=1.6&rows=320&columns=320&frameNumber=3"
    )
    assert (picture.get("width"), picture.get("height")) == ("160", "320")


@pytest.mark.parametrize("place", [None, Place("1.1", "1.2")])
def test_what_is_not_here_is_told(place: Place | None) -> None:
    """A picture that this server does not have is no broken picture, but a sentence."""
    places = {} if place is None else {"1.5": place}
    made = page(read(report(item("IMAGE", "Key", ReferencedSOPSequence=[reference("1.5")])), places))
    assert not made.cssselect("img")
    assert "not in this archive" in made.text_content()


def test_what_a_reference_means_reads_as_one_line() -> None:
    """Kind, frames, that a state belongs to it, where it is; an image without a name is not called image twice."""
    shown = [
        item("IMAGE", "Key", ReferencedSOPSequence=[reference("1.5", frames=[3], state="1.6")]),
        item("IMAGE", None, ReferencedSOPSequence=[reference("1.7")]),
        item("IMAGE", "Odd", ReferencedSOPSequence=[reference("1.8", sop_class="0")]),
    ]
    made = page(read(report(*shown)))
    assert [seen(each) for each in made.cssselect(".gallery > div")] == [
        "Key: CT Image, Frame 3, Presentation state, not in this archive",
        "CT Image, not in this archive",
        "Odd: Object, not in this archive",
    ]


@pytest.mark.parametrize(
    ("value", "scheme", "meaning", "expected"),
    [
        ("mm", "UCUM", "millimeter", "mm"),
        ("1", "UCUM", "no units", ""),
        ("1", "UCUM", "px", "px"),
        ("{events}", "UCUM", "events", "events"),
        ("cm", "99TEST", "Length Unit", "Length Unit (cm)"),
        ("mm", "DCM", "mm", "mm"),
    ],
)
def test_units_are_what_people_write(value: str, scheme: str, meaning: str, expected: str) -> None:
    """UCUM 2.1.3, 4.3: a sign where there is one, else the name; nothing is said of plain numbers only."""
    numbers = [number(name, "3", "mm") for name in ("Long", "Short")]
    for each in numbers:
        each.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = [code(meaning, value, scheme)]
    made = page(read(report(*numbers)))
    assert [seen(cell) for cell in made.cssselect("tbody tr td:nth-child(3)")] == [expected, expected]


def test_numbers_are_not_torn_apart() -> None:
    """1.07E-05 does not end a line after its hyphen; a list of numbers breaks between them."""
    made = page(read(report(number("Dose", "1.07E-05", "Gy"), number("Currents", "8\\9", "mA"))))
    assert [one.text_content() for one in made.cssselect("td.number .one")] == ["1.07E-05", "8", "9"]
    assert ".one{white-space:nowrap}" in stylesheet()


def test_a_report_without_content_says_so() -> None:
    """A root with nothing in it is no blank page."""
    (said,) = page(read(report())).cssselect("main p")
    assert said.text_content() == "This document has no content."


@pytest.mark.parametrize(("columns", "kind"), [(4, None), (5, "many")])
def test_tables_of_many_columns_are_scrolled(columns: int, kind: str | None) -> None:
    """On a telephone five columns are not squeezed until each row has many lines; fewer have room."""
    made = page(Document(title="T", nodes=(Table((), (("154, 155, 100",) * columns,)),)))
    (table,) = made.cssselect(".wide > table")
    assert table.get("class") == kind
    assert ".many{width:max-content" in stylesheet()


def test_heads_of_grids_look_as_such() -> None:
    """A head is told apart from a cell wherever it stands."""
    cell = Cell((Paragraph((Run("Drug"),)),), is_head=True)
    made = page(Document(title="T", nodes=(Grid(((cell,),)),)))
    assert [head.get("class") for head in made.cssselect("tbody th")] == ["head"]
    assert "tbody th.head{" in stylesheet()


def test_outlines_lie_on_the_picture() -> None:
    """C.18.6.1: an outline is drawn in pixels of the image that it was selected from, whose top left corner is 0, 0."""
    image = item("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[reference("1.5")])
    circle: dict[str, Any] = {
        "GraphicType": "CIRCLE",
        "GraphicData": [50.0, 60.0, 53.0, 64.0],
        "ContentSequence": [image],
    }
    line: dict[str, Any] = {"GraphicType": "POLYLINE", "GraphicData": [1.0, 2.0, 3.5, 4.0], "ContentSequence": [image]}
    ends = [10.0, 20.0, 30.0, 20.0, 20.0, 15.0, 20.0, 25.0]
    ellipse: dict[str, Any] = {"GraphicType": "ELLIPSE", "GraphicData": ends, "ContentSequence": [image]}
    made = page(read(report(*(item("SCOORD", "Outline", **shape) for shape in (circle, line, ellipse))), {"1.5": HERE}))
    assert len(made.cssselect("img")) == 3
    drawings = made.cssselect("svg")
    assert {drawing.get("viewbox") or drawing.get("viewBox") for drawing in drawings} == {"0 0 100 200"}
    shapes = ("circle", "polyline", "ellipse")
    (round_one,), (polyline,), (oval,) = (made.cssselect(f"{name}.outline") for name in shapes)
    assert [round_one.get(name) for name in ("cx", "cy", "r")] == ["50", "60", "5"]
    assert polyline.get("points") == "1,2 3.5,4"
    assert [oval.get(name) for name in ("cx", "cy", "rx", "ry")] == ["20", "20", "10", "5"]


def test_outlines_in_a_matrix_of_tiles_are_not_drawn_on_one_of_them() -> None:
    """C.18.6.1 (0048,0301): VOLUME counts in the total pixel matrix, and would lie elsewhere on a frame's picture."""
    image = item("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[reference("1.5")])
    shape: dict[str, Any] = {"GraphicType": "POINT", "GraphicData": [7.0, 8.0], "ContentSequence": [image]}
    items = (item("SCOORD", "Outline", PixelOriginInterpretation=origin, **shape) for origin in ("VOLUME", "FRAME"))
    made = page(read(report(*items), {"1.5": HERE}))
    assert len(made.cssselect("img")) == 2
    assert len(made.cssselect("svg")) == 1
    said = [summary.text_content() for summary in made.cssselect("details.points summary")]
    assert said == ["POINT (in the matrix of all tiles, not drawn), Points: 1", "POINT, Points: 1"]


def test_references_in_the_report_are_links() -> None:
    """C.17.3.2.4: an item by reference leads to what it means, by a link inside of the page."""
    target = item("TEXT", "Reason", TextValue="because")
    by_reference = item("TEXT", None, "INFERRED FROM")
    del by_reference.ValueType
    by_reference.ReferencedContentItemIdentifier = [1, 1]
    made = page(read(report(target, item("TEXT", "So", TextValue="so", ContentSequence=[by_reference]))))
    (link,) = made.cssselect("main a")
    assert link.get("href") == "#i1.1"
    assert len(made.cssselect('[id="i1.1"]')) == 1


def test_long_reports_have_contents() -> None:
    """A report of several parts begins with links to them."""
    parts = [item("CONTAINER", f"Part {n}", ContentSequence=[item("TEXT", "T", TextValue="x")]) for n in range(4)]
    made = page(read(report(*parts)))
    assert [link.get("href") for link in made.cssselect("nav a")] == ["#i1.1", "#i1.2", "#i1.3", "#i1.4"]


def test_contents_are_no_longer_than_a_reader_looks_through() -> None:
    """Forty entries at most where the first level has some: dose reports have dozens of parts called X-Ray Filters."""
    inner = [item("CONTAINER", f"Filter {n}", ContentSequence=[item("TEXT", "T", TextValue="x")]) for n in range(20)]
    events = [item("CONTAINER", f"Event {n}", ContentSequence=inner) for n in range(3)]
    made = page(read(report(*events)))
    assert [link.get("href") for link in made.cssselect("nav a")] == ["#i1.1", "#i1.2", "#i1.3"]
    made = page(read(report(item("CONTAINER", "Only", ContentSequence=inner * 3))))
    assert len(made.cssselect("nav a")) == 61


@pytest.mark.parametrize(("first", "kind"), [("1 Overview", "numbered"), ("Overview", None)])
def test_numbers_of_parts_are_not_numbered_again(first: str, kind: str | None) -> None:
    """Contents of a document that numbers its parts have no numbers of their own."""
    parts = tuple(
        Section(name, (Paragraph((Run("x"),)),), anchor=f"s{at}") for at, name in enumerate((first, "2", "3"))
    )
    made = html.fromstring("".join(html_of(Document(title="T", nodes=parts), "en", "UTF-8")))
    (listed,) = made.cssselect("nav ol")
    assert listed.get("class") == kind


def test_cells_keep_their_lines() -> None:
    """A line feed in a cell of a table is one on the page."""
    made = html.fromstring("".join(html_of(Document(title="T", nodes=(Table((), (("a\nb",),)),)), "en", "UTF-8")))
    (cell,) = made.cssselect("td")
    assert [cell.text, *(line.tail for line in cell.iter("br"))] == ["a", "b"]


def test_parts_of_one_name_are_told_apart() -> None:
    """Twenty entries called Organ Dose lead nowhere: each has the value besides by which they differ, else a number."""

    def dose(organ: str, side: str, *filters: Dataset) -> Dataset:
        told = [item("TEXT", "Side", TextValue=side), item("CODE", "Site", ConceptCodeSequence=[code(organ)])]
        return item("CONTAINER", "Organ Dose", ContentSequence=[*told, *filters])

    prose = [item("CONTAINER", "Comment", ContentSequence=[item("TEXT", "T", TextValue=n * 61)]) for n in "ab"]
    nameless = item("CONTAINER", None, ContentSequence=[item("CONTAINER", "Inside")])
    filters = [item("CONTAINER", "Filter") for _ in range(2)]
    doses = (dose("Liver", "right", *filters), dose("Heart <1>", "left"), dose("Lung", "left"))
    made = page(read(report(*doses, *prose, nameless)))
    organs = ["Organ Dose: Liver", "Filter", "Filter (2)", "Organ Dose: Heart <1>", "Organ Dose: Lung"]
    assert list(map(seen, made.cssselect("nav a"))) == [*organs, "Comment", "Comment (2)", "Inside"]
    assert list(map(seen, made.cssselect("nav ol > li > ul > li > a"))) == ["Filter", "Filter (2)"]
    assert len(made.cssselect("nav ol > li")) == 6


def test_alike_in_part() -> None:
    """Where no concept differs in all, that which differs in most tells them; lengths with their unit, never a UID."""

    def event(uid: str, length: str, protocol: str) -> Dataset:
        told = [item("UIDREF", "UID", UID=uid), number("Length", length, "mm"), item("TEXT", "P", TextValue=protocol)]
        return item("CONTAINER", "Event", ContentSequence=told)

    events = [event("1.2", "3", "a"), event("1.3", "3", "a"), event("1.4", "4", "a")]
    made = page(read(report(*events)))
    names = ["Event: 3 mm in words", "Event: 3 mm in words (2)", "Event: 4 mm in words"]
    assert list(map(seen, made.cssselect("nav a"))) == names


def test_a_picture_is_called_by_its_name() -> None:
    """And when it was made, before the kind of object."""
    shown = item("IMAGE", "Scout", ReferencedSOPSequence=[reference("1.9")], ObservationDateTime="20260131092000")
    made = page(read(report(shown), {"1.9": HERE}))
    assert seen(made.cssselect("figcaption")[0]) == "Scout Observed 2026-01-31 09:20:00: CT Image, open"


def test_a_uid_in_a_table_breaks() -> None:
    """A table of two UIDs fits a page: their cells may break, those of words do not."""
    shown = Table(("Object", "Kind"), (("1." * 25 + "1", "Secondary Capture Image Storage"),))
    cells = page(Document(title="x", nodes=(shown,))).cssselect("td")
    assert [cell.get("class") for cell in cells] == ["long", None]


def test_chinese_words() -> None:
    """The words of this program are Chinese where that is asked for; those of the object stay."""
    made = page(read(report(item("TEXT", "Finding", TextValue="a mass"), VerificationFlag="UNVERIFIED")), "zh-CN")
    assert made.get("lang") == "zh-CN"
    assert "\u672a\u5ba1\u6838" in made.text_content()
    assert "\u60a3\u8005" in made.text_content()
    assert "a mass" in made.text_content()


def test_values_of_facts_are_not_translated() -> None:
    """A patient whose name is a word of ours keeps it."""
    document = Document(title="x", groups=(FactGroup("patient", (Fact("name", "page"),)),))
    assert "page" in page(document, "zh-CN").cssselect("dd")[0].text_content()


def test_the_page_runs_nothing() -> None:
    """REQ-TXT-5: no script, no style but ours, no address of elsewhere; the policy names our style by its digest."""
    policy = content_security_policy()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert "@import" not in stylesheet()
    assert "url(" not in stylesheet()


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='alert(1)",
            "</title><script>",
            "</style><script>",
            "javascript:alert(1)",
            "<!--",
            "]]>",
            "&lt;script&gt;",
            "\x00\x1b\ud800\ufffe\u202e",
        ]
    ),
)


def everything(text: str) -> Document:
    """Return a document that has a text in every place there is."""
    its_code = Code(text, text, text)
    inner = Item(value_type="TEXT", identifier="1.1", relationship=text, name=its_code, text=text, stored=text)
    coded = Item(value_type="CODE", identifier="1.2", name=its_code, code=its_code, observed=text, uid=text)
    root = Item(value_type="CONTAINER", identifier="1", name=its_code, children=(inner, coded))
    runs = (Run(text, "bold", text), Run(text, text, "#" + text))
    paragraph = Paragraph(runs, anchor=text)
    return Document(
        title=text,
        title_code=its_code,
        kind=text,
        flags=(Flag(text, text, is_warning=True),),
        groups=(FactGroup(text, (Fact(text, text), Fact("sex", text))),),
        nodes=(
            root,
            Section(text, (paragraph,), its_code, text),
            Entries(((paragraph,),), caption=text),
            Grid(((Cell((paragraph,), is_head=True),),), text),
            Table((text,), ((text,),), text),
            Figure("", text),
        ),
    )


@given(HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    """REQ-TXT-5: whatever stands in whatever field, the elements and attributes of the page stay the same."""
    plain, hostile = ("".join(html_of(everything(one), "en", "UTF-8")) for one in ("x", text))
    shape = [(one.tag, sorted(one.attrib)) for one in html.document_fromstring(plain).iter()]
    found = html.document_fromstring(hostile)
    names = {str(one.tag) for one in found.iter() if not callable(one.tag)}
    assert names <= {"br", *STYLES, *(str(tag) for tag, _ in shape)}
    attributes = {str(name) for one in found.iter() for name in one.attrib}
    assert not any(name.startswith("on") for name in attributes)
    for one in found.iter("a"):
        assert re.match(r"#|\?requestType=WADO&", one.get("href", "#"))
    assert hostile.encode("utf-8")


def test_an_item_without_a_value_says_so() -> None:
    """An empty place beside a name leaves open whether something is missing, also in a table of numbers."""
    made = page(
        read(
            report(
                item("TEXT", "Target Region"),
                item("PNAME", "Entry", ContentSequence=[item("TEXT", None, TextValue="a")]),
            )
        )
    )
    assert [seen(each) for each in made.find_class("items")[0].findall("./div/dd")] == ["(no value)", "(no value)Texta"]
    numbers = page(read(report(item("NUM", "Length"), number("Width", "2", "mm"))))
    assert [seen(each) for each in numbers.find_class("number")] == ["(no value)", "2"]
