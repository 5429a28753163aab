"""Every attribute of any object: nothing folded, nothing becomes markup, and what is too much is said."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from openwado.archive.file_store import FileStore
from openwado.dicom.source import BytesSource
from openwado.document import attribute_listing
from openwado.document.attribute_listing import html_of_listing, read_listing
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.document.labels import Language

NASTY = "</span><script>alert(1)</script>\"'&amp;"


def stored(syntax: str = ExplicitVRLittleEndian, **attributes: Any) -> BytesSource:  # noqa: ANN401 -- of any VR
    """Return an object as a file."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.66", "1.2.3"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2", "1.2.1"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    written = io.BytesIO()
    pydicom.dcmwrite(
        written,
        dataset,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=True,
        enforce_file_format=True,
    )
    return BytesSource(written.getvalue())


def listed(source: Any, language: Language = "en") -> str:  # noqa: ANN401 -- any source of bytes
    """Return the listing of an object as HTML."""
    return "".join(html_of_listing(read_listing(source, language), language))


class Text(HTMLParser):
    """What a browser makes of HTML: its tags, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)


def code(value: str, meaning: str) -> Dataset:
    """Return a coded entry."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "99X", meaning
    return item


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_codes_in_sequences_are_listed_as_they_are(syntax: str) -> None:
    """An item that is a code has its three attributes (PS3.3 8.8), also as the only one; file meta is there."""
    found = listed(stored(syntax, AnatomicRegionSequence=Sequence([code("T-1", "Head")])))
    for tag in ("(0002,0010)", "(0008,2218)", "(0008,0100)", "(0008,0102)", "(0008,0104)"):
        assert tag in found
    for said in ("Item 1: Head", "AnatomicRegionSequence", "CodeMeaning", "T-1", "Items: 1", syntax):
        assert said in found


def test_every_attribute_of_every_sample_is_there(samples: Path) -> None:
    """As many tags as pydicom finds, in whatever syntax the object is stored; pixel data are counted."""
    store = FileStore()
    for path in sorted(samples.rglob("*.dcm")):
        dataset = pydicom.dcmread(path)
        expected = [element for element in dataset.iterall() if element.tag.element] + list(dataset.file_meta)
        expected = [element for element in expected if element.tag.element]
        with store.open(str(path)) as opened:
            found = listed(opened)
        assert found.count('class="tag"') == len(expected), path.name
        assert ("(7FE0,0010)" in found) == ("PixelData" in dataset)


def test_what_follows_pixel_data_is_listed() -> None:
    """Signatures at the end (PS3.3 C.12.1.1.3), which readers of pictures never look at."""
    signature = Dataset()
    signature.MACIDNumber = 7
    found = listed(stored(PixelData=bytes(8), BitsAllocated=8, DigitalSignaturesSequence=Sequence([signature])))
    assert "8 bytes" in found
    assert found.index("(7FE0,0010)") < found.index("(FFFA,FFFA)") < found.index("(0400,0005)")


def test_nothing_of_an_object_becomes_markup() -> None:
    """Names, values and private creators full of markup add no tag."""
    item = code(NASTY[:16], NASTY)
    nasty = stored(PatientName=NASTY, PatientComments=NASTY, AnatomicRegionSequence=Sequence([item]))
    item = code("x", "x")
    tame = stored(PatientName="x", PatientComments="x", AnatomicRegionSequence=Sequence([item]))
    read = Text(listed(nasty))
    assert [tag for tag in read.tags if tag != "code"] == [tag for tag in Text(listed(tame)).tags if tag != "code"]
    assert NASTY in read.texts


def test_languages() -> None:
    """Chinese names stand before those of PS3.6; each keyword in their table is one, and has a name in Chinese."""
    found = listed(stored(PatientName="A^B"), "zh-CN")
    assert "<b>患者姓名</b> <span>Patient&#x27;s Name</span>" in found
    assert "文件元信息" in found
    table = resources.files("openwado.document").joinpath("attribute_names_zh.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert len({row["keyword"] for row in rows}) == len(rows) > 200
    for row in rows:
        assert tag_for_keyword(row["keyword"]) is not None, row
        assert any("\u4e00" <= character <= "\u9fff" for character in row["zh-CN"]), row


def test_too_much_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a sentence says that there is more."""
    items = Sequence([code(str(number), f"Meaning {number}") for number in range(30)])
    source = stored(AnatomicRegionSequence=items)
    assert "larger than is shown" not in listed(source)
    monkeypatch.setattr(attribute_listing, "ITEMS_MAX", 40)
    cut = listed(source)
    assert "larger than is shown" in cut
    assert cut.count('class="tag"') <= 41


def test_what_is_no_object_is_refused() -> None:
    """Bytes that are no DICOM are the object's fault, not the server's."""
    with pytest.raises(CorruptObject):
        read_listing(BytesSource(b"no DICOM at all" * 20), "en")
