"""Continuous containers: sentences where they are prose, lists where machines only call them continuous (C.18.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from document.made_reports import code, item, number, read, report
from openwado.document.prose import is_apart, is_prose
from openwado.document.to_html import html_of
from openwado.document.to_text import text_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from openwado.document.model import Document


def said(text: str, name: str | None = "Description", **attributes: Any) -> Dataset:  # noqa: ANN401 -- of any VR
    """Return a TEXT item."""
    return item("TEXT", name, TextValue=text, **attributes)


def continuous(*content: Dataset) -> Document:
    """Return a report with one continuous container."""
    return read(report(item("CONTAINER", "History", ContinuityOfContent="CONTINUOUS", ContentSequence=list(content))))


LETTER = (
    said("The patient was seen by"),
    item("PNAME", "Physician", PersonName="Mason"),
    said("in the"),
    item("CODE", "Hospital", ConceptCodeSequence=[code("Redlands Clinic", "2230")]),
    said(". There is a"),
    number("Diameter", "1.5", "cm"),
    said("lesion."),
)


def paragraphs(document: Document) -> list[html.HtmlElement]:
    """Return the paragraphs of the body of a report as HTML."""
    tree: Any = html.document_fromstring("".join(html_of(document, "en", "UTF-8")))
    for hidden in tree.find_class("code"):
        hidden.drop_tree()  # what nobody sees unless they ask for it
    return list(tree.cssselect("main p"))


def test_prose_reads_as_a_sentence() -> None:
    """The name of its text is said once, before it; what stands between its pieces is named behind its value."""
    letter = continuous(*LETTER)
    (shown,) = paragraphs(letter)
    assert " ".join(shown.text_content().split()) == (
        "Description: The patient was seen by Mason [Physician] in the Redlands Clinic [Hospital]."
        " There is a 1.5 cm [Diameter] lesion."
    )
    text = " ".join("".join(text_of(letter, "en")).split())
    assert text.endswith(
        "Description: The patient was seen by Mason [Physician] in the Redlands Clinic (2230, 99TEST) [Hospital]."
        " There is a 1.5 cm in words (cm) [Diameter] lesion."
    )


def test_what_belongs_to_a_word_is_told_below_by_its_number() -> None:
    """A sentence is not torn apart by what its items have below them, nor is it lost to which of them that belongs."""
    method = item("TEXT", "Method", "INFERRED FROM", TextValue="by eye")
    made = continuous(said("There is a"), number("Diameter", "1.5", "cm", ContentSequence=[method]), said("lesion."))
    sentence, note = paragraphs(made)
    assert sentence.text_content().split()[-2:] == ["[Diameter][1]", "lesion."]
    assert note.text_content() == "[1] Diameter:"
    assert "by eye" in note.getparent().text_content()
    text = "".join(text_of(made, "en"))
    assert "(cm) [Diameter] [1] lesion.\n    [1] Diameter:\n      (inferred from) Method: by eye\n" in text


def test_when_a_word_was_observed_is_told() -> None:
    """An observation date and time is not lost within a sentence."""
    made = continuous(said("A mass", ObservationDateTime="20260131101112"), said("was detected."))
    (shown,) = paragraphs(made)
    assert "2026-01-31 10:11:12" in shown.text_content()
    assert "2026-01-31 10:11:12" in "".join(text_of(made, "en"))


def test_a_list_of_named_values_is_a_list() -> None:
    """Dose reports call lists of numbers CONTINUOUS: with one text among them they still are no sentence."""
    made = continuous(said("Skelet", "Acquisition Protocol"), number("Dose", "1", "Gy"), number("Time", "2", "s"))
    assert not is_prose(made.nodes[0].children[0])  # type: ignore[union-attr]
    assert paragraphs(made) == []
    text = "".join(text_of(made, "en"))
    assert "  Acquisition Protocol: Skelet\n" in text
    assert "  Measurement  Value  Unit" in text


def test_a_sentence_runs_as_its_language_does() -> None:
    """UAX 9: its pieces follow one another from the right where its letters do."""
    hebrew, english = continuous(said("תקין", None), number("קוטר", "8", "mm")), continuous(*LETTER)
    assert [shown.get("dir") for shown in paragraphs(hebrew)] == ["rtl"]
    assert [shown.get("dir") for shown in paragraphs(english)] == [None]


@pytest.mark.parametrize(
    ("before", "after", "apart"),
    [
        ("in", "the", True),
        ("Clinic]", ".", False),
        ("(", "5", False),
        ("", "x", False),
        ("\u7ed3\u8282\u3002", "\u53f3\u80ba", False),
        ("\u7ed3\u8282", "8", True),
    ],
)
def test_where_spaces_belong(before: str, after: str, apart: bool) -> None:  # noqa: FBT001 -- what is expected
    """None before the end of a sentence, none between ideographs."""
    assert is_apart(before, after) is apart
