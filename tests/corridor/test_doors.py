"""What happens at the doors themselves: versions, lengths, HEAD, tags, video; raw bytes on a real socket."""

from __future__ import annotations

import socket
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("doors")

Uids = tuple[str, str, str]

VIDEO = ("2.25.1", "2.25.2", "2.25.3")
BARE = ("2.25.1", "2.25.2", "2.25.5")
BROKEN = ("2.25.1", "2.25.2", "2.25.4")


def cine(source: Path, uids: Uids, frames: list[bytes], transfer_syntax: str) -> pydicom.Dataset:
    """Return the sample ultrasound loop with other frames."""
    made = pydicom.dcmread(source)
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = uids
    made.file_meta.MediaStorageSOPInstanceUID = UID(uids[2])
    made.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    made.NumberOfFrames = max(2, len(frames))
    made.PixelData = encapsulate(frames)
    return made


@pytest.fixture(scope="module")
def server(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunningServer:
    """Serve the samples, a video object, and an RLE object whose last frame is cut off."""
    folder = tmp_path_factory.mktemp("doors")
    loop = next(samples.rglob("1-us-01.dcm"))
    stream = b"\x00\x00\x01\xb3" + bytes(2000)
    cine(loop, VIDEO, [stream], "1.2.840.10008.1.2.4.100").save_as(folder / "video.dcm")
    chart = next(path for path in samples.rglob("*.dcm") if is_rle(path))
    (frame,) = generate_frames(pydicom.dcmread(chart).PixelData, number_of_frames=1)
    broken = cine(chart, BROKEN, [frame, frame[:200]], RLELossless)
    broken.SOPClassUID = broken.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7.4")
    broken.save_as(folder / "broken.dcm")
    bare = pydicom.dcmread(chart)
    bare.StudyInstanceUID, bare.SeriesInstanceUID, bare.SOPInstanceUID = BARE
    bare.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    del bare.PixelData
    bare.save_as(folder / "bare.dcm")
    return start_server(folder, samples)


def is_rle(path: Path) -> bool:
    """Return whether a file is RLE."""
    return bool(pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID == RLELossless)


def raw(server: RunningServer, request: bytes) -> bytes:
    """Send bytes and return what comes until the connection closes."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_tr_4_a_video_stream_is_not_decompressed(server: RunningServer) -> None:
    """TR-4: a video object without transferSyntax is 406 that names transferSyntax=*, which gives the stored bytes."""
    for parameters in ({}, {"contentType": "application/dicom"}, {"transferSyntax": "1.2.840.10008.1.2.4.90"}):
        response = server.wado(VIDEO, **parameters)
        assert response.status_code == 406, response.text
        assert "transferSyntax=*" in response.text
    assert server.wado(VIDEO, contentType="application/dicom", transferSyntax="*").status_code == 200


def test_an_image_without_pixels_says_so(server: RunningServer) -> None:
    """An image that holds no pixel data is 406 with that reason, and can be had as application/dicom."""
    refused = server.wado(BARE)
    assert refused.status_code == 406
    assert "no pixel data" in refused.text
    assert server.wado(BARE, contentType="application/dicom").status_code == 200


def test_6_2_1_head_has_the_status_of_get_for_a_broken_frame(server: RunningServer) -> None:
    """A frame that cannot be decoded is 500 for GET and for HEAD."""
    get = server.wado(BROKEN, contentType="application/dicom")
    head = server.client.head(get.request.url)
    assert (get.status_code, head.status_code) == (500, 500)


def test_7_1_another_major_version_is_505(server: RunningServer) -> None:
    """HTTP/2.0 in a request line is no version that is spoken here; HTTP/1.0 is."""
    assert raw(server, b"GET /wado HTTP/2.0\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 505")
    assert raw(server, b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_request_without_host_is_400(server: RunningServer) -> None:
    """RFC 9112 3.2: HTTP/1.1 needs Host."""
    assert raw(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("length", [9_000, 70_000, 300_000])
def test_8_5_5_a_target_that_is_too_long_is_414(server: RunningServer, length: int) -> None:
    """REQ-WEB-8.5-5: at any length, also beyond what the parser reads."""
    target = b"/wado?requestType=WADO&x=" + b"a" * length
    answer = raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414")


def test_8_4_2_one_rendition_has_one_tag(server: RunningServer) -> None:
    """D-11: a transfer syntax that cannot be made falls back, and says so by the default's location and tag."""
    uids = dict(pair.split("=") for pair in urlsplit(server.example).query.split("&"))
    own = uids["studyUID"], uids["seriesUID"], uids["objectUID"]
    plain = server.wado(own, contentType="application/dicom")
    fallen = server.wado(own, contentType="application/dicom", transferSyntax="1.2.840.10008.1.2.4.102")
    assert plain.content == fallen.content
    assert plain.headers["etag"] == fallen.headers["etag"]
    assert plain.headers["content-location"] == fallen.headers["content-location"]


def test_d_14_unknown_annotation_words_are_only_warned_of(server: RunningServer) -> None:
    """D-14: a keyword that nobody knows is ignored with Warning 299; the picture is the one without it."""
    response = server.client.get(server.example + "&annotation=nonsense")
    assert response.status_code == 200
    assert response.headers["warning"].startswith("299 ")
    assert "nonsense" in response.headers["warning"]
    assert response.content == server.client.get(server.example).content


def test_9_3_a_region_is_cut_by_the_decimals_that_were_written() -> None:
    """0.285 of 100 pixels is 28.5, which rounds up, although the binary number is a little less."""
    from openwado.render.viewport import pixel_edges  # noqa: PLC0415 -- this test only

    assert pixel_edges(0.285, 0.575, 100) == (29, 58)
    assert pixel_edges(0.145, 0.205, 100) == (15, 21)
    for size in (100, 512, 3000):
        edges = [pixel_edges(round(n / 1000, 3), round((n + 125) / 1000, 3), size) for n in range(0, 1000, 125)]
        assert all(before[1] == after[0] for before, after in pairwise(edges))
