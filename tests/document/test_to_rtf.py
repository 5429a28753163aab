"""Documents as RTF: ASCII whatever they say, and nothing of them that a word processor would act upon."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_documents as made
from openwado.document.facts import Fact, FactGroup
from openwado.document.model import Document, Paragraph, Reference, Run, Table
from openwado.document.to_rtf import escaped, rtf_of
from rtf_reading import groups_of, shown_text

if TYPE_CHECKING:
    from pathlib import Path


def written(document: Document) -> str:
    """Return a document as RTF, which is ASCII."""
    rtf = "".join(rtf_of(document, "en"))
    assert rtf.isascii()
    return rtf


def squeezed(text: str) -> str:
    """Return a text without white space."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("document", made.everything())
def test_all_that_a_document_says_is_there(document: Document) -> None:
    """In letters of every script."""
    text = squeezed(shown_text(written(document)))
    for said in made.said(document):
        assert squeezed(said) in text


def test_parts_of_a_report_have_their_form() -> None:
    """Headings, names, tables, page numbers and links within the document."""
    rtf = written(made.report(*made.every_value_type()))
    assert r"{\pard\s2\outlinelevel1\keepn" in rtf
    assert r"{\b\ab Finding: }A nodule.\line Second line" in rtf
    assert r"{\cf2\b Partial: dictated}" in rtf
    assert r"\trowd\trgaph80\trleft0\trhdr" in rtf
    assert r"{\field{\*\fldinst PAGE}{\fldrslt 1}} / {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}" in rtf
    assert r'{\field{\*\fldinst HYPERLINK \\l "a1_2"}' in rtf
    assert r"{\*\bkmkstart a1_2}" in rtf


def test_every_page_bears_title_patient_and_number() -> None:
    """No sheet is taken for another patient's."""
    footer = next(line for line in written(made.report()).splitlines() if line.startswith(r"{\footer"))
    shown = shown_text(footer.replace(r"\footer", "", 1))
    assert shown.strip().startswith("Test Report - Doe^John=杜^约翰, P-0042 - Page")


def test_a_short_table_stays_with_its_line() -> None:
    """A line before a table, and all rows of a short one but the last, stay on the page of what follows."""
    rows = tuple((f"row {at}", "1") for at in range(5))
    rtf = written(made.plain_document(Paragraph((Run("source A"),)), Table(("name", "value"), rows)))
    line = next(line for line in rtf.splitlines() if "source A" in line)
    assert r"\keepn" in line
    kept = [r"\keepn" in line for line in rtf.splitlines() if r"\intbl" in line]
    assert kept == [True] * 10 + [False] * 2
    long = written(made.plain_document(Table(("name", "value"), rows * 5)))
    assert [r"\keepn" in line for line in long.splitlines() if r"\intbl" in line] == [True] * 2 + [False] * 50


def test_a_name_stays_with_its_value() -> None:
    """Where it has a line of its own, as before an image."""
    image = made.item("IMAGE", "1.1", "Source", reference=Reference("1.2.840.10008.5.1.4.1.1.2", made.SHOWN))
    rtf = written(made.report(image, made.item("TEXT", "1.2", "Finding", text="none")))
    lines = {name: line for line in rtf.splitlines() for name in ("Source", "Image: ", "Finding") if name in line}
    assert {name: r"\keepn" in line for name, line in lines.items()} == {
        "Source": True,
        "Image: ": False,
        "Finding": False,
    }


def test_paragraphs_run_as_their_language_does() -> None:
    """Hebrew and Arabic from the right, each stretch of them marked as such."""
    rtf = written(made.report(*(made.item("TEXT", "1.1", name, text=text) for name, text in made.SCRIPTS.items())))
    assert rtf.count(r"\rtlpar") == 0  # every name is English
    assert r"{\rtlch\afs20 \u1492?\u1512?\u1497?\u1488?\u1492?" in rtf
    for script in ("Hebrew", "Arabic"):
        text = made.SCRIPTS[script]
        assert r"\rtlpar\qr\ri284" in written(made.report(made.item("TEXT", "1.1", text[:5], text=text, children=(
            made.item("TEXT", "1.1.1", text[:5], text=text, relationship="HAS PROPERTIES"),
        ))))  # fmt: skip


