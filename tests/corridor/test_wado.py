"""Whole requests over a real socket against the real command, on the sample objects (PS3.18 annex B and beyond)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from PIL import Image

from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from openwado.dicom.instance import Instance
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("corridor")

Uids = tuple[str, str, str]

#: Transfer syntaxes whose pixels pydicom reads by itself: native, deflated, RLE.
READ_BY_PYDICOM_ALONE = {f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".1.99", ".2", ".5")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of the server under test."""
    return tmp_path_factory.mktemp("corridor-data")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], samples: Path, data: Path) -> RunningServer:
    """Start the command on the sample objects."""
    return start_server(samples, "--data", data)


@pytest.fixture(scope="module")
def objects(server: RunningServer, data: Path) -> list[Instance]:
    """Return the records of all objects that the server serves."""
    del server
    index = SqliteIndex(data / "index.sqlite")
    found = [
        row.instance
        for study in index.studies(offset=0, limit=1000)
        for series in index.series(study.study_instance_uid)
        for row in index.instances(series.series_instance_uid, offset=0, limit=1000)
    ]
    index.close()
    return found


def uids(instance: Instance) -> Uids:
    """Return the three UIDs."""
    return instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid


@pytest.fixture(scope="module")
def ct(objects: list[Instance]) -> Instance:
    """Return a native 512x512 CT image."""
    return next(
        o for o in objects if o.picture and o.picture.modality == "CT" and o.pixels and not o.pixels.encapsulated
    )


@pytest.fixture(scope="module")
def cine(objects: list[Instance]) -> Instance:
    """Return a compressed multi-frame object."""
    return next(o for o in objects if o.number_of_frames > 1 and o.pixels and o.pixels.encapsulated)


@pytest.fixture(scope="module")
def report(objects: list[Instance]) -> Instance:
    """Return a structured report."""
    return next(o for o in objects if o.family == "text")


def picture(response: httpx.Response) -> Image.Image:
    """Open an answer's body."""
    return Image.open(io.BytesIO(response.content))


def test_b1_an_image_without_contenttype_is_a_baseline_jpeg(server: RunningServer, ct: Instance) -> None:
    """B.1: nothing but the UIDs gives image/jpeg, SOF0, one component, size of the image."""
    response = server.wado(uids(ct))
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jpeg"
    assert b"\xff\xc0" in response.content[:1000]
    assert picture(response).size == (512, 512)
    assert picture(response).mode == "L"


def test_b2_a_report_as_html(server: RunningServer, report: Instance) -> None:
    """B.2: a report without contentType is text/html in the character set asked for."""
    response = server.wado(uids(report), charset="UTF-8")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html;charset=UTF-8"


