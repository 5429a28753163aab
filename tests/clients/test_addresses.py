"""Addresses as clients write them, older and careless ones too: answered, and never with a fault of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from clients.site import Site
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("clients")

DICOM, JPEG = "application/dicom", "image/jpeg"
OHIF = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'
IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
LINK = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

#: What stands after the UIDs, the Accept header field, and the type of the answer.
ASKED = [
    ("&contentType=application%2Fdicom&transferSyntax=*", "*/*", DICOM),
    ("&contentType=application/dicom&transferSyntax=%2A", "*/*", DICOM),
    ("&contentType=application/dicom&transferSyntax=*", OHIF, DICOM),
    ("&contentType=application%2fdicom", OHIF, DICOM),
    ("&contentType=image%2Fjpeg&imageQuality=80&rows=256&columns=256", "*/*", JPEG),
    ("&contentType=image/jpeg&imageQuality=70&rows=256&columns=256&overlays=true&_=1764228000", "*/*", JPEG),
    ("&contentType=image/jpg", "*/*", JPEG),
    ("&contentType=image/jpg", IMG, JPEG),
    ("&contentType=application/dicom&transferSyntax=1.2.840.100008.1.2", "*/*", DICOM),
    ("&contentType=application/dicom&useOrig=true", "*/*", DICOM),
    ("&useOrig=true&redir=true", "*/*", JPEG),
    ("&redir=false&rid=17&contentType=image/jpeg", "*/*", JPEG),
    ("", IMG, JPEG),
    ("", LINK, JPEG),
    ("", "image/webp", None),
]


def asked(server: RunningServer, dataset: FileDataset, rest: str, accept: str = "*/*") -> tuple[int, str]:
    """Ask by an address as it stands; return the status and the media type."""
    url = (
        f"/wado?requestType=WADO&studyUID={dataset.StudyInstanceUID}&seriesUID={dataset.SeriesInstanceUID}"
        f"&objectUID={dataset.SOPInstanceUID}{rest}"
    )
    answer = server.client.get(url, headers={"Accept": accept})
    return answer.status_code, answer.headers["content-type"]


@pytest.mark.parametrize(("rest", "accept", "media_type"), ASKED)
def test_addresses_of_clients(
    server: RunningServer, objects: dict[str, FileDataset], rest: str, accept: str, media_type: str | None
) -> None:
    """Escaped or not, mistyped, with parameters of their own: the answer is what is wanted, 406 if that cannot be."""
    status, given = asked(server, objects["head/1-ct-05"], rest, accept)
    assert (status, given) == (200, media_type) if media_type else status == 406


def test_frames_counted_from_0(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """Frames are counted from 1 (PS3.18 9.4.1.2.3): frame 0 of older clients is 400, the last one is there."""
    dataset = objects["heart/1-us-01"]
    assert asked(server, dataset, "&contentType=image/jpeg&frameNumber=20") == (200, JPEG)
    for number in (0, 21):
        status, _ = asked(server, dataset, f"&contentType=image/jpeg&frameNumber={number}")
        assert status == 400


@pytest.mark.parametrize("path", ["/wado", "/studies/{study}/ohif.json"])
def test_the_preflight_of_ohif(server: RunningServer, site: Site, objects: dict[str, FileDataset], path: str) -> None:
    """The quotes in OHIF's Accept cause one: a page may send its header fields, and read errors too."""
    address = path.format(study=objects["head/1-ct-05"].StudyInstanceUID)
    own = {"Origin": site.origin}
    wish = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "accept,authorization"}
    preflight = server.client.options(address, headers=own | wish)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == site.origin
    assert "Origin" in preflight.headers["vary"]
    allowed = {name.strip() for name in preflight.headers["access-control-allow-headers"].split(",")}
    assert allowed >= {"accept", "authorization", "range", "if-none-match"}
    for url, status in (("/studies/1.2.3/ohif.json", 404), ("/wado?requestType=WADO", 400)):
        wrong = server.client.get(url, headers=own)
        assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (status, site.origin)
    stranger = server.client.get("/wado?requestType=WADO", headers={"Origin": "https://stranger.example"})
    assert "access-control-allow-origin" not in stranger.headers
