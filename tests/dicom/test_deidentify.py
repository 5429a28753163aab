"""Objects leave without who they are about: PS3.15 annex E, Basic Profile and Clean Pixel Data (AN-1 … AN-11)."""

from __future__ import annotations

import io
import re
import struct
import warnings
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from corpus_files import as_read, catalog, quietly_read
from openwado.archive.file_store import FileStore
from openwado.dicom.confidentiality_profile import KINDS, profile
from openwado.dicom.deidentification import BurnedInRule, Deidentification
from openwado.dicom.frames import read_frame
from openwado.dicom.object_wishes import ObjectWishes
from openwado.dicom.parts import DecodedFrames, FileSpan, FramesToEncode, SpoolSpan, read_span
from openwado.dicom.pixel_parts import item_header
from openwado.dicom.reader import DEFAULT_LIMITS, NotAnObject
from openwado.dicom.sent_syntax import leaves_as
from openwado.dicom.stream_metadata import without_metadata
from openwado.dicom.transcode import plan_object
from openwado.dicom.treatment import frame_bytes
from openwado.errors import Forbidden, NotSupported, WadoError
from openwado.object_files import write_anonymized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataelem import DataElement

    from corpus_files import Opened
    from dicom.conftest import ObjectMaker, Stored

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
RLE = "1.2.840.10008.1.2.5"
STUDY = "1.2.826.0.1.3680043.10.1.17"
#: Names nobody, and stands wherever somebody could be named.
SECRET = "QUIXANO"  # noqa: S105 -- no password
SECRETS = (SECRET.encode(), SECRET.lower().encode(), SECRET.encode("utf-16-le"))
GREY = np.arange(8 * 16, dtype=np.uint8).reshape(8, 16)


def anonymized(
    stored: Stored | Opened,
    transfer_syntax: str | None = None,
    *,
    rules: tuple[BurnedInRule, ...] = (),
    charset: tuple[str, tuple[str, ...]] = ("", ()),
    key: bytes = b"k" * 32,
) -> bytes:
    """Return an object as it leaves."""
    source, instance = stored.source, stored.instance
    target, _ = leaves_as(transfer_syntax, None, instance, anonymize=True)
    wishes = ObjectWishes(
        target, charset=charset[0], character_set=charset[1], deidentification=Deidentification(key, rules)
    )
    parts, spool = plan_object(source, instance, wishes, stored.entries), b""
    if isinstance(parts, FramesToEncode):
        streams = [frame_bytes(source, instance, entry, parts.treatment) for entry in parts.entries]
        spool = b"".join(item_header(len(stream)) + stream for stream in streams)
        parts = plan_object(source, instance, wishes, stored.entries, tuple(map(len, streams)))
    assert not isinstance(parts, FramesToEncode)
    written = bytearray()
    for part in parts:
        match part:
            case bytes():
                written += part
            case FileSpan():
                written += read_span(source, part, 0, part.length)
            case SpoolSpan():
                written += spool[part.offset : part.offset + part.length]
            case DecodedFrames():
                for entry in part.entries:
                    written += frame_bytes(source, instance, entry, part.treatment)
    return bytes(written)


def read(data: bytes) -> Dataset:
    """Read what was sent."""
    with warnings.catch_warnings(action="ignore"):
        data_set = pydicom.dcmread(io.BytesIO(data))
        list(data_set.iterall())
    return data_set


def silent(data: bytes) -> bool:
    """Say whether nothing in an object tells the secret."""
    return not any(secret in data for secret in SECRETS)


def ct(make: ObjectMaker, **attributes: Any) -> Dataset:  # noqa: ANN401 -- values of any VR
    """Return the data set of an image of a kind that has no text in its pixels."""
    given = {
        "SOPClassUID": CTImageStorage,
        "Modality": "CT",
        "PatientName": f"{SECRET}^Test",
        "PatientID": f"{SECRET}-7",
        "StudyInstanceUID": STUDY,
        "SOPInstanceUID": f"{STUDY}.9",
    }
    return make.data_set(8, 16, **given | attributes)


def element(tag: int, vr: str, value: bytes, *, length: int | None = None) -> bytes:
    """Return an element in Explicit VR Little Endian; "" for one in Implicit VR."""
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not vr:
        return head + struct.pack("<I", size) + value
    if vr in ("OB", "OW", "SQ", "UN", "UT", "UR", "UC"):
        return head + vr.encode() + struct.pack("<HI", 0, size) + value
    return head + vr.encode() + struct.pack("<H", size) + value


