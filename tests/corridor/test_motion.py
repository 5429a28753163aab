"""Moving pictures over HTTP: times, sizes, what may stand beside them, ranges, and their limits (RR-28)."""

from __future__ import annotations

import io
import json
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from lxml import html
from PIL import Image, ImageSequence
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from made_states import write_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("motion")

STUDY, SERIES = "1.2.3.1", "1.2.3.1.1"
ROWS, COLUMNS, FRAMES = 48, 65, 7
#: How each object is timed, and the milliseconds of its frames in order.
TIMINGS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "1.2.3.5.1": ({"FrameTime": "40", "FrameIncrementPointer": 0x00181063}, [40] * FRAMES),
    "1.2.3.5.2": (
        {"FrameTimeVector": [0, 100, 50, 200, 30, 30, 500], "FrameIncrementPointer": 0x00181065},
        [100, 50, 200, 30, 30, 500, 500],
    ),
    "1.2.3.5.3": ({"CineRate": 5}, [200] * FRAMES),
    "1.2.3.5.4": ({"RecommendedDisplayFrameRate": 60}, [1000 / 60] * FRAMES),
    "1.2.3.5.5": ({"FrameTime": "5000", "FrameIncrementPointer": 0x00181063}, [5000] * FRAMES),
    "1.2.3.5.6": ({"CineRate": 10, "PreferredPlaybackSequencing": 1}, [100] * (2 * FRAMES - 2)),
    "1.2.3.5.7": ({"CineRate": 10, "StartTrim": 3, "StopTrim": 5}, [100] * 3),
    "1.2.3.5.8": ({}, [100] * FRAMES),
}


def frames() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return frames of which each has its own level in a field, beside a ramp."""
    cells = np.tile(np.linspace(0, 255, COLUMNS).astype(np.uint8), (FRAMES, ROWS, 1))
    for number in range(FRAMES):
        cells[number, :24] = 20 + 30 * number
    return cells


def write_cine(folder: Path, uid: str, attributes: dict[str, Any]) -> None:
    """Write a multi-frame object."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = UltrasoundMultiFrameImageStorage, uid
    made.StudyInstanceUID, made.SeriesInstanceUID = STUDY, SERIES
    made.Modality, made.PatientName, made.PatientID = "US", "Doe^Jane", "P1"
    made.Rows, made.Columns, made.NumberOfFrames, made.SamplesPerPixel = ROWS, COLUMNS, FRAMES, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    pixels = frames().tobytes()
    made.PixelData = pixels + bytes(len(pixels) % 2)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.save_as(folder / f"{uid}.dcm", enforce_file_format=True)


class Served(NamedTuple):
    """A server over cines."""

    server: RunningServer

    def get(self, uid: str, headers: dict[str, str] | None = None, **parameters: str | int) -> httpx.Response:
        """Ask for a cine."""
        query = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": SERIES, "objectUID": uid, **parameters}
        return self.server.client.get("/wado", params=query, headers={"Accept": "*/*"} | (headers or {}))