def test_b3_jp2_region_box_and_window_together(server: RunningServer, ct: Instance) -> None:
    """B.3: a real JP2 of 400x200 for a square source, with the words that were asked for."""
    response = server.wado(
        uids(ct),
        annotation="patient,technique",
        contentType="image/jp2;level=1,image/jpeg;q=0.5",
        columns="400",
        rows="300",
        region="0.3,0.4,0.5,0.5",
        windowCenter="-1000",
        windowWidth="2500",
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jp2"
    assert response.content[4:12] == b"jP  \r\n\x87\n"
    assert picture(response).size == (400, 200)


def test_9_1_words_are_written_last_and_only_when_asked_for(server: RunningServer, ct: Instance) -> None:
    """REQ-URI-8.2.1-2, -4: at the size of the picture, in its corners; the rest of it is the picture without words."""
    wanted = {"contentType": "image/png", "columns": "512", "rows": "512"}
    plain = np.asarray(picture(server.wado(uids(ct), **wanted)))
    for words in ("patient", "technique", "technique,patient,patient"):
        response = server.wado(uids(ct), **wanted, annotation=words)
        assert response.status_code == 200
        assert "warning" not in response.headers
        written = np.asarray(picture(response))
        assert written.shape == plain.shape
        differs = written != plain
        assert differs.any()
        assert not differs[200:300, 210:300].any()
        assert differs[:150, :210].any() == ("patient" in words)
        assert differs[:150, 300:].any() == ("technique" in words)


def test_9_1_a_small_picture_says_what_it_has_no_room_for(server: RunningServer, ct: Instance) -> None:
    """REQ-URI-8.2.1-7: Warning 299 where words were left out; the picture is the one without them."""
    wanted = {"contentType": "image/png", "columns": "64", "rows": "64"}
    response = server.wado(uids(ct), **wanted, annotation="patient,technique")
    assert "too small" in response.headers["warning"]
    assert response.content == server.wado(uids(ct), **wanted).content


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/gif", "image/jp2"])
def test_9_1_every_type_and_colour_carries_words(
    server: RunningServer, objects: list[Instance], media_type: str
) -> None:
    """REQ-URI-8.2.1-1: on grey and on colours, in every type; also where the stored frame would be the picture."""
    for instance in objects:
        if instance.family != "image" or instance.number_of_frames > 1:
            continue
        wanted = {"contentType": media_type, "rows": "400"}
        response = server.wado(uids(instance), **wanted, annotation="technique")
        assert response.status_code == 200, response.text
        if "warning" not in response.headers:
            assert response.content != server.wado(uids(instance), **wanted).content


def test_b4_an_anonymized_object_says_nothing_about_its_source(server: RunningServer, ct: Instance) -> None:
    """B.4, AN-10: nothing of the source in bytes or header fields; the same request gives the same object again."""
    stored = pydicom.dcmread(ct.key)
    wanted = {"contentType": "application/dicom", "anonymize": "yes", "transferSyntax": "1.2.840.10008.1.2.4.70"}
    response = server.wado(uids(ct), **wanted)
    assert response.status_code == 200, response.text
    read = pydicom.dcmread(io.BytesIO(response.content))
    assert read.file_meta.TransferSyntaxUID == wanted["transferSyntax"]
    assert read.PatientIdentityRemoved == "YES"
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID != stored.SOPInstanceUID
    told = str(response.headers).encode() + response.content
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "PatientID", "PatientName"):
        assert str(stored[keyword].value).encode() not in told, keyword
    assert "content-location" not in response.headers
    again = server.wado(uids(ct), **wanted)
    assert (again.content, again.headers["etag"]) == (response.content, response.headers["etag"])
    plain = server.wado(uids(ct), contentType="application/dicom")
    assert plain.headers["etag"] != response.headers["etag"]


def test_8_1_7_2_anonymize_is_refused_beside_a_picture(server: RunningServer, ct: Instance) -> None:
    """REQ-URI-8.1.7-1, -2: only application/dicom and only yes; a picture is refused, never sent as it is."""
    for wanted in ({"contentType": "image/jpeg", "anonymize": "yes"}, {"contentType": "image/png", "anonymize": "yes"}):
        response = server.wado(uids(ct), **wanted)
        assert (response.status_code, response.headers["content-type"].partition(";")[0][:5]) != (200, "image")
        assert response.status_code == 400
    assert server.wado(uids(ct), contentType="application/dicom", anonymize="no").status_code == 400


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/gif", "GIF"), ("image/jp2", "JPEG2000")],
)
def test_7_1_2_every_still_type_is_what_its_label_says(
    server: RunningServer, objects: list[Instance], media_type: str, name: str
) -> None:
    """The bytes of each picture type are of that type, for every image there is."""
    for instance in objects:
        if instance.family == "image":
            response = server.wado(uids(instance), contentType=media_type, frameNumber="1")
            assert response.status_code == 200, (instance.key, response.text)
            assert response.headers["content-type"] == media_type
            assert picture(response).format == name


def test_6_3_1_3_every_object_leaves_in_explicit_vr_little_endian(
    server: RunningServer, objects: list[Instance]
) -> None:
    """application/dicom without transferSyntax is Explicit VR Little Endian, readable, with the same attributes."""
    for instance in objects:
        response = server.wado(uids(instance), contentType="application/dicom")
        assert response.status_code == 200, (instance.key, response.text)
        assert response.headers["content-type"] == "application/dicom"
        read = pydicom.dcmread(io.BytesIO(response.content))
        assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert read.SOPInstanceUID == instance.sop_instance_uid
        if instance.number_of_frames:
            stored = pydicom.dcmread(instance.key)
            if stored.file_meta.TransferSyntaxUID in READ_BY_PYDICOM_ALONE:
                np.testing.assert_array_equal(read.pixel_array, stored.pixel_array)
            else:
                assert read.pixel_array.size == stored.Rows * stored.Columns * stored.SamplesPerPixel * max(
                    1, instance.number_of_frames
                )


