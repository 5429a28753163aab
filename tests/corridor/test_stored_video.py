"""Stored video over HTTP: the stream as a file that plays, single frames, and what it is not (RR-28a, TR-4, D-19)."""

from __future__ import annotations

import io
import json
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from lxml import html
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, VideoEndoscopicImageStorage

from video_clips import COLUMNS, COUNT, H264, H265, MPEG2, RATE, ROWS, clip, in_items, picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("stored_video")

STUDY, SERIES = "1.2.3.1", "1.2.3.1.1"
#: UID, transfer syntax, container, media type of the whole, and whether it leaves as it is stored.
OBJECTS = (
    ("1.2.3.8.1", MPEG2, "vob", "video/mpeg", True),
    ("1.2.3.8.2", MPEG2, "mpegts", "video/mpeg", True),
    ("1.2.3.8.3", H264, "h264", "video/mp4", False),
    ("1.2.3.8.4", H264, "mpegts", "video/mp4", False),
    ("1.2.3.8.5", H265, "hevc", "video/mp4", False),
)


def write_video(folder: Path, uid: str, transfer_syntax: str, form: str) -> None:
    """Write an object around a clip."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = VideoEndoscopicImageStorage, uid
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = STUDY, SERIES, "ES"
    made.Rows, made.Columns, made.NumberOfFrames, made.SamplesPerPixel = ROWS, COLUMNS, COUNT, 3
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation, made.PlanarConfiguration = "YBR_PARTIAL_420", 0
    made.FrameTime, made.FrameIncrementPointer = str(1000 / RATE), 0x00181063
    made.PixelData = in_items([clip(transfer_syntax, form)])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    made.save_as(folder / f"{uid}.dcm", enforce_file_format=True)


class Served(NamedTuple):
    """A server over videos."""

    server: RunningServer

    def get(self, uid: str, headers: dict[str, str] | None = None, **parameters: str | int) -> httpx.Response:
        """Ask for a video."""
        query = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": SERIES, "objectUID": uid, **parameters}
        return self.server.client.get("/wado", params=query, headers={"Accept": "*/*"} | (headers or {}))


@pytest.fixture(scope="module")
def served(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Start a server over the objects."""
    folder = tmp_path_factory.mktemp("videos")
    for uid, transfer_syntax, form, _, _ in OBJECTS:
        write_video(folder, uid, transfer_syntax, form)
    return Served(start_server(folder))


@pytest.mark.parametrize(("uid", "transfer_syntax", "form", "media_type", "as_stored"), OBJECTS)
def test_rr_28a_the_stream_as_a_file(  # noqa: PLR0917 -- a row of the table
    served: Served,
    uid: str,
    transfer_syntax: str,
    form: str,
    media_type: str,
    as_stored: bool,  # noqa: FBT001 -- as above
    tmp_path: Path,
) -> None:
    """RR-28a: all pictures with their times, not encoded again; the stored bytes where these are a file; in ranges."""
    answer = served.get(uid, contentType=media_type)
    assert answer.headers["content-type"] == media_type
    stored = clip(transfer_syntax, form)
    if as_stored:
        assert answer.content.rstrip(b"\0") == stored.rstrip(b"\0")
    path = tmp_path / "video"
    path.write_bytes(answer.content)
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    stream = found["streams"][0]
    assert int(stream["nb_read_frames"]) == COUNT
    if media_type == "video/mp4":  # of program streams ffprobe only guesses it
        assert abs(float(stream["duration"]) - COUNT / RATE) <= 1.01 / RATE
    part = served.get(uid, {"Range": "bytes=100-299"}, contentType=media_type)
    assert (part.status_code, part.content) == (206, answer.content[100:300])


@pytest.mark.parametrize("uid", [row[0] for row in OBJECTS])
@pytest.mark.parametrize("number", [1, 15, COUNT])
def test_frames_are_pictures(served: Served, uid: str, number: int) -> None:
    """A frame of a video by its number is a picture like any other, in any size."""
    answer = served.get(uid, contentType="image/png", frameNumber=number)
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as image:
        error = np.asarray(image.convert("RGB")).astype(float) - picture(number)
    assert (error**2).mean() < 130
    small = served.get(uid, frameNumber=number, columns=48)
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.size == (48, 32)
    assert served.get(uid, frameNumber=COUNT + 1).status_code == 400


def test_what_changes_pixels_is_refused(served: Served) -> None:
    """A stored stream is not encoded again: parameters that would need that are 501 by name, never ignored."""
    for parameter, value in (("rows", 32), ("region", "0,0,0.5,0.5"), ("annotation", "patient"), ("imageQuality", 50)):
        query: dict[str, Any] = {parameter: value}
        answer = served.get("1.2.3.8.3", contentType="video/mp4", **query)
        assert (answer.status_code, parameter in answer.text) == (501, True)
    assert served.get("1.2.3.8.1", contentType="video/mp4").status_code == 406
    assert served.get("1.2.3.8.1", contentType="image/gif").status_code == 406


def test_tr_4_d_19_the_object_itself(served: Served) -> None:
    """TR-4, D-19: video is never made native: without transferSyntax=* 406, with it the stored object."""
    assert served.get("1.2.3.8.3").status_code == 406
    answer = served.get("1.2.3.8.3", contentType="application/dicom", transferSyntax="*")
    assert answer.content[128:132] == b"DICM"
    assert clip(H264, "h264").rstrip(b"\0") in answer.content


def test_the_page_plays_stored_video(served: Served) -> None:
    """The page of an H.264 object has it as a video to play; its pictures are frames."""
    address = f"/studies/{STUDY}/series/{SERIES}/instances/1.2.3.8.3"
    page = html.fromstring(served.server.client.get(address, headers={"Accept": "text/html"}).text)
    types = {option.get("value") for option in page.cssselect("select[name=contentType] option")}
    assert {"video/mp4", "image/jpeg"} <= types
    page = html.fromstring(served.server.client.get(f"{address}?contentType=video/mp4").text)
    (video,) = page.cssselect("video")
    assert "contentType=video/mp4" in str(video.get("src"))
