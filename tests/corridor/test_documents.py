"""Reports, documents and waveforms over HTTP: types, languages, character sets, and what may stand beside them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from fpdf import FPDF
from lxml import etree
from lxml import html as lxml_html
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pypdf import PdfReader

from document.made_reports import code, item, number, reference, report, written
from made_objects import SERIES, STUDY, write_object
from made_waveforms import group, lead, waveform_file
from openwado.protocol.charset import CHARACTER_SETS

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("documents")

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
ENCAPSULATED_CDA = "1.2.840.10008.5.1.4.1.1.104.2"
IMAGE = "1.2.3.7.1"
RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Summary</title>
<component><structuredBody><component><section><title>Findings</title><text><paragraph>A &lt;small&gt; mass</paragraph>
<table><tr><th>Side</th><td>left</td></tr></table></text></section></component></structuredBody></component>
</ClinicalDocument>"""


def text_of(element: etree._Element) -> str:
    """Return what an element says."""
    return "".join(str(piece) for piece in element.itertext())


class Served(NamedTuple):
    """A server, and the UIDs of what it serves by name."""

    server: RunningServer
    uids: dict[str, tuple[str, str, str]]

    def get(self, name: str, headers: dict[str, str] | None = None, **parameters: str | int) -> httpx.Response:
        """Ask for an object."""
        study, series, uid = self.uids[name]
        query = {"requestType": "WADO", "studyUID": study, "seriesUID": series, "objectUID": uid, **parameters}
        return self.server.client.get("/wado", params=query, headers={"Accept": "*/*"} | (headers or {}))


def encapsulating(uid: str, sop_class: str, media_type: str, content: bytes) -> Dataset:
    """Return an object around a document."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = sop_class, uid
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.1", "1.2.3.5"
    made.PatientName, made.Modality = "Doe^Jane", "DOC"
    made.MIMETypeOfEncapsulatedDocument = media_type
    made.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    return made


def portable_document() -> bytes:
    """Return a PDF of one sentence."""
    made = FPDF()
    made.set_creation_date(datetime(2026, 1, 31, tzinfo=UTC))
    made.add_page()
    made.set_font("helvetica", size=12)
    made.cell(text="The liver is normal.")
    return bytes(made.output())


def plan() -> Dataset:
    """Return an RT plan."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = RT_PLAN, "1.2.3.6.1"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.1", "1.2.3.6"
    made.Modality, made.PatientName, made.RTPlanLabel = "RTPLAN", "Doe^Jane", "Boost <1>"
    return made