def item(body: bytes, *, undefined: bool = False) -> bytes:
    """Return an item of a sequence."""
    if undefined:
        return b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + body + b"\xfe\xff\x0d\xe0\0\0\0\0"
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body


def with_elements(make: ObjectMaker, inserted: bytes, syntax: str = ExplicitVRLittleEndian) -> Stored:
    """Return an image with raw elements before its pixel data."""
    stored = make.native(GREY, ct(make), syntax)
    data = stored.source.read_at(0, stored.source.size)
    place = data.rindex(b"\xe0\x7f\x10\x00")
    return make.read(data[:place] + inserted + data[place:])


END = b"\xfe\xff\xdd\xe0\0\0\0\0"
NAME = element(0x00100010, "PN", b"QUIXANO^TEST")
NAME_IMPLICIT = element(0x00100010, "", b"QUIXANO^TEST")
HIDDEN = {
    "a group length": element(0x00280000, "UL", b"QUIX") + element(0x50280000, "LO", b"QUIXANO "),
    "an unknown tag": element(0x00289999, "LO", b"QUIXANO "),
    "a private element": element(0x00290010, "LO", b"QUIXANO ") + element(0x00291001, "UN", b"QUIXANO "),
    "a private sequence": element(0x00291002, "SQ", item(NAME)),
    "an unknown sequence as UN": element(
        0x00289998, "UN", item(NAME_IMPLICIT, undefined=True) + END, length=0xFFFFFFFF
    ),
    "a known sequence as UN": element(0x00289145, "UN", item(NAME_IMPLICIT)),
    "a known sequence as UN without items": element(0x00289145, "UN", b"QUIXANO "),
    "explicit items in UN": element(0x00289145, "UN", item(NAME, undefined=True) + END, length=0xFFFFFFFF),
    "bytes behind an item's elements": element(0x00289145, "SQ", item(NAME + b"\0\0\0\0QUIXANO\0")),
    "items in a value of bytes": element(0x00281201, "OB", item(NAME) + END, length=0xFFFFFFFF),
    "bytes instead of a text": element(0x00281090, "OB", b"QUIXANO "),
    "a code string that is none": element(0x00281080, "CS", b"Quixano "),
    "a UID that is none": element(0x00281199, "UI", b"QUIXANO\0") + element(0x00081150, "UI", b"QUIXANO\0"),
    "a UID under DICOM's root that is none": element(0x00281214, "UI", b"1.2.840.10008.QUIXANO\0"),
    "a UID with a class's tag": element(0x00081150, "UI", b"1.2.840.10008.1\\QUIXANO\0"),
    "an address": element(0x00287FE0, "UR", b"http://x.test/QUIXANO ") + element(0x0008010E, "UR", b"urn:QUIXANO "),
    "an application title": element(0x00289999, "AE", b"QUIXANO "),
    "an overlay without data": element(0x60000022, "LO", b"QUIXANO ") + element(0x60004000, "LT", b"QUIXANO "),
    "pixels' own group": element(0x7FE00005, "LO", b"QUIXANO "),
    "nested pixels": element(0x00289145, "SQ", item(element(0x7FE00010, "OB", b"QUIXANO "))),
    "names of several people": element(0x00142006, "PN", b"A^B\\QUIXANO^C"),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_nothing_hides(make: ObjectMaker, where: str) -> None:
    """AN-1, AN-5: whatever an element is called and however it is written, nothing of somebody remains."""
    stored = with_elements(make, HIDDEN[where])
    for syntax in (None, "*", RLE):
        data = anonymized(stored, syntax)
        assert silent(data)
        read(data)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, IMPLICIT, BIG_ENDIAN, DEFLATED])