def test_a_fact_runs_as_its_value_does() -> None:
    """UAX 9: words of a Hebrew value stand in their order also behind an English name, and in the footer."""
    title = "\u05d3\u05d5\u05d7 CT \u05d7\u05d6\u05d4"
    facts = (Fact("study description", title), Fact("study date", "2026-01-31"))
    rtf = written(Document(title=title, groups=(FactGroup("study", facts),)))
    (hebrew,) = [line for line in rtf.split("\n") if "Description" in line]
    (date,) = [line for line in rtf.split("\n") if "2026-01-31" in line]
    (footer,) = [line for line in rtf.split("\n") if line.startswith(r"{\footer")]
    assert r"\rtlpar\qr" in hebrew
    assert r"\ltrpar\ql" in date
    assert footer.startswith(r"{\footer\pard\rtlpar\qc")


def test_digits_among_hebrew_letters_are_as_large_as_they() -> None:
    """Word processors take such digits for letters of complex scripts, whose size is told apart from that of others."""
    rtf = written(made.report(made.item("TEXT", "1.1", text="\u05db 8.2 mm")))
    (line,) = [line for line in rtf.split("\n") if "8.2" in line]
    assert r"{\rtlch\afs20\ltrch\fs20 8.2" in line
    assert line.startswith(r"{\pard\plain\f0\rtlch\afs20\ltrch\fs20")


def test_a_number_has_room_in_its_column() -> None:
    """Beside a long text, a number of thirteen digits is not torn apart; the table is no wider than the page."""
    rtf = written(
        Document(title="T", nodes=(Table((), (("a long name of " * 6, "12345678901.5", "mm3 in words (mm3)"),)),))
    )
    first, second, third = (int(edge) for edge in re.findall(r"\\cellx(\d+)", rtf))
    assert second - first > 13 * 115 + 160
    assert third - second > 5 * 115 + 160
    assert third <= 9638


def test_an_address_outside_is_text() -> None:
    """Whoever opens a report follows no link out of it."""
    rtf = written(made.plain_document(*made.every_node()))
    assert "https://example.org/x?a=1" in shown_text(rtf)
    assert re.findall(r"HYPERLINK (.*?)}", rtf) == [r'\\l "ap1"']


@pytest.mark.parametrize(("text", "expected"), [
    ("a\\b{c}\n", r"a\\b\{c\}\line "),
    ("é左", r"\u233?\u24038?"),
    ("\u8000", r"\u-32768?"),
    ("\U0001f600", r"\u-10179?\u-8704?"),
])  # fmt: skip
def test_characters_are_escaped(text: str, expected: str) -> None:
    """By signed numbers of sixteen bits, in pairs where there is need (RTF 1.9, Unicode RTF)."""
    assert escaped(text) == expected


@given(text=st.text(max_size=120), style=st.sampled_from(["", "bold", "code", "relation"]))
@settings(max_examples=150, deadline=None)
def test_any_text_leaves_the_braces_balanced(text: str, style: str) -> None:
    """And is shown, but for what nobody sees."""
    paragraph = Paragraph((Run(text, style, f"#{text}"),), text)
    shown = shown_text(written(made.plain_document(paragraph, Table((text,), ((text, text),), text), title=text)))
    visible = "".join(character for character in text if character.isalnum())
    assert visible in "".join(filter(str.isalnum, shown))


@pytest.mark.parametrize("text", [*made.HOSTILE, "{\\field{\\*\\fldinst INCLUDETEXT x}}", "\\bin99999 ", "\\u123?"])
def test_no_text_becomes_a_command(text: str) -> None:
    """The same groups are there as for a harmless text."""
    plain, hostile = (written(made.plain_document(Paragraph((Run(each),)), title=each)) for each in ("text", text))
    assert groups_of(hostile) == groups_of(plain)
    assert text in shown_text(hostile)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_a_word_processor_opens_it(tmp_path: Path) -> None:
    """LibreOffice, whose PDF says the same."""
    document = made.report(*made.every_value_type())
    (tmp_path / "report.rtf").write_text(written(document), encoding="ascii")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [shutil.which("soffice") or "", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "report.rtf")], check=True, capture_output=True, timeout=120)
    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    text = squeezed("".join(page.extract_text() for page in pages))
    for said in made.said(document):
        assert not said.isascii() or squeezed(said) in text


def test_lines_of_a_named_value_hang() -> None:
    """What goes on in a second line does not begin where the next item does; it is no deeper than readers take."""
    rtf = written(
        made.report(made.item("TEXT", "1.1", "Finding", text="a mass"), made.item("TEXT", "1.2", text="plain"))
    )
    assert r"\li284\fi-284 {\b\ab Finding: }a mass" in rtf
    assert r"\li0 plain" in rtf


def test_a_line_parts_head_and_content() -> None:
    """The first items are not taken for facts about the document."""
    head, line, content = written(made.report(made.item("TEXT", "1.1", "Finding", text="a mass"))).partition(r"\brdrb")
    assert "Accession number" in head
    assert line
    assert "Finding" in content