@pytest.fixture(scope="module")
def served(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Start a server over a cine of each timing, and a state that turns the first."""
    folder = tmp_path_factory.mktemp("cines")
    for uid, (attributes, _) in TIMINGS.items():
        write_cine(folder, uid, attributes)
    write_state(
        folder / "state.dcm",
        "1.2.3.6.1",
        "1.2.3.5.1",
        StudyInstanceUID=STUDY,
        SeriesInstanceUID="1.2.3.6",
        ImageRotation=90,
    )
    return Served(start_server(folder, OPENWADO_MAX_MOTION_FRAMES="11"))


def shown(content: bytes) -> Iterator[tuple[np.ndarray[Any, np.dtype[np.uint8]], float]]:
    """Yield frames and milliseconds of an animation, as Pillow reads them."""
    with Image.open(io.BytesIO(content)) as image:
        for frame in ImageSequence.Iterator(image):
            yield np.asarray(frame.convert("L")), float(frame.info["duration"])


def probed(content: bytes, folder: Path) -> dict[str, Any]:
    """Return what ffprobe says of a video."""
    path = folder / "video"
    path.write_bytes(content)
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


@pytest.mark.parametrize("uid", [uid for uid, (_, times) in TIMINGS.items() if len(times) <= 11])
def test_rr_28_animated_gif(served: Served, uid: str) -> None:
    """N4, RR-28: each frame, in hundredths of a second whose sum is right, for ever."""
    answer = served.get(uid, contentType="image/gif")
    assert answer.headers["content-type"] == "image/gif"
    times = TIMINGS[uid][1]
    found = list(shown(answer.content))
    assert len(found) == len(times)
    if min(times) >= 20:
        assert abs(sum(time for _, time in found) - sum(times)) <= 10
        assert all(abs(time - wanted) <= 10 for (_, time), wanted in zip(found, times, strict=True))
    else:
        assert {time for _, time in found} == {20.0}  # no browser shows less
    first = 2 if "StartTrim" in TIMINGS[uid][0] else 0
    assert np.array_equal(found[0][0], frames()[first])
    assert b"NETSCAPE2.0" in answer.content


@pytest.mark.parametrize("uid", [uid for uid, (_, times) in TIMINGS.items() if len(times) <= 11])
def test_rr_28_video(served: Served, uid: str, tmp_path: Path) -> None:
    """RR-28: MP4 has the very times; MPEG-2, which has fixed rates, the same duration within a frame of it."""
    wanted = sum(TIMINGS[uid][1]) / 1000
    answer = served.get(uid, contentType="video/mp4")
    assert answer.headers["content-type"] == "video/mp4"
    found = probed(answer.content, tmp_path)
    assert int(found["streams"][0]["nb_read_frames"]) == len(TIMINGS[uid][1])
    assert abs(float(found["format"]["duration"]) - wanted) < 0.02
    answer = served.get(uid, contentType="video/mpeg")
    assert answer.headers["content-type"] == "video/mpeg"
    stream = probed(answer.content, tmp_path)["streams"][0]
    rate = eval_rate(stream["r_frame_rate"])
    assert abs(int(stream["nb_read_frames"]) / rate - wanted) <= 1 / rate + 0.01


def eval_rate(rate: str) -> float:
    """Return a rate that ffprobe writes as a fraction."""
    above, _, below = rate.partition("/")
    return int(above) / int(below or 1)


def test_everything_acts_on_every_frame(served: Served) -> None:
    """Window, region, size, words and presentation state are those of a still of each frame (section 11)."""
    uid = "1.2.3.5.1"
    for wishes in (
        {"rows": 24, "columns": 32},
        {"windowCenter": 100, "windowWidth": 80},
        {"region": "0,0,0.5,0.5"},
        {"annotation": "patient"},
        {"presentationUID": "1.2.3.6.1", "presentationSeriesUID": "1.2.3.6"},
    ):
        query: dict[str, Any] = dict(wishes)
        moving = served.get(uid, contentType="image/gif", **query)
        assert moving.status_code == 200, moving.text
        found = list(shown(moving.content))
        for number in (1, FRAMES):
            still = served.get(uid, contentType="image/png", frameNumber=number, **query)
            with Image.open(io.BytesIO(still.content)) as image:
                assert np.array_equal(found[number - 1][0], np.asarray(image.convert("L"))), wishes


def test_section_11_what_is_no_still(served: Served) -> None:
    """N3, N5, N22: without contentType a cine is DICOM, a frame of it a picture, also with other picture parameters."""
    assert served.get("1.2.3.5.1").headers["content-type"] == "application/dicom"
    assert served.get("1.2.3.5.1", frameNumber=3).headers["content-type"] == "image/jpeg"
    answer = served.get("1.2.3.5.1", rows=20)
    assert answer.headers["content-type"] == "image/jpeg"
    assert "frameNumber=1" in answer.headers["content-location"]
    browser = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
    assert served.get("1.2.3.5.1", browser).headers["content-type"] == "image/jpeg"
    refused = served.get("1.2.3.5.1", contentType="image/gif", transferSyntax="1.2.840.10008.1.2.1")
    assert (refused.status_code, "transferSyntax" in refused.text) == (400, True)


def test_ranges_of_a_video(served: Served) -> None:
    """A browser seeks by byte ranges, under one entity tag."""
    whole = served.get("1.2.3.5.1", contentType="video/mp4")
    part = served.get("1.2.3.5.1", {"Range": "bytes=10-19", "If-Range": whole.headers["etag"]}, contentType="video/mp4")
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert whole.content.index(b"moov") < whole.content.index(b"mdat")


def test_too_many_frames(served: Served) -> None:
    """More frames than the setting allows are 400 with both numbers, before anything is drawn."""
    answer = served.get("1.2.3.5.6", contentType="image/gif")
    assert (answer.status_code, "12 frames" in answer.text, "11" in answer.text) == (400, True, True)


def test_the_page_plays(served: Served) -> None:
    """The page of a cine offers it as a video and an animation, and knows for how long each frame is shown."""
    address = f"/studies/{STUDY}/series/{SERIES}/instances/1.2.3.5.2"
    page = html.fromstring(served.server.client.get(address, headers={"Accept": "text/html"}).text)
    types = {option.get("value") for option in page.cssselect("select[name=contentType] option")}
    assert {"video/mp4", "image/gif"} <= types
    (composer,) = page.cssselect("[data-composer]")
    assert json.loads(str(composer.get("data-composer")))["cine"]["durations"] == [100, 50, 200, 30, 30, 500, 500]
    page = html.fromstring(served.server.client.get(f"{address}?contentType=video/mp4").text)
    (video,) = page.cssselect("video")
    assert "contentType=video/mp4" in str(video.get("src"))