@pytest.mark.parametrize("vr", ["SH", "LO", "ST", "LT", "UT", "UC"])
def test_kept_texts(make: ObjectMaker, syntax: str, vr: str) -> None:
    """AN-5: a text that the profile keeps goes if it names whoever is named elsewhere, at any depth."""
    keyword = {
        "SH": "SequenceName",
        "LO": "SoftwareVersions",
        "ST": "AcquisitionContextDescription",
        "LT": "DoseComment",
        "UT": "TextValue",
        "UC": "StrainDescription",
    }[vr]
    inner = Dataset()
    setattr(inner, keyword, f"scan_{SECRET}_2")
    data_set = ct(make, ImageComments="", **{keyword: f"of {SECRET.lower()}"})
    data_set.MetaboliteMapCodeSequence = Sequence([inner])
    found = read(anonymized(make.native(GREY, data_set, syntax)))
    assert getattr(found, keyword) == getattr(found.MetaboliteMapCodeSequence[0], keyword) == "ANONYMIZED"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Doe^Jo", "DOE_JO"),
        ("Doe^Jo", "doe2"),
        ("Meier-Schmidt^Ann", "MEIER KNEE"),
        ("M\u00fcller^J\u00f6rg", "Muller"),
        ("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "\u60a3\u8005\u5c71\u7530"),
        ("Hong^Gildong=\u6d2a^\u5409\u6d1e=\ud64d^\uae38\ub3d9", "\ud64d\uae38\ub3d9"),
    ],
)
def test_names_in_other_words(make: ObjectMaker, name: str, text: str) -> None:
    """AN-5: names are found between underscores and digits, without accents, and in scripts without spaces."""
    data_set = ct(make, SpecificCharacterSet="ISO_IR 192", PatientName=name, SequenceName=text)
    assert read(anonymized(make.native(GREY, data_set))).SequenceName == "ANONYMIZED"


def test_uids_and_births_in_texts(make: ObjectMaker) -> None:
    """AN-4, AN-5: a text with a UID or the day of birth leads to somebody; versions and registered UIDs do not."""
    data_set = ct(make, PatientBirthDate="19010203", SoftwareVersions=f"from {STUDY}.9", DoseComment="born 19010203")
    data_set.SequenceName, data_set.ManufacturerModelName = "5.3.1.0.2", "as 1.2.840.10008.5.1.4.1.1.2"
    found = read(anonymized(make.native(GREY, data_set)))
    assert (found.SoftwareVersions, found.DoseComment) == ("ANONYMIZED", "ANONYMIZED")
    assert (found.SequenceName, found.ManufacturerModelName) == ("5.3.1.0.2", "as 1.2.840.10008.5.1.4.1.1.2")


def test_devices_in_texts(make: ObjectMaker) -> None:
    """AN-5: serial numbers lead to a place, and from there to people."""
    data_set = ct(make, DetectorID="SN98765", DetectorDescription="SN98765, out of temperature range")
    assert read(anonymized(make.native(GREY, data_set))).DetectorDescription == "ANONYMIZED"


def test_what_is_added(make: ObjectMaker) -> None:
    """AN-2: the object says that and how it was de-identified, behind what it said before, which names nobody."""
    before = Dataset()
    before.CodeValue, before.CodingSchemeDesignator, before.CodeMeaning = "113105", "DCM", f"for {SECRET}"
    data_set = ct(make, DeidentificationMethod=["first", SECRET])
    data_set.DeidentificationMethodCodeSequence = Sequence([before])
    found = read(anonymized(make.native(GREY, data_set)))
    assert (found.PatientIdentityRemoved, found.LongitudinalTemporalInformationModified) == ("YES", "REMOVED")
    assert found.BurnedInAnnotation == "NO"
    assert list(found.DeidentificationMethod) == [
        "ANONYMIZED",
        "openwado: PS3.15 Basic Profile, Clean Pixel Data Option",
    ]
    codes = [(code.CodeValue, code.CodeMeaning) for code in found.DeidentificationMethodCodeSequence]
    assert codes == [
        ("113105", "ANONYMIZED"),
        ("113100", "Basic Application Confidentiality Profile"),
        ("113101", "Clean Pixel Data Option"),
    ]
    fresh = read(anonymized(make.native(GREY, ct(make))))
    assert fresh.DeidentificationMethod == "openwado: PS3.15 Basic Profile, Clean Pixel Data Option"


def test_method_in_another_character_set(make: ObjectMaker) -> None:
    """AN-2: the method that was there is converted like any text where a character set is asked for."""
    data_set = ct(make, SpecificCharacterSet="ISO_IR 100", DeidentificationMethod="gel\u00f6scht")
    found = read(anonymized(make.native(GREY, data_set), charset=("UTF-8", ("ISO_IR 192",))))
    assert found.SpecificCharacterSet == "ISO_IR 192"
    assert found.DeidentificationMethod[0] == "gel\u00f6scht"