def test_8_2_11_6_a_star_gives_the_stored_bytes(server: RunningServer, cine: Instance) -> None:
    """transferSyntax=* sends a compressed object byte for byte as it is stored."""
    response = server.wado(uids(cine), contentType="application/dicom", transferSyntax="*")
    assert response.content == Path(cine.key).read_bytes()


def test_8_2_7_frame_number_picks_that_frame(server: RunningServer, cine: Instance) -> None:
    """frameNumber=n is frame n, frames differ, and a frame that is not there is 400 naming the parameter."""
    first = server.wado(uids(cine), contentType="image/png", frameNumber="1")
    last = server.wado(uids(cine), contentType="image/png", frameNumber=str(cine.number_of_frames))
    beyond = server.wado(uids(cine), frameNumber=str(cine.number_of_frames + 1))
    assert first.content != last.content
    assert beyond.status_code == 400
    assert "frameNumber" in beyond.text


def test_d06_a_still_of_a_cine_names_its_frame(server: RunningServer, cine: Instance) -> None:
    """D-06: without frameNumber a still shows frame 1, and Content-Location says so."""
    response = server.wado(uids(cine), contentType="image/jpeg")
    assert response.status_code == 200
    assert "frameNumber=1" in response.headers["content-location"]


def test_n3_n22_a_cine_is_dicom_unless_a_picture_parameter_is_there(server: RunningServer, cine: Instance) -> None:
    """N3 and N22: no contentType means application/dicom; rows=200 means a JPEG of frame 1."""
    assert server.wado(uids(cine)).headers["content-type"] == "application/dicom"
    assert server.wado(uids(cine), rows="200").headers["content-type"] == "image/jpeg"


def test_8_2_5_a_window_changes_the_picture(server: RunningServer, ct: Instance) -> None:
    """A window is in Hounsfield units: a window far below shows white, far above black."""
    low = server.wado(uids(ct), contentType="image/png", windowCenter="-30000", windowWidth="10")
    high = server.wado(uids(ct), contentType="image/png", windowCenter="30000", windowWidth="10")
    assert np.asarray(picture(low))[256, 256] == 255
    assert np.asarray(picture(high)).max() == 0


def test_8_5_etag_confirms_and_changes_with_the_parameters(server: RunningServer, ct: Instance) -> None:
    """The same request confirms by 304 without a body; another window has another tag."""
    first = server.wado(uids(ct))
    again = server.client.get(first.request.url, headers={"If-None-Match": first.headers["etag"]})
    other = server.wado(uids(ct), windowCenter="40", windowWidth="400")
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert other.headers["etag"] != first.headers["etag"]


def test_8_4_2_content_location_names_the_same_rendition(server: RunningServer, ct: Instance) -> None:
    """Content-Location, asked for, gives the same bytes and the same tag."""
    first = server.wado(uids(ct), contentType="image/png,image/jpeg;q=0.5", columns="100", useOrig="true")
    again = server.client.get(first.headers["content-location"])
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]


def test_6_2_1_head_says_what_get_would(server: RunningServer, ct: Instance) -> None:
    """HEAD has GET's status, type, length and tag, and no body."""
    parameters = {"requestType": "WADO", "studyUID": uids(ct)[0], "seriesUID": uids(ct)[1], "objectUID": uids(ct)[2]}
    head = server.client.head("/wado", params=parameters)
    get = server.client.get("/wado", params=parameters)
    for name in ("content-type", "content-length", "etag", "content-location"):
        assert head.headers[name] == get.headers[name]
    assert head.content == b""


