"""MP4 in a real browser: it starts, lasts as long as it should, can be sought, and shows the right levels."""

from __future__ import annotations

import io
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pytest

from moving_pictures import shown
from openwado.render.video import encode_video, video_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

#: Grey level of each frame, and milliseconds that it is shown.
LEVELS = (0, 37, 128, 200, 255, 90)
DURATIONS_MS = (400, 1000, 300, 2000, 100 / 3, 1266 + 2 / 3)

#: Seeks to a time and gives the time reached, the size, and the colour in the middle.
SEEK = """async time => {
  const video = document.querySelector("video");
  await new Promise((done, failed) => {
    video.onseeked = done;
    video.onerror = () => failed(new Error(video.error.message));
    video.currentTime = time;
  });
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const middle = context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data;
  return [video.currentTime, canvas.width, canvas.height, ...middle];
}"""
PLAY = """async () => {
  const video = document.querySelector("video");
  video.muted = true;
  video.playbackRate = 4;
  video.currentTime = 0;
  await video.play();
  await new Promise(done => { video.onended = done; });
  return video.currentTime;
}"""


class Handler(BaseHTTPRequestHandler):
    """Answers with a page and a video, also with a range of it."""

    movie = b""

    def do_GET(self) -> None:
        """Answer."""
        if self.path != "/movie.mp4":
            self._send(200, "text/html", b"<!doctype html><video src=movie.mp4 preload=auto></video>")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            self._send(200, "video/mp4", self.movie)
            return
        start, end = int(wanted[1]), int(wanted[2] or len(self.movie) - 1)
        self._send(206, "video/mp4", self.movie[start : end + 1], f"bytes {start}-{end}/{len(self.movie)}")

    def _send(self, status: int, media_type: str, body: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve a video of six grey levels; give the address of its page."""
    if "video/mp4" not in video_types():
        pytest.skip("the package av is not installed")
    out = io.BytesIO()
    encode_video(shown([np.full((49, 65), level, np.uint8) for level in LEVELS], DURATIONS_MS), "video/mp4", None, out)
    handler = type("Movie", (Handler,), {"movie": out.getvalue()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_mp4_plays_and_can_be_sought(browser: Browser, address: str) -> None:
    """Duration, frames after seeking and their levels are right, and it plays to its end."""
    page = browser.new_page()
    page.goto(address)
    if not page.evaluate("document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.640028\"')"):
        pytest.skip("this Chromium has no H.264")
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    duration = page.evaluate("document.querySelector('video').duration")
    assert duration == pytest.approx(sum(DURATIONS_MS) / 1000, abs=0.001)
    starts = np.cumsum([0, *DURATIONS_MS])[:-1] / 1000
    for number in (3, 0, 5, 2, 4, 1):
        wanted = float(starts[number] + DURATIONS_MS[number] / 2000)
        time, columns, rows, *color = page.evaluate(SEEK, wanted)
        assert time == pytest.approx(wanted, abs=0.001)
        assert (columns, rows) == (66, 50)
        assert color == pytest.approx([LEVELS[number]] * 3 + [255], abs=1)
    assert page.evaluate(PLAY) == pytest.approx(duration, abs=0.05)
    page.close()