def test_file_meta(make: ObjectMaker) -> None:
    """AN-3: preamble and File Meta Information are the server's own."""
    data_set = ct(make)
    data = make.file(ExplicitVRLittleEndian, data_set)
    meta = element(0x00020017, "AE", b"QUIXANO ") + element(0x00020100, "UI", b"1.2.3.4\0")
    meta += element(0x00020102, "OB", b"QUIXANO ")
    length = int.from_bytes(data[140:144], "little")
    head = data[132:140] + (length + len(meta)).to_bytes(4, "little")
    data = SECRET.encode().ljust(128, b"\0") + b"DICM" + head + data[144 : 144 + length] + meta + data[144 + length :]
    sent = anonymized(make.read(data))
    found = read(sent)
    assert silent(sent)
    assert b"SENDER" not in sent
    assert sent[:128] == bytes(128)
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID != data_set.SOPInstanceUID
    assert found.file_meta.MediaStorageSOPClassUID == CTImageStorage


def test_unknown_transfer_syntax(make: ObjectMaker) -> None:
    """AN-3: a transfer syntax that is none is not named again."""
    data = make.file(ExplicitVRLittleEndian, ct(make)).replace(b"1.2.840.10008.1.2.1\0", b"1.2.QUIXANO.10008.1\0")
    assert silent(anonymized(make.read(data), "*"))


def test_uids_agree(make: ObjectMaker) -> None:
    """AN-4: one UID becomes the same one everywhere, by key; classes and registered UIDs stay."""
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, f"{STUDY}.9"
    first = ct(make, FrameOfReferenceUID="1.2.840.10008.1.4.1.1")
    second = ct(make, SOPInstanceUID=f"{STUDY}.10", ReferencedImageSequence=Sequence([reference]))
    second.add_new(0x00081160, "IS", "1")
    one, two = (read(anonymized(make.native(GREY, data_set))) for data_set in (first, second))
    other = read(anonymized(make.native(GREY, ct(make)), key=b"o" * 32))
    assert one.StudyInstanceUID == two.StudyInstanceUID != STUDY
    assert one.StudyInstanceUID.startswith("2.25.")
    assert one.StudyInstanceUID != other.StudyInstanceUID
    assert two.ReferencedImageSequence[0].ReferencedSOPInstanceUID == one.SOPInstanceUID
    assert two.ReferencedImageSequence[0].ReferencedSOPClassUID == one.SOPClassUID == CTImageStorage
    assert one.FrameOfReferenceUID == "1.2.840.10008.1.4.1.1"


def test_odd_padding_of_uids(make: ObjectMaker) -> None:
    """AN-4: the data set and File Meta Information agree on UIDs that are padded in an odd way."""
    data = make.file(ExplicitVRLittleEndian, ct(make))
    uid = f"{STUDY}.9".encode()
    found = read(anonymized(make.read(data.replace(uid + b"\0", uid + b"\n"))))
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID


def test_sop_class_that_is_none(make: ObjectMaker) -> None:
    """AN-4: a SOP Class stays as it is, so one that is no UID stays nowhere."""
    stored = make.read(
        make.file(ExplicitVRLittleEndian, ct(make)).replace(CTImageStorage.encode(), b"1.2.840.QUIXANO.5.1.4.1.1")
    )
    with pytest.raises(NotSupported):
        anonymized(stored)


def test_dates_and_times(make: ObjectMaker) -> None:
    """AN-5: dates and times that no table lists go; those that must be there say nothing."""
    data_set = ct(make, StudyDate="20010203", ContentDate="20010203", SeriesTime="010203")
    data_set.add_new(0x00189074, "DT", "20010203010203")
    data_set.add_new(0x00142004, "DA", "20010203")
    data_set.add_new(0x00142005, "TM", "010203")
    found = read(anonymized(make.native(GREY, data_set)))
    assert (found.StudyDate, found.ContentDate, found.SeriesTime) == ("", "19000101", "000000")
    assert (0x0014, 0x2004) not in found
    assert (0x0014, 0x2005) not in found
    assert b"20010203" not in anonymized(make.native(GREY, data_set))


@pytest.mark.parametrize("said", ["YES", "yes"])
def test_de_identified_before(make: ObjectMaker, said: str) -> None:
    """AN-9: UIDs stay where the object says to the letter that nobody is named; the profile acts all the same."""
    data = make.file(ExplicitVRLittleEndian, ct(make, PatientIdentityRemoved="YES")).replace(
        b"YES ", said.encode() + b" "
    )
    found = read(anonymized(make.read(data)))
    assert (found.StudyInstanceUID == STUDY) == (said == "YES")
    assert found.PatientName == ""
    assert found.PatientID.startswith("ANON-")


