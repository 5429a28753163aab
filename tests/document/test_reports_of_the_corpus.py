"""All reports of the given files in all forms: each content item as pydicom reads it is in each of them."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from pydicom.multival import MultiValue

from corpus_files import catalog, quietly_read
from openwado.dicom.reader import parse
from openwado.dicom.source import BytesSource
from openwado.document.structured_report import read_report
from openwado.document.to_html import html_of
from openwado.document.to_pdf import pdf_of
from openwado.document.to_rtf import rtf_of
from openwado.document.to_text import text_of
from openwado.document.to_xml import xml_of
from pdf_reading import opened_pdf
from rtf_reading import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\0-\x1f\x7f-\x9f\u200b-\u200f]+", "", text)


def _forms(data: bytes) -> dict[str, str]:
    """Return the text of all forms of a report."""
    document = read_report(parse(BytesSource(data)).attributes, {})
    xml = etree.fromstring("".join(xml_of(document, "UTF-8")).encode())
    pages = opened_pdf(pdf_of(document, "en")).pages
    return {
        "html": _words("".join(html_of(document, "en", "UTF-8"))),
        "text": "".join(text_of(document, "en")),
        "xml": "\n".join(
            [*(text for element in xml.iter() for text in (element.text or "", *element.attrib.values()))]
        ),
        "rtf": shown_text("".join(rtf_of(document, "en"))),
        "pdf": "".join(page.extract_text() for page in pages),
    }


def _words(page: str) -> str:
    body = etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8")).find("body")
    assert body is not None
    return "".join(str(piece) for piece in body.itertext())


def _said(item: Dataset) -> Iterator[str]:
    """Yield texts, meanings, numbers and units of a content item and of all below it."""
    for sequence in ("ConceptNameCodeSequence", "ConceptCodeSequence"):
        for code in item.get(sequence) or ():
            yield str(code.get("CodeMeaning") or "")
    yield str(item.get("TextValue") or "")
    yield str(item.get("UID") or "")
    for measured in item.get("MeasuredValueSequence") or ():
        yield from _numbers(measured.get("NumericValue"))
        for unit in measured.get("MeasurementUnitsCodeSequence") or ():
            yield str(unit.get("CodeMeaning") or "")
    for reference in item.get("ReferencedSOPSequence") or ():
        yield str(reference.get("ReferencedSOPInstanceUID") or "")
    for child in item.get("ContentSequence") or ():
        yield from _said(child)


def _numbers(value: Any) -> Iterator[str]:  # noqa: ANN401 -- whatever pydicom makes of numbers
    for each in value if isinstance(value, MultiValue) else [value]:
        yield "" if each is None else str(getattr(each, "original_string", each))


@pytest.mark.corpus
def test_every_item_is_in_every_form(corpus: Path) -> None:
    """Texts, codes, numbers and units, of all structured reports there are."""
    paths = [path for path, row in catalog(corpus).items() if row["sop_class"].endswith("SR Storage")]
    assert len(paths) > 20
    missing = []
    for path in paths:
        data = (corpus / path).read_bytes()
        forms = {kind: _squeezed(text) for kind, text in _forms(data).items()}
        with warnings.catch_warnings(action="ignore"):
            wanted = set(map(_squeezed, _said(quietly_read(data))))
        for said in wanted - {""}:
            missing += [(path, kind, said) for kind, text in forms.items() if said not in text]
    assert missing == []


#: Words of DCMTK's own, and how it writes what others write differently.
_OF_DCMTK = frozenset(
    re.findall(
        r"\w+",
        "patient study series manufacturer completion flag verification content date time protocol concept modifier "
        "observation context annex footnote referring physician observer acquisition properties inferred selected from "
        "type preliminary unverified verified partial complete final male female other image waveform composite object "
        "this page was generated dicom structured reporting offis dcmtk unknown spatial coordinates docs item "
        "observers predecessor comprehensivesrstorage basictextsrstorage hemodynamicwaveformstorage",
    )
)


@pytest.mark.corpus
def test_what_dcmtk_shows_is_shown(corpus: Path) -> None:
    """Side by side with `dsr2html`: each word and number in its page of a report is in ours too."""
    compared, missing = 0, []
    for path, row in catalog(corpus).items():
        if not row["sop_class"].endswith("SR Storage"):
            continue
        folder = corpus / "reference" / "sr" / path.removeprefix("dicom/")
        theirs = next((p for ending in (".utf8.html", ".html") if (p := folder.with_suffix(ending)).exists()), None)
        if theirs is None:
            continue
        compared += 1
        document = read_report(parse(BytesSource((corpus / path).read_bytes())).attributes, {})
        ours = _squeezed(_words("".join(html_of(document, "en", "UTF-8")))).lower()
        text = re.sub(r"https?://\S+|pacs\S*", " ", _words(theirs.read_text("utf-8", "replace")))
        found = set(re.findall(r"[^\W_]{3,}", text.lower())) - _OF_DCMTK
        missing += [(path, word) for word in found if word not in ours]
    assert compared > 20
    assert missing == []
