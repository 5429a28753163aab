"""Weasis: the manifest of a study, and the requests that Weasis makes of it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest
from lxml import etree
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("clients")

#: Where the file meta information begins after preamble, prefix and its own length (PS3.10 7.1).
META_START = 128 + 4 + 12
NAMESPACE = "http://www.weasis.org/xsd/2.5"
UID, CODE, WHOLE, DATE = r"[0-9.]{1,64}", r"[A-Z0-9 _]{0,16}", r"-?[0-9]{1,10}", r"[0-9]{8}"
TIME = r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,6})?)?)?"
SHORT, LONG, ANY = r"(?s:.{0,16})", r"(?s:.{0,64})", r"(?s:.*)"

#: What its readers take: the elements of the namespace, what is in them, and their attributes; those with ! must be.
ELEMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "manifest": ("arcQuery", {"uid": ANY}),
    "arcQuery": (
        "Patient",
        {
            "!arcId": ANY,
            "!baseUrl": r"https?://\S+",
            "webLogin": ANY,
            "requireOnlySOPInstanceUID": "true|false",
            "additionnalParameters": ANY,
            "overrideDicomTagsList": ANY,
        },
    ),
    "Patient": (
        "Study",
        {
            "!PatientID": LONG,
            "!PatientName": LONG,
            "IssuerOfPatientID": LONG,
            "PatientBirthDate": DATE,
            "PatientBirthTime": TIME,
            "PatientSex": "[MFO]",
        },
    ),
    "Study": (
        "Series",
        {
            "!StudyInstanceUID": UID,
            "StudyDescription": LONG,
            "StudyDate": DATE,
            "StudyTime": TIME,
            "AccessionNumber": SHORT,
            "StudyID": SHORT,
            "ReferringPhysicianName": LONG,
        },
    ),
    "Series": (
        "Instance",
        {
            "!SeriesInstanceUID": UID,
            "SeriesDescription": LONG,
            "SeriesNumber": WHOLE,
            "Modality": CODE,
            "WadoTransferSyntaxUID": ANY,
            "WadoCompressionRate": WHOLE,
            "DirectDownloadThumbnail": ANY,
        },
    ),
    "Instance": ("", {"!SOPInstanceUID": UID, "InstanceNumber": WHOLE, "DirectDownloadFile": ANY}),
}


def check(element: etree._Element, name: str = "manifest") -> None:
    """Fail where an element is not as Weasis reads it."""
    inside, known = ELEMENTS[name]
    assert element.tag == f"{{{NAMESPACE}}}{name}"
    for attribute, form in known.items():
        value = element.get(attribute.removeprefix("!"))
        assert value is not None or not attribute.startswith("!"), attribute
        assert value is None or re.fullmatch(form, value), (attribute, value)
    assert {str(key) for key in element.attrib} <= {attribute.removeprefix("!") for attribute in known}
    assert not (element.text or "").strip()
    assert len(element) > 0 or not inside
    for child in element:
        check(child, inside)


def manifest(server: RunningServer, study: str) -> etree._Element:
    """Return the manifest of a study."""
    answer = server.client.get(f"/studies/{study}/weasis.xml", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"] == "application/xml"
    assert len(answer.content) == int(answer.headers["content-length"])
    return etree.fromstring(answer.content)


def requests_of(root: etree._Element) -> dict[str, tuple[str, str]]:
    """Return, by SOP Instance UID, what Weasis asks for: the object, and a small picture of it."""
    made = {}
    for query in root:
        base, more = query.get("baseUrl", ""), query.get("additionnalParameters", "")
        for study in query.iterfind("{*}Patient/{*}Study"):
            for series in study:
                for instance in series:
                    uids = (
                        f"?requestType=WADO&studyUID={study.get('StudyInstanceUID')}"
                        f"&seriesUID={series.get('SeriesInstanceUID')}&objectUID={instance.get('SOPInstanceUID')}"
                    )
                    syntax = f"&transferSyntax={series.get('WadoTransferSyntaxUID')}"
                    made[str(instance.get("SOPInstanceUID"))] = (
                        f"{base}{uids}&contentType=application%2Fdicom{syntax}{more}",
                        f"{base}{uids}&contentType=image/jpeg&imageQuality=80&rows=256&columns=256{more}",
                    )
    return made


def test_every_study_has_a_manifest(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """It is as Weasis reads it, and names every object of the study."""
    for study in {dataset.StudyInstanceUID for dataset in objects.values()}:
        root = manifest(server, study)
        check(root)
        named = {element.get("SOPInstanceUID") for element in root.iter(f"{{{NAMESPACE}}}Instance")}
        assert named == {dataset.SOPInstanceUID for dataset in objects.values() if dataset.StudyInstanceUID == study}


def test_it_says_whose_study_it_is(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """Names and descriptions are those of the objects, in any script."""
    dataset = objects["brain/1-mr-01"]
    root = manifest(server, dataset.StudyInstanceUID)
    (patient,) = root.iter(f"{{{NAMESPACE}}}Patient")
    assert (patient.get("PatientID"), patient.get("PatientName")) == (dataset.PatientID, str(dataset.PatientName))
    assert patient[0].get("StudyDescription") == dataset.StudyDescription
    assert patient[0].get("StudyDate") == dataset.StudyDate


def test_what_weasis_then_asks_for_is_there(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """Of every object of the manifest there is the object as stored, and a small picture of every image."""
    sources = {dataset.SOPInstanceUID: dataset for dataset in objects.values()}
    asked = requests_of(manifest(server, objects["head/1-ct-01"].StudyInstanceUID))
    assert len(asked) == 14
    for uid, (whole, small) in asked.items():
        answer = server.client.get(whole)
        assert answer.headers["content-type"] == "application/dicom"
        source = sources[uid]
        if source.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:  # retired: it leaves in little endian
            got = pydicom.dcmread(io.BytesIO(answer.content))
            assert (got.SOPInstanceUID, got.pixel_array.tolist()) == (uid, source.pixel_array.tolist())
        else:
            stored = Path(str(source.filename)).read_bytes()
            assert answer.content.endswith(stored[META_START + source.file_meta.FileMetaInformationGroupLength :])
        if "PixelData" in source:
            with Image.open(io.BytesIO(server.client.get(small).content)) as picture:
                assert (picture.format, max(picture.size)) == ("JPEG", 256)


def test_one_series_has_a_manifest(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """A link opens one series alone."""
    dataset = objects["head/2-pt-01"]
    path = f"/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}/weasis.xml"
    root = etree.fromstring(server.client.get(path).content)
    check(root)
    assert [series.get("Modality") for series in root.iter(f"{{{NAMESPACE}}}Series")] == ["PT"]
    assert len(requests_of(root)) == 3


def test_older_manifests_of_object_uids_alone_are_refused_with_a_sentence(
    server: RunningServer, objects: dict[str, FileDataset]
) -> None:
    """With requireOnlySOPInstanceUID, which our manifest sets to false, studyUID would be empty: 400 says so."""
    uid = objects["head/1-ct-01"].SOPInstanceUID
    answer = server.client.get(f"/wado?requestType=WADO&studyUID=&seriesUID=&objectUID={uid}")
    assert answer.status_code == 400
    assert "studyUID" in answer.text