def test_kept_uids_that_are_none(make: ObjectMaker) -> None:
    """AN-9: what stands in the place of a UID and is none does not stay."""
    inner = element(0x00081155, "UI", b"QUIXANO\0")
    stored = with_elements(make, element(0x00120062, "CS", b"YES ") + element(0x00289145, "SQ", item(inner)))
    assert silent(anonymized(stored))


def test_copies_stay_in_their_folder(make: ObjectMaker, tmp_path: Path) -> None:
    """AN-9, AN-10: UIDs that are paths lead nowhere."""
    data_set = ct(make, PatientIdentityRemoved="YES")
    data = make.file(ExplicitVRLittleEndian, data_set).replace(b"UI\x08\x001.2.3.1\0", b"UI\x08\x00..\0\0\0\0\0\0")
    (tmp_path / "in.dcm").write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir()
    wishes = ObjectWishes(deidentification=Deidentification(b"k" * 32))
    file = write_anonymized(str(tmp_path / "in.dcm"), FileStore(), folder, wishes, DEFAULT_LIMITS)
    assert file.resolve().is_relative_to(folder / STUDY)
    assert file.parent.name.startswith("2.25.")


def test_other_identity(make: ObjectMaker) -> None:
    """AN-11: attributes that must be there are, with values where they must have one, and the same ID for the same."""
    found = read(anonymized(make.native(GREY, ct(make, AcquisitionDate="20010203"))))
    again = read(anonymized(make.native(GREY, ct(make, SOPInstanceUID="1.2.3.99"))))
    assert found.PatientID == again.PatientID != f"{SECRET}-7"
    assert found.PatientName == ""
    assert found.AcquisitionDate in ("", None)
    required = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "PixelData")
    assert all(found[keyword].value for keyword in required)


@pytest.mark.parametrize("tag", [0x0040A730, 0x00420011])
def test_documents_are_refused(make: ObjectMaker, tag: int) -> None:
    """AN-8: reports and encapsulated documents are refused."""
    value = element(tag, "SQ", item(NAME)) if tag == 0x0040A730 else element(tag, "OB", b"QUIXANO ")
    with pytest.raises(NotSupported):
        anonymized(with_elements(make, value))


def test_sound_is_refused(make: ObjectMaker) -> None:
    """AN-8: so is recorded sound: voices tell who speaks."""
    with pytest.raises(NotSupported):
        anonymized(make.stored(ExplicitVRLittleEndian, ct(make, SOPClassUID="1.2.840.10008.5.1.4.1.1.9.4.1")))


def test_overlays_curves_and_icons(make: ObjectMaker) -> None:
    """AN-6, AN-7: overlays, curves, graphics and icons go as a whole."""
    icon = Dataset()
    icon.Rows = icon.Columns = 2
    icon.PixelData = b"QUIXANO "
    icon["PixelData"].VR = "OB"
    data_set = ct(make, IconImageSequence=Sequence([icon]))
    data_set.add_new(0x60003000, "OW", b"QUIXANO ")
    data_set.add_new(0x60020010, "US", 2)
    data_set.add_new(0x50003000, "OW", b"QUIXANO ")
    data_set.GraphicAnnotationSequence = Sequence([Dataset()])
    data_set.GraphicAnnotationSequence[0].GraphicLayer = SECRET
    sent = anonymized(make.native(GREY, data_set))
    assert silent(sent)
    assert not [found.tag for found in read(sent) if found.tag.group in (0x5000, 0x6000, 0x6002, 0x0070, 0x0088)]


@pytest.mark.parametrize("said", ["YES", "", "no"])
def test_unknown_text_in_pixels_is_refused(make: ObjectMaker, said: str) -> None:
    """AN-6: an image that may have text, and does not say NO to the letter, is refused where no rule fits."""
    data_set = ct(make, Modality="US")
    data_set.add_new(0x00280301, "CS", "NONO")
    data = make.file(ExplicitVRLittleEndian, _with_pixels(data_set)).replace(b"NONO", said.encode().ljust(4))
    with pytest.raises(Forbidden):
        anonymized(make.read(data))


