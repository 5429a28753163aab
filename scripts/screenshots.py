"""Take the pictures of the web page that the manual and the README show: a server of the samples, in Chromium.

Usage: screenshots.py [NAME…]   without names, all of them. Chromium has to be there (Debian: chromium).
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "screenshots"

#: Of the samples.
STUDY: Final = "2.25.96873234974834966107742611677621545683"
HEART: Final = "2.25.307919568451558781652429635806661189220"
SLICE: Final = (
    f"/studies/{STUDY}/series/2.25.121669596981841106840010281853880592698"
    "/instances/2.25.232759848769757797198498116925270545474"
)
ECG: Final = (
    f"/wado?requestType=WADO&studyUID={HEART}&seriesUID=2.25.48089030422694163977593374562934495174"
    "&objectUID=2.25.109486214739311866840979323823627798289&contentType=image/svg+xml"
)
REPORT: Final = (
    f"/wado?requestType=WADO&studyUID={STUDY}&seriesUID=2.25.217957968375873369580878912066511448974"
    "&objectUID=2.25.102162764212723695575598475323915914298&contentType=text/html"
)

DESKTOP, PHONE = (1280, 800), (390, 844)
#: What is kept of a picture of a phone, which has twice as many pixels as it says.
_QUALITY: Final = 82

_ALL_PICTURES: Final = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to take.

    Attributes:
        address: of the page.
        size: of the window, pixels.
        scheme: of colours.
        language: of the browser.
    """

    address: str
    size: tuple[int, int]
    scheme: str = "light"
    language: str = "en"


SHOTS: Final = {
    "studies": Shot("/", DESKTOP),
    "studies-phone": Shot("/", PHONE, "dark", "zh-CN"),
    "object": Shot(f"{SLICE}?windowCenter=40&windowWidth=80", (1280, 720), "dark"),
    "object-phone": Shot(f"{SLICE}?windowCenter=40&windowWidth=80", PHONE),
    "electrocardiogram": Shot(ECG, (1180, 790)),
    "report": Shot(REPORT, (900, 800)),
}


@contextmanager
def served() -> Iterator[str]:
    """Give the address of a server of the samples."""
    with tempfile.TemporaryDirectory(prefix="openwado-screenshots-") as folder:
        command = [sys.executable, "-u", "-m", "openwado", "serve", "--port", "0", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 -- our own
        try:
            for line in process.stdout or ():
                found = re.search(r"page\s+(http\S+)/", line)
                if found:
                    yield found[1]
                    break
        finally:
            process.terminate()
            process.wait(60)


def take(page: Page, url: str, name: str) -> None:
    """Take one and write it down."""
    page.goto(url, wait_until="networkidle")
    page.evaluate(_ALL_PICTURES)
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as picture:
        path = FOLDER / f"{name}.webp"
        picture.convert("RGB").save(path, quality=_QUALITY, method=6)
    print(f"docs/screenshots/{name}.webp {path.stat().st_size // 1000} kB")


def main() -> None:
    """Take those that are named."""
    FOLDER.mkdir(exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in sys.argv[1:] or SHOTS:
            shot = SHOTS[name]
            width, height = shot.size
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if shot.scheme == "dark" else "light",
                locale=shot.language,
                device_scale_factor=1.5 if shot.size == PHONE else 1,
            )
            take(context.new_page(), url + shot.address, name)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
