"""The table of codecs as people read it says what the program does, and stays fresh."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import UID

from openwado.dicom.codec_page import FORMS, codec_page, library_versions
from openwado.dicom.codecs import CODECS
from openwado.dicom.frame_encoders import ENCODED, FRAME_ENCODERS
from openwado.dicom.undecoded import REFERENCED, UNDECODED

#: Too new for pydicom, or private.
UNNAMED = {f"1.2.840.10008.1.2.{rest}" for rest in ("4.110", "4.111", "4.112", "8.1")} | {"1.2.840.113619.5.2"}


def test_the_page_is_fresh_and_names_every_transfer_syntax_once() -> None:
    """docs/codecs.md is what the program prints; each transfer syntax has one row, with its decoders in order."""
    page = Path(__file__).resolve().parents[2] / "docs" / "codecs.md"
    assert page.read_text(encoding="utf-8") == codec_page()
    decoded, _, rest = codec_page().partition("## Sent")
    sent, _, undecoded_rows = rest.partition("Known, and decoded by nobody")
    rows = _rows(decoded) | _rows(undecoded_rows)
    for uid, codec in CODECS.items():
        assert rows[uid][2].strip() == codec.name
        assert rows[uid][3].strip() == codec.form
        places = [rows[uid][4].index(f"{decoder.library} (`{decoder.function}`)") for decoder in codec.decoders]
        assert places == sorted(places)
    for uid, undecoded in UNDECODED.items():
        assert rows[uid][2:4] == [f" {undecoded.name} ", f" {undecoded.reason} "]
    for uid, encoder in FRAME_ENCODERS.items():
        assert [cell.strip() for cell in _rows(sent)[uid][2:4]] == [encoder.name, encoder.library]
    assert set(ENCODED) <= _rows(sent).keys()


def _rows(text: str) -> dict[str, list[str]]:
    return {cells[1].strip(): cells for line in text.splitlines() if len(cells := line.split("|")) > 4}


def test_the_page_says_nothing_of_this_machine() -> None:
    """No version stands beside a library: the page is the same wherever it is made."""
    assert not any(f"{library} {version}" in codec_page() for library, version in library_versions().items())


def test_every_form_is_explained() -> None:
    """The words below the table cover the forms that stand in it."""
    assert {codec.form for codec in CODECS.values()} == set(FORMS)


def test_every_library_of_the_table_has_a_version() -> None:
    """No decoder is without a version, and no version without a decoder."""
    versions = library_versions()
    assert set(versions) == {decoder.library for codec in CODECS.values() for decoder in codec.decoders}
    assert all(version[0].isdigit() for version in versions.values())


def test_a_transfer_syntax_is_decoded_or_not_and_bears_the_standard_s_name() -> None:
    """PS3.6 table A-1: no transfer syntax stands in both tables, and none under a name of ours."""
    assert not CODECS.keys() & UNDECODED.keys()
    names = {uid: codec.name for uid, codec in CODECS.items()} | {uid: one.name for uid, one in UNDECODED.items()}
    for uid, name in names.items():
        if uid not in UNNAMED:
            standard = UID(uid).name.replace(" and ", " & ").replace(" (Retired)", "")
            assert name.removesuffix(" (retired)") == standard


@pytest.mark.parametrize("uid", sorted(REFERENCED))
def test_referenced_pixel_data_are_those_of_jpip(uid: str) -> None:
    """PS3.5 A.6, A.7, A.11: the syntaxes whose pixel data are a URL."""
    assert "JPIP" in UNDECODED[uid].name