def _with_pixels(data_set: Dataset) -> Dataset:
    data_set.PixelData = GREY.tobytes()
    data_set["PixelData"].VR = "OB"
    return data_set


@pytest.mark.parametrize(
    "attributes",
    [
        {"BurnedInAnnotation": "NO", "SpecimenLabelInImage": "YES"},
        {"ImageType": ["DERIVED", "PRIMARY", "OVERVIEW", "NONE"]},
    ],
)
def test_slide_labels_are_refused(make: ObjectMaker, attributes: dict[str, Any]) -> None:
    """AN-6: pictures of a slide's label, or of the whole slide, have text."""
    with pytest.raises(Forbidden):
        anonymized(make.native(GREY, ct(make, Modality="SM", **attributes)))


def _region(left: int, top: int, right: int, bottom: int) -> Dataset:
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, top
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = right, bottom
    return region


def test_ultrasound_regions(make: ObjectMaker) -> None:
    """AN-6: of an ultrasound image its regions stay, edges included, unless they leave nothing out."""
    data_set = ct(make, Modality="US", SequenceOfUltrasoundRegions=Sequence([_region(2, 1, 5, 3)]))
    expected = np.zeros_like(GREY)
    expected[1:4, 2:6] = GREY[1:4, 2:6]
    assert np.array_equal(read(anonymized(make.native(GREY, data_set))).pixel_array, expected)
    halves = [_region(0, 0, 7, 7), _region(8, 0, 15, 7)]
    for regions in ([_region(0, 0, 15, 7)], halves):
        data_set = ct(make, Modality="US", SequenceOfUltrasoundRegions=Sequence(regions))
        with pytest.raises(Forbidden):
            anonymized(make.native(GREY, data_set))


def test_first_rule_that_fits(make: ObjectMaker) -> None:
    """AN-6: the first fitting rule says where text is; one without rectangles that there is none."""
    data_set = ct(make, Modality="US", Manufacturer="Maker")
    rules = (
        BurnedInRule(manufacturer="other", rectangles=((0, 0, 16, 8),)),
        BurnedInRule(manufacturer="MAKER", rows=8, rectangles=((12, 0, 99, 2),)),
        BurnedInRule(),
    )
    expected = GREY.copy()
    expected[:2, 12:] = 0
    stored = make.native(GREY, data_set)
    assert np.array_equal(read(anonymized(stored, rules=rules)).pixel_array, expected)
    assert np.array_equal(read(anonymized(stored, rules=rules[2:])).pixel_array, GREY)


BLACKOUT = (BurnedInRule(rectangles=((0, 0, 4, 2),)),)
PIXELS: dict[str, tuple[np.ndarray, dict[str, Any], Any]] = {
    "MONOCHROME1": (GREY + 1, {"PhotometricInterpretation": "MONOCHROME1"}, 255),
    "12 bits": (GREY.astype(np.uint16) + 1, {"BitsAllocated": 16, "BitsStored": 12}, 0),
    "signed": (
        GREY.astype(np.int16) - 50,
        {"BitsAllocated": 16, "BitsStored": 12, "PixelRepresentation": 1},
        -2048,
    ),
    "RGB": (np.stack([GREY + 1] * 3, -1), {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, 0),
    "YBR": (
        np.stack([GREY + 1] * 3, -1),
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL"},
        (0, 128, 128),
    ),
}


@pytest.mark.parametrize("syntax", [None, RLE, "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"])
@pytest.mark.parametrize("kind", PIXELS)
def test_blackout(make: ObjectMaker, kind: str, syntax: str | None) -> None:
    """AN-6: stored values in rectangles become black, in any syntax; all others stay to the bit."""
    cells, attributes, black = PIXELS[kind]
    stored = make.native(cells, ct(make, BurnedInAnnotation="YES", **attributes))
    sent = make.read(anonymized(stored, syntax, rules=BLACKOUT))
    native = read(anonymized(sent))
    native.PhotometricInterpretation = "RGB" if cells.ndim == 3 else "MONOCHROME2"
    found, expected = native.pixel_array, cells.copy()
    expected[:2, :4] = black
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("signed", [0, 1])
def test_unchanged_cells(make: ObjectMaker, signed: int) -> None:
    """AN-6: where nothing is cleaned, cells stay as they are, copies of the sign included."""
    cells = (GREY.astype(np.int16) - 50 * signed).astype("<i2")
    attributes = {"BitsAllocated": 16, "BitsStored": 12, "PixelRepresentation": signed}
    found = read(anonymized(make.native(cells, ct(make, **attributes))))
    assert found.PixelData == cells.tobytes()


def test_planes_and_frames(make: ObjectMaker) -> None:
    """AN-6: black in every frame, also where samples are stored plane by plane."""
    planes = np.random.default_rng(1).integers(1, 255, (2, 3, 8, 16), np.uint8)
    attributes = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 1}
    data_set = ct(make, BurnedInAnnotation="YES", NumberOfFrames=2, **attributes)
    found = read(anonymized(make.native(planes, data_set), rules=BLACKOUT)).pixel_array
    expected = np.moveaxis(planes, 1, -1).copy()
    expected[:, :2, :4] = 0
    assert np.array_equal(found, expected)