def test_8_5_2_byte_ranges_of_an_object(server: RunningServer, cine: Instance) -> None:
    """Ranges of a decoded object are the very bytes of the whole; one beyond the end is 416."""
    whole = server.wado(uids(cine), contentType="application/dicom")
    url, size = whole.request.url, len(whole.content)
    for first, last in ((0, 0), (100, 5000), (size - 700_000, size - 1), (size // 2, size // 2 + 400_000)):
        part = server.client.get(url, headers={"Range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
    assert server.client.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416


def test_8_1_4_unknown_and_misplaced_objects_are_not_found(server: RunningServer, ct: Instance, cine: Instance) -> None:
    """An unknown UID, and a known one under another study, give the same 404."""
    unknown = server.wado((uids(ct)[0], uids(ct)[1], "1.2.3.4"))
    misplaced = server.wado((uids(cine)[0], uids(ct)[1], uids(ct)[2]))
    assert unknown.status_code == misplaced.status_code == 404
    assert unknown.text == misplaced.text


@pytest.mark.parametrize(
    ("parameters", "status", "named"),
    [
        ({"rows": "0"}, 400, "rows"),
        ({"region": "0.5,0,0.2,1"}, 400, "region"),
        ({"windowCenter": "40"}, 400, "windowWidth"),
        ({"windowCenter": "40", "windowWidth": "0.5"}, 400, "windowWidth"),
        ({"imageQuality": "101"}, 400, "imageQuality"),
        ({"contentType": "image/*"}, 400, "contentType"),
        ({"contentType": "application/dicom,image/jpeg"}, 400, "contentType"),
        ({"contentType": "application/dicom", "rows": "10"}, 400, "rows"),
        ({"contentType": "image/jpeg", "anonymize": "yes"}, 400, "anonymize"),
        ({"contentType": "image/jpeg", "transferSyntax": "1.2.840.10008.1.2.1"}, 400, "transferSyntax"),
        ({"columns": "60000", "rows": "60000"}, 400, "rows"),
        ({"contentType": "image/tiff"}, 406, "image/jpeg"),
        ({"presentationUID": "1.2", "presentationSeriesUID": "1.3"}, 400, "presentationUID"),
    ],
)
def test_9_11_12_refusals_name_what_is_wrong(
    server: RunningServer, ct: Instance, parameters: dict[str, str], status: int, named: str
) -> None:
    """A wrong value or combination gets its status and a sentence that names the parameter or what there is."""
    response = server.wado(uids(ct), **parameters)
    assert response.status_code == status, response.text
    assert named in response.text


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/problem+json"),
        ("text/plain", "text/plain"),
        ("*/*", "text/plain"),
        ("image/avif,image/webp", "text/html"),
    ],
)
def test_8_6_3_errors_come_in_the_reader_s_format(server: RunningServer, accept: str, content_type: str) -> None:
    """An error is HTML for browsers, problem details for programs, else plain text."""
    response = server.client.get("/wado?requestType=WADO", headers={"Accept": accept})
    assert response.status_code == 400
    assert response.headers["content-type"].startswith(content_type)
    assert "studyUID" in response.text


def test_peers_what_real_clients_send_is_answered(server: RunningServer, ct: Instance) -> None:
    """OHIF's Accept, percent-encoded types, image/jpg, extra and mistyped parameters never fail (peers' complaints)."""
    ohif = server.client.get(
        "/wado",
        params={
            "requestType": "WADO",
            "studyUID": uids(ct)[0],
            "seriesUID": uids(ct)[1],
            "objectUID": uids(ct)[2],
            "contentType": "application/dicom",
            "transferSyntax": "*",
        },
        headers={"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'},
    )
    assert ohif.status_code == 200
    assert ohif.headers["content-type"] == "application/dicom"
    assert server.wado(uids(ct), contentType="image/jpg").headers["content-type"] == "image/jpeg"
    oviyam = server.wado(uids(ct), contentType="application/dicom", transferSyntax="1.2.840.100008.1.2")
    assert oviyam.status_code == 200
    assert server.wado(uids(ct), useOrig="true", redir="true").status_code == 200


def test_the_example_url_that_the_command_prints_works(server: RunningServer) -> None:
    """The printed example is a picture."""
    response = server.client.get(server.example)
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jpeg"