@pytest.fixture(scope="module")
def served(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Start a server over one object of each kind."""
    folder = tmp_path_factory.mktemp("documents")
    write_object(folder / "image.dcm", IMAGE)
    key = reference(IMAGE)
    evidence = Dataset()
    evidence.StudyInstanceUID, series = STUDY, Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = SERIES, Sequence([key])
    evidence.ReferencedSeriesSequence = Sequence([series])
    english = report(
        item("TEXT", "Finding", TextValue="No <b>mass</b>"),
        number("Long axis", "3.5", "mm"),
        number("Short axis", "2.5", "mm"),
        item("IMAGE", "Key", ReferencedSOPSequence=[key]),
        VerificationFlag="UNVERIFIED",
        CurrentRequestedProcedureEvidenceSequence=Sequence([evidence]),
    )
    chinese = report(item("TEXT", "Finding", TextValue="\u672a\u89c1\u80bf\u5757"), SOPInstanceUID="1.2.3.4.2")
    unplaced = report(item("IMAGE", "Key", ReferencedSOPSequence=[key]), SOPInstanceUID="1.2.3.4.4")
    cut = report(item("TEXT", "A", TextValue="x" * 999), SOPInstanceUID="1.2.3.4.3")
    coded = encapsulating("1.2.3.5.3", ENCAPSULATED_PDF, "application/pdf", portable_document())
    coded.ConceptNameCodeSequence = Sequence([code("Discharge letter")])
    objects = {
        "english": written(english),
        "chinese": written(chinese),
        "unplaced": written(unplaced),
        "cut": written(cut)[:-9],
        "pdf": written(encapsulating("1.2.3.5.1", ENCAPSULATED_PDF, "application/pdf", portable_document())),
        "coded": written(coded),
        "cda": written(encapsulating("1.2.3.5.2", ENCAPSULATED_CDA, "text/xml", CDA)),
        "plan": written(plan()),
        "ecg": waveform_file(
            [group((1000 * np.sin(np.arange(2000) / 40))[:, None].astype(np.int16), [lead("II")])],
            SOPInstanceUID="1.2.3.9.1",
        ),
    }
    uids = {}
    for name, content in objects.items():
        (folder / f"{name}.dcm").write_bytes(content)
        made = dcmread(
            io.BytesIO(content), force=True, specific_tags=["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
        )
        uids[name] = (str(made.StudyInstanceUID), str(made.SeriesInstanceUID), str(made.SOPInstanceUID))
    return Served(start_server(folder), uids)


def test_b_2_a_report_is_html(served: Served) -> None:
    """REQ-URI-7.3.2-2, B.2: a report is text/html unless something else is asked for; its texts are no markup."""
    answer = served.get("english")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    page = lxml_html.document_fromstring(answer.text)
    assert "No <b>mass</b>" in text_of(page)
    assert not page.cssselect("script")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["vary"] == "Accept, Accept-Charset, Accept-Language"


def test_a_report_in_each_type(served: Served) -> None:
    """REQ-TXT-1 … -3: every type that is offered is what it says it is, and has the finding in it."""
    text = served.get("english", contentType="text/plain")
    assert text.headers["content-type"] == "text/plain;charset=UTF-8"
    assert "No <b>mass</b>" in text.text
    xml = served.get("english", contentType="text/xml")
    assert xml.headers["content-type"] == "text/xml;charset=UTF-8"
    assert "No <b>mass</b>" in text_of(etree.fromstring(xml.content))
    pdf = served.get("english", contentType="application/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert "No <b>mass</b>" in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    rtf = served.get("english", contentType="text/rtf")
    assert rtf.headers["content-type"] == "text/rtf;charset=UTF-8"
    assert rtf.content.startswith(b"{\\rtf1")
    assert served.get("english", contentType="application/dicom").content[128:132] == b"DICM"


def test_d_05_a_type_that_is_not_offered(served: Served) -> None:
    """D-05, N11, N12: of a report text/html comes in its place, unless Accept forbids it; of others 406."""
    assert served.get("english", contentType="image/jpeg").headers["content-type"].startswith("text/html")
    assert served.get("english", {"Accept": "text/html"}, contentType="text/plain").status_code == 406
    assert served.get("plan", contentType="image/jpeg").status_code == 406
    assert served.get("ecg", contentType="image/jpeg").status_code == 406


def test_d_15_parameters_of_pictures(served: Served) -> None:
    """D-15, REQ-TXT-9: they are refused beside what is no image, whatever it is made into; frameNumber is ignored."""
    for name, media_type in (("english", "text/html"), ("ecg", "image/png"), ("plan", "text/html")):
        for parameter, value in (("rows", "64"), ("imageQuality", "50"), ("region", "0,0,1,1")):
            query: dict[str, Any] = {parameter: value}
            answer = served.get(name, contentType=media_type, **query)
            assert (answer.status_code, parameter in answer.text) == (400, True)
        assert served.get(name, contentType=media_type, frameNumber=7).status_code == 200
    assert served.get("english", anonymize="yes").status_code == 400


def test_languages(served: Served) -> None:
    """RFC 9110 12.5.4: our own words are Chinese where that is wanted more, and the entity tag tells both apart."""
    english = served.get("english", {"Accept-Language": "de, en;q=0.5"})
    chinese = served.get("english", {"Accept-Language": "zh-Hans-CN, en;q=0.9"})
    assert "Patient" in english.text
    assert "\u60a3\u8005" in chinese.text
    assert english.headers["etag"] != chinese.headers["etag"]
    again = served.get("english", {"Accept-Language": "zh", "If-None-Match": chinese.headers["etag"]})
    assert again.status_code == 304
    plain = served.get("english", {"Accept-Language": "zh"}, charset="ISO-8859-1")
    assert "Patient" in plain.text


@pytest.mark.parametrize("row", CHARACTER_SETS, ids=lambda row: row.name)
def test_character_sets(served: Served, row: object) -> None:
    """REQ-URI-8.1.6-4, REQ-WEB-8.8.5-2: texts in every set of the annex, named in the header and in the document."""
    name: str = row.name  # type: ignore[attr-defined]
    for media_type in ("text/html", "text/plain", "text/xml", "text/rtf"):
        answer = served.get("english", contentType=media_type, charset=name)
        assert answer.headers["content-type"] == f"{media_type};charset={name}"
        assert b"Doe, Jane" in answer.content
        if media_type in ("text/html", "text/xml"):
            assert name.encode() in answer.content[:200]
    answer = served.get("chinese", contentType="text/plain", charset=name)
    if name in ("UTF-8", "GBK", "GB18030"):
        assert "\u672a\u89c1\u80bf\u5757" in answer.content.decode(name)
    elif name == "ISO-2022-CN":
        assert b"\x1b$)A" in answer.content
    else:
        assert answer.status_code == 406
        assert "charset" in answer.text


def test_accept_charset(served: Served) -> None:
    """REQ-WEB-8.8.4-1: what Accept-Charset does not name is not sent; where it names nothing that there is, 406."""
    answer = served.get("english", {"Accept-Charset": "gbk"})
    assert answer.headers["content-type"] == "text/html;charset=GBK"
    assert served.get("english", {"Accept-Charset": "klingon"}).status_code == 406


def test_d_18_encapsulated_documents(served: Served) -> None:
    """D-18, REQ-TXT-6: an encapsulated document is DICOM by default, and itself on request, without padding."""
    assert served.get("pdf").headers["content-type"] == "application/dicom"
    content = portable_document()
    answer = served.get("pdf", contentType="application/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == content
    part = served.get("pdf", {"Range": "bytes=0-4"}, contentType="application/pdf")
    assert (part.status_code, part.content) == (206, b"%PDF-")
    text = served.get("pdf", contentType="text/plain").text
    assert text.startswith("Encapsulated PDF\n======")  # which has no title
    assert "The liver is normal." in text
    assert served.get("coded", contentType="text/plain").text.startswith("Discharge letter\n======")
    assert served.get("cda", contentType="text/xml").content == CDA


def test_req_txt_7_clinical_documents(served: Served) -> None:
    """REQ-TXT-7: a clinical document as HTML and as text, by our own reading of it."""
    page = lxml_html.document_fromstring(served.get("cda", contentType="text/html").text)
    assert "A <small> mass" in text_of(page)
    assert [text_of(heading).strip() for heading in page.cssselect("main h2")] == ["Findings"]
    assert text_of(page.cssselect("main th")[0]) == "Side"
    assert "A <small> mass" in served.get("cda", contentType="text/plain").text


def test_other_objects_can_be_read(served: Served) -> None:
    """REQ-WEB-8.7.4-2: an object that is only DICOM to the standard is a readable tree on request."""
    assert served.get("plan").headers["content-type"] == "application/dicom"
    for media_type in ("text/html", "text/plain"):
        answer = served.get("plan", contentType=media_type)
        assert answer.headers["content-type"] == f"{media_type};charset=UTF-8"
        assert "Boost" in answer.text
    assert "<1>" not in served.get("plan", contentType="text/html").text


def test_waveforms_are_drawn(served: Served) -> None:
    """A declared extension: waveforms as SVG, PNG, PDF, and a page with them; DICOM stays the default."""
    assert served.get("ecg").headers["content-type"] == "application/dicom"
    drawing = served.get("ecg", contentType="image/svg+xml")
    assert etree.fromstring(drawing.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert "sandbox" in drawing.headers["content-security-policy"]
    picture = np.asarray(Image.open(io.BytesIO(served.get("ecg", contentType="image/png").content)))
    assert min(picture.shape[:2]) > 400
    assert picture.std() > 5
    assert PdfReader(io.BytesIO(served.get("ecg", contentType="application/pdf").content)).pages
    assert "<svg" in served.get("ecg", contentType="text/html").text


def test_damage_is_told(served: Served) -> None:
    """A report that was cut off says so first, instead of looking complete."""
    answer = served.get("cut")
    assert answer.status_code == 200
    assert "Damaged" in answer.text


@pytest.mark.parametrize("name", ["english", "unplaced"])
def test_req_txt_4_pictures_of_a_report(served: Served, name: str) -> None:
    """REQ-TXT-4: a referenced image is shown by a WADO query, also where the report names no evidence."""
    (picture,) = lxml_html.document_fromstring(served.get(name).text).cssselect("img")
    answer = served.server.client.get(f"/wado{picture.get('src')!s}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert f"studyUID={STUDY}&seriesUID={SERIES}&objectUID={IMAGE}" in str(picture.get("src"))


def test_the_page_shows_documents(served: Served) -> None:
    """The page of a report has it in a frame, and lets it be asked for in every type."""
    study, series, uid = served.uids["english"]
    page = served.server.client.get(
        f"/studies/{study}/series/{series}/instances/{uid}", headers={"Accept": "text/html"}
    )
    tree = lxml_html.document_fromstring(page.text)
    (frame,) = tree.cssselect("iframe")
    assert "contentType=text/html" in str(frame.get("src"))
    assert served.server.client.get(str(frame.get("src"))).headers["content-type"].startswith("text/html")
    types = {option.get("value") for option in tree.cssselect("select[name=contentType] option")}
    assert types == {"", "text/html", "text/plain", "text/xml", "application/pdf", "text/rtf", "application/dicom"}


def test_a_document_in_a_page_speaks_its_language(served: Served) -> None:
    """The frame of a page whose address names a language has the answer in that one, whatever the browser's is."""
    study, series, uid = served.uids["english"]
    address = f"/studies/{study}/series/{series}/instances/{uid}"
    for language, accepted in (("zh-CN", "en"), ("en", "zh-CN")):
        fields = {"Accept": "text/html", "Accept-Language": accepted}
        page = lxml_html.document_fromstring(
            served.server.client.get(f"{address}?lang={language}", headers=fields).text
        )
        (frame,) = page.cssselect("iframe")
        shown = served.server.client.get(str(frame.get("src")), headers=fields)
        plain = served.get("english", contentType="text/html", headers={"Accept-Language": language})
        assert f'<html lang="{language}"' in shown.text
        assert shown.content == plain.content
        for picture in lxml_html.document_fromstring(shown.text).cssselect("img"):
            answer = served.server.client.get(str(shown.url.join(str(picture.get("src")))))
            assert answer.headers["content-type"] == "image/jpeg"
    refused = served.server.client.get(f"{address}/document?lang=xx", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "lang")