def test_packed_bits(make: ObjectMaker) -> None:
    """AN-6: black in single bits, whose frames do not end on bytes."""
    bits = np.ones((3, 3, 5), np.uint8)
    data_set = ct(make, BurnedInAnnotation="YES", NumberOfFrames=3, BitsAllocated=1, Rows=3, Columns=5)
    packed = np.packbits(bits.reshape(-1), bitorder="little")
    found = read(anonymized(make.native(packed, data_set), rules=BLACKOUT)).pixel_array
    bits[:, :2, :4] = 0
    assert np.array_equal(found, bits)


def test_palette(make: ObjectMaker) -> None:
    """AN-6: of a palette image the stored values change."""
    data_set = ct(make, BurnedInAnnotation="YES", PhotometricInterpretation="PALETTE COLOR")
    for color in ("Red", "Green", "Blue"):
        setattr(data_set, f"{color}PaletteColorLookupTableDescriptor", [256, 0, 8])
        setattr(data_set, f"{color}PaletteColorLookupTableData", bytes(range(256)))
    found = read(anonymized(make.native(GREY + 1, data_set), rules=BLACKOUT))
    cells = np.frombuffer(found.PixelData, np.uint8).reshape(8, 16)
    assert not cells[:2, :4].any()
    assert np.array_equal(cells[2:], GREY[2:] + 1)


def _jpeg_2000(cells: np.ndarray) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(cells, codecformat="j2k", reversible=True, level=0))


def test_bits_outside_bits_stored(make: ObjectMaker) -> None:
    """AN-6, AN-7: planes in unused bits of cells go, in native cells and in streams that stay otherwise."""
    cells = GREY.astype(np.uint16) | 0xA000
    data_set = ct(make, BitsAllocated=16, BitsStored=12)
    data_set.add_new(0x60000100, "US", 16)
    data_set.add_new(0x60000102, "US", 13)
    native = make.native(cells, data_set)
    stream = _jpeg_2000(cells)
    streams = make.encapsulated(JPEG_2000, [stream], ct(make, BitsAllocated=16, BitsStored=12))
    assert np.array_equal(np.frombuffer(read(anonymized(native)).PixelData, "<u2").reshape(8, 16), GREY)
    sent = make.read(anonymized(streams, "*"))
    assert imagecodecs.jpeg2k_decode(read_frame(sent.source, sent.instance, sent.entries[0])).max() < 1 << 12


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, IMPLICIT, BIG_ENDIAN])
def test_bytes_behind_pixels(make: ObjectMaker, syntax: str) -> None:
    """AN-1, AN-6: nothing stays of bytes behind the last frame, and elements behind the pixels are treated as any."""
    data_set = ct(make, Rows=3, Columns=3)
    cells = np.concatenate([np.arange(9, dtype=np.uint8), np.frombuffer(b"QUIXANO", np.uint8)])
    data_set.add_new(0xFFFCFFFC, "OB", b"QUIXANO ")
    data_set.DigitalSignaturesSequence = Sequence([ct(make)])
    sent = anonymized(make.native(cells, data_set, syntax))
    assert silent(sent)
    assert read(sent).PixelData == bytes(range(9)) + b"\0"


def test_second_pixels(make: ObjectMaker) -> None:
    """AN-6: pixels beside the ones that are cleaned go."""
    stored = make.native(GREY, ct(make))
    data = stored.source.read_at(0, stored.source.size)
    place = data.rindex(b"\xe0\x7f\x10\x00")
    data = data[:place] + element(0x7FE00008, "OW", bytes(8 * 16 * 4)) + element(0x7FE00010, "OW", b"QUIXANO ")
    assert silent(anonymized(make.read(data)))


