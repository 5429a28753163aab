"""Documents that say one of everything, and what must be found of it wherever it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.document.model import (
    Cell,
    Code,
    Coordinates,
    Document,
    Entries,
    Fact,
    FactGroup,
    Figure,
    Flag,
    Grid,
    Item,
    Measure,
    Paragraph,
    Place,
    Reference,
    Run,
    Section,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.document.model import Node

#: A sentence about a lung in twelve scripts.
SCRIPTS = {
    "Latin": "Der linke Lungenflügel ist größer, Łódź, naïve",
    "Greek": "Ο αριστερός πνεύμονας είναι φυσιολογικός",  # noqa: RUF001 -- such are the letters
    "Cyrillic": "Левое лёгкое без патологии",
    "Hebrew": "הריאה השמאלית תקינה, 5 מ״מ",
    "Arabic": "الرئة اليسرى طبيعية، ٥ مم",  # noqa: RUF001 -- such are the letters
    "Thai": "ปอดซ้ายปกติ",
    "Devanagari": "बायाँ फेफड़ा सामान्य है",
    "Tamil": "இடது நுரையீரல் இயல்பானது",
    "Telugu": "ఎడమ ఊపిరితిత్తు సాధారణం",
    "Khmer": "សួតខាងឆ្វេងធម្មតា",
    "Chinese": "左肺未见异常，右肺上叶可见结节。",
    "Japanese": "左肺に異常は認められません。",
    "Korean": "왼쪽 폐는 정상입니다",
}
#: What would leave a text if it were not escaped.
HOSTILE = (
    "</text></item>",
    "]]>",
    "<script>alert(1)</script>",
    "{\\object\\objdata 0105}",
    "\\'41\\par}}",
    "&lt;&#0;%s{0}",
    "(a) Tj ET Q \\) /JS",
    '" onload="x',
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100" width="200" height="100">'
    '<rect x="0" y="0" width="200" height="100" fill="#ffffff" stroke="#888888"/>'
    '<polyline points="0,50 50,20 100,80 200,50" fill="none" stroke="#0060a0"/>'
    '<path d="M10 90 L190 90" stroke="#000000" fill="none"/><text x="20" y="40" font-size="12">lead II</text></svg>'
)
STATE = "1.2.826.0.1.3680043.8.498.77"
SHOWN = "1.2.826.0.1.3680043.8.498.11"


def code(meaning: str, value: str = "", scheme: str = "99TEST") -> Code:
    """Return a code."""
    return Code(meaning, value or f"C{len(meaning)}", scheme)


def item(value_type: str, identifier: str, name: str = "", **more: object) -> Item:
    """Return a content item that its parent contains, unless told."""
    given = {"relationship": "CONTAINS", "name": code(name) if name else None} | more
    return Item(value_type=value_type, identifier=identifier, **given)  # type: ignore[arg-type]


def report(*children: Item, title: str = "Test Report") -> Document:
    """Return a report of items."""
    root = item("CONTAINER", "1", title, relationship="", template="2000", children=children)
    return _with_head(title, (root,), root.name)


def plain_document(*nodes: Node, title: str = "Test Document") -> Document:
    """Return a document of other nodes."""
    return _with_head(title, nodes, None)


def _with_head(title: str, nodes: tuple[Node, ...], title_code: Code | None) -> Document:
    return Document(
        title=title,
        title_code=title_code,
        kind="Comprehensive SR",
        flags=(Flag("partial", "dictated", is_warning=True), Flag("verified", "Smith^Jane, 2024-03-01")),
        groups=(
            FactGroup("patient", (Fact("name", "Doe^John=杜^约翰"), Fact("patient id", "P-0042"), Fact("sex", "male"))),
            FactGroup("study", (Fact("study date", "2024-02-29"), Fact("accession number", "A7"))),
        ),
        nodes=nodes,
        references={SHOWN: Place("1.2.3.100", "1.2.3.200", here=True), STATE: Place("1.2.3.100", "1.2.3.300")},
    )


def every_value_type() -> tuple[Item, ...]:
    """Return one content item of each kind, with all that it may say."""
    millimetre = Code("millimeter", "mm", "UCUM")
    frames = Reference("1.2.840.10008.5.1.4.1.1.2", SHOWN, (1, 7), (3,), presentation_state=STATE)
    wave = Reference("1.2.840.10008.5.1.4.1.1.9.1.1", STATE, channels=((1, 2), (2, 5)))
    return (
        item("TEXT", "1.1", "Finding", text="A nodule.\nSecond line\tof it.", observed="2024-02-29 10:11"),
        item("CODE", "1.2", "Finding site", code=Code("Left lung", "44029006", "SCT"), relationship="HAS CONCEPT MOD"),
        item("NUM", "1.3", "Diameter", measures=(Measure("12.5", millimetre), Measure("25/2", millimetre))),
        item("NUM", "1.4", "Volume", qualifier=Code("Measurement failure", "114006", "DCM")),
        item("NUM", "1.5", "Count", measures=(Measure("3", Code("no units", "1", "UCUM")),), children=(
            item("TEXT", "1.5.1", "Method", text="counted by eye", relationship="INFERRED FROM"),
        )),
        item("PNAME", "1.6", "Person", text="Jane Smith", stored="Smith^Jane", relationship="HAS OBS CONTEXT"),
        item("DATE", "1.7", "Day", text="2024-02-28", stored="20240228"),
        item("TIME", "1.8", "Time", text="10:11:12"),
        item("DATETIME", "1.9", "Moment", text="2024-02-28 10:11:12"),
        item("UIDREF", "1.10", "Tracking", text="1.2.826.0.1.3680043.8.498.99"),
        item("IMAGE", "1.11", "Source", reference=frames, relationship="SELECTED FROM"),
        item("COMPOSITE", "1.12", "Evidence", reference=Reference("1.2.840.10008.5.1.4.1.1.88.33", "1.2.3.4.5.6")),
        item("WAVEFORM", "1.13", "Trace", reference=wave),
        item("SCOORD", "1.14", "Outline", coordinates=Coordinates("POLYLINE", (1.5, 2.0, 3.25, 4.0))),
        item("SCOORD3D", "1.15", "Point", coordinates=Coordinates("POINT", (1.5, -2.0, 1e-3), 3)),
        item("TCOORD", "1.16", "Beat", coordinates=Coordinates("SEGMENT", (), 1, ("2024-02-28 10:00:01",))),
        item("TABLE", "1.17", "Doses", table=Table(("Organ", "mSv"), (("Lung", "1.25"), ("Skin", "0.5")), "By organ")),
        item("REFERENCE", "1.18", "", relationship="INFERRED FROM", target="1.2"),
        item("CONTAINER", "1.19", "Impression", separate=False, children=(
            item("TEXT", "1.19.1", text="The nodule measures"),
            item("NUM", "1.19.2", measures=(Measure("5", millimetre),)),
            item("TEXT", "1.19.3", text="today."),
        )),
    )  # fmt: skip


def every_node() -> tuple[Node, ...]:
    """Return one node of each kind."""
    return (
        Section(
            "History",
            (
                Paragraph((Run("plain "), Run("bold ", "bold"), Run("H"), Run("2", "sub"), Run("O", "italic")), "p1"),
                Paragraph((Run("see above", "", "#p1"), Run("\n"), Run("elsewhere", "", "https://example.org/x?a=1"))),
                Section("Deeper", (Paragraph((Run("x = y", "code"), Run("²", "sup"), Run("end", "underline"))),)),
            ),
            Code("History", "10164-2", "LN"),
            "s1",
        ),
        Entries(
            ((Paragraph((Run("first"),)),), (Paragraph((Run("second"),)), Table((), (("a", "b"),)))), numbered=True
        ),
        Entries(((Paragraph((Run("bullet"),)),), (Table(("K", "V"), (("k", "v"),)),), ()), caption="A list"),
        Grid(
            (
                (Cell((Paragraph((Run("Drug"),)),), is_head=True), Cell((Paragraph((Run("Dose"),)),), is_head=True)),
                (
                    Cell((Paragraph((Run("Aspirin"),)), Paragraph((Run("oral"),))), rows=2),
                    Cell((Paragraph((Run("100"),)),)),
                ),
                (Cell((Paragraph((Run("200"),)),)),),
                (Cell((Entries(((Paragraph((Run("wide"),)),),)),), columns=2),),
            ),
            "Medication",
        ),
        Table(("Key", "Value"), (("only one",), ("k", "v" * 90)), "Long table"),
        Figure(SVG, "Twelve leads"),
        item("TEXT", "9", "Loose", text="item outside of a report", relationship=""),
    )


def everything() -> tuple[Document, ...]:
    """Return documents with everything."""
    scripts = [item("TEXT", f"1.{at}", name, text=text) for at, (name, text) in enumerate(SCRIPTS.items(), 1)]
    hostile = [item("TEXT", f"1.{at}", text, text=text) for at, text in enumerate(HOSTILE, 1)]
    return (report(*every_value_type()), plain_document(*every_node()), report(*scripts), report(*hostile))


def said(found: Document) -> Iterator[str]:
    """Yield what every writer must say of a document: all texts, codes, numbers, units and UIDs."""
    yield found.title
    for flag in found.flags:
        yield flag.value
    for group in found.groups:
        yield from (fact.value for fact in group.facts)
    for node in found.nodes:
        yield from _said_by(node)


def _said_by(node: Node) -> Iterator[str]:
    match node:
        case Item():
            yield from _said_by_item(node)
        case Section():
            yield node.heading
            yield from (text for each in node.nodes for text in _said_by(each))
        case Paragraph():
            yield from (run.text for run in node.runs)
        case Entries():
            yield node.caption
            yield from (text for entry in node.entries for each in entry for text in _said_by(each))
        case Grid():
            yield node.caption
            yield from (text for row in node.rows for cell in row for each in cell.nodes for text in _said_by(each))
        case Table():
            yield from _said_by_table(node)
        case Figure():
            yield node.caption


def _said_by_table(table: Table) -> Iterator[str]:
    yield table.caption
    yield from (cell for row in (table.head, *table.rows) for cell in row)


def _said_by_item(shown: Item) -> Iterator[str]:
    yield from (shown.text, shown.observed)
    if shown.name is not None:
        yield shown.name.meaning
    for found in (shown.code, shown.qualifier):
        yield from (found.meaning, found.value, found.scheme) if found is not None else ()
    for measure in shown.measures:
        yield measure.number
        yield measure.unit.meaning if measure.unit is not None else ""
    if shown.reference is not None:
        yield from (shown.reference.sop_instance_uid, shown.reference.presentation_state)
        yield from (str(number) for number in (*shown.reference.frames, *shown.reference.segments))
    if shown.coordinates is not None:
        yield from (shown.coordinates.kind, *shown.coordinates.texts)
        yield from (f"{number:g}" for number in shown.coordinates.numbers)
    if shown.table is not None:
        yield from _said_by_table(shown.table)
    for child in shown.children:
        yield from _said_by_item(child)