def test_jpeg_without_metadata(make: ObjectMaker) -> None:
    """AN-6: comments, application data, reserved segments and what follows leave a JPEG stream; pixels stay."""
    plain = bytes(imagecodecs.jpeg8_encode(GREY, level=90))
    hidden = b"".join(
        b"\xff" + bytes([marker]) + (2 + len(SECRET)).to_bytes(2, "big") + SECRET.encode()
        for marker in (0xFE, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF7, 0xF8, 0xFD, 0x02)
    )
    stream = plain[:2] + hidden + plain[2:] + SECRET.encode() + b"\xff\xd9"
    sent = anonymized(make.encapsulated(JPEG_BASELINE, [stream], ct(make)), "*")
    assert silent(sent)
    assert np.array_equal(
        imagecodecs.jpeg8_decode(without_metadata(stream, JPEG_BASELINE)), imagecodecs.jpeg8_decode(plain)
    )


@pytest.mark.parametrize("open_end", [False, True])
def test_jpeg_2000_without_metadata(open_end: bool) -> None:  # noqa: FBT001 -- a case of a test
    """AN-6: comments in all headers, unknown segments and what follows the codestream leave it; samples stay."""
    plain = _jpeg_2000(GREY)
    hidden = b"".join(
        b"\xff" + bytes([marker]) + (4 + len(SECRET)).to_bytes(2, "big") + b"\0\1" + SECRET.encode()
        for marker in (0x64, 0x70)
    )
    tile = plain.index(b"\xff\x90")
    length = int.from_bytes(plain[tile + 6 : tile + 10], "big") + len(hidden)
    head = plain[tile : tile + 6] + (0 if open_end else length).to_bytes(4, "big") + plain[tile + 10 : tile + 12]
    stream = plain[:tile] + hidden + head + hidden + plain[tile + 12 :] + SECRET.encode() + b"\xff\xd9"
    stripped = without_metadata(stream, JPEG_2000)
    assert silent(stripped)
    assert np.array_equal(imagecodecs.jpeg2k_decode(stripped), GREY)


def test_stored_syntax_is_always_possible(make: ObjectMaker) -> None:
    """AN-6, REQ-URI-8.2.11: an object whose streams cannot be stripped leaves with streams of the server's own."""
    stream = bytes(imagecodecs.jpegxl_encode(GREY, lossless=True))
    for syntax in ("1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.112"):
        sent = make.read(anonymized(make.encapsulated(syntax, [stream], ct(make)), "*"))
        assert sent.instance.transfer_syntax_uid == syntax
        assert np.array_equal(read(anonymized(sent)).pixel_array, GREY)


def identifying(data_set: Dataset) -> Iterator[str]:
    """Yield names, numbers and UIDs that the profile does not keep, long enough to be found by chance nowhere."""
    for found in data_set:
        if found.VR == "SQ":
            for inner in found.value or ():
                yield from identifying(inner)
        elif (found.VR == "UI" and found.tag not in KINDS) or _names_somebody(found):
            for value in found.value if found.VM > 1 else [found.value]:
                parts = re.split("[=^]", str(value)) if found.VR == "PN" else [str(value).strip()]
                yield from (part for part in parts if len(part) >= 7 and not part.startswith("1.2.840.10008"))


def _names_somebody(found: DataElement) -> bool:
    if found.VR == "PN":
        return True
    told = found.tag in profile() and found.VR in ("LO", "SH", "LT", "ST", "UT", "AE")
    return told and not found.keyword.endswith(("Description", "ProtocolName", "StudyID"))


@pytest.mark.corpus
def test_corpus(corpus: Path) -> None:
    """AN-1, AN-5, AN-10: no answer about an object of the corpus holds an identifying value of its source."""
    answers, leaks = 0, []
    for name in list(catalog(corpus))[::8]:
        data = (corpus / name).read_bytes()
        if len(data) > 1 << 22:
            continue
        try:
            found = as_read(data)
            sent = anonymized(found, "*")
        except (NotAnObject, WadoError):
            continue
        source = quietly_read(data)
        if source.get("PatientIdentityRemoved") == "YES":  # its UIDs stay
            continue
        answers += 1
        with warnings.catch_warnings(action="ignore"):
            values = set(identifying(source))
        leaks += [(name, value) for value in values if value.encode() in sent]
    assert answers > 20
    assert leaks == []
